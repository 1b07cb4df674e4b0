"""Tokens with offsets: what the lattice, the language model and the dictionaries see of a text.

A token is a word, a number, a clitic ("'s", "'ll") or one mark of punctuation. Quotation marks, brackets, markup and white space
are no tokens: they lie in the gap between two tokens. A phrase never matches across a gap that holds more than white space.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
_PLAIN_GAP = re.compile(r"[ \t\u00a0]*\n?[ \t\u00a0]*\Z")
NUMBER = "<num>"
_STOPS = frozenset(".!?")
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
    if len(lowered) != len(text):  # "İ".lower() has two characters: keep such characters as they are
        lowered = "".join(low if len(low := c.lower()) == 1 else c for c in text)
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


class Tokens:
    """The tokens of one text, column by column.

    ``text``: the decoded text; ``words``: folded, a list of n strings; ``starts``, ``ends``: int32 [n], character offsets;
    ``joined``: bool [n], whether only white space lies between a token and the one before; ``sentence``: int32 [n], the sentence's number.
    """

    __slots__ = ("ends", "folded", "joined", "sentence", "starts", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = fold(text)
        spans: list[int] = []
        add = spans.extend
        self.words: list[str] = []
        append = self.words.append
        for match in TOKEN.finditer(self.folded):
            add(match.span())
            append(match[0])
        flat = np.array(spans, dtype=np.int32).reshape(-1, 2)
        self.starts: npt.NDArray[np.int32] = np.ascontiguousarray(flat[:, 0])
        self.ends: npt.NDArray[np.int32] = np.ascontiguousarray(flat[:, 1])
        self.joined, self.sentence = self._segment()

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, i: int) -> Token:
        start, end = int(self.starts[i]), int(self.ends[i])
        return Token(start, end, self.text[start:end])

    def surface(self, i: int, j: int) -> str:
        """The text of tokens i to j (exclusive) with the gaps between them."""
        return self.text[int(self.starts[i]) : int(self.ends[j - 1])]

    def _segment(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int32]]:
        n = len(self.words)
        joined = np.ones(n, dtype=np.bool_)
        sentence = np.zeros(n, dtype=np.int32)
        text, number, length, previous_end = self.text, 0, 0, 0
        previous = ""
        for i, (word, start, end) in enumerate(zip(self.words, self.starts.tolist(), self.ends.tolist(), strict=True)):
            gap = text[previous_end:start]
            new = False
            if i and gap != " " and gap:
                joined[i] = _PLAIN_GAP.match(gap) is not None
                new = gap.count("\n") > 1 or ("\n" in gap and not text[start].islower())
            if i and not new and previous in _STOPS and start > previous_end:
                new = not (previous == "." and i > 1 and self.words[i - 2] in _ABBREVIATIONS) and not text[start].islower()
            if i and (new or length >= MAX_SENTENCE):
                number += 1
                length = 0
            sentence[i] = number
            length += 1
            previous, previous_end = word, end
        if n:
            joined[0] = False
        return joined, sentence
