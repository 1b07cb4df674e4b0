"""Sums, posteriors and best readings of small lattices, against the enumeration of every reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore.decode import Schedule, Sweep, best_through
from restore.lattice import Arcs, Lattice, Scorer, adjacent, build, frame
from restore.ngram import NgramModel
from restore.train_lm import Plan, train

TEXT = [
    "The war in the east has entered its third year.",
    "The minister said on Monday that the war would end.",
    "He said the war was a crime, and she said it was not.",
    "In the east of the country the war goes on.",
    "She said that many soldiers and an officer had left.",
    "The country said it would defend the east of the country.",
    "A minister said on Friday that a deal was near.",
    "The deal, the first in a year, was near, the minister said on Monday.",
    "It was not the third war in the country.",
    "On Monday the war in the east was in its third year.",
]
WORDS = ["the", "war", "in", "east", "minister", "said", "on", "monday", "country", "was", "river", "qqqqzz"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> NgramModel:
    out = tmp_path_factory.mktemp("model") / "tiny.bin"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("restore.train_lm.LISTED", 3000)  # words of wordfreq instead of 60,000: a tenth of the time
        train(TEXT, out, Plan(extra=frozenset({"river", *" ".join(TEXT).lower().replace(".", "").split()})))
    return NgramModel(out)


@dataclass(frozen=True)
class Arc:
    """An arc of a hand-made lattice: tokens first to last (exclusive), the words that may have stood there, its channel score."""

    first: int
    last: int
    words: tuple[str, ...]
    score: float


@dataclass(frozen=True)
class Case:
    """Arcs over sentences of so many tokens each."""

    lengths: tuple[int, ...]
    arcs: tuple[Arc, ...]

    @property
    def sentence_of(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.lengths)), self.lengths).astype(np.int32)

    def readings(self, sentence: int) -> list[tuple[int, ...]]:
        """Every sequence of arcs that covers the sentence."""
        begin = sum(self.lengths[:sentence])
        return list(self._from(begin, begin + self.lengths[sentence]))

    def _from(self, position: int, end: int) -> Iterator[tuple[int, ...]]:
        if position == end:
            yield ()
        for number, arc in enumerate(self.arcs):
            if arc.first == position and arc.last <= end:
                for rest in self._from(arc.last, end):
                    yield (number, *rest)


def lay_out(model: NgramModel, case: Case) -> tuple[tuple[Arcs, np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """The framed arcs, the number in the case of each (-1 for a frame arc), and the channel score of each."""
    width = max(len(a.words) for a in case.arcs)
    words = np.full((len(case.arcs), width), -1, dtype=np.int32)
    for k, arc in enumerate(case.arcs):
        words[k, : len(arc.words)] = [model.ids[w] for w in arc.words]
    first, last = (np.array([getattr(a, x) for a in case.arcs], dtype=np.int64) for x in ("first", "last"))
    size = np.array([len(a.words) for a in case.arcs], dtype=np.int64)
    order = np.argsort(first, kind="stable")
    arcs = Arcs(first, last, words, size, np.arange(len(case.arcs)), np.zeros(len(case.arcs))).take(order)
    framed = frame(arcs, case.sentence_of, model.bos)
    number = np.where(framed[0].head >= 0, framed[0].head, -1)
    channel = np.where(number >= 0, np.array([a.score for a in case.arcs])[number], 0.0)
    return framed, number, channel


def compile_case(model: NgramModel, case: Case) -> tuple[Lattice, np.ndarray, np.ndarray]:
    """The lattice, the number in the case of each of its arcs, and the weight of each of its edges."""
    framed, number, channel = lay_out(model, case)
    lattice = build(model, *framed)
    return lattice, number, lattice.edge_lm.astype(np.float64) + channel[lattice.state_arc[lattice.edge_to]]


def language(model: NgramModel, case: Case, reading: tuple[int, ...]) -> float:
    """What the language model gives the whole sentence that a reading spells."""
    ids = np.array([model.ids[w] for k in reading for w in case.arcs[k].words])
    return float(model.score(ids).astype(np.float64).sum())


def enumerate_case(model: NgramModel, case: Case) -> list[dict[tuple[int, ...], float]]:
    """A sentence at a time, every reading with its score."""
    return [{r: language(model, case, r) + sum(case.arcs[k].score for k in r) for r in case.readings(s)} for s in range(len(case.lengths))]


def log_sum(scores: list[float]) -> float:
    return float(np.logaddexp.reduce(scores))


def expect_posteriors(case: Case, every: list[dict[tuple[int, ...], float]]) -> np.ndarray:
    out = np.zeros(len(case.arcs))
    for readings in every:
        total = log_sum(list(readings.values()))
        for reading, score in readings.items():
            out[list(reading)] += np.exp(score - total)
    return out


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lengths = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    word, score = st.sampled_from(WORDS), st.floats(-6, 0, width=16)
    arcs, begin = [], 0
    for length in lengths:
        arcs += [Arc(i, i + 1, (draw(word),), draw(score)) for i in range(begin, begin + length)]
        for _ in range(draw(st.integers(0, 4))):
            first = draw(st.integers(begin, begin + length - 1))
            last = draw(st.integers(first + 1, min(first + 3, begin + length)))
            arcs.append(Arc(first, last, tuple(draw(st.lists(word, min_size=1, max_size=4))), draw(score)))
        begin += length
    return Case(lengths, tuple(draw(st.permutations(arcs))))


BATTLE = Case(  # "the battle in japanese", where "battle" may be "war" and "in japanese" may be "in the east"
    (4, 1),
    (
        Arc(0, 1, ("the",), 0.0),
        Arc(1, 2, ("river",), -2.0),
        Arc(1, 2, ("war",), -0.5),
        Arc(2, 3, ("in",), 0.0),
        Arc(3, 4, ("qqqqzz",), -2.0),
        Arc(2, 4, ("in", "the", "east"), -0.5),
        Arc(4, 5, ("said",), 0.0),
    ),
)
sweep = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_a_hand_made_lattice(model: NgramModel) -> None:
    lattice, number, weight = compile_case(model, BATTLE)
    found = Sweep(lattice, Schedule.of(lattice), weight).path()
    assert number[found].tolist() == [0, 2, 5, 6]
    probability, _ = Sweep(lattice, Schedule.of(lattice), weight).posteriors()
    assert probability[number == 2][0] > 0.9


def test_known_posteriors_without_a_language_model(model: NgramModel) -> None:
    """Two arcs with odds 3 to 1 and the same word: whatever the model says cancels."""
    case = Case((2,), (Arc(0, 1, ("war",), np.log(0.75)), Arc(0, 1, ("war",), np.log(0.25)), Arc(1, 2, ("said",), 0.0)))
    lattice, number, weight = compile_case(model, case)
    probability, _ = Sweep(lattice, Schedule.of(lattice), weight).posteriors()
    assert probability[np.argsort(number)][-3:] == pytest.approx([0.75, 0.25, 1.0])


@sweep
@given(cases())
def test_totals_and_posteriors_are_those_of_all_readings(model: NgramModel, case: Case) -> None:
    lattice, number, weight = compile_case(model, case)
    every = enumerate_case(model, case)
    probability, total = Sweep(lattice, Schedule.of(lattice), weight).posteriors()
    assert total == pytest.approx([log_sum(list(readings.values())) for readings in every], abs=1e-3)
    own = number >= 0
    found = np.zeros(len(case.arcs))
    found[number[own]] = probability[own]
    assert found == pytest.approx(expect_posteriors(case, every), abs=1e-3)
    assert probability[~own] == pytest.approx(1, abs=1e-6), "every reading goes through the frame"


@sweep
@given(cases())
def test_viterbi_finds_a_best_reading(model: NgramModel, case: Case) -> None:
    lattice, number, weight = compile_case(model, case)
    path = number[Sweep(lattice, Schedule.of(lattice), weight).path()].tolist()
    covered = [i for k in path for i in range(case.arcs[k].first, case.arcs[k].last)]
    assert covered == list(range(sum(case.lengths)))
    for readings in enumerate_case(model, case):
        reading = next(r for n in range(len(path) + 1) if (r := tuple(path[:n])) in readings)
        path = path[len(reading) :]
        assert readings[reading] == pytest.approx(max(readings.values()), abs=1e-3)


@sweep
@given(cases())
def test_edges_add_up_to_the_score_of_the_whole_sentence(model: NgramModel, case: Case) -> None:
    """With every reading but one switched off, the total is the language model's score of that one."""
    lattice, number, _ = compile_case(model, case)
    for choice in list(product(*(case.readings(s) for s in range(len(case.lengths)))))[:6]:
        used = np.array([n < 0 or any(n in reading for reading in choice) for n in number])
        weight = np.where(used[lattice.state_arc[lattice.edge_to]], lattice.edge_lm.astype(np.float64), -1e6)
        _, total = Sweep(lattice, Schedule.of(lattice), weight).posteriors()
        assert total == pytest.approx([language(model, case, reading) for reading in choice], abs=1e-3)


