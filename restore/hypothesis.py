"""A block of text as if one family's spinner had made it, and what is the same for every family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from restore.channel import Channel
from restore.contexts import Document
from restore.decode import Schedule, Sweep
from restore.lattice import Lattice
from restore.lexicon import I64, Scan
from restore.protect import Marks
from restore.spinrate import Spin
from restore.tokens import Tokens
from restore.witnesses.values import Testimony, Witness

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


class Signs(NamedTuple):
    """The sentences that spinners' litter, and phrases that tell on their own, stand in: one number each."""

    litter: I32
    telling: I32


@dataclass(frozen=True, slots=True)
class Page:
    """A block of a ``document``: its tokens, their word ids, the dictionaries' phrases in it, the marks, near copies, and the language model's score of
    every sentence as it stands, and by how much each word is less of a surprise in this text (``spinrate.expected``)."""

    tokens: Tokens
    ids: I64
    scan: Scan
    marks: Marks
    document: Document
    witnesses: Sequence[Witness]
    unchanged: F64
    expected: F64
    signs: Signs


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A block under one family's dictionary: its arcs' features, the lattice, what witnesses say, the sweep at the reference rate, the factor of every other
    rate [arcs, rates], its spin, whose ``gain`` is the evidence for the family, and the number of ``words`` that were rather spun."""

    scores: Channel
    framed: Lattice
    schedule: Schedule
    heard: Testimony
    sweep: Sweep
    grid: F64
    spin: Spin
    words: int
