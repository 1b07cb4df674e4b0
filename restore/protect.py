"""What no spinner's list applies to: addresses, code, markup, handles, text that a comment switches off, quotations on request, person names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from restore.characters import Kinds
from restore.numerals import half_written
from restore.tokens import Tokens

Bool = npt.NDArray[np.bool_]

_ENDS = "(?:com|org|net|gov|edu|mil|int|info|io|co|uk|us|eu|de|fr|au|ca|in|ru|cn|jp)"
#: Spans that are copied whatever they hold, each with characters and a sign without which it cannot match: a text is searched only for what it has a
#: sign of. Order matters only where alternatives begin alike: longer constructs first. No alternative may look at the same run twice: "a-a-a-…" or an
#: unclosed "{{" or "<!--" must cost linear time (tests/test_protect.py).
_SPANS = (
    ("restore:", "restore:", r"<!--\s*restore:\s*off\s*-->.*?(?:<!--\s*restore:\s*on\s*-->|\Z)"),  # switched off until switched on
    ("restore:", "restore:", r"^(?:(?!<!--)[^\n])*restore:\s*off\b[^\n]*\n.*?(?:^[^\n]*restore:\s*on\b|\Z)"),
    ("restore:", "restore:", r"^[^\n]*restore:\s*ignore-line\b[^\n]*$"),
    (
        "<",
        "<[!/A-Za-z]",
        r"<!--(?:(?!<!--).)*?-->|<(?P<tag>script|style|pre|code)\b[^<>]{0,2000}>(?:(?!<(?P=tag)\b).)*?</(?P=tag)\s*>|</?[A-Za-z][^<>]{0,2000}>",
    ),
    ("```", "```", r"^```[^\n]*\n.*?(?:^```[^\n]*$|\Z)"),
    ("~~~", "~~~", r"^~~~[^\n]*\n.*?(?:^~~~[^\n]*$|\Z)"),
    ("`", "`", r"``[^\n]+?``|`[^`\n]+`"),
    ("](", r"\]\(", r"(?<=\])\([^()\s]*(?:\s+\"[^\"]*\")?\)"),
    ("]:", r"\]:", r"^\s{0,3}\[[^\]\n]+\]:[^\n]*$"),
    ("{", r"\{(?:[{%]|(?<=\$.))", r"\{\{[^{}]{0,500}\}\}|\{%[^%]{0,500}%\}|\$\{[^{}]{0,500}\}"),
    ("://", "://", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"']+"),
    ("www.", r"www\.", r"\bwww\.[^\s<>\"']+"),
    ("@", "@", r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"),
    (".", rf"\.{_ENDS}\b", rf"(?<![\w-])(?<!\w\.)[\w-]++(?:\.[\w-]++)*\.{_ENDS}\b(?:/[^\s<>\"']*)?"),
    ("@", "@", r"(?<![\w&])@\w+"),
    ("#", "#", r"(?<![\w&])#\w+"),
    ("&", "&", r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]+);"),
    ("/", r"/[\w.-]+/", r"(?<![\w.])(?:~|\.{1,2})?(?:/[\w.-]+){2,}"),
)
_SIGNS = tuple((part, re.compile(sign)) for part, sign, _ in _SPANS)
#: From this one on they hold no white space, so that where there are no others only the words around a sign have to be searched.
_SOLID = next(k for k, (part, _, _) in enumerate(_SPANS) if part == "://")
_WORD_END = re.compile(r"[^ \n]*")
#: Where a word goes on beyond its token: "battle_field", "battle2", an undecodable byte, a combining accent.
_GLUE = re.compile(r"[0-9_\u0300-\u036f\udc80-\udcff](?:(?<=[\u0300-\u036f\udc80-\udcff])|(?<=[^\W\d_][0-9])|(?<=[^\W_]_)_*(?=[^\W_]))")
#: A brace before a word, and one after it, where a word stands in prose.
_LITTER = re.compile(r"(?:(?<=[\s“‘\"'—–])|(?<=\s\()|(?<![^\n]))\{(?=[^\W\d_])")
_CLOSED = re.compile(r"\}(?=[.,;:!?…]*[)”’\"'—–]?[.,;:!?…]*(?:\s|\Z))")
#: Words in braces that are litter however short the text, and the share of a text's words that at most is: of development texts 27 have some, two in 250 words
#: at most; manuals whose notation has braces put one in forty words in them.
FEW, OFTEN = 3, 0.005
_QUOTATION = re.compile(r"“[^”\n]*”|\"[^\"\n]*\"|«[^»\n]*»")
#: Below this log-frequency (one in four million words) a capitalised word counts as a name nobody spins.
RARE = -15.2


_BARE = re.compile(r"(?:[2-9]|[12]\d|3[01]|100)(?:st|nd|rd|th)?\Z")
_POINTS = frozenset(".,;:?!")
_MONTHS = "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec"
_UNIT_BEFORE = frozenset(f"$ € £ % & / - – — ( no no. page pages p. pp. figure fig table chapter section article version phase type {_MONTHS}".split())
_UNIT_AFTER = frozenset(f"% $ € £ - – — / ) a.m a.m. p.m p.m. am pm km kg cm mm kb mb gb mhz ghz c f {_MONTHS}".split())


_WHO = "i|you|he|she|it|we|they|that|there|here|this|who|what|where|how|let"
#: Contractions by their apostrophe, which comes first so that it is looked for, up to the end of a token, and what stands before them; "'s" after a noun is as
#: often a genitive.
_CONTRACTION = {a: re.compile(rf"{a}(?:[tT]|[rR][eE]|[vV][eE]|[lL][lL]|[dDmM]|[sS])\b") for a in "'’"}
_BEFORE = {"t": re.compile(r"[A-Za-z][nN]\Z"), "s": re.compile(rf"\b(?:{_WHO})\Z", re.IGNORECASE)}
_LETTER = re.compile(r"[A-Za-z]\Z")
_CURLY = re.compile(r"\w’\w")


#: How a token begins: with a capital, or with a digit or the sign of an amount.
_CAPITAL, _FIGURE = 1, 2
_INITIALS = Kinds(lambda c: _CAPITAL if c.isupper() else _FIGURE if c.isdigit() or c in "%$€£&" else 0)


@dataclass(frozen=True, slots=True)
class Marks:
    """Per token, bool [n]: ``kept`` may not change; ``capital`` begins with a capital; ``first`` opens a sentence; ``person`` stands before a
    capitalised word that no dictionary of English has, as a first name does; ``genuine`` lies in a collocation that is likely the author's own;
    ``straight`` is a contraction whose apostrophe is straight where others are curly."""

    kept: Bool
    capital: Bool
    first: Bool
    person: Bool
    genuine: Bool
    straight: Bool


def spans(text: str) -> list[tuple[int, int]]:
    """Character spans that are never touched, in order."""
    kinds = tuple(k for k, (part, sign) in enumerate(_SIGNS) if part in text and sign.search(text))
    if not kinds:
        return []
    where = _around(text, sorted(m.start() for k in kinds for m in _SIGNS[k][1].finditer(text))) if kinds[0] >= _SOLID else [(0, len(text))]
    return [m.span() for low, high in where for m in _pattern(kinds).finditer(text, low, high)]


def reaches(text: str) -> bool:
    """Whether a text may hold a span that goes on over white space, as code and comments do."""
    return any(part in text and sign.search(text) for part, sign in _SIGNS[:_SOLID])


def _around(text: str, positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """What lies between blanks around positions in order, each stretch once."""
    done = 0
    for position in positions:
        if position >= done:
            low = max(text.rfind(" ", done, position), text.rfind("\n", done, position), done - 1) + 1
            done = _WORD_END.match(text, position).end()  # type: ignore[union-attr]  # it matches anywhere
            yield low, done


@lru_cache(maxsize=256)
def _pattern(kinds: tuple[int, ...]) -> re.Pattern[str]:
    """One expression for these kinds of spans."""
    return re.compile("|".join(_SPANS[k][2] for k in kinds), re.DOTALL | re.MULTILINE)


def mark(tokens: Tokens, frequency: npt.NDArray[np.float32], *, keep_quotes: bool, acronyms: Collection[str] = ()) -> Marks:
    """The marks of every token; ``frequency``: log-frequency of every token's word, float32 [n]; ``acronyms``: words that may change even in capitals."""
    n = len(tokens)
    text = tokens.text
    initial = _INITIALS.of(tokens.initials)
    capital = initial == _CAPITAL
    first = np.concatenate([[True], tokens.sentence[1:] != tokens.sentence[:-1]]) if n else np.zeros(0, dtype=np.bool_)
    kept = initial == _FIGURE
    kept[bare_numbers(tokens)] = False
    kept |= _acronyms(tokens, capital, acronyms)
    hidden = spans(text) + [(m.start() - 1, m.end() + 1) for m in _GLUE.finditer(text)]
    hidden += [(n.start, n.end) for n in half_written(text)]
    hidden += [m.span() for m in _QUOTATION.finditer(text)] if keep_quotes else []
    for start, end in hidden:
        kept[np.searchsorted(tokens.ends, start, side="right") : np.searchsorted(tokens.starts, end)] = True
    unknown = capital & (frequency < RARE)
    person = np.zeros(n, dtype=np.bool_)
    if n > 1:
        person[:-1] = capital[:-1] & unknown[1:] & tokens.joined[1:] & ~first[1:]
    return Marks(kept, capital, first, person, np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_))


