"""Replacements take on case, article, apostrophes and spelling of the place they come to."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore.surface import Style, article, changes, match_case, on_lines, with_breaks
from restore.tokens import Token, Tokens

TO_AMERICAN = {"colour": "color", "centre": "center", "organise": "organize", "defence": "defense"}
TO_BRITISH = {american: british for british, american in TO_AMERICAN.items()}

CASE = [
    ("small letters", "war", "battle", False, "war"),
    ("opening a sentence", "war", "Battle", True, "War"),
    ("a phrase for a word, opening", "a lot of", "Many", True, "A lot of"),
    ("a phrase for a phrase, opening", "military issues", "Navy points", True, "Military issues"),
    ("a name", "white house", "White Home", False, "White House"),
    ("a name, opening", "white house", "White Home", True, "White House"),
    ("one capital inside a sentence", "house", "Home", False, "House"),
    ("a phrase for one capital inside", "white house", "Home", False, "White House"),
    ("small words in a name", "house of representatives", "Home Of Representatives", False, "House of Representatives"),
    ("all capitals", "war", "BATTLE", False, "WAR"),
    ("all capitals, a phrase", "the war", "THE BATTLE", True, "THE WAR"),
    ("one capital letter is no shout", "one", "A", True, "One"),
    ("a capital at the end", "key event", "main Occasion", False, "key Event"),
    ("hyphen in a name", "vice-president", "Deputy President", False, "Vice-President"),
    ("I is always a capital", "i am", "me are", False, "I am"),
    ("I with a clitic", "i'm", "me are", False, "I'm"),
    ("i.e. is none", "that is, i.e.", "namely", False, "that is, i.e."),
    ("a number before", "two wars", "2 Battles", True, "Two wars"),
    ("capitals of its own", "the United States", "america", False, "the United States"),
    ("capitals of its own, opening", "the United States", "America", True, "The United States"),
    ("capitals of its own, an acronym", "United States", "USA", False, "United States"),
    ("capitals of its own, all capitals", "Chinese shares", "JAPANESE STOCKS", False, "CHINESE SHARES"),
    ("a small letter of its own", "iPhone", "Phone", True, "iPhone"),
]
ARTICLES = [
    ("a", ["war", "battle", "house", "historic", "university", "union", "unit", "unique", "uniform", "united", "user", "usual", "useful", "European", "euro"]),
    ("a", ["one", "one-time", "once", "UK", "US", "UN", "URL", "UFO", "utility", "utopia", "uranium", "unanimous", "ubiquitous", "eulogy", "ewe"]),
    ("a", ["9", "10", "12", "100", "180", "CEO", "BBC", "PDF", "NATO", "NASA", "FEMA", "“war”", "hospital", "humble", "year", "Ukrainian", "ukulele"]),
    ("an", ["hour", "hourly", "honest", "honour", "honor", "honorary", "heir", "heiress", "event", "article", "island", "officer", "eastern", "actor"]),
    ("an", ["uncle", "unimportant", "uninsured", "unintended", "unidentified", "unimaginable", "unusual", "urgent", "umbrella", "unanswered", "understanding"]),
    ("an", ["8", "80", "8th", "11", "18", "FBI", "MP", "NGO", "SOS", "HIV", "EU", "IRS", "X-ray", "x-ray", "“event”", "(event", "onerous", "only"]),
]
MINIMAL = [
    ("one word in three", "the primary time", "the first time", [(1, 2, "first")]),
    ("two apart", "a lot the battle", "a few the war", [(1, 2, "few"), (3, 4, "war")]),
    ("two together", "the japanese battle", "the eastern war", [(1, 3, "eastern war")]),
    ("nothing", "the war", "the war", []),
    ("a longer original", "many people", "a lot of people", [(0, 1, "a lot of")]),
    ("a shorter one", "a great deal of people", "many people", [(0, 4, "many")]),
    ("a shared beginning", "in accordance to him", "in line him", [(1, 3, "line")]),
    ("at least a word stays to be changed", "thousands and thousands", "thousands", [(0, 3, "thousands")]),
]
vocabulary = st.lists(st.sampled_from(["the", "war", "a", "lot", "of", "people"]), min_size=1, max_size=6)

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


def observed(text: str) -> list[Token]:
    tokens = Tokens(text)
    return [tokens[i] for i in range(len(tokens))]


@pytest.mark.parametrize(("what", "replacement", "seen", "opens", "expected"), CASE, ids=[c[0] for c in CASE])
def test_case(what: str, replacement: str, seen: str, opens: bool, expected: str) -> None:
    assert match_case(replacement, observed(seen), opens=opens) == expected


@pytest.mark.parametrize(("expected", "following"), [(a, w) for a, group in ARTICLES for w in group])
def test_article(expected: str, following: str) -> None:
    assert article(following) == expected


@pytest.mark.parametrize(("what", "seen", "original", "expected"), MINIMAL, ids=[c[0] for c in MINIMAL])
def test_the_least_is_changed(what: str, seen: str, original: str, expected: list[tuple[int, int, str]]) -> None:
    assert [(c.first, c.last, c.text) for c in changes(tuple(seen.split()), original)] == expected


@calm
@given(vocabulary, vocabulary)
def test_changes_lead_to_the_original(seen: list[str], original: list[str]) -> None:
    result = list(seen)
    for change in reversed(changes(tuple(seen), " ".join(original))):
        assert change.text.split() == list(change.words)
        result[change.first : change.last] = change.words
    assert result == original


def style(text: str) -> Style:
    return Style.of(Tokens(text), TO_AMERICAN, TO_BRITISH)


STYLES = [
    ("curly", "He doesn’t. They won’t. It's.", "don't", "don’t"),
    ("straight", "He doesn't. They won't. It’s.", "don't", "don't"),
    ("no apostrophe at all", "He does not.", "don't", "don't"),
    ("british", "The colour of the centre.", "the color of defense", "the colour of defence"),
    ("american", "The color of the center.", "the colour of defence", "the color of defense"),
    ("neither", "The war.", "the colour", "the color"),
    ("the majority", "The colour, the centre and the color.", "defense", "defence"),
    ("british and curly", "He doesn’t see the colour.", "they don't organize", "they don’t organise"),
    ("only whole words", "The colour.", "colorado", "colorado"),
]


@pytest.mark.parametrize(("what", "document", "text", "expected"), STYLES, ids=[c[0] for c in STYLES])
def test_style(what: str, document: str, text: str, expected: str) -> None:
    assert style(document).dress(text, TO_AMERICAN, TO_BRITISH) == expected


@pytest.mark.parametrize(
    ("replacement", "before", "expected"),
    [
        ("many", "a lot of", "many"),
        ("in the first place", "to begin\nwith", "in the first\nplace"),
        ("help you", "provide\nhelp to", "help\nyou"),
        ("artificial intelligence", "counterfeit \r\n  consciousness", "artificial \r\n  intelligence"),
        ("as well as that", "a\nb\nc", "as\nwell as\nthat"),
        ("now", "this\nmoment", None),
    ],
)
def test_line_breaks_stay_between_words(replacement: str, before: str, expected: str | None) -> None:
    assert with_breaks(replacement, before) == expected


@given(st.lists(st.sampled_from(["a", "moment", "in", "first"]), min_size=1, max_size=6), st.lists(st.sampled_from([" ", "\n", " \r\n\t"]), max_size=4))
def test_every_line_break_stays(words: list[str], gaps: list[str]) -> None:
    before = "x" + "".join(f"{gap}yz" for gap in gaps)
    made = with_breaks(" ".join(words), before)
    breaks = [gap for gap in gaps if "\n" in gap]
    assert (made is None) == (len(breaks) >= len(words))
    if made is not None:
        assert made.split() == words
        assert [gap for gap in re.findall(r"\s+", made) if gap != " "] == breaks


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("at this\nmoment it", ["now", "at once"], (2, " this\nmoment", ["\nnow", "\nat once"])),
        ("at this\nmoment it", ["at once", "now"], (3, "this\nmoment", ["at\nonce", ""])),
        ("at\nthis\nmoment", ["now"], None),
        ("so\n- this\nmoment", ["now"], None),
        ("12. this\nmoment", ["now"], None),
        ("at (this\nmoment)", ["now"], None),
    ],
)
def test_the_break_of_one_word_stands_before_it(text: str, options: list[str], expected: tuple[int, str, list[str]] | None) -> None:
    start = text.index("this")
    assert on_lines(text, start, text[start : text.index("moment") + 6], options) == expected
