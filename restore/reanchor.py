"""Find the places of decisions again in a text that has changed since they were made.

A decision's place is where its words stand with the most similar words around them. One whose words are gone, but whose replacement stands in their
place, was carried out already. The others could not be placed, and the caller says so; none is ever put at a place that only looks a bit like its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from restore.decisions import CONTEXT, Decision

#: Least similarity of the 80 characters around (rapidfuzz ratio, 0 to 100). Half of the words around a decision may have been replaced
#: by others, as happens when the rest of a review was applied; unrelated sentences have 30 to 45 (tests/test_reanchor.py).
SIMILAR = 55.0
#: What a place loses for each 1,000 characters it lies away from where it is expected, so that of two equal ones the nearer is taken.
DISTANCE = 0.5


@dataclass(frozen=True, slots=True)
class Placement:
    """Decisions with their offsets in the new text, those found to be carried out, and those that could not be placed."""

    placed: tuple[Decision, ...] = ()
    done: tuple[Decision, ...] = ()
    lost: tuple[Decision, ...] = ()


def reanchor(text: str, decisions: Sequence[Decision]) -> Placement:
    """Place decisions, given in text order, in ``text``.

    >>> old = Decision(4, 10, "battle", "accept", "war", "the ", " ended")
    >>> reanchor("At last the battle ended.", [old]).placed[0].start
    12
    >>> reanchor("At last the war ended.", [old]).done == (old,)
    True
    """
    placed: list[Decision] = []
    done: list[Decision] = []
    lost: list[Decision] = []
    taken = _Taken()
    shift = 0
    for decision in decisions:
        start = _find(text, decision, decision.before, decision.start + shift, taken)
        kept = decision.choice == "reject" or decision.replacement in ("", decision.before)
        finished = None if start is not None or kept else _find(text, decision, decision.replacement, decision.start + shift, taken)
        if start is not None:
            shift = start - decision.start
            placed.append(_moved(text, decision, start))
        elif finished is not None:
            shift = finished + len(decision.replacement) - decision.end
            done.append(decision)
        else:
            lost.append(decision)
    return Placement(tuple(sorted(placed, key=lambda d: d.start)), tuple(done), tuple(lost))


class _Taken:
    """The spans that have been given away."""

    def __init__(self) -> None:
        self._spans: dict[int, int] = {}

    def add(self, start: int, end: int) -> None:
        self._spans.update(dict.fromkeys(range(start, end), end))

    def touches(self, start: int, end: int) -> bool:
        return any(i in self._spans for i in range(start, end))


def _find(text: str, decision: Decision, words: str, expected: int, taken: _Taken) -> int | None:
    """The best free place of ``words``, and mark it as taken."""
    best, place = SIMILAR, None
    for start in _exact(text, decision, words, expected) or _occurrences(text, words):
        if taken.touches(start, start + len(words)):
            continue
        score = _similarity(text, decision, start, start + len(words)) - DISTANCE * abs(start - expected) / 1000
        if score > best or (place is None and score >= best):
            best, place = score, start
    if place is not None:
        taken.add(place, place + len(words))
    return place


def _exact(text: str, decision: Decision, words: str, expected: int) -> list[int]:
    """Where the words stand with everything around them as it was: nearly always where they are expected, which is quick to see."""
    whole, lead = decision.left + words + decision.right, len(decision.left)
    if whole == words:
        return []
    if expected >= lead and text.startswith(whole, expected - lead):
        return [expected]
    return [match.start() + lead for match in re.finditer(re.escape(whole), text)]


def _occurrences(text: str, words: str) -> list[int]:
    """Where the words stand as whole words."""
    before = r"(?<!\w)" if words[:1].isalnum() else ""
    after = r"(?!\w)" if words[-1:].isalnum() else ""
    return [match.start() for match in re.finditer(before + re.escape(words) + after, text)]


def _similarity(text: str, decision: Decision, start: int, end: int) -> float:
    from rapidfuzz.fuzz import ratio

    around = text[max(0, start - len(decision.left)) : start] + "\0" + text[end : end + len(decision.right)]
    return float(ratio(decision.left + "\0" + decision.right, around))


def _moved(text: str, decision: Decision, start: int) -> Decision:
    end = start + len(decision.before)
    return replace(decision, start=start, end=end, left=text[max(0, start - CONTEXT) : start], right=text[end : end + CONTEXT])


def describe_lost(decisions: Iterable[Decision]) -> Iterator[str]:
    """One phrase for each decision that could not be placed."""
    for d in decisions:
        yield f'"{d.before}" at {d.start} ({d.choice}' + (f' "{d.replacement}")' if d.choice != "reject" else ")")
