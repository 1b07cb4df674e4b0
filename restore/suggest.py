"""From a decoded lattice to suggestions: what the best reading changes, how probable each change is, what else it could be, and why.

Arcs that change the same words to the same words are one change: "the primary time" → "the first time" and "primary" → "first" add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from restore.channel import Candidates
from restore.lattice import Lattice
from restore.lexicon import I64, Lexicon
from restore.loading import Knowledge
from restore.nouns import Action, Alternative, Evidence, Suggestion
from restore.numerals import Numeral
from restore.protect import Marks
from restore.settings import Settings
from restore.spans import Spans
from restore.surface import Change, Style, article, cased, changes, on_lines, proper
from restore.tokens import Tokens
from restore.witnesses.values import Testimony

F64 = npt.NDArray[np.float64]
#: Arcs below this posterior count for nothing that is shown.
FAINT = 0.01
MOST_ALTERNATIVES = 5
#: Alternatives below this are not shown.
LEAST = 0.0005
#: Tokens that are changed with this share of the lower threshold are looked at, for calibration may raise it.
DOUBT = 0.5
ARTICLES = ("a", "an")
_PROBABILITY = itemgetter(1)


class Opinion(NamedTuple):
    """What the language model of the second look said of an arc: nats by which it prefers it to ``rival``, the words as they stand or another reading."""

    gain: float
    rival: str


@dataclass(slots=True)
class Reading:
    """A decoded block: arcs with posteriors given that their sentence is spun, the best path, P(spun) a sentence, channel scores; after a
    second look also what the model said, by arc."""

    tokens: Tokens
    lattice: Lattice
    found: Candidates
    posterior: F64
    path: I64
    spun: F64
    channel: F64
    marks: Marks
    litter: I64
    numbers: Sequence[Numeral] = ()
    testimony: Testimony | None = None
    said: Mapping[int, Opinion] = field(default_factory=dict)

    def lines(self, lexicon: Lexicon) -> Iterator[str]:
        """The arcs, one a line: tokens, what stands, what it may stand for, log weight, posterior."""
        arcs = self.lattice.arcs
        for k in np.flatnonzero(arcs.head != -2).tolist():
            first, last, head = int(arcs.first[k]), int(arcs.last[k]), int(arcs.head[k])
            words = "=" if head == -1 else (lexicon.head_text[head] if head >= 0 else "(name)")
            yield f"{first}\t{last}\t{self.tokens.surface(first, last)!r}\t{words}\t{arcs.log[k]:.2f}\t{self.posterior[k]:.4f}"


#: Tokens first to last (exclusive) and what they become, in lower case.
Key = tuple[int, int, str]


@dataclass(slots=True)
class _Draft:
    """One change of tokens ``first`` to ``last`` (exclusive) before it is dressed: ``text`` lower case (or a name as written), ``mass`` its posterior,
    ``arc`` the arc behind it, which has the best ``claim`` (that of a name, that of one spelled as the text spells), and is the likeliest of those; ``best``
    that arc's posterior."""

    first: int
    last: int
    text: str
    mass: float
    arc: int
    best: float
    claim: tuple[bool, bool] = (False, False)
    probability: float = 0.0

    def add(self, text: str, p: float, arc: int, claim: tuple[bool, bool]) -> None:
        """Count one more arc that makes the change."""
        self.mass += p
        if (claim, p, -arc) > (self.claim, self.best, -self.arc):
            self.text, self.claim, self.best, self.arc = text, claim, p, arc


def suggest(reading: Reading, knowledge: Knowledge, settings: Settings, style: Style) -> list[Suggestion]:
    """The suggestions of one block in text order, disjoint: the changes of the best path, and what else is worth asking about."""
    path = _path(reading, knowledge)
    rivals = _masses(reading, knowledge, style, path, _doubtful(reading, settings, path))
    weighed = [draft for same in rivals.values() for draft in same.values()]
    spun = reading.spun[reading.tokens.sentence[[d.first for d in weighed]]] if weighed else np.zeros(0)
    shown = knowledge.coefficients.calibrate(np.minimum([d.mass for d in weighed], 1.0) * spun)
    for draft, probability in zip(weighed, shown.tolist(), strict=True):
        draft.probability = probability
    drafts = [rivals[first, last][text] for first, last, text in path if text in rivals[first, last]]  # those that are not too faint to have been counted
    taken = {i for d in drafts for i in range(d.first, d.last)}
    likely = [d for d in weighed if d.probability >= settings.ask_threshold]
    for draft in sorted(likely, key=lambda d: (-d.probability, d.first, d.last, d.text)):
        if taken.isdisjoint(range(draft.first, draft.last)):
            drafts.append(draft)
            taken.update(range(draft.first, draft.last))
    desk = _Desk(reading, knowledge, settings, style, taken)
    evidence = _evidence(reading, knowledge, drafts)
    finished = (desk.finish(d, rivals[d.first, d.last].values(), e) for d, e in zip(drafts, evidence, strict=True))
    out = [s for s in finished if s is not None]
    standing = Spans((s.start, s.end) for s in out)
    out += [s for s in _litter(reading, settings, taken) if not standing.overlapping(s.start, s.end)]  # a witness may have said what a number was
    return sorted(out, key=lambda s: s.start)


