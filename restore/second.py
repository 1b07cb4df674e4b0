"""The second look: a small language model weighs what the first pass left open, sentence by sentence, with the restored page before it.

Every sentence is one tree: the first pass's reading, and from every group of open stretches its readings up to a few words after it.
(To ask again about groups whose neighbours were decided otherwise cost a quarter more and changed nothing: 0.832 recovered either way.)
``combination.py`` weighs what the model says, what the first pass said and what the rest of the page decided.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from restore import places
from restore.combination import Group, Weights, combine
from restore.loading import Knowledge
from restore.neural.causal import Scorer, Tree
from restore.neural.stretches import REACH, Stretch, find, gap
from restore.suggest import Opinion, Reading
from restore.surface import Style
from restore.term_features import EVIDENCE, Weighing
from restore.term_look import TermLook

F64 = npt.NDArray[np.float64]
Progress = Callable[[float], None]
#: Words after a group that its readings are still scored on: 2 cost an eighth less and give 0.821 recovered for 0.824 on eight development texts,
#: 0.843 either way on the real article.
TAIL = 3
#: Joint readings of neighbouring stretches, the likeliest of the first pass.
JOINT = 12
#: Tokens of text that are read before the first open stretch after a gap.
CONTEXT = 60
#: Characters of a word that the model reads: the longest in English has 45, and what is longer is data, which would fill the memory.
LONGEST = 60
#: Nodes after which a tree is full; what the model keeps for a run grows with their square (300 nodes: 20 MB).
LARGEST = 300


class SecondLook:
    """A language model with the weights it is believed by. It has one context, so threads take turns."""

    def __init__(self, scorer: Scorer, weights: Weights) -> None:
        self.scorer, self.weights = scorer, weights
        self._turn = Lock()

    def revise(self, reading: Reading, knowledge: Knowledge, style: Style, tell: Progress | None = None) -> Reading:
        """The reading with the open stretches decided anew: posteriors, best path, and what the model said of each arc."""
        with self._turn:
            groups = ask(reading, self.scorer, knowledge, style, self.weights, tell)
        return adopt(reading, groups, combine(groups, self.weights))

    @cached_property
    def terms(self) -> TermLook:
        """The same model asked about tortured terms. Raises ModelError."""
        return TermLook(self.scorer, Weighing.load(places.dictionaries() / EVIDENCE, looked=True), self._turn)


def load(model: str = "") -> SecondLook | None:
    """The second look with the installed model, or with the one at ``model``; None where none is installed. Raises SettingsError."""
    from restore.neural import store

    folder = store.resolve(Path(model)) if model else store.default_folder()
    if not model and not store.usable(folder):
        return None
    from restore.neural.causal import CausalModel

    return SecondLook(CausalModel(folder), Weights.load(places.dictionaries() / "second.json"))


def ask(reading: Reading, scorer: Scorer, knowledge: Knowledge, style: Style, weights: Weights, tell: Progress | None = None) -> list[Group]:
    """Ask the model about every open stretch of a block, in text order."""
    by_sentence = {s: list(each) for s, each in itertools.groupby(find(reading, knowledge, style), key=lambda p: p.sentence)}
    bounds = np.searchsorted(reading.tokens.sentence, np.arange(int(reading.tokens.sentence[-1]) + 2))
    scorer.begin()
    page = _Page(reading, scorer)
    out: list[Group] = []
    position = 0
    for done, (sentence, here) in enumerate(by_sentence.items(), 1):
        first, last = int(bounds[sentence]), int(bounds[sentence + 1])
        page.read(position, first)
        groups = gather(here)
        _decide(page, groups, first, last, weights)
        page.settle(groups, first, last)
        position = last
        out += groups
        if tell:
            tell(done / len(by_sentence))
    return out


def adopt(reading: Reading, groups: Sequence[Group], probability: Sequence[F64]) -> Reading:
    """The reading with these probabilities of its open stretches' readings."""
    posterior, path = reading.posterior.copy(), set(reading.path.tolist())
    arcs, said = reading.lattice.arcs, {}
    looked = np.full(len(reading.tokens) + 1, -1)
    opened = [(g, k, p) for g, p in zip(groups, probability, strict=True) if len(g.joint) > 1 for k in range(len(g.stretches))]
    for number, (group, k, _) in enumerate(opened):
        looked[group.stretches[k].first : group.stretches[k].last] = number
    inside = (arcs.head != -2) & (looked[np.minimum(arcs.first, len(reading.tokens) - 1)] >= 0)
    posterior[inside] = 0.0
    path -= set(np.flatnonzero(inside).tolist())
    for group, k, p in opened:
        stretch, best = group.stretches[k], group.joint[int(np.argmax(p))][k]
        for number, share in enumerate(group.shares(p)[k].tolist()):
            opinion = _opinion(group, k, number)
            for way, part in stretch.options[number].ways:
                posterior[list(way)] += share * part
                said.update(dict.fromkeys(way, opinion))
        path |= set(max(stretch.options[best].ways, key=lambda way: way[1])[0])
    order = sorted(path, key=lambda a: (int(reading.lattice.start[a]), a))
    return replace(reading, posterior=posterior, path=np.array(order, dtype=np.int64), said=said)