@sweep
@given(cases())
def test_several_weights_are_swept_at_once(model: NgramModel, case: Case) -> None:
    """A factor an arc is the same as its logarithm in the weights."""
    lattice, number, weight = compile_case(model, case)
    schedule = Schedule.of(lattice)
    lighter = np.where(number[lattice.state_arc[lattice.edge_to]] % 2 == 1, 0.25, 1.0)
    factor = np.where(number % 2 == 1, 0.25, 1.0)
    alone = Sweep(lattice, schedule, weight + np.log(lighter))
    once = Sweep(lattice, schedule, weight)
    both = once.totals(np.stack([np.ones(len(factor)), factor], axis=1))
    assert both[:, 0] == pytest.approx(once.posteriors()[1])
    assert both[:, 1] == pytest.approx(alone.posteriors()[1])
    assert once.posteriors(factor)[0] == pytest.approx(alone.posteriors()[0], abs=1e-9)


@sweep
@given(cases())
def test_the_coarse_pass_scores_the_best_reading_through_every_arc(model: NgramModel, case: Case) -> None:
    """With bigrams of adjacent arcs, whose brute force is the enumeration of readings again."""
    (arcs, start, end, level, _), number, channel = lay_out(model, case)
    a, b = adjacent(start, end)
    scorer = Scorer(model, arcs)
    weight = scorer.pairs(a, b)[0].astype(np.float64) + channel[b]
    begin, final = (np.flatnonzero((arcs.head == -2) & ((level == 1) == first)) for first in (True, False))
    found = best_through(level, a, b, weight, begin, final, len(arcs))
    pair = {(x, y): w for x, y, w in zip(a.tolist(), b.tolist(), weight.tolist(), strict=True)}
    place = {n: i for i, n in enumerate(number.tolist()) if n >= 0}
    for s in range(len(case.lengths)):
        totals = {}
        for reading in case.readings(s):
            path = [int(begin[s]), *(place[k] for k in reading), int(final[s])]
            totals[reading] = sum(pair[x, y] for x, y in pairwise(path))
        for k in {k for reading in totals for k in reading}:
            assert found[place[k]] == pytest.approx(max(t for r, t in totals.items() if k in r), abs=1e-6)


def test_sentences_do_not_touch(model: NgramModel) -> None:
    """A sentence decodes alone as it does among others."""
    both = enumerate_case(model, BATTLE)
    lattice, _, weight = compile_case(model, BATTLE)
    _, total = Sweep(lattice, Schedule.of(lattice), weight).posteriors()
    alone = Case((4,), BATTLE.arcs[:6])
    lattice, _, weight = compile_case(model, alone)
    _, single = Sweep(lattice, Schedule.of(lattice), weight).posteriors()
    assert total[0] == pytest.approx(single[0])
    assert len(both[1]) == 1 and total[1] == pytest.approx(next(iter(both[1].values())), abs=1e-4)


def test_decoding_twice_gives_the_same(model: NgramModel) -> None:
    first, second = (Sweep(lat, Schedule.of(lat), w).posteriors()[0] for lat, _, w in (compile_case(model, BATTLE), compile_case(model, BATTLE)))
    assert (first == second).all()
