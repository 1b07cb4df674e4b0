"""A text's words get from the table the ids that the vocabulary has for them one by one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore import loading
from restore.lexicon import Lexicon
from restore.lines import Lines
from restore.wordtable import WordTable

ODD = ["café", "–", "12", "3.5th", "²", "x\udc80y", "don't", "'s", "p.c", "zzzzqq", "a" * 5000, "an", "defence"]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return loading.load().lexicon


def test_every_word_of_the_vocabulary_has_its_id(lexicon: Lexicon) -> None:
    words = list(lexicon.ids)
    assert lexicon.encode(words).tolist() == [lexicon.ids[word] for word in words]


def test_words_that_no_vocabulary_has_are_unknown_or_numbers(lexicon: Lexicon) -> None:
    assert lexicon.encode(ODD).tolist() == [lexicon.ids[word] for word in ODD]
    assert lexicon.encode([]).tolist() == []


def test_words_of_a_text_are_those_of_the_vocabulary_in_any_letter_case(lexicon: Lexicon) -> None:
    ids = lexicon.table.look_up("The Café \u212aING, élan NAÏVE")[0]  # the sign of kelvins is a k in lower case
    assert ids.tolist() == [lexicon.ids[word] for word in ("the", "café", "king", "élan", "naïve")]


def test_an_alias_counts_as_its_word_also_where_it_is_a_word_itself() -> None:
    table = WordTable((Lines.of(["a", "an", "bee"]), Lines.of(["sea"])), [("an", "a"), ("cee", "sea"), ("dee", "nowhere")], -1)
    assert table.ids_of(["a", "an", "bee", "sea", "cee", "dee"]).tolist() == [0, 0, 2, 3, 3, -1]


def test_lines_are_the_strings_they_were_made_of() -> None:
    strings = ["River Ouse", "Café", "", "the end"]
    lines = Lines.of(strings)
    assert list(lines) == strings == [lines[k] for k in range(len(lines))] == lines[:]
    assert (lines.find("Café"), lines.find("Caf"), lines.find("the end")) == (1, -1, 3)
    assert len(Lines.of([])) == 0 and list(Lines.of([])) == []


WORDS = {word: k for k, word in enumerate("a an the war wars deep learning x é über straße ⅳ".split())}
UNKNOWN = 99
TABLE = WordTable((Lines.of(list(WORDS)),), [], UNKNOWN)

texts = st.lists(st.one_of(st.sampled_from([*WORDS, "The", "WAR", "Über", "İ", "it's", "4th", "x_y", " ", "\n", "“", "\udc80"]), st.characters()), max_size=40)


@given(texts.map("".join))
def test_words_are_looked_up_whatever_their_case(text: str) -> None:
    ids, start = TABLE.look_up(text)
    matches = list(re.finditer(r"[^\W\d_]+", text))
    assert start.tolist() == [m.start() for m in matches]
    assert ids.tolist() == [WORDS.get(m[0].lower(), UNKNOWN) for m in matches]
