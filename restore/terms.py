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
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore import channel, hashing
from restore.errors import ModelError
from restore.gazetteer import Gazetteer, Match
from restore.lexicon import I64, Lexicon
from restore.ngram import pack
from restore.nouns import Alternative, Evidence, Suggestion
from restore.protect import Marks
from restore.settings import Settings
from restore.spans import Spans
from restore.suggest import action_of, article_like, leading_article
from restore.surface import match_case
from restore.term_pairs import FAMILIES
from restore.tokens import Tokens

#: What is known of a candidate; their weights are in term-evidence.json.
FEATURES = ("language", "preferred", "channel", "replaced", "whole", "commoner", "words", "familiar", "tortured", "general", "rarest")
#: Log odds that every other tortured term of a text adds, and how many count. A paper has many or none; chosen on two thirds of a list of tortured phrases.
COMPANY, MOST_COMPANY = 1.0, 3
#: A candidate as likely as this is company for others.
CONFIRMED = 0.5
#: Below this a candidate is not shown.
LEAST = 0.05


#: Characters within which tortured terms keep each other company: an abstract, a section.
NEAR = 3000
_JOINTS = ("-", "–", "/", "_")


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
    """A term that may be meant: tokens first to last (exclusive), the term's number, what tells, the language model's gain and the channel's log."""

    match: Match
    features: tuple[float, ...]


