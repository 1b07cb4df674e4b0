"""A document cut into rows of a width, only where it is looked at: a key press must not cost more in a megabyte than in a page.

The text is cut into *blocks*: its lines, and pieces of lines that are too long to be wrapped in one go. A block becomes rows when it comes into view and is
forgotten when an answer changes it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from restore.nouns import Suggestion

#: Characters a block at most, unless a single word is longer: a screenful, so a file without line breaks costs no more than another.
BLOCK = 2_000
#: Characters that would steer the terminal, or take no cell: shown as one of their own.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_WORD = re.compile(r"\S*\s*")


class Piece(NamedTuple):
    """Words in a row that belong together; ``suggestion`` is the number of the suggestion that they are, or -1; then they begin at ``offset`` of
    the text."""

    text: str
    suggestion: int
    offset: int = 0


Row = tuple[Piece, ...]
#: What stands for the words of a suggestion, by its number.
Shown = Callable[[int], str]


class Layout:
    """The rows of one document."""

    def __init__(self, text: str, suggestions: Sequence[Suggestion], shown: Shown) -> None:
        self._numbers = sorted(range(len(suggestions)), key=lambda i: suggestions[i].start)  # a correction has the last number, wherever it is
        self._text, self._suggestions, self._shown = text, suggestions, shown
        self._starts = [suggestions[i].start for i in self._numbers]
        self._blocks = list(_blocks(text, [suggestions[i] for i in self._numbers]))
        self._firsts = [start for start, _ in self._blocks]
        self._rows: dict[int, list[Row]] = {}
        self._width = 0

    def __len__(self) -> int:
        """How many blocks there are."""
        return len(self._blocks)

    def resize(self, width: int) -> None:
        """Wrap at another width from now on."""
        if width != self._width:
            self._width = max(width, 1)
            self._rows.clear()

    def forget(self, suggestion: int) -> None:
        """Lay the block of a suggestion out anew, since what is shown there changed."""
        self._rows.pop(self.block_of(suggestion), None)

    def forget_all(self) -> None:
        """Lay everything out anew."""
        self._rows.clear()

    def rows(self, block: int) -> list[Row]:
        """The rows of one block, at least one."""
        if block not in self._rows:
            self._rows[block] = _wrapped(self._pieces(*self._blocks[block]), self._width)
        return self._rows[block]

    def block_of(self, suggestion: int) -> int:
        """The block in which a suggestion begins."""
        return bisect_right(self._firsts, self._suggestions[suggestion].start) - 1

    def place_of(self, suggestion: int) -> tuple[int, int]:
        """Block and row in which a suggestion begins; that of its block when it is shown as nothing."""
        block = self.block_of(suggestion)
        found = (i for i, row in enumerate(self.rows(block)) if any(piece.suggestion == suggestion for piece in row))
        return block, next(found, 0)

    def share(self, block: int) -> float:
        """Which part of the text lies before a block."""
        return self._firsts[block] / max(len(self._text), 1)

    def _pieces(self, start: int, end: int) -> list[Piece]:
        pieces, position = [], start
        for i in self._numbers[bisect_left(self._starts, start) : bisect_left(self._starts, end)]:
            suggestion = self._suggestions[i]
            pieces += [Piece(_safe(self._text[position : suggestion.start]), -1, position), Piece(_safe(self._shown(i)) or "∅", i)]
            position = suggestion.end
        pieces.append(Piece(_safe(self._text[position:end]), -1, position))
        return [piece for piece in pieces if piece.text]


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda match: " " if match[0] in "\t\n\r" else "�", text)


def _blocks(text: str, suggestions: Sequence[Suggestion]) -> list[tuple[int, int]]:
    """Start and end of every block; none ends inside a suggestion."""
    spans = [(s.start, s.end) for s in suggestions]
    out, start = [], 0
    while start <= len(text):
        line = text.find("\n", start)
        line = len(text) if line < 0 else line
        end = line
        if line - start > BLOCK:
            cut = text.rfind(" ", start, start + BLOCK)
            end = cut if cut > start else start + BLOCK
        inside = bisect_right(spans, (end, -1)) - 1
        if inside >= 0 and spans[inside][1] > end:
            end = spans[inside][1]
        out.append((start, end))
        start = end + 1 if end >= len(text) or text[end] in " \n" else end
    return out


def _wrapped(pieces: Sequence[Piece], width: int) -> list[Row]:
    """Pieces in rows that are broken after blanks, or anywhere in a word wider than a row."""
    rows: list[list[Piece]] = [[]]
    used = 0
    for piece in pieces:
        offset = piece.offset
        for word in _WORD.findall(piece.text):
            for part in _parts(word, width):
                need = cell_len(part.rstrip())
                if used and used + need > width:
                    rows.append([])
                    used = 0
                last = rows[-1][-1] if rows[-1] else None
                if last and last.suggestion == piece.suggestion:
                    rows[-1][-1] = last._replace(text=last.text + part)
                else:
                    rows[-1].append(Piece(part, piece.suggestion, offset))
                offset += len(part)
                used += cell_len(part)
    return [tuple(row) for row in rows]


def _parts(word: str, width: int) -> list[str]:
    if cell_len(word.rstrip()) <= width:
        return [word] if word else []
    parts = [""]
    for character in word:
        if cell_len(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts
