"""From a decoded lattice to suggestions: what the best reading changes, how probable each change is, what else it could be, and why.

Arcs that change the same words to the same words are one change: "the primary time" → "the first time" and "primary" → "first" add up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from restore.surface import Style, article, changes, match_case
from restore.tokens import Tokens
from restore.witnesses.values import Testimony

F64 = npt.NDArray[np.float64]
#: Arcs below this posterior count for nothing that is shown.
FAINT = 0.01
MOST_ALTERNATIVES = 5


class Span(NamedTuple):
    """Tokens first to last (exclusive)."""

    first: int
    last: int


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


@dataclass(slots=True)
class _Draft:
    """One change before it is dressed: ``text`` lower case (or a name as written), ``mass`` its posterior, ``arc`` the likeliest arc behind it."""

    span: Span
    text: str
    mass: float
    arc: int
    exact: bool
    probability: float = 0.0


Masses = dict[tuple[int, int, str], _Draft]


def suggest(reading: Reading, knowledge: Knowledge, settings: Settings, style: Style) -> list[Suggestion]:
    """The suggestions of one block in text order, disjoint."""
    masses = _masses(reading, knowledge)
    weighed = list(masses.values())
    spun = reading.spun[reading.tokens.sentence[[d.span.first for d in weighed]]] if weighed else np.zeros(0)
    shown = knowledge.coefficients.calibrate(np.minimum([d.mass for d in weighed], 1.0) * spun)
    for draft, probability in zip(weighed, shown.tolist(), strict=True):
        draft.probability = probability
    gains = _gains(reading)
    drafts = _chosen(reading, knowledge, masses)
    rivals: dict[Span, list[_Draft]] = defaultdict(list)
    for draft in masses.values():
        rivals[draft.span].append(draft)
    pairs = Counter((_before(reading, d.span), d.text) for d in drafts)
    taken = {i for d in drafts for i in range(*d.span)}
    out = [_finish(reading, knowledge, settings, style, d, rivals[d.span], pairs, taken, gains) for d in drafts]
    out += _litter(reading, settings, taken)
    return sorted((s for s in out if s is not None), key=lambda s: s.start)


def _before(reading: Reading, span: Span) -> str:
    return " ".join(reading.tokens.words[span.first : span.last])


def _arc_changes(reading: Reading, knowledge: Knowledge, first: int, last: int, head: int) -> Iterator[tuple[Span, str, bool]]:
    name = head < -2
    original = reading.found.text_of(head, knowledge.gazetteer) if name else knowledge.lexicon.head_text[head]
    for change in changes(tuple(reading.tokens.words[first:last]), original):
        yield Span(first + change.first, first + change.last), change.text, name


def _masses(reading: Reading, knowledge: Knowledge) -> Masses:
    """Every change of every arc worth showing, with the posterior of all arcs that make it."""
    out: Masses = {}
    best: dict[tuple[int, int, str], float] = {}
    words, texts, arcs = reading.tokens.words, knowledge.lexicon.head_text, reading.lattice.arcs
    shown = np.flatnonzero((reading.posterior >= FAINT) & (arcs.head != -1) & (arcs.head != -2))
    columns = (x[shown].tolist() for x in (reading.posterior, arcs.first, arcs.last, arcs.head))
    for arc, p, first, last, head in zip(shown.tolist(), *columns, strict=True):
        name = head < -2
        original = reading.found.text_of(head, knowledge.gazetteer) if name else texts[head]
        for change in changes(tuple(words[first:last]), original):
            low, high, text = first + change.first, first + change.last, change.text
            key = (low, high, text.lower() if name else text)
            draft = out.get(key)
            if draft is None:
                draft = out[key] = _Draft(Span(low, high), text, 0.0, arc, name)
            draft.mass += p
            if p > best.get(key, 0.0):
                best[key], draft.arc = p, arc
            if name:
                draft.text, draft.exact = text, True
    return out


def _chosen(reading: Reading, knowledge: Knowledge, masses: Masses) -> list[_Draft]:
    """The changes on the best path, those that are not too faint to have been counted."""
    arcs = reading.lattice.arcs
    out = []
    path = reading.path[arcs.head[reading.path] != -1]
    for first, last, head in zip(arcs.first[path].tolist(), arcs.last[path].tolist(), arcs.head[path].tolist(), strict=True):
        for span, text, _ in _arc_changes(reading, knowledge, first, last, head):
            draft = masses.get((*span, text.lower()))
            if draft is not None:
                out.append(draft)
    return out


def _finish(
    reading: Reading,
    knowledge: Knowledge,
    settings: Settings,
    style: Style,
    draft: _Draft,
    rivals: list[_Draft],
    pairs: Mapping[tuple[str, str], int],
    taken: set[int],
    gains: F64,
) -> Suggestion | None:
    tokens, span = reading.tokens, draft.span
    start, end = int(tokens.starts[span.first]), int(tokens.ends[span.last - 1])
    if len(reading.litter):
        start, end = _with_braces(reading, span, start, end)
    lead, start = ("", start) if span.first - 1 in taken else leading_article(tokens, span.first, start)
    observed = [tokens[i] for i in range(span.first, span.last)]
    opens = bool(reading.marks.first[span.first])

    def dress(d: _Draft) -> str:
        text = style.dress(d.text, knowledge.to_american, knowledge.to_british)
        if not (d.exact and d.text != d.text.lower()):
            text = match_case(text, observed, opens=opens)
        return f"{article_like(lead, text)} {text}" if lead else text

    before, after = tokens.text[start:end], dress(draft)
    if before == after:
        return None
    others = sorted((d for d in rivals if d is not draft), key=lambda d: (-d.probability, d.text))
    kept = max(0.0, 1.0 - sum(d.probability for d in rivals))
    options = [(after, draft.probability), (before, kept), *((dress(d), d.probability) for d in others[: MOST_ALTERNATIVES - 1])]
    ranked = sorted(options, key=lambda x: -x[1])[:MOST_ALTERNATIVES]
    return Suggestion(
        start, end, before, after, draft.probability, action_of(draft.probability, settings),
        tuple(Alternative(t, p) for t, p in ranked if p > 0.0005), _evidence(reading, knowledge, draft, pairs[_before(reading, span), draft.text], gains),
    )  # fmt: skip


def action_of(probability: float, settings: Settings) -> Action:
    """The decision of the thresholds."""
    if probability >= settings.threshold:
        return "apply"
    return "ask" if probability >= settings.ask_threshold else "leave"


def leading_article(tokens: Tokens, first: int, start: int) -> tuple[str, int]:
    """The article right before the tokens from ``first`` on, which begin at ``start``, and where it begins: it may have to change with them."""
    i = first - 1
    if i < 0 or tokens.words[i] not in ("a", "an") or not tokens.joined[first]:
        return "", start
    if tokens.words[first] in ("a", "an") or tokens.text[int(tokens.ends[i]) : start] != " ":
        return "", start
    return tokens[i].text, int(tokens.starts[i])


def article_like(lead: str, text: str) -> str:
    """The right article before ``text``, with a capital where ``lead`` has one."""
    right = article(text)
    return right.capitalize() if lead[0].isupper() else right


def _with_braces(reading: Reading, span: Span, start: int, end: int) -> tuple[int, int]:
    """The span with the braces around it, when each of its words lies in braces."""
    if all(i in reading.litter for i in range(span.first, span.last)):
        return start - 1, end + 1
    return start, end


def _litter(reading: Reading, settings: Settings, taken: set[int]) -> Iterator[Suggestion]:
    """Words that only have to lose their braces, and half-written numbers."""
    tokens = reading.tokens
    braces = [Numeral(tokens[i].start - 1, tokens[i].end + 1, tokens[i].text) for i in reading.litter.tolist() if i not in taken]
    for start, end, text in (*braces, *reading.numbers):
        p = float(reading.spun[tokens.sentence[np.searchsorted(tokens.ends, start, side="right")]])
        before = tokens.text[start:end]
        options = (Alternative(text, p), Alternative(before, 1 - p))
        yield Suggestion(start, end, before, text, p, action_of(p, settings), options, Evidence("litter"))


def _evidence(reading: Reading, knowledge: Knowledge, draft: _Draft, count: int, gains: F64) -> Evidence:
    arcs, lexicon = reading.lattice.arcs, knowledge.lexicon
    arc = draft.arc
    head = int(arcs.head[arc])
    gain = float(gains[arc])
    log = float(arcs.log[arc])
    witnesses = reading.testimony.supporters(arc) if reading.testimony else ()
    model, rival = reading.said.get(arc, (0.0, ""))
    if head < -2 - len(reading.found.matches):
        return Evidence("witness", "", "", gain, log, count, "", witnesses, model, rival)
    if head < -2:
        match = reading.found.matches[-3 - head]
        gazetteer = knowledge.gazetteer
        return Evidence("name", gazetteer.source[match.name], "", gain, log, count, gazetteer.text[match.name], witnesses, model, rival)
    kind = "phrase" if arcs.last[arc] - arcs.first[arc] > 1 or arcs.size[arc] > 1 else "word"
    return Evidence(kind, lexicon.head_source[head], lexicon.families[int(lexicon.head_family[head])], gain, log, count, "", witnesses, model, rival)


def _gains(reading: Reading) -> F64:
    """Nats by which the language model prefers each arc to the words as they stand: its best edge against those of the copies, [arcs]."""
    lattice = reading.lattice
    arcs = lattice.arcs
    best = np.full(len(arcs), -np.inf)
    np.maximum.at(best, lattice.state_arc[lattice.edge_to], lattice.edge_lm.astype(np.float64))
    copies = np.flatnonzero(arcs.head == -1)
    alone = np.zeros(len(reading.tokens) + 1)
    alone[arcs.first[copies] + 1] = best[copies]
    running = np.cumsum(alone)
    return best - (running[arcs.last] - running[arcs.first])
