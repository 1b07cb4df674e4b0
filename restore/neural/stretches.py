"""Stretches of a decoded text that the first pass reads otherwise than they stand, or in more than one way, with the readings as text.

A stretch is a run of tokens that overlapping arcs connect, so that every reading of the sentence passes through its two ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from restore.loading import Knowledge
from restore.suggest import Reading
from restore.surface import Style, article, changes, match_case, proper

#: Arcs below this posterior offer no reading; see docs/second-look.md for what other bounds give.
FLOOR = 0.004
#: A stretch is open when its likeliest reading has at most this probability. The model decided as well at 0.92 as at 0.985 (share of labelled groups
#: of 17 development texts decided rightly: 0.846 and 0.845), with a quarter fewer to ask about.
SURE = 0.94
#: Readings this many nats below the likeliest one are left out: 0.843 with 3 and half the cost of 5 or 9, which give 0.846; 2.5 gives 0.840.
REACH = 3.2
#: Readings of one stretch, the likeliest of the first pass.
MOST = 8
#: Sentences less probably spun are not looked at.
SPUN = 0.5


@dataclass(frozen=True, slots=True)
class Option:
    """One reading of a stretch: its text as it would be written, the first pass's log probability, and the runs of lattice arcs that
    give it, each with its share; ``channel``: the channel's log score of the likeliest of them. ``article``: what an "a" or "an" before it becomes, "" if
    there is none; ``key``: the words in lower case."""

    text: str
    log_first: float
    ways: tuple[tuple[tuple[int, ...], float], ...]
    article: str
    key: str
    channel: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tokens ``first`` to ``last`` (exclusive) and their readings, the likeliest first. ``observed``: the folded words that stand there."""

    first: int
    last: int
    sentence: int
    observed: str
    options: tuple[Option, ...]


def find(reading: Reading, knowledge: Knowledge, style: Style) -> list[Stretch]:
    """The stretches of a block that change or may change, in text order; those with one reading are settled, the others open."""
    arcs, posterior = reading.lattice.arcs, reading.posterior
    on_path = np.zeros(len(arcs), dtype=np.bool_)
    on_path[reading.path] = True
    use = (arcs.head != -2) & ((posterior >= FLOOR) | on_path)
    by_start: dict[int, list[int]] = {}
    for k in np.flatnonzero(use).tolist():
        by_start.setdefault(int(arcs.first[k]), []).append(k)
    writer = _Writer(reading, knowledge, style)
    out: list[Stretch] = []
    for first, last in _stretches(reading, use & (arcs.head != -1)):
        if reading.spun[reading.tokens.sentence[first]] >= SPUN:
            lead = writer.lead(first) if not out or out[-1].last < first else ""
            stretch = _stretch(reading, writer, by_start, first, last, lead)
            if stretch is not None:
                out.append(stretch)
    return out


