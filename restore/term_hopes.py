"""Which pairs of words are worth a second look as a tortured term's: the best that the evidence can make of each, leaving out what stands around it.

Most pairs that term words and their variants can make would take variants so rare, or are so natural, that no text could make them likely. They need
not be in the table that every text is looked up in (``term_pairs.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from restore.lexicon import I64
from restore.ngram import pack
from restore.ordering import groups
from restore.term_bigrams import FLOOR, NOT_KEPT, keys
from restore.term_features import FEATURES, Describer, Weighing

F64 = npt.NDArray[np.float64]
U64 = npt.NDArray[np.uint64]
#: Log odds below which a pair is left out. With -3 clean text has half as many places to look at (391 for 840 in 127,000 words), and of 2,066 tortured phrases
#: none less comes back alone, six in a thousand less in an abstract; with -1 a third as many places, and fifteen less.
LEAST = -3.0
#: Pairs of term words described at once.
_CHUNK = 4_000


@dataclass(frozen=True, slots=True)
class Side:
    """The words that may stand at one end of a pair, by the term word that they stand for: for every word of the dictionary, its own ``word`` first, then the
    outer words of its variants, each the best row there is. ``log``: log p of being swapped so; ``wide``: whether by an academic row; ``longer``: further
    words of the variant; ``start``: where the options of each term word begin, [words + 1]."""

    word: I64
    log: F64
    wide: npt.NDArray[np.bool_]
    longer: I64
    start: I64

    @classmethod
    def of(cls, describer: Describer, terms: I64, *, last: bool) -> Side:
        """The last words of the variants of the ``terms``' words, or their first ones."""
        lexicon = describer.lexicon
        arcs = np.flatnonzero(describer.active[lexicon.head_family[lexicon.arc_head]] & (lexicon.head_size[lexicon.arc_head] == 1))
        row = lexicon.arc_head[arcs].astype(np.int64)
        texts = [lexicon.variant_text[v].split() for v in lexicon.arc_variant[arcs].tolist()]
        count = len(lexicon.lm_id)
        original = np.concatenate([terms, lexicon.head_words[row, 0]])
        none = np.zeros(len(terms))
        word = np.concatenate([terms, [lexicon.ids[text[-1 if last else 0]] for text in texts]]).astype(np.int64)
        log = np.concatenate([none, describer.log_of(lexicon.arc_log[arcs].astype(np.float64), row)])
        wide = np.concatenate([none > 0, describer.is_wide(row)])
        longer = np.concatenate([none, [len(text) - 1 for text in texts]]).astype(np.int64)
        order = np.lexsort((longer, -log, wide, word, np.arange(len(word)) >= len(terms), original))
        order = order[groups(original[order] * count + word[order])]
        start = np.concatenate([[0], np.cumsum(np.bincount(original[order], minlength=count))])
        return cls(word[order], log[order], wide[order], longer[order], start)


def best_odds(describer: Describer, weighing: Weighing) -> tuple[U64, npt.NDArray[np.float32]]:
    """Every packed pair of words that may stand for two neighbouring words of a term, in order, and the best log odds that it is a tortured term's: two arrays
    [n]. A pair that the language model has seen is none."""
    gazetteer = describer.gazetteer
    size: dict[tuple[int, int], int] = {}
    for name in np.flatnonzero(gazetteer.is_term).tolist():
        words = gazetteer.words[name, : gazetteer.size[name]].tolist()
        for pair in pairwise(words):
            size[pair] = min(size.get(pair, len(words)), len(words))
    terms = np.array([(*pair, n) for pair, n in size.items()], dtype=np.int64).reshape(-1, 3)
    words = np.unique(terms[:, :2])
    judge = _Judge(describer, weighing, Side.of(describer, words, last=True), Side.of(describer, words, last=False))
    parts = [judge.odds(terms[k : k + _CHUNK]) for k in range(0, len(terms), _CHUNK)]
    none = np.zeros(0, dtype=np.uint64), np.zeros(0)
    pairs, odds = (np.concatenate(column) for column in zip(none, *parts, strict=True))
    order = np.lexsort((-odds, pairs))
    order = order[groups(pairs[order])]
    return pairs[order], odds[order].astype(np.float32)


