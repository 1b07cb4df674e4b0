"""The lattice: every way to read a text as originals, as arrays of arcs, states and edges.

An *arc* covers a span of tokens and carries the words that may have stood there: the words themselves (a copy) or an original from a
dictionary or gazetteer. A *state* is an arc with the word before its last one, which is all that a trigram model can see; an *edge*
joins a state to an arc that begins where it ends. All sentences are laid side by side: a sentence occupies positions of its own, from a
``<s>`` arc to a final arc, and decoding advances them together, one position at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from restore.ngram import NgramModel

I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
#: Positions a sentence takes beyond its tokens: <s>, the final arc, and a gap so that sentences do not touch.
_EXTRA = 3


@dataclass(slots=True)
class Arcs:
    """Arcs column by column, sorted by start. ``first``/``last``: token span (exclusive end); ``words`` int32 [m, w] of language-model ids,
    padded with -1; ``size``: number of words; ``head``: row of the lexicon, -1 for a copy, -2 for a sentence's two frame arcs,
    -3 and below for names and surface repairs; ``log``: log weight of the variant given that the original is replaced."""

    first: I64
    last: I64
    words: npt.NDArray[np.int32]
    size: I64
    head: I64
    log: F64

    def __len__(self) -> int:
        return len(self.first)

    def take(self, index: npt.NDArray[Any]) -> Arcs:
        """The arcs at ``index`` (int or bool)."""
        return Arcs(self.first[index], self.last[index], self.words[index], self.size[index], self.head[index], self.log[index])


@dataclass(slots=True)
class Lattice:
    """Arcs with states and edges over them.

    ``start``, ``end``: positions of each arc, int64 [m]; ``level``: the arc's end within its sentence. ``state_arc`` int64 [s]; ``edge_from``,
    ``edge_to``: states, int64 [e], sorted by the level of ``edge_to``; ``edge_lm``: float32 [e], the language model's log p of the words of
    the arc that the edge enters. ``sentence``: of each arc.
    """

    arcs: Arcs
    start: I64
    end: I64
    level: I64
    sentence: I64
    state_arc: I64
    edge_from: I64
    edge_to: I64
    edge_lm: F32
    bounds: I64


def frame(arcs: Arcs, sentence_of: npt.NDArray[np.int32], bos: int) -> tuple[Arcs, I64, I64, I64, I64]:
    """Add the frame arcs of each sentence and lay out positions: arcs, start, end, level, sentence, sorted by start."""
    count = int(sentence_of[-1]) + 1
    number = np.arange(count)
    begin = np.searchsorted(sentence_of, number)
    stop = np.searchsorted(sentence_of, number, side="right")
    width = arcs.words.shape[1]
    rim = np.full((2 * count, width), -1, dtype=np.int32)
    rim[:, 0] = bos
    first = np.concatenate([arcs.first, begin, stop])
    last = np.concatenate([arcs.last, begin, stop])
    sentence = np.concatenate([sentence_of[arcs.first].astype(np.int64), number, number])
    offset = _EXTRA * sentence + 1
    start, end = first + offset, last + offset
    m = len(arcs)
    start[m : m + count] -= 1
    end[m + count :] += 1
    ones = np.ones(2 * count, dtype=np.int64)
    whole = Arcs(
        first,
        last,
        np.concatenate([arcs.words, rim]),
        np.concatenate([arcs.size, ones]),
        np.concatenate([arcs.head, -2 * ones]),
        np.concatenate([arcs.log, 0.0 * ones]),
    )
    level = end - (begin[sentence] + _EXTRA * sentence)
    order = np.argsort(start, kind="stable")
    return whole.take(order), start[order], end[order], level[order], sentence[order]


def adjacent(start: I64, end: I64) -> tuple[I64, I64]:
    """All pairs (a, b) of arcs with end[a] == start[b]; ``start`` is sorted."""
    low = np.searchsorted(start, end)
    high = np.searchsorted(start, end, side="right")
    return expand(low, high)


def expand(low: I64, high: I64) -> tuple[I64, I64]:
    """Pairs (i, j) for every j in range(low[i], high[i]), in order of i."""
    count = high - low
    left = np.repeat(np.arange(len(low)), count)
    offset = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    return left, low[left] + offset


class Scorer:
    """Language-model scores of one lattice's arcs, shared by the coarse and the fine pass."""

    def __init__(self, model: NgramModel, arcs: Arcs) -> None:
        self.model = model
        self.arcs = arcs
        m = np.arange(len(arcs))
        self.last_word = arcs.words[m, arcs.size - 1]
        self.word_before = np.where(arcs.size > 1, arcs.words[m, np.maximum(arcs.size - 2, 0)], -1)
        self.free = arcs.head == -2
        self.inner2, self.inner_rest, self.slot12 = self._inner()

    def _inner(self) -> tuple[F32, F32, I64]:
        """log p(second | first), the sum over the third word and later, and the slot of (first, second)."""
        m = len(self.arcs)
        second, rest, slot = np.zeros(m, np.float32), np.zeros(m, np.float32), np.full(m, -1, dtype=np.int64)
        words, size = self.arcs.words, self.arcs.size
        many = np.flatnonzero(size > 1)
        if not len(many):
            return second, rest, slot
        second[many], slot[many] = self.model.bigram(words[many, 0], words[many, 1])
        context, k = slot[many], 2
        while True:
            live = size[many] > k
            many, context = many[live], context[live]
            if not len(many):
                return second, rest, slot
            u, v, w = words[many, k - 2], words[many, k - 1], words[many, k]
            lower, next_context = self.model.bigram(v, w)
            rest[many] += self.model.trigram(u, v, w, context, lower)
            context, k = next_context, k + 1

    def pairs(self, a: I64, b: I64) -> tuple[F32, I64]:
        """log p(first word of b | last word of a) and the slot of that bigram; 0 into a final arc."""
        first = self.arcs.words[b, 0]
        lower, slot = self.model.bigram(self.last_word[a], first)
        return np.where(self.free[b], np.float32(0), lower), slot

    def second(self, a: I64, b: I64, slot: I64) -> F32:
        """log p(second word of b | last word of a, first of b), 0 where b has one word."""
        out = np.zeros(len(a), dtype=np.float32)
        many = np.flatnonzero(self.arcs.size[b] > 1)
        if len(many):
            x, y = a[many], b[many]
            words = self.arcs.words
            out[many] = self.model.trigram(self.last_word[x], words[y, 0], words[y, 1], slot[many], self.inner2[y])
        return out


