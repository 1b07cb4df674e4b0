"""Phrases that stand for a term as a whole: "square chain" for blockchain, "coronary illness" for cardiovascular disease.

Most tortured terms are read word by word (``terms.py``). Some are not: words of a compound come apart, or other numbers of words stand there. Rows of the
family ``tortured`` list such phrases; one counts where some pair of its words is none that plain English has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from restore.lexicon import I64, Lexicon
from restore.ngram import pack
from restore.ordering import expand

FAMILY = "tortured"


@dataclass(frozen=True, slots=True)
class Listed:
    """The listed phrases of a lexicon."""

    lexicon: Lexicon
    entries: I64
    pointer: I64

    @classmethod
    def of(cls, lexicon: Lexicon) -> Listed:
        """Where the entries of each variant phrase begin among those of the family."""
        family = lexicon.families.index(FAMILY) if FAMILY in lexicon.families else -1
        use = lexicon.head_family[lexicon.arc_head] == family
        return cls(lexicon, np.flatnonzero(use), np.concatenate([[0], np.cumsum(use)])[lexicon.variants.pointer])

    def find(self, at: I64, size: I64, phrase: I64, spots: I64, length: int) -> tuple[I64, I64, I64]:
        """Of variant phrases in a text of ``length`` tokens (``at``, ``size``, ``phrase``): tokens first to last (exclusive) and the entry, int64 [n] each, of
        every one that is listed, has two words or more, and covers a pair at ``spots``."""
        joints = np.concatenate([[0], np.cumsum(np.bincount(spots, minlength=length))])
        use = (joints[at + size - 1] > joints[at]) & (self.pointer[phrase + 1] > self.pointer[phrase])
        at, size, phrase = at[use], size[use], phrase[use]
        k, slot = expand(self.pointer[phrase], self.pointer[phrase + 1])
        return at[k], at[k] + size[k], self.entries[slot]


def inner_pairs(lexicon: Lexicon, files: frozenset[str] = frozenset()) -> npt.NDArray[np.uint64]:
    """The packed pairs of neighbours within listed phrases; only of the rows of ``files``, if any are named."""
    listed = Listed.of(lexicon)
    pairs = [
        pair
        for entry in listed.entries.tolist()
        if not files or lexicon.head_source[lexicon.arc_head[entry]].rpartition(":")[0] in files
        for pair in pairwise(lexicon.encode(lexicon.variant_text[lexicon.arc_variant[entry]].split()).tolist())
    ]
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return pack(first, second)