def _arcs(reading: Reading, knowledge: Knowledge, arcs: I64) -> Iterator[tuple[int, int, str, Sequence[Change]]]:
    """Of each of these arcs that are no copies: its number, its first token, its original's text ("" unless a name) and what it changes."""
    words, texts, all_arcs = reading.tokens.words, knowledge.lexicon.head_text, reading.lattice.arcs
    of_word: dict[int, tuple[str, Sequence[Change]]] = {}
    columns = (x[arcs].tolist() for x in (all_arcs.first, all_arcs.last, all_arcs.head, all_arcs.size))
    for arc, first, last, head, size in zip(arcs.tolist(), *columns, strict=True):
        if head >= 0 and size == 1 and last == first + 1:  # a word for a word needs no alignment
            known = of_word.get(head)
            if known is None:
                known = of_word[head] = texts[head], [Change(0, 1, (texts[head],), proper(texts[head]))]
            yield arc, first, "", known[1] if words[first] != known[0] else ()
            continue
        original = reading.found.text_of(head, knowledge.gazetteer) if head < -2 else proper(texts[head])
        yield arc, first, original if head < -2 else "", changes(tuple(words[first:last]), original)


def _path(reading: Reading, knowledge: Knowledge) -> list[Key]:
    """The changes on the best path, in text order, in American spelling: "toward" and "towards" are one change."""
    path = reading.path[reading.lattice.arcs.head[reading.path] != -1]
    found = _arcs(reading, knowledge, path)
    return [(first + change.first, first + change.last, american(change.text, knowledge)) for _, first, _, made in found for change in made]


def american(text: str, knowledge: Knowledge) -> str:
    """A text in lower case and American spelling."""
    if text.isalpha() and text.islower():  # one word
        return knowledge.to_american.get(text, text)
    lower = text.lower()
    return " ".join([knowledge.to_american.get(word, word) for word in lower.split(" ")])


def _doubtful(reading: Reading, settings: Settings, path: Sequence[Key]) -> npt.NDArray[np.bool_]:
    """The tokens that the best path leaves as they are although they may well have been something else, [tokens + 1]."""
    arcs, count = reading.lattice.arcs, len(reading.tokens)
    copies = np.flatnonzero(arcs.head == -1)
    out = np.zeros(count + 1, dtype=np.bool_)
    first = arcs.first[copies]
    out[first] = (1.0 - reading.posterior[copies]) * reading.spun[reading.tokens.sentence[first]] >= DOUBT * settings.ask_threshold
    for low, high, _ in path:
        out[low:high] = False
    return out


def _masses(
    reading: Reading, knowledge: Knowledge, style: Style, path: Sequence[Key], doubtful: npt.NDArray[np.bool_]
) -> dict[tuple[int, int], dict[str, _Draft]]:
    """For every span that the best path changes, and for those of ``doubtful`` tokens, every change of it that is worth showing, with the posterior of all
    arcs that make it."""
    out: dict[tuple[int, int], dict[str, _Draft]] = {(first, last): {} for first, last, _ in path}
    arcs, posterior = reading.lattice.arcs, reading.posterior
    touched = np.zeros(len(reading.tokens) + 1, dtype=np.int64)
    touched[1:] = doubtful[:-1]
    for first, last in out:
        touched[first + 1 : last + 1] = 1
    running = np.cumsum(touched)
    shown = (posterior >= FAINT) & (arcs.head != -1) & (arcs.head != -2) & (running[arcs.last] > running[arcs.first])
    plain = shown & (arcs.head >= 0) & (arcs.size == 1) & (arcs.last == arcs.first + 1)
    open_ = doubtful.tolist()
    _add_words(out, reading, knowledge, np.flatnonzero(plain), open_)
    others = np.flatnonzero(shown & ~plain)
    for p, (arc, start, name, made) in zip(posterior[others].tolist(), _arcs(reading, knowledge, others), strict=True):
        for change in made:
            first, last, text = start + change.first, start + change.last, change.text
            same = out.get((first, last))
            if same is None:
                if first == last or not all(open_[first:last]):
                    continue
                same = out[first, last] = {}
            key = american(text, knowledge)
            draft = same.get(key)
            claim = bool(name), bool(name) and style.dress(text.lower(), knowledge.to_american, knowledge.to_british) == text.lower()
            if draft is None:
                same[key] = _Draft(first, last, text, p, arc, p, claim)
            else:
                draft.add(text, p, arc, claim)
    return out


