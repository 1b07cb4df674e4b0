"""Conditions on a text: what holds, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.contexts import Document, parse

TEXT = "Deep learning, and hearing aids: the search engine’s state-of-the-art index."
CASES = [
    ('"deep learning"', True),
    ('"Deep Learning" AND "hearing aids"', True),
    ('"learning deep"', False),
    ("deep aids", True),
    ("deep acid", False),
    ("deep AND acid OR index", True),
    ("index OR acid AND acid", True),
    ("(index OR acid) AND acid", False),
    ('deep NOT "search engine"', False),
    ('deep NOT "research engine"', True),
    ("NOT acid", True),
    ("NOT NOT acid", False),
    ("hear*", True),
    ("ear*", False),
    ('"the sear*"', True),
    ('"state-of-the-art"', True),
    ('"engine learning"~9', True),
    ('"engine learning"~3', False),
    ("NOT (acid OR ruin)", True),
]


@pytest.mark.parametrize(("condition", "met"), CASES)
def test_conditions(condition: str, met: bool) -> None:
    assert Document(TEXT).meets(condition) is met
    assert Document("").meets(f"NOT ({condition})") is (not Document("").meets(condition))


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("", "an empty condition"),
        ("deep AND", "nothing at its end"),
        ("OR deep", "nothing before OR"),
        ("(deep", "a parenthesis that is not closed"),
        ("deep)", "a parenthesis too many"),
        ('deep "learning', "a quotation mark too many"),
        ('""', "no word in ''"),
        ("(" * 99 + "deep" + ")" * 99, "too many parentheses"),
        ("NOT " * 5000 + "deep", "too many parentheses"),
    ],
)
def test_what_is_no_condition(condition: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        parse(condition)


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet='ab" ()~5*ANDORNOT', max_size=40))
def test_a_condition_has_an_answer_or_a_reason(condition: str) -> None:
    try:
        parse(condition)
    except ValueError as error:
        assert str(error)
    else:
        assert Document("a b").meets(condition) in (True, False)
