"""What may not be touched is marked, prose around it is not, and hostile input costs no more than its length."""

from __future__ import annotations

import time

import numpy as np
import pytest

from restore.protect import RARE, mark, spans
from restore.tokens import Tokens

#: text, the words (of those named "battle…") that are kept; every other word "battle…" is free.
KEPT = [
    ("prose", "the battle goes on", ""),
    ("an address", "see https://example.org/the/battle-1 and battle2", "battle"),
    ("an address without scheme", "see www.battle.example and battle2", "battle"),
    ("a domain", "at battle.com they battle2", "battle"),
    ("a domain with a path", "at news.battle.co.uk/battle3 they battle2", "battle battle3"),
    ("an e-mail address", "write to the.battle@example.org about battle2", "battle"),
    ("a code span", "call `battle()` in battle2", "battle"),
    ("a double code span", "call ``the ` battle`` in battle2", "battle"),
    ("a code fence", "battle2\n```\nbattle\n```\nbattle3", "battle"),
    ("a fence of tildes", "battle2\n~~~py\nbattle\n~~~\nbattle3", "battle"),
    ("an open fence", "battle2\n```\nbattle\nbattle3", "battle battle3"),
    ("a tag", '<a title="battle">battle2</a>', "battle"),
    ("a script", "<script>battle</script> battle2", "battle"),
    ("preformatted", "<pre>battle</pre> battle2 <PRE>x</PRE>", "battle"),
    ("a comment", "<!-- battle --> battle2 <!-- battle3 -->", "battle battle3"),
    ("less than is no tag", "if 3 < battle2 and 4 > battle3", ""),
    ("a link's target", "[battle2](/the/battle) battle3", "battle"),
    ("a link definition", "[x]: /battle\nbattle2", "battle"),
    ("a hashtag and a handle", "#battle @battle2 battle3", "battle battle2"),
    ("an entity", "&battle; battle2", "battle"),
    ("a template", "{{ battle }} {% battle3 %} ${battle4} battle2", "battle battle3 battle4"),
    ("litter is prose", "{battle}", ""),
    ("a path", "in /usr/share/battle or ./a/battle3 they battle2", "battle battle3"),
    ("either, or", "war/battle", ""),
    ("a number", "7battles and battle2", "7battles"),
    ("all capitals", "the BATTLE of battle2", "battle"),
    ("a headline in capitals", "THE BATTLE OF THE HILL", ""),
    ("switched off", "battle2 <!-- restore: off --> battle <!-- restore: on --> battle3", "battle"),
    ("switched off to the end", "battle2 <!-- restore: off --> battle\n\nbattle3", "battle battle3"),
    ("switched off by lines", "battle2\n# restore: off\nbattle\n# restore: on\nbattle3", "battle"),
    ("a line", "battle2\nbattle # restore: ignore-line\nbattle3", "battle"),
    ("quotations are restored", 'he said “battle” and "battle2"', ""),
    ("an identifier", "the battle_field is no battle2", "battle"),
    ("emphasis is prose", "_battle_ and __battle2__ and *battle3*", ""),
    ("a byte nobody could decode", "battle\udce9s and battle2", "battle"),
    ("a combining accent", "battle\u0301 and battle2", "battle"),
]


def marks(text: str, keep_quotes: bool = False, rare: tuple[str, ...] = ()) -> tuple[Tokens, dict[str, np.ndarray]]:
    tokens = Tokens(text)
    frequency = np.array([RARE - 1 if w in rare else -9.0 for w in tokens.words], dtype=np.float32)
    found = mark(tokens, frequency, keep_quotes=keep_quotes)
    return tokens, {name: getattr(found, name) for name in ("kept", "capital", "first", "person")}


def chosen(tokens: Tokens, column: np.ndarray) -> list[str]:
    return [tokens.words[i] for i in np.flatnonzero(column).tolist()]


@pytest.mark.parametrize(("what", "text", "expected"), KEPT, ids=[c[0] for c in KEPT])
def test_kept(what: str, text: str, expected: str) -> None:
    tokens, found = marks(text)
    assert [w for w in chosen(tokens, found["kept"]) if "battle" in w] == expected.split()


@pytest.mark.parametrize("text", ["he said “battle” and fight", 'he said "battle" and fight', "er sagte «battle» and fight"])
def test_quotations_are_kept_on_request(text: str) -> None:
    tokens, found = marks(text, keep_quotes=True)
    assert chosen(tokens, found["kept"]) == ["battle"]


def test_an_open_quotation_mark_keeps_nothing() -> None:
    tokens, found = marks('5" of snow\n\nThe battle said "no', keep_quotes=True)
    assert chosen(tokens, found["kept"]) == ["5"]


PERSONS = [
    ("first name before an unknown surname", "and Pal Jonson came", ("jonson",), ["pal"]),
    ("a known surname", "and White House came", (), []),
    ("across a comma", "in Paris, Jonson came", ("jonson",), []),
    ("across a sentence", "It was Pal. Jonson came", ("jonson",), []),
    ("small letters", "the pal jonson came", ("jonson",), []),
    ("three words", "and Pal Erik Jonson came", ("erik", "jonson"), ["pal", "erik"]),
]


@pytest.mark.parametrize(("what", "text", "rare", "expected"), PERSONS, ids=[c[0] for c in PERSONS])
def test_persons(what: str, text: str, rare: tuple[str, ...], expected: list[str]) -> None:
    tokens, found = marks(text, rare=rare)
    assert chosen(tokens, found["person"]) == expected


def test_capitals_and_first_words() -> None:
    tokens, found = marks("The war. Élysée says “No” to it")
    assert chosen(tokens, found["capital"]) == ["the", "élysée", "no"]
    assert chosen(tokens, found["first"]) == ["the", "élysée"]


def test_no_text() -> None:
    assert len(marks("")[1]["kept"]) == 0
    assert spans("") == []


HOSTILE = [
    "a-",
    "a.",
    "a.com.",
    "{{",
    "{%",
    "${",
    "<!--",
    "<pre>",
    "<pre ",
    "<a",
    "`",
    "``a",
    "/a",
    "](",
    "](a ",
    "a@",
    "@a.a",
    "a+",
    "&a",
    "#",
    "[a]:",
    "\nrestore:",
]


@pytest.mark.parametrize("unit", [*HOSTILE, "```\n", "```a\n~~~\n", "restore: off", "restore: off\n", "a_", "e\u0301", "\udce9", "www."])
def test_hostile_input_costs_its_length(unit: str) -> None:
    """40,000 characters of "a-" once took three minutes."""
    text = "x.y `" + unit * (40_000 // len(unit))
    begin = time.perf_counter()
    spans(text)
    assert time.perf_counter() - begin < 2
