"""What a corpus holds and no dictionary has: the work list by which coverage grows where text is.

All runs of one to five words are counted as sorted keys in numpy, so fifty megabytes take a minute and not gigabytes of dictionaries.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.lexicon import I64, U64, span_keys
from restore.tokens import TOKEN, fold

LONGEST = 5
#: A phrase has to occur this often for once that its parts would meet by chance. "prime minister" does 1,000 times, "in march" 5 times.
COHESION = 10.0
#: A word that is capitalised in more than this share of its occurrences inside sentences is a name.
NAME_SHARE = 0.5
#: What a phrase does not begin or end with: it would only say again what the phrase without it says.
_EDGES = frozenset(
    "the and or but that this these those our your their its his her my i we you he she it they who which is are was were be been to as if".split()
)
_APART = re.compile(r'["“”()\[\]{}<>\n]')
_STOPS = frozenset(".!?:;")


@dataclass(frozen=True, slots=True)
class Item:
    """A word or phrase with how often it occurs, and how much more often than its parts would meet by chance (0 for a word)."""

    text: str
    count: int
    cohesion: float

    @property
    def size(self) -> int:
        """Number of words."""
        return self.text.count(" ") + 1


class Survey:
    """The words of a corpus, as numbers in the order of their first occurrence; 0 is a break that no phrase crosses."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._numbers: dict[str, int] = {"": 0}
        self._inside: list[int] = [0]
        self._capital: list[int] = [0]
        ids: list[int] = []
        for line in lines:
            self._read(line, ids)
        self._ids: npt.NDArray[np.int32] = np.array([0, *ids, 0], dtype=np.int32)
        self._words = list(self._numbers)

    @property
    def running(self) -> int:
        """How many words the corpus has."""
        return int((self._ids > 0).sum())

    def missing(self, known: Collection[str], *, least: int, sizes: Iterable[int] = range(1, LONGEST + 1)) -> list[Item]:
        """What occurs at least ``least`` times and is not ``known`` (words joined by a blank), by falling count. Names and numbers are left out."""
        longest = max(sizes, default=1)
        counted = {size: _count(self._ids, size) for size in range(1, longest + 1)}
        found = [item for size in sizes for item in self._items(counted, size, least) if item.text not in known]
        return sorted(found, key=lambda item: (-item.count, item.text))

    def _read(self, line: str, ids: list[int]) -> None:
        for part in _APART.split(line.replace("’", "'").replace("‘", "'")):
            begins = True
            for token in TOKEN.findall(part):
                if not token[0].isalpha() and token[0] != "'":
                    ids.append(0)
                    begins = token in _STOPS
                    continue
                number = self._numbers.setdefault(fold(token), len(self._inside))
                if number == len(self._inside):
                    self._inside.append(0)
                    self._capital.append(0)
                if not begins:
                    self._inside[number] += 1
                    self._capital[number] += token[0].isupper()
                ids.append(number)
                begins = False
            ids.append(0)

    def _items(self, counted: Mapping[int, Counted], size: int, least: int) -> Iterator[Item]:
        often = np.flatnonzero(counted[size].counts >= least)
        spans = self._ids[counted[size].at[often][:, None] + np.arange(size)]
        usable, edge = self._usable()
        fine = usable[spans].all(axis=1) & ~edge[spans[:, 0]] & ~edge[spans[:, -1]] if size > 1 else usable[spans[:, 0]]
        often, spans = often[fine], spans[fine]
        counts = counted[size].counts[often]
        cohesion = self._cohesion(counted, spans, counts) if size > 1 else np.full(len(counts), np.inf)
        for k in np.flatnonzero(cohesion >= COHESION).tolist():
            text = " ".join(self._words[i] for i in spans[k].tolist())
            yield Item(text, int(counts[k]), round(float(cohesion[k]), 1) if size > 1 else 0.0)

    def _usable(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """By word: whether it may stand in a phrase, and whether a phrase may not begin or end with it."""
        share = np.array(self._capital) / np.maximum(np.array(self._inside), 1)
        usable = (share <= NAME_SHARE) & np.array([len(word) > 1 or word in ("a", "i") for word in self._words])
        usable[0] = False
        return usable, np.array([word in _EDGES or word[:1] == "'" for word in self._words])

    def _cohesion(self, counted: Mapping[int, Counted], spans: npt.NDArray[np.int32], counts: I64) -> npt.NDArray[np.float64]:
        """Least ratio, over the ways to cut a phrase in two, of its count to what chance would give its parts, [phrases]."""
        total, size = float(len(self._ids)), spans.shape[1]
        ratios = []
        for cut in range(1, size):
            left, right = (counted[part.shape[1]].of(part) for part in (spans[:, :cut], spans[:, cut:]))
            ratios.append(counts * total / (left * right))
        return np.min(ratios, axis=0) if len(counts) else np.zeros(0)


@dataclass(frozen=True, slots=True)
class Counted:
    """Runs of words of one length: ``keys`` sorted, ``counts``, and ``at``, where each stands first."""

    keys: U64
    counts: I64
    at: I64

    def of(self, spans: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """How often each of these runs [n, size] occurs; one that is not kept occurs once."""
        n, size = spans.shape
        keys = span_keys(np.ascontiguousarray(spans).reshape(-1), size)[::size]
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.counts[at], 1).astype(np.float64) if n else np.zeros(0)


def _count(ids: npt.NDArray[np.int32], size: int) -> Counted:
    """Every run of ``size`` words that occurs twice at least (all words for size 1)."""
    keys = span_keys(ids, size)
    whole = np.ones(len(keys), dtype=np.bool_)
    for k in range(size):
        whole &= ids[k : k + len(keys)] > 0
    at = np.flatnonzero(whole)
    unique, first, counts = np.unique(keys[at], return_index=True, return_counts=True)
    keep = counts > (1 if size > 1 else 0)
    return Counted(unique[keep], counts[keep], at[first[keep]])
