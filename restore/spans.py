"""Disjoint spans in order, and which of them overlap a given one, by bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable


class Spans:
    """A growing set of disjoint half-open spans.

    >>> taken = Spans([(0, 5), (8, 9)])
    >>> taken.overlapping(4, 8), taken.overlapping(5, 8), taken.add(5, 8), taken.overlapping(7, 20)
    (range(0, 1), range(1, 1), None, range(1, 3))
    """

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]

    def overlapping(self, start: int, end: int) -> range:
        """The numbers, in text order, of the spans that share a character with start to end."""
        low = bisect_right(self._ends, start)
        return range(low, max(low, bisect_left(self._starts, end)))

    def add(self, start: int, end: int) -> None:
        """Add a span that overlaps none."""
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self._ends.insert(at, end)
