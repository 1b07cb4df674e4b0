"""Language models other than the shipped one: of order two and four, of other sizes, with other smoothing and quantisation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from restore import ngram, places, train_lm
from restore.lm_plan import aliases, dictionary_words
from restore.ngram import BITS, NgramModel
from restore.train_lm import Counts, Level, Plan

F64 = npt.NDArray[np.float64]
U64 = npt.NDArray[np.uint64]
#: Bytes of an entry in the hash tables: fingerprint, probability and, where longer n-grams may follow, back-off weight.
INNER, LAST = 4, 3
#: Stupid back-off's one weight (Brants et al., 2007).
STUPID = 0.4
_LOW = np.uint64((1 << BITS) - 1)


@dataclass(frozen=True, slots=True)
class Counted:
    """A training text as ids, its vocabulary, and its n-grams counted."""

    stream: npt.NDArray[np.int64]
    words: list[str]
    frequency: F64
    counts: dict[int, Counts]
    plan: Plan

    @classmethod
    def of(cls, lines: Iterable[str], say: Callable[[str], None]) -> Counted:
        """Read and count the lines of a text as ``restore train lm`` does."""
        folder = places.dictionaries()
        plan = Plan(extra=dictionary_words(folder), aliases=aliases(folder))
        stream, words, frequency = train_lm._encode(lines, plan, say)
        return cls(stream, words, frequency, {n: train_lm._count(stream, n) for n in (1, 2, 3)}, plan)


@dataclass(frozen=True, slots=True)
class Variant:
    """One model to train. ``megabytes``: bigrams and trigrams pruned by one threshold to this size, else to so many of each; ``step``: of the quantised
    log-probabilities, in nats, 0 for none (32-bit floats); ``listed``: wordfreq's share of the unigram."""

    name: str
    order: int = 3
    megabytes: float | None = None
    smoothing: str = "modified"
    step: float = ngram.STEP
    listed: float = train_lm.LISTED_SHARE
    bigrams: int = 1_300_000
    trigrams: int = 2_650_000


def train(text: Counted, variant: Variant, out: Path) -> NgramModel:
    """Train, write and load a model of order two or three."""
    with patch.object(train_lm, "LISTED_SHARE", variant.listed):
        levels = train_lm._kneser_ney(text.counts, len(text.words), text.frequency)
        kept2, kept3 = _kept(levels, text, variant)
        unigram, bigram, trigram = _smoothed(levels, text, variant)
    with ExitStack() as stack:
        if variant.smoothing == "stupid":
            stack.enter_context(patch.object(train_lm, "_backoff", _stupid_backoff))
        if variant.step != ngram.STEP:
            stack.enter_context(patch.object(train_lm, "quantise", _rounding(variant.step)))
        train_lm._save(out, text.words, text.frequency, text.plan.aliases, (unigram, _only(bigram, kept2), _only(trigram, kept3)))
    return NgramModel(out)


def _kept(levels: tuple[F64, Level, Level], text: Counted, variant: Variant) -> tuple[U64, U64]:
    """The keys of the bigrams and trigrams that stay."""
    unigram, bigram, trigram = levels
    if variant.order == 2:
        trigram = Level(trigram.keys[:0], trigram.prob[:0], trigram.history[:0])
    bigrams, trigrams = variant.bigrams, variant.trigrams
    if variant.megabytes is not None:
        return _by_threshold((unigram, bigram, trigram), text, variant.megabytes)
    kept3 = train_lm._prune(trigram, bigram, text.counts[2], trigrams)
    needed = np.unique(kept3.keys >> np.uint64(BITS))
    kept2 = train_lm._prune(bigram, train_lm._as_level(unigram), text.counts[1], bigrams, keep=needed)
    return kept2.keys, kept3.keys


def room(text: Counted, megabytes: float) -> float:
    """Bytes left for n-grams in a model of this size, before the hash tables' free slots."""
    aliases_ = sum(len(a) + len(w) + 2 for a, w in text.plan.aliases.items())
    fixed = sum(len(w.encode()) + 1 for w in text.words) + aliases_ + 9 * len(text.words) + 2_000
    return (megabytes * 1e6 - fixed) * 0.92


