"""The surface of a replacement: letter case, articles, apostrophes, spelling, the spinner's litter. Small functions on strings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from restore.tokens import TOKEN, Token, Tokens, fold

#: Words that English writes with a capital, but for some that are other words, too ("china"): in small letters they are a thesaurus's ("the japanese
#: coast" was the eastern one, "america" was the United States).
PROPER = frozenset(
    "african american arab argentine asian australian austrian belgian brazilian british canadian chinese cuban czech danish dutch egyptian english"
    " european finnish french german greek hispanic hungarian indian indonesian iranian iraqi irish israeli italian jap japanese korean mexican norwegian"
    " pakistani peruvian portuguese romanian russian scottish spanish swedish swiss syrian thai ukrainian vietnamese welsh africa america americans asia"
    " australia britain california canada christmas england europe europeans france germany india iran iraq ireland israel italy japan london mexico moscow"
    " russia scotland spain texas ukraine washington monday tuesday wednesday thursday friday saturday sunday january february april june july september"
    " october november december".split()
)
_CAPITALISED = PROPER - {"jap"} | {"china"}
#: Names of two common words: the second by the first.
PROPER_PAIRS = {"united": ("states", "kingdom", "nations"), "european": ("union",), "north": ("korea",), "south": ("korea",), "new": ("york", "zealand")}
_NAMES = re.compile("|".join(rf"\b{first} {second}\b" for first, seconds in PROPER_PAIRS.items() for second in seconds))
_INITIALS = re.compile(r"(?<![\w-])(?:eu|uk|un|usa|u\.[kns]|e\.u)(?![\w-])")
#: Letters of an acronym; longer words in capitals are shouted.
LONGEST_ACRONYM = 5
_SMALL = frozenset("a an and as at but by for from in into nor of on or over per so than the to up via with".split())
#: A line break between two words of a phrase, with the blanks around it.
_BREAK = re.compile(r"[ \t\u00a0]*\r?\n[ \t\u00a0]*")
#: Words whose first letter lies about their first sound, beginnings only; enough for news English.
_AN_BEFORE = re.compile(
    r"(?:[aeio]|u(?!n(?:i(?:[^nm]|n$)|$)|s[aeiu]|r[aeiou]n|t[aeio]|k\b|biq)|hour|hono[u]?r|heir|honest|[fhlmnrsx](?:[.\W]|$)|8|11\b|18\b)", re.IGNORECASE
)
_A_BEFORE = re.compile(r"(?:eu|ewe|one\b|once\b|uni|unanim|us[aeiu]|u\b|ubiq|uk\b|ukr|uku|utop|uten)", re.IGNORECASE)
#: Acronyms read as words that begin with a consonant, though the letter's name does not.
_SPOKEN = frozenset("FEMA FIFA HUD LASER MERS NAFTA NASA NATO NOAA RADAR SARS SEAL SWAT".split())


class Change(NamedTuple):
    """Within an arc: tokens ``first`` to ``last`` (exclusive, counted from the arc's first) become ``words`` (tokens of the original's text,
    from its token ``position`` on)."""

    first: int
    last: int
    words: tuple[str, ...]
    text: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Phrase:
    """The tokens of a short text: folded words and their spans."""

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def surface(self, i: int, j: int) -> str:
        """The text of words i to j (exclusive)."""
        return self.text[self.spans[i][0] : self.spans[j - 1][1]]


@lru_cache(maxsize=50_000)
def split(text: str) -> Phrase:
    """A phrase's tokens, remembered: the same originals come up again and again."""
    matches = list(TOKEN.finditer(fold(text)))
    return Phrase(text, tuple(m[0] for m in matches), tuple(m.span() for m in matches))


