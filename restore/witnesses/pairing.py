"""Align two copies of one story word by word, when each may have been spun.

A guide comes from the words folded to the originals they most likely stand for (rapidfuzz); around it the cheapest path through the grid is
found, where equal words cost nothing and two spans that may stand for the same original little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from restore.witnesses.values import Original

#: Costs of the path: two spans with a common original, two words without one, a word that the other copy lacks.
SHARED, DIFFERENT, SKIP = 0.3, 1.6, 1.0
#: How far the path may leave the guide, in words; and the widest stretch without an equal word that is searched at all.
AROUND, WIDEST = 2, 40
#: A sentence of which a smaller share is explained was rewritten by hand, so nothing follows from where it differs.
EXPLAINED = 0.6

Reading = Mapping[Original, Sequence[tuple[int, float]]]
Cell = tuple[float, int, int, str]
_FAR: Cell = (1e9, 0, 0, "")


@dataclass(frozen=True, slots=True)
class Pairing:
    """Where the words of one copy stand in another. ``low``, ``high``, int64 [n + 1]: the least and the greatest place there that the boundary before
    each word can mean; ``paired``, bool [n]: whether the word has a counterpart; ``gaps``: spans (i, j, a, b) that stand against each other and
    have no common original."""

    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    paired: npt.NDArray[np.bool_]
    gaps: tuple[tuple[int, int, int, int], ...]


def pair(mine: Sequence[Reading], theirs: Sequence[Reading], guide: tuple[Sequence[Any], Sequence[Any]], sentence: npt.NDArray[Any]) -> Pairing:
    """Pair copies by their readings; ``guide``: the folded words of both; ``sentence`` [n]: of the words of the first."""
    steps = _path(mine, theirs, _band(*guide))
    n = len(mine)
    low, high = np.full(n + 1, len(theirs), dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    paired, explained = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    blocks = _blocks(steps)
    for i, j, a, b, kind in blocks:
        for boundary, place in ((i, a), (j, b)):
            low[boundary], high[boundary] = min(low[boundary], place), max(high[boundary], place)
        low[i + 1 : j], high[i + 1 : j] = a, b
        paired[i:j] = b > a
        explained[i:j] = kind == "shared"
    share = np.bincount(sentence, explained) / np.maximum(np.bincount(sentence), 1)
    trusted = share[sentence] >= EXPLAINED
    gaps = tuple((i, j, a, b) for i, j, a, b, kind in blocks if kind == "different" and j > i and b > a and trusted[i:j].all())
    return Pairing(low, high, paired & trusted, gaps)


def _band(mine: Sequence[Any], theirs: Sequence[Any]) -> list[tuple[int, int]]:
    """For every boundary of the first copy, the places of the second that the path may pass."""
    n, m = len(mine), len(theirs)
    band = [(m, 0)] * (n + 1)
    for step in Levenshtein.opcodes(mine, theirs):
        wide = step.dest_end - step.dest_start
        for i in range(step.src_start, step.src_end + 1):
            if step.tag == "equal" or wide > WIDEST:
                middle = step.dest_start + min(i - step.src_start, wide)
                low, high = middle, middle
            else:
                low, high = step.dest_start, step.dest_end
            band[i] = min(band[i][0], max(low - AROUND, 0)), max(band[i][1], min(high + AROUND, m))
    band[0] = 0, band[0][1]
    band[n] = band[n][0], m
    return band


def _path(mine: Sequence[Reading], theirs: Sequence[Reading], band: list[tuple[int, int]]) -> list[tuple[int, int, int, int, str]]:
    """The cheapest path as steps (i, j, a, b, kind)."""
    n, m = len(mine), len(theirs)
    best: list[dict[int, Cell]] = [{} for _ in range(n + 1)]
    best[0][0] = (0.0, 0, 0, "")
    for i in range(n + 1):
        row = best[i]
        for a in range(band[i][0], band[i][1] + 1):
            if a not in row:
                continue
            cost = row[a][0]
            if a < m:
                _offer(row, a + 1, cost + SKIP, i, a, "skip")
            if i < n:
                _offer(best[i + 1], a, cost + SKIP, i, a, "skip")
                if a < m:
                    _offer(best[i + 1], a + 1, cost + DIFFERENT, i, a, "different")
                    _offer_shared(best, mine[i], theirs[a], cost, i, a)
    return _trace(best, n, m)


def _offer_shared(best: list[dict[int, Cell]], mine: Reading, theirs: Reading, cost: float, i: int, a: int) -> None:
    word = next(iter(mine))  # a word's own key comes first in its readings
    equal = word == next(iter(theirs))
    for original in mine.keys() & theirs.keys():
        extra = 0.0 if equal and original == word else SHARED
        for j, _ in mine[original]:
            for b, _ in theirs[original]:
                _offer(best[j], b, cost + extra, i, a, "shared")


def _offer(row: dict[int, Cell], place: int, cost: float, i: int, a: int, kind: str) -> None:
    if cost < row.get(place, _FAR)[0]:
        row[place] = (cost, i, a, kind)


def _trace(best: list[dict[int, Cell]], n: int, m: int) -> list[tuple[int, int, int, int, str]]:
    steps, i, a = [], n, m
    if m not in best[n]:
        return [(0, n, 0, m, "skip")]
    while i or a:
        _, i0, a0, kind = best[i][a]
        steps.append((i0, i, a0, a, kind))
        i, a = i0, a0
    return steps[::-1]


def _blocks(steps: list[tuple[int, int, int, int, str]]) -> list[tuple[int, int, int, int, str]]:
    """Steps with neighbouring unexplained ones joined: a word against nothing beside a word against another is one place that differs."""
    out: list[tuple[int, int, int, int, str]] = []
    for i, j, a, b, kind in steps:
        kind = "shared" if kind == "shared" else "different"
        if out and kind == "different" and out[-1][4] == "different":
            out[-1] = (out[-1][0], j, out[-1][2], b, kind)
        else:
            out.append((i, j, a, b, kind))
    return out
