"""Technical terms whose words were swapped one by one: "arbitrary backwoods" for random forest, in a text that is otherwise nobody's spin.

Paper mills torture the terms and leave the sentences. So a term is evidence of its own, whatever the spin rate of the text: a listed term every word of
which stands there or may be meant by what stands there, where the words that stand there are a pair that plain English does not have. The pairs that
can be such a thing lie in a hash table, so that looking for them costs a look-up a word.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from restore import hashing
from restore.characters import codes
from restore.dictionary import FALL
from restore.errors import ModelError
from restore.gazetteer import Gazetteer, Ground, Match, Paths
from restore.lexicon import I64, Lexicon, reach_of
from restore.listed import Listed
from restore.ngram import pack
from restore.nouns import Alternative, Evidence, Suggestion
from restore.ordering import distinct, expand, stable_order
from restore.protect import Marks
from restore.settings import Settings
from restore.spans import Spans
from restore.suggest import action_of, article_like, leading_article
from restore.surface import match_case
from restore.term_bigrams import FLOOR, NOT_KEPT, TermBigrams, keys
from restore.term_pairs import FAMILIES
from restore.tokens import Tokens

#: What is known of a candidate; their weights are in term-evidence.json.
FEATURES = (
    "language", "preferred", "channel", "choices", "wide", "replaced", "whole", "commoner", "words", "longer", "familiar", "rarest", "strange", "kindred",
    "rare", "frequent", "natural", "usual",
)  # fmt: skip
#: Letters that two forms of one word share at the beginning ("genome sequenced", "genome sequencing"), and that may follow.
SHARED, ENDING = 4, 4
#: Log odds that every other tortured term of a text adds, and how many count. A paper has many or none; chosen on two thirds of a list of tortured phrases.
COMPANY, MOST_COMPANY = 1.0, 3
#: A candidate as likely as this is company for others.
CONFIRMED = 0.5
#: Log odds that a rival term loses for every further word it takes to be swapped. The right one goes first for 0.905 of 899 phrases with 1 or 2, 0.898 with 0.
SPARING = 2.0
#: Log odds of a phrase that is listed as a whole (3.5 and 6 do as well), and how unlikely the larger model must find some pair of its words (nats). Of 541
#: phrases of a public list that come through four are at the limit; clean text has none.
LISTED, STRANGE = 2.0, -8.0
#: Below this a candidate is not shown.
LEAST = 0.05


#: Characters within which tortured terms keep each other company: an abstract, a section.
NEAR = 3000
_JOINTS = "-–/_"


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of a text laid side by side, a paragraph each, so that they are looked at together: ``starts`` in the text, ``begins`` in ``text``."""

    text: str
    starts: tuple[int, ...]
    begins: tuple[int, ...]

    @classmethod
    def of(cls, text: str, spans: Sequence[tuple[int, int]]) -> Stretches:
        """The stretches ``spans`` of ``text``."""
        parts = [text[a:b] for a, b in spans]
        begins = [0]
        for part in parts:
            begins.append(begins[-1] + len(part) + 2)
        return cls("\n\n".join(parts), tuple(a for a, _ in spans), tuple(begins[:-1]))

    def origin(self, position: int) -> int:
        """Where in the text a position in the stretches is."""
        k = bisect_right(self.begins, position) - 1
        return self.starts[k] + position - self.begins[k]


@dataclass(frozen=True, slots=True)
class Weighing:
    """A logistic regression over FEATURES: mean, scale, weight of each, and the constant."""

    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    constant: float

    @classmethod
    def load(cls, path: Path) -> Weighing:
        """Read ``term-evidence.json``. Raises ModelError."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            rows = np.array([[float(data["features"][name][key]) for name in FEATURES] for key in ("mean", "scale", "weight")])
            return cls(rows[0], rows[1], rows[2], float(data["constant"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(path, f"cannot read what tells a tortured term ({error})") from error

    def odds(self, features: Sequence[float]) -> float:
        """Log odds that a candidate is a tortured term."""
        return float((np.array(features) - self.mean) / self.scale @ self.weight) + self.constant


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that may be meant: tokens first to last (exclusive), its text and row, what tells (FEATURES; nothing where the phrase is listed as a whole), the
    language model's gain and the channel's log."""

    first: int
    last: int
    text: str
    source: str
    features: tuple[float, ...]
    gain: float
    channel: float


class Swaps(NamedTuple):
    """Arcs with their rows, -1 for a copy, log p of being swapped so, and of each the number of the likeliest one that reads the same: [arcs]."""

    head: I64
    log: npt.NDArray[np.float64]
    best: I64