def build(model: NgramModel, arcs: Arcs, start: I64, end: I64, level: I64, sentence: I64) -> Lattice:
    """States and edges over framed arcs, with exact trigram scores."""
    scorer = Scorer(model, arcs)
    a, b = adjacent(start, end)
    lower, slot = scorer.pairs(a, b)
    tail = scorer.second(a, b, slot) + scorer.inner_rest[b]
    before = np.where(arcs.size[b] > 1, scorer.word_before[b], scorer.last_word[a])
    begins = np.flatnonzero((arcs.head == -2) & (level == 1))
    key = np.concatenate([b, begins]) << np.int64(24) | (np.concatenate([before, np.zeros(len(begins), np.int32)]) + 1)
    states, inverse = np.unique(key, return_inverse=True)
    state_arc = states >> np.int64(24)
    state_before = (states & np.int64((1 << 24) - 1)) - 1
    low = np.searchsorted(state_arc, a)
    high = np.searchsorted(state_arc, a, side="right")
    pair, origin = expand(low, high)
    target = inverse[pair]
    v = scorer.last_word[state_arc]
    _, context = model.bigram(state_before, v)
    context[np.isin(state_arc, begins)] = -1
    edge_lm = model.trigram(state_before[origin], v[origin], arcs.words[b[pair], 0], context[origin], lower[pair])
    edge_lm = np.where(scorer.free[b[pair]], np.float32(0), edge_lm) + tail[pair]
    order = np.argsort(level[state_arc[target]] * np.int64(len(states)) + target, kind="stable")
    target = target[order]
    top = int(level.max()) + 2
    bounds = np.searchsorted(level[state_arc[target]], np.arange(top))
    return Lattice(arcs, start, end, level, sentence, state_arc, origin[order], target, edge_lm[order], bounds)
