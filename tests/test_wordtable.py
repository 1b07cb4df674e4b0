"""The ids of a text's words, found from sums over all of its letters, are those that a dictionary gives word by word."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from restore.wordtable import WordTable

WORDS = {word: k for k, word in enumerate("a an the war wars deep learning x é über straße ⅳ".split())}
UNKNOWN = 99
TABLE = WordTable(WORDS, UNKNOWN)

texts = st.lists(st.one_of(st.sampled_from([*WORDS, "The", "WAR", "Über", "İ", "it's", "4th", "x_y", " ", "\n", "“", "\udc80"]), st.characters()), max_size=40)


@given(texts.map("".join))
def test_words_are_looked_up_whatever_their_case(text: str) -> None:
    ids, start = TABLE.look_up(text)
    matches = list(re.finditer(r"[^\W\d_]+", text))
    assert start.tolist() == [m.start() for m in matches]
    assert ids.tolist() == [WORDS.get(m[0].lower(), UNKNOWN) for m in matches]
