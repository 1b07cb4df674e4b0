"""Compile rows of substitution dictionaries to the arrays of a ``Lexicon``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from restore import shadow
from restore import weights as learned
from restore.dictionary import ACRONYM, MAX_WORDS, TELLING, Row
from restore.expected import NOTHING, Expected
from restore.lexicon import I64, U64, Arrays, blob, span_keys
from restore.ngram import NgramModel
from restore.tokens import words
from restore.weights import Biases


def compile_rows(
    rows: Sequence[Row], counts: Mapping[tuple[str, str], learned.Count], model: NgramModel, expected: Expected = NOTHING,
    biases: Biases = MappingProxyType({}),
) -> Arrays:  # fmt: skip
    """The arrays of a ``Lexicon`` over these rows, with the rates ``expected`` of them and what ``counts`` and ``biases`` say. Later rows of the same
    original and family replace earlier ones."""
    unique = list({(row.original, row.family): row for row in rows}.values())
    coder = _Coder(model)
    heads = [tuple(coder.encode(row.original)) for row in unique]
    size = np.array([len(x) for x in heads], dtype=np.int32)
    head_words = np.full((len(unique), MAX_WORDS), -1, dtype=np.int32)
    for k, ids in enumerate(heads):
        head_words[k, : len(ids)] = ids
    families = sorted({row.family for row in unique})
    rate, known, weights = learned.estimate(unique, counts, expected.rates(unique, counts, model))
    texts: dict[str, int] = {}
    entries = [(texts.setdefault(v.text, len(texts)), k, w) for k, row in enumerate(unique) for v, w in zip(row.variants, weights[k], strict=True)]
    encoded = [tuple(coder.encode(t)) for t in texts]
    variant_keys, variant_pointer, variant_lengths, order = _table([encoded[p] for p, _, _ in entries])
    head_keys, head_pointer, head_lengths, head_order = _table(heads)
    arrays: Arrays = {
        "head_text": blob([row.original for row in unique]),
        "head_source": blob([row.source for row in unique]),
        "variant_text": blob(list(texts)),
        "families": blob(families),
        "extended": blob(coder.extended),
        "head_words": head_words,
        "head_size": size,
        "head_family": np.array([families.index(row.family) for row in unique], dtype=np.int32),
        "rate": rate.astype(np.float32),
        "known": known,
        "arc_head": np.array([h for _, h, _ in entries], dtype=np.int32)[order],
        "arc_variant": np.array([p for p, _, _ in entries], dtype=np.int32)[order],
        "arc_log": np.log(np.maximum([w for _, _, w in entries], 1e-6))[order].astype(np.float32),
        "variant_keys": variant_keys,
        "variant_pointer": variant_pointer,
        "variant_lengths": variant_lengths,
        "head_keys": head_keys,
        "head_pointer": head_pointer,
        "head_lengths": head_lengths,
        "head_order": head_order,
    }
    arrays |= _contexts(unique, order)
    if acronyms := sorted({words(v.text)[-1] for row in unique if ACRONYM in row.tags for v in row.variants}):
        arrays["acronyms"] = blob(acronyms)
    if biases:
        of_entry = [biases.get((v.text, row.family), 0.0) for row in unique for v in row.variants]
        arrays["arc_bias"] = np.array(of_entry, dtype=np.float32)[order]
    head_log = shadow.log_probability(heads, model)
    arrays["tell"] = shadow.of_words(arrays, families, len(model) + len(coder.extended), model, shadow.Flow.of(arrays, encoded, head_log))
    order_of_phrase = arrays["arc_variant"][variant_pointer[:-1]]
    arrays["phrase_tell"] = shadow.of_phrases(arrays, len(families), shadow.log_probability([encoded[p] for p in order_of_phrase.tolist()], model), head_log)
    return arrays


def _contexts(rows: Sequence[Row], order: I64) -> Arrays:
    """``contexts`` and ``arc_context`` if any variant has a context, ``arc_telling`` if any row has that tag; ``order`` sorts the entries."""
    numbers = {"": 0}
    found = [numbers.setdefault(v.context, len(numbers)) for row in rows for v in row.variants]
    telling = np.array([TELLING in row.tags and (" " in v.text or bool(v.context)) for row in rows for v in row.variants], dtype=np.bool_)
    out: Arrays = {"arc_telling": telling[order]} if telling.any() else {}
    if len(numbers) > 1:
        out |= {"contexts": blob(list(numbers)), "arc_context": np.array(found, dtype=np.int32)[order]}
    return out


class _Coder:
    """Word ids that grow: a word the model lacks gets the next free id."""

    def __init__(self, model: NgramModel) -> None:
        self.ids: dict[str, int] = dict(model.ids)
        self.extended: list[str] = []
        self.first = len(model)

    def encode(self, phrase: str) -> list[int]:
        out = []
        for word in words(phrase):
            if word not in self.ids:
                self.ids[word] = self.first + len(self.extended)
                self.extended.append(word)
            out.append(self.ids[word])
        return out


def _table(phrases: list[tuple[int, ...]]) -> tuple[U64, I64, I64, I64]:
    """Sorted keys, pointer, lengths, and the order that groups the entries by phrase (several may share one)."""
    keys = np.zeros(len(phrases), dtype=np.uint64)
    lengths = np.array([len(p) for p in phrases], dtype=np.int64)
    for length in sorted(set(lengths.tolist())):
        where = np.flatnonzero(lengths == length)
        flat = np.array([phrases[i] for i in where.tolist()], dtype=np.int64).reshape(-1)
        keys[where] = span_keys(flat, length)[::length]
    order = np.argsort(keys, kind="stable")
    unique, start = np.unique(keys[order], return_index=True)
    return unique, np.append(start, len(phrases)), np.unique(lengths), order
