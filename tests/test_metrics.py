"""The yardstick itself, on texts small enough to count by hand."""

from __future__ import annotations

import doctest

import pytest

from benchmarks import metrics
from benchmarks.metrics import Pair, Score, calibration_error, distance, found_in_review, words
from restore.nouns import Action, Alternative, Edit, Evidence, Suggestion, replay

SPUN = "The battle was once lengthy.\nShe mentioned so."
ORIGINAL = "The war was long.\nShe said so."


def suggest(before: str, *alternatives: str, probability: float = 0.9, action: Action = "apply", text: str = SPUN) -> Suggestion:
    start = text.index(before)
    readings = tuple(Alternative(a, 0.3) for a in alternatives)
    return Suggestion(start, start + len(before), before, alternatives[0], probability, action, readings, Evidence("word"))


def test_examples() -> None:
    assert doctest.testmod(metrics).failed == 0


def test_words_fold_case_and_apostrophes() -> None:
    assert words("Don’t STOP, it's 1,000 p.c.!") == words("don't stop it’s 1,000 P.C.")
    assert distance("{dollars}", "dollars") == 2


def test_distance_adds_up_over_lines() -> None:
    pair = Pair(SPUN, ORIGINAL)
    assert pair.distance == 4 == distance(SPUN, ORIGINAL) == sum(gold.worth for gold in pair.gold())
    assert pair.distance_after(ORIGINAL) == 0
    assert pair.distance_after(SPUN) == 4


def test_gold_places() -> None:
    places = [(gold.spun, gold.original, gold.worth) for gold in Pair(SPUN, ORIGINAL).gold()]
    assert places == [("battle", "war", 1), ("once lengthy", "long", 2), ("mentioned", "said", 1)]
    assert all(SPUN[gold.start : gold.end] == gold.spun for gold in Pair(SPUN, ORIGINAL).gold())


def test_words_left_out_lie_in_a_gap() -> None:
    (gold,) = Pair("to finish war", "to end the finish war").gold()
    assert (gold.spun, gold.original, gold.worth) == ("", "end the", 2)
    assert gold.touches(3, 9)
    assert gold.touches(0, 2)
    assert not gold.touches(10, 13)


@pytest.mark.parametrize(
    ("before", "after", "gain"),
    [("battle", "war", 1), ("battle", "fight", 0), ("The", "A", -1), ("was once", "was", 1), ("mentioned", "said", 1)],
)
def test_gain_of_one_edit(before: str, after: str, gain: int) -> None:
    start = SPUN.index(before)
    assert Pair(SPUN, ORIGINAL).gain(start, start + len(before), after) == gain


def test_gain_across_a_line_break_and_without_paired_lines() -> None:
    start = SPUN.index("lengthy")
    assert Pair(SPUN, ORIGINAL).gain(start, start + len("lengthy.\nShe"), "long.\nShe") == 1
    assert Pair(SPUN, ORIGINAL.replace("\n", " ")).gain(4, 10, "war") == 1


def test_score() -> None:
    edits = [Edit(4, 10, "battle", "war"), Edit(29, 32, "She", "He")]
    pair, score = Pair(SPUN, ORIGINAL), Score()
    score.add(pair, edits, replay(SPUN, edits))
    assert (score.wrong, score.left, score.edits, score.right) == (4, 4, 2, 1)
    assert score.recovered == 0.0
    assert score.edit_precision == 0.5
    assert score.clean_rate == pytest.approx(1000 * 2 / 8)
    total = Score()
    total.merge(score)
    total.merge(score)
    assert (total.texts, total.recovered, total.wrong) == (2, 0.0, 8)


def test_review_yield_counts_the_first_three_that_change_something() -> None:
    pair = Pair(SPUN, ORIGINAL)
    assert found_in_review(pair, [suggest("battle", "fight", "battle", "combat", "war")]) == 1
    assert found_in_review(pair, [suggest("battle", "fight", "combat", "clash", "war")]) == 0
    assert found_in_review(pair, [suggest("once lengthy", "long")]) == 2
    assert found_in_review(pair, [suggest("lengthy", "long")]) == 1
    assert found_in_review(pair, [suggest("once lengthy", "once long"), suggest("mentioned", "said", action="leave")]) == 2


def test_calibration_counts_what_is_shown() -> None:
    score, shown = Score(), [suggest("battle", "war"), suggest("once", "then", probability=0.3, action="ask"), suggest("mentioned", "said", action="leave")]
    score.add(Pair(SPUN, ORIGINAL), [], SPUN, shown)
    assert score.outcomes == [(0.9, True), (0.3, False)]
    assert score.calibration == pytest.approx((0.1 + 0.3) / 2)
    assert calibration_error([]) == 0.0
    assert calibration_error([(1.0, True), (0.0, False)]) == 0.0
    assert calibration_error([(0.55, True), (0.95, False)]) == pytest.approx((0.45 + 0.95) / 2)