def bare_numbers(tokens: Tokens) -> list[int]:
    """Small numbers that may have been words: up to 31 or an ordinal, a space before, a space or a stop after, no unit, date or other number beside.

    >>> text = Tokens("The 4 men paid $5, 6% and 7.5 on May 9, the 3rd at 10 p.m. on pages 11-12.")
    >>> [text.words[i] for i in bare_numbers(text)]
    ['4', '3rd']
    """
    text, found = tokens.words, []
    for i in np.flatnonzero(_INITIALS.of(tokens.initials) == _FIGURE).tolist():
        if not _BARE.match(text[i]):
            continue
        before = text[i - 1] if tokens.joined[i] else ""
        after = text[i + 1] if i + 1 < len(text) and tokens.joined[i + 1] else ""
        if before in _UNIT_BEFORE or after in _UNIT_AFTER or before[:1].isdigit() or after[:1].isdigit():
            continue
        pointed = after[:1] in _POINTS and text[i + 2 : i + 3] and text[i + 2][0].isdigit() and tokens.starts[i + 2] == tokens.ends[i + 1]
        alone = not i or tokens.text[tokens.starts[i] - 1].isspace()
        follows = tokens.text[tokens.ends[i] : tokens.ends[i] + 1]
        item = follows == "." and (not i or "\n" in tokens.text[tokens.ends[i - 1] : tokens.starts[i]])  # "4. Stir well"
        if alone and not pointed and not item and (not follows or follows.isspace() or follows in _POINTS):
            found.append(i)
    return found


