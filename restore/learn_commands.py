"""``restore learn``: rows and weights from pairs of spun and original text, weights from spun text alone; into the user's own dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from restore.dictionary_commands import FINE, Config, Extra, Form, Isolated, chosen_settings, corpus_files
from restore.errors import InputError, SettingsError
from restore.options import PLAIN, Job
from restore.streams import complain, emit_text, say

if TYPE_CHECKING:
    from restore.dictionary import Row
    from restore.lexicon import Lexicon
    from restore.own import Experience
    from restore.propose import Proposal
    from restore.recall import Answers
    from restore.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))
To = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Write dictionary.tsv and weights.tsv to FOLDER instead of your own one.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what would be learned, and write nothing.")]


@app.callback()
def learn() -> None:
    """Learn from texts what their spinner does."""


@app.command(context_settings=dict(PLAIN))
def pairs(
    spun: Annotated[Path, typer.Argument(metavar="SPUN", hidden=True)],
    original: Annotated[Path, typer.Argument(metavar="ORIGINAL", hidden=True)],
    min_count: Annotated[int, typer.Option(min=1, metavar="N", help="Write only rows seen in N places at least.")] = 1,
    family: Annotated[str, typer.Option(metavar="NAME", help="The family of the spinner; auto finds it out.")] = "auto",
    to: To = None,
    dry_run: Dry = False,
    form: Form = "text",
    extra: Extra = None,
    config: Config = None,
    isolated: Isolated = False,
) -> Job:
    """Learn from a spun text and its original, or from two folders of them: new rows, and how often old ones are used.

    Lines must pair one to one. In a folder, files of the same name belong together, and NAME.spun.txt belongs to NAME.original.txt. Of each proposed row
    the output says whether it is written (+), in how many places it was seen, original, variant and a sentence. A text is learned only once.
    """
    return lambda: _learn_pairs(_read_pairs(spun, original), min_count, family, to, dry_run, form, chosen_settings(extra, config, isolated))


@app.command(context_settings=dict(PLAIN))
def weights(
    corpus: Annotated[list[Path], typer.Argument(metavar="CORPUS", hidden=True)],
    rounds: Annotated[int, typer.Option(min=1, max=20, metavar="N", help="Rounds of reading and re-estimating.")] = 3,
    top: Annotated[int, typer.Option(min=0, metavar="N", help="Show the N greatest changes.")] = 20,
    to: To = None,
    dry_run: Dry = False,
    form: Form = "text",
    extra: Extra = None,
    config: Config = None,
    isolated: Isolated = False,
) -> Job:
    """Adapt your weights to the spinner that made these texts, by expectation-maximisation; no originals are needed."""
    return lambda: _learn_weights(corpus, rounds, top, to, dry_run, form, chosen_settings(extra, config, isolated))


@app.command(context_settings=dict(PLAIN))
def decisions(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", hidden=True)],
    to: To = None,
    dry_run: Dry = False,
    extra: Extra = None,
    config: Config = None,
    isolated: Isolated = False,
) -> Job:
    """Learn from what was decided in reviews: weights, own words as new rows, and words to leave alone.

    FILE is a reviewed text or its decisions file. Sentences with open questions are left out. A review is learned only once.
    """
    return lambda: _learn_decisions(files, to, dry_run, chosen_settings(extra, config, isolated))


def _learn_decisions(files: list[Path], to: Path | None, dry_run: bool, settings: Settings) -> int:
    from restore.learn_decisions import left_alone, read_reviewed, sentence_pairs
    from restore.own import count, own_folder
    from restore.pipeline import Restorer

    texts = [read_reviewed(path) for path in files]
    known = _experience(to).texts
    fresh = [t for t in texts if t.mark not in known]
    code = FINE
    if fresh:
        restorer = Restorer(settings)
        pairs = {t.mark: sentence_pairs(t, restorer.restore(t.text)) for t in fresh}
        code = _learn_pairs({mark: pair for mark, pair in pairs.items() if pair[0]}, 1, "auto", to, dry_run, "text", settings, reviewed=True)
    if len(fresh) < len(texts):
        say(f"{'nothing new: ' if not fresh else ''}{count(len(texts) - len(fresh), 'review')} learned before")
    alone = left_alone(texts)
    if dry_run:
        emit_text("\n".join(f"allow\t{word}\t{why}" for word, why in alone.items()))
    elif alone:
        _allow(own_folder(to) / "allow.tsv", alone)
    return code


def _allow(path: Path, words: dict[str, str]) -> None:
    """Add words to the user's allow list; those that are on it stay as they are."""
    from restore.loading import ALLOW, read_pairs
    from restore.own import count
    from restore.textfile import write_atomically

    old = dict(read_pairs(path, ALLOW, any_case=True)) if path.exists() else {}
    merged = words | old
    if merged != old:
        write_atomically(path, "\n".join([ALLOW, *(f"{word}\t{why}" for word, why in sorted(merged.items())), ""]).encode())
    say(f"{path}: {count(len(merged) - len(old), 'phrase')} to be left alone")


