"""Where tortured terms are looked for: stretches of texts laid side by side, and the candidates found there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from restore.tokens import Tokens

#: Stands between texts whose stretches are looked at together; nothing is read over it: no phrase, no article, no number with its unit.
BETWEEN = "."


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of texts laid side by side, a paragraph each, so that they are looked at together: ``starts`` in their text, ``begins`` in ``text``; those of
    each text begin at one of ``texts``."""

    text: str
    starts: tuple[int, ...]
    begins: tuple[int, ...]
    texts: tuple[int, ...]

    @classmethod
    def of(cls, *looked: tuple[str, Sequence[tuple[int, int]]]) -> Stretches:
        """The stretches of some texts, each given with its spans. Between texts stands BETWEEN, so that each is read as it would be alone."""
        parts: list[str] = []
        begins: list[int] = []
        texts: list[int] = []
        position = 0
        for text, spans in looked:
            texts.append(position)
            for a, b in spans:
                begins.append(position)
                parts.append(text[a:b])
                position += b - a + 2
            parts.append(BETWEEN)
            position += len(BETWEEN) + 2
        return cls("\n\n".join(parts[:-1]), tuple(a for _, spans in looked for a, _ in spans), tuple(begins), tuple(texts))

    def share(self, found: Sequence[Candidate], tokens: Tokens) -> list[list[Candidate]]:
        """What was found in each of the texts."""
        out: list[list[Candidate]] = [[] for _ in self.texts]
        for candidate in found:
            out[bisect_right(self.texts, int(tokens.starts[candidate.first])) - 1].append(candidate)
        return out

    def origin(self, position: int) -> int:
        """Where in the text a position in the stretches is."""
        k = bisect_right(self.begins, position) - 1
        return self.starts[k] + position - self.begins[k]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that may be meant: tokens first to last (exclusive), its text and row, what tells (FEATURES; nothing where the phrase is listed as a whole), the
    language model's gain and the channel's log."""

    first: int
    last: int
    text: str
    source: str
    features: tuple[float, ...]
    gain: float
    channel: float


class Place(NamedTuple):
    """What a candidate would replace in the stretches' text: characters start to end, ``before``, by ``text``."""

    start: int
    end: int
    before: str
    text: str
