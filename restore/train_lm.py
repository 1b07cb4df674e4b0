"""Train the language model: modified Kneser-Ney, interpolated, entropy-pruned, packed (``restore train lm``).

Kneser-Ney with three discounts an order: Chen and Goodman, 1998. Pruning by relative entropy: Stolcke, 1998, with the contexts'
probabilities taken from raw counts, since Kneser-Ney's lower orders are no probabilities of contexts (Chelba et al., 2010).
Counting is sorting: n-grams are packed into 64-bit keys and counted with ``numpy.unique``, so eight million words take about a minute
and 2 GB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from restore import hashing
from restore.ngram import BITS, BOS, FLOOR, UNK, pack, quantise, write
from restore.tokens import NUMBER, Tokens, is_number

#: A word enters the vocabulary when the training text has it this often, or when it is among wordfreq's most frequent ones.
MIN_COUNT = 3
LISTED = 60_000
#: Share of wordfreq in the unigram. 0.3 had the lowest perplexity on a held-out part of the training text's rarer sources.
LISTED_SHARE = 0.3
U64 = npt.NDArray[np.uint64]
F64 = npt.NDArray[np.float64]
_LOW = np.uint64((1 << BITS) - 1)


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct n-grams of one order as sorted keys and how often each occurs: uint64 [n], float64 [n]."""

    keys: U64
    counts: F64


@dataclass(slots=True)
class Level:
    """One order of the model: ``keys`` sorted; ``prob``, ``lower`` and ``gamma`` are probabilities (of the word, of the word one order
    down, and the weight left to the lower order after each n-gram as a context)."""

    keys: U64
    prob: F64
    history: F64


