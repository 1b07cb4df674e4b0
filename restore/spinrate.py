"""How much of a text was spun, and where: the latent spin rate of the document and of each sentence.

A spinner replaces its dictionary's words wherever it meets them, so in spun text they do not survive, and in clean text they do. Every sentence is scored
at a grid of spin rates, rate 0 being clean; a two-state hidden Markov model over the sentences (clean or spun) then finds the stretches that were spun.

Words are bursty: one that stands in a text once is a hundred times likelier to stand there again. A manual that says "instance" fifty times is no fifty times
as likely to have been "example". So a word that stands elsewhere in the text, too, speaks for spun only by as much as a cache model, which expects it there,
leaves of its surprise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log1p

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
#: Spin rates tried; the first is clean. Below 0.2 a list-based spinner is not worth its owner's while (family C, the lightest seen, is near 0.4).
GRID = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97)
#: The rate at which readings are compared first, the middle of the grid; the sums at the others are relative to it.
REFERENCE = 3
#: What one word in the braces that spinners leave behind says for spun, nats: plain English has none, seed-like text one in 500 words. And what all of a text
#: say at most: less than it takes a text to begin spun, for the braces may be an author's ("use {name} or {value}").
LITTER, MOST_LITTER = 5.0, 6.0
#: What a phrase says that stands in a user's list of phrases nobody else writes ("profound learning"): as much as entering a spun stretch costs, and one
#: nat more, so that such a phrase alone is enough where nothing speaks against it.
TELLING = 10.0
#: Words of plain English that a cache model begins with before it reads a text.
CACHE = 1000.0
#: Log-likelihood ratio against a clean document below which a text is clean anyway: no sentence is then spun with NEGLIGIBLE probability.
LEAST = 0.01
#: Below this probability in every sentence a text is clean and is not decoded any further.
NEGLIGIBLE = 0.01


@dataclass(frozen=True, slots=True)
class Spin:
    """``rate`` of the document's spun part (a value of GRID), ``probability`` [sentences] that each sentence was spun, ``gain`` the nats by which
    spun explains the document better than clean."""

    rate: float
    probability: F64
    gain: float


@dataclass(frozen=True, slots=True)
class Prior:
    """log odds: of a text that begins spun, of entering a spun stretch at a sentence, and of leaving one. ``cap``: the most that one sentence may say, nats,
    either way."""

    begin: float
    enter: float
    leave: float
    cap: float


#: Fitted on clean text of the training corpus and on the development pairs (benchmarks/fit.py prints the margins): a clean corpus of
#: 127,000 words stays below 0.05 edits per 1,000 words, and a spun paragraph of 40 words is found. With ``begin`` as low as ``enter`` first sentences that say
#: nothing stay spun (recovered 0.735 of held-out development texts for 0.737 at -7); at -5 no more is, and single paragraphs of A are taken for others'.
PRIOR = Prior(begin=-7.0, enter=-9.0, leave=-4.0, cap=12.0)


def expected(ids: npt.NDArray[np.int64], frequency: npt.NDArray[np.float32]) -> F64:
    """By how many nats each of a text's words is less of a surprise to a cache model than to plain English, [tokens]: 0 where it stands there only once.
    ``frequency``: log p of every word."""
    log = frequency[ids].astype(np.float64)
    others = np.bincount(ids)[ids] - 1.0
    plain = CACHE * np.exp(log)
    return np.maximum(np.log((plain + others) / (CACHE + len(ids) - 1)) - log, 0.0)


def estimate(scores: F64, cached: Callable[[int], F64] | None = None, prior: Prior = PRIOR) -> Spin:
    """The spin of a document from ``scores`` [sentences, grid], the log-sum over readings of every sentence at every rate. ``cached`` gives those at one rate
    of the grid with a cache model for what stands there, [sentences]; it takes from what speaks for spun, and the rate is estimated without it."""
    gain = np.clip(scores[:, 1:] - scores[:, :1], -prior.cap, prior.cap)
    best, best_total = 0, -np.inf
    for k in range(gain.shape[1]):
        total, _ = _two_state(gain[:, k], prior, backward=False)
        if total > best_total:
            best, best_total = k, total
    said = gain[:, best]
    if cached is not None and best_total > LEAST:
        said = np.where(said > 0, np.clip(cached(best + 1) - scores[:, 0], 0.0, said), said)
    total, probability = _two_state(said, prior, backward=True)
    return Spin(GRID[best + 1], probability, total)


def _two_state(gain: F64, prior: Prior, *, backward: bool) -> tuple[float, F64]:
    """Forward (and backward) over clean/spun: log-likelihood ratio against all clean, and P(spun) of every sentence."""
    n = len(gain)
    ahead = np.empty((n, 2))
    enter, leave = prior.enter, prior.leave
    clean, spun = 0.0, prior.begin
    for i, g in enumerate(gain.tolist()):
        if i:
            clean, spun = _log_add(clean, spun + leave), _log_add(clean + enter, spun)
        spun += g
        ahead[i] = clean, spun
    total = float(_log_add(clean, spun))
    if not backward:
        return total, np.zeros(0)
    behind = np.zeros((n, 2))
    b_clean = b_spun = 0.0
    for i in range(n - 1, -1, -1):
        behind[i] = b_clean, b_spun
        g = float(gain[i])
        b_clean, b_spun = _log_add(b_clean, enter + g + b_spun), _log_add(g + b_spun, leave + b_clean)
    joint = ahead + behind
    return total, np.asarray(1 / (1 + np.exp(np.clip(joint[:, 0] - joint[:, 1], -500, 500))))


def _log_add(x: float, y: float) -> float:
    """``np.logaddexp`` of two numbers, which takes three times as long."""
    return x + log1p(exp(y - x)) if x > y else y + log1p(exp(x - y))
