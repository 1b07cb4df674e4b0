"""The value of a number as written, "4", "four", "a hundred and forty" or "twenty-first", so that copies may differ in the writing and not in the value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12}
_SMALL = {word: k for k, word in enumerate(_UNITS)} | {word: 10 * k for k, word in enumerate(_TENS, 2)}
_GREAT = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_DECIMAL = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+\Z")
_DIGITS = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)?\Z")


def value(words: Sequence[str]) -> str | None:
    """The number that folded words are, in digits, or None; ordinals count as their cardinals. Spinners also spell the halves of "48.8" and "4,500".

    >>> value(["a", "hundred", "and", "forty"]), value(["15th"]), value(["forty", "eight", ".", "8"]), value(["a", "dozen"])
    ('140', '15', '48.8', None)
    """
    if len(words) == 1 and _DECIMAL.match(words[0]):
        return words[0].replace(",", "")
    for mark in (".", ","):
        if mark in words[1:-1]:
            at = list(words).index(mark)
            left, right = value(words[:at]), value(words[at + 1 :])
            whole = left is not None and right is not None and "." not in right and (mark == "." or (len(right) == 3 and right == words[-1]))
            return f"{left}{'.' if mark == '.' else ''}{right}" if whole else None
    number = _whole(words)
    return None if number is None else str(number)


def numbers(words: Sequence[str]) -> list[str]:
    """The words that are numbers or parts of one."""
    return [w for w in words if _number(w) is not None or w[0].isdigit()]


def _whole(words: Sequence[str]) -> int | None:
    parts = [w for w in words if w not in ("-", "and")]
    if len(parts) == 1 and (match := _DIGITS.match(parts[0])):
        return int(match[1].replace(",", ""))
    if parts[:1] == ["a"] and parts[1:2] and parts[1] in _GREAT:
        parts[0] = "one"
    found = [_number(word) for word in parts]
    if not found or None in found:
        return None
    return _total([n for n in found if n is not None])


def _number(word: str) -> int | None:
    if word in _GREAT:
        return _GREAT[word]
    if word in _ORDINALS:
        return _ORDINALS[word]
    if word.endswith("ieth"):
        return _SMALL.get(f"{word[:-4]}y")
    return _SMALL.get(word, _SMALL.get(word.removesuffix("th")))


def _total(parts: list[int]) -> int | None:
    """The sum of a number's parts; None where they are no one number ("one two")."""
    if any(a < 100 and b < 100 and not (a >= 20 and a % 10 == 0 and 0 < b < 10) for a, b in pairwise(parts)):
        return None
    total = group = 0
    for n in parts:
        if n >= 1000:
            total, group = total + max(group, 1) * n, 0
        elif n == 100:
            group = max(group, 1) * 100
        else:
            group += n
    return total + group