@lru_cache(maxsize=50_000)
def changes(observed: tuple[str, ...], original: str) -> tuple[Change, ...]:
    """The least that has to change for ``observed`` (folded tokens) to read ``original``: common words are kept.

    >>> [c.text for c in changes(("the", "primary", "time"), "the first time")]
    ['first']
    """
    tokens = split(original)
    words = tokens.words
    if len(words) == len(observed):
        return tuple(_whole_words(observed, tokens, _same_length(observed, tokens)))
    shorter = min(len(words), len(observed))
    left = 0
    while left < shorter - 1 and observed[left] == words[left]:
        left += 1
    right = 0
    while right < shorter - 1 - left and observed[-1 - right] == words[-1 - right]:
        right += 1
    return tuple(_whole_words(observed, tokens, [_change(tokens, left, len(observed) - right, left, len(words) - right)]))


def _whole_words(observed: Sequence[str], tokens: Phrase, found: list[Change]) -> list[Change]:
    """The changes, taking in the word before where one begins with a clitic on one side: "there's" → "there is" is one change."""
    out = []
    for change in found:
        low, high = change.position, change.position + len(change.words)
        if change.first and low and (observed[change.first][0] == "'" or change.words[0][0] == "'"):
            change = _change(tokens, change.first - 1, change.last, low - 1, high)
        out.append(change)
    return out


def _same_length(observed: Sequence[str], tokens: Phrase) -> list[Change]:
    out, i, n = [], 0, len(observed)
    while i < n:
        j = i
        while j < n and observed[j] != tokens.words[j]:
            j += 1
        if j > i:
            out.append(_change(tokens, i, j, i, j))
        i = j + 1
    return out


def _change(tokens: Phrase, first: int, last: int, low: int, high: int) -> Change:
    return Change(first, last, tokens.words[low:high], tokens.surface(low, high), low)


@lru_cache(maxsize=50_000)
def proper(original: str) -> str:
    """``original`` (lower case) with the capitals that English gives its words wherever they stand.

    >>> proper("the united states"), proper("u.s. officials"), proper("un-american"), proper("eastern")
    ('the United States', 'U.S. officials', 'un-American', 'eastern')
    """
    named = _NAMES.sub(lambda m: m[0].title(), original)
    spelled = re.sub(r"[a-z]+", lambda m: m[0].capitalize() if m[0] in _CAPITALISED else m[0], named)
    return _INITIALS.sub(lambda m: m[0].upper(), spelled)


def match_case(replacement: str, observed: Sequence[Token], *, opens: bool) -> str:
    """``replacement`` (lower case) in the case of the words it stands for; ``opens``: they open a sentence.

    >>> match_case("military issues", [Token(0, 4, "Navy"), Token(5, 11, "points")], opens=True)
    'Military issues'
    """
    return cased(replacement, tuple(t.text for t in observed), opens)


@lru_cache(maxsize=50_000)
def cased(replacement: str, observed: tuple[str, ...], opens: bool) -> str:
    """The same, from the words alone, remembered. What has capitals of its own keeps them."""
    words = [t for t in observed if t[:1].isalpha()] or observed
    letters = "".join(words)
    if replacement != replacement.lower() and not (letters.isupper() and max(map(len, words)) > LONGEST_ACRONYM):
        begins = opens and words[0][:1].isupper() and replacement.partition(" ")[0].islower()  # "iPhone" does not
        return replacement[:1].upper() + replacement[1:] if begins else replacement
    if "i" in split(replacement).words:
        replacement = re.sub(r"\bi\b(?=$|[ '’])", "I", replacement)
    if len(letters) > 1 and letters.isupper():
        return replacement.upper()
    if opens and words[0][:1].isdigit():  # "4 people" → "Four people"
        return replacement[:1].upper() + replacement[1:]
    if not words[0][:1].isupper():
        return _inner_case(replacement, words)
    content = [t for t in words[1:] if fold(t) not in _SMALL]
    titled = bool(content) and all(t[:1].isupper() for t in content)
    if titled or (not opens and not content):
        parts = re.split(r"(\s+|-)", replacement)
        return "".join(p if k and p in _SMALL else p[:1].upper() + p[1:] for k, p in enumerate(parts))
    return replacement[:1].upper() + replacement[1:]


