"""The second look: a small language model weighs what the first pass left open, sentence by sentence, with the restored page before it.

Every sentence is one tree: the best reading so far, and from every group of open places its readings up to a few words after it.
Groups that changed what their neighbours see are asked about once more. What the model says, what the first pass said and
what the rest of the page decided are combined log-linearly (coefficients fitted by ``benchmarks/second_look.py``).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from restore.loading import Knowledge
from restore.neural.causal import Scorer, Tree
from restore.neural.places import Place, find, gap
from restore.suggest import Reading
from restore.surface import Style

F64 = npt.NDArray[np.float64]
#: Words after a group that its readings are still scored on.
TAIL = 3
#: Places with at most so many tokens between them are decided together.
NEAR = 0
#: Joint readings of a group, the likeliest of the first pass.
JOINT = 12
#: How often a sentence may be asked about.
ROUNDS = 2
#: Sentences of context before the first open place that the model reads, tokens of the text.
CONTEXT = 60


@dataclass(frozen=True, slots=True)
class Weights:
    """Exponents of the log-linear combination: of the model's probability, the first pass's, and the page's other decisions (the last two
    also after the first combination, ``prior`` being the pseudo-count of a place's own probability)."""

    model: float = 0.6
    first: float = 1.0
    page: float = 0.5
    prior: float = 1.0


@dataclass(slots=True)
class Group:
    """Neighbouring places decided together: ``joint`` readings as option numbers, ``model`` log p of each [joint]."""

    places: tuple[Place, ...]
    joint: list[tuple[int, ...]]
    first: F64
    model: F64
    chosen: int = 0

    @property
    def start(self) -> int:
        """The token it begins at."""
        return self.places[0].first - bool(self.places[0].options[0].article)

    @property
    def end(self) -> int:
        """The token after it."""
        return self.places[-1].last


@dataclass(slots=True)
class Look:
    """What a second look saw: its groups, and the model's log-odds of each arc against its place's words as they stand."""

    groups: list[Group] = field(default_factory=list)


def look(reading: Reading, scorer: Scorer, knowledge: Knowledge, style: Style, weights: Weights, tell: Callable[[float], None] | None = None) -> list[Group]:
    """Ask the model about every open place of a block, in text order."""
    places = find(reading, knowledge, style)
    by_sentence = {s: list(each) for s, each in itertools.groupby(places, key=lambda p: p.sentence)}
    bounds = np.searchsorted(reading.tokens.sentence, np.arange(int(reading.tokens.sentence[-1]) + 2))
    scorer.begin()
    out: list[Group] = []
    page = _Page(reading, scorer)
    position = 0
    for done, (sentence, here) in enumerate(by_sentence.items()):
        first, last = int(bounds[sentence]), int(bounds[sentence + 1])
        position = page.skip(position, first)
        groups = gather(here)
        _ask(page, groups, first, last, weights)
        page.settle(groups, first, last)
        position = last
        out += groups
        if tell:
            tell((done + 1) / len(by_sentence))
    return out


def gather(places: Sequence[Place]) -> list[Group]:
    """The groups of one sentence's places."""
    runs: list[list[Place]] = []
    for place in places:
        size = np.prod([len(p.options) for p in runs[-1]]) * len(place.options) if runs else 0
        if runs and place.first - runs[-1][-1].last <= NEAR and size <= 4 * JOINT and len(place.options) > 1 < len(runs[-1][-1].options):
            runs[-1].append(place)
        else:
            runs.append([place])
    return [_group(tuple(run)) for run in runs]


def _group(places: tuple[Place, ...]) -> Group:
    best = (0,) * len(places)
    every = list(itertools.product(*(range(len(p.options)) for p in places)))
    log = {joint: sum(p.options[k].log_first for p, k in zip(places, joint, strict=True)) for joint in every}
    joint = sorted(every, key=lambda j: (j != best, -log[j], j))[:JOINT]
    return Group(places, joint, np.array([log[j] for j in joint]), np.zeros(len(joint)))


class _Page:
    """The text as read so far, given to the model piece by piece: a piece is a token with the gap before it."""

    def __init__(self, reading: Reading, scorer: Scorer) -> None:
        self.reading, self.scorer = reading, scorer

    def skip(self, position: int, first: int) -> int:
        """Read on to token ``first``; far from anything open only the last stretch before it is read."""
        for i in range(max(position, first - CONTEXT), first):
            self.scorer.append(self._copied(i))
        return first

    def pieces(self, groups: Sequence[Group], first: int, last: int, own: tuple[Group, int] | None = None) -> Iterator[tuple[int, ...]]:
        """The tokens of the text from token ``first`` to ``last``, groups as they are chosen, ``own`` as its joint reading says."""
        i = first
        at = {g.start: g for g in groups}
        while i < last:
            group = at.get(i)
            if group is None:
                yield self._copied(i)
                i += 1
                continue
            number = own[1] if own and own[0] is group else group.chosen
            yield from self._spoken(group, group.joint[number])
            i = group.end

    def settle(self, groups: Sequence[Group], first: int, last: int) -> None:
        """Make a decided sentence part of the context."""
        for tokens in self.pieces(groups, first, last):
            self.scorer.append(tokens)

    def _spoken(self, group: Group, joint: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        position = group.start
        for place, number in zip(group.places, joint, strict=True):
            option = place.options[number]
            for i in range(position, place.first):
                yield self.scorer.encode(gap(self.reading, i) + option.article) if option.article and i == place.first - 1 else self._copied(i)
            yield self.scorer.encode(gap(self.reading, place.first) + option.text)
            position = place.last

    def _copied(self, i: int) -> tuple[int, ...]:
        return self.scorer.encode(gap(self.reading, i) + self.reading.tokens[i].text)


def _ask(page: _Page, groups: list[Group], first: int, last: int, weights: Weights) -> None:
    """Score a sentence's groups; those with a neighbour in reach that was decided otherwise meanwhile, again."""
    open_groups = [g for g in groups if len(g.joint) > 1]
    for _ in range(ROUNDS):
        if not open_groups:
            return
        _score(page, groups, open_groups, first, last)
        changed = []
        for group in open_groups:
            choice = int(np.argmax(weights.model * group.model + weights.first * group.first))
            if choice != group.chosen:
                group.chosen = choice
                changed.append(group)
        open_groups = [g for g in groups if len(g.joint) > 1 and any(c is not g and c.start - TAIL <= g.end and g.start <= c.end + 3 * TAIL for c in changed)]


def _score(page: _Page, groups: Sequence[Group], asked: Sequence[Group], first: int, last: int) -> None:
    """Fill ``model`` of the asked groups from one tree."""
    tree, wanted, nodes = Tree(), [], list[int]()
    parent, position = -1, first
    for group in asked:
        for tokens in page.pieces(groups, position, group.start):
            for node in tree.extend(parent, tokens):
                parent = node
        position = group.start
        end = min(last, group.end + TAIL)
        for number in range(len(group.joint)):
            run = [t for tokens in page.pieces(groups, group.start, end, (group, number)) for t in tokens]
            path = tree.extend(parent, run)
            wanted.append((group, number, len(nodes), len(nodes) + len(path)))
            nodes += path
    log_p = page.scorer.score(tree, nodes)
    for group, number, low, high in wanted:
        group.model[number] = log_p[low:high].sum()
