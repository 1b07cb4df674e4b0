"""Near copies as evidence: what they bring, and what must not change because a copy differs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.metrics import Pair
from benchmarks.spinner import Spinner
from restore.nouns import Restoration, replay
from restore.pipeline import Restorer
from restore.witnesses.copies import prepare
from restore.witnesses.groups import Copies, sign
from restore.witnesses.pairing import pair
from restore.witnesses.values import Witness

SEEDS = Path(__file__).parent.parent / "seeds"
NAMES = ("news-ferry-strike", "economy-tax-refunds", "politics-court-ruling", "sport-marathon", "science-coral-study")


def passage(name: str, kind: str) -> str:
    return (SEEDS / f"{name}.{kind}.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer()


def witness(restorer: Restorer, name: str, text: str) -> Witness:
    return prepare(restorer, name, text, restorer.court.keys)


def wrong(name: str, found: Restoration) -> int:
    return Pair(found.text, passage(name, "original")).distance_after(found.restored)


def test_a_clean_copy_decides_and_is_named(restorer: Restorer) -> None:
    before = after = 0
    for name in NAMES:
        original = witness(restorer, f"{name}.html", passage(name, "original"))
        assert original.clean
        found = restorer.restore(passage(name, "spun"), [original])
        before += Pair(found.text, passage(name, "original")).distance
        after += wrong(name, found)
        named = [s for s in found.suggestions if s.action == "apply" and s.evidence.witnesses == (f"{name}.html",)]
        assert len(named) > 0.9 * len(found.edits)
    assert 1 - after / before >= 0.97


def test_spun_copies_help_each_other(restorer: Restorer) -> None:
    spinner = Spinner(restorer.knowledge)
    total = alone = together = 0
    for name in NAMES:
        spun, original = passage(name, "spun"), passage(name, "original")
        copies = [witness(restorer, f"copy {seed}", spinner.spin(original, seed)) for seed in (2, 3)]
        total += Pair(spun, original).distance
        alone += wrong(name, restorer.restore(spun))
        together += wrong(name, restorer.restore(spun, copies))
    assert (alone - together) / total >= 0.05


def test_no_witnesses_change_nothing(restorer: Restorer) -> None:
    assert restorer.restore(passage(NAMES[0], "spun"), ()) == restorer.restore(passage(NAMES[0], "spun"))


def test_a_copy_of_another_story_says_nothing(restorer: Restorer) -> None:
    text = passage(NAMES[0], "spun")
    other = restorer.restore(text, [witness(restorer, "other", passage(NAMES[1], "original"))])
    assert other.edits == restorer.restore(text).edits
    assert not any(s.evidence.witnesses for s in other.suggestions)


@pytest.mark.parametrize("name", NAMES)
def test_clean_text_stays_beside_spun_copies(restorer: Restorer, name: str) -> None:
    text = passage(name, "original")
    copies = [witness(restorer, "spun", passage(name, "spun")), witness(restorer, "again", Spinner(restorer.knowledge).spin(text, 5))]
    assert restorer.restore(text, copies).edits == ()


def test_what_was_edited_by_hand_stays(restorer: Restorer) -> None:
    """A spun later version beside the clean older one: its own numbers, names and sentences are not the spinner's."""
    older = passage(NAMES[0], "original")
    later = older.replace("three miles", "seven miles").replace("Holdcroft", "Winterbourne") + "\nA correction was published on Friday.\n"
    assert later.count("seven miles") == 1
    spun = Spinner(restorer.knowledge).spin(later, 3)
    found = restorer.restore(spun, [witness(restorer, "older", older)])
    assert "seven miles" in found.restored
    assert "Winterbourne" in found.restored
    assert "A correction was published on Friday" in found.restored
    assert Pair(spun, later).distance_after(found.restored) < 0.1 * Pair(spun, later).distance


