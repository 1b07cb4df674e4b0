"""``restore dictionary lookup`` and ``restore dictionary check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from restore.errors import DictionaryError, RestoreError
from restore.options import PLAIN, Job
from restore.streams import complain, emit_text

FINE, BAD, FAILED = 0, 2, 3
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))
Checked = tuple[int, list[DictionaryError]]


@app.callback()
def dictionary() -> None:
    """Look into the dictionaries, and check them."""


@app.command(context_settings=dict(PLAIN))
def lookup(
    phrase: Annotated[list[str], typer.Argument(metavar="PHRASE", hidden=True)],
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the output.")] = "text",
    extra: Annotated[list[str] | None, typer.Option("--dictionary", metavar="FILE", help="Another dictionary; may be given several times.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no settings file.")] = False,
) -> Job:
    """Say what a word or phrase may stand for, and what spinners put for it."""
    return lambda: _look_up(" ".join(phrase), form, extra, config, isolated)


@app.command(context_settings=dict(PLAIN))
def check(files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", hidden=True)] = None) -> Job:
    """Check dictionary files row by row: those named, else those that are shipped. Exit 2 if a row is bad, 3 if a file cannot be read."""
    return lambda: _check_all(files or [])


def _look_up(phrase: str, form: str, extra: list[str] | None, config: Path | None, isolated: bool) -> int:
    from restore.jsonreport import dumps
    from restore.lookup import describe, look_up
    from restore.pipeline import Restorer
    from restore.settings import load_settings

    layered = load_settings(Path(), config=config, isolated=isolated, overrides={"dictionaries": extra or None})
    found = look_up(Restorer(layered.settings).lexicon, phrase)
    emit_text(dumps(found) if form == "json" else describe(found))
    return FINE


def _check_all(files: list[Path]) -> int:
    from restore.places import dictionaries

    code = FINE
    for path in files or sorted(dictionaries().glob("*.tsv")):
        try:
            good, errors = _check(path)
        except RestoreError as error:
            complain(error)
            code = FAILED
            continue
        emit_text("\n".join(map(str, errors)) or f"{path}: {good} {'row' if good == 1 else 'rows'}, fine")
        code = max(code, BAD if errors else FINE)
    return code


def _check(path: Path) -> Checked:
    """Good rows and errors of one file, read as its first line says. Raises RestoreError when it cannot be read at all."""
    from restore import dictionary
    from restore.textfile import read_text_file

    read = _readers().get(read_text_file(path).text.partition("\n")[0].strip())
    if read is None:
        return dictionary.check_rows(path)
    try:
        return read(path), []
    except DictionaryError as error:  # these readers stop at the first
        return 0, [error]


def _readers() -> Mapping[str, Callable[[Path], int]]:
    """By first line, what counts the rows of the files that hold no substitutions."""
    from restore import gazetteer, weights
    from restore.loading import read_pairs

    readers: dict[str, Callable[[Path], int]] = {
        gazetteer.HEADER: lambda path: len(gazetteer.read_names(path)),
        weights.HEADER: lambda path: len(weights.read_counts(path)),
    }
    for header in ("# restore spelling 1", "# restore allow 1"):
        readers[header] = lambda path, header=header: len(read_pairs(path, header))  # type: ignore[misc]
    return readers
