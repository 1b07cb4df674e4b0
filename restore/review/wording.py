"""What the reviewer reads about a suggestion: its sentence, its alternatives and the evidence, in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from restore.nouns import Suggestion
from restore.review.document import Document
from restore.worddiff import visible

#: Characters of a sentence shown before and after the words in question; a sentence may be a whole file.
AROUND = 160
_END = re.compile(r"[.!?…][\"”’')\]]*\s+|\n+")


class Sentence(NamedTuple):
    """The words around a place, and the words there."""

    left: str
    before: str
    right: str


def sentence(text: str, suggestion: Suggestion) -> Sentence:
    """The sentence of a suggestion, on one line.

    >>> from restore.nouns import Evidence
    >>> battle = Suggestion(12, 18, "battle", "war", 0.9, "apply", (), Evidence("word"))
    >>> sentence("It was. The\\nbattle ended. So", battle).right
    ' ended.'
    """
    low, high = max(0, suggestion.start - AROUND), min(len(text), suggestion.end + AROUND)
    left, right = text[low : suggestion.start], text[suggestion.end : high]
    starts = [match.end() for match in _END.finditer(left)]
    left = left[starts[-1] :] if starts else ("…" if low else "") + left
    end = _END.search(right)
    right = right[: end.end()].rstrip() if end else right + ("…" if high < len(text) else "")
    return Sentence(visible(left), visible(suggestion.before), visible(right))


def alternatives(suggestion: Suggestion) -> list[tuple[str, float, str]]:
    """Up to nine readings to choose from: words, probability, what they are."""
    notes = {suggestion.before: "as it stands", suggestion.replacement: "suggested"}
    return [(visible(a.text) or "(nothing)", a.probability, notes.get(a.text, "")) for a in suggestion.alternatives[:9]]


def evidence(document: Document, suggestion: Suggestion) -> list[str]:
    """Why a suggestion is made, in phrases."""
    return [*_language(suggestion), *_counts(document, suggestion), *_source(suggestion)]


def _language(suggestion: Suggestion) -> Iterator[str]:
    proof = suggestion.evidence
    better, worse = visible(suggestion.replacement), visible(suggestion.before)
    if proof.gain > 0:
        yield f'"{better}" fits here {proof.gain:.1f} nats better'
    elif proof.gain < 0:
        yield f'"{worse}" fits here {-proof.gain:.1f} nats better'
    if proof.name:
        yield f"{visible(proof.name)} is a known name"


def _counts(document: Document, suggestion: Suggestion) -> Iterator[str]:
    """How often the words stand in this text, and how often they would in plain English of its length."""
    word = suggestion.before
    seen = document.count(word)
    share = document.shares.get(word.lower())
    if share is not None:
        yield f'"{visible(word)}" {_times(seen)} in this text, {_number(share * document.restoration.words)} expected'
    elif seen > 1:
        yield f'"{visible(word)}" {_times(seen)} in this text'
    if suggestion.evidence.count > 1:
        yield f"the pair {_times(suggestion.evidence.count)} in this text"


def _source(suggestion: Suggestion) -> Iterator[str]:
    proof = suggestion.evidence
    kinds = {
        "litter": "litter that spinners leave",
        "article": "a or an, as the next word asks",
        "spelling": "a near spelling",
        "own": "your own correction",
        "decision": "decided before; nothing is suggested here now",
    }
    if proof.kind in kinds:
        yield kinds[proof.kind]
    if proof.channel:
        yield f"a spinner puts it with probability {math.exp(proof.channel):.2g}"
    if proof.row:
        yield f"{'name' if proof.kind == 'name' else 'row'} {visible(proof.row)}" + (f", family {proof.family}" if proof.family else "")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _number(value: float) -> str:
    """Two digits that say something.

    >>> _number(17.3), _number(0.22), _number(0.0004)
    ('17', '0.22', 'under 0.01')
    """
    if value < 0.01:
        return "under 0.01"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
