"""The ids of all words of a text at once: words are hashed from their letters with sums over the whole text, and looked up in arrays.

The key of a word is the sum of its letters' codes, each times a power of an odd number by its place in the word, modulo 2**64. Over a text that is a
difference of two running sums, moved to the word's start by the inverse of a power, so no step of Python is taken for a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from restore.characters import Kinds, codes, is_letter, runs
from restore.lines import Lines
from restore.ordering import distinct, offsets, stable_order

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
#: Characters of the longest text.
LONGEST = 1 << 14
_BASE = 0x9E3779B97F4A7C15
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
#: High bits of a key that lead to its place: four times as many places as words.
_BITS = 18
_LETTERS = Kinds(is_letter)
#: For bytes: 1 for an ASCII letter, 0 for all others.
_INSIDE = bytes(chr(c).isascii() and is_letter(chr(c)) for c in range(256))


def _powers(base: int) -> U64:
    """The powers of a number from 0 on, modulo 2**64."""
    out = np.full(LONGEST, base, dtype=np.uint64)
    out[0] = 1
    return np.multiply.accumulate(out)


class WordTable:
    """Word to id, whatever the letter case. ``words``: lower-case words, numbered on from list to list, no two of them equal; ``aliases``: words that
    are counted as one of those, whatever else they are; ``unknown``: the id of all others."""

    def __init__(self, words: Sequence[Lines], aliases: Sequence[tuple[str, str]], unknown: int) -> None:
        self._words, self._unknown = words, unknown
        self._aliases = [alias for alias, _ in aliases]
        self._powers, self._inverse = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))
        self._longest = max(int((lines.ends - lines.starts).max(initial=0)) for lines in words)
        keys = np.concatenate([_spread(self._keys_of(lines)) for lines in words])
        ids = np.argsort(keys)
        keys, ids = self._with_aliases(keys[ids], ids, aliases)
        self._keys = np.append(keys, np.uint64(0))
        self._values = np.append(ids, unknown)
        place = (self._keys[:-1] >> np.uint64(64 - _BITS)).astype(np.int64)
        self._first = offsets(place, 1 << _BITS).astype(np.int32)

    def look_up(self, text: str) -> tuple[I64, I64]:
        """The id of every word of a text of at most LONGEST characters and where it begins: int64 [n] each."""
        points = codes(text)
        raw = np.minimum(points, 255).astype(np.uint8).tobytes()
        inside = np.frombuffer(bytearray(raw.translate(_INSIDE)), dtype=np.bool_)
        rare = np.flatnonzero(points > 127)
        rare = rare[_LETTERS.of(points[rare]).view(np.bool_)]
        inside[rare] = True
        start, end = runs(inside)
        running = np.zeros(len(points) + 1, dtype=np.uint64)
        np.cumsum(np.frombuffer(raw.lower(), dtype=np.uint8) * self._powers[: len(points)], out=running[1:])
        ids = self._find(_spread((running[end] - running[start]) * self._inverse[start]))
        for k in set((np.searchsorted(start, rare, side="right") - 1).tolist()):
            ids[k] = self._id_of(text[start[k] : end[k]].lower())
        return ids, start

    def ids_of(self, words: Sequence[str]) -> I64:
        """The id of every one of these lower-case words, of letters or not: int64 [n]."""
        if not words:
            return np.zeros(0, dtype=np.int64)
        lines = Lines.of(words)
        ids = self._find(_spread(self._keys_of(lines)))
        ids[lines.ends - lines.starts > self._longest] = self._unknown
        return ids

    def _id_of(self, word: str) -> int:
        return int(self.ids_of([word])[0]) if word.isascii() else self._accented.get(word, self._unknown)

    @cached_property
    def _accented(self) -> dict[str, int]:
        """The ids of the words that are not ASCII alone."""
        rows = (distinct(np.searchsorted(lines.starts, np.flatnonzero(lines.data > 127), side="right") - 1) for lines in self._words)
        words = [lines[k] for lines, found in zip(self._words, rows, strict=True) for k in found.tolist()]
        words += [alias for alias in self._aliases if not alias.isascii()]
        return dict(zip(words, self.ids_of(words).tolist(), strict=True))

    def _keys_of(self, lines: Lines) -> U64:
        """The key of every word, whose letters are those of its UTF-8; what goes beyond the longest that is known does not count."""
        size = np.minimum(lines.ends - lines.starts, self._longest)
        order = stable_order(self._longest - size)  # the longest first, so that those that have a letter at some place stand together
        begin = lines.starts[order]
        keys = np.zeros(len(size), dtype=np.uint64)
        longer = len(size) - np.cumsum(np.bincount(size))
        for place, count in enumerate(longer[:-1].tolist()):
            keys[:count] += lines.data[begin[:count] + place] * self._powers[place]
        out = np.empty_like(keys)
        out[order] = keys
        return out

    def _with_aliases(self, keys: U64, ids: I64, aliases: Sequence[tuple[str, str]]) -> tuple[U64, I64]:
        """Sorted keys with their ids, those of the aliases added or set."""
        if not aliases:
            return keys, ids
        alias, word = (_spread(self._keys_of(Lines.of(column))) for column in zip(*aliases, strict=True))
        at = np.minimum(np.searchsorted(keys, word), len(keys) - 1)
        there = keys[at] == word
        alias, meant = alias[there], ids[at[there]]
        at = np.searchsorted(keys, alias)
        known = keys[np.minimum(at, len(keys) - 1)] == alias
        ids[at[known]] = meant[known]
        order = np.flatnonzero(~known)[np.argsort(alias[~known])]
        return np.insert(keys, at[order], alias[order]), np.insert(ids, at[order], meant[order])

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
