"""A read-only hash table from n-grams to slots in plain arrays: two-choice buckets with 16-bit fingerprints.

Everything is vectorised, so a lattice of 100,000 n-grams is looked up in a few milliseconds, and the arrays can lie in a
memory-mapped file that processes share. An absent key is taken for a present one with probability 8 / 65,535 at most (two buckets of
four fingerprints); the language model asks for a trigram only where its context exists, which makes such a hit rarer still.
Cuckoo hashing with buckets of four: Dietzfelbinger and Weidling, 2007.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BUCKET = 4
#: Share of the slots in use. Buckets of four fill up to 0.97 in theory; 0.92 keeps building short.
LOAD = 0.92
_ROUNDS = 600
#: Keys looked up at once: what is computed of them stays in the processor's second-level cache (65 ns a key at a time of 100,000, 47 so).
CHUNK = 8_192

U64 = npt.NDArray[np.uint64]


class Place(NamedTuple):
    """Where a key may lie: two buckets, int64 [n], and its fingerprint, uint16 [n], never 0."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    fingerprint: npt.NDArray[np.uint16]


#: One in each quarter of a 64-bit word, the high bit of each, and those four high bits one by one.
_EACH, _HIGH = np.uint64(0x0001000100010001), np.uint64(0x8000800080008000)
_SIGNS = np.array([1 << 15, 1 << 31, 1 << 47, 1 << 63], dtype=np.uint64)


def mix(keys: U64) -> U64:
    """splitmix64's finaliser (Steele, Lea and Flood, 2014): a bijection that spreads every bit. uint64 [n] to uint64 [n]."""
    z = keys + np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def place(keys: U64, buckets: int) -> Place:
    """The two buckets and the fingerprint of each key."""
    h = mix(keys)
    fingerprint = h.astype(np.uint16) + np.uint16(1)
    fingerprint += fingerprint == 0
    return Place(_remainder(h >> np.uint64(16), buckets), _remainder(mix(h), buckets), fingerprint)


def _remainder(x: U64, n: int) -> npt.NDArray[np.int64]:
    """``x % n``, in place, by a division, which numpy does ten times as fast as taking remainders."""
    x -= x // np.uint64(n) * np.uint64(n)
    return x.view(np.int64)


def build(keys: U64, seed: int = 7) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """Fingerprints [buckets, 4] and, for every key, its slot in the flattened table.

    Raises ValueError when the keys hold duplicates. A small table may not take its keys at this load (the two buckets of a key are often one
    and the same); then it grows by a bucket until it does.
    """
    if len(keys) > 1 and not np.diff(np.sort(keys)).all():
        raise ValueError("the keys hold duplicates")
    buckets = max(1, int(np.ceil(len(keys) / LOAD / BUCKET)))
    while (owner := _assign(place(keys, buckets), len(keys), buckets, seed)) is None:
        buckets += 1
    where = place(keys, buckets)
    slots = np.flatnonzero(owner >= 0)
    table = np.zeros(buckets * BUCKET, dtype=np.uint16)
    table[slots] = where.fingerprint[owner[slots]]
    slot_of = np.empty(len(keys), dtype=np.int64)
    slot_of[owner[slots]] = slots
    return table.reshape(buckets, BUCKET), slot_of


def _assign(where: Place, n: int, buckets: int, seed: int) -> npt.NDArray[np.int64] | None:
    """The key in every slot, -1 where there is none; None when the keys found no place."""
    owner = np.full(buckets * BUCKET, -1, dtype=np.int64)
    rng = np.random.default_rng(seed)
    waiting = np.arange(n)
    for round_ in range(_ROUNDS):
        if not len(waiting):
            break
        use_first = rng.random(len(waiting)) < 0.5 if round_ > 1 else np.full(len(waiting), round_ == 0)
        bucket = np.where(use_first, where.first[waiting], where.second[waiting])
        waiting = _settle(waiting, bucket, owner, rng, evict=round_ > 3)
    return None if len(waiting) else owner


def _settle(
    waiting: npt.NDArray[np.int64], bucket: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], rng: np.random.Generator, *, evict: bool
) -> npt.NDArray[np.int64]:
    # One sort of (bucket, position) packed in a word: stable, and several times as fast as a stable argsort.
    order = (np.sort(bucket.astype(np.uint64) << np.uint64(32) | np.arange(len(bucket), dtype=np.uint64)) & np.uint64(0xFFFFFFFF)).astype(np.int64)
    waiting, bucket = waiting[order], bucket[order]
    new_group = np.r_[True, bucket[1:] != bucket[:-1]]
    starts = np.flatnonzero(new_group)
    rank = np.arange(len(bucket)) - np.repeat(starts, np.diff(np.r_[starts, len(bucket)]))
    used = (owner.reshape(-1, BUCKET)[bucket] >= 0).sum(axis=1)
    fits = used + rank < BUCKET
    # Slots of a bucket fill from the left, and an eviction swaps in place, so the number used is the next free slot.
    owner[bucket[fits] * BUCKET + used[fits] + rank[fits]] = waiting[fits]
    left, left_bucket, left_rank = waiting[~fits], bucket[~fits], rank[~fits] + used[~fits]
    if not evict or not len(left):
        return np.asarray(left)
    swap = left_rank == BUCKET  # the first that found its bucket full turns somebody out
    slot = left_bucket[swap] * BUCKET + rng.integers(0, BUCKET, int(swap.sum()))
    evicted = owner[slot].copy()
    owner[slot] = left[swap]
    return np.concatenate([left[~swap], evicted])


def find(table: npt.NDArray[np.uint16], keys: U64) -> npt.NDArray[np.int64]:
    """The slot of every key, -1 where it is absent. int64 [n].

    A bucket is read as one 64-bit word and its four fingerprints are compared at once: of x = word XOR (fingerprint in each quarter), the lowest
    quarter that is zero is the lowest one with its high bit set in (x - 1 in each quarter) AND NOT x.
    """
    rows = table.reshape(-1).view(np.uint64)
    slots = np.full(len(keys), -1, dtype=np.int64)
    for start in range(0, len(keys), CHUNK):
        where = place(keys[start : start + CHUNK], len(table))
        wanted = where.fingerprint.astype(np.uint64)
        wanted *= _EACH
        for bucket in (where.second, where.first):
            sign = _zeros(rows.take(bucket), wanted)
            hit = np.flatnonzero(sign)
            lowest = sign[hit]
            lowest &= ~lowest + np.uint64(1)
            slots[start + hit] = bucket[hit] * BUCKET + np.searchsorted(_SIGNS, lowest)
    return slots


def holds(table: npt.NDArray[np.uint16], keys: U64) -> npt.NDArray[np.bool_]:
    """Whether every key is there, bool [n]: ``find(table, keys) >= 0``, sooner."""
    rows = table.reshape(-1).view(np.uint64)
    out = np.empty(len(keys), dtype=np.bool_)
    for start in range(0, len(keys), CHUNK):
        where = place(keys[start : start + CHUNK], len(table))
        wanted = where.fingerprint.astype(np.uint64)
        wanted *= _EACH
        sign = _zeros(rows[where.first], wanted)
        sign |= _zeros(rows[where.second], wanted)
        np.not_equal(sign, 0, out=out[start : start + CHUNK])
    return out


def _zeros(x: U64, wanted: U64) -> U64:
    """The high bits of quarters in which two arrays of words agree, as far as the lowest such; ``x`` is used up."""
    x ^= wanted
    sign = x - _EACH
    sign &= np.invert(x, out=x)
    sign &= _HIGH
    return sign
