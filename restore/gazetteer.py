"""Names and terms of several words: arcs wherever every word equals, or may stand for, the name's word.

"Inner Income Service" is no row of any dictionary, but "inner" may stand for "internal" and "income" for "revenue", and Internal Revenue Service is a
known name. File: first line ``# restore names 1``, then ``name TAB acronym TAB kind``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from restore.dictionary import MAX_WORDS
from restore.errors import DictionaryError
from restore.lexicon import I64, Arrays, _blob
from restore.lines import Lines
from restore.ngram import pack
from restore.ordering import expand, offsets
from restore.tokens import fold, words

HEADER = "# restore names 1"
#: Least similarity (rapidfuzz ratio, 0 to 100) at which a word that no dictionary has counts as a misspelling of a name's word.
NEAR = 85.0
#: Shortest word that is compared so: shorter ones are near too many others.
SHORTEST = 6
#: A name's first two words are looked up only if these bits of their key, times an odd number, are those of a name's.
_HINT_BITS, _SPREAD = 20, np.uint64(0x9E3779B97F4A7C15)
_SMALL = frozenset("of the and for in on to a an at & - de la".split())


@dataclass(frozen=True, slots=True)
class Name:
    """One entry: the name as written, its acronym ("" if none), its kind, and where it stands."""

    text: str
    acronym: str
    kind: str
    source: str


def read_names(path: Path) -> list[Name]:
    """All names of one file. Raises DictionaryError with file, line and reason."""
    try:
        lines = path.read_bytes().decode("utf-8").replace("\r\n", "\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DictionaryError(path, f"cannot read the names ({error})") from error
    if lines[0].strip() != HEADER:
        raise DictionaryError(f"{path}:1", "no version header", f"begin the file with '{HEADER}'")
    out: list[Name] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        where = f"{path}:{number}"
        if len(columns) != 3:
            raise DictionaryError(where, f"{len(columns)} columns", "a row is: name, TAB, acronym or nothing, TAB, kind")
        size = len(words(columns[0]))
        if not 2 <= size <= MAX_WORDS:
            raise DictionaryError(where, f"'{columns[0]}' has {size} words", f"a name has 2 to {MAX_WORDS}")
        if fold(columns[0]) in seen:
            raise DictionaryError(where, f"'{columns[0]}' stands already in line {seen[fold(columns[0])]}")
        seen[fold(columns[0])] = number
        out.append(Name(columns[0], columns[1], columns[2], f"{path.name}:{number}"))
    return out


def compile_names(names: Sequence[Name], ids: Mapping[str, int]) -> Arrays:
    """The arrays of a ``Gazetteer``. Names with a word that ``ids`` lacks are kept; that word matches itself only by near spelling."""
    unknown = ids["<unk>"]
    encoded = [[ids.get(w, unknown) for w in words(name.text)] for name in names]
    table = np.full((len(names), MAX_WORDS), -1, dtype=np.int32)
    for k, row in enumerate(encoded):
        table[k, : len(row)] = row
    keys = pack(table[:, 0], table[:, 1]) if len(names) else np.zeros(0, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    names = [names[k] for k in order.tolist()]
    return {
        "name_text": _blob([n.text for n in names]),
        "name_acronym": _blob([n.acronym for n in names]),
        "name_source": _blob([n.source for n in names]),
        "name_term": np.array([n.kind.startswith(("term", "wide term")) for n in names], dtype=np.bool_),
        "name_wide": np.array([n.kind.startswith("wide term") for n in names], dtype=np.bool_),
        "name_words": table[order],
        "name_keys": keys[order],
    }


#: Near spellings remembered; a page has some hundred unknown words, a crawl any number.
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Match:
    """A name found: tokens first to last (exclusive), the name's number, the arcs (numbers) that make it, whether its acronym is near."""

    first: int
    last: int
    name: int
    arcs: tuple[int, ...]
    acronym: bool


