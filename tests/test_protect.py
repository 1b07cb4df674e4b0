"""What may not be touched is marked, prose around it is not, and hostile input costs no more than its length."""

from __future__ import annotations

import time

import numpy as np
import pytest

from restore.protect import RARE, contractions, litter, mark, spans
from restore.tokens import Tokens

NAMED = ("battle", "skirmish", "campaign", "clash", "7battles")
#: text, and those of the words named that are kept; the others are free.
KEPT = [
    ("prose", "the battle goes on", ""),
    ("an address", "see https://example.org/the/battle-1 and skirmish", "battle"),
    ("an address without scheme", "see www.battle.example and skirmish", "battle"),
    ("a domain", "at battle.com they skirmish", "battle"),
    ("a domain with a path", "at news.battle.co.uk/campaign they skirmish", "battle campaign"),
    ("an e-mail address", "write to the.battle@example.org about skirmish", "battle"),
    ("a code span", "call `battle()` in skirmish", "battle"),
    ("a double code span", "call ``the ` battle`` in skirmish", "battle"),
    ("a code fence", "skirmish\n```\nbattle\n```\ncampaign", "battle"),
    ("a fence of tildes", "skirmish\n~~~py\nbattle\n~~~\ncampaign", "battle"),
    ("an open fence", "skirmish\n```\nbattle\ncampaign", "battle campaign"),
    ("a tag", '<a title="battle">skirmish</a>', "battle"),
    ("a script", "<script>battle</script> skirmish", "battle"),
    ("preformatted", "<pre>battle</pre> skirmish <PRE>x</PRE>", "battle"),
    ("a comment", "<!-- battle --> skirmish <!-- campaign -->", "battle campaign"),
    ("less than is no tag", "if 3 < skirmish and 4 > campaign", ""),
    ("a link's target", "[skirmish](/the/battle) campaign", "battle"),
    ("a link definition", "[x]: /battle\nskirmish", "battle"),
    ("a hashtag and a handle", "#battle @skirmish campaign", "battle skirmish"),
    ("an entity", "&battle; skirmish", "battle"),
    ("a template", "{{ battle }} {% campaign %} ${clash} skirmish", "battle campaign clash"),
    ("litter is prose", "{battle}", ""),
    ("a path", "in /usr/share/battle or ./a/campaign they skirmish", "battle campaign"),
    ("either, or", "war/battle", ""),
    ("a number", "7battles and skirmish", "7battles"),
    ("all capitals", "the BATTLE of skirmish", "battle"),
    ("a headline in capitals", "THE BATTLE OF THE HILL", ""),
    ("switched off", "skirmish <!-- restore: off --> battle <!-- restore: on --> campaign", "battle"),
    ("switched off to the end", "skirmish <!-- restore: off --> battle\n\ncampaign", "battle campaign"),
    ("switched off by lines", "skirmish\n# restore: off\nbattle\n# restore: on\ncampaign", "battle"),
    ("a line", "skirmish\nbattle # restore: ignore-line\ncampaign", "battle"),
    ("quotations are restored", 'he said “battle” and "skirmish"', ""),
    ("an identifier", "the battle_field is no skirmish", "battle"),
    ("emphasis is prose", "_battle_ and __skirmish__ and *campaign*", ""),
    ("a word with a number", "the battle2 and the skirmish", "battle"),
    ("a byte nobody could decode", "battle\udce9s and skirmish", "battle"),
    ("a combining accent", "battle\u0301 and skirmish", "battle"),
]


LITTER = [
    ("a word", "in {two} days", ["two"]),
    ("before a comma, in quotation marks, at the end", "{Two} of “{interested}”, the {qualifications}.", ["Two", "interested", "qualifications"]),
    ("in a line of its own", "end.\n{Two}\nmore", ["Two"]),
    ("a call", "remove({list}, {number})", []),
    ("an address", "projects/{project}/locations/{location}", []),
    ("a variable", "self->{value} and ${name} and f{x}y", []),
    ("a template's", "{{name}} and {% block %}", []),
    ("a phrase", "to {the marketplace} of", []),
    ("some beside others", "show {name} in the text, that is call({name}), put({name}), get({name})", []),
    ("too many", "the {one} and {two} and {three} and {four}", []),
    ("as many in more text", "the {one} and {two} and {three} and {four}" + " and so on" * 300, ["one", "two", "three", "four"]),
]


@pytest.mark.parametrize(("what", "text", "expected"), LITTER, ids=[c[0] for c in LITTER])
def test_litter(what: str, text: str, expected: list[str]) -> None:
    tokens = Tokens(text)
    assert [tokens[i].text for i in litter(tokens).tolist()] == expected


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
    assert [w for w in chosen(tokens, found["kept"]) if w in NAMED] == expected.split()


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


def test_an_acronym_that_a_row_names_may_change() -> None:
    tokens = Tokens("the USA and the FBI")
    kept = mark(tokens, np.full(len(tokens), -9.0, dtype=np.float32), keep_quotes=False, acronyms={"usa"}).kept
    assert [word for word, k in zip(tokens.words, kept, strict=True) if k] == ["fbi"]


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
    begin = time.process_time()
    spans(text)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    ("text", "own", "straight"),
    [
        ("We’re sure that's it.", "'re", "'s"),
        ("WE’RE sure. It's Ann’s, they don't say so.", "'re", "'s don't"),
        ("Ann’s team can't win.", "", "can't"),  # a genitive says how the author writes
        ("Ann's team didn’t win.", "", ""),  # a straight genitive is no spinner's contraction
        ("We're sure that's it; Ann's team can't win.", "", ""),
        ("We’re sure that’s it.", "", ""),
        ("‘We’re sure’, Ann's friend said, 'and that’s it'.", "", ""),
        ("Five o’clock isn't late.", "", "isn't"),
        ("", "", ""),
    ],
)
def test_contractions_are_told_apart_where_a_text_has_both_apostrophes(text: str, own: str, straight: str) -> None:
    tokens = Tokens(text)
    for found, expected in zip(contractions(tokens), (own, straight), strict=True):
        assert [tokens.words[i] for i in np.flatnonzero(found)] == expected.split()
