"""Tokens lie where they say, folding keeps length, and sentences end where sentences end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore.tokens import MAX_SENTENCE, Token, Tokens, fold, is_number, words

WORDS = [
    ("plain", "The war goes on", ["the", "war", "goes", "on"]),
    ("punctuation counts", "War, then peace.", ["war", ",", "then", "peace", "."]),
    ("quotation marks do not", "“War” and 'peace'", ["war", "and", "peace"]),
    ("a clitic is a word", "it's the war's end", ["it", "'s", "the", "war", "'s", "end"]),
    ("curly apostrophe", "they’ll", ["they", "'ll"]),
    ("negation stays whole", "don’t", ["don't"]),
    ("litter stays whole", "gained't", ["gained't"]),
    ("names with an apostrophe", "O'Brien's", ["o'brien", "'s"]),
    ("a plural possessive", "the troops' camp", ["the", "troops", "camp"]),
    ("abbreviation of letters", "U.S. and p.c of", ["u.s.", "and", "p.c", "of"]),
    ("numbers", "1,200 in 2024, 3.5% at 10:30", ["1,200", "in", "2024", ",", "3.5", "%", "at", "10:30"]),
    ("a number with letters", "the 7th and 20m", ["the", "7th", "and", "20m"]),
    ("a year's litter", "1000's", ["1000", "'s"]),
    ("braces", "{dollars}", ["dollars"]),
    ("hyphen", "well-known", ["well", "-", "known"]),
    ("dash", "war—peace", ["war", "—", "peace"]),
    ("accents", "Élysée naïve", ["élysée", "naïve"]),
    ("other scripts", "война 戦争", ["война", "戦争"]),
    ("nothing", " \n\t", []),
]
SENTENCES = [
    ("full stop", "It ended. They left.", [3, 3]),
    ("question", "Did it end? It did!", [4, 3]),
    ("a title ends none", "Mr. Smith left. He came.", [5, 3]),
    ("a small letter goes on", "It cost 3 p.m. or so. then more", [9]),
    ("an empty line ends one", "no stop here\n\nand more", [3, 2]),
    ("a wrapped line does not", "a wrapped\nline", [3]),
    ("a heading line does", "A heading\nThe text", [2, 2]),
    ("one stop inside a number", "It rose 3.5 points", [4]),
]
text = st.text(st.one_of(st.sampled_from("abcAB '’.,!?\n\t-1{“İſß"), st.characters()), max_size=80)

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


@pytest.mark.parametrize(("what", "text", "expected"), WORDS, ids=[c[0] for c in WORDS])
def test_words(what: str, text: str, expected: list[str]) -> None:
    assert words(text) == expected == Tokens(text).words


@pytest.mark.parametrize(("what", "text", "expected"), SENTENCES, ids=[c[0] for c in SENTENCES])
def test_sentences(what: str, text: str, expected: list[int]) -> None:
    numbers = Tokens(text).sentence.tolist()
    assert [numbers.count(n) for n in range(numbers[-1] + 1)] == expected


@calm
@given(text)
def test_every_token_lies_where_it_says(text: str) -> None:
    tokens = Tokens(text)
    position = 0
    for i, word in enumerate(tokens.words):
        token = tokens[i]
        assert text[token.start : token.end] == token.text and fold(token.text) == word
        assert not any(c.isalnum() for c in text[position : token.start] if not c.isnumeric())
        assert position <= token.start < token.end
        position = token.end


@calm
@given(text)
def test_folding_keeps_length_and_is_idempotent(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@calm
@given(text)
def test_sentences_are_numbered_in_order_and_not_too_long(text: str) -> None:
    numbers = Tokens(text).sentence.tolist()
    assert not numbers or numbers[0] == 0
    assert all(b - a in (0, 1) for a, b in pairwise(numbers))
    assert all(numbers.count(n) <= MAX_SENTENCE for n in set(numbers))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a b", True), ("a\u00a0b", True), ("a \n b", True), ("a\n\nb", False), ("a “b", False), ("a *b", False), ("a<i>b", False), ("a, b", True)],
)
def test_joined_means_white_space_alone(text: str, expected: bool) -> None:
    assert bool(Tokens(text).joined[1]) is expected
    assert not Tokens(text).joined[0]


def test_surface_keeps_the_gaps() -> None:
    tokens = Tokens("the  long\nwar")
    assert tokens.surface(0, 3) == "the  long\nwar"
    assert tokens[2] == Token(10, 13, "war")


def test_an_endless_sentence_is_cut() -> None:
    assert Tokens("war " * 1000).sentence[-1] == (1000 - 1) // MAX_SENTENCE


def test_numbers_start_with_a_digit() -> None:
    assert is_number("7th") and is_number("1,200") and not is_number("one")
