"""What the copies of a story say about every arc of one of them, in nats.

For an arc that puts an original for a span, each witness is asked how probable its words at the aligned place are given that original; for the words
as they stand, given these. Both are noisy channels again, so the word that all copies can stand for wins, and the copy that nobody spun decides. Where a
witness shows words that no row of the dictionary explains, they become an arc of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.channel import Candidates
from restore.gazetteer import Gazetteer
from restore.lexicon import Lexicon
from restore.protect import Marks
from restore.surface import changes
from restore.tokens import Tokens, words
from restore.witnesses.borrowing import borrow
from restore.witnesses.copies import Keys
from restore.witnesses.folding import Folding
from restore.witnesses.pairing import Pairing, pair
from restore.witnesses.values import Original, Testimony, Witness

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trust:
    """How much witnesses count. ``temper``: what their nats are multiplied by, since copies of one spinner are not independent; ``unexplained``: log
    probability of a word that no row explains (a version edited by hand); ``new``, ``new_clean``: log prior of an original that only a (clean) witness
    offers."""

    temper: float = 0.9
    unexplained: float = -8.0
    new: float = -5.0
    new_clean: float = -1.0


#: Tried one by one on every other of the first 32 development pairs, two more copies / the original as witnesses: recovered 0.859 / 0.969 at
#: (0.8, -6, -7, -2); temper 0.4 gives 0.840 / 0.949, 1.0 0.859 / 0.971; unexplained -3 0.841 / 0.949, -8 0.859 / 0.971; new -4 0.861, -10 0.853;
#: new_clean 0 or -1 0.971.
TRUST = Trust()


class Court:
    """Hears witnesses about texts; holds what is the same for all of them."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer, trust: Trust = TRUST) -> None:
        self.keys = Keys(lexicon)
        self.folding = Folding(lexicon)
        self.trust = trust
        self._lexicon, self._gazetteer = lexicon, gazetteer

    def hear(self, witnesses: Sequence[Witness], tokens: Tokens, marks: Marks, found: Candidates) -> Testimony:
        """What ``witnesses`` say about the arcs ``found`` in a text; originals that only they offer are added to the arcs first."""
        readings = self._readings(tokens, found)
        folded = self.folding.fold(tokens)
        pairings = [pair(readings, w.readings, (folded, self.folding.fold(w.tokens)), tokens.sentence) for w in witnesses]
        borrow(witnesses, pairings, tokens, marks, found, self._lexicon)
        hearings = [_Hearing(w, p, self.trust.unexplained) for w, p in zip(witnesses, pairings, strict=True)]
        own = self.keys.of(tokens.words)
        copies = np.array([[h.says(i, i + 1, (key,)) for h in hearings] for i, key in enumerate(own)]).reshape(len(own), len(hearings))
        arcs = found.arcs
        total, each = np.zeros((len(arcs), len(hearings))), np.zeros((len(arcs), len(hearings)))
        alone = arcs.head == -1
        total[alone] = copies[arcs.first[alone]]
        for k in np.flatnonzero(~alone).tolist():
            for first, last, original in self._parts(tokens, found, k):
                heard = np.array([h.says(first, last, original) for h in hearings])
                each[k] += heard - copies[first:last].sum(axis=0)
            total[k] = each[k] + copies[int(arcs.first[k]) : int(arcs.last[k])].sum(axis=0)
        return Testimony(self.trust.temper * total.sum(axis=1) + self._prior(found), each, tuple(w.name for w in witnesses))

    def _text(self, found: Candidates, head: int) -> str:
        return found.text_of(head, self._gazetteer) if head < -2 else self._lexicon.head_text[head]

    def _parts(self, tokens: Tokens, found: Candidates, arc: int) -> Iterator[tuple[int, int, Original]]:
        """What an arc changes: spans of tokens and the keys of what is put there."""
        first, last = int(found.arcs.first[arc]), int(found.arcs.last[arc])
        for change in changes(tuple(tokens.words[first:last]), self._text(found, int(found.arcs.head[arc]))):
            yield first + change.first, first + change.last, self.keys.of(change.words)

    def _readings(self, tokens: Tokens, found: Candidates) -> list[dict[Original, list[tuple[int, float]]]]:
        """The originals of every span of the text itself, to align by: whole, and without the words they share with it."""
        arcs = found.arcs
        out: list[dict[Original, list[tuple[int, float]]]] = [{(key,): [(i + 1, 0.0)]} for i, key in enumerate(self.keys.of(tokens.words))]
        for k in np.flatnonzero(arcs.head != -1).tolist():
            first, last = int(arcs.first[k]), int(arcs.last[k])
            whole = self.keys.of(words(self._text(found, int(arcs.head[k]))))
            parts = list(self._parts(tokens, found, k))
            for low, high, original in ((first, last, whole), *(parts if len(parts) == 1 else ())):
                ends = out[low].setdefault(original, [])
                if (high, 0.0) not in ends:
                    ends.append((high, 0.0))
        return out

    def _prior(self, found: Candidates) -> F64:
        """The log prior of the borrowed arcs, 0 for the others."""
        out = np.zeros(len(found.arcs))
        count = len(found.matches)
        for k in np.flatnonzero(found.arcs.head < -2 - count).tolist():
            out[k] = self.trust.new_clean if found.borrowed[-3 - count - int(found.arcs.head[k])].clean else self.trust.new
        return out


class _Hearing:
    """One witness with its pairing; what it says is remembered, since many arcs make the same change."""

    def __init__(self, witness: Witness, pairing: Pairing, unexplained: float) -> None:
        self._readings, self._pairing, self._unexplained = witness.readings, pairing, unexplained
        self._low, self._high = pairing.low.tolist(), pairing.high.tolist()
        self._said: dict[tuple[int, int, Original], float] = {}

    def says(self, first: int, last: int, original: Original) -> float:
        """log P(the witness's words where ``first`` to ``last`` stand | ``original``); 0 where it has none."""
        key = (first, last, original)
        if key not in self._said:
            self._said[key] = self._ask(first, last, original)
        return self._said[key]

    def _ask(self, first: int, last: int, original: Original) -> float:
        if not self._pairing.paired[first:last].any():
            return 0.0
        best = self._unexplained * (last - first)
        low, high = self._low[last], self._high[last]
        for a in range(self._low[first], self._high[first] + 1):
            for b, log in self._spelt(a, original):
                if low <= b <= high:
                    best = max(best, log)
        return best

    def _spelt(self, a: int, original: Original) -> Iterator[tuple[int, float]]:
        """Every way in which the witness's words from ``a`` on stand for ``original``: end and log probability."""
        if a >= len(self._readings):
            return
        reading = self._readings[a]
        yield from reading.get(original, ())
        for size in range(1, len(original)):
            for middle, log in reading.get(original[:size], ()):
                for end, rest in self._spelt(middle, original[size:]):
                    yield end, log + rest
