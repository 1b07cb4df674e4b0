"""The lattice: every way to read a text as originals, as arrays of arcs, states and edges.

An *arc* covers a span of tokens and carries the words that may have stood there: the words themselves (a copy) or an original from a
dictionary or gazetteer. A *state* is an arc with the word before its last one, which is all that a trigram model can see; an *edge*
joins a state to an arc that begins where it ends. All sentences are laid side by side: a sentence occupies positions of its own, from a
``<s>`` arc to a final arc, and decoding advances them together, one position at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from restore.ngram import NgramModel
from restore.ordering import expand, groups, offsets, stable_order

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
    ``edge_to``: states, int64 [e], sorted by ``edge_to``, states being sorted by level; ``edge_lm``: float32 [e], the language model's log p of the words of
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
    order = stable_order(start)
    return whole.take(order), start[order], end[order], level[order], sentence[order]


def adjacent(start: I64, end: I64) -> tuple[I64, I64]:
    """All pairs (a, b) of arcs with end[a] == start[b], in order of a; ``start`` is sorted."""
    begin = offsets(start, int(end.max(initial=0)) + 1)
    return expand(begin[end], begin[end + 1])


class Scorer:
    """Language-model scores of one lattice's arcs, shared by the coarse and the fine pass."""

    def __init__(self, model: NgramModel, arcs: Arcs) -> None:
        self.model = model
        self.arcs = arcs
        m = np.arange(len(arcs))
        self.last_word = arcs.words[m, arcs.size - 1]
        self.word_before = np.where(arcs.size > 1, arcs.words[m, np.maximum(arcs.size - 2, 0)], -1)
        self.free = arcs.head == -2
        self.inner2, self.inner_rest, self.last_slot = self._inner()

    def take(self, keep: Bool) -> Scorer:
        """The same of some of the arcs, bool [m]."""
        out = object.__new__(Scorer)
        out.model, out.arcs = self.model, self.arcs.take(keep)
        out.last_word, out.word_before, out.free = self.last_word[keep], self.word_before[keep], self.free[keep]
        out.inner2, out.inner_rest, out.last_slot = self.inner2[keep], self.inner_rest[keep], self.last_slot[keep]
        return out

    def _inner(self) -> tuple[F32, F32, I64]:
        """log p(second | first), the sum over the third word and later, and the slot of the last two words."""
        m = len(self.arcs)
        second, rest, slot = np.zeros(m, np.float32), np.zeros(m, np.float32), np.full(m, -1, dtype=np.int64)
        words, size = self.arcs.words, self.arcs.size
        many = np.flatnonzero(size > 1)
        if not len(many):
            return second, rest, slot
        second[many], context = self.model.bigram(words[many, 0], words[many, 1])
        k = 2
        while True:
            slot[many] = context
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


class Pairs(NamedTuple):
    """Adjacent arcs, int64 [p] each, in order of a, with log p(first word of b | last word of a) and the slot of that bigram."""

    a: I64
    b: I64
    lower: F32
    slot: I64

    @classmethod
    def of(cls, scorer: Scorer, start: I64, end: I64) -> Pairs:
        """All of a lattice."""
        a, b = adjacent(start, end)
        return cls(a, b, *scorer.pairs(a, b))

    def take(self, keep: Bool) -> Pairs:
        """Those of the arcs that are kept, bool [arcs], in their numbers among these."""
        live = np.flatnonzero(keep[self.a] & keep[self.b])
        number = np.cumsum(keep) - 1
        return Pairs(number[self.a[live]], number[self.b[live]], self.lower[live], self.slot[live])


def build(model: NgramModel, arcs: Arcs, start: I64, end: I64, level: I64, sentence: I64) -> Lattice:
    """States and edges over framed arcs, with exact trigram scores."""
    scorer = Scorer(model, arcs)
    return connect(scorer, Pairs.of(scorer, start, end), start, end, level, sentence)


def connect(scorer: Scorer, pairs: Pairs, start: I64, end: I64, level: I64, sentence: I64) -> Lattice:
    """The same from what the arcs' scorer and their pairs know already. States are sorted by level and arc, edges by the state that they enter."""
    model, arcs = scorer.model, scorer.arcs
    many = arcs.size > 1
    before = np.where(many[pairs.b], scorer.word_before[pairs.b], scorer.last_word[pairs.a])
    begins = np.flatnonzero((arcs.head == -2) & (level == 1))
    entered = np.concatenate([pairs.b, begins])
    arc_bits, word_bits = np.int64(len(arcs).bit_length()), np.int64(len(model).bit_length())
    key = (level[entered] << arc_bits | entered) << word_bits | (np.concatenate([before, np.zeros(len(begins), np.int32)]) + 1)
    order = stable_order(key)
    key = key[order]
    first = groups(key)
    states, entering = key[first], order[first]
    state_arc = states >> word_bits & ~(np.int64(-1) << arc_bits)
    state_before = (states & ~(np.int64(-1) << word_bits)) - 1
    begin = groups(state_arc)  # the states of an arc stand side by side
    low, high = np.zeros((2, len(arcs)), dtype=np.int64)
    low[state_arc[begin]], high[state_arc[begin]] = begin, np.append(begin[1:], len(state_arc))
    target = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
    real = order < len(pairs.a)
    order, target = order[real], target[real]
    a, b, lower, slot = pairs.a[order], pairs.b[order], pairs.lower[order], pairs.slot[order]
    tail = scorer.second(a, b, slot) + scorer.inner_rest[b]
    pair, origin = expand(low[a], high[a])
    v = scorer.last_word[state_arc]
    context = np.where(many[state_arc], scorer.last_slot[state_arc], np.append(pairs.slot, np.full(len(begins), -1))[entering])
    edge_lm = model.trigram(state_before[origin], v[origin], arcs.words[b, 0][pair], context[origin], lower[pair])
    edge_lm = np.where(scorer.free[b][pair], np.float32(0), edge_lm) + tail[pair]
    return Lattice(arcs, start, end, level, sentence, state_arc, origin, target[pair], edge_lm)
