"""Technical terms whose words were swapped one by one: "arbitrary backwoods" for random forest, in a text that is otherwise nobody's spin.

Paper mills torture the terms and leave the sentences. So a term is evidence of its own, whatever the spin rate of the text: a listed term every word of
which stands there or may be meant by what stands there, where the words that stand there are a pair that plain English does not have. The pairs that
can be such a thing lie in a hash table, so that looking for them costs a look-up a word.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from math import log1p

import numpy as np
import numpy.typing as npt

from restore import hashing
from restore.characters import codes
from restore.gazetteer import Gazetteer, Ground, Paths
from restore.lexicon import I64, Lexicon, reach_of
from restore.listed import Listed
from restore.ngram import pack
from restore.nouns import Alternative, Evidence, Suggestion
from restore.ordering import expand, stable_order
from restore.protect import Marks
from restore.settings import Settings
from restore.spans import Spans
from restore.suggest import action_of, article_like, leading_article
from restore.surface import match_case, on_lines
from restore.term_bigrams import TermBigrams
from restore.term_features import FEATURES, Describer, Weighing
from restore.term_look import WAKES, TermLook
from restore.term_stretches import Candidate, Place, Stretches
from restore.tokens import Tokens

F64 = npt.NDArray[np.float64]
#: Gives the model that looks again, where there is one.
Wake = Callable[[], TermLook | None]
#: Log odds that every other tortured term of a text adds, and how many count. A paper has many or none; chosen on two thirds of a list of tortured phrases.
COMPANY, MOST_COMPANY = 1.0, 3
#: A candidate as likely as this is company for others.
CONFIRMED = 0.5
#: Characters of text in which one tortured term is as good as several: a paper mill's text has one in every paragraph, and what clean text has by chance grows
#: with its length. So a term's odds fall with (1 + length / ALONE).
ALONE = 2000
#: Words about persons; "Type I" is none. Papers have hardly any; prose about people, where odd pairs of words are the author's own ("the most perfect reasoning
#: and observing machine"), has one in most places.
_PERSONAL = re.compile(
    r"\b(?:[Hh]e|[Ss]he|[Hh]im|[Hh]er|[Hh]ers|[Hh]is|[Hh]imself|[Hh]erself|[Mm]e|[Mm]y|[Mm]yself"
    r"|(?<!ype )(?<!hase )(?<!tage )(?<!lass )(?<!art )I(?=[’']|,? [a-z]))\b"
)
#: What a term's odds lose where one stands within so many characters: 0.16 of 466 candidates in clean text have one there; of tortured terms one in a hundred
#: and fifty is assumed to.
PERSONAL, AROUND = 3.0, 300
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
_BETWEEN = re.compile(r"[\s\u2010-\u2014/-]*\Z")
_GAIN, _CHANNEL, _REPLACED = (FEATURES.index(name) for name in ("language", "channel", "replaced"))
#: Stands for the features of a phrase that is listed as a whole.
_UNKNOWN = (0.0,) * len(FEATURES)


class TermFinder:
    """Finds tortured terms in text of any spin rate."""

    def __init__(self, pairs: Sequence[npt.NDArray[np.uint16]], gazetteer: Gazetteer, lexicon: Lexicon, weighing: Weighing, bigrams: TermBigrams) -> None:
        self.pairs, self.gazetteer, self.lexicon, self.weighing, self.bigrams = pairs, gazetteer, lexicon, weighing, bigrams
        self._describer = Describer(gazetteer, lexicon, bigrams)

    @cached_property
    def _phrases(self) -> Listed:
        return Listed.of(self.lexicon)

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
        strange = np.flatnonzero(model.bigram(model_ids[:-1], model_ids[1:])[1] < 0)
        spans = self._spans(tokens, ids, marks)
        ground, head, log = self._ground(spans, ids)
        found = self.gazetteer.read(ground, self.gazetteer.is_term, np.zeros(len(ids) + 1, dtype=np.int64), strange + 1)
        found = found.take(self._strange(found, strange, model_ids))
        found = found.take(_alone(found.first, found.last, tokens, marks) & (tokens.sentence[found.first] == tokens.sentence[found.last - 1]))
        found = found.take(_prose(found.first, found.last, tokens))
        out = self._whole(spans, tokens, ids, marks, strange)
        if not len(found.name):
            return out
        features = self._describer.describe(found, ground, head, log, tokens, ids)
        for first, last, name, row in zip(found.first.tolist(), found.last.tolist(), found.name.tolist(), features.tolist(), strict=True):
            text, source = self.gazetteer.text[name], self.gazetteer.source[name]
            out.append(Candidate(first, last, text, source, tuple(row), row[_GAIN], row[_CHANNEL]))
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
        use = (self._describer.active[lexicon.head_family] & used[lexicon.head_words[:, 0]])[lexicon.arc_head]
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

    def suggest(
        self,
        found: Sequence[Candidate],
        tokens: Tokens,
        marks: Marks,
        stretches: Stretches,
        settings: Settings,
        wake: Wake = lambda: None,
        text: str = "",
    ) -> list[Suggestion]:
        """Suggestions, disjoint and in text order, from the candidates in some stretches of a text; ``wake`` gives the model that decides what is doubtful."""
        described = np.array([candidate.features or _UNKNOWN for candidate in found])
        odds = np.where([not candidate.features for candidate in found], LISTED, self.weighing.odds(described)) if found else np.zeros(0)
        where = [stretches.origin(int(tokens.starts[c.first])) for c in found]
        lost = np.array([against(text, at) for at in where]) if where else np.zeros(0)
        odds -= lost
        hopeful = np.flatnonzero(odds + _company(found, odds, where) > WAKES).tolist()
        said = _look_again(hopeful, found, odds, tokens, marks, wake, lost)
        total = odds + _company(found, odds, where)
        chosen: list[Suggestion] = []
        taken = Spans()
        for k in sorted(range(len(found)), key=lambda k: (SPARING * described[k, _REPLACED] - odds[k], -found[k].channel, k)):
            probability = 1 / (1 + float(np.exp(-total[k])))
            place = place_of(found[k], tokens, marks) if probability >= LEAST else None
            if place is not None:
                start, end = stretches.origin(place.start), stretches.origin(place.start) + place.end - place.start
                if not taken.overlapping(start, end):
                    taken.add(start, end)
                    chosen.append(_suggestion(found[k], place, start, probability, said.get(k), settings))
        return sorted(chosen, key=lambda s: s.start)


def against(text: str, at: int) -> float:
    """What a text takes from the odds of a term at a place: by its length, and for words about persons nearby."""
    person = _PERSONAL.search(text, max(at - AROUND, 0), at + AROUND)
    return log1p(len(text) / ALONE) + (PERSONAL if person else 0.0)


def _look_again(hopeful: Sequence[int], found: Sequence[Candidate], odds: F64, tokens: Tokens, marks: Marks, wake: Wake, lost: F64) -> dict[int, float]:
    """Weigh some candidates anew, in ``odds``, where there is a model; what it said of each, in nats. What is listed as a whole is not asked about."""
    places = {k: place for k in hopeful if found[k].features and (place := place_of(found[k], tokens, marks))}
    look = wake() if places else None
    if look is None:
        return {}
    asked = list(places)
    gains = look.gains([(found[k], places[k]) for k in asked], tokens)
    odds[asked] = look.odds([found[k] for k in asked], gains) - lost[asked]
    return dict(zip(asked, gains.tolist(), strict=True))


def _company(found: Sequence[Candidate], odds: F64, where: Sequence[int]) -> F64:
    """Log odds that each candidate has from other terms near it that are likelier than not, [n]."""
    likely = sorted((at, c.text) for c, o, at in zip(found, odds.tolist(), where, strict=True) if o > np.log(CONFIRMED / (1 - CONFIRMED)))
    places = [at for at, _ in likely]
    near = [likely[bisect_right(places, at - NEAR) : bisect_left(places, at + NEAR)] for at in where]
    return np.array([COMPANY * min(len({other for _, other in each} - {c.text}), MOST_COMPANY) for c, each in zip(found, near, strict=True)])


def place_of(candidate: Candidate, tokens: Tokens, marks: Marks) -> Place | None:
    """What a candidate would replace by what, its article and its case included; None where it goes over the end of a line and no break can be kept."""
    first, last, name = candidate.first, candidate.last, candidate.text
    start, end = int(tokens.starts[first]), int(tokens.ends[last - 1])
    observed = [tokens[i] for i in range(first, last)]
    text = name if name != name.lower() else match_case(name, observed, opens=bool(marks.first[first]))
    lead, start = leading_article(tokens, first, start)
    text = f"{article_like(lead, text)} {text}" if lead else text
    before = tokens.text[start:end]
    if "\n" in before:
        placed = on_lines(tokens.text, start, before, [text])
        if placed is None:
            return None
        start, before, (text,) = placed
    return Place(start, end, before, text)


def _suggestion(candidate: Candidate, place: Place, start: int, probability: float, gain: float | None, settings: Settings) -> Suggestion:
    """What is suggested for a candidate whose place begins at ``start`` in its text; ``gain``: what the model said."""
    options = sorted((Alternative(place.text, probability), Alternative(place.before, 1 - probability)), key=lambda a: -a.probability)
    evidence = Evidence("name", candidate.source, "term", candidate.gain, candidate.channel, 1, candidate.text)
    if gain is not None:
        evidence = evidence._replace(model=gain, rival=place.before)
    end = start + place.end - place.start
    return Suggestion(start, end, place.before, place.text, probability, action_of(probability, settings), tuple(options), evidence)


def _alone(first: I64, last: I64, tokens: Tokens, marks: Marks) -> npt.NDArray[np.bool_]:
    """Whether the words are a phrase of their own: no part of a name ("Space Force Station") or of a compound ("foot-and-mouth disease")."""
    capitals = np.concatenate([[0], np.cumsum(marks.capital & ~marks.first)])
    joint = np.isin(codes(f" {tokens.text} "), codes(_JOINTS))
    beside = joint[tokens.starts[first]] | joint[tokens.ends[last - 1] + 1]
    return np.asarray((capitals[first] == capitals[last]) & ~beside)


def _prose(first: I64, last: I64, tokens: Tokens) -> npt.NDArray[np.bool_]:
    """Whether nothing but blanks, hyphens and the like stands between the words, as in prose and unlike in ``estimate['dispersion']``."""
    k, at = expand(first, last - 1)
    between = (tokens.text[a:b] for a, b in zip(tokens.ends[at].tolist(), tokens.starts[at + 1].tolist(), strict=True))
    return np.asarray(np.bincount(k[[not _BETWEEN.match(gap) for gap in between]], minlength=len(first)) == 0)


def merge(found: Sequence[Suggestion], terms: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Both, in text order; of two that overlap the more probable one, the term where they are equal."""
    rivals = Spans((t.start, t.end) for t in terms)
    kept = [s for s in found if not any(terms[k].probability >= s.probability for k in rivals.overlapping(s.start, s.end))]
    taken = Spans((s.start, s.end) for s in kept)
    more = [t for t in terms if not taken.overlapping(t.start, t.end)]
    return tuple(sorted((*kept, *more), key=lambda s: s.start))