def _add_words(out: dict[tuple[int, int], dict[str, _Draft]], reading: Reading, knowledge: Knowledge, arcs: I64, doubtful: Sequence[bool]) -> None:
    """The same for the arcs that put one word for one word, which most do, and which need no alignment."""
    words, texts, all_arcs = reading.tokens.words, knowledge.lexicon.head_text, reading.lattice.arcs
    known: dict[int, tuple[str, str, str]] = {}
    columns = (arcs.tolist(), all_arcs.first[arcs].tolist(), all_arcs.head[arcs].tolist(), reading.posterior[arcs].tolist())
    for arc, first, head, p in zip(*columns, strict=True):
        entry = known.get(head)
        if entry is None:
            written = proper(texts[head])
            entry = known[head] = texts[head], written, american(written, knowledge)
        original, text, key = entry
        if words[first] == original:
            continue
        same = out.get((first, first + 1))
        if same is None:
            if not doubtful[first]:
                continue
            same = out[first, first + 1] = {}
        draft = same.get(key)
        if draft is None:
            same[key] = _Draft(first, first + 1, text, p, arc, p)
        else:
            draft.add(text, p, arc, draft.claim)


class _Desk:
    """Where the changes of a block are dressed; ``taken``: the tokens that some change takes up."""

    def __init__(self, reading: Reading, knowledge: Knowledge, settings: Settings, style: Style, taken: set[int]) -> None:
        self._tokens, self._knowledge, self._settings, self._style, self._taken = reading.tokens, knowledge, settings, style, taken
        self._words = reading.tokens.words
        self._starts, self._ends, self._opens = (x.tolist() for x in (reading.tokens.starts, reading.tokens.ends, reading.marks.first))
        self._litter = frozenset(reading.litter.tolist())
        self._spelled: dict[str, str] = {}

    def finish(self, draft: _Draft, rivals: Collection[_Draft], evidence: Evidence) -> Suggestion | None:
        """The suggestion of a change, with the other changes of its words as alternatives; None where it changes nothing that one sees."""
        first, last = draft.first, draft.last
        text, starts, ends = self._tokens.text, self._starts, self._ends
        start, end = starts[first], ends[last - 1]
        observed = tuple([text[starts[i] : ends[i]] for i in range(first, last)]) if last > first + 1 else (text[start:end],)
        if self._litter and self._litter.issuperset(range(first, last)):  # each of its words lies in braces
            start, end = start - 1, end + 1
        lead = ""
        if first and self._words[first - 1] in ARTICLES and first - 1 not in self._taken:
            lead, start = leading_article(self._tokens, first, start)
        before, after = text[start:end], self._dress(draft, observed, lead)
        if before == after:
            return None
        if len(rivals) == 1 and "\n" not in before:
            p = draft.probability
            options = [Alternative(after, p), Alternative(before, 1.0 - p)]
            shown = tuple([x for x in (options if p >= 0.5 else reversed(options)) if x[1] > LEAST])
            return Suggestion(start, end, before, after, p, action_of(p, self._settings), shown, evidence)
        others = sorted((d for d in rivals if d is not draft), key=lambda d: (-d.probability, d.text)) if len(rivals) > 1 else []
        total = sum([d.probability for d in rivals])  # each calibrated for itself: together they may come to more than 1
        kept, share = max(0.0, 1.0 - total), (1.0 - draft.probability) / (total - draft.probability) if total > 1.0 else 1.0
        texts = [after, *[self._dress(d, observed, lead) for d in others[: MOST_ALTERNATIVES - 1]]] if others else [after]
        if "\n" in before:
            placed = on_lines(text, start, before, texts)
            if placed is None:
                return None
            start, before, texts = placed
            after = texts[0]
        options = [Alternative(after, draft.probability), Alternative(before, kept)]
        if others:
            options += [Alternative(t, d.probability * share) for t, d in zip(texts[1:], others, strict=False) if t]
        options.sort(key=_PROBABILITY, reverse=True)  # stable
        alternatives = tuple([x for x in options[:MOST_ALTERNATIVES] if x[1] > LEAST])
        return Suggestion(start, end, before, after, draft.probability, action_of(draft.probability, self._settings), alternatives, evidence)

    def _dress(self, draft: _Draft, observed: tuple[str, ...], lead: str) -> str:
        """A change's words as they stand in this text in the place of ``observed``, after the article ``lead``."""
        text = self._spelled.get(draft.text)
        if text is None:
            text = self._spelled[draft.text] = self._style.dress(draft.text, self._knowledge.to_american, self._knowledge.to_british)
        text = cased(text, observed, self._opens[draft.first])
        return f"{article_like(lead, text)} {text}" if lead else text


