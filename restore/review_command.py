"""``restore review``: decide about suggestions on the terminal, full screen or line by line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restore.errors import RestoreError, SettingsError
from restore.options import PLAIN, Job
from restore.streams import complain, say

if TYPE_CHECKING:
    from restore.review.desk import Desk
    from restore.review.document import Document
    from restore.review.reading import Reader

FINE, FAILED = 0, 3
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(context_settings=dict(PLAIN))
def review(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", hidden=True)],
    plain: Annotated[bool, typer.Option("--plain", help="Ask line by line, without full screen; for screen readers and simple terminals.")] = False,
    decisions: Annotated[Path | None, typer.Option(metavar="D", help="Keep the decisions in D instead of FILE.restore.json. For one file.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no settings file.")] = False,
) -> Job:
    """Decide about the suggestions for FILE, one by one or all of a pair at once.

    A folder is the OUT of a restore corpus run: its open questions are asked by pair, line by line, and kept in OUT/.restore/answers.jsonl.
    Every decision is kept at once in FILE.restore.json; FILE itself is written only when you say so (w), and restore apply --undo takes that back.
    """
    if decisions and len(files) > 1:
        raise SettingsError("--decisions", f"keeps the decisions of one file, not of {len(files)}", "leave it out")
    if len(files) == 1 and files[0].is_dir():
        return lambda: review_run(files[0])
    return lambda: review_files(files, plain=plain, decisions=decisions, config=config, isolated=isolated)


def review_files(files: list[Path], *, plain: bool, decisions: Path | None, config: Path | None, isolated: bool) -> int:
    """Review files; the exit code. Nothing is written unless the reviewer says so at the end."""
    from restore.review.ahead import read_ahead, read_here

    @cache
    def reader() -> Reader:
        from restore.review.reading import Reader

        return Reader(config=config, isolated=isolated, keep=decisions)

    failures: list[RestoreError] = []
    full = not plain and _can_do_more()
    # The other process begins before anything else is imported here: both then take the same second.
    found = (read_ahead if full else read_here)(lambda path: reader().read(path), files)

    def read() -> Iterator[Document]:
        for document in found:
            if isinstance(document, SettingsError):
                raise document
            if isinstance(document, RestoreError):
                failures.append(document)
            else:
                yield document

    from restore.review.desk import Desk

    desk = Desk(config)
    wanted = (_full_screen if full else _plain)(desk, read)
    for error in failures:
        complain(error)
    if wanted:
        for line in desk.write():
            say(line)
    elif desk.documents:
        say(_kept(desk))
    return FAILED if failures else FINE


def review_run(out: Path) -> int:
    """Review the open questions of a corpus run; the exit code."""
    from restore.review.pairreview import PairReview
    from restore.review.pairs import Log, edits_by_document, read_pairs, write_edits

    pairs, log = read_pairs(out), Log(out)
    if PairReview(out, pairs, log, sys.stdin, sys.stdout).run():
        for line in write_edits(out, edits_by_document(pairs, log)):
            say(line)
    else:
        say(f"nothing written; {len(log.answers)} answers kept in {log.path}")
    return FINE


def _plain(desk: Desk, read: Callable[[], Iterator[Document]]) -> bool:
    from restore.review.plain import PlainReview

    for document in read():
        desk.add(document)
    return PlainReview(desk, sys.stdin, sys.stdout).run()


def _full_screen(desk: Desk, read: Callable[[], Iterator[Document]]) -> bool:
    from restore.review.app import ReviewApp

    front = ReviewApp(desk, read)
    wanted = bool(front.run())
    if front.failure is not None:
        raise front.failure
    return wanted


def _can_do_more() -> bool:
    """Whether the terminal can do full screen, and the program for it is there."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        return False
    from importlib.util import find_spec

    return find_spec("textual") is not None


def _kept(desk: Desk) -> str:
    """The last line of a review that wrote nothing."""
    answers = len(desk.session.answers)
    where = desk.documents[0].keep if len(desk.documents) == 1 else "FILE.restore.json"
    return f"nothing written; {answers} decision{'' if answers == 1 else 's'} kept in {where}" if answers else "nothing written, nothing decided"