def contractions(tokens: Tokens) -> tuple[Bool, Bool]:
    """Contractions with a curly apostrophe in a text that has others with a straight one, and those with a straight one where there are curly apostrophes,
    bool [n] each. Spinners write straight ones and do not know curly ones, so the first are the author's and the second a spinner's, if there is one: of 31
    wrong edits of contractions in the development pairs 27 were of curly ones, and of 55 of the second kind 54 had been something else.

    >>> own, straight = contractions(Tokens("We’re sure that's what Ann’s team didn’t say."))
    >>> np.flatnonzero(own).tolist(), np.flatnonzero(straight).tolist()  # "’re" and "didn’t"; "'s"
    ([1, 9], [4])
    """
    text = tokens.text
    both = "’" in text and "'" in text
    straight = _ends(tokens, _CONTRACTION["'"]) if both and _CURLY.search(text) else np.zeros(len(tokens), dtype=np.bool_)
    return _ends(tokens, _CONTRACTION["’"]) if straight.any() else straight, straight


def _ends(tokens: Tokens, pattern: re.Pattern[str]) -> Bool:
    """The tokens that contractions end with, bool [n]."""
    out, text = np.zeros(len(tokens), dtype=np.bool_), tokens.text
    found = [m for m in pattern.finditer(text) if _BEFORE.get(m[0][1:].lower(), _LETTER).search(text[max(0, m.start() - 6) : m.start()])]
    at = np.searchsorted(tokens.ends, [m.end() for m in found])
    out[at[at < len(out)]] = True
    return out


def _acronyms(tokens: Tokens, capital: Bool, known: Collection[str]) -> Bool:
    """ALL-CAPS words but ``known`` ones, except in a line that is all capitals, where case says nothing."""
    out = np.zeros(len(tokens), dtype=np.bool_)
    long = np.flatnonzero(capital & (tokens.ends - tokens.starts > 1))
    out[long] = [tokens.text[start:end].isupper() for start, end in zip(tokens.starts[long].tolist(), tokens.ends[long].tolist(), strict=True)]
    if out.any():
        shouted = np.bincount(tokens.sentence, out) > 0.6 * np.bincount(tokens.sentence, minlength=1)
        several = np.bincount(tokens.sentence, out) >= 3
        out &= ~(shouted & several)[tokens.sentence]
        out[[i for i in np.flatnonzero(out).tolist() if tokens.words[i] in known]] = False
    return out


def litter(tokens: Tokens) -> npt.NDArray[np.int64]:
    """Tokens in braces of their own, as spinners leave words they have no synonym for: "{dollars}". None in a text where braces are a notation: where most
    stand beside other signs ("remove({list}, {idx})"), or there are too many."""
    text = tokens.text
    opened = [m.end() for m in _LITTER.finditer(text)] if "{" in text else []
    at = np.searchsorted(tokens.starts, opened)
    there = np.flatnonzero(np.append(tokens.starts, -1)[at] == opened)
    found = np.array([i for i in at[there].tolist() if _CLOSED.match(text, tokens.ends[i])], dtype=np.int64)
    return found if len(found) <= max(FEW, OFTEN * len(tokens)) and 2 * text.count("{") <= 3 * len(found) else found[:0]


class Phrases:
    """Phrases to be found in running words, by their first word."""

    def __init__(self, phrases: Iterable[tuple[str, ...]]) -> None:
        self._all = {phrase for phrase in phrases if phrase}
        self._lengths: dict[str, set[int]] = {}
        for phrase in self._all:
            self._lengths.setdefault(phrase[0], set()).add(len(phrase))

    def cover(self, sequence: list[str]) -> Bool:
        """Tokens that lie in one of the phrases, bool [n]."""
        out = np.zeros(len(sequence), dtype=np.bool_)
        lengths = self._lengths
        for i in [i for i, word in enumerate(sequence) if word in lengths]:
            for length in lengths[sequence[i]]:
                if tuple(sequence[i : i + length]) in self._all:
                    out[i : i + length] = True
        return out
