"""The measures of docs/design.md on finished restorations: recovered, edit precision, clean rate, calibration, review yield.

Nothing here uses the project's own tokeniser, so a change of it cannot change the yardstick. Distances are counted in words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from restore.nouns import Edit, Suggestion

#: A word with its inner apostrophes, full stops and commas ("won't", "u.s", "1,000"), or a brace: "{dollars}" is damage that has to be seen.
WORD = re.compile(r"[^\W_]+(?:['’‘ʼ.,][^\W_]+)*|[{}]")
_STRAIGHT = str.maketrans("’‘ʼ", "'''")
#: Bins of the expected calibration error, all of the same width, and the alternatives a reviewer looks at.
BINS = 10
SHOWN = 3


def words(text: str) -> list[str]:
    """The case-folded words of a text, with straight apostrophes.

    >>> words("It’s “The U.S.” – {Dollars}")
    ["it's", 'the', 'u.s', '{', 'dollars', '}']
    """
    return [word.casefold().translate(_STRAIGHT) for word in WORD.findall(text)]


def distance(a: str, b: str) -> int:
    """Word-level Levenshtein distance.

    >>> distance("the battle was once long", "The war was long")
    2
    """
    return Levenshtein.distance(words(a), words(b))


def calibration_error(outcomes: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error of (probability, was it true): the mean gap between the two in ten equal bins, weighted by their size.

    >>> round(calibration_error([(0.9, True), (0.9, True), (0.9, False), (0.9, True)]), 3)
    0.15
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for probability, true in outcomes:
        bins[min(int(probability * BINS), BINS - 1)].append((probability, true))
    gap = sum(abs(sum(p for p, _ in each) - sum(true for _, true in each)) for each in bins)
    return gap / len(outcomes) if outcomes else 0.0


class Gold(NamedTuple):
    """One damaged place: ``spun`` stands at ``start:end`` of the spun text for ``original``. ``worth``: wrong words, which add up to the distance."""

    start: int
    end: int
    spun: str
    original: str
    worth: int

    def touches(self, start: int, end: int) -> bool:
        """Whether a span covers some of it; words that were left out lie in the gap between two words, and either neighbour touches them."""
        if self.spun:
            return start < self.end and end > self.start
        return start <= self.end and end >= self.start


class Pair:
    """A spun text beside its original. Lines pair one to one, so an edit is judged on its own line; where they do not, on the whole text."""

    def __init__(self, spun: str, original: str) -> None:
        self.spun = spun
        self.original = original
        left, right = spun.split("\n"), original.split("\n")
        if len(left) != len(right):
            left, right = [spun], [original]
        self._left, self._right = left, right
        self._starts = [0]
        for line in left[:-1]:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._target = [words(line) for line in right]
        self._before = [Levenshtein.distance(words(a), b) for a, b in zip(left, self._target, strict=True)]

    @property
    def distance(self) -> int:
        """How many words are wrong: the sum over the lines."""
        return sum(self._before)

    def distance_after(self, restored: str) -> int:
        """How many words of ``restored``, a repaired form of the spun text, are wrong; counted as ``distance`` is."""
        lines = restored.split("\n") if len(self._left) > 1 else [restored]
        if len(lines) != len(self._left):
            return distance(restored, self.original)
        return sum(Levenshtein.distance(words(line), target) for line, target in zip(lines, self._target, strict=True))

    def gain(self, start: int, end: int, after: str) -> int:
        """How many words nearer to the original the text comes when ``spun[start:end]`` alone is replaced; below 0: farther away."""
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, max(end - 1, start)) - 1
        low, high = self._starts[first], self._starts[last] + len(self._left[last])
        edited = words(self.spun[low:start] + after + self.spun[end:high])
        target = [word for line in self._target[first : last + 1] for word in line]
        before = self._before[first] if first == last else Levenshtein.distance(words(self.spun[low:high]), target)
        return before - Levenshtein.distance(edited, target)

    def lines(self) -> Iterator[tuple[int, str, str]]:
        """Where each line begins in the spun text, the line, and its original."""
        return zip(self._starts, self._left, self._right, strict=True)

    def gold(self) -> list[Gold]:
        """The damaged places in text order, by word-level alignment of each line with its original; neighbouring ones are one place."""
        return [gold for k in range(len(self._left)) if self._before[k] for gold in self._gold_of(k)]

    def _gold_of(self, k: int) -> Iterable[Gold]:
        left, right = list(WORD.finditer(self._left[k])), list(WORD.finditer(self._right[k]))
        blocks: list[list[int]] = []
        for step in Levenshtein.opcodes(words(self._left[k]), self._target[k]):
            i, j, m, n = step.src_start, step.src_end, step.dest_start, step.dest_end
            if step.tag == "equal":
                continue
            if blocks and blocks[-1][1] == i and blocks[-1][3] == m:
                blocks[-1][1], blocks[-1][3], blocks[-1][4] = j, n, blocks[-1][4] + max(j - i, n - m)
            else:
                blocks.append([i, j, m, n, max(j - i, n - m)])
        for i, j, m, n, worth in blocks:
            start, end = _extent(left, i, j, len(self._left[k]))
            spun = self._left[k][start:end] if j > i else ""
            original = self._right[k][right[m].start() : right[n - 1].end()] if n > m else ""
            yield Gold(start + self._starts[k], end + self._starts[k], spun, original, worth)


def _extent(matches: Sequence[re.Match[str]], i: int, j: int, length: int) -> tuple[int, int]:
    """Character offsets of words i to j, or of the gap before word i when there are none."""
    if j > i:
        return matches[i].start(), matches[j - 1].end()
    return matches[i - 1].end() if i else 0, matches[i].start() if i < len(matches) else length


def found_in_review(pair: Pair, suggestions: Iterable[Suggestion]) -> int:
    """How many wrong words a reviewer finds the right original for among the first three alternatives.

    Of each suggestion the best of its first three alternatives counts, keeping the words left out: the number of words by which it brings
    the text nearer when applied alone. That many wrong words are found in the damaged places it touches, from left to right, and never more in
    a place than it is worth. So a place is found whole when its original is offered whole, and in part when a part is.
    """
    places = pair.gold()
    left = [place.worth for place in places]
    first = 0
    for s in sorted(suggestions, key=lambda s: s.start):
        best = max((pair.gain(s.start, s.end, text) for text in shown(s)), default=0)
        while first < len(places) and places[first].end < s.start:
            first += 1
        for k in range(first, len(places)):
            if places[k].start > s.end or best <= 0:
                break
            if places[k].touches(s.start, s.end):
                taken = min(best, left[k])
                best -= taken
                left[k] -= taken
    return sum(place.worth for place in places) - sum(left)


def shown(suggestion: Suggestion) -> list[str]:
    """The first three alternatives of a suggestion that change something."""
    return [a.text for a in suggestion.alternatives if a.text != suggestion.before][:SHOWN]


@dataclass(slots=True)
class Score:
    """The measures over any number of texts: each ``add`` counts one more. ``outcomes``: probability and truth of what was shown."""

    texts: int = 0
    words: int = 0
    wrong: int = 0
    left: int = 0
    edits: int = 0
    right: int = 0
    found: int = 0
    outcomes: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, pair: Pair, edits: Iterable[Edit], restored: str, suggestions: Sequence[Suggestion] = ()) -> None:
        """Count one restored text."""
        self.texts += 1
        self.words += len(words(pair.spun))
        self.wrong += pair.distance
        self.left += pair.distance_after(restored)
        for edit in edits:
            self.edits += 1
            self.right += pair.gain(edit.start, edit.end, edit.after) > 0
        self.found += found_in_review(pair, suggestions)
        for s in suggestions:
            if s.action != "leave":
                self.outcomes.append((s.probability, pair.gain(s.start, s.end, s.replacement) > 0))

    def merge(self, other: Score) -> None:
        """Count the texts of another score too."""
        for name in ("texts", "words", "wrong", "left", "edits", "right", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.outcomes += other.outcomes

    @property
    def recovered(self) -> float:
        """1 - d(restored, original) / d(spun, original)."""
        return 1 - self.left / self.wrong if self.wrong else 1.0

    @property
    def edit_precision(self) -> float:
        """Share of the applied edits that, applied alone, bring the text nearer to the original."""
        return self.right / self.edits if self.edits else 1.0

    @property
    def clean_rate(self) -> float:
        """Applied edits per 1,000 words."""
        return 1000 * self.edits / self.words if self.words else 0.0

    @property
    def calibration(self) -> float:
        """Expected calibration error of the shown probabilities."""
        return calibration_error(self.outcomes)

    @property
    def review_yield(self) -> float:
        """Share of the wrong words whose right original is among the first three alternatives."""
        return self.found / self.wrong if self.wrong else 1.0