def _remember(path: Path, answers: Answers) -> None:
    """Add to what became of words in reviews."""
    from restore.recall import add, read_answers, write_answers
    from restore.textfile import write_atomically

    known = read_answers(path) if path.exists() else {}
    write_atomically(path, write_answers(add(known, answers)).encode())


def _learn_pairs(
    texts: dict[str, tuple[str, str]], min_count: int, family: str, to: Path | None, dry_run: bool, form: Literal["text", "json"], settings: Settings,
    *, reviewed: bool = False,
) -> int:  # fmt: skip
    from restore.learn import count_pairs
    from restore.loading import load
    from restore.own import ANSWERS, DICTIONARY, WEIGHTS, Experience, add_rows, count, mark_of, own_folder
    from restore.propose import propose
    from restore.recall import count_answers
    from restore.weights import add

    files = [Path(path) for path in settings.dictionaries]
    lexicon = load(files).lexicon
    families = _families(lexicon, [spun for spun, _ in texts.values()], family)
    proposals = propose(lexicon, texts.values(), families)
    accepted = [p for p in proposals if p.count >= min_count]
    _show_proposals(proposals, min_count, form)
    if dry_run:
        return FINE
    folder = own_folder(to)
    added = add_rows(folder / DICTIONARY, rows_of(accepted))
    path = folder / WEIGHTS
    known = Experience.read(path)
    marks = {name if reviewed else mark_of("\0".join(pair)): pair for name, pair in texts.items()}
    fresh = [pair for mark, pair in marks.items() if mark not in known.texts]
    if fresh:
        own = folder / DICTIONARY
        lexicon = load([*(f for f in files if f.resolve() != own.resolve()), *([own] if own.exists() else [])]).lexicon
        if reviewed:
            _remember(folder / ANSWERS, count_answers(lexicon, fresh, families))
        known.counts = add(known.counts, count_pairs(lexicon, fresh, families))
        known.texts |= set(marks)
        known.write(path)
    say(str(added))
    say(f"{path}: {count(len(fresh), 'pair')} counted for {' and '.join(families)}{_known_before(len(texts) - len(fresh))}")
    return FINE


def _learn_weights(corpus: list[Path], rounds: int, top: int, to: Path | None, dry_run: bool, form: str, settings: Settings) -> int:
    from restore.adapt import adapt
    from restore.own import WEIGHTS, count, mark_of, own_folder
    from restore.pipeline import Restorer
    from restore.textfile import read_text_file
    from restore.weights import add

    texts = [read_text_file(path).text for path in corpus_files(corpus)]
    known = _experience(to)
    fresh = [text for text in texts if mark_of(text) not in known.texts]
    if not fresh:
        say(f"nothing new: {count(len(texts), 'text')} learned before")
        return FINE
    counts, changes, spun = adapt(Restorer(settings), fresh, rounds)
    if form == "json":
        _emit_json([{"original": c.original, "family": c.family, "variant": c.variant, "weight": c.weight, "rate": c.rate} for c in changes])
    else:
        lines = (f"{c.original}\t{c.variant}\t{c.weight[0]:.2f} → {c.weight[1]:.2f}\treplaced {c.rate[0]:.2f} → {c.rate[1]:.2f}" for c in changes[:top])
        emit_text("\n".join(lines))
    if not spun:
        say(f"{count(len(fresh), 'text')} read, none of them spun: nothing to learn")
        return FINE
    if not dry_run:
        path = own_folder(to) / WEIGHTS
        known.counts = add(known.counts, counts)
        known.texts |= {mark_of(text) for text in fresh}
        known.write(path)
        say(f"{path}: {spun} of {count(len(fresh), 'text')} spun, {len(changes):,} rows changed{_known_before(len(texts) - len(fresh))}")
    return FINE