class TermFinder:
    """Finds tortured terms in text of any spin rate."""

    def __init__(self, pairs: npt.NDArray[np.uint16], gazetteer: Gazetteer, lexicon: Lexicon, weighing: Weighing) -> None:
        self.pairs, self.gazetteer, self.lexicon, self.weighing = pairs, gazetteer, lexicon, weighing
        self._active = np.array([name in FAMILIES for name in lexicon.families])
        self._term = lexicon.families.index("term") if "term" in lexicon.families else -1

    def spots(self, ids: I64) -> I64:
        """Positions in a run of words whose pair with the next may be a tortured term's."""
        if len(ids) < 2 or not self.pairs.size:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(hashing.find(self.pairs, pack(ids[:-1], ids[1:])) >= 0)

    def candidates(self, tokens: Tokens, ids: I64, marks: Marks) -> list[Candidate]:
        """Every listed term that may be meant in a stretch of text, with what tells whether it is."""
        if not len(tokens):
            return []
        found = channel.candidates(self.lexicon, self.lexicon.scan(tokens, ids), ids, marks, self._active)
        arcs = found.arcs
        copies = arcs.head == -1
        word = np.where(copies, ids[np.minimum(arcs.first, len(ids) - 1)], self.lexicon.head_words[np.maximum(arcs.head, 0), 0].astype(np.int64))
        matches = self.gazetteer.find(arcs.first, arcs.last, word, arcs.size, tokens.words, marks.capital, copies)
        model_ids = self.lexicon.lm_id[ids].astype(np.int64)
        strange = self._strange(model_ids)
        likely = [m for m in matches if self.gazetteer.is_term[m.name] and _alone(m, tokens, marks) and strange[m.first : m.last - 1].any()]
        known = model_ids != self.lexicon.model.unk
        return self._weigh([m for m in likely if known[m.first : m.last].all()], tokens, model_ids, found, word)

    def _strange(self, ids: I64) -> npt.NDArray[np.bool_]:
        """Whether each pair of adjacent words is one that the model never saw, bool [n - 1]."""
        return self.lexicon.model.bigram(ids[:-1], ids[1:])[1] < 0

    def _weigh(self, matches: Sequence[Match], tokens: Tokens, ids: I64, found: channel.Candidates, word: I64) -> list[Candidate]:
        """The matches in which some word was swapped ("labour market" is "labor market"), with what tells."""
        names = self.gazetteer
        terms = [self.lexicon.lm_id[names.words[m.name, : names.size[m.name]]].astype(np.int64) for m in matches]
        swapped = [k for k, (m, term) in enumerate(zip(matches, terms, strict=True)) if not set(ids[m.first : m.last].tolist()) <= set(term.tolist())]
        matches, terms = [matches[k] for k in swapped], [terms[k] for k in swapped]
        contexts = [self._context(m, tokens) for m in matches]
        own = self._totals([ids[low:high] for low, high in contexts])
        new = self._totals(
            [np.concatenate([ids[low : m.first], term, ids[m.last : high]]) for m, term, (low, high) in zip(matches, terms, contexts, strict=True)]
        )
        gains = [x - y for x, y in zip(new, own, strict=True)]
        familiar = [float((slots[: len(term) - 1] >= 0).mean()) for slots, term in zip(self._pairs(terms), terms, strict=True)]
        return [
            Candidate(m, self._features(m, term, ids, found, word, gain, share)) for m, term, gain, share in zip(matches, terms, gains, familiar, strict=True)
        ]

    def _totals(self, sentences: Sequence[I64]) -> list[float]:
        """log p of each of some sentences."""
        if not sentences:
            return []
        begin = np.cumsum([0, *map(len, sentences)])[:-1]
        return [float(part.sum()) for part in np.split(self.lexicon.model.scores(np.concatenate(sentences), begin), begin[1:])]

    def _pairs(self, terms: Sequence[I64]) -> list[I64]:
        """The bigram slots of the words of each term, one after the other; the last one of each joins two terms."""
        flat = np.concatenate([*terms, np.zeros(1, dtype=np.int64)])
        return np.split(self.lexicon.model.bigram(flat[:-1], flat[1:])[1], np.cumsum([len(t) for t in terms])[:-1]) if terms else []

    def _features(self, match: Match, meant: I64, ids: I64, found: channel.Candidates, word: I64, gain: float, familiar: float) -> tuple[float, ...]:
        lexicon, model, arcs = self.lexicon, self.lexicon.model, found.arcs
        seen = ids[match.first : match.last]
        foreign = [i for i in seen.tolist() if i not in meant]
        swapped = [j for j in match.arcs if arcs.head[j] >= 0]
        families = [self._families(found, word, j) for j in swapped]
        weight = sum(float(arcs.log[j]) + float(np.log(lexicon.rate[arcs.head[j]])) for j in swapped)
        return (
            gain, max(gain, 0.0), weight, float(len(set(foreign))), float(not set(seen.tolist()) & set(meant.tolist())),
            float(model.unigram[seen].sum() - model.unigram[meant].sum()), float(len(meant)), familiar,
            float(sum(f == {self._term} for f in families)), float(sum(len(f - {self._term}) > 0 for f in families)),
            float(min(model.unigram[i] for i in foreign)),
        )  # fmt: skip

    def _families(self, found: channel.Candidates, word: I64, arc: int) -> set[int]:
        """The families with a row for this swap."""
        arcs = found.arcs
        low, high = np.searchsorted(arcs.first, arcs.first[arc]), np.searchsorted(arcs.first, arcs.first[arc], side="right")
        head = arcs.head[low:high]
        same = (arcs.last[low:high] == arcs.last[arc]) & (word[low:high] == word[arc]) & (head >= 0) & (arcs.size[low:high] == 1)
        return set(self.lexicon.head_family[head[same]].tolist())

    @staticmethod
    def _context(match: Match, tokens: Tokens) -> tuple[int, int]:
        """Two tokens to either side, within the sentence."""
        number = tokens.sentence[match.first]
        begin, end = np.searchsorted(tokens.sentence, number), np.searchsorted(tokens.sentence, number, side="right")
        return max(int(begin), match.first - 2), min(int(end), match.last + 2)

    def suggest(self, found: Sequence[Candidate], tokens: Tokens, marks: Marks, stretches: Stretches, settings: Settings) -> list[Suggestion]:
        """Suggestions, disjoint and in text order, from the candidates in some stretches of a text."""
        odds = [self.weighing.odds(candidate.features) for candidate in found]
        where = [stretches.origin(int(tokens.starts[c.match.first])) for c in found]
        likely = sorted((at, c.match.name) for c, o, at in zip(found, odds, where, strict=True) if o > np.log(CONFIRMED / (1 - CONFIRMED)))
        places = [at for at, _ in likely]
        chosen: list[Suggestion] = []
        taken = Spans()
        for k in sorted(range(len(found)), key=lambda k: (-odds[k], k)):
            name = found[k].match.name
            near = likely[bisect_right(places, where[k] - NEAR) : bisect_left(places, where[k] + NEAR)]
            company = min(len({other for _, other in near} - {name}), MOST_COMPANY)
            probability = 1 / (1 + float(np.exp(-odds[k] - COMPANY * company)))
            if probability >= LEAST:
                suggestion = self._suggestion(tokens, stretches, marks, found[k], probability, settings)
                if not taken.overlapping(suggestion.start, suggestion.end):
                    taken.add(suggestion.start, suggestion.end)
                    chosen.append(suggestion)
        return sorted(chosen, key=lambda s: s.start)

    def _suggestion(self, tokens: Tokens, stretches: Stretches, marks: Marks, candidate: Candidate, probability: float, settings: Settings) -> Suggestion:
        match = candidate.match
        start, end = int(tokens.starts[match.first]), int(tokens.ends[match.last - 1])
        name = self.gazetteer.text[match.name]
        observed = [tokens[i] for i in range(match.first, match.last)]
        text = name if name != name.lower() else match_case(name, observed, opens=bool(marks.first[match.first]))
        lead, start = leading_article(tokens, match.first, start)
        text = f"{article_like(lead, text)} {text}" if lead else text
        before = tokens.text[start:end]
        options = sorted((Alternative(text, probability), Alternative(before, 1 - probability)), key=lambda a: -a.probability)
        evidence = Evidence("name", self.gazetteer.source[match.name], "term", candidate.features[0], candidate.features[2], 1, name)
        at = stretches.origin(start)
        return Suggestion(at, at + end - start, before, text, probability, action_of(probability, settings), tuple(options), evidence)


def _alone(match: Match, tokens: Tokens, marks: Marks) -> bool:
    """Whether the words are a phrase of their own: no part of a name ("Space Force Station") or of a compound ("foot-and-mouth disease")."""
    capitals = marks.capital[match.first : match.last] & ~marks.first[match.first : match.last]
    before, after = int(tokens.starts[match.first]), int(tokens.ends[match.last - 1])
    return not capitals.any() and tokens.text[max(before - 1, 0) : before] not in _JOINTS and tokens.text[after : after + 1] not in _JOINTS


def merge(found: Sequence[Suggestion], terms: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Both, in text order; of two that overlap the more probable one, the term where they are equal."""
    rivals = Spans((t.start, t.end) for t in terms)
    kept = [s for s in found if not any(terms[k].probability >= s.probability for k in rivals.overlapping(s.start, s.end))]
    taken = Spans((s.start, s.end) for s in kept)
    more = [t for t in terms if not taken.overlapping(t.start, t.end)]
    return tuple(sorted((*kept, *more), key=lambda s: s.start))
