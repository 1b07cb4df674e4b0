"""What single words and phrases say for each family against clean text: the shadow that a dictionary throws on the frequencies of plain English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from restore.dictionary import MAX_WORDS
from restore.lexicon import F32, HEAVY, I64, Arrays, span_keys
from restore.ngram import FLOOR, NgramModel
from restore.ordering import expand

F64 = npt.NDArray[np.float64]
#: A word this common or commoner, log p, is in so many phrases that their replacement tells nothing: it only blurs what the others say.
COMMON = -7.0
#: Families of which single words say more than with phrases: of 217 paragraphs of 40 spun words, each in a page of clean text, the screen sees 0.42 by A's
#: single words and 0.35 with its phrases, when one clean page in a hundred is taken for spun. G's passages it sees 0.26 and 0.63 of.
SINGLE = ("A", "A2", "A3")


class Flow(NamedTuple):
    """What phrases lose and gain when a family's spinner replaces all it can: the rows, the words of each, and how often a word of text is that one then
    (or was before), each a flat array."""

    lost: tuple[I64, I64, F64]
    gained: tuple[I64, I64, F64]

    @classmethod
    def of(cls, arrays: Arrays, variants: Sequence[tuple[int, ...]], head_log: F32) -> Flow:
        """``variants``: the words of every variant; ``head_log``: log P of every original. A single word for a single word is no phrase."""
        often = arrays["rate"].astype(np.float64) * np.exp(head_log.astype(np.float64))
        size, words = arrays["head_size"].astype(np.int64), arrays["head_words"]
        rows = np.flatnonzero(size > 1)
        lost = np.repeat(rows, size[rows])
        inside = words[rows]
        length = np.array([len(v) for v in variants], dtype=np.int64)
        start = np.cumsum(length) - length
        flat = np.array([w for v in variants for w in v], dtype=np.int64)
        arcs = np.flatnonzero((size[arrays["arc_head"]] > 1) | (length[arrays["arc_variant"]] > 1))
        variant = arrays["arc_variant"][arcs]
        k, at = expand(start[variant], start[variant] + length[variant])
        row = arrays["arc_head"][arcs]
        share = often[row] * np.exp(arrays["arc_log"][arcs].astype(np.float64))
        return cls((lost, inside[inside >= 0].astype(np.int64), often[lost]), (row[k].astype(np.int64), flat[at], share[k]))


def of_words(arrays: Arrays, families: Sequence[str], size: int, model: NgramModel, flow: Flow) -> F32:
    """What one occurrence of a word says for each family against clean text, in nats: float32 [words, families].

    The unigram shadow of the whole model: log of (share of the word in text that the family's spinner made) / (its share in plain English), where a
    spinner that replaces everything moves the frequency of each single-word original to its variants. What phrases move counts for words that are not common,
    and not for the families of which single words say enough (see ``benchmarks/screen.py``).
    """
    unigram = np.full(size, np.exp(FLOOR))
    unigram[: len(model)] = np.exp(model.unigram.astype(np.float64))
    telling = unigram < np.exp(COMMON)
    out = np.zeros((size, len(families)), dtype=np.float32)
    head_of_arc = arrays["arc_head"]
    single_head = arrays["head_size"] == 1
    phrase_of_arc = np.repeat(np.arange(len(arrays["variant_keys"])), np.diff(arrays["variant_pointer"]))
    word_of_phrase = _single_words(arrays, size)
    word = word_of_phrase[phrase_of_arc]
    for f, name in enumerate(families):
        mine = arrays["head_family"] == f
        moved = arrays["rate"].astype(np.float64) * mine * single_head * unigram[np.maximum(arrays["head_words"][:, 0], 0)]
        arcs = np.flatnonzero((word >= 0) & mine[head_of_arc])
        gained = np.bincount(word[arcs], moved[head_of_arc[arcs]] * np.exp(arrays["arc_log"][arcs]), size)
        lost = np.zeros(size)
        heads = np.flatnonzero(mine & single_head)
        np.maximum.at(lost, arrays["head_words"][heads, 0], arrays["rate"][heads])
        rest = unigram * (1 - HEAVY * lost)
        if name not in SINGLE:
            taken, given = (np.bincount(at[mine[row]], share[mine[row]], size) * telling for row, at, share in flow)
            rest, gained = np.maximum(rest - HEAVY * taken, unigram * (1 - HEAVY)), gained + given
        out[:, f] = np.log((rest + gained) / unigram)
    return np.clip(out, -3, 3)


def of_phrases(arrays: Arrays, families: int, variant_log: F32, head_log: F32) -> F32:
    """What one occurrence of a variant phrase says for each family against clean text, nats: float32 [phrases, families]."""
    phrase = np.repeat(np.arange(len(arrays["variant_keys"])), np.diff(arrays["variant_pointer"]))
    head = arrays["arc_head"]
    flow = np.exp(head_log[head].astype(np.float64) + arrays["arc_log"]) * arrays["rate"][head]
    key = phrase * families + arrays["head_family"][head]
    gained = np.bincount(key, flow, len(variant_log) * families).reshape(-1, families)
    return np.minimum(np.log1p(gained / np.exp(variant_log.astype(np.float64))[:, None]), 4.0).astype(np.float32)


def log_probability(phrases: Sequence[tuple[int, ...]], model: NgramModel) -> F32:
    """log P of every phrase under the language model, out of context: float32 [n]."""
    size = np.array([len(p) for p in phrases])
    table = np.zeros((len(phrases), MAX_WORDS), dtype=np.int64)
    for k, phrase in enumerate(phrases):
        table[k, : len(phrase)] = [i if i < len(model) else model.unk for i in phrase]
    total = model.unigram[table[:, 0]].copy()
    context = np.full(len(phrases), -1, dtype=np.int64)
    for k in range(1, MAX_WORDS):
        live = np.flatnonzero(size > k)
        if not len(live):
            break
        lower, slot = model.bigram(table[live, k - 1], table[live, k])
        score = lower if k == 1 else model.trigram(table[live, k - 2], table[live, k - 1], table[live, k], context[live], lower)
        total[live] += score
        context[live] = slot
    return total


def _single_words(arrays: Arrays, size: int) -> I64:
    """The word id of each variant phrase that is one word, else -1."""
    keys = span_keys(np.arange(size), 1)
    at = np.minimum(np.searchsorted(arrays["variant_keys"], keys), len(arrays["variant_keys"]) - 1)
    hit = arrays["variant_keys"][at] == keys
    out = np.full(len(arrays["variant_keys"]), -1, dtype=np.int64)
    out[at[hit]] = np.flatnonzero(hit)
    return out
