"""Conditions on the rest of a text under which a dictionary row counts, as the public list of tortured phrases writes them.

"programmed learning" is a teaching method, unless the paper speaks of machine learning, too. Such a row carries the condition
``"programmed learning" AND "machine learning"``. Terms are words or phrases in double quotes; ``hear*`` stands for all words that begin so, ``"a b"~5``
for both words within five others; AND, OR and NOT combine them, NOT before AND before OR, and parentheses group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from restore.tokens import words

_PIECE = re.compile(r'"(?P<quoted>[^"]*)"(?:~(?P<slop>\d{1,3}))?|(?P<mark>[()])|(?P<bare>[^\s()"]+)|(?P<bad>")')
#: Deepest nesting of parentheses; a condition is a line that somebody wrote.
DEEPEST = 20
Test = Callable[["Document"], bool]


class Document:
    """The words of one text, asked for words and phrases; conditions are parsed and answered once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words: list[str] | None = None
        self._joined = ""
        self._answers: dict[str, bool] = {}

    def meets(self, condition: str) -> bool:
        """Whether the text meets a condition. Raises ValueError for one that cannot be parsed.

        >>> document = Document("Deep learning helps hearing aids.")
        >>> [document.meets(c) for c in ('"deep learning" AND hear*', "NOT learning", '"aids hearing"~3', "acid OR (deep NOT sleep)")]
        [True, False, True, True]
        """
        if condition not in self._answers:
            self._answers[condition] = parse(condition)(self)
        return self._answers[condition]

    def has(self, phrase: Sequence[str], *, prefix: bool = False) -> bool:
        """Whether these folded words stand in the text one after the other; the last one may go on when ``prefix``."""
        self._read()
        return f" {' '.join(phrase)}{'' if prefix else ' '}" in self._joined

    def has_near(self, phrase: Sequence[str], slop: int) -> bool:
        """Whether all these words stand within a stretch of their own number and ``slop`` more."""
        wanted, width = set(phrase), len(phrase) + slop
        found = self._read()
        return any(wanted <= set(found[i : i + width]) for i, word in enumerate(found) if word in wanted for i in (max(0, i - width + 1), i))

    def _read(self) -> list[str]:
        if self._words is None:
            self._words = words(self._text)
            self._joined = f" {' '.join(self._words)} "
        return self._words


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str
    slop: int = 0


def parse(condition: str) -> Test:
    """The test that a condition asks for. Raises ValueError with the reason when it is none."""
    pieces = list(_pieces(condition))
    if not pieces:
        raise ValueError("an empty condition")
    test, rest = _either(pieces, 0)
    if rest:
        raise ValueError("a parenthesis too many")
    return test


def _pieces(condition: str) -> Iterator[_Piece]:
    for match in _PIECE.finditer(condition):
        if match["bad"]:
            raise ValueError("a quotation mark too many")
        if match["quoted"] is not None:
            yield _Piece("term", match["quoted"], int(match["slop"] or 0))
        elif match["mark"] or match["bare"] in ("AND", "OR", "NOT"):
            yield _Piece(match[0], match[0])
        else:
            yield _Piece("term", match["bare"])


def _either(pieces: list[_Piece], depth: int) -> tuple[Test, list[_Piece]]:
    test, rest = _all(pieces, depth)
    while rest and rest[0].kind == "OR":
        left = test
        right, rest = _all(rest[1:], depth)
        test = _join(any, left, right)
    return test, rest


def _all(pieces: list[_Piece], depth: int) -> tuple[Test, list[_Piece]]:
    """Terms side by side or joined by AND; ``a NOT b`` is ``a AND NOT b``."""
    test, rest = _one(pieces, depth)
    while rest and rest[0].kind not in ("OR", ")"):
        left = test
        right, rest = _one(rest[1:] if rest[0].kind == "AND" else rest, depth)
        test = _join(all, left, right)
    return test, rest


def _one(pieces: list[_Piece], depth: int) -> tuple[Test, list[_Piece]]:
    if depth > DEEPEST:
        raise ValueError("too many parentheses")
    if not pieces or pieces[0].kind in ("AND", "OR", ")"):
        raise ValueError(f"nothing before {pieces[0].text}" if pieces else "nothing at its end")
    first, rest = pieces[0], pieces[1:]
    if first.kind == "NOT":
        inner, rest = _one(rest, depth + 1)
        return (lambda document: not inner(document)), rest
    if first.kind == "(":
        inner, rest = _either(rest, depth + 1)
        if not rest:
            raise ValueError("a parenthesis that is not closed")
        return inner, rest[1:]
    return _term(first), rest


def _term(piece: _Piece) -> Test:
    phrase = words(piece.text)
    if not phrase:
        raise ValueError(f"no word in '{piece.text}'")
    if piece.slop:
        return lambda document: document.has_near(phrase, piece.slop)
    return lambda document: document.has(phrase, prefix=piece.text.endswith("*"))


def _join(how: Callable[[Iterator[bool]], bool], left: Test, right: Test) -> Test:
    return lambda document: how(test(document) for test in (left, right))
