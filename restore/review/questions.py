"""The nouns of a review: question, answer, filter, step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from restore.decisions import Choice
from restore.nouns import Suggestion

Order = Literal["reading", "doubt"]
Scope = Literal["document", "everywhere"]
#: The probability about which least is known.
DOUBT = 0.5


class Question(NamedTuple):
    """Numbers of a document and of one of its suggestions."""

    document: int
    suggestion: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided about one question; ``replacement`` is what stands there then."""

    choice: Choice
    replacement: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which questions are asked: by probability, by the words of the pair (a part of either is enough), and by whether they are open."""

    low: float = 0.0
    high: float = 1.0
    words: str = ""
    open_only: bool = False

    def passes(self, suggestion: Suggestion) -> bool:
        """Whether a suggestion is among those that are asked about."""
        words = self.words.casefold()
        return self.low <= suggestion.probability <= self.high and (not words or words in f"{suggestion.before} → {suggestion.replacement}".casefold())


@dataclass(slots=True)
class Step:
    """One command: old and new answer of every question it changed, the word it put on the ignore list, and the pair it settles everywhere, which
    documents that are read later take over. ``reach``: how many documents it has seen."""

    at: Question
    changes: dict[Question, tuple[Answer | None, Answer | None]] = field(default_factory=dict)
    ignored: str = ""
    rule: tuple[Suggestion, Answer] | None = None
    reach: int = 0
