"""Numbers may be written differently by two copies, and have to be the same number."""

from __future__ import annotations

import pytest

from restore.witnesses.numerals import numbers, value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4), ("four", 4), ("eleven", 11), ("15th", 15), ("fifteenth", 15), ("twenty - first", 21), ("eighty three", 83), ("twentieth", 20),
        ("a hundred and forty", 140), ("one hundred forty", 140), ("170,000", 170_000), ("two thousand and six", 2006), ("six hundred thousand", 600_000),
        ("three million", 3_000_000), ("ninth", 9), ("zero", 0),
        ("12 . three", "12.3"), ("48.8", "48.8"), ("forty eight . eight", "48.8"), ("7 . zero", "7.0"), ("four , 500", 4500),
        ("1,234.5", "1234.5"),
    ],
)  # fmt: skip
def test_value(text: str, number: int | str) -> None:
    assert value(text.split()) == str(number)


@pytest.mark.parametrize("text", ["", "a", "dozen", "one two", "nineteen ninety", "four 4", "1,23", "two , three", "2 . x", ". 5", "the nation", "b4"])
def test_what_is_no_one_number(text: str) -> None:
    assert value(text.split()) is None


def test_numbers_are_found_among_words() -> None:
    assert numbers("at least two of the 1990s and fifteenth man".split()) == ["two", "1990s", "fifteenth"]
