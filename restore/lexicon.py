"""Dictionaries compiled for look-up: which originals a span of words may stand for, and which spans are originals that survived.

Phrases are hashed word by word (a polynomial over word ids, modulo 2**64), so all spans of a text are looked up at once, one sorted search a
phrase length. Measured against ahocorasick-rs on the same rows in ``benchmarks/speed.py``: see docs/design.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from restore.dictionary import MAX_WORDS, Row
from restore.ngram import FLOOR, NgramModel
from restore.tokens import NUMBER, is_number, words

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
U64 = npt.NDArray[np.uint64]
_P = np.uint64(0x9E3779B97F4A7C15)


def span_keys(ids: npt.NDArray[Any], length: int) -> U64:
    """The key of every run of ``length`` ids: uint64 [n - length + 1]."""
    n = len(ids) - length + 1
    if n <= 0:
        return np.zeros(0, dtype=np.uint64)
    column = ids.astype(np.uint64) + np.uint64(1)
    key = np.full(n, length, dtype=np.uint64)
    for k in range(length):
        key = (key * _P) ^ column[k : k + n]
        key ^= key >> np.uint64(29)
    return key


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """Phrases by key: ``keys`` sorted, uint64 [p]; ``pointer``, int64 [p + 1], into rows grouped by phrase; ``lengths`` that occur."""

    keys: U64
    pointer: I64
    lengths: tuple[int, ...]

    def match(self, ids: npt.NDArray[Any], joined: npt.NDArray[np.bool_]) -> tuple[I64, I64, I64]:
        """All spans that are phrases of the table: start, length, phrase index; int64 [m] each."""
        starts, sizes, phrases = [], [], []
        reach = _reach(joined)
        for length in self.lengths:
            keys = span_keys(ids, length)
            at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            hit = np.flatnonzero((self.keys[at] == keys) & (reach[: len(keys)] >= length))
            starts.append(hit)
            sizes.append(np.full(len(hit), length))
            phrases.append(at[hit])
        if not starts:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, empty
        return np.concatenate(starts), np.concatenate(sizes), np.concatenate(phrases)


def _reach(joined: npt.NDArray[np.bool_]) -> I64:
    """How many tokens from each one on hang together by white space alone, itself included."""
    n = len(joined)
    breaks = np.flatnonzero(~joined)
    following = np.append(breaks, n)[np.searchsorted(breaks, np.arange(n), side="right")]
    return np.asarray(following - np.arange(n))


class Lexicon:
    """All rows of the loaded dictionaries as arrays.

    Arc tables, one entry a (row, variant): ``arc_head`` int32, ``arc_log`` float32 (log weight), grouped by variant phrase. Heads, one entry a
    row: ``head_words`` int32 [h, 7] of word ids padded with -1, ``head_size``, ``head_text``, ``head_family``.
    """

    def __init__(self, rows: Sequence[Row], model: NgramModel) -> None:
        self.rows = rows
        self.model = model
        self.ids = model.ids
        self._extended: list[str] = []
        self.head_text = [row.original for row in rows]
        self.families = sorted({row.family for row in rows})
        index = {f: k for k, f in enumerate(self.families)}
        self.head_family: I32 = np.array([index[row.family] for row in rows], dtype=np.int32)
        self.variant_text: list[str] = []
        head_ids = [self._encode(row.original) for row in rows]
        self.head_size: I32 = np.array([len(x) for x in head_ids], dtype=np.int32)
        self.head_words = np.full((len(rows), MAX_WORDS), -1, dtype=np.int32)
        for k, ids in enumerate(head_ids):
            self.head_words[k, : len(ids)] = ids
        self._compile_variants(rows)
        self.heads, self.head_order = _table([tuple(x) for x in head_ids])
        self.lm_id, self.unigram, self.frequency = self._extend(model)

    def _encode(self, phrase: str) -> list[int]:
        out = []
        for word in words(phrase):
            found = self.ids.get(word)
            if found is None:
                found = self.ids[word] = len(self.model) + len(self._extended)
                self._extended.append(word)
            out.append(found)
        return out

    def _compile_variants(self, rows: Sequence[Row]) -> None:
        texts: dict[str, int] = {}
        phrase, head, log = [], [], []
        for k, row in enumerate(rows):
            for variant in row.variants:
                phrase.append(texts.setdefault(variant.text, len(texts)))
                head.append(k)
                log.append(variant.weight)
        self.variant_text = list(texts)
        encoded = [tuple(self._encode(t)) for t in texts]
        entry_key = [encoded[p] for p in phrase]
        self.variants, order = _table(entry_key)
        self.arc_head: I32 = np.array(head, dtype=np.int32)[order]
        self.arc_variant: I32 = np.array(phrase, dtype=np.int32)[order]
        self.arc_log: F32 = np.log(np.array(log))[order].astype(np.float32)

    def _extend(self, model: NgramModel) -> tuple[I32, F32, F32]:
        extra = [self.ids[NUMBER] if is_number(w) else model.unk for w in self._extended]
        lm_id = np.concatenate([np.arange(len(model)), np.array(extra, dtype=np.int64)]).astype(np.int32)
        floor = np.full(len(extra), FLOOR, dtype=np.float32)
        return lm_id, np.concatenate([model.unigram, floor]), np.concatenate([model.frequency, floor])


def _table(phrases: list[tuple[int, ...]]) -> tuple[PhraseTable, I64]:
    """A phrase table over entries (several may share a phrase) and the order that groups the entries by phrase."""
    keys = np.zeros(len(phrases), dtype=np.uint64)
    lengths = np.array([len(p) for p in phrases], dtype=np.int64)
    for length in sorted(set(lengths.tolist())):
        where = np.flatnonzero(lengths == length)
        ids = np.array([phrases[i] for i in where.tolist()], dtype=np.int64)
        key = np.full(len(where), length, dtype=np.uint64)
        for k in range(length):
            key = (key * _P) ^ (ids[:, k].astype(np.uint64) + np.uint64(1))
            key ^= key >> np.uint64(29)
        keys[where] = key
    order = np.argsort(keys, kind="stable")
    unique, start = np.unique(keys[order], return_index=True)
    return PhraseTable(unique, np.append(start, len(phrases)), tuple(sorted(set(lengths.tolist())))), order