def _inner_case(replacement: str, words: Sequence[str]) -> str:
    """Lower-case start: keep a capital on the last word when the observed phrase had it there ("main Occasion" → "key Event")."""
    if len(words) > 1 and words[-1][:1].isupper() and " " in replacement:
        head, _, tail = replacement.rpartition(" ")
        return f"{head} {tail[:1].upper()}{tail[1:]}"
    return replacement


def article(following: str) -> str:
    """The article, "a" or "an", before a word, by its spelling.

    >>> article("hour"), article("union"), article("unimportant"), article("FBI")
    ('an', 'a', 'an', 'an')
    """
    word = following.lstrip("\"'“‘(")
    if word[:2].isupper() and len(word) > 1:
        return "an" if word[0] in "AEFHILMNORSX" and word not in _SPOKEN else "a"
    if re.match(r"unim|unin|unident", word, re.IGNORECASE):
        return "an"
    if _A_BEFORE.match(word):
        return "a"
    return "an" if _AN_BEFORE.match(word) else "a"


def with_breaks(replacement: str, before: str) -> str | None:
    """``replacement`` with the line breaks that ``before`` has, each between the words nearest to where it was; None where there are not enough words.

    >>> with_breaks("in the first place", "to begin\\nwith")
    'in the first\\nplace'
    """
    breaks = list(_BREAK.finditer(before))
    words = replacement.split(" ")
    joints = [" "] * (len(words) - 1)
    if len(breaks) > len(joints):
        return None
    ends = [(position + len(word)) / len(replacement) for word, position in zip(words, accumulate((len(w) + 1 for w in words), initial=0), strict=False)]
    low = 0
    for left, found in zip(range(len(breaks) - 1, -1, -1), breaks, strict=True):
        wanted = found.start() / len(before)
        at = min(range(low, len(joints) - left), key=lambda k: abs(ends[k] - wanted))
        joints[at], low = found[0], at + 1
    return words[0] + "".join(joint + word for joint, word in zip(joints, words[1:], strict=True))


def on_lines(text: str, start: int, before: str, options: Sequence[str]) -> tuple[int, str, list[str]] | None:
    """Where the readings ``options`` of ``before``, at ``start`` in ``text``, stand, what they stand for, and they themselves with its line breaks, "" for
    those that have too few words. If the first has, all begin with the line break, in the place of the blank before them; None where there is no such blank, or
    only a mark of a list before it."""
    made = [with_breaks(option, before) or "" for option in options]
    if made[0]:
        return start, before, made
    breaks = _BREAK.findall(before)
    line = text[text.rfind("\n", 0, start) + 1 : start]
    if len(breaks) > 1 or not line.endswith(" ") or not any(c.isalpha() for c in line):
        return None
    return start - 1, f" {before}", [breaks[0].lstrip(" \t\u00a0") + option for option in options]


@dataclass(frozen=True, slots=True)
class Style:
    """How a document writes: ``curly`` apostrophes, ``british`` spelling."""

    curly: bool
    british: bool

    @classmethod
    def of(cls, tokens: Tokens, to_american: Mapping[str, str], to_british: Mapping[str, str]) -> Style:
        """The style of a text: the majority of its apostrophes and of its words that differ between the two."""
        count = Counter(tokens.words)
        british = sum(n for w, n in count.items() if w in to_american)
        american = sum(n for w, n in count.items() if w in to_british)
        return cls(tokens.text.count("’") > tokens.text.count("'"), british > american)

    def dress(self, text: str, to_american: Mapping[str, str], to_british: Mapping[str, str]) -> str:
        """``text`` (lower case) in this style."""
        table = to_british if self.british else to_american
        if text.isalpha():  # one word, without an apostrophe
            return table.get(text, text)
        spelled = text
        if not table.keys().isdisjoint(split(text).words):
            spelled = re.sub(r"[a-z]+", lambda m: table.get(m[0], m[0]), text)
        return spelled.replace("'", "’") if self.curly else spelled
