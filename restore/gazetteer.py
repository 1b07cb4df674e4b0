"""Names and terms of several words: arcs wherever every word equals, or may stand for, the name's word.

"Inner Income Service" is no row of any dictionary, but "inner" may stand for "internal" and "income" for "revenue", and Internal Revenue Service is a
known name. File: first line ``# restore names 1``, then ``name TAB acronym TAB kind``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from restore.dictionary import MAX_WORDS
from restore.errors import DictionaryError
from restore.lexicon import I64, Arrays, blob
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
#: Tokens that the words between a name's first and last may take.
REACH = 12
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
        "name_text": blob([n.text for n in names]),
        "name_acronym": blob([n.acronym for n in names]),
        "name_source": blob([n.source for n in names]),
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
        self._buckets: dict[str, dict[int, list[tuple[str, int]]]] = {}
        self._near: dict[str, int] = {}
        self._hint = np.zeros(1 << _HINT_BITS, dtype=np.bool_)
        self._hint[_hints(self.keys)] = True
        self._opens = np.zeros(size, dtype=np.bool_)
        self._opens_long = np.zeros(size, dtype=np.bool_)
        self._follows = np.zeros(size, dtype=np.bool_)
        if len(self.keys):
            self._opens[self.words[:, 0]] = True
            self._follows[self.words[:, 1]] = True
            self._opens_long[self.words[self.size > 2, 0]] = True

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
            of_length: dict[int, list[tuple[str, int]]] = {}
            for k in here.tolist():
                if words[k][0] == word[0] and len(words[k]) >= SHORTEST:
                    of_length.setdefault(len(words[k]), []).append((words[k], k))
            self._buckets[word[0]] = of_length
        bucket = sorted((x for size in range(len(word) - 2, len(word) + 3) for x in self._buckets[word[0]].get(size, ())), key=itemgetter(1))
        best = process.extractOne(word, [w for w, _ in bucket], scorer=fuzz.ratio, score_cutoff=NEAR)
        return -1 if best is None else bucket[best[2]][1]

    def find(
        self, start: I64, end: I64, word: I64, size: I64, tokens: Sequence[str], capital: npt.NDArray[np.bool_], copies: npt.NDArray[np.bool_]
    ) -> list[Match]:
        """All names in a lattice's arcs: ``start``/``end`` token spans (sorted by start), ``word`` the dictionary id of a one-word arc's word,
        ``size`` its number of words, ``copies`` whether it is a copy; no everyday compounds of scientific text, which are too many and too plain for spun
        text. A span that is a known name as it stands is no other name: "blood sugar" is not "blood glucose"."""
        improper = ~capital
        improper[[i for i, token in enumerate(tokens) if token in _SMALL]] = False
        out = []
        for first, last, name, arcs in self.read(Ground(start, end, word, size == 1, copies), ~self.is_wide, np.concatenate([[0], np.cumsum(improper)])).rows():
            acronym = fold(self.acronym[name])
            out.append(Match(first, last, name, arcs, bool(acronym) and acronym in tokens[last : last + 3]))
        return out

    def read(self, ground: Ground, wanted: npt.NDArray[np.bool_], improper: I64, joints: I64 | None = None) -> Paths:
        """The ways in which arcs, sorted by start, read as a name that is ``wanted``, bool [names], one a span and name, in order of their first two arcs; none
        in a span that is some name as it stands. ``improper``: running count of the words that no name has, which only terms go over.
        ``joints``: names that have none of these tokens, but as their first, may be left out."""
        if not len(self.keys):
            return Paths.none()
        x, y, name = self._openings(ground, joints)
        if not len(name):
            return Paths.none()
        proper = improper[ground.end[y]] == improper[ground.start[x]]
        as_they_stand = ground.copies[x] & ground.copies[y]
        use = np.flatnonzero(wanted[name] & (self.is_term[name] | proper) | as_they_stand)
        arcs, name = self._extend(np.column_stack([x[use], y[use]]), name[use], ground)
        first, last = ground.start[arcs[:, 0]], ground.end[arcs.max(axis=1, initial=-1)]
        copied = (ground.copies[arcs] | (arcs < 0)).all(axis=1)
        span = first * np.int64(len(improper)) + last
        keep = wanted[name] & (self.is_term[name] | (improper[last] == improper[first])) & ~np.isin(span, span[copied])
        keep = np.flatnonzero(keep)
        _, lead = np.unique(span[keep] * len(self.keys) + name[keep], return_index=True)
        keep = keep[np.sort(lead)]
        return Paths(first, last, name, arcs).take(keep)

    def _openings(self, ground: Ground, joints: I64 | None) -> tuple[I64, I64, I64]:
        """Adjacent arcs that are the first two words of a name, and the name, if all its words stand somewhere; in order of the first."""
        start, end, word, single, _ = ground
        opening = single & self._opens[word]
        if joints is not None:
            opening &= self._reaching(ground, joints)
        a = np.flatnonzero(opening)
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

    def _reaching(self, ground: Ground, joints: I64) -> npt.NDArray[np.bool_]:
        """Whether a name of which an arc is the first word may go over a joint: the arc itself or the next one may, or there are others in reach of it."""
        size = int(ground.end.max(initial=0)) + 1
        there, near = np.zeros((2, size), dtype=np.bool_)
        joints = joints[joints < size]  # where the last words are unknown there are no arcs
        there[joints] = True
        near[np.maximum(joints[:, None] - np.arange(REACH), 0)] = True
        running = np.cumsum(there)
        over = running[ground.end - 1] > running[ground.start]
        there[ground.start[over]] = True
        return over | there[ground.end] | near[ground.end] & self._opens_long[ground.word]

    def _extend(self, arcs: I64, name: I64, ground: Ground) -> tuple[I64, I64]:
        """The ways in which names whose first two words are these arcs [n, 2] go on to their ends: arcs [m, words], padded with -1, and names, in order."""
        out = np.full((len(arcs), MAX_WORDS), -1, dtype=np.int64)
        out[:, :2] = arcs
        begin = offsets(ground.start, int(ground.end.max(initial=0)) + 1)
        for k in range(2, MAX_WORDS):
            if not (self.size[name] > k).any():
                break
            ending = self.size[name] <= k
            position = ground.end[out[:, k - 1]]  # of no use where the name has ended
            i, j = expand(np.where(ending, 0, begin[position]), np.where(ending, 1, begin[position + 1]))
            fits = ending[i] | ground.single[j] & (ground.word[j] == self.words[name[i], k])
            i, j = i[fits], j[fits]
            out, name = out[i], name[i]
            out[:, k] = np.where(ending[i], -1, j)
        return out, name


class Ground(NamedTuple):
    """Arcs to look in, sorted by start: spans, words, whether of one word, whether copies."""

    start: I64
    end: I64
    word: I64
    single: npt.NDArray[np.bool_]
    copies: npt.NDArray[np.bool_]


class Paths(NamedTuple):
    """Names read: tokens first to last (exclusive), the names' numbers, int64 [m] each; the arcs, int64 [m, words], padded with -1."""

    first: I64
    last: I64
    name: I64
    arcs: I64

    @classmethod
    def none(cls) -> Paths:
        """No names."""
        return cls(*(np.zeros(0, dtype=np.int64),) * 3, np.zeros((0, MAX_WORDS), dtype=np.int64))

    def take(self, index: npt.NDArray[Any]) -> Paths:
        """The names at ``index`` (int or bool)."""
        return Paths(*(column[index] for column in self))

    def rows(self) -> Iterator[tuple[int, int, int, tuple[int, ...]]]:
        """Name by name."""
        for first, last, name, arcs in zip(*(column.tolist() for column in self), strict=True):
            yield first, last, name, tuple(arc for arc in arcs if arc >= 0)


def _hints(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Some bits by which most pairs of words that open no name are told."""
    return (keys * _SPREAD) >> np.uint64(64 - _HINT_BITS)