class TermFinder:
    """Finds tortured terms in text of any spin rate."""

    def __init__(self, pairs: Sequence[npt.NDArray[np.uint16]], gazetteer: Gazetteer, lexicon: Lexicon, weighing: Weighing, bigrams: TermBigrams) -> None:
        self.pairs, self.gazetteer, self.lexicon, self.weighing, self.bigrams = pairs, gazetteer, lexicon, weighing, bigrams
        self._active = np.array([name in FAMILIES for name in lexicon.families])
        self._term, self._wide = (lexicon.families.index(name) if name in lexicon.families else -1 for name in ("term", "academic"))
        self._seen: dict[int, float] = {}

    @cached_property
    def _phrases(self) -> Listed:
        return Listed.of(self.lexicon)

    @cached_property
    def _variants(self) -> I64:
        """How many variants each word has, [words]."""
        lexicon = self.lexicon
        arcs = np.flatnonzero(self._active[lexicon.head_family[lexicon.arc_head]] & (lexicon.head_size[lexicon.arc_head] == 1))
        return np.bincount(lexicon.head_words[lexicon.arc_head[arcs], 0], minlength=len(lexicon.lm_id))

    @cached_property
    def _after(self) -> npt.NDArray[np.float64]:
        """What a row's variants lose by their place, [rows]: an academic row goes on where the term's own row for that word ends."""
        lexicon = self.lexicon
        first = lexicon.head_words[:, 0]
        own = np.bincount(first[lexicon.arc_head[lexicon.head_family[lexicon.arc_head] == self._term]], minlength=len(lexicon.lm_id))
        return np.where(lexicon.head_family == self._wide, np.log(FALL) * own[first], 0.0)

    @cached_property
    def _uses(self) -> I64:
        """How many terms have each word, [words]."""
        return np.bincount(self.gazetteer.words[self.gazetteer.is_term].ravel() + 1, minlength=len(self.lexicon.lm_id) + 1)[1:]

    def spots(self, ids: I64) -> I64:
        """Positions in a run of words whose pair with the next may be a tortured term's."""
        if len(ids) < 2 or not self.pairs:
            return np.zeros(0, dtype=np.int64)
        packed = pack(ids[:-1], ids[1:])
        found = hashing.holds(self.pairs[0], packed)
        for table in self.pairs[1:]:
            found |= hashing.holds(table, packed)
        return np.flatnonzero(found)

    def candidates(self, tokens: Tokens, ids: I64, marks: Marks) -> list[Candidate]:
        """Every listed term that may be meant in a stretch of text, with what tells whether it is."""
        if not len(tokens):
            return []
        model, model_ids = self.lexicon.model, self.lexicon.lm_id[ids].astype(np.int64)
        unseen = np.append(model.bigram(model_ids[:-1], model_ids[1:])[1] < 0, False)
        strange = np.flatnonzero(unseen)
        spans = self._spans(tokens, ids, marks)
        ground, head, log = self._ground(spans, ids)
        found = self.gazetteer.read(ground, self.gazetteer.is_term, np.zeros(len(ids) + 1, dtype=np.int64), strange + 1)
        found = found.take(self._strange(found, strange, model_ids))
        found = found.take(_alone(found.first, found.last, tokens, marks))
        out = self._whole(spans, tokens, ids, marks, strange)
        if not len(found.name):
            return out
        swap = self._swaps(found, ground, head, log)
        said = zip(self._gains(found, tokens, model_ids), *self._larger(found, ids), strict=True)
        for row, (gain, natural, usual) in zip(found.rows(), said, strict=True):
            match = Match(*row, acronym=False)  # nobody asks for a term's acronym
            features = self._features(match, model_ids, unseen, swap, gain)
            if features is not None:
                features = (*features, natural, usual)
                text, source = self.gazetteer.text[match.name], self.gazetteer.source[match.name]
                out.append(Candidate(match.first, match.last, text, source, features, gain, features[FEATURES.index("channel")]))
        return out

    def _spans(self, tokens: Tokens, ids: I64, marks: Marks) -> tuple[I64, I64, I64]:
        """Where variant phrases stand that may be touched: first token, number of tokens, phrase; int64 [n] each."""
        at, size, phrase = self.lexicon.variants.match(ids, reach_of(tokens.joined, tokens.sentence))
        blocked = np.concatenate([[0], np.cumsum(marks.kept)])
        free = blocked[at + size] == blocked[at]
        return at[free], size[free], phrase[free]

    def _whole(self, spans: tuple[I64, I64, I64], tokens: Tokens, ids: I64, marks: Marks, spots: I64) -> list[Candidate]:
        """The phrases that are listed as a whole."""
        lexicon, model = self.lexicon, self.lexicon.model
        first, last, entry = self._phrases.find(*spans, spots, len(ids))
        use = np.flatnonzero(_alone(first, last, tokens, marks))
        out = []
        for a, b, e in zip(first[use].tolist(), last[use].tolist(), entry[use].tolist(), strict=True):
            if self.bigrams.strangest(lexicon.words(ids[a:b])) > STRANGE:
                continue
            head = int(lexicon.arc_head[e])
            meant = lexicon.lm_id[lexicon.head_words[head, : lexicon.head_size[head]]]
            gain = float(model.score(meant).sum() - model.score(lexicon.lm_id[ids[a:b]]).sum())
            out.append(Candidate(a, b, lexicon.head_text[head], lexicon.head_source[head], (), gain, float(lexicon.arc_log[e])))
        return out

    @cached_property
    def _rows(self) -> tuple[I64, I64]:
        """The entries that say what a term's word may have been swapped for, and where those of each variant phrase begin among them."""
        lexicon, gazetteer = self.lexicon, self.gazetteer
        used = np.zeros(len(lexicon.lm_id) + 1, dtype=np.bool_)
        used[gazetteer.words[gazetteer.is_term]] = True
        used[-1] = False  # names are padded with -1
        use = (self._active[lexicon.head_family] & used[lexicon.head_words[:, 0]])[lexicon.arc_head]
        return np.flatnonzero(use), np.concatenate([[0], np.cumsum(use)])[lexicon.variants.pointer]

    def _ground(self, spans: tuple[I64, I64, I64], ids: I64) -> tuple[Ground, I64, npt.NDArray[np.float64]]:
        """What may stand in a text as words of terms, with the row, -1 for a copy, and the log weight of each arc. It is a part of what the lattice would have
        (``channel.candidates``): the words that the language model knows and the rows whose first word some term has."""
        lexicon = self.lexicon
        at, size, phrase = spans
        entries, pointer = self._rows
        k, slot = expand(pointer[phrase], pointer[phrase + 1])
        entry = entries[slot]
        known = np.flatnonzero(lexicon.lm_id[ids] != lexicon.model.unk)
        rows = lexicon.arc_head[entry].astype(np.int64)
        first = np.concatenate([at[k], known])
        order = stable_order(first)
        head = np.concatenate([rows, np.full(len(known), -1)])[order]
        last = np.concatenate([at[k] + size[k], known + 1])[order]
        word = np.concatenate([lexicon.head_words[rows, 0], ids[known]])[order]
        log = np.concatenate([lexicon.arc_log[entry].astype(np.float64), np.zeros(len(known))])[order]
        single = (head < 0) | (lexicon.head_size[head] == 1)
        return Ground(first[order], last, word, single, head < 0), head, log

    def _strange(self, found: Paths, pairs: I64, ids: I64) -> npt.NDArray[np.bool_]:
        """Whether the words that stand there are all known, some two of them one of the ``pairs``, and not just the term's own."""
        joints, unknown = (np.concatenate([[0], np.cumsum(x)]) for x in (np.bincount(pairs, minlength=len(ids)), ids == self.lexicon.model.unk))
        k, token = expand(found.first, found.last)
        words = self.gazetteer.words[found.name]
        meant = np.where(words >= 0, self.lexicon.lm_id[words], -1)
        own = (meant[k] == ids[token, None]).any(axis=1)
        foreign = np.bincount(k[~own], minlength=len(meant)) > 0  # none in "labour market" for "labor market": nothing was swapped
        return np.asarray(foreign & (joints[found.last - 1] > joints[found.first]) & (unknown[found.last] == unknown[found.first]))

    def _swaps(self, found: Paths, ground: Ground, head: I64, log: npt.NDArray[np.float64]) -> Swaps:
        """The arcs as swaps: of those that read the same words as the same word, the likeliest, by a row that is not one of the many academic ones if there
        is such. Only where some term was found."""
        near = np.zeros(len(head) + 1, dtype=np.bool_)
        near[ground.start[found.arcs]] = True
        arcs = np.flatnonzero(near[ground.start])
        rows = np.maximum(head[arcs], 0)
        value = log[arcs] + np.log(self.lexicon.rate[rows].astype(np.float64)) + self._after[rows]
        wide = self.lexicon.head_family[rows] == self._wide
        first, last, word, swapped = (column[arcs] for column in (ground.start, ground.end, ground.word, head >= 0))
        order = np.lexsort((-value, wide, word, last, first))
        same = np.stack([first, last, word, swapped])[:, order]
        leads = np.concatenate([[True], (same[:, 1:] != same[:, :-1]).any(axis=0)])
        best, logs = np.full(len(head), -1), np.zeros(len(head))
        best[arcs[order]] = arcs[order[np.flatnonzero(leads)[np.cumsum(leads) - 1]]]
        logs[arcs] = value
        return Swaps(head, logs, best)

    def _gains(self, found: Paths, tokens: Tokens, ids: I64) -> list[float]:
        """By how much the language model prefers each term to the words that stand there, two words to either side within the sentence included; all in one
        look-up."""
        model, name = self.lexicon.model, found.name
        sentence = tokens.sentence[found.first]
        low = np.maximum(np.searchsorted(tokens.sentence, sentence), found.first - 2)
        high = np.minimum(np.searchsorted(tokens.sentence, sentence, side="right"), found.last + 2)
        words = self.lexicon.lm_id[self.gazetteer.words[name]].ravel()
        start, place = np.full(len(name), len(ids)), len(ids) + 2 + np.arange(len(name)) * self.gazetteer.words.shape[1]
        begin = np.column_stack([start, low, place, found.last, start, low])
        after = np.maximum(high, found.last)  # a term may go over a sentence's end
        end = np.column_stack([start + 2, found.first, place + self.gazetteer.size[name], after, start + 2, high])
        _, at = expand(begin.ravel(), end.ravel())
        pool = np.concatenate([ids, [model.bos, model.bos], words])
        score = np.concatenate([[0.0], np.cumsum(model.score(pool[at]).astype(np.float64))])
        size = end - begin
        pieces = np.column_stack([size[:, 1:4].sum(axis=1), size[:, 5]]).ravel()
        ends = np.cumsum(pieces + 2)
        sums = score[ends] - score[ends - pieces]
        return list(map(float, sums[::2] - sums[1::2]))

    def _larger(self, found: Paths, ids: I64) -> tuple[list[float], list[float]]:
        """How likely the larger language model finds the least likely pair among the words that stand there, and among those of each term."""
        k, at = expand(found.first, found.last - 1)
        natural = np.zeros(len(found.name))
        np.minimum.at(natural, k, self._log_of(ids[at], ids[at + 1], FLOOR))
        own, inside = self.gazetteer.words[found.name], np.arange(self.gazetteer.words.shape[1] - 1) < self.gazetteer.size[found.name, None] - 1
        usual = np.zeros(inside.shape)
        usual[inside] = self._log_of(own[:, :-1][inside], own[:, 1:][inside], NOT_KEPT)
        return natural.tolist(), usual.min(axis=1).tolist()

    def _log_of(self, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer], missing: float) -> npt.NDArray[np.float64]:
        """The larger model's log p of pairs of word ids."""
        number = distinct(np.concatenate([first, second]).astype(np.int64))
        key = keys(self.lexicon.words(number))
        return self.bigrams.log(key[np.searchsorted(number, first)], key[np.searchsorted(number, second)], missing)

    def _meant(self, match: Match) -> I64:
        """The term's words, as the language model numbers them."""
        return self.lexicon.lm_id[self.gazetteer.words[match.name, : self.gazetteer.size[match.name]]].astype(np.int64)

    def _features(self, match: Match, ids: I64, unseen: npt.NDArray[np.bool_], swap: Swaps, gain: float) -> tuple[float, ...] | None:
        lexicon, model = self.lexicon, self.lexicon.model
        meant, seen = self._meant(match), ids[match.first : match.last]
        foreign = [i for i in seen.tolist() if i not in meant]
        if not foreign:
            return None  # "labour market" for "labor market": nothing was swapped
        swapped = swap.best[[j for j in match.arcs if swap.head[j] >= 0]]
        heads = swap.head[swapped]
        strange = (model.unigram[seen[:-1]] + model.unigram[seen[1:]])[unseen[match.first : match.last - 1]]
        uses = self._uses[self.gazetteer.words[match.name, : len(meant)]]
        return (
            gain, max(gain, 0.0), float(swap.log[swapped].sum()), float(np.log1p(self._variants[lexicon.head_words[heads, 0]]).sum()),
            float((lexicon.head_family[heads] == self._wide).sum()), float(len(set(foreign))),
            float(not set(seen.tolist()) & set(meant.tolist())),
            float(model.unigram[seen].sum() - model.unigram[meant].sum()), float(len(meant)), float(len(seen) - len(meant)), self._familiar(match.name, meant),
            float(min(model.unigram[i] for i in foreign)), float(strange.max()),
            float(self._kindred(foreign, [i for i in meant.tolist() if i not in seen])), float(np.log1p(uses.min())), float(np.log1p(uses.max())),
        )  # fmt: skip

    def _familiar(self, name: int, meant: I64) -> float:
        """The share of a term's pairs of words that the language model has seen; remembered, as there are as many terms as there are."""
        if name not in self._seen:
            self._seen[name] = float((self.lexicon.model.bigram(meant[:-1], meant[1:])[1] >= 0).mean())
        return self._seen[name]

    def _kindred(self, foreign: Sequence[int], lost: Sequence[int]) -> int:
        """How many of the words that stand there are other forms of a word that is meant: such are no spinner's."""
        spelled = self.lexicon.model.words
        return sum(any(_same_stem(spelled[i], spelled[j]) for j in lost) for i in foreign)

    def suggest(self, found: Sequence[Candidate], tokens: Tokens, marks: Marks, stretches: Stretches, settings: Settings) -> list[Suggestion]:
        """Suggestions, disjoint and in text order, from the candidates in some stretches of a text."""
        odds = [self.weighing.odds(candidate.features) if candidate.features else LISTED for candidate in found]
        where = [stretches.origin(int(tokens.starts[c.first])) for c in found]
        likely = sorted((at, c.text) for c, o, at in zip(found, odds, where, strict=True) if o > np.log(CONFIRMED / (1 - CONFIRMED)))
        places = [at for at, _ in likely]
        chosen: list[Suggestion] = []
        taken = Spans()
        swaps = [candidate.features[FEATURES.index("replaced")] if candidate.features else 0.0 for candidate in found]
        for k in sorted(range(len(found)), key=lambda k: (SPARING * swaps[k] - odds[k], -found[k].channel, k)):
            near = likely[bisect_right(places, where[k] - NEAR) : bisect_left(places, where[k] + NEAR)]
            company = min(len({other for _, other in near} - {found[k].text}), MOST_COMPANY)
            probability = 1 / (1 + float(np.exp(-odds[k] - COMPANY * company)))
            if probability >= LEAST:
                suggestion = self._suggestion(tokens, stretches, marks, found[k], probability, settings)
                if not taken.overlapping(suggestion.start, suggestion.end):
                    taken.add(suggestion.start, suggestion.end)
                    chosen.append(suggestion)
        return sorted(chosen, key=lambda s: s.start)

    def _suggestion(self, tokens: Tokens, stretches: Stretches, marks: Marks, candidate: Candidate, probability: float, settings: Settings) -> Suggestion:
        first, last, name = candidate.first, candidate.last, candidate.text
        start, end = int(tokens.starts[first]), int(tokens.ends[last - 1])
        observed = [tokens[i] for i in range(first, last)]
        text = name if name != name.lower() else match_case(name, observed, opens=bool(marks.first[first]))
        lead, start = leading_article(tokens, first, start)
        text = f"{article_like(lead, text)} {text}" if lead else text
        before = tokens.text[start:end]
        options = sorted((Alternative(text, probability), Alternative(before, 1 - probability)), key=lambda a: -a.probability)
        evidence = Evidence("name", candidate.source, "term", candidate.gain, candidate.channel, 1, name)
        at = stretches.origin(start)
        return Suggestion(at, at + end - start, before, text, probability, action_of(probability, settings), tuple(options), evidence)


def _alone(first: I64, last: I64, tokens: Tokens, marks: Marks) -> npt.NDArray[np.bool_]:
    """Whether the words are a phrase of their own: no part of a name ("Space Force Station") or of a compound ("foot-and-mouth disease")."""
    capitals = np.concatenate([[0], np.cumsum(marks.capital & ~marks.first)])
    joint = np.isin(codes(f" {tokens.text} "), codes(_JOINTS))
    beside = joint[tokens.starts[first]] | joint[tokens.ends[last - 1] + 1]
    return np.asarray((capitals[first] == capitals[last]) & ~beside)


def _same_stem(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    shared = max(SHARED, shorter - ENDING)
    return shorter >= shared and a[:shared] == b[:shared]


def merge(found: Sequence[Suggestion], terms: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Both, in text order; of two that overlap the more probable one, the term where they are equal."""
    rivals = Spans((t.start, t.end) for t in terms)
    kept = [s for s in found if not any(terms[k].probability >= s.probability for k in rivals.overlapping(s.start, s.end))]
    taken = Spans((s.start, s.end) for s in kept)
    more = [t for t in terms if not taken.overlapping(t.start, t.end)]
    return tuple(sorted((*kept, *more), key=lambda s: s.start))
