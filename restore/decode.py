"""Decoding: Viterbi for the best reading, forward-backward for what each arc is worth, both over all sentences at once.

Scores are natural logarithms. A *weight* array holds one number an edge: language model and channel together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from restore.lattice import Lattice
from restore.ordering import groups, stable_order

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
NEVER = -1e9
#: Sums that underflow count as this.
_TINY = 1e-300


class Groups(NamedTuple):
    """Edges of one level, grouped by a state: ``low``/``high`` edge range, ``state`` of each group, ``begin`` of each group in the range."""

    low: int
    high: int
    state: I64 | slice
    begin: I64


@dataclass(slots=True)
class Schedule:
    """The order in which a lattice's edges are swept: forward by the level of the state entered, backward by that of the state left; the first and the
    last state of every sentence."""

    forward: list[Groups]
    backward: list[Groups]
    back_order: I64
    begin: I64
    final: I64

    @classmethod
    def of(cls, lattice: Lattice) -> Schedule:
        """The schedule of a lattice; computed once, used by every pass."""
        level = lattice.level[lattice.state_arc]
        order = stable_order(lattice.edge_from)
        left = lattice.edge_from[order]
        forward, backward = _groups(level[lattice.edge_to], lattice.edge_to), _groups(level[left], left)[::-1]
        return cls(forward, backward, order, ends(lattice, begin=True), ends(lattice, begin=False))


def _groups(level: I64, state: I64) -> list[Groups]:
    """Groups of edges that are sorted by level and state."""
    if not len(level):
        return []
    begins = groups(state)
    states = state[begins]
    cuts = groups(level)
    parts = np.searchsorted(begins, cuts)
    out = []
    for low, high, first, last in zip(cuts.tolist(), [*cuts[1:].tolist(), len(level)], parts.tolist(), [*parts[1:].tolist(), len(begins)], strict=True):
        one, other = int(states[first]), int(states[last - 1]) + 1
        side_by_side = other - one == last - first
        out.append(Groups(low, high, slice(one, other) if side_by_side else states[first:last], begins[first:last] - low))
    return out


class Sweep:
    """A lattice under one weighting: best readings, sums and posteriors, all relative to the best score into each state.

    ``top``, float64 [s]: the score of the best way into each state. With it, an edge weighs exp(weight + top[from] - top[to]) ≤ 1, so that sums over
    readings are sums of products: no logarithm is taken on the way, and none overflows in a sentence of 80 tokens (``tokens.MAX_SENTENCE``).
    """

    def __init__(self, lattice: Lattice, schedule: Schedule, weight: F64) -> None:
        self.lattice, self.schedule = lattice, schedule
        self.top, self._through = best_into(lattice, schedule, weight)
        self.local = np.exp(self._through - self.top[lattice.edge_to])

    def totals(self, factor: F64) -> F64:
        """log of the sum over all readings of each sentence, [sentences, r], every arc's weight multiplied by ``factor`` [arcs, r]."""
        return self._total(self._forward(factor[self.lattice.state_arc]))

    def posteriors(self, factor: F64 | None = None) -> tuple[F64, F64]:
        """Posterior probability of every arc, float64 [m], and the log-sum over readings of every sentence; ``factor`` as in ``totals``, [m]."""
        lattice = self.lattice
        edge, total = self._both_ways(factor)
        posterior = np.bincount(lattice.state_arc[lattice.edge_to], edge, len(lattice.arcs)).astype(np.float64)
        posterior[(lattice.arcs.head == -2) & (lattice.level == 1)] = 1.0
        return np.minimum(posterior, 1.0), total

    def edges(self) -> tuple[F64, F64]:
        """Posterior probability of every edge, float64 [e], and the log-sum over readings of every sentence."""
        return self._both_ways(None)

    def path(self) -> I64:
        """The arcs of the best reading of all sentences, frame arcs left out, in text order. Ties go to the earlier edge."""
        lattice = self.lattice
        on = np.flatnonzero(self._through == self.top[lattice.edge_to])[::-1]
        back = np.full(len(lattice.state_arc), -1, dtype=np.int64)
        back[lattice.edge_to[on]] = lattice.edge_from[on]
        states = self.schedule.final
        sentence = lattice.sentence[lattice.state_arc[states]]
        order = np.lexsort((-self.top[states], sentence))
        states = states[order][np.r_[True, np.diff(sentence[order]) != 0]]
        found: list[npt.NDArray[Any]] = [np.zeros(0, dtype=np.int64)]
        while True:
            states = back[states]
            states = states[states >= 0]
            states = states[lattice.arcs.head[lattice.state_arc[states]] != -2]
            if not len(states):
                break
            found.append(lattice.state_arc[states])
        arcs = np.concatenate(found)
        return np.asarray(arcs[np.argsort(lattice.start[arcs], kind="stable")])

    def _forward(self, factor: F64 | None) -> F64:
        """Sums into every state, [s] or, with ``factor`` [s, r], [s, r]; relative to ``top``."""
        lattice, local = self.lattice, self.local
        score = np.zeros(len(lattice.state_arc) if factor is None else factor.shape)
        score[self.schedule.begin] = 1.0
        if factor is not None and factor.ndim == 2:
            local = local[:, None]
        source = lattice.edge_from
        for low, high, state, begin in self.schedule.forward:
            ways = score.take(source[low:high], axis=0)
            ways *= local[low:high]
            part = np.add.reduceat(ways, begin, axis=0)
            score[state] = part if factor is None else part * factor[state]
        return score

    def _both_ways(self, factor: F64 | None) -> tuple[F64, F64]:
        lattice, order = self.lattice, self.schedule.back_order
        spread = None if factor is None else factor[lattice.state_arc]
        local = self.local if spread is None else self.local * spread[lattice.edge_to]
        ahead = self._forward(spread)
        behind = np.zeros(len(lattice.state_arc))
        final = self.schedule.final
        behind[final] = np.exp(self.top[final] - self._highest(final))
        into, backward = lattice.edge_to[order], local[order]
        for low, high, state, begin in self.schedule.backward:
            ways = behind[into[low:high]]
            ways *= backward[low:high]
            behind[state] = np.add.reduceat(ways, begin)
        sentence = lattice.sentence[lattice.state_arc]
        mass = np.bincount(sentence[final], ahead[final] * behind[final], int(lattice.sentence.max()) + 1)
        edge = ahead[lattice.edge_from] * local * behind[lattice.edge_to] / np.maximum(mass, _TINY)[sentence[lattice.edge_to]]
        return edge, self._total(ahead)

    def _highest(self, final: I64) -> F64:
        """The best score of its sentence, for every final state."""
        sentence = self.lattice.sentence[self.lattice.state_arc[final]]
        best = np.full(int(self.lattice.sentence.max()) + 1, -np.inf)
        np.maximum.at(best, sentence, self.top[final])
        return np.asarray(best[sentence])

    def _total(self, ahead: F64) -> F64:
        lattice = self.lattice
        final = self.schedule.final
        sentence = lattice.sentence[lattice.state_arc[final]]
        begin = np.flatnonzero(np.r_[True, sentence[1:] != sentence[:-1]])
        top = self._highest(final)
        share = np.exp(self.top[final] - top)
        total = np.add.reduceat(ahead[final] * (share if ahead.ndim == 1 else share[:, None]), begin, axis=0)
        base = top[begin] if ahead.ndim == 1 else top[begin][:, None]
        return np.asarray(np.log(np.maximum(total, _TINY)) + base)