def sentences(lines: Iterable[str]) -> Iterator[list[str]]:
    """Sentences of folded tokens, numbers as ``<num>``, from lines of text."""
    for line in lines:
        tokens = Tokens(line)
        sentence: list[str] = []
        last = 0
        for word, number in zip(tokens.words, tokens.sentence.tolist(), strict=True):
            if number != last:
                yield sentence
                sentence, last = [], number
            sentence.append(NUMBER if is_number(word) else word)
        if sentence:
            yield sentence


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train: at most so many n-grams of orders two and three; ``extra``, words that get an id whatever their frequency (those of the
    dictionaries); ``aliases``, words counted as another ("an" as "a", "defence" as "defense")."""

    max_bigrams: int = 1_300_000
    max_trigrams: int = 2_700_000
    extra: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)


def train(lines: Iterable[str], out: Path, plan: Plan, say: Callable[[str], None] = lambda _: None) -> None:
    """Train on ``lines`` (paragraphs) and write the model to ``out``; ``say`` is told how far it is."""
    stream, words, frequency = _encode(lines, plan, say)
    say(f"{len(stream):,} tokens, {len(words):,} words")
    counts = {n: _count(stream, n) for n in (1, 2, 3)}
    del stream
    say(f"{len(counts[2].keys):,} bigrams, {len(counts[3].keys):,} trigrams")
    unigram, bigram, trigram = _kneser_ney(counts, len(words), frequency)
    kept3 = _prune(trigram, bigram, counts[2], plan.max_trigrams)
    needed = np.unique(kept3.keys >> np.uint64(BITS))  # a context is itself a key of the order below; it stays while a trigram hangs on it
    kept2 = _prune(bigram, _as_level(unigram), counts[1], plan.max_bigrams, keep=needed)
    say(f"kept {len(kept2.keys):,} bigrams, {len(kept3.keys):,} trigrams")
    _save(out, words, frequency, plan.aliases, (unigram, kept2, kept3))


def _encode(lines: Iterable[str], plan: Plan, say: Callable[[str], None]) -> tuple[npt.NDArray[np.int64], list[str], F64]:
    from wordfreq import top_n_list, word_frequency

    frequencies: Counter[str] = Counter()
    ids: dict[str, int] = {BOS: 0, UNK: 1, NUMBER: 2}
    stream: list[npt.NDArray[np.int64]] = []
    buffer: list[int] = []
    for sentence in sentences(lines):
        buffer.append(0)
        sentence = [plan.aliases.get(w, w) for w in sentence]
        buffer.extend([ids.setdefault(w, len(ids)) for w in sentence])
        frequencies.update(sentence)
        if len(buffer) > 1_000_000:
            stream.append(np.array(buffer, dtype=np.int64))
            buffer = []
            say(f"read {sum(map(len, stream)):,} tokens")
    stream.append(np.array(buffer, dtype=np.int64))
    listed = {w for entry in top_n_list("en", LISTED) for w in Tokens(entry).words if not is_number(w)}
    chosen = {w for w, c in frequencies.items() if c >= MIN_COUNT} | listed | plan.extra
    chosen -= {BOS, UNK, NUMBER, *plan.aliases}
    chosen |= set(plan.aliases.values())
    words = [BOS, UNK, NUMBER, *sorted(w for w in chosen if not is_number(w))]
    new = {w: i for i, w in enumerate(words)}
    table = np.array([new.get(w, 1) for w in ids], dtype=np.int64)
    frequency = np.array([max(word_frequency(w, "en"), np.exp(FLOOR)) for w in words])
    return table[np.concatenate(stream)], words, frequency


def _count(stream: npt.NDArray[np.int64], order: int) -> Counts:
    n = len(stream) - order + 1
    columns = [stream[k : n + k] for k in range(order)]
    inside = np.ones(n, dtype=np.bool_)
    for column in columns[1:]:
        inside &= column != 0  # <s> may only come first
    keys, counts = np.unique(pack(*[c[inside] for c in columns]), return_counts=True)
    return Counts(keys, counts.astype(np.float64))


def _suffix(keys: U64, order: int) -> U64:
    mask = np.uint64((1 << (BITS * (order - 1))) - 1)
    return np.asarray((keys & mask) | np.uint64(1 << (BITS * (order - 1))))


def _begins(keys: U64, order: int) -> npt.NDArray[np.bool_]:
    return np.asarray((keys >> np.uint64(BITS * (order - 1))) & _LOW == 0)


def _at(level_keys: U64, keys: U64) -> npt.NDArray[np.int64]:
    return np.searchsorted(level_keys, keys)


def _continuations(lower: Counts, upper: Counts, order: int) -> F64:
    """How many different words precede each n-gram of ``lower``; raw counts for those that start a sentence."""
    seen, distinct = np.unique(_suffix(upper.keys, order + 1), return_counts=True)
    out = lower.counts.copy()
    inner = ~_begins(lower.keys, order)
    out[inner] = 0
    out[_at(lower.keys, seen)] = distinct
    return out


def _discounts(counts: F64) -> F64:
    n = [float((counts == k).sum()) for k in (1, 2, 3, 4)]
    y = n[0] / max(n[0] + 2 * n[1], 1)
    return np.array([0.0, *(max(0.05, k - (k + 1) * y * n[k] / max(n[k - 1], 1)) for k in (1, 2, 3))])


def _kneser_ney(counts: dict[int, Counts], size: int, frequency: F64) -> tuple[F64, Level, Level]:
    c1 = np.zeros(size)
    c1[(counts[1].keys & _LOW).astype(np.int64)] = _continuations(counts[1], counts[2], 1)
    c1[0] = 0
    listed = np.where(np.arange(size) < 3, 0, frequency)
    unigram = (1 - LISTED_SHARE) * c1 / c1.sum() + LISTED_SHARE * listed / listed.sum()
    unigram[1] = max(unigram[1], np.exp(FLOOR))
    unigram /= unigram.sum()
    c2 = _continuations(counts[2], counts[3], 2)
    bigram = _interpolate(counts[2].keys, c2, unigram[(counts[2].keys & _LOW).astype(np.int64)])
    lower = bigram.prob[_at(bigram.keys, _suffix(counts[3].keys, 3))]
    trigram = _interpolate(counts[3].keys, counts[3].counts, lower)
    return unigram, bigram, trigram


def _interpolate(keys: U64, counts: F64, lower: F64) -> Level:
    history, index = np.unique(keys >> np.uint64(BITS), return_inverse=True)
    discount = _discounts(counts)[np.minimum(counts, 3).astype(np.int64)]
    discount = np.minimum(discount, counts)
    total = np.bincount(index, counts, len(history))
    total[total == 0] = 1
    left = np.bincount(index, discount, len(history)) / total
    return Level(keys, (counts - discount) / total[index] + left[index] * lower, left[index])


def _as_level(unigram: F64) -> Level:
    return Level(pack(np.arange(len(unigram))), unigram, np.ones(len(unigram)))


def _prune(level: Level, below: Level, contexts: Counts, limit: int, keep: U64 | None = None) -> Level:
    """Keep the ``limit`` n-grams whose removal would raise the relative entropy most, and those in ``keep``."""
    loss = _losses(level, below, contexts, 2 if keep is not None else 3)
    if keep is not None and len(keep):
        loss[np.isin(level.keys, keep)] = np.inf
    if len(loss) <= limit:
        return level
    cut = np.partition(loss, len(loss) - limit)[len(loss) - limit]
    chosen = loss >= cut
    return Level(level.keys[chosen], level.prob[chosen], level.history[chosen])


def _losses(level: Level, below: Level, contexts: Counts, order: int) -> F64:
    """How much relative entropy the removal of each n-gram costs, times its context's probability."""
    lower = below.prob[_at(below.keys, _suffix(level.keys, order))]
    history = level.keys >> np.uint64(BITS)
    at = np.minimum(_at(contexts.keys, history), len(contexts.keys) - 1)
    weight = contexts.counts[at] / contexts.counts.sum()
    backed = np.maximum(level.history * lower, 1e-12)
    return np.asarray(weight * (level.prob * np.log(level.prob / backed) - (level.prob - backed)))