def _by_threshold(levels: tuple[F64, Level, Level], text: Counted, megabytes: float) -> tuple[U64, U64]:
    """Bigrams and trigrams that cost more than one and the same relative entropy, the lowest that fits the size; contexts of trigrams stay."""
    unigram, bigram, trigram = levels
    loss2 = train_lm._losses(bigram, train_lm._as_level(unigram), text.counts[1], 2)
    loss3 = train_lm._losses(trigram, bigram, text.counts[2], 3)
    context = np.searchsorted(bigram.keys, trigram.keys >> np.uint64(BITS))
    top = np.full(len(loss2), -np.inf)
    np.maximum.at(top, context, loss3)
    stays = np.maximum(loss2, top)
    every = np.concatenate([stays, loss3])
    weight = np.concatenate([np.full(len(stays), INNER), np.full(len(loss3), LAST)])
    threshold = cut(every, weight, room(text, megabytes))
    return bigram.keys[stays > threshold], trigram.keys[loss3 > threshold]


def cut(losses: F64, weight: npt.NDArray[np.int64], space: float) -> float:
    """The loss above which n-grams of these sizes stay, so that they fit."""
    order = np.argsort(-losses, kind="stable")
    fits = int(np.searchsorted(np.cumsum(weight[order]), space, side="right"))
    return float(losses[order[fits]]) if fits < len(order) else -math.inf


def _only(level: Level, keys: U64) -> Level:
    at = np.searchsorted(level.keys, keys)
    return Level(keys, level.prob[at], level.history[at])


def _smoothed(levels: tuple[F64, Level, Level], text: Counted, variant: Variant) -> tuple[F64, Level, Level]:
    """All n-grams with the variant's smoothing."""
    unigram, bigram, trigram = levels
    counts, size = text.counts, len(text.words)
    if variant.order == 2:  # a highest order takes plain counts
        lower = unigram[(counts[2].keys & _LOW).astype(np.int64)]
        return unigram, train_lm._interpolate(counts[2].keys, counts[2].counts, lower), trigram
    if variant.smoothing == "modified":
        return levels
    if variant.smoothing == "stupid":
        return unigram, _relative(counts[2]), _relative(counts[3])
    with patch.object(train_lm, "_discounts", one_discount):
        unigram, bigram, trigram = train_lm._kneser_ney(counts, size, text.frequency)
        if variant.smoothing == "plain":
            return unigram, bigram, trigram
        with patch.object(train_lm, "_interpolate", _discounted):  # "back-off": nothing of the lower order in what was seen
            return train_lm._kneser_ney(counts, size, text.frequency)


def one_discount(counts: F64) -> F64:
    """Kneser and Ney's own discount, the same for every count (1995): n1 / (n1 + 2 n2)."""
    once, twice = float((counts == 1).sum()), float((counts == 2).sum())
    return np.array([0.0, *[once / max(once + 2 * twice, 1)] * 3])


_INTERPOLATE = train_lm._interpolate


def _discounted(keys: U64, counts: F64, lower: F64) -> Level:
    level = _INTERPOLATE(keys, counts, np.zeros(len(keys)))
    return Level(keys, np.maximum(level.prob, 1e-9), level.history)


def _relative(counts: Counts) -> Level:
    history, index = np.unique(counts.keys >> np.uint64(BITS), return_inverse=True)
    total = np.bincount(index, counts.counts, len(history))
    return Level(counts.keys, counts.counts / total[index], np.full(len(index), STUPID))


def _stupid_backoff(upper: Level, lower_prob: F64, contexts: U64) -> F64:
    return np.full(len(contexts), STUPID)


def _rounding(step: float) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
    """Rounds to other steps than a byte holds, for measuring; what is returned counts in the shipped steps, as the loader expects."""
    top = 255 if step else np.inf

    def rounded(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        units = np.clip(np.rint(-values / step), 0, top) * step if step else -values
        return (units / ngram.STEP).astype(np.float32)

    return rounded
