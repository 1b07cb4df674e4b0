"""``restore apply``: carry out the decisions of a review, or take that back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from restore.errors import InputError, RestoreError, SettingsError
from restore.options import PLAIN, Job
from restore.streams import complain, say

FINE, FAILED = 0, 3
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(context_settings=dict(PLAIN))
def apply(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", hidden=True)],
    decisions: Annotated[Path | None, typer.Option(metavar="D", help="The decisions; FILE.restore.json unless given. For one file.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Put back every byte that the last apply replaced.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> Job:
    """Write what was decided in a review: the suggestions that were accepted or edited, and nothing else.

    Decisions made on another version of FILE are placed by the words around them; which could not be placed is told. What is replaced is
    recorded beside FILE (FILE.restore-undo.json) for --undo.
    """
    if decisions and (undo or len(files) > 1):
        raise SettingsError("--decisions", "takes one FILE, and no --undo", "give one of the two")
    if undo and dry:
        raise SettingsError("--undo", "contradicts --dry-run", "give one of the two")
    return lambda: _each(files, lambda path: undo_file(path) if undo else apply_file(path, decisions, dry=dry))


def apply_file(path: Path, source: Path | None, *, dry: bool = False) -> str:
    """Carry the decisions of one file out; one line about it. Raises RestoreError with nothing written."""
    from restore.decisions import decided, read_decisions, sidecar
    from restore.review.placing import placed_in
    from restore.textfile import read_text_file
    from restore.undo import write_with_record
    from restore.views import restored_bytes

    file = read_text_file(path)
    source = source or sidecar(path)
    if not source.is_file():
        raise InputError(source, "no such decisions file", f"decide first: restore review {path}")
    found = placed_in(path, file, read_decisions(source))
    for line in found.complaints:
        complain(line)
    restoration = decided(file.text, found.decisions)
    data = restored_bytes(file, str(path), restoration)
    if restoration.edits and not dry:
        write_with_record(path, file, restoration.edits, data)
    return f"{path}: {found.summary(len(restoration.edits), dry=dry)}"


def undo_file(path: Path) -> str:
    """Take the last run back; one line about it."""
    from restore.undo import undo

    if not path.is_file():
        raise InputError(path, "no such file", "check the path")
    count = undo(path)
    return f"{path}: {count} edit{'' if count == 1 else 's'} undone"


def _each(files: list[Path], job: Callable[[Path], str]) -> int:
    """Do the job for every file; one that fails does not stop the others."""
    code = FINE
    for path in files:
        try:
            say(job(path))
        except SettingsError:
            raise
        except RestoreError as error:
            complain(error)
            code = FAILED
    return code
