"""Pairs of adjacent words that may be a tortured term's, compiled to a hash table: looking for them costs a look-up a word."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from restore import hashing
from restore.gazetteer import Gazetteer
from restore.lexicon import I64, Lexicon
from restore.ngram import BITS, NgramModel, pack

#: Families whose rows say what a term's word was swapped for.
FAMILIES = ("term", "A")


def compile_pairs(gazetteer: Gazetteer, lexicon: Lexicon, model: NgramModel) -> dict[str, npt.NDArray[Any]]:
    """The hash table of pairs of adjacent words that may be a tortured term's, at least one of them swapped, and that the model has never seen."""
    left, right = _sides(lexicon)
    keys: list[npt.NDArray[np.uint64]] = []
    for name in np.flatnonzero(gazetteer.is_term).tolist():
        words = gazetteer.words[name, : gazetteer.size[name]].tolist()
        for a, b in pairwise(words):
            x, y = np.array([a, *left.get(a, ())]), np.array([b, *right.get(b, ())])
            grid = pack(np.repeat(x, len(y)), np.tile(y, len(x)))
            keys.append(grid[1:])  # the first is the term itself
    every = np.unique(np.concatenate(keys)) if keys else np.zeros(0, dtype=np.uint64)
    return {"term_pairs": hashing.build(_unseen(every, lexicon, model))[0]}


def _sides(lexicon: Lexicon) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """For every word that is a row's original, the last words of its variants, and the first words."""
    wanted = {lexicon.families.index(f) for f in FAMILIES if f in lexicon.families}
    variants = [lexicon.encode(text.split()).tolist() for text in lexicon.variant_text]
    left: dict[int, list[int]] = {}
    right: dict[int, list[int]] = {}
    for head, variant in zip(lexicon.arc_head.tolist(), lexicon.arc_variant.tolist(), strict=True):
        if lexicon.head_size[head] == 1 and int(lexicon.head_family[head]) in wanted:
            word = int(lexicon.head_words[head, 0])
            left.setdefault(word, []).append(variants[variant][-1])
            right.setdefault(word, []).append(variants[variant][0])
    return left, right


def _unseen(keys: npt.NDArray[np.uint64], lexicon: Lexicon, model: NgramModel) -> npt.NDArray[np.uint64]:
    """The keys whose words are both known and no bigram of the model."""
    first, second = unpack(keys)
    one, other = lexicon.lm_id[first], lexicon.lm_id[second]
    _, slot = model.bigram(one, other)
    return np.asarray(keys[(slot < 0) & (one != model.unk) & (other != model.unk)])


def unpack(keys: npt.NDArray[np.uint64]) -> tuple[I64, I64]:
    """The two words of packed pairs."""
    mask = np.uint64((1 << BITS) - 1)
    return ((keys >> np.uint64(BITS)) & mask).astype(np.int64), (keys & mask).astype(np.int64)
