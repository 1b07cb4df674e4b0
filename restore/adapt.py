"""Learn a spinner's habits from what it made, without originals: expectation-maximisation over spun text.

Each round reads all texts with the present weights, adds up how often every original was probably replaced, by which variant, and how often it
survived, and re-estimates rates and weights from that. A spinner uses one variant a head and document, so a variant counts once a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.lexicon import Lexicon
from restore.pipeline import Restorer
from restore.suggest import Reading
from restore.weights import KAPPA, PRIOR, SHIPPED, Count, Counts

F64 = npt.NDArray[np.float64]
ROUNDS = 3
#: What an expected count is worth beside one from a pair: without it the first mistakes confirm themselves (benchmarks/learning.py: on seeds/, from 0.688
#: recovered at precision 0.906 to 0.681 at 0.845 at full worth, to 0.700 at 0.893 at a quarter).
WORTH = 0.25
#: Rows with less than so many expected occurrences learn nothing.
LEAST = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """How the weight of a row's likeliest mover changed, and the row's replacement rate."""

    original: str
    family: str
    variant: str
    weight: tuple[float, float]
    rate: tuple[float, float]
    documents: float


@dataclass(slots=True)
class Expected:
    """Expected counts over a corpus: ``replaced`` and ``survived`` [heads], ``documents`` [entries]; ``texts`` that were spun at all."""

    replaced: F64
    survived: F64
    documents: F64
    texts: int = 0

    @classmethod
    def none(cls, lexicon: Lexicon) -> Expected:
        """Nothing seen yet."""
        return cls(np.zeros(len(lexicon)), np.zeros(len(lexicon)), np.zeros(len(lexicon.arc_head)))

    def add(self, readings: Sequence[Reading]) -> None:
        """Add one text."""
        self.texts += bool(readings)
        documents = np.zeros(len(self.documents))
        for reading in readings:
            arcs, found = reading.lattice.arcs, reading.found
            p = reading.posterior * reading.spun[reading.lattice.sentence]
            used = np.flatnonzero(arcs.head >= 0)
            self.replaced += np.bincount(arcs.head[used], p[used], len(self.replaced))
            np.maximum.at(documents, found.entry[used], p[used])
            copies = np.flatnonzero(arcs.head == -1)
            alone = np.zeros(len(reading.tokens))
            alone[arcs.first[copies]] = p[copies]
            self.survived += np.bincount(found.survivor_head, alone[found.survivor_at], len(self.survived))
        self.documents += documents

    def discount(self) -> None:
        """Bring the counts down to what they are worth."""
        for counts in (self.replaced, self.survived, self.documents):
            counts *= WORTH


def adapt(restorer: Restorer, texts: Sequence[str], rounds: int = ROUNDS) -> tuple[Counts, list[Change], int]:
    """The expected counts of the last round, what they change (most first), and how many texts were spun. The restorer's own weights change from round to
    round, and are in the end what they were."""
    lexicon = restorer.lexicon
    rate, log, known = lexicon.rate, lexicon.arc_log, lexicon.known
    expected = Expected.none(lexicon)
    texts = [text for text in texts if restorer.suspects(text)]
    try:
        for _ in range(rounds):
            expected = Expected.none(lexicon)
            for text in texts:
                expected.add(list(restorer.readings(text)))
            expected.discount()
            _reweigh(lexicon, expected, rate, log, known)
        return _counts(lexicon, expected), _changes(lexicon, expected, rate, log), expected.texts
    finally:
        lexicon.rate, lexicon.arc_log, lexicon.known = rate, log, known


def _reweigh(lexicon: Lexicon, expected: Expected, rate: npt.NDArray[np.float32], log: npt.NDArray[np.float32], known: npt.NDArray[np.int8]) -> None:
    """Rates and weights from the expected counts over what was known before, which weighs as in ``restore.weights.layer``."""
    head = lexicon.arc_head
    strength = np.where(known & 1, SHIPPED, PRIOR)
    seen = expected.replaced + expected.survived
    lexicon.rate = np.clip((expected.replaced + strength * rate) / (seen + strength), 1e-4, 0.995).astype(np.float32)
    strength = np.where(known & 2, SHIPPED, KAPPA)[head]
    total = np.bincount(head, expected.documents, len(lexicon))[head]
    weight = (expected.documents + strength * np.exp(log)) / (total + strength)
    lexicon.arc_log = np.log(np.maximum(weight, 1e-6)).astype(np.float32)
    learned = np.where(seen >= LEAST, 1, 0) | np.where(np.bincount(head, expected.documents, len(lexicon)) >= LEAST, 2, 0)
    lexicon.known = (known | learned).astype(np.int8)


def _counts(lexicon: Lexicon, expected: Expected) -> Counts:
    out: Counts = {}
    entries: dict[int, dict[str, float]] = {}
    for e in np.flatnonzero(expected.documents >= 0.01).tolist():
        entries.setdefault(int(lexicon.arc_head[e]), {})[lexicon.variant_text[lexicon.arc_variant[e]]] = round(float(expected.documents[e]), 2)
    for h in np.flatnonzero(expected.replaced + expected.survived >= LEAST).tolist():
        key = lexicon.head_text[h], lexicon.families[int(lexicon.head_family[h])]
        out[key] = Count(round(float(expected.replaced[h]), 2), round(float(expected.survived[h]), 2), entries.get(h, {}))
    return out


def _changes(lexicon: Lexicon, expected: Expected, rate: npt.NDArray[np.float32], log: npt.NDArray[np.float32]) -> list[Change]:
    """The entry of every row whose weight changed most, times the documents that speak for it."""
    moved = np.abs(np.exp(lexicon.arc_log) - np.exp(log)) * np.bincount(lexicon.arc_head, expected.documents, len(lexicon))[lexicon.arc_head]
    out: dict[int, Change] = {}
    for e in np.argsort(-moved, kind="stable").tolist():
        h = int(lexicon.arc_head[e])
        if moved[e] < 0.01:
            break
        if h not in out:
            weights = float(np.exp(log[e])), float(np.exp(lexicon.arc_log[e]))
            rates = float(rate[h]), float(lexicon.rate[h])
            family = lexicon.families[int(lexicon.head_family[h])]
            out[h] = Change(lexicon.head_text[h], family, lexicon.variant_text[lexicon.arc_variant[e]], weights, rates, float(expected.documents[e]))
    return list(out.values())
