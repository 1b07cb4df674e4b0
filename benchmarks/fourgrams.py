"""A model of order four with the shipped smoothing: its perplexity, and suggestions scored again. The decoder's states carry one word, so it cannot decode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.lm_variants import INNER, LAST, Counted, cut, room
from restore import train_lm
from restore.ngram import BITS, pack
from restore.nouns import Edit, Restoration, replay
from restore.settings import Settings
from restore.train_lm import Counts, Level

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
#: Suggestions are applied from this probability on.
THRESHOLD = Settings().threshold
_BITS, _LOW = np.uint64(BITS), np.uint64((1 << BITS) - 1)
_PAIR = np.uint64((1 << 2 * BITS) - 1)


@dataclass(frozen=True, slots=True)
class FourGrams:
    """Levels of orders one to four and the back-off weights of their contexts. A key of order four is the number of its first three words, as a trigram
    of the training text, and the fourth word: 64 bits hold no four words."""

    unigram: F64
    levels: tuple[Level, Level, Level]
    backoffs: tuple[F64, F64, F64]
    trigrams: U64
    bos: int

    @classmethod
    def of(cls, text: Counted, megabytes: float | None = None) -> FourGrams:
        """Train; pruned by one threshold for all orders to what would take so many megabytes."""
        counts = text.counts
        four = _count(text)
        suffix = _suffix(four.keys, counts[3].keys)
        unigram, bigram, _ = train_lm._kneser_ney(counts, len(text.words), text.frequency)
        seen, distinct = np.unique(suffix, return_counts=True)
        continued = np.where(train_lm._begins(counts[3].keys, 3), counts[3].counts, 0)
        continued[np.searchsorted(counts[3].keys, seen)] = distinct
        lower = bigram.prob[np.searchsorted(bigram.keys, train_lm._suffix(counts[3].keys, 3))]
        trigram = train_lm._interpolate(counts[3].keys, continued, lower)
        quad = train_lm._interpolate(four.keys, four.counts, trigram.prob[np.searchsorted(trigram.keys, suffix)])
        levels = (bigram, trigram, quad)
        if megabytes is not None:
            levels = _pruned(levels, unigram, suffix, text, room(text, megabytes))
        return cls(unigram, levels, _backoffs(unigram, levels, counts[3].keys), counts[3].keys, 0)

    @property
    def megabytes(self) -> float:
        """What the hash tables of such a model would take, without its vocabulary."""
        two, three, four = (len(level.keys) for level in self.levels)
        return (INNER * (two + three) + LAST * four) / 0.92e6

    def score(self, ids: npt.NDArray[np.int64]) -> F64:
        """log p of every word of one sentence after ``<s>``, as ``NgramModel.score``."""
        bos = np.full(1, self.bos)
        v = np.concatenate([bos, ids[:-1]])
        u = np.concatenate([bos, v[:-1]])
        t = np.concatenate([bos, u[:-1]])
        two, three, four = self.levels
        p = self._known(two, pack(v, ids), self.backoffs[0][v] * self.unigram[ids])
        context = _find(two.keys, pack(u, v))
        context[0] = -1
        p = self._known(three, pack(u, v, ids), np.where(context >= 0, self.backoffs[1][context], 1) * p, context >= 0)
        key = pack(t, u, v)
        context, rank = _find(three.keys, key), _find(self.trigrams, key)
        context[:2] = -1
        backed = np.where(context >= 0, self.backoffs[2][context], 1) * p
        return np.log(self._known(four, (np.maximum(rank, 0).astype(np.uint64) << _BITS) | ids.astype(np.uint64), backed, context >= 0))

    @staticmethod
    def _known(level: Level, keys: U64, backed: F64, allowed: npt.NDArray[np.bool_] | None = None) -> F64:
        at = _find(level.keys, keys)
        if allowed is not None:
            at[~allowed] = -1
        return np.where(at >= 0, level.prob[at] if len(level.prob) else 0, backed)


def _count(text: Counted) -> Counts:
    a, b, c, d = (text.stream[k : len(text.stream) - 3 + k] for k in range(4))
    inside = (b != 0) & (c != 0) & (d != 0)
    rank = np.searchsorted(text.counts[3].keys, pack(a[inside], b[inside], c[inside]))
    keys, counts = np.unique((rank.astype(np.uint64) << _BITS) | d[inside].astype(np.uint64), return_counts=True)
    return Counts(keys, counts.astype(np.float64))


def _suffix(keys: U64, trigrams: U64) -> U64:
    """The last three words of keys of order four."""
    first = trigrams[(keys >> _BITS).astype(np.int64)]
    return np.asarray(((first & _PAIR) << _BITS) | (keys & _LOW) | np.uint64(1 << 3 * BITS))


def _find(keys: U64, wanted: U64) -> I64:
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


def _pruned(levels: tuple[Level, Level, Level], unigram: F64, suffix: U64, text: Counted, size: float) -> tuple[Level, Level, Level]:
    two, three, four = levels
    loss2 = train_lm._losses(two, train_lm._as_level(unigram), text.counts[1], 2)
    loss3 = train_lm._losses(three, two, text.counts[2], 3)
    rank = (four.keys >> _BITS).astype(np.int64)
    weight = text.counts[3].counts[rank] / text.counts[3].counts.sum()
    backed = np.maximum(four.history * three.prob[np.searchsorted(three.keys, suffix)], 1e-12)
    loss4 = weight * (four.prob * np.log(four.prob / backed) - (four.prob - backed))
    np.maximum.at(loss3, rank, loss4)
    np.maximum.at(loss2, np.searchsorted(two.keys, three.keys >> _BITS), loss3)
    losses = (loss2, loss3, loss4)
    every = np.concatenate(losses)
    threshold = cut(every, np.repeat([INNER, INNER, LAST], [len(x) for x in losses]), size)
    two, three, four = (Level(x.keys[y > threshold], x.prob[y > threshold], x.history[y > threshold]) for x, y in zip(levels, losses, strict=True))
    return two, three, four


def _backoffs(unigram: F64, levels: tuple[Level, Level, Level], trigrams: U64) -> tuple[F64, F64, F64]:
    two, three, four = levels
    lower = unigram[(two.keys & _LOW).astype(np.int64)]
    first = train_lm._backoff(two, lower, pack(np.arange(len(unigram))))
    second = train_lm._backoff(three, train_lm._score_bigrams(train_lm._suffix(three.keys, 3), two, unigram, first), two.keys)
    key = _suffix(four.keys, trigrams)
    at, context = _find(three.keys, key), _find(two.keys, key >> _BITS)
    below = train_lm._score_bigrams(train_lm._suffix(key, 3), two, unigram, first)
    below *= np.where(context >= 0, second[context], 1)
    below = np.where(at >= 0, three.prob[at], below)
    return first, second, train_lm._backoff(four, below, np.searchsorted(trigrams, three.keys).astype(np.uint64))


def rescored(restoration: Restoration, lower: Callable[[str], float], higher: Callable[[str], float], weight: float) -> list[Edit]:
    """The edits to apply when every suggestion's alternatives are weighed again by ``weight`` times what one model's log-probability of their line exceeds
    another's; the other suggestions of the line stand as they were to be applied. With one and the same model nothing changes."""
    text, found = restoration.text, restoration.suggestions
    applied = [s.edit for s in found if s.action == "apply"]
    out = []
    for s in found:
        low, high = text.rfind("\n", 0, s.start) + 1, (text + "\n").index("\n", s.end)
        others = [e for e in applied if low <= e.start and e.end <= high and (e.end <= s.start or e.start >= s.end) and e != s.edit]
        gains = []
        for alternative in s.alternatives:
            edits = sorted([*others, Edit(s.start, s.end, s.before, alternative.text)])
            line = replay(text[low:high], [Edit(e.start - low, e.end - low, e.before, e.after) for e in edits])
            gains.append(weight * (higher(line) - lower(line)))
        old = np.array([a.probability for a in s.alternatives])
        new = old * np.exp(np.array(gains) - max(gains))
        new *= old.sum() / new.sum()
        changes = [(p, a.text) for p, a in zip(new.tolist(), s.alternatives, strict=True) if a.text != s.before]
        probability, after = max(changes, key=lambda c: c[0]) if changes else (0.0, "")
        if changes and probability >= THRESHOLD:
            out.append(Edit(s.start, s.end, s.before, after))
    return out
