"""Numbers that a spinner wrote out: half-written ones are litter, bare small ones are words like any other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore.numerals import half_written, share, value
from restore.protect import bare_numbers
from restore.tokens import Tokens

HALF = [  # text, what it was, why
    ("three,000", "3,000", "thousands"),
    ("a hundred and seventy,000", "170,000", "hundreds before thousands"),
    ("ninety nine,936", "99,936", "a digit group after words"),
    ("7.zero", "7.0", "a decimal part in words"),
    ("1.sixty nine", "1.69", "two words behind the point"),
    ("eight.2", "8.2", "words before the point"),
    ("eleven:00", "11:00", "a time of day"),
    ("One,000", "1,000", "capital at the start of a sentence"),
]
WHOLE = ["three, 000", "page seven.5th", "version.two", "at three. 5 more", "seven", "someone,000", "12.5", "x1.two", "A, 100", "eleven"]


@pytest.mark.parametrize(("text", "expected", "why"), HALF)
def test_half_written_numbers(text: str, expected: str, why: str) -> None:
    assert [n.text for n in half_written(f"They were {text} in all.")] == [expected], why


@pytest.mark.parametrize("text", WHOLE)
def test_other_numbers_are_none(text: str) -> None:
    assert half_written(f"They were {text} in all") == []


@given(st.text("athre,0123. fiveon-", max_size=40))
def test_spans_lie_in_the_text_and_apart(text: str) -> None:
    end = 0
    for n in half_written(text):
        assert end <= n.start < n.end <= len(text)
        assert any(c.isalpha() for c in text[n.start : n.end]) and any(c.isdigit() for c in text[n.start : n.end])
        end = n.end


def test_values() -> None:
    assert [value(x) for x in ("zero", "nineteen", "forty", "forty-two", "a hundred", "nine hundred ninety nine")] == [0, 19, 40, 42, 100, 999]


def test_rarer_numbers_have_smaller_shares() -> None:
    assert 0 == share("four") > share("4") > share("44") > share("444")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The 4 men left.", ["4"]),
        ("They were 5.", ["5"]),
        ("It cost $4, 5% more, 6 percent.", ["6"]),
        ("On May 9 and 10 June", []),
        ("at 10 p.m. or 9 am", []),
        ("a 4-year plan, 3/4 of it, pages 7-9, score 3-2", []),
        ("Figure 4 and version 2", []),
        ("In 2019 and 45 and 100 others", ["100"]),
        ("the 3rd time", ["3rd"]),
        ("Then\n4. Stir well", []),
        ("1.5 and 2.5, 3,000", []),
    ],
)
def test_bare_numbers(text: str, found: list[str]) -> None:
    tokens = Tokens(text)
    assert [tokens.words[i] for i in bare_numbers(tokens)] == found
