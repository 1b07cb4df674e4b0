"""What a larger language model thinks of pairs of words that terms and their variants can make: ``term-bigrams.bin``, made by benchmarks/distil.py.

The shipped trigram has read news and little science: to it "deep learning" is as new as "profound learning". A neural model knows better, but is not at
hand when text is only looked through; so its log-probabilities of such pairs were written down once, those above FLOOR in steps of a nat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore import hashing, ngram
from restore.errors import ModelError

#: Pairs less likely than this are not kept, in nats; of 1,398 tortured phrases 387, 402, 402 and 400 come back with -10, -11, -12 and -13.
FLOOR = -12
#: What counts for a term's own pair that is not kept: a user's term, mostly. 402, 403, 400 and 395 come back with -11, -9, -8 and -7.
NOT_KEPT = -9


class TermBigrams:
    """log p of the second word of a pair after the first. ``table``: fingerprints, uint16 [buckets, 4]; ``cost``: -log p of each slot, uint8."""

    def __init__(self, table: npt.NDArray[np.uint16], cost: npt.NDArray[np.uint8]) -> None:
        self.table, self.cost = table, cost

    @classmethod
    def load(cls, path: Path) -> TermBigrams:
        """Map the file. Raises ModelError."""
        arrays, _ = ngram.read(path)
        try:
            return cls(arrays["table"], arrays["cost"])
        except KeyError as error:
            raise ModelError(path, f"cannot read the pairs of words (no {error})") from error

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], log: npt.NDArray[np.floating]) -> TermBigrams:
        """Those of some pairs, no two the same, that are likely enough to be kept."""
        kept = np.flatnonzero(log > FLOOR + 0.5)
        every = list(pairs)
        table, slots = hashing.build(keys(every[k] for k in kept))
        cost = np.zeros(table.size, dtype=np.uint8)
        cost[slots] = np.clip(np.round(-log[kept]), 0, -FLOOR - 1)
        return cls(table, cost)

    def write(self, path: Path, source: str) -> None:
        """Write the file; ``source`` says which model."""
        ngram.write(path, {"source": source}, {"table": self.table, "cost": self.cost})

    def strangest(self, words: Iterable[str], missing: float = FLOOR) -> float:
        """log p of the least likely pair of neighbours among some words."""
        pairs = list(pairwise(words))
        if not pairs:
            return missing
        slots = hashing.find(self.table, keys(pairs))
        return float(np.where(slots >= 0, -self.cost[slots].astype(np.float64), missing).min())


def keys(pairs: Iterable[tuple[str, str]]) -> npt.NDArray[np.uint64]:
    """A key for each pair of folded words."""
    digests = [hashlib.blake2b(f"{a} {b}".encode(), digest_size=8).digest() for a, b in pairs]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
