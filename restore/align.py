"""Align a spun text with its original, word by word, through the dictionary's arcs.

The cheapest path through the grid (spun position, original position): a copied word costs nothing, a dictionary arc a little, an
unexplained word one. What the dictionary explains teaches its weights; what it does not is a row to propose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: An arc costs less than one unexplained word and more than a copy, so that arcs are used where they explain something.
ARC_COST = 0.2
SKIP_COST = 1.0
SUBSTITUTION_COST = 1.6
#: How far the alignment may wander from the diagonal, in words.
BAND = 14

Arc = tuple[int, tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alignment: ``spun[i:j]`` stands for ``original[k:m]``; ``arc`` is the arc's number, -1 for a copy, -2 for unexplained."""

    i: int
    j: int
    k: int
    m: int
    arc: int


def align(spun: Sequence[str], original: Sequence[str], arcs: Mapping[int, Sequence[Arc]]) -> list[Step]:
    """The cheapest alignment. ``arcs[i]`` lists (end, words, number) of the arcs that begin at spun word i."""
    n, m = len(spun), len(original)
    slope = m / max(n, 1)
    best: list[dict[int, tuple[float, int, int, int]]] = [defaultdict(lambda: (1e9, 0, 0, -2)) for _ in range(n + 1)]
    best[0][0] = (0.0, 0, 0, -2)
    for i in range(n + 1):
        row = best[i]
        low, high = int(i * slope) - BAND, int(i * slope) + BAND
        for k in range(max(low, 0), min(high, m) + 1):
            if k not in row:
                continue
            cost = row[k][0]
            if k < m and cost + SKIP_COST < row[k + 1][0]:
                row[k + 1] = (cost + SKIP_COST, i, k, -2)
            if i == n:
                continue
            _offer(best[i + 1], k, cost + SKIP_COST, i, k, -2)
            if k < m:
                same = spun[i] == original[k]
                _offer(best[i + 1], k + 1, cost if same else cost + SUBSTITUTION_COST, i, k, -1 if same else -2)
            for end, words, number in arcs.get(i, ()):
                if tuple(original[k : k + len(words)]) == words:
                    _offer(best[end], k + len(words), cost + ARC_COST, i, k, number)
    return _trace(best, n, m)


def _offer(row: dict[int, tuple[float, int, int, int]], k: int, cost: float, i0: int, k0: int, arc: int) -> None:
    if cost < row[k][0]:
        row[k] = (cost, i0, k0, arc)


def _trace(best: list[dict[int, tuple[float, int, int, int]]], n: int, m: int) -> list[Step]:
    if m not in best[n]:
        return [Step(0, n, 0, m, -2)]
    steps, i, k = [], n, m
    while i or k:
        _, i0, k0, arc = best[i][k]
        steps.append(Step(i0, i, k0, k, arc))
        i, k = i0, k0
    return steps[::-1]