class _Judge:
    """Weighs pairs as candidates of two words (``Describer.describe``), as far as they can be known without their text."""

    def __init__(self, describer: Describer, weighing: Weighing, left: Side, right: Side) -> None:
        self._describer, self._left, self._right = describer, left, right
        slope = weighing.weight / weighing.scale
        self._weight = dict(zip(FEATURES, slope.tolist(), strict=True))
        self._constant = weighing.constant - float(weighing.mean @ slope)
        used = np.unique(np.concatenate([left.word, right.word]))
        self._key = np.zeros(len(describer.lexicon.lm_id), dtype=np.uint64)
        self._key[used] = keys(describer.lexicon.words(used))

    def odds(self, terms: I64) -> tuple[U64, F64]:
        """The pairs that may stand for those of term words (two words, words of the shortest term that has them: [n, 3]), and their log odds."""
        describer, left, right, weight = self._describer, self._left, self._right, self._weight
        lexicon, model, bigrams = describer.lexicon, describer.lexicon.model, describer.bigrams
        one, other, size = terms.T
        width = right.start[other + 1] - right.start[other]
        count = (left.start[one + 1] - left.start[one]) * width
        k = np.repeat(np.arange(len(terms)), count)
        place = np.arange(len(k)) - np.repeat(np.cumsum(count) - count, count)
        i, j = left.start[one][k] + place // width[k], right.start[other][k] + place % width[k]
        first, second = lexicon.lm_id[left.word[i]].astype(np.int64), lexicon.lm_id[right.word[j]].astype(np.int64)
        there, slot = model.bigram(first, second)
        swapped_left, swapped_right = left.word[i] != one[k], right.word[j] != other[k]
        use = np.flatnonzero((slot < 0) & (first != model.unk) & (second != model.unk) & (swapped_left | swapped_right))
        k, i, j, first, second, there = k[use], i[use], j[use], first[use], second[use], there[use]
        swapped_left, swapped_right = swapped_left[use], swapped_right[use]
        meant, at = model.bigram(lexicon.lm_id[one], lexicon.lm_id[other])
        usual = bigrams.log(self._key[one], self._key[other], NOT_KEPT)
        natural = bigrams.log(self._key[left.word[i]], self._key[right.word[j]], FLOOR)
        longer = left.longer[i] + right.longer[j]
        plain = model.unigram[first] + model.unigram[second]
        wanted = (model.unigram[lexicon.lm_id[one]] + model.unigram[lexicon.lm_id[other]])[k]
        gain = (model.unigram[lexicon.lm_id[one]] + meant)[k] - model.unigram[first] - there
        choices, uses = describer.choices, np.log1p(np.stack([describer.uses[one], describer.uses[other]]))
        columns = {
            "language": gain,
            "preferred": np.maximum(gain, 0.0),
            "channel": left.log[i] + right.log[j],
            "choices": np.where(swapped_left, choices[one][k], 0.0) + np.where(swapped_right, choices[other][k], 0.0),
            "wide": left.wide[i] * 1.0 + right.wide[j],
            "replaced": swapped_left * 1.0 + swapped_right,
            "whole": swapped_left & swapped_right & (size[k] == 2),
            "commoner": plain - wanted,
            "words": size[k],
            "longer": longer,
            "familiar": (at >= 0)[k],
            "rarest": np.minimum(np.where(swapped_left, model.unigram[first], 0.0), np.where(swapped_right, model.unigram[second], 0.0)),
            "strange": plain,
            "kindred": np.zeros(len(k)),
            "rare": uses.min(axis=0)[k],
            "frequent": uses.max(axis=0)[k],
            "natural": np.where(longer > 0, FLOOR, natural),  # what lies within a variant may be as strange as can be
            "usual": usual[k],
        }
        total = self._constant + sum(weight[name] * columns[name].astype(np.float64) for name in FEATURES)
        return pack(left.word[i], right.word[j]), np.asarray(total)