def _opinion(group: Group, k: int, number: int) -> Opinion:
    """What the model says of an option against the words as they stand, or against the likeliest other option where those were not considered."""
    stretch, joint = group.stretches[k], np.array(group.joint)[:, k]
    best = {n: float(group.model[joint == n].max()) for n in set(joint.tolist())}
    standing = [n for n in best if stretch.options[n].key == stretch.observed]
    rivals = standing or sorted((n for n in best if n != number), key=lambda n: -best[n])[:1]
    if number not in best or not rivals or rivals[0] == number:
        return Opinion(0.0, "")
    return Opinion(best[number] - best[rivals[0]], _difference(stretch.options[rivals[0]].text, stretch.options[number].text))


def _difference(rival: str, text: str) -> str:
    """The words of ``rival`` without those that ``text`` begins and ends with, too; at least one.

    >>> _difference("the long conflict", "the long war")
    'conflict'
    """
    words, others = rival.split(), text.split()
    while min(len(words), len(others)) > 1 and words[0] == others[0]:
        words, others = words[1:], others[1:]
    while min(len(words), len(others)) > 1 and words[-1] == others[-1]:
        words, others = words[:-1], others[:-1]
    return " ".join(words)


def gather(found: Sequence[Stretch]) -> list[Group]:
    """The groups of one sentence's stretches."""
    runs: list[list[Stretch]] = []
    for stretch in found:
        size = np.prod([len(p.options) for p in runs[-1]]) * len(stretch.options) if runs else 0
        if runs and stretch.first == runs[-1][-1].last and size <= 4 * JOINT and len(stretch.options) > 1 < len(runs[-1][-1].options):
            runs[-1].append(stretch)
        else:
            runs.append([stretch])
    return [_group(tuple(run)) for run in runs]


def _group(stretches: tuple[Stretch, ...]) -> Group:
    best = (0,) * len(stretches)
    every = list(itertools.product(*(range(len(p.options)) for p in stretches)))
    log = {joint: sum(p.options[k].log_first for p, k in zip(stretches, joint, strict=True)) for joint in every}
    joint = sorted((j for j in every if log[j] > log[best] - REACH), key=lambda j: (j != best, -log[j], j))[:JOINT]
    channel = [sum(p.options[k].channel for p, k in zip(stretches, j, strict=True)) for j in joint]
    return Group(stretches, joint, np.array([log[j] for j in joint]), np.array(channel), np.zeros(len(joint)))


class _Page:
    """The text as read so far, given to the model piece by piece: a piece is a token with the gap before it."""

    def __init__(self, reading: Reading, scorer: Scorer) -> None:
        self.reading, self.scorer = reading, scorer

    def read(self, position: int, first: int) -> None:
        """Read on to token ``first``; far from anything open only the last stretch before it is read."""
        for i in range(max(position, first - CONTEXT), first):
            self.scorer.append(self._copied(i))

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
        for stretch, number in zip(group.stretches, joint, strict=True):
            option = stretch.options[number]
            for i in range(position, stretch.first):
                yield self.scorer.encode(gap(self.reading, i) + option.article) if option.article and i == stretch.first - 1 else self._copied(i)
            yield self.scorer.encode(gap(self.reading, stretch.first) + option.text)
            position = stretch.last

    def _copied(self, i: int) -> tuple[int, ...]:
        return self.scorer.encode(gap(self.reading, i) + self.reading.tokens[i].text[:LONGEST])


def _decide(page: _Page, groups: list[Group], first: int, last: int, weights: Weights) -> None:
    """Score a sentence's groups and choose, so that the sentences after it read what was chosen."""
    opened = [g for g in groups if len(g.joint) > 1]
    _score(page, groups, opened, first, last)
    for group in opened:
        group.chosen = int(np.argmax(group.alone(weights)))


def _score(page: _Page, groups: Sequence[Group], asked: Sequence[Group], first: int, last: int) -> None:
    """Fill ``model`` of the asked groups, from as few trees as the limit on their size allows."""
    rest = list(asked)
    while rest:
        rest = rest[_score_some(page, groups, rest, first, last) :]


def _score_some(page: _Page, groups: Sequence[Group], asked: Sequence[Group], first: int, last: int) -> int:
    """Fill ``model`` of the first of the asked groups from one tree; how many of them it held."""
    tree, wanted, nodes = Tree(), [], list[int]()
    parent, position, held = -1, first, 0
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
        held += 1
        if len(tree) > LARGEST:
            break
    log_p = page.scorer.score(tree, nodes)
    for group, number, low, high in wanted:
        group.model[number] = log_p[low:high].sum()
    return held
