"""Unified diffs that `git apply` and `patch -p1` accept, and the lines and columns the other views give.

Lines end at "\\n" and nowhere else: "\\r", "\\x0b" and U+2028 stay inside a line, as they do for git. Edits never change the number of
lines, so line i of the spun text pairs with line i of the restored one and hunks are read off directly: linear time, where difflib
takes minutes on a large file with many changes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePath
from typing import NamedTuple

NO_NEWLINE = "\\ No newline at end of file\n"
#: The bytes git writes with a letter; every other byte outside printable ASCII is written in octal (git's quote.c, core.quotePath on).
_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


class Place(NamedTuple):
    """A position as people count it: line and column, both from 1, columns in characters."""

    line: int
    column: int


class Places:
    """The places of one text's offsets.

    >>> Places("a war\\nthe battle").place(10)
    Place(line=2, column=5)
    """

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._starts.pop()

    def place(self, offset: int) -> Place:
        """The line and column of a character offset."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


def unified_diff(path: str, before: str, after: str, context: int = 3) -> str:
    """The patch that turns ``before`` into ``after``; empty when they are equal.

    ``path`` is written with "/" and without a leading "./" or "/", which git refuses. Surrogate-escaped characters pass through; the
    caller encodes with the file's own encoding. With ``context`` 0, `git apply` needs ``--unidiff-zero``. Texts of unequal line counts
    still give a right patch, though not a short one.

    >>> print(unified_diff("a.txt", "the battle", "the war"), end="")
    --- a/a.txt
    +++ b/a.txt
    @@ -1 +1 @@
    -the battle
    \\ No newline at end of file
    +the war
    \\ No newline at end of file
    """
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    total = max(len(old), len(new))
    old += [""] * (total - len(old))  # an empty string is a line that this side does not have
    new += [""] * (total - len(new))
    changed = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    hunks = (_hunk(old[start:stop], new[start:stop], start) for start, stop in _ranges(changed, context, total))
    return "".join([_header("---", "a", path), _header("+++", "b", path), *hunks])


def quote_path(path: str) -> str:
    """A path as git writes it in headers: in double quotes with C escapes when it has special characters.

    >>> quote_path("a/news.txt"), quote_path("a/été.txt")
    ('a/news.txt', '"a/\\\\303\\\\251t\\\\303\\\\251.txt"')
    """
    raw = path.encode("utf-8", "surrogateescape")
    quoted = "".join(_ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in raw)
    return path if quoted == path else f'"{quoted}"'


def _header(mark: str, side: str, path: str) -> str:
    name = quote_path(f"{side}/{PurePath(path).as_posix().lstrip('/')}")
    # A name with a space ends in a tab, as git writes it: else patch takes what follows the space for a time stamp.
    return f"{mark} {name}\t\n" if " " in name else f"{mark} {name}\n"


def _lines(text: str) -> list[str]:
    """Lines with their "\\n"; only the last may lack it."""
    *whole, last = text.split("\n")
    lines = [line + "\n" for line in whole]
    return [*lines, last] if last else lines


def _ranges(changed: Sequence[int], context: int, total: int) -> Iterator[tuple[int, int]]:
    """The line ranges of the hunks: changes whose context touches share one, since hunks must not overlap."""
    first = last = changed[0]
    for i in changed[1:]:
        if i - last - 1 > 2 * context:
            yield max(first - context, 0), min(last + context + 1, total)
            first = i
        last = i
    yield max(first - context, 0), min(last + context + 1, total)


def _hunk(old: Sequence[str], new: Sequence[str], start: int) -> str:
    body: list[str] = []
    for same, run in groupby(zip(old, new, strict=True), key=lambda pair: pair[0] == pair[1]):
        pairs = list(run)
        body += [_marked(" " if same else "-", line) for line, _ in pairs]
        if not same:
            body += [_marked("+", line) for _, line in pairs]
    return f"@@ -{_span(start, old)} +{_span(start, new)} @@\n{''.join(body)}"


def _span(start: int, lines: Sequence[str]) -> str:
    """``line,count`` of one side; a side without lines names the line before it."""
    count = sum(map(bool, lines))
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _marked(mark: str, line: str) -> str:
    if not line:
        return ""
    return mark + line if line.endswith("\n") else f"{mark}{line}\n{NO_NEWLINE}"
