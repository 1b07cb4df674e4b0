"""Tokens with offsets: what the lattice, the language model and the dictionaries see of a text.

A token is a word, a number, a clitic ("'s", "'ll") or one mark of punctuation. Quotation marks, brackets, markup and white space
are no tokens: they lie in the gap between two tokens. A phrase never matches across a gap that holds more than white space.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from restore.characters import U32, Kinds, codes, is_letter, runs
from restore.ordering import groups

_LETTER = r"[^\W\d_]"
_CLITIC = r"'(?:s|re|ve|ll|d|m)(?![^\W_])"
#: One alternative a kind. Apostrophes are folded before matching, so only the straight one occurs here. "don't" and the
#: litter "gained't" stay whole; "it's" is "it" + "'s", so that "war's" is known where "war" is. "p.c" and "u.s." are words.
TOKEN = re.compile(
    rf"{_LETTER}(?:\.{_LETTER})+(?![^\W_])\.?"
    rf"|{_LETTER}+(?:'(?!(?:s|re|ve|ll|d|m)(?![^\W_])){_LETTER}+)*"
    rf"|(?<=[^\W_]){_CLITIC}"
    r"|\d+(?:[.,:]\d+)*[^\W_]*"
    r"|[.,;:!?()\-–—…/%$€£&]"
)
#: Gap characters across which a phrase may still match: space, tab, a single line break inside a wrapped paragraph.
_PLAIN_GAP = re.compile(r"[ \t\u00a0]*(?:\r?\n)?[ \t\u00a0]*\Z")
NUMBER = "<num>"
#: The one character that has two in lower case; it stays as it is.
_TWOFOLD = "İ"
#: Characters below which TOKEN alone is faster than arrays.
_SHORT = 600
_STOPS = Kinds(lambda c: c in ".!?")
#: Kinds of characters. Most words are letters with white space around them or one mark behind; where a digit, an apostrophe or a stop between letters
#: stands, everything up to white space is left to TOKEN.
_GAP, _SPACE, _INNER, _MARK, _STOP, _OTHER = range(6)
_MARKS = frozenset(",;:!?()-–—…/%$€£&")
#: Abbreviations whose full stop ends no sentence; the commonest of the training text.
_ABBREVIATIONS = frozenset("mr mrs ms dr sen rep gov gen st lt col sgt rev hon prof jr sr vs no inc corp co jan feb aug sept oct nov dec".split())
#: Longest run of tokens decoded as one sentence; longer ones are cut (a lattice has one column a token).
MAX_SENTENCE = 80


class Token(NamedTuple):
    """One token: ``text[start:end]``, character offsets into the decoded text."""

    start: int
    end: int
    text: str


def fold(text: str) -> str:
    """Lower case with straight apostrophes, of the same length as ``text``.

    >>> fold("Trump’s NATO")
    "trump's nato"
    """
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = _TWOFOLD.join(part.lower() for part in text.split(_TWOFOLD))
    return lowered.replace("’", "'").replace("‘", "'").replace("ʼ", "'")


def words(text: str) -> list[str]:
    """The folded tokens of ``text`` without offsets, numbers as they stand.

    >>> words("It’s 2 p.c of {dollars}")
    ['it', "'s", '2', 'p.c', 'of', 'dollars']
    """
    return TOKEN.findall(fold(text))


def is_number(word: str) -> bool:
    """Whether a token counts as the number class: it starts with a digit."""
    return word[0].isdigit()


def _kind(character: str) -> int:
    if is_letter(character):
        return _INNER
    if character in " \n\r\t":
        return _SPACE
    if character in _MARKS:
        return _MARK
    if character == ".":
        return _STOP
    return _OTHER if character == "'" or character.isdecimal() else _GAP


_KINDS = Kinds(_kind)


def _spans(folded: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Starts and ends of what ``TOKEN.finditer`` finds, int32 [n] each."""
    if len(folded) < _SHORT:
        flat = np.array([match.span() for match in TOKEN.finditer(folded)], dtype=np.int32).reshape(-1, 2)
        return np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1])
    kind = _KINDS.of(codes(folded))
    letter = kind == _INNER
    hard = kind == _OTHER
    hard[1:-1] |= (kind[1:-1] == _STOP) & letter[:-2] & letter[2:]
    blanks = np.flatnonzero(kind == _SPACE)
    after = np.searchsorted(blanks, np.flatnonzero(hard))
    after = after[groups(after)]
    edges = np.concatenate([[-1], blanks, [len(folded)]])
    found: list[int] = []
    for low, high in zip((edges[after] + 1).tolist(), edges[after + 1].tolist(), strict=True):
        kind[low:high] = _GAP
        letter[low:high] = False
        for match in TOKEN.finditer(folded, low, high):
            found += match.span()
    begin, end = runs(letter)
    mark = np.flatnonzero(kind >= _MARK)
    more = np.array(found, dtype=np.int64).reshape(-1, 2)
    starts = np.concatenate([begin, mark, more[:, 0]])
    ends = np.concatenate([end, mark + 1, more[:, 1]])
    order = np.argsort(starts)
    return starts[order].astype(np.int32), ends[order].astype(np.int32)


class Tokens:
    """The tokens of one text, column by column.

    ``text``: the decoded text; ``words``: folded, a list of n strings; ``starts``, ``ends``: int32 [n], character offsets;
    ``joined``: bool [n], whether only white space lies between a token and the one before; ``sentence``: int32 [n], the sentence's number;
    ``initials``: uint32 [n], the code point that each begins with in the text.
    """

    __slots__ = ("ends", "folded", "initials", "joined", "sentence", "starts", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = fold(text)
        self.starts, self.ends = _spans(self.folded)
        self.words: list[str] = list(map(self.folded.__getitem__, map(slice, self.starts.tolist(), self.ends.tolist())))
        points = codes(text)
        self.initials = points[self.starts]
        self.joined, self.sentence = self._segment(points)

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, i: int) -> Token:
        start, end = int(self.starts[i]), int(self.ends[i])
        return Token(start, end, self.text[start:end])

    def surface(self, i: int, j: int) -> str:
        """The text of tokens i to j (exclusive) with the gaps between them."""
        return self.text[int(self.starts[i]) : int(self.ends[j - 1])]

    def _segment(self, points: U32) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32]]:
        n = len(self.words)
        joined = np.ones(n, dtype=np.bool_)
        new = np.zeros(n, dtype=np.bool_)
        if not n:
            return joined, np.zeros(0, dtype=np.int32)
        gap = self.starts[1:] - self.ends[:-1]
        before = points[self.starts[1:] - 1]
        text, words = self.text, self.words
        for i in (np.flatnonzero((gap > 1) | ((gap == 1) & (before != ord(" ")))) + 1).tolist():
            start = int(self.starts[i])
            between = text[self.ends[i - 1] : start]
            joined[i] = _PLAIN_GAP.match(between) is not None
            new[i] = between.count("\n") > 1 or ("\n" in between and not text[start].islower())
        stop = _STOPS.of(self.initials[:-1]) & (self.ends[:-1] - self.starts[:-1] == 1)
        for i in (np.flatnonzero(stop & (gap > 0) & ~new[1:]) + 1).tolist():
            new[i] = not (words[i - 1] == "." and i > 1 and words[i - 2] in _ABBREVIATIONS) and not text[self.starts[i]].islower()
        joined[0] = False
        new[0] = True
        first = np.flatnonzero(new)
        size = np.diff(np.append(first, n))
        new |= (np.arange(n) - np.repeat(first, size)) % MAX_SENTENCE == 0
        return joined, (np.cumsum(new) - 1).astype(np.int32)
