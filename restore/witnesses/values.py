"""The values of this package: a copy as a witness, and what witnesses say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.tokens import Tokens

F64 = npt.NDArray[np.float64]
#: A word as copies are compared: the language model's id, so that spellings of one word agree, or the word itself where the model lacks it.
Key = int | str
Original = tuple[Key, ...]
#: Below this spin rate a stretch of a copy counts as clean.
CLEAN = 0.05
#: Least nats by which a witness must prefer a change to be named for it.
NAMED = 1.0


@dataclass(frozen=True, slots=True)
class Witness:
    """A copy ready to testify. ``readings[a]``: by original, where spans from token a end that may stand for it, and log P(span | original);
    ``rate``: the spin rate at every token, float64 [n]."""

    name: str
    tokens: Tokens
    keys: Original
    readings: list[dict[Original, list[tuple[int, float]]]]
    rate: F64

    @property
    def clean(self) -> bool:
        """Whether nobody spun any of it."""
        return not (self.rate >= CLEAN).any()


@dataclass(slots=True)
class Testimony:
    """The nats for every arc: ``total``, float64 [arcs], and by witness, to name them: ``each`` [arcs, witnesses] against leaving the words alone."""

    total: F64
    each: F64
    names: tuple[str, ...] = ()

    @classmethod
    def none(cls, arcs: int) -> Testimony:
        """Nobody said anything."""
        return cls(np.zeros(arcs), np.zeros((arcs, 0)))

    def select(self, kept: npt.NDArray[np.int64]) -> Testimony:
        """The same for a lattice's arcs, numbered by ``kept`` (-1 for a frame arc)."""
        real = kept >= 0
        number = np.where(real, kept, 0)
        return Testimony(np.where(real, self.total[number], 0.0), np.where(real[:, None], self.each[number], 0.0), self.names)

    def supporters(self, arc: int) -> tuple[str, ...]:
        """The witnesses that speak for an arc, the strongest first."""
        if not self.names:
            return ()
        row = self.each[arc]
        return tuple(self.names[k] for k in np.argsort(-row, kind="stable").tolist() if row[k] >= NAMED)
