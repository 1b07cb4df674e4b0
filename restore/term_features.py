"""What tells whether a term was meant where other words stand: the features of every candidate, and the logistic regression that weighs them.

The candidates of a text are described all at once, in arrays: clean text has one in two hundred words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from restore.dictionary import FALL
from restore.errors import ModelError
from restore.gazetteer import Gazetteer, Ground, Paths
from restore.lexicon import I64, Lexicon
from restore.ordering import distinct, expand
from restore.term_bigrams import FLOOR, NOT_KEPT, TermBigrams, keys
from restore.term_pairs import FAMILIES
from restore.tokens import Tokens

EVIDENCE = "term-evidence.json"
F64 = npt.NDArray[np.float64]
#: What is known of a candidate; their weights are in term-evidence.json.
FEATURES = (
    "language", "preferred", "channel", "choices", "wide", "replaced", "whole", "commoner", "words", "longer", "familiar", "rarest", "strange", "kindred",
    "rare", "frequent", "natural", "usual",
)  # fmt: skip
#: The same and what a language model says of the sentence, where there is one; their weights are under "second look".
LOOKED = (*FEATURES, "model")
#: Letters that two forms of one word share at the beginning ("genome sequenced", "genome sequencing"), and that may follow.
SHARED, ENDING = 4, 4


@dataclass(frozen=True, slots=True)
class Weighing:
    """A logistic regression over FEATURES, or over LOOKED: mean, scale, weight of each, and the constant."""

    mean: F64
    scale: F64
    weight: F64
    constant: float

    @classmethod
    def load(cls, path: Path, *, looked: bool = False) -> Weighing:
        """Read ``term-evidence.json``; ``looked``: the part for the second look. Raises ModelError."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            data, names = (data["second look"], LOOKED) if looked else (data, FEATURES)
            rows = np.array([[float(data["features"][name][key]) for name in names] for key in ("mean", "scale", "weight")])
            return cls(rows[0], rows[1], rows[2], float(data["constant"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(path, f"cannot read what tells a tortured term ({error})") from error

    def odds(self, features: F64) -> F64:
        """Log odds that each of some candidates [n, features] is a tortured term, [n]; the same for a candidate whichever others there are."""
        return np.asarray(((features - self.mean) / self.scale * self.weight).sum(axis=1) + self.constant)


class Swaps(NamedTuple):
    """Of each arc log p of being swapped so, and the number of the likeliest one that reads the same: [arcs]."""

    log: F64
    best: I64


class Pool(NamedTuple):
    """Numbers in groups: ``group`` of each, and how many ``groups`` there are."""

    group: I64
    groups: int

    def sum(self, values: npt.NDArray[np.floating] | npt.NDArray[np.bool_]) -> F64:
        """The sum of each group, [groups]."""
        return np.bincount(self.group, values, minlength=self.groups).astype(np.float64)

    def least(self, values: npt.NDArray[np.floating]) -> F64:
        """The least of each group, [groups]; infinite where there is none."""
        out = np.full(self.groups, np.inf)
        np.minimum.at(out, self.group, values)
        return out


class Describer:
    """Describes candidates by FEATURES."""

    def __init__(self, gazetteer: Gazetteer, lexicon: Lexicon, bigrams: TermBigrams) -> None:
        self.gazetteer, self.lexicon, self.bigrams = gazetteer, lexicon, bigrams
        self.active = np.array([name in FAMILIES for name in lexicon.families])
        self._term, self._wide = (lexicon.families.index(name) if name in lexicon.families else -1 for name in ("term", "academic"))

    @cached_property
    def choices(self) -> F64:
        """How many variants each word has, as log(1 + n), [words]."""
        lexicon = self.lexicon
        arcs = np.flatnonzero(self.active[lexicon.head_family[lexicon.arc_head]] & (lexicon.head_size[lexicon.arc_head] == 1))
        return np.log1p(np.bincount(lexicon.head_words[lexicon.arc_head[arcs], 0], minlength=len(lexicon.lm_id)))

    @cached_property
    def _after(self) -> F64:
        """What a row's variants lose by their place, [rows]: an academic row goes on where the term's own row for that word ends."""
        lexicon = self.lexicon
        first = lexicon.head_words[:, 0]
        own = np.bincount(first[lexicon.arc_head[lexicon.head_family[lexicon.arc_head] == self._term]], minlength=len(lexicon.lm_id))
        return np.where(lexicon.head_family == self._wide, np.log(FALL) * own[first], 0.0)

    @cached_property
    def uses(self) -> I64:
        """How many terms have each word, [words]."""
        return np.bincount(self.gazetteer.words[self.gazetteer.is_term].ravel() + 1, minlength=len(self.lexicon.lm_id) + 1)[1:]

    def log_of(self, log: F64, rows: I64) -> F64:
        """log p that the ``rows``' word is swapped for the variant that has the log weight ``log`` in its row."""
        return np.asarray(log + np.log(self.lexicon.rate[rows].astype(np.float64)) + self._after[rows])

    def is_wide(self, rows: I64) -> npt.NDArray[np.bool_]:
        """Whether the rows are academic ones, of which there are many."""
        return np.asarray(self.lexicon.head_family[rows] == self._wide)

    def describe(self, found: Paths, ground: Ground, head: I64, log: F64, tokens: Tokens, ids: I64) -> F64:
        """The features of every term in ``found``, [n, FEATURES]. ``head``, ``log``: row, -1 for a copy, and log weight of every arc of ``ground``; ``ids``:
        the words of the text, those of a candidate known to the language model."""
        lexicon, model, count = self.lexicon, self.lexicon.model, len(found.name)
        own = self.gazetteer.words[found.name]
        inside = own >= 0
        meant, seen_ids = np.where(inside, lexicon.lm_id[own].astype(np.int64), -1), lexicon.lm_id[ids].astype(np.int64)
        k, token = expand(found.first, found.last)
        seen = seen_ids[token]
        same = (meant[k] == seen[:, None]).any(axis=1)
        kept = np.zeros(meant.shape, dtype=np.bool_)  # of the term's own words those that stand there
        np.logical_or.at(kept, k, meant[k] == seen[:, None])
        whole, foreign = Pool(k, count), Pool(k[~same], count)
        swaps = self._swaps(found, ground, head, log)
        i, j = np.nonzero((found.arcs >= 0) & (head[found.arcs] >= 0))
        arc, swapped = swaps.best[found.arcs[i, j]], Pool(i, count)
        rows = head[arc]
        size = inside.sum(axis=1)
        p, at = expand(found.first, found.last - 1)
        unseen = np.flatnonzero(model.bigram(seen_ids[at], seen_ids[at + 1])[1] < 0)
        strange = -model.unigram[seen_ids[at]] - model.unigram[seen_ids[at + 1]]
        pairs = inside[:, 1:]
        familiar = np.zeros(pairs.shape)
        familiar[pairs] = model.bigram(meant[:, :-1][pairs], meant[:, 1:][pairs])[1] >= 0
        uses = self.uses[own]
        gain = self._gains(found, tokens, seen_ids)
        natural, usual = self._larger(found, ids)
        columns = {
            "language": gain,
            "preferred": np.maximum(gain, 0.0),
            "channel": swapped.sum(swaps.log[arc]),
            "choices": swapped.sum(self.choices[lexicon.head_words[rows, 0]]),
            "wide": swapped.sum(self.is_wide(rows)),
            "replaced": np.bincount(distinct(foreign.group * len(lexicon.lm_id) + seen[~same]) // len(lexicon.lm_id), minlength=count),
            "whole": ~kept.any(axis=1),
            "commoner": whole.sum(model.unigram[seen]) - np.where(inside, model.unigram[meant], 0.0).sum(axis=1),
            "words": size,
            "longer": found.last - found.first - size,
            "familiar": familiar.sum(axis=1) / pairs.sum(axis=1),
            "rarest": foreign.least(model.unigram[seen[~same]]),
            "strange": -Pool(p[unseen], count).least(strange[unseen]),
            "kindred": self._kindred(foreign.group, seen[~same], np.where(kept, -1, meant)),
            "rare": np.log1p(np.where(inside, uses, np.iinfo(np.int64).max).min(axis=1)),
            "frequent": np.log1p(np.where(inside, uses, 0).max(axis=1)),
            "natural": natural,
            "usual": usual,
        }
        return np.stack([columns[name].astype(np.float64) for name in FEATURES], axis=1)

    def _swaps(self, found: Paths, ground: Ground, head: I64, log: F64) -> Swaps:
        """The arcs as swaps: of those that read the same words as the same word, the likeliest, by a row that is not one of the many academic ones if there
        is such. Only where some term was found."""
        near = np.zeros(len(head) + 1, dtype=np.bool_)
        near[ground.start[found.arcs]] = True
        arcs = np.flatnonzero(near[ground.start])
        rows = np.maximum(head[arcs], 0)
        value, wide = self.log_of(log[arcs], rows), self.is_wide(rows)
        first, last, word, swapped = (column[arcs] for column in (ground.start, ground.end, ground.word, head >= 0))
        order = np.lexsort((-value, wide, word, last, first))
        same = np.stack([first, last, word, swapped])[:, order]
        leads = np.concatenate([[True], (same[:, 1:] != same[:, :-1]).any(axis=0)])
        best, logs = np.full(len(head), -1), np.zeros(len(head))
        best[arcs[order]] = arcs[order[np.flatnonzero(leads)[np.cumsum(leads) - 1]]]
        logs[arcs] = value
        return Swaps(logs, best)

    def _gains(self, found: Paths, tokens: Tokens, ids: I64) -> F64:
        """By how much the language model prefers each term to the words that stand there, two words to either side within the sentence included; all in one
        look-up."""
        model, name, terms = self.lexicon.model, found.name, self.gazetteer
        sentence = tokens.sentence[found.first]
        low = np.maximum(np.searchsorted(tokens.sentence, sentence), found.first - 2)
        high = np.minimum(np.searchsorted(tokens.sentence, sentence, side="right"), found.last + 2)
        words = self.lexicon.lm_id[terms.words[name]].ravel()
        start, place = np.full(len(name), len(ids)), len(ids) + 2 + np.arange(len(name)) * terms.words.shape[1]
        begin = np.column_stack([start, low, place, found.last, start, low])
        end = np.column_stack([start + 2, found.first, place + terms.size[name], high, start + 2, high])
        _, at = expand(begin.ravel(), end.ravel())
        pool = np.concatenate([ids, [model.bos, model.bos], words])
        score = model.score(pool[at]).astype(np.float64)
        size = end - begin
        pieces = np.column_stack([size[:, 1:4].sum(axis=1), size[:, 5]]).ravel() + 2
        first = np.cumsum(pieces) - pieces
        score[first] = score[first + 1] = 0.0  # what stands before a piece
        sums = np.bincount(np.repeat(np.arange(len(pieces)), pieces), score)  # each on its own: a running sum would depend on what else there is
        return np.asarray(sums[::2] - sums[1::2])

    def _larger(self, found: Paths, ids: I64) -> tuple[F64, F64]:
        """How likely the larger language model finds the least likely pair among the words that stand there, and among those of each term."""
        k, at = expand(found.first, found.last - 1)
        natural = np.zeros(len(found.name))
        np.minimum.at(natural, k, self._log_of(ids[at], ids[at + 1], FLOOR))
        own = self.gazetteer.words[found.name]
        inside = own[:, 1:] >= 0
        usual = np.zeros(inside.shape)
        usual[inside] = self._log_of(own[:, :-1][inside], own[:, 1:][inside], NOT_KEPT)
        return natural, np.asarray(usual.min(axis=1))

    def _log_of(self, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer], missing: float) -> F64:
        """The larger model's log p of pairs of word ids."""
        number = distinct(np.concatenate([first, second]).astype(np.int64))
        key = keys(self.lexicon.words(number))
        return self.bigrams.log(key[np.searchsorted(number, first)], key[np.searchsorted(number, second)], missing)

    def _kindred(self, group: I64, foreign: I64, lost: I64) -> F64:
        """How many of the words that stand there are other forms of a word that is meant: such are no spinner's. ``foreign``: the words of every ``group``
        that are not the term's; ``lost``: those of the terms that do not stand there [groups, words], padded with -1."""
        spelled = self.lexicon.model.words
        i, j = np.nonzero(lost[group] >= 0)
        pairs = zip(foreign[i].tolist(), lost[group[i], j].tolist(), strict=True)
        alike = np.zeros(len(group))
        alike[i[[_same_stem(spelled[a], spelled[b]) for a, b in pairs]]] = 1.0
        return np.bincount(group, alike, minlength=len(lost)).astype(np.float64)


def _same_stem(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    shared = max(SHARED, shorter - ENDING)
    return shorter >= shared and a[:shared] == b[:shared]