def test_a_number_may_be_written_in_another_way(restorer: Restorer) -> None:
    original = passage(NAMES[1], "original")
    spun = passage(NAMES[1], "spun")
    number = next(w for w in ("two", "three", "four", "five", "six") if f" {w} " in original and f" {w} " in spun)
    digit = str(["two", "three", "four", "five", "six"].index(number) + 2)
    changed = spun.replace(f" {number} ", f" {digit} ", 1)
    found = restorer.restore(changed, [witness(restorer, "original", original)])
    assert any(s.before == digit and s.replacement == number and s.evidence.witnesses for s in found.suggestions if s.action == "apply")
    other = restorer.restore(spun.replace(f" {number} ", " 97 ", 1), [witness(restorer, "original", original)])
    assert " 97 " in other.restored


_WORDS = st.sampled_from([*passage(NAMES[0], "spun").split()[:60], *passage(NAMES[0], "original").split()[:60], "\n\n", "97", "{dollars}", "http://x.com/a"])


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 200), words=st.lists(_WORDS, max_size=80))
def test_any_copy_keeps_the_promises(cut: int, words: list[str]) -> None:
    restorer = _SHARED
    text = passage(NAMES[0], "spun")
    copy = text[: 3 * cut] + " ".join(words) + text[6 * cut :]
    found = restorer.restore(text, [witness(restorer, "copy", copy)])
    assert all(text[s.start : s.end] == s.before for s in found.suggestions)
    assert found.restored == replay(text, found.edits)
    assert found.restored.count("\n") == text.count("\n")


_SHARED = Restorer()


def test_pairing_finds_common_originals_and_what_differs() -> None:
    """ "a big battle ended soon" beside "a large war was over soon": battle and war share an original; "ended" and "was over" do not."""

    def own(*words: str) -> list[dict[tuple[str, ...], list[tuple[int, float]]]]:
        return [{(word,): [(i + 1, 0.0)]} for i, word in enumerate(words)]

    mine, theirs = own("a", "big", "battle", "ended", "soon"), own("a", "large", "war", "was", "over", "soon")
    mine[2]["war",] = [(3, 0.0)]
    theirs[1]["big",] = [(2, 0.0)]
    guide = ([next(iter(r))[0] for r in mine], [next(iter(r))[0] for r in theirs])
    found = pair(mine, theirs, guide, np.zeros(5, dtype=np.int64))
    assert found.gaps == ((3, 4, 3, 5),)
    assert found.low.tolist() == [0, 1, 2, 3, 5, 6]
    assert found.paired.all()


def test_pairing_of_nothing_with_something() -> None:
    assert not pair([{("a",): [(1, 0.0)]}], [], (["a"], []), np.zeros(1, dtype=np.int64)).paired.any()


def test_copies_are_found_and_other_stories_are_not(restorer: Restorer) -> None:
    pytest.importorskip("rensa")
    folding, index = restorer.court.folding, Copies()
    for name in NAMES:
        for kind in ("original", "spun"):
            index.add(sign(folding, f"{name} {kind}", passage(name, kind)))
    index.add(sign(folding, "short", "Read more. All rights reserved."))
    for name in NAMES:
        assert [other for other, _ in index.near(f"{name} spun")] == [f"{name} original"]
    assert index.near("short") == []
    assert index.near("unknown") == []


@pytest.mark.parametrize("number", ["5.eighty three", "ninety nine,936", "12.three"])
def test_a_half_written_number_that_a_clean_copy_has_whole_is_one_suggestion(restorer: Restorer, number: str) -> None:
    name = "economy-tax-refunds"
    whole = {"5.eighty three": "5.83", "ninety nine,936": "99,936", "12.three": "12.3"}[number]
    original = witness(restorer, "clean", passage(name, "original") + f"\nThe file with the figures has {whole} megabytes and can be read by everybody.\n")
    found = restorer.restore(passage(name, "spun") + f"\nThe file with the figures has {number} megabytes and can be read by everyone.\n", [original])
    assert f"has {whole} megabytes" in found.restored
    assert all(a.end <= b.start for a, b in zip(found.suggestions, found.suggestions[1:], strict=False))