def _stretches(reading: Reading, use: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of tokens under arcs that overlap, as (first, last)."""
    arcs = reading.lattice.arcs
    chosen = np.flatnonzero(use)
    spans = sorted(zip(arcs.first[chosen].tolist(), arcs.last[chosen].tolist(), strict=True))
    start, end = -1, -1
    for first, last in spans:
        if first >= end:
            if end > start:
                yield start, end
            start, end = first, last
        end = max(end, last)
    if end > start:
        yield start, end


def _stretch(reading: Reading, writer: _Writer, by_start: dict[int, list[int]], first: int, last: int, lead: str) -> Stretch | None:
    """A stretch with its readings; with one reading where that is as good as certain, None where nothing changes for certain."""
    merged: dict[str, list[tuple[float, tuple[int, ...]]]] = {}
    for log, arcs in _paths(reading, by_start, first, last):
        merged.setdefault(writer.text(arcs), []).append((log, arcs))
    weighed = sorted(((float(np.logaddexp.reduce([log for log, _ in ways])), text, ways) for text, ways in merged.items()), key=lambda x: (-x[0], x[1]))[:MOST]
    total = float(np.logaddexp.reduce([log for log, _, _ in weighed]))
    if weighed[0][0] - total > np.log(SURE):
        weighed = weighed[:1]
        if weighed[0][1] == reading.tokens.surface(first, last):
            return None
    options = []
    for log, text, ways in (each for each in weighed if each[0] > weighed[0][0] - REACH):
        shares = tuple((arcs, float(np.exp(each - log))) for each, arcs in ways)
        likeliest = ways[0][1]
        channel = float(reading.channel[list(likeliest)].sum())
        options.append(Option(text, log - total, shares, writer.article(lead, text, likeliest), text.lower(), channel))
    return Stretch(first, last, int(reading.tokens.sentence[first]), " ".join(reading.tokens.words[first:last]), tuple(options))


def _paths(reading: Reading, by_start: dict[int, list[int]], first: int, last: int) -> list[tuple[float, tuple[int, ...]]]:
    """The likeliest runs of arcs from ``first`` to ``last`` with their log probability, each arc's being its share among those that begin there."""
    arcs, posterior = reading.lattice.arcs, reading.posterior
    ahead: dict[int, list[tuple[float, tuple[int, ...]]]] = {first: [(0.0, ())]}
    for at in range(first, last):
        partial = sorted(ahead.pop(at, []), key=lambda x: (-x[0], x[1]))[: 2 * MOST]
        here = [k for k in by_start.get(at, []) if arcs.last[k] <= last]
        mass = max(float(posterior[here].sum()), 1e-9) if here else 1.0
        for k in here:
            step = float(np.log(max(float(posterior[k]), 1e-6) / mass))
            ahead.setdefault(int(arcs.last[k]), []).extend((log + step, (*run, k)) for log, run in partial)
    return sorted(ahead.get(last, []), key=lambda x: (-x[0], x[1]))[: 2 * MOST]


class _Writer:
    """Arcs as they would be written in their document."""

    def __init__(self, reading: Reading, knowledge: Knowledge, style: Style) -> None:
        self.reading, self.knowledge, self.style = reading, knowledge, style

    def text(self, arcs: tuple[int, ...]) -> str:
        """The text of a run of arcs, gaps included."""
        tokens, all_arcs = self.reading.tokens, self.reading.lattice.arcs
        out: list[str] = []
        for arc in arcs:
            first, last = int(all_arcs.first[arc]), int(all_arcs.last[arc])
            if out:
                out.append(gap(self.reading, first))
            out.append(tokens.surface(first, last) if all_arcs.head[arc] == -1 else self._dressed(arc, first, last))
        return "".join(out)

    def _dressed(self, arc: int, first: int, last: int) -> str:
        reading, knowledge = self.reading, self.knowledge
        tokens, head = reading.tokens, int(reading.lattice.arcs.head[arc])
        original = reading.found.text_of(head, knowledge.gazetteer) if head < -2 else proper(knowledge.lexicon.head_text[head])
        out: list[str] = []
        position = first
        for change in changes(tuple(tokens.words[first:last]), original):
            low, high = first + change.first, first + change.last
            if low > position:
                out.append(tokens.surface(position, low) + gap(reading, low))
            observed = [tokens[i] for i in range(low, high)]
            text = self.style.dress(change.text, knowledge.to_american, knowledge.to_british)
            out.append(match_case(text, observed, opens=bool(reading.marks.first[low])))
            if high < last:
                out.append(gap(reading, high))
            position = high
        if position < last:
            out.append(tokens.surface(position, last))
        return "".join(out)

    def lead(self, first: int) -> str:
        """The article right before token ``first``, as it stands, or ""."""
        tokens = self.reading.tokens
        i = first - 1
        if i < 0 or tokens.words[i] not in ("a", "an") or not tokens.joined[first] or tokens.sentence[i] != tokens.sentence[first]:
            return ""
        return tokens[i].text

    def article(self, lead: str, text: str, arcs: tuple[int, ...]) -> str:
        """What that article becomes before ``text``: as it stands where nothing changes."""
        if not lead or all(self.reading.lattice.arcs.head[k] == -1 for k in arcs):
            return lead
        right = article(text)
        return right.capitalize() if lead[0].isupper() else right


def gap(reading: Reading, i: int) -> str:
    """What lies before token ``i``, without the spinner's braces; long markup is cut."""
    tokens = reading.tokens
    start = int(tokens.ends[i - 1]) if i else 0
    return tokens.text[start : int(tokens.starts[i])].replace("{", "").replace("}", "")[-40:]
