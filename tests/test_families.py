"""Which spinner made a text: the passages of seeds/, and such as other families' dictionaries make."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from conftest import RealRestorer

from benchmarks.metrics import Pair
from benchmarks.spinner import Spinner
from restore.compilation import compile_rows
from restore.dictionary import Row, Variant
from restore.family import Odds
from restore.lexicon import Lexicon
from restore.settings import Settings
from restore.spinrate import Spin

SEEDS = Path(__file__).parent.parent / "seeds"
with (SEEDS / "index.tsv").open(encoding="utf-8", newline="") as index:
    FAMILIES = {row["name"]: row["family"] for row in csv.DictReader(index, delimiter="\t") if row["family"] != "clean"}
#: Replaced words in a hundred from which on a passage says enough; the dictionary of G has few words of news.
ENOUGH = {"B": 8, "C": 7, "D": 5, "E": 6, "G": 7}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_family_of_a_passage_is_told(name: str) -> None:
    found = RealRestorer(Settings(fast=True)).restore((SEEDS / f"{name}.spun.txt").read_text(encoding="utf-8"))
    assert found.family == FAMILIES[name]
    assert found.family == max(found.families, key=lambda pair: pair[1])[0]
    assert sum(p for _, p in found.families) == pytest.approx(1)


@pytest.mark.parametrize("family", ENOUGH)
def test_the_family_of_what_its_dictionary_makes_is_told(family: str) -> None:
    restorer = RealRestorer(Settings(fast=True))
    spinner = Spinner(restorer.knowledge, family)
    told = []
    for number, name in enumerate(FAMILIES):
        original = (SEEDS / f"{name}.original.txt").read_text(encoding="utf-8")
        spun = spinner.spin(original, number)
        if 100 * Pair(spun, original).distance >= ENOUGH[family] * len(spun.split()):
            told.append(restorer.restore(spun).family)
    assert len(told) >= 3
    assert told.count(family) >= 0.5 * len(told), told  # the others say too little, and are left alone
    assert told.count(family) + told.count("") >= 0.9 * len(told), told


def test_the_evidence_of_those_that_were_tried_decides() -> None:
    odds = Odds({"A": 0.9, "A2": 0.05, "B": 0.01, "C": 0.03, "D": 0.006, "term": 0.004}, frozenset({"A", "B"}), frozenset())
    assert odds.best == "A"
    assert odds.rivals(spun=True) == ["C", "B"]  # A2 is A's kin
    assert odds.rivals(spun=False) == ["B"]
    given = odds.given({"A": 40.0, "C": 60.0})
    assert max(given, key=lambda name: given[name]) == "C" and sum(given.values()) == pytest.approx(1)
    assert given["B"] == 0 and odds.given({"B": 5.0})["B"] == 1


ODDS = Odds({"A": 0.9, "E": 0.1}, frozenset({"A", "E"}), frozenset({"A", "E"}), frozenset({"E"}))
LITTLE = ODDS._replace(strong=frozenset())
NOT_ASKED = ODDS._replace(alarming=None)


@pytest.mark.parametrize(
    ("odds", "name", "rate", "words", "gain", "taken"),
    [
        (ODDS, "A", 0.6, 500, 3.0, True),
        (ODDS, "A", 0.4, 40, 3.0, True),  # a spun paragraph: too few words to tell the rate
        (ODDS, "A", 0.4, 500, 9.0, False),  # a notice in officialese
        (ODDS, "A", 0.4, 500, 11.0, True),
        (ODDS, "E", 0.4, 500, 3.0, True),
        (ODDS._replace(alarming=frozenset({"A"})), "E", 0.9, 500, 4.0, False),
        (ODDS._replace(alarming=frozenset({"A"})), "E", 0.9, 500, 6.0, True),
        (NOT_ASKED, "E", 0.4, 500, 3.0, True),
        (LITTLE, "E", 0.9, 500, 4.0, False),
        (LITTLE, "E", 0.9, 500, 6.0, True),
        (LITTLE, "A", 0.9, 500, 9.0, False),
    ],
)
def test_what_it_takes_to_be_taken_for_a_family_s(odds: Odds, name: str, rate: float, words: int, gain: float, taken: bool) -> None:
    assert odds.convinces(name, Spin(rate, np.ones(1), gain), words) == taken


def test_only_those_that_the_screen_saw_and_that_say_something_are_alarming() -> None:
    odds = ODDS._replace(hopeful=frozenset({"E"}))
    assert odds.alarmed(frozenset({"E", "D", "term"})).alarming == {"E"}
    assert odds.alarmed(frozenset({"A", "A2", "A3"})).alarming == {"A"}
    assert odds.alarmed(frozenset()).alarming == frozenset()
    assert odds.alarmed(frozenset({"E", "user"})) == odds  # a user's own words may be any family's


@pytest.mark.parametrize(("family", "tells"), [("G", True), ("A", False)])
def test_words_of_phrases_tell_for_families_of_few_words(family: str, tells: bool) -> None:
    model = RealRestorer(Settings(fast=True)).knowledge.model
    row = Row("middle school", (Variant("center college", 1.0),), family, "own:1")
    lexicon = Lexicon(compile_rows([row], {}, model), model)
    college, middle, the = (float(lexicon.tell[lexicon.ids[word], 0]) for word in ("college", "middle", "the"))
    assert (college > 0 > middle) if tells else college == middle == 0
    assert the == 0