def _experience(to: Path | None) -> Experience:
    from restore import places
    from restore.own import WEIGHTS, Experience

    return Experience.read((to or places.personal()) / WEIGHTS)


def _known_before(count: int) -> str:
    return f", {count} learned before" if count else ""


def _read_pairs(spun: Path, original: Path) -> dict[str, tuple[str, str]]:
    """The texts of both sides by name. Raises RestoreError when nothing pairs; a pair whose lines do not is told and left out."""
    from restore.learn import paired_lines
    from restore.textfile import read_text_file

    found: dict[str, tuple[str, str]] = {}
    for one, other in _paired_files(spun, original):
        texts = read_text_file(one).text.replace("\r\n", "\n"), read_text_file(other).text.replace("\r\n", "\n")
        if paired_lines(*texts):
            found[str(one)] = texts
        else:
            numbers = [sum(1 for line in text.split("\n") if line.strip()) for text in texts]
            complain(InputError(one, f"its lines do not pair with those of {other} ({numbers[0]} and {numbers[1]})", "bring both to a paragraph a line"))
    if not found:
        raise InputError(spun, f"nothing in it pairs with {original}", "give a spun text and its original, line for line")
    return found


def _paired_files(spun: Path, original: Path) -> Iterator[tuple[Path, Path]]:
    if spun.is_dir() != original.is_dir():
        raise SettingsError(spun if spun.is_dir() else original, "is a folder, and the other is not", "give two files or two folders")
    if not spun.is_dir():
        yield spun, original
        return
    names = {path.name: path for path in corpus_files([original])}
    for path in corpus_files([spun]):
        name = path.name.replace(".spun.", ".original.") if ".spun." in path.name or spun.resolve() == original.resolve() else path.name
        other = names.get(name) or names.get(path.name)
        if other and other != path:
            yield path, other


def _families(lexicon: Lexicon, spun: Sequence[str], family: str) -> tuple[str, ...]:
    """The families whose rows are counted: the spinner's own and the user's."""
    from restore.dictionary import FAMILIES
    from restore.family import posterior
    from restore.tokens import Tokens

    if family not in ("auto", *FAMILIES):
        raise SettingsError("--family", f"no such family: '{family}'", f"auto or one of {', '.join(FAMILIES)}")
    if family == "auto":
        tokens = Tokens("\n\n".join(spun))
        family = posterior(lexicon, lexicon.scan(tokens, lexicon.encode(tokens.words)), len(tokens), "auto").likeliest
    return tuple(dict.fromkeys((family, *(("A",) if family == "A2" else ()), "user")))


def _show_proposals(proposals: Sequence[Proposal], min_count: int, form: str) -> None:
    if form == "json":
        keys = ("original", "variant", "count", "spun", "before")
        _emit_json([{**{key: getattr(p, key) for key in keys}, "written": p.count >= min_count} for p in proposals])
    else:
        emit_text("\n".join(f"{'+' if p.count >= min_count else '-'}\t{p.count}\t{p.original}\t{p.variant}\t{p.spun}" for p in proposals))


def _emit_json(items: list[dict[str, object]]) -> None:
    from restore.jsonreport import VERSION, dumps

    emit_text(dumps({"version": VERSION, "items": items}))


def rows_of(proposals: Sequence[Proposal]) -> Iterator[Row]:
    """The proposals as rows of the user, weighted by their counts."""
    from restore.dictionary import Variant
    from restore.own import make_row

    variants: dict[str, list[Variant]] = {}
    for p in proposals:
        variants.setdefault(p.original, []).append(Variant(p.variant, float(p.count)))
    for original, listed in variants.items():
        yield make_row(original, listed, "user", "learned")
