"""``restore dictionary lookup`` and ``restore dictionary check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from restore.errors import DictionaryError, RestoreError
from restore.options import PLAIN, Job
from restore.report import FAILED, FINE
from restore.streams import complain, emit_text

BAD = 2
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))
Checked = tuple[int, list[DictionaryError]]


@app.callback()
def dictionary() -> None:
    """Look into the dictionaries, and check them."""


@app.command(context_settings=dict(PLAIN))
def lookup(
    phrase: Annotated[list[str], typer.Argument(metavar="PHRASE", help="A word or a phrase.")],
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the output.")] = "text",
    extra: Annotated[list[str] | None, typer.Option("--dictionary", metavar="FILE", help="Another dictionary; may be given several times.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no settings file.")] = False,
) -> Job:
    """Say what a phrase may stand for, and what spinners put for it."""
    return lambda: _look_up(" ".join(phrase), form, extra, config, isolated)


@app.command(context_settings=dict(PLAIN))
def check(files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", show_default=False, help="Those shipped, if none is named.")] = None) -> Job:
    """Check dictionary files row by row; exit 2 if a row is bad, 3 if a file cannot be read."""
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
    from restore import dictionary, gazetteer, loading
    from restore.textfile import read_text_file

    header = read_text_file(path).text.partition("\n")[0].strip()
    if not header.startswith("# restore ") or header == dictionary.HEADER:
        return dictionary.check_rows(path)
    try:
        rows = gazetteer.read_names(path) if header == gazetteer.HEADER else loading.read_pairs(path, header)
    except DictionaryError as error:  # these readers stop at the first
        return 0, [error]
    return len(rows), []