def action_of(probability: float, settings: Settings) -> Action:
    """The decision of the thresholds."""
    if probability >= settings.threshold:
        return "apply"
    return "ask" if probability >= settings.ask_threshold else "leave"


def leading_article(tokens: Tokens, first: int, start: int) -> tuple[str, int]:
    """The article right before the tokens from ``first`` on, which begin at ``start``, and where it begins: it may have to change with them."""
    i = first - 1
    if i < 0 or tokens.words[i] not in ARTICLES or not tokens.joined[first]:
        return "", start
    if tokens.words[first] in ARTICLES or tokens.text[int(tokens.ends[i]) : start] != " ":
        return "", start
    return tokens[i].text, int(tokens.starts[i])


def article_like(lead: str, text: str) -> str:
    """The right article before ``text``, with a capital where ``lead`` has one."""
    right = article(text)
    return right.capitalize() if lead[0].isupper() else right


def _litter(reading: Reading, settings: Settings, taken: set[int]) -> Iterator[Suggestion]:
    """Words that only have to lose their braces, and half-written numbers."""
    tokens = reading.tokens
    braces = [Numeral(tokens[i].start - 1, tokens[i].end + 1, tokens[i].text) for i in reading.litter.tolist() if i not in taken]
    for start, end, text in (*braces, *reading.numbers):
        p = float(reading.spun[tokens.sentence[np.searchsorted(tokens.ends, start, side="right")]])
        before = tokens.text[start:end]
        options = (Alternative(text, p), Alternative(before, 1 - p))
        yield Suggestion(start, end, before, text, p, action_of(p, settings), options, Evidence("litter"))


def _evidence(reading: Reading, knowledge: Knowledge, drafts: Sequence[_Draft]) -> list[Evidence]:
    """Why each change was made."""
    arcs, lexicon, names, gazetteer = reading.lattice.arcs, knowledge.lexicon, len(reading.found.matches), knowledge.gazetteer
    pairs = [(" ".join(reading.tokens.words[d.first : d.last]), d.text) for d in drafts]
    count = Counter(pairs)
    at = np.array([d.arc for d in drafts], dtype=np.int64)
    phrase = (arcs.last[at] - arcs.first[at] > 1) | (arcs.size[at] > 1)
    head_of = arcs.head[at]
    family_of = lexicon.head_family[np.maximum(head_of, 0)]
    columns = (x.tolist() for x in (at, head_of, family_of, _gains(reading)[at], arcs.log[at], phrase))
    out = []
    for pair, arc, head, number_of_family, gain, log, several in zip(pairs, *columns, strict=True):
        witnesses = reading.testimony.supporters(arc) if reading.testimony else ()
        model, rival = reading.said.get(arc, (0.0, ""))
        kind, row, family, name = "phrase" if several else "word", "", "", ""
        if head < -2 - names:
            kind = "witness"
        elif head < -2:
            number = reading.found.matches[-3 - head].name
            kind, row, name = "name", gazetteer.source[number], gazetteer.text[number]
        else:
            row, family = lexicon.head_source[head], lexicon.families[number_of_family]
        out.append(Evidence(kind, row, family, gain, log, count[pair], name, witnesses, model, rival))
    return out


def _gains(reading: Reading) -> F64:
    """Nats by which the language model prefers each arc to the words as they stand: its best edge against those of the copies, [arcs]."""
    lattice = reading.lattice
    arcs = lattice.arcs
    best = np.full(len(arcs), -np.inf)
    begin = np.flatnonzero(np.diff(lattice.edge_to, prepend=-1))  # edges into one state stand side by side
    np.maximum.at(best, lattice.state_arc[lattice.edge_to[begin]], np.maximum.reduceat(lattice.edge_lm, begin).astype(np.float64))
    copies = np.flatnonzero(arcs.head == -1)
    alone = np.zeros(len(reading.tokens) + 1)
    alone[arcs.first[copies] + 1] = best[copies]
    running = np.cumsum(alone)
    return best - (running[arcs.last] - running[arcs.first])
