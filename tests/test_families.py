"""Which spinner made a text: the passages of seeds/, and such as other families' dictionaries make."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from conftest import RealRestorer

from benchmarks.metrics import Pair
from benchmarks.spinner import Spinner
from restore.family import Odds
from restore.settings import Settings

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
