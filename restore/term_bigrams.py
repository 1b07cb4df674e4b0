"""What a larger language model thinks of pairs of words that terms and their variants can make: ``term-bigrams.bin``, made by benchmarks/distil.py.

The shipped trigram has read news and little science: to it "deep learning" is as new as "profound learning". A neural model knows better, but is not at
hand when text is only looked through; so its log-probabilities of such pairs were written down once, those above FLOOR in steps of a nat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore import hashing, ngram
from restore.errors import ModelError

BIGRAMS = "term-bigrams.bin"
U64 = npt.NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)
#: Pairs less likely than this are not kept, in nats. With -16 as many tortured phrases come back (benchmarks/fit_terms.py).
FLOOR = -12
#: What counts for a term's own pair that is not kept: a user's term, mostly. -7 and -11 are as good.
NOT_KEPT = -9


class TermBigrams:
    """log p of the second word of a pair after the first. ``table``: fingerprints, uint16 [buckets, 4]; ``cost``: -log p of each slot, uint8; ``key``: a
    hash of both, "" where it is not known."""

    def __init__(self, table: npt.NDArray[np.uint16], cost: npt.NDArray[np.uint8], key: str = "") -> None:
        self.table, self.cost, self.key = table, cost, key

    @classmethod
    def load(cls, path: Path) -> TermBigrams:
        """Map the file. Raises ModelError."""
        arrays, header = ngram.read(path)
        try:
            return cls(arrays["table"], arrays["cost"], str(header["key"]))
        except KeyError as error:
            raise ModelError(path, f"cannot read the pairs of words (no {error})") from error

    @classmethod
    def of(cls, first: U64, second: U64, log: npt.NDArray[np.floating]) -> TermBigrams:
        """Those of some pairs, no two the same, that are likely enough to be kept; ``first``, ``second``: the keys of their words."""
        kept = np.flatnonzero(log > FLOOR + 0.5)
        table, slots = hashing.build(_joint(first[kept], second[kept]))
        cost = np.zeros(table.size, dtype=np.uint8)
        cost[slots] = np.clip(np.round(-log[kept]), 0, -FLOOR - 1)
        return cls(table, cost)

    def write(self, path: Path, source: str) -> None:
        """Write the file; ``source`` says which model."""
        key = hashlib.sha256(self.table.tobytes() + self.cost.tobytes()).hexdigest()
        ngram.write(path, {"source": source, "key": key}, {"table": self.table, "cost": self.cost})

    def log(self, first: U64, second: U64, missing: float = FLOOR) -> npt.NDArray[np.float64]:
        """log p of every second word after the first, [n]; ``missing`` for those that are not kept."""
        slots = hashing.find(self.table, _joint(first, second))
        return np.where(slots >= 0, -self.cost[slots].astype(np.float64), missing)

    def strangest(self, words: Sequence[str], missing: float = FLOOR) -> float:
        """log p of the least likely pair of neighbours among some folded words; ``missing`` for those that are not kept, and for one word."""
        each = keys(words)
        return float(self.log(each[:-1], each[1:], missing).min()) if len(words) > 1 else missing


def keys(words: Iterable[str]) -> U64:
    """A key for each word."""
    digests = [hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in words]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _joint(first: U64, second: U64) -> U64:
    """A key for each pair, whichever word comes first told apart."""
    return hashing.mix(first * _ODD + second)
