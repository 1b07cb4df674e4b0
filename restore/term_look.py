"""A second look at tortured terms: the small language model reads a candidate's sentence with the term and with the words that stand there.

Without it "common flaw" for average error is weighed by pairs of words alone. Only candidates that the first pass leaves some hope wake the model: one in
9,000 words of clean text. What it says is one more feature, in a logistic regression of its own (``benchmarks/fit_terms.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from threading import Lock

import numpy as np
import numpy.typing as npt

from restore.neural.causal import Scorer, Tree
from restore.term_features import Weighing
from restore.term_stretches import Candidate, Place
from restore.tokens import Tokens

F64 = npt.NDArray[np.float64]
#: Words of the sentence before a candidate that are read, and after it; and characters, for a word may be long.
BEFORE, AFTER = 40, 6
LONGEST_BEFORE, LONGEST_AFTER = 400, 100
#: Nats counted at most, for and against: beyond them the model only says again that the words are strange.
MOST, LEAST = 15.0, -10.0
#: Log odds above which a candidate is read. At -3 twice as many of clean text's are, and 0.308 of 1,398 held-back phrases come back for 0.305; at -1 0.298.
WAKES = -2.0


@dataclass(frozen=True, slots=True)
class TermLook:
    """A language model with what it takes to believe it about terms; ``turn``: held while it reads."""

    scorer: Scorer
    weighing: Weighing
    turn: Lock

    def odds(self, found: Sequence[Candidate], gains: F64) -> F64:
        """Log odds that each candidate is a tortured term, from its features and what the model says, [n]."""
        return self.weighing.odds(np.array([[*candidate.features, gain] for candidate, gain in zip(found, gains.tolist(), strict=True)]))

    def gains(self, found: Sequence[tuple[Candidate, Place]], tokens: Tokens) -> F64:
        """By how many nats the model prefers each term in its place to the words that stand there, the rest of the sentence included; between LEAST and MOST,
        [n]. The candidates of one place share a tree; what is said of one place does not depend on others."""
        out = np.zeros(len(found))
        spot = [(place.start, place.end, candidate.last) for candidate, place in found]
        order = sorted(range(len(found)), key=lambda k: (spot[k], k))
        for _, each in groupby(order, key=lambda k: spot[k]):
            here = list(each)
            candidate, place = found[here[0]]
            log_p = self._read(tokens, candidate, place, [place.before, *(found[k][1].text for k in here)])
            out[here] = np.clip(log_p[1:] - log_p[0], LEAST, MOST)
        return out

    def _read(self, tokens: Tokens, candidate: Candidate, place: Place, readings: Sequence[str]) -> F64:
        """log p of the rest of a sentence from a place on, with each of some readings there, [readings]."""
        same = np.flatnonzero(tokens.sentence == tokens.sentence[candidate.first])
        low, high = max(int(same[0]), candidate.first - BEFORE), min(int(same[-1]) + 1, candidate.last + AFTER)
        lead = tokens.text[max(int(tokens.starts[low]), place.start - LONGEST_BEFORE) : place.start].rstrip()
        tail = tokens.text[place.end : min(int(tokens.ends[high - 1]), place.end + LONGEST_AFTER)]
        tree = Tree()
        parent = (tree.extend(-1, self.scorer.encode(lead)) if lead else [-1])[-1]
        paths = [tree.extend(parent, self.scorer.encode((" " if lead else "") + reading + tail)) for reading in readings]
        with self.turn:
            self.scorer.begin()
            log_p = self.scorer.score(tree, [node for path in paths for node in path])
        return np.array([part.sum() for part in np.split(log_p, np.cumsum([len(path) for path in paths])[:-1])])