class Gazetteer:
    """Known names and terms, compiled."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], size: int) -> None:
        self._blobs = {part: arrays[f"name_{part}"] for part in ("text", "acronym", "source")}
        self.is_term: npt.NDArray[np.bool_] = arrays["name_term"]
        self.is_wide: npt.NDArray[np.bool_] = arrays["name_wide"]
        self.words: npt.NDArray[np.int32] = arrays["name_words"]
        self.size: I64 = (self.words >= 0).sum(axis=1)
        self.keys: npt.NDArray[np.uint64] = arrays["name_keys"]
        self._buckets: dict[str, list[tuple[str, int]]] = {}
        self._near: dict[str, int] = {}
        self._hint = np.zeros(1 << _HINT_BITS, dtype=np.bool_)
        self._hint[_hints(self.keys)] = True
        self._opens = np.zeros(size, dtype=np.bool_)
        self._follows = np.zeros(size, dtype=np.bool_)
        if len(self.keys):
            self._opens[self.words[:, 0]] = True
            self._follows[self.words[:, 1]] = True

    @cached_property
    def text(self) -> Lines:
        """The names as they are written."""
        return Lines(self._blobs["text"])

    @cached_property
    def acronym(self) -> Lines:
        """Their acronyms, "" where there is none."""
        return Lines(self._blobs["acronym"])

    @cached_property
    def source(self) -> Lines:
        """File and line of each."""
        return Lines(self._blobs["source"])

    @cached_property
    def _used(self) -> npt.NDArray[np.bool_]:
        """Whether each word is one of a name's, [words]."""
        used = np.zeros(len(self._opens) + 1, dtype=np.bool_)
        used[self.words] = True  # names are padded with -1
        return used[:-1]

    def near(self, word: str, words: Lines) -> int:
        """The id of the name word that a word no dictionary has is a near spelling of ("goverment"), -1 where there is none. ``words``: the vocabulary."""
        if len(word) < SHORTEST:
            return -1
        if word not in self._near:
            if len(self._near) >= REMEMBERED:
                self._near.clear()
            self._near[word] = self._nearest(word, words)
        return self._near[word]

    def _nearest(self, word: str, words: Lines) -> int:
        from rapidfuzz import fuzz, process

        if word[0] not in self._buckets:
            here = np.flatnonzero(self._used[: len(words)] & (words.initials == word.encode("utf-8", "surrogatepass")[0]))
            there = [(words[k], k) for k in here.tolist()]
            self._buckets[word[0]] = [(w, k) for w, k in there if w[0] == word[0] and len(w) >= SHORTEST]
        bucket = [(w, k) for w, k in self._buckets[word[0]] if abs(len(w) - len(word)) <= 2]
        best = process.extractOne(word, [w for w, _ in bucket], scorer=fuzz.ratio, score_cutoff=NEAR)
        return -1 if best is None else bucket[best[2]][1]

    def find(
        self,
        start: I64,
        end: I64,
        word: I64,
        size: I64,
        tokens: Sequence[str],
        capital: npt.NDArray[np.bool_],
        copies: npt.NDArray[np.bool_],
        *,
        wide: bool = False,
    ) -> list[Match]:
        """All names in a lattice's arcs: ``start``/``end`` token spans (sorted by start), ``word`` the dictionary id of a one-word arc's word,
        ``size`` its number of words, ``copies`` whether it is a copy; ``wide``: everyday compounds of
        scientific text, too, which are too many and too plain for other spun text. A span that is a known name as it stands is no other name: "blood sugar" is
        not "blood glucose"."""
        if not len(self.keys):
            return []
        begin = offsets(start, int(end.max(initial=0)) + 1)
        ground = _Ground(start, end, word, size == 1, begin)
        x, y, name = self._openings(ground)
        if not len(x):
            return []
        improper = ~capital
        improper[[i for i, token in enumerate(tokens) if token in _SMALL]] = False
        running = np.concatenate([[0], np.cumsum(improper)])
        proper = running[end[y]] == running[start[x]]
        as_they_stand = copies[x] & copies[y]
        use = self.is_term[name] | proper | as_they_stand
        if not wide:  # as it stands, such a compound is no other name all the same
            use &= ~self.is_wide[name] | as_they_stand
        found: dict[tuple[int, int, int], Match] = {}
        genuine: set[tuple[int, int]] = set()
        for one, other, n in zip(x[use].tolist(), y[use].tolist(), name[use].tolist(), strict=True):
            for arcs in self._extend([one, other], n, ground):
                first, last = int(start[arcs[0]]), int(end[arcs[-1]])
                if all(copies[j] for j in arcs):
                    genuine.add((first, last))
                elif (wide or not self.is_wide[n]) and (self.is_term[n] or running[last] == running[first]):
                    acronym = fold(self.acronym[n])
                    near = bool(acronym) and acronym in tokens[last : last + 3]
                    found.setdefault((first, last, n), Match(first, last, n, tuple(arcs), near))
        return [match for (first, last, _), match in found.items() if (first, last) not in genuine]

    def _openings(self, ground: _Ground) -> tuple[I64, I64, I64]:
        """Adjacent arcs that are the first two words of a name, and the name, if all its words stand somewhere; in order of the first."""
        start, end, word, single, _ = ground
        a = np.flatnonzero(single & self._opens[word])
        b = np.flatnonzero(single & self._follows[word])
        begin = offsets(start[b], int(end.max(initial=0)) + 1)
        left, right = expand(begin[end[a]], begin[end[a] + 1])
        a, b = a[left], b[right]
        keys = pack(word[a], word[b])
        hinted = np.flatnonzero(self._hint[_hints(keys)])
        a, b, keys = a[hinted], b[hinted], keys[hinted]
        pair, name = expand(np.searchsorted(self.keys, keys), np.searchsorted(self.keys, keys, side="right"))
        there = np.zeros(len(self._opens) + 1, dtype=np.bool_)
        there[word[single]] = there[-1] = True  # names are padded with -1
        whole = there[self.words[name]].all(axis=1)
        return a[pair[whole]], b[pair[whole]], name[whole]

    def _extend(self, arcs: list[int], name: int, ground: _Ground) -> list[list[int]]:
        """The ways in which a name whose first two words are these arcs goes on to its end."""
        partial = [arcs]
        for wanted in self.words[name, 2 : self.size[name]].tolist():
            longer = []
            for path in partial:
                position = int(ground.end[path[-1]])
                here = range(int(ground.begin[position]), int(ground.begin[position + 1]))
                longer += [[*path, j] for j in here if ground.single[j] and ground.word[j] == wanted]
            partial = longer
        return partial


class _Ground(NamedTuple):
    """Arcs to look in: spans, words, whether of one word, and where those that begin at each token begin."""

    start: I64
    end: I64
    word: I64
    single: npt.NDArray[np.bool_]
    begin: I64


def _hints(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Some bits by which most pairs of words that open no name are told."""
    return (keys * _SPREAD) >> np.uint64(64 - _HINT_BITS)
