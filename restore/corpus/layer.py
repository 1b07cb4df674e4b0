r"""The text inside a file that has more than text in it: what a reader sees, and where each character of it stands in the source.

A format takes its source apart into *pieces*; put together they are the plain text that is restored as one document. Suggestions are then placed back
into the source, so everything that is no text (tags, escapes, keys) stays as it is, and character references and escapes stay where nothing was edited.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from restore.nouns import Edit, Restoration, Suggestion, replay
from restore.surface import with_breaks

#: Turns plain text into what stands for it in the source at an offset of that.
Escape = Callable[[str, int], str]


def as_is(text: str, _: int) -> str:
    """For sources in which text stands as it is."""
    return text


class Piece(NamedTuple):
    """``size`` characters of the plain text from ``plain`` on are ``source[start:end]``: one for one where the lengths agree, else as a whole (``&amp;``).

    ``start`` is -1 for what is not in the source, such as the empty line between two paragraphs of HTML; such a piece cannot be edited.
    """

    plain: int
    size: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Layer:
    """The plain ``text`` of a ``source``. Without pieces the two are the same. ``offsets_in_source``: what the offsets of reported changes count in."""

    source: str
    text: str
    pieces: tuple[Piece, ...] = ()
    escape: Escape = as_is
    offsets_in_source: bool = False

    def place(self, suggestion: Suggestion) -> tuple[Edit, bool]:
        """The edit of the source that a suggestion makes, and whether it takes neither markup nor a line break of the source with it: a phrase
        keeps those between its words."""
        if not self.pieces:
            return suggestion.edit, True
        first, last = self._at(suggestion.start), self._at(max(suggestion.end - 1, suggestion.start))
        span = self.pieces[first : last + 1]
        start, exact = _inside(span[0], suggestion.start)
        end, exact_too = _inside(span[-1], suggestion.end)
        end = max(start, end)
        joined = all(a.end == b.start for a, b in pairwise(span))
        before, after = self.source[start:end], self.escape(suggestion.replacement, start)
        if "\n" in before and "\n" not in after:
            after = with_breaks(after, before) or after
        stays = all(before.count(c) == after.count(c) for c in "\r\n")
        return Edit(start, end, before, after), exact and exact_too and joined and stays

    def _at(self, offset: int) -> int:
        return bisect_right(self.pieces, offset, key=lambda piece: piece.plain) - 1


class Placed(NamedTuple):
    """A restoration of a layer's text brought back: the new source; the restoration, in which what could not be placed has become a question; and for
    each of its suggestions the place in the source."""

    source: str
    restoration: Restoration
    places: tuple[Edit, ...]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits made in the source, in its order."""
        pairs = zip(self.restoration.suggestions, self.places, strict=True)
        return tuple(sorted(place for suggestion, place in pairs if suggestion.action == "apply"))


def put_back(layer: Layer, restoration: Restoration) -> Placed:
    """Make the edits of a restoration of ``layer.text`` in the source. What would cross a tag or a line break is asked about, not applied."""
    found = [layer.place(suggestion) for suggestion in restoration.suggestions]
    kept = tuple(
        suggestion._replace(action="ask") if suggestion.action == "apply" and not clean else suggestion
        for suggestion, (_, clean) in zip(restoration.suggestions, found, strict=True)
    )
    placed = Placed(layer.source, replace(restoration, suggestions=kept), tuple(edit for edit, _ in found))
    return placed._replace(source=replay(layer.source, placed.edits))


def assemble(source: str, spans: Sequence[tuple[int, int, str]], escape: Escape, *, offsets_in_source: bool = False) -> Layer:
    """A layer from (start, end, plain text) in reading order; start -1 marks text that is not in the source."""
    pieces: list[Piece] = []
    position = 0
    for start, end, text in spans:
        if text:
            pieces.append(Piece(position, len(text), start, end))
            position += len(text)
    return Layer(source, "".join(text for _, _, text in spans), tuple(pieces), escape, offsets_in_source)


def _inside(piece: Piece, offset: int) -> tuple[int, bool]:
    """The place of a plain offset in the source, and whether it is one: it is none in the middle of a character reference or outside the source."""
    into = offset - piece.plain
    if piece.start >= 0 and piece.size == piece.end - piece.start:
        return piece.start + into, True
    return max(piece.end if into else piece.start, 0), piece.start >= 0 and into in (0, piece.size)
