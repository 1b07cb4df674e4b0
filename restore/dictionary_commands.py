"""``restore dictionary``: look into the dictionaries, check them, count them, see what they lack, import others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from restore.errors import RestoreError, SettingsError
from restore.options import PLAIN, Job
from restore.streams import complain, emit_text, say

if TYPE_CHECKING:
    from restore.loading import Knowledge
    from restore.settings import Settings
    from restore.verify import Checked

FINE, BAD, FAILED = 0, 2, 3
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))
Form = Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the output.")]
Extra = Annotated[list[str] | None, typer.Option("--dictionary", metavar="FILE", help="Another dictionary; may be given several times.")]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")]
Isolated = Annotated[bool, typer.Option("--isolated", help="Read no settings file and no dictionaries of your own.")]


@app.callback()
def dictionary() -> None:
    """Look into the dictionaries, check them, and make them grow."""


@app.command(context_settings=dict(PLAIN))
def lookup(
    phrase: Annotated[list[str], typer.Argument(metavar="PHRASE", hidden=True)],
    form: Form = "text",
    extra: Extra = None,
    config: Config = None,
    isolated: Isolated = False,
) -> Job:
    """Say what a word or phrase may stand for, and what spinners put for it."""
    return lambda: _look_up(" ".join(phrase), form, chosen_settings(extra, config, isolated))


@app.command(context_settings=dict(PLAIN))
def check(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE", hidden=True)] = None,
    form: Form = "text",
    accept_cycles: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all pairs that stand for each other to FILE, as a list of those that may.")
    ] = None,
) -> Job:
    """Check dictionary files row by row: those named, else those that are shipped and your own. Exit 2 if a row is bad, 3 if a file cannot be read."""
    return lambda: _check_all(files or [], form, accept_cycles)


@app.command(context_settings=dict(PLAIN))
def worklist(
    corpus: Annotated[list[Path], typer.Argument(metavar="CORPUS", hidden=True)],
    top: Annotated[int, typer.Option(min=1, metavar="N", help="List at most so many.")] = 50,
    min_count: Annotated[int, typer.Option(min=1, metavar="N", help="Leave out what occurs less often.")] = 3,
    size: Annotated[list[int] | None, typer.Option("--words", min=1, max=5, metavar="N", help="Only those of N words; may be given several times.")] = None,
    form: Form = "text",
    extra: Extra = None,
    config: Config = None,
    isolated: Isolated = False,
) -> Job:
    """List words and phrases of text files or folders that no dictionary has as an original, the most frequent first: count, words, phrase."""
    return lambda: _list_work(corpus, top, min_count, size or [], form, chosen_settings(extra, config, isolated))


@app.command(context_settings=dict(PLAIN))
def stats(
    corpus: Annotated[list[Path] | None, typer.Argument(metavar="CORPUS", hidden=True)] = None,
    form: Form = "text",
    extra: Extra = None,
    config: Config = None,
    isolated: Isolated = False,
) -> Job:
    """Count what the dictionaries hold; with text files or folders, also how much of them is covered."""
    return lambda: _count(corpus or [], form, chosen_settings(extra, config, isolated))


@app.command("import", context_settings=dict(PLAIN))
def import_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    form: Annotated[Literal["auto", "tortured", "pipe", "spintax", "tsv", "json"], typer.Option("--format", help="Form of FILE; auto finds it out.")] = "auto",
    family: Annotated[str, typer.Option(metavar="NAME", help="The family of the rows; user: counts for every text.")] = "user",
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to FILE instead of your own dictionary.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not list what is refused.")] = False,
) -> Job:
    """Bring a word list into your own dictionary: tortured-phrase CSV, head|variant|variant, {a|b|c}, TSV or JSON. What is refused is listed."""
    return lambda: _import(file, form, family, to, quiet)


def corpus_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files themselves, and all ``.txt`` and ``.md`` files of the folders. Raises SettingsError for a folder without any."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(p for p in path.rglob("*") if p.suffix in (".txt", ".md") and p.is_file())
        if not found:
            raise SettingsError(path, "no .txt or .md file in this folder", "name the files")
        yield from found


def chosen_settings(extra: list[str] | None, config: Path | None, isolated: bool) -> Settings:
    """The settings that the options of a command ask for."""
    from restore.settings import load_settings

    return load_settings(Path(), config=config, isolated=isolated, overrides={"dictionaries": extra or None}).settings


def _knowledge(settings: Settings) -> Knowledge:
    from restore.loading import load

    return load([Path(path) for path in settings.dictionaries])


def _look_up(phrase: str, form: str, settings: Settings) -> int:
    from restore.jsonreport import dumps
    from restore.lookup import describe, look_up

    knowledge = _knowledge(settings)
    found = look_up(knowledge.lexicon, phrase, knowledge.gazetteer.text)
    emit_text(dumps(found) if form == "json" else describe(found))
    return FINE


def _check_all(files: list[Path], form: str, accept: Path | None) -> int:
    from restore.jsonreport import VERSION, dumps
    from restore.places import dictionaries, personal_files
    from restore.textfile import read_text_file, write_atomically
    from restore.verify import check_files, write_cycles

    code, readable = FINE, []
    for path in files or [*sorted(dictionaries().glob("*.tsv")), *personal_files()]:
        try:
            read_text_file(path)
            readable.append(path)
        except RestoreError as error:
            complain(error)
            code = FAILED
    found = check_files(readable)
    if form == "json":
        emit_text(dumps({"version": VERSION, "files": [{"file": str(c.path), "rows": c.rows, "errors": _json_errors(c)} for c in found]}))
    else:
        emit_text("\n".join(line for checked in found for line in _lines(checked)))
    if accept:
        write_atomically(accept, write_cycles(readable).encode())
    return max(code, BAD if any(checked.errors for checked in found) else FINE)


def _lines(checked: Checked) -> Iterator[str]:
    yield from map(str, checked.errors)
    if not checked.errors:
        yield f"{checked.path}: {checked.rows} {'row' if checked.rows == 1 else 'rows'}, fine"


def _json_errors(checked: Checked) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for error in checked.errors:
        line = error.where.removeprefix(str(checked.path)).lstrip(":")
        out.append({"line": int(line) if line.isdigit() else None, "reason": error.what, "hint": error.hint})
    return out


def _list_work(corpus: list[Path], top: int, least: int, sizes: list[int], form: str, settings: Settings) -> int:
    from restore.jsonreport import VERSION, dumps
    from restore.survey import LONGEST, Survey
    from restore.textfile import read_text_file
    from restore.tokens import words

    survey = Survey(line for path in corpus_files(corpus) for line in read_text_file(path).text.split("\n"))
    knowledge = _knowledge(settings)
    known = {" ".join(words(text)) for text in (*knowledge.lexicon.head_text, *knowledge.gazetteer.text, *knowledge.allowed)}
    found = survey.missing(known, least=least, sizes=sorted(set(sizes)) or range(1, LONGEST + 1))
    if form == "json":
        items = [{"text": item.text, "count": item.count, "words": item.size, "cohesion": item.cohesion} for item in found[:top]]
        emit_text(dumps({"version": VERSION, "running_words": survey.running, "missing": len(found), "items": items}))
    else:
        emit_text("\n".join(f"{item.count}\t{item.size}\t{item.text}" for item in found[:top]))
        say(f"{len(found):,} in no dictionary, of {survey.running:,} running words")
    return FINE


def _import(path: Path, form: str, family: str, to: Path | None, quiet: bool) -> int:
    from restore.dictionary import FAMILIES
    from restore.foreign import read_foreign
    from restore.own import add_rows, count, dictionary_file
    from restore.textfile import read_text_file

    if family not in FAMILIES:
        raise SettingsError("--family", f"no such family: '{family}'", f"one of {', '.join(FAMILIES)}")
    found = read_foreign(read_text_file(path), form, family)
    if not quiet:
        emit_text("\n".join(f"refused: {error}" for error in found.refused))
    if not found.rows:
        raise SettingsError(path, "nothing that can be imported", f"{len(found.refused)} refused")
    added = add_rows(dictionary_file(to), found.rows)
    say(f"{added}; of {count(found.pairs + len(found.refused), 'replacement')} {len(found.refused):,} refused")
    return FINE


def _count(corpus: list[Path], form: str, settings: Settings) -> int:
    from restore.inventory import count_dictionaries, cover, describe
    from restore.jsonreport import dumps
    from restore.textfile import read_text_file

    knowledge = _knowledge(settings)
    found = count_dictionaries(knowledge)
    coverage = cover(knowledge.lexicon, (read_text_file(path).text for path in corpus_files(corpus))) if corpus else None
    emit_text(dumps(found | ({"coverage": coverage} if coverage else {})) if form == "json" else describe(found, coverage))
    return FINE