def best_into(lattice: Lattice, schedule: Schedule, weight: F64) -> tuple[F64, F64]:
    """The score of the best way into every state, float64 [s], and of the best way that ends with each edge, [e]."""
    score = np.full(len(lattice.state_arc), NEVER)
    score[schedule.begin] = 0.0
    through = np.empty(len(weight))
    source = lattice.edge_from
    for low, high, state, begin in schedule.forward:
        ways = np.add(score[source[low:high]], weight[low:high], out=through[low:high])
        score[state] = np.maximum.reduceat(ways, begin)
    return score, through


def ends(lattice: Lattice, *, begin: bool) -> I64:
    """The state of every sentence's ``<s>`` arc (or final arc), in order of sentence."""
    frame = (lattice.arcs.head == -2) & ((lattice.level == 1) == begin)
    states = np.flatnonzero(frame[lattice.state_arc])
    return states[stable_order(lattice.sentence[lattice.state_arc[states]])]


def best_through(lattice_level: I64, a: I64, b: I64, weight: F64, begin: I64, final: I64, size: int) -> F64:
    """Score of the best reading through every arc, on pairs of adjacent arcs (the coarse, bigram pass). float64 [arcs]."""
    ahead = np.full(size, NEVER)
    ahead[begin] = 0.0
    order = stable_order(lattice_level[b] * np.int64(size) + b)
    entered = b[order]
    _sweep_max(_groups(lattice_level[entered], entered), a[order], weight[order], ahead)
    behind = np.full(size, NEVER)
    behind[final] = 0.0
    order = stable_order(lattice_level[a] * np.int64(size) + a)
    left = a[order]
    _sweep_max(_groups(lattice_level[left], left)[::-1], b[order], weight[order], behind)
    return np.asarray(ahead + behind)


def _sweep_max(schedule: list[Groups], source: I64, weight: F64, score: F64) -> None:
    for low, high, state, begin in schedule:
        ways = score[source[low:high]]
        ways += weight[low:high]
        score[state] = np.maximum.reduceat(ways, begin)
