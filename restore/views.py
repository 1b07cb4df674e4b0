"""The forms a finished restoration can take on standard output, as bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from restore.errors import InputError
from restore.nouns import Restoration, undoes
from restore.patch import unified_diff
from restore.report import Report
from restore.streams import encode, is_terminal
from restore.textfile import TextFile
from restore.worddiff import plain_words, render_words

Show = Callable[[TextFile, str, Restoration], bytes]


def restored_bytes(file: TextFile, path: str, restoration: Restoration) -> bytes:
    """The restored text in the file's own encoding, once it has passed its check: undoing the edits gives the text that was read, and no
    line was won or lost. Raises InputError when it fails, or when the encoding has no place for an edit's characters."""
    try:
        restored = restoration.restored
        sound = undoes(restored, restoration.edits, file.text)
    except ValueError:
        sound = False
    if not sound or restored.count("\n") != file.text.count("\n"):
        raise InputError(path, "the restored text failed its own check", "nothing was written; please report this")
    return file.encode(restored)


def patch(file: TextFile, path: str, restoration: Restoration) -> bytes:
    """A unified diff of the bytes. It is made byte by character, so byte order marks, undecodable bytes and UTF-16 are as git sees them."""
    before, after = file.encode(file.text), restored_bytes(file, path, restoration)
    return unified_diff(path, before.decode("latin-1"), after.decode("latin-1")).encode("latin-1")


def words(_: TextFile, path: str, restoration: Restoration) -> bytes:
    """The word-by-word view, coloured where results go to a terminal that wants colour."""
    if not is_terminal() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return encode(plain_words(restoration, path))
    from rich.console import Console

    console = Console()
    with console.capture() as captured:
        console.print(render_words(restoration, path, width=console.width))
    return captured.get().encode(console.encoding, "replace")


def _lines(wording: Callable[[str, Restoration], str]) -> Show:
    """A view that the report words: its text, with a line break at the end unless there is none."""

    def show(_: TextFile, path: str, restoration: Restoration) -> bytes:
        text = wording(path, restoration)
        return encode(text + "\n") if text else b""

    return show


#: By the name of the view. JSON is not among them: several files make one list.
VIEWS: Mapping[str, Show] = {
    "text": restored_bytes,
    "patch": patch,
    "words": words,
    "github": _lines(Report.github),
    "explain": _lines(Report.explain),
    "score": _lines(Report.score_line),
}
#: Views to read: an empty line stands between files.
SPACED = frozenset({"words", "explain"})