def _backoff(upper: Level, lower_prob: F64, contexts: U64) -> F64:
    """Back-off weight of every context: (1 - Σ p(w | h)) / (1 - Σ p(w | h')) over the words kept after it; 1 where none is."""
    history = upper.keys >> np.uint64(BITS)
    known, index = np.unique(history, return_inverse=True)
    top = 1 - np.bincount(index, upper.prob, len(known))
    bottom = 1 - np.bincount(index, lower_prob, len(known))
    weight = np.clip(top, 1e-6, 1) / np.clip(bottom, 1e-6, 1)
    out = np.ones(len(contexts))
    where = _at(contexts, known)
    out[where] = np.minimum(weight, 1)
    return out


def _save(out: Path, words: list[str], frequency: F64, aliases: Mapping[str, str], levels: tuple[F64, Level, Level]) -> None:
    unigram, bigram, trigram = levels
    lower2 = unigram[(bigram.keys & _LOW).astype(np.int64)]
    backoff1 = _backoff(bigram, lower2, pack(np.arange(len(words))))
    lower3 = _score_bigrams(_suffix(trigram.keys, 3), bigram, unigram, backoff1)
    backoff2 = _backoff(trigram, lower3, bigram.keys)
    arrays: dict[str, npt.NDArray[Any]] = {
        "words": np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        "aliases": np.frombuffer("\n".join(f"{a} {w}" for a, w in sorted(aliases.items())).encode(), dtype=np.uint8),
        "unigram": np.log(np.maximum(unigram, 1e-12)).astype(np.float32),
        "frequency": np.log(frequency).astype(np.float32),
        "backoff1": quantise(np.log(backoff1)),
    }
    table, slots = hashing.build(bigram.keys)
    arrays |= {"table2": table, "prob2": _spread(table, slots, bigram.prob), "backoff2": _spread(table, slots, backoff2)}
    table, slots = hashing.build(trigram.keys)
    arrays |= {"table3": table, "prob3": _spread(table, slots, trigram.prob)}
    header = {"words": len(words), "bigrams": len(bigram.keys), "trigrams": len(trigram.keys), "order": 3}
    partial = out.with_name(out.name + ".part")
    write(partial, header, arrays)
    partial.replace(out)


def _score_bigrams(keys: U64, bigram: Level, unigram: F64, backoff1: F64) -> F64:
    at = np.minimum(_at(bigram.keys, keys), len(bigram.keys) - 1)
    first = ((keys >> np.uint64(BITS)) & _LOW).astype(np.int64)
    return np.where(bigram.keys[at] == keys, bigram.prob[at], backoff1[first] * unigram[(keys & _LOW).astype(np.int64)])


def _spread(table: npt.NDArray[np.uint16], slots: npt.NDArray[np.int64], probability: F64) -> npt.NDArray[np.uint8]:
    values = quantise(np.log(probability))
    out = np.zeros(table.size, dtype=values.dtype)
    out[slots] = values
    return out
