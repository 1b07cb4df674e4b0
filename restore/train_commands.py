"""``restore train lm``: a language model from the user's own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from restore.errors import InputError, SettingsError
from restore.options import PLAIN, Job
from restore.streams import say

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))
#: Fewer words make no model: Kneser-Ney needs n-grams seen once, twice, three and four times. 8 million words made the shipped one.
LEAST = 1_000


@app.callback()
def train() -> None:
    """Train what restore works with."""


@app.command(context_settings=dict(PLAIN))
def lm(
    texts: Annotated[list[Path], typer.Argument(metavar="TEXT", hidden=True)],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the model.")],
    max_bigrams: Annotated[int, typer.Option(min=1, metavar="N", help="Keep at most so many word pairs.")] = 1_300_000,
    max_trigrams: Annotated[int, typer.Option(min=1, metavar="N", help="Keep at most so many word triples.")] = 2_700_000,
) -> Job:
    """Train a language model on text files, a paragraph a line. Eight million words take about a minute and 2 GB of memory."""
    return lambda: _train(texts, out, max_bigrams, max_trigrams)


def _train(texts: Sequence[Path], out: Path, max_bigrams: int, max_trigrams: int) -> int:
    if out.is_dir():
        raise SettingsError(out, "is a folder", "name the model file")
    if not out.absolute().parent.is_dir():
        raise InputError(out, "no such folder to write to", "make the folder first")
    lines = _lines(texts)
    _require_words(lines, texts)
    from restore import train_lm
    from restore.lm_plan import aliases, dictionary_words
    from restore.places import dictionaries

    folder = dictionaries()
    plan = train_lm.Plan(max_bigrams, max_trigrams, dictionary_words(folder), aliases(folder))
    try:
        train_lm.train(lines, out, plan, say)
    finally:
        out.with_name(out.name + ".part").unlink(missing_ok=True)
    say(_describe(out))
    return 0


def _lines(texts: Sequence[Path]) -> list[str]:
    from restore.textfile import read_text_file

    return [line for path in texts for line in read_text_file(path).text.split("\n")]


def _require_words(lines: Sequence[str], texts: Sequence[Path]) -> None:
    """Refuse text that is too short to count anything in."""
    seen = 0
    for count in _word_counts(lines):
        seen += count
        if seen >= LEAST:
            return
    where = texts[0] if len(texts) == 1 else f"{len(texts)} files"
    raise InputError(where, f"too short for a language model (words: {seen})" if seen else "no text to train on", f"give it at least {LEAST:,} words")


def _word_counts(lines: Sequence[str]) -> Iterator[int]:
    from restore.tokens import words

    return (len(words(line)) for line in lines)


def _describe(out: Path) -> str:
    """One line about the model that was made."""
    from restore.ngram import NgramModel

    header = NgramModel(out).header
    size = out.stat().st_size / 2**20
    return f"{out}: {size:.1f} MiB, {header['words']:,} words, {header['bigrams']:,} bigrams, {header['trigrams']:,} trigrams"
