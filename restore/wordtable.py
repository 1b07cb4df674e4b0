"""The ids of all words of a text at once: words are hashed from their letters with sums over the whole text, and looked up in arrays.

The key of a word is the sum of its letters' codes, each times a power of an odd number by its place in the word, modulo 2**64. Over a text that is a
difference of two running sums, moved to the word's start by the inverse of a power, so no step of Python is taken for a word.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from restore.characters import Kinds, codes, is_letter, runs
from restore.ordering import offsets

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
#: Characters of the longest text.
LONGEST = 1 << 14
_BASE = 0x9E3779B97F4A7C15
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
#: High bits of a key that lead to its place: four times as many places as words.
_BITS = 18
_LETTERS = Kinds(is_letter)
_SMALL = np.arange(128, dtype=np.uint64)
_SMALL[ord("A") : ord("Z") + 1] += 32


def _powers(base: int) -> U64:
    """The powers of a number from 0 on, modulo 2**64."""
    out = np.full(LONGEST, base, dtype=np.uint64)
    out[0] = 1
    return np.multiply.accumulate(out)


class WordTable:
    """Word to id, whatever the letter case, of words that are letters alone. ``ids``: lower-case words; ``unknown``: the id of all others."""

    def __init__(self, ids: Mapping[str, int], unknown: int) -> None:
        self._ids, self._unknown = ids, unknown
        self._powers, self._inverse = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))
        keys = _spread(self._keys_of(list(ids)))
        order = np.argsort(keys)
        self._keys = np.append(keys[order], np.uint64(0))
        self._values = np.append(np.fromiter(ids.values(), dtype=np.int64, count=len(ids))[order], unknown)
        place = (self._keys[:-1] >> np.uint64(64 - _BITS)).astype(np.int64)
        self._first = offsets(place, 1 << _BITS)

    def look_up(self, text: str) -> tuple[I64, I64]:
        """The id of every word of a text of at most LONGEST characters and where it begins: int64 [n] each."""
        points = codes(text)
        start, end = runs(_LETTERS.of(points).view(np.bool_))
        plain = np.minimum(points, 127)
        running = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(_SMALL[plain] * self._powers[: len(points)], out=running[1:])
        ids = self._find(_spread((running[end] - running[start]) * self._inverse[start]))
        beyond = np.concatenate([[0], np.cumsum(points > 127)])
        for k in np.flatnonzero(beyond[end] > beyond[start]).tolist():
            ids[k] = self._ids.get(text[start[k] : end[k]].lower(), self._unknown)
        return ids, start

    def _keys_of(self, words: list[str]) -> U64:
        """The key of every word, whose letters are those of its UTF-8."""
        data = np.frombuffer(("\n".join(words) + "\n").encode(), dtype=np.uint8)
        end = np.flatnonzero(data == ord("\n"))
        start = np.concatenate([[0], end[:-1] + 1])
        terms = np.where(data == ord("\n"), np.uint64(0), data.astype(np.uint64)) * self._powers[np.arange(len(data)) - np.repeat(start, end - start + 1)]
        return np.add.reduceat(terms, start)

    def _find(self, keys: U64) -> I64:
        place = (keys >> np.uint64(64 - _BITS)).astype(np.int64)
        at, last = self._first[place], self._first[place + 1]
        ids = np.where(self._keys[at] == keys, self._values[at], self._unknown)
        more = np.flatnonzero((last - at > 1) & (self._keys[at] != keys))
        while len(more):
            at[more] += 1
            ids[more] = np.where(self._keys[at[more]] == keys[more], self._values[at[more]], self._unknown)
            more = more[(last[more] - at[more] > 1) & (self._keys[at[more]] != keys[more])]
        return ids


def _spread(keys: U64) -> U64:
    """Keys with their bits mixed, one to one."""
    keys ^= keys >> np.uint64(31)
    keys *= _SPREAD
    keys ^= keys >> np.uint64(29)
    return keys
