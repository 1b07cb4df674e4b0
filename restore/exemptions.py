"""What a user wants left alone: the settings ``allow`` and ``ignore``.

An entry in lower case is meant in any case ("polish" also covers "Polish"). One with a capital letter is meant exactly as it is written
("Polish" leaves "polish" to be restored), and so is one with ``=`` before it ("=polish" covers "polish" alone). What is *allowed* is never touched where
it stands whole, nor is any word in it. What is *ignored* is only not replaced itself: with "primary" ignored, "the primary time" may still become "the
first time". An ignored pair, ``battle -> war``, leaves the other originals of "battle".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from restore.channel import Candidates
from restore.lexicon import Lexicon
from restore.surface import changes
from restore.tokens import Tokens, words

Bool = npt.NDArray[np.bool_]
_ARROW = "->"
_EXACT = "="


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase: its folded words and, when its case counts, how it is written; ``original``: folded words of the only original that is meant."""

    words: tuple[str, ...]
    exact: tuple[str, ...] = ()
    original: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Entry:
        """An entry as it is written in the settings.

        >>> Entry.parse("navy blue").exact, Entry.parse("Polish").exact, Entry.parse("=polish").exact, Entry.parse("battle -> war").original
        ((), ('Polish',), ('polish',), ('war',))
        """
        phrase, _, original = text.partition(_ARROW)
        written = phrase.strip().removeprefix(_EXACT).strip()
        exact = phrase.strip().startswith(_EXACT) or written != written.lower()
        return cls(tuple(words(written)), _surfaces(Tokens(written)) if exact else (), tuple(words(original)))

    def stands_at(self, tokens: Tokens, i: int) -> bool:
        """Whether the phrase begins at token ``i``, whose word is its first."""
        end = i + len(self.words)
        if tuple(tokens.words[i:end]) != self.words:
            return False
        return not self.exact or tuple(tokens[k].text for k in range(i, end)) == self.exact


class Exemptions:
    """The entries of both settings, ready to be looked for."""

    def __init__(self, allow: Iterable[str], ignore: Iterable[str]) -> None:
        self._allowed = _by_first(allow)
        self._ignored = _by_first(ignore)

    def allowed(self, tokens: Tokens) -> Bool:
        """Tokens that lie in an allowed phrase, bool [tokens]."""
        out = np.zeros(len(tokens), dtype=np.bool_)
        for i, entry in _found(self._allowed, tokens):
            out[i : i + len(entry.words)] = True
        return out

    def ignored(self, tokens: Tokens, found: Candidates, lexicon: Lexicon) -> Bool:
        """Arcs that change exactly an ignored phrase, bool [arcs]: "mentioned it" → "said it" changes "mentioned"."""
        arcs = found.arcs
        out = np.zeros(len(arcs), dtype=np.bool_)
        for i, entry in _found(self._ignored, tokens):
            end = i + len(entry.words)
            for k in np.flatnonzero((arcs.first <= i) & (arcs.last >= end) & (arcs.head >= 0)).tolist():
                first = int(arcs.first[k])
                for change in changes(tuple(tokens.words[first : arcs.last[k]]), lexicon.head_text[arcs.head[k]]):
                    same = (first + change.first, first + change.last) == (i, end)
                    out[k] |= same and entry.original in ((), tuple(words(change.text)))
        return out


def _by_first(texts: Iterable[str]) -> dict[str, list[Entry]]:
    out: dict[str, list[Entry]] = {}
    for entry in map(Entry.parse, texts):
        if entry.words:
            out.setdefault(entry.words[0], []).append(entry)
    return out


def _found(entries: dict[str, list[Entry]], tokens: Tokens) -> list[tuple[int, Entry]]:
    if not entries:
        return []
    return [(i, entry) for i, word in enumerate(tokens.words) for entry in entries.get(word, ()) if entry.stands_at(tokens, i)]


def _surfaces(tokens: Tokens) -> tuple[str, ...]:
    return tuple(tokens[k].text for k in range(len(tokens)))
