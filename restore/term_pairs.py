"""Pairs of adjacent words that may be a tortured term's, compiled to a hash table: looking for them costs a look-up a word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from restore import hashing
from restore.gazetteer import Gazetteer
from restore.lexicon import I64, Lexicon
from restore.listed import inner_pairs
from restore.ngram import BITS, NgramModel, pack

#: Families whose rows say what a term's word was swapped for.
FAMILIES = ("term", "academic", "A")


def compile_pairs(
    gazetteer: Gazetteer, lexicon: Lexicon, model: NgramModel, own: Collection[str] = (), hopeless: npt.NDArray[np.uint64] | None = None
) -> dict[str, npt.NDArray[Any]]:
    """The hash table of pairs of adjacent words that may be a tortured term's, at least one of them swapped, and that the model has never seen.
    ``own``: names of files; only what their rows and terms add then, as ``own_pairs``. ``hopeless``: pairs to leave out, unless a listed phrase has them."""
    left, right = sides(lexicon, ())
    own_left, own_right = sides(lexicon, own) if own else (left, right)
    whole: set[tuple[int, int]] = set()
    partly: set[tuple[int, int]] = set()
    for name in np.flatnonzero(gazetteer.is_term).tolist():
        listed = not own or _file(gazetteer.source[name]) in own
        (whole if listed else partly).update(pairwise(gazetteer.words[name, : gazetteer.size[name]].tolist()))
    grids = [grid([a, *left.get(a, ())], [b, *right.get(b, ())])[1:] for a, b in sorted(whole)]  # the first is the term itself
    for a, b in sorted(partly - whole):
        if a in own_left or b in own_right:
            grids += [grid(own_left.get(a, []), [b, *right.get(b, ())]), grid([a, *left.get(a, ())], own_right.get(b, []))]
    made, listed_pairs = np.concatenate([*grids, np.zeros(0, dtype=np.uint64)]), inner_pairs(lexicon, frozenset(own))
    if hopeless is not None:
        made = made[~np.isin(made, hopeless)]
    every = np.sort(np.concatenate([made, listed_pairs]))
    unique = every[np.r_[True, np.diff(every) > 0]] if len(every) else every
    return {"own_pairs" if own else "term_pairs": hashing.build(_unseen(unique, lexicon, model))[0]}


def grid(first: Sequence[int], second: Sequence[int]) -> npt.NDArray[np.uint64]:
    """The packed pairs of every first with every second word."""
    x, y = np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)
    return pack(np.repeat(x, len(y)), np.tile(y, len(x)))


def _file(source: str) -> str:
    return source.rpartition(":")[0]


def sides(lexicon: Lexicon, files: Collection[str]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """For every word that is a row's original, the last words of its variants, and the first words; only rows of ``files``, if any are named."""
    wanted = {lexicon.families.index(f) for f in FAMILIES if f in lexicon.families}
    variants = [[lexicon.ids[word] for word in text.split()] for text in lexicon.variant_text]
    left: dict[int, dict[int, None]] = {}
    right: dict[int, dict[int, None]] = {}
    for head, variant in zip(lexicon.arc_head.tolist(), lexicon.arc_variant.tolist(), strict=True):
        if lexicon.head_size[head] == 1 and int(lexicon.head_family[head]) in wanted and (not files or _file(lexicon.head_source[head]) in files):
            word = int(lexicon.head_words[head, 0])
            left.setdefault(word, {})[variants[variant][-1]] = None
            right.setdefault(word, {})[variants[variant][0]] = None
    return {word: list(each) for word, each in left.items()}, {word: list(each) for word, each in right.items()}


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
