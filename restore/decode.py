"""Decoding: Viterbi for the best reading, forward-backward for what each arc is worth, both over all sentences at once.

Scores are natural logarithms. A *weight* array holds one number an edge: language model and channel together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from restore.lattice import Lattice

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Groups:
    """Edges of one level, grouped by a state: ``low``/``high`` edge range, ``state`` of each group, ``begin`` of each group in the range."""

    low: int
    high: int
    state: I64
    begin: I64


@dataclass(slots=True)
class Schedule:
    """The order in which a lattice's edges are swept: forward by the level of the state entered, backward by that of the state left."""

    forward: list[Groups]
    backward: list[Groups]
    back_order: I64

    @classmethod
    def of(cls, lattice: Lattice) -> Schedule:
        """The schedule of a lattice; computed once, used by every pass."""
        level = lattice.level[lattice.state_arc]
        order = np.argsort(-level[lattice.edge_from] * np.int64(len(level)) + lattice.edge_from, kind="stable")
        left = lattice.edge_from[order]
        return cls(_groups(level[lattice.edge_to], lattice.edge_to), _groups(-level[left], left), order)


def _groups(level: I64, state: I64) -> list[Groups]:
    if not len(level):
        return []
    cuts = np.flatnonzero(np.diff(level)) + 1
    lows, highs = np.r_[0, cuts], np.r_[cuts, len(level)]
    new = np.r_[True, state[1:] != state[:-1]]
    out = []
    for low, high in zip(lows.tolist(), highs.tolist(), strict=True):
        begin = np.flatnonzero(new[low:high])
        out.append(Groups(low, high, state[low:high][begin], begin))
    return out


def sweep(groups: list[Groups], source: I64, weight: F64, score: F64) -> F64:
    """Sum over paths: score[state] = log Σ exp(score[source] + weight) over its edges, level by level. In place; score may be [s, r]."""
    for g in groups:
        x = score[source[g.low : g.high]] + weight[g.low : g.high]
        top = np.maximum.reduceat(x, g.begin, axis=0)
        spread = np.repeat(top, np.diff(np.append(g.begin, len(x))), axis=0)
        score[g.state] = top + np.log(np.add.reduceat(np.exp(x - spread), g.begin, axis=0))
    return score


def _blank(lattice: Lattice, width: int | None, *, begin: bool) -> F64:
    shape = (len(lattice.state_arc),) if width is None else (len(lattice.state_arc), width)
    score = np.full(shape, NEVER)
    score[ends(lattice, begin=begin)] = 0.0
    return score


def ends(lattice: Lattice, *, begin: bool) -> I64:
    """The state of every sentence's ``<s>`` arc (or final arc), in order of sentence."""
    frame = (lattice.arcs.head == -2) & ((lattice.level == 1) == begin)
    states = np.flatnonzero(frame[lattice.state_arc])
    return states[np.argsort(lattice.sentence[lattice.state_arc[states]], kind="stable")]


def final_scores(lattice: Lattice, alpha: F64) -> F64:
    """log of the sum over all readings, a sentence: [sentences] or [sentences, r]."""
    states = ends(lattice, begin=False)
    sentence = lattice.sentence[lattice.state_arc[states]]
    begin = np.flatnonzero(np.r_[True, sentence[1:] != sentence[:-1]])
    return np.logaddexp.reduceat(alpha[states], begin, axis=0)


def forward(lattice: Lattice, schedule: Schedule, weight: F64) -> F64:
    """Forward scores of all states; ``weight`` [e] or [e, r] gives [s] or [s, r]."""
    width = None if weight.ndim == 1 else weight.shape[1]
    return sweep(schedule.forward, lattice.edge_from, weight, _blank(lattice, width, begin=True))


def posteriors(lattice: Lattice, schedule: Schedule, weight: F64) -> tuple[F64, F64]:
    """Posterior probability of every arc, float64 [m], and the log-sum over readings of every sentence."""
    alpha = forward(lattice, schedule, weight)
    order = schedule.back_order
    beta = sweep(schedule.backward, lattice.edge_to[order], weight[order], _blank(lattice, None, begin=False))
    total = final_scores(lattice, alpha)
    score = alpha + beta - total[lattice.sentence[lattice.state_arc]]
    posterior = np.bincount(lattice.state_arc, np.exp(np.minimum(score, 0.0)), len(lattice.arcs))
    return posterior.astype(np.float64), total  # bincount gives int64 when there is nothing to count


def viterbi(lattice: Lattice, schedule: Schedule, weight: F64) -> I64:
    """The arcs of the best reading of all sentences, frame arcs left out, in text order. Ties go to the earlier edge."""
    score = _blank(lattice, None, begin=True)
    back = np.full(len(score), -1, dtype=np.int64)
    for g in schedule.forward:
        x = score[lattice.edge_from[g.low : g.high]] + weight[g.low : g.high]
        top = np.maximum.reduceat(x, g.begin)
        size = np.diff(np.append(g.begin, len(x)))
        best = np.where(x == np.repeat(top, size), np.arange(len(x)), len(x))
        score[g.state] = top
        back[g.state] = lattice.edge_from[np.minimum.reduceat(best, g.begin) + g.low]
    path: list[npt.NDArray[Any]] = []
    states = ends(lattice, begin=False)
    sentence = lattice.sentence[lattice.state_arc[states]]
    order = np.lexsort((-score[states], sentence))
    states = states[order][np.r_[True, np.diff(sentence[order]) != 0]]
    while True:
        states = back[states]
        states = states[states >= 0]
        states = states[lattice.arcs.head[lattice.state_arc[states]] != -2]
        if not len(states):
            break
        path.append(lattice.state_arc[states])
    found = np.concatenate(path) if path else np.zeros(0, dtype=np.int64)
    return np.asarray(found[np.argsort(lattice.start[found], kind="stable")])


def best_through(lattice_level: I64, a: I64, b: I64, weight: F64, begin: I64, final: I64, size: int) -> F64:
    """Score of the best reading through every arc, on pairs of adjacent arcs (the coarse, bigram pass). float64 [arcs]."""
    ahead = np.full(size, NEVER)
    ahead[begin] = 0.0
    order = np.argsort(lattice_level[b] * np.int64(size) + b, kind="stable")
    _sweep_max(_groups(lattice_level[b][order], b[order]), a[order], weight[order], ahead)
    behind = np.full(size, NEVER)
    behind[final] = 0.0
    order = np.argsort(-lattice_level[a] * np.int64(size) + a, kind="stable")
    _sweep_max(_groups(-lattice_level[a][order], a[order]), b[order], weight[order], behind)
    return np.asarray(ahead + behind)


def _sweep_max(groups: list[Groups], source: I64, weight: F64, score: F64) -> None:
    for g in groups:
        x = score[source[g.low : g.high]] + weight[g.low : g.high]
        score[g.state] = np.maximum.reduceat(x, g.begin)
