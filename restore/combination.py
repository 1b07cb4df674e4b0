"""What the second look makes of its evidence: the language model, the first pass, the channel and the rest of the page, combined log-linearly.

The coefficients and the calibration map of the outcome are fitted by ``benchmarks/second_look.py``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore.channel import Coefficients
from restore.errors import ModelError
from restore.neural.stretches import Stretch

F64 = npt.NDArray[np.float64]
EXPONENTS = ("model", "first", "channel", "page", "variety")
#: Rounds in which the page's decisions are taken as evidence for each other; a third one changes nothing (mean log-loss 0.396 after one and after three).
ROUNDS = 2
#: Occurrences that an original's way of being replaced is worth before any is seen.
PRIOR_WAYS = 1.0
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """Exponents of the log-linear combination: of the model's probability, of the first pass's, of the channel's (which the first pass's contains: what is
    above that lets the model speak for the trigram), of the page's other decisions, and of how the page replaced the same original elsewhere; ``prior``
    is the pseudo-count of a stretch's own probabilities; then the calibration map of the outcome."""

    model: float = 0.45
    first: float = 0.55
    page: float = 0.5
    prior: float = 1.0
    channel: float = 0.0
    variety: float = 0.0
    raw: tuple[float, ...] = (0.0, 1.0)
    true: tuple[float, ...] = (0.0, 1.0)

    @classmethod
    def load(cls, path: Path) -> Weights:
        """Read ``second.json``. Raises ModelError."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            numbers = {name: float(data[name]) for name in (*EXPONENTS, "prior")}
            return cls(**numbers, raw=tuple(map(float, data["calibration"]["raw"])), true=tuple(map(float, data["calibration"]["true"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(path, f"cannot read the weights of the second look ({error})") from error

    def calibrated(self, coefficients: Coefficients) -> Coefficients:
        """The first pass's coefficients with this engine's calibration map."""
        return replace(coefficients, raw=np.array(self.raw), true=np.array(self.true))


@dataclass(slots=True)
class Group:
    """Neighbouring stretches decided together: ``joint`` readings as option numbers; of each, the first pass's log p, the channel's log score and the
    ``model``'s log p, float64 [joint]."""

    stretches: tuple[Stretch, ...]
    joint: list[tuple[int, ...]]
    first: F64
    channel: F64
    model: F64
    chosen: int = 0

    @property
    def start(self) -> int:
        """The token it begins at."""
        return self.stretches[0].first - bool(self.stretches[0].options[0].article)

    @property
    def end(self) -> int:
        """The token after it."""
        return self.stretches[-1].last

    def shares(self, probability: F64) -> list[F64]:
        """The probability of each option of each stretch, from that of the joint readings."""
        joint = np.array(self.joint)
        return [np.bincount(joint[:, k], probability, len(stretch.options)).astype(np.float64) for k, stretch in enumerate(self.stretches)]

    def alone(self, weights: Weights) -> F64:
        """The score of each joint reading without the page, float64 [joint]."""
        return weights.model * self.model + weights.first * self.first + weights.channel * self.channel


def combine(groups: Sequence[Group], weights: Weights) -> list[F64]:
    """Probabilities of every group's joint readings, float64 [joint]: first without the page, then with what the others came to."""
    probability = [softmax(g.alone(weights)) for g in groups]
    for _ in range(ROUNDS):
        pages, ways = page_features(groups, probability, weights)
        probability = [softmax(g.alone(weights) + weights.page * page + weights.variety * way) for g, page, way in zip(groups, pages, ways, strict=True)]
    return probability


def page_features(groups: Sequence[Group], probability: Sequence[F64], weights: Weights) -> tuple[list[F64], list[F64]]:
    """What the rest of the page, decided with ``probability``, says of every joint reading, float64 [joint] twice: the log of how much oftener the same words
    came to the same reading elsewhere than is likely here; and of the share of the reading's other occurrences that were replaced by the same words,
    since a spinner picks one variant an original and document."""
    shares = [g.shares(p) for g, p in zip(groups, probability, strict=True)]
    seen: dict[tuple[str, str], float] = defaultdict(float)
    observed: dict[str, int] = defaultdict(int)
    read: dict[str, float] = defaultdict(float)
    for group, each in zip(groups, shares, strict=True):
        for stretch, share in zip(group.stretches, each, strict=True):
            observed[stretch.observed] += 1
            for option, p in zip(stretch.options, share.tolist(), strict=True):
                seen[stretch.observed, option.key] += p
                read[option.key] += p
    pages, ways = [], []
    for group, each in zip(groups, shares, strict=True):
        page, way = np.zeros(len(group.joint)), np.zeros(len(group.joint))
        for k, (stretch, share, own) in enumerate(zip(group.stretches, each, group.shares(softmax(group.alone(weights))), strict=True)):
            chosen = [joint[k] for joint in group.joint]
            elsewhere = np.array([seen[stretch.observed, option.key] for option in stretch.options]) - share
            others = observed[stretch.observed] - 1
            if others:
                p = np.maximum(own, _LEAST)
                page += (np.log((elsewhere + weights.prior * p) / (others + weights.prior)) - np.log(p))[chosen]
            anyhow = np.array([read[option.key] for option in stretch.options]) - share
            replaced = np.array([option.key != stretch.observed for option in stretch.options])
            way += np.where(replaced, np.log((elsewhere + PRIOR_WAYS / 2) / (anyhow + PRIOR_WAYS)) + np.log(2), 0.0)[chosen]
        pages.append(page)
        ways.append(way)
    return pages, ways


def softmax(score: F64) -> F64:
    """Probabilities proportional to exp(score)."""
    out = np.exp(score - score.max())
    return np.asarray(out / out.sum())
