"""Suggestions: what is shown for a change, its probability, and its alternatives."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import RealRestorer

from restore.nouns import Suggestion
from restore.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds"
SPUN = (
    "The administration mentioned on Tuesday that it needed to take a number of steps in direction of peace. The president advised reporters that the battle "
    "had grow to be an enormous drawback for each international locations.{} Nonetheless, many individuals weren't prepared to assist the plan.\n"
)


def found(text: str, before: str) -> Suggestion:
    (suggestion,) = (s for s in RealRestorer(Settings(fast=True)).restore(text).suggestions if s.before == before)
    return suggestion


@pytest.mark.parametrize(
    ("more", "spelled"),
    [(" The colour of the defence labour programme was grey.", "towards"), (" The color of the defense labor program was gray.", "toward")],
)
def test_two_spellings_of_a_word_are_one_change_in_the_spelling_of_the_text(more: str, spelled: str) -> None:
    suggestion = found(SPUN.format(more), "in direction of")
    assert suggestion.replacement == spelled and suggestion.probability > 0.9
    assert not {a.text for a in suggestion.alternatives} & ({"toward", "towards"} - {spelled})


@pytest.mark.parametrize(
    ("more", "name"),
    [(" The colour of the labour programme was grey.", "Defence Secretary"), (" The color of the labor program was gray.", "Defense Secretary")],
)
def test_of_two_spellings_of_a_name_the_text_has_its_own(more: str, name: str) -> None:
    text = SPUN.format(f"{more} The Protection Secretary, Ann Miller, mentioned that on Monday.")
    suggestion = found(text, "Protection")
    assert (suggestion.replacement, suggestion.evidence.name) == (name.split()[0], name)
    assert suggestion.probability > 0.9


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.spun.txt"))[::3], ids=lambda path: path.name)
def test_the_readings_of_a_place_come_to_one_at_most(path: Path) -> None:
    for suggestion in RealRestorer(Settings(fast=True)).restore(path.read_text(encoding="utf-8")).suggestions:
        assert sum(a.probability for a in suggestion.alternatives) <= 1 + 1e-9
        assert suggestion.replacement in {a.text for a in suggestion.alternatives}


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.spun.txt"))[1::4], ids=lambda path: path.name)
def test_a_lower_threshold_asks_more_and_applies_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    more, fewer = (RealRestorer(Settings(fast=True, ask_threshold=t)).restore(text) for t in (0.1, 0.4))
    assert more.edits == fewer.edits
    asked, few = ({(s.start, s.end, s.replacement): s for s in each.suggestions if s.action == "ask"} for each in (more, fewer))
    assert few.items() < asked.items()
    assert all(s.probability >= 0.1 for s in asked.values())


def test_words_that_rather_stay_are_asked_about_too() -> None:
    found = [s for path in SEEDS.glob("news-*.spun.txt") for s in RealRestorer(Settings(fast=True)).restore(path.read_text(encoding="utf-8")).suggestions]
    staying = [s for s in found if s.alternatives[0].text == s.before]
    assert staying and {s.action for s in staying if s.probability >= Settings().ask_threshold} == {"ask"}


def test_of_contractions_those_with_the_authors_apostrophe_stay() -> None:
    text = SPUN.format(" “We’re not certain that it's going to work, and they don't need us,” the minister’s adviser mentioned. “It’s over.”")
    restorer = RealRestorer(Settings(fast=True))
    found = restorer.restore(text)
    assert "We’re" in found.restored and "It’s over" in found.restored
    all_straight = restorer.restore(text.replace("’", "'"))
    for contraction in ("it's", "don't"):
        changed, less = (sum(s.probability for s in each.suggestions if contraction in s.before) for each in (found, all_straight))
        assert changed > less > 0
