"""Numbers that a spinner wrote out or up: "three,000" was 3,000, "7.zero" was 7.0, "eighty four" was 84.

Half-written numbers are litter: nobody writes them, so they are undone like a word in braces. Whole ones ("4" for four, "eleven" for 11) are rows of
the dictionary (``numbers.tsv``) and are decoded like any other word.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_UNITS = (  # from zero to nineteen
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUE = {w: n for n, w in enumerate(_UNITS)} | {w: 10 * n for n, w in enumerate(_TENS, 2)}
_ONE = "(?:" + "|".join((*_UNITS, *_TENS)) + ")"
#: A number below a thousand in words: "four hundred", "a hundred and seventy", "one hundred twenty five", "ninety nine".
_SPELLED = rf"(?:(?:a|{_ONE}) hundred(?: (?:and )?{_ONE}(?:[ -]{_ONE})?)?|{_ONE}(?:[ -]{_ONE})?)"
_HALF = rf"(?<![\w.,])(?:(?P<words>{_SPELLED})(?P<rest>(?:,\d{{3}})+(?:\.\d+)?|\.\d+|:\d\d)|(?P<digits>\d+(?:,\d{{3}})*[.:])(?P<tail>{_SPELLED}))(?!\w)"
#: A cheap sign that the expression above could match, what may go on with digits there, and the most characters that a number in words has ("seventeen
#: hundred and seventeen seventeen" has 41).
_MAYBE = re.compile(r"[.,:](?:(?<=[a-z].)\d|(?<=\d.)[a-z])", re.IGNORECASE)
_DIGITS = re.compile(r"[\d.,:]*")
_REACH = 48
#: log p(this number | some number): a bare number up to twelve, up to ninety-nine, any other. Means of log shares of the 132,000 numbers in
#: half of the training corpus.
_SHARE = ((12, -4.2), (99, -6.5))
_OTHER_SHARE = -9.5


class Numeral(NamedTuple):
    """A number to put in: ``text`` for the characters start to end."""

    start: int
    end: int
    text: str


def value(phrase: str) -> int:
    """The number that words below a thousand spell.

    >>> value("a hundred and seventy"), value("ninety nine"), value("zero")
    (170, 99, 0)
    """
    total = 0
    for word in re.findall(r"[a-z]+", phrase.lower()):
        if word == "hundred":
            total = max(total, 1) * 100
        elif word not in ("a", "and"):
            total += _VALUE[word]
    return total


def half_written(text: str) -> list[Numeral]:
    """The half-written numbers of a text, in order.

    >>> [n.text for n in half_written("Some three,000 of the ninety nine,936 rose 12.three percent at eleven:30.")]
    ['3,000', '99,936', '12.3', '11:30']
    """
    found = []
    for low, high in _neighbourhoods(text):
        for match in _half().finditer(text, low, high):
            written = f"{value(match['words'])}{match['rest']}" if match["words"] else f"{match['digits']}{value(match['tail'])}"
            found.append(Numeral(match.start(), match.end(), written))
    return found


@cache
def _half() -> re.Pattern[str]:
    """The expression for half-written numbers: few texts have a sign of one, and it takes 9 ms to compile."""
    return re.compile(_HALF, re.IGNORECASE)


def _neighbourhoods(text: str) -> list[tuple[int, int]]:
    """Disjoint stretches of a text, in order, outside of which no half-written number is."""
    out: list[tuple[int, int]] = []
    for sign in _MAYBE.finditer(text):
        previous = out[-1][1] if out else 0
        low = max(sign.start() - _REACH, 0)
        while low > previous and (text[low - 1].isdecimal() or text[low - 1] == ","):
            low -= 1
        high = _DIGITS.match(text, sign.start()).end() + _REACH  # type: ignore[union-attr]  # it matches anywhere
        if out and low <= previous:
            out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return out


def share(word: str) -> float:
    """log p(this number | some number), 0 for a word that is none: the language model knows numbers as one class."""
    if not word[:1].isdigit():
        return 0.0
    if not word.isdigit() or len(word) > 4:
        return _OTHER_SHARE
    return next((s for most, s in _SHARE if int(word) <= most), _OTHER_SHARE)
