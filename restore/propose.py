"""New dictionary rows from pairs of spun and original text: what no row explains, aligned, counted, with the sentence it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from restore.align import Step
from restore.learn import align_line, paired_lines
from restore.lexicon import Lexicon
from restore.tokens import Tokens

#: Longest side of a replacement of unequal lengths, in words: longer ones are several replacements that touch.
LONGEST = 4
#: Words at least so similar (rapidfuzz ratio) are spellings or forms of one word ("colour", "color"), not replacements. "mentioned" and "said" have 31.
SPELLING = 85.0
_ARTICLES = frozenset(("a", "an"))


@dataclass(slots=True)
class Proposal:
    """A row to be: the variant that stands for an original, in how many places it does, and the first of these sentences, spun and as it was."""

    original: str
    variant: str
    count: int
    spun: str
    before: str


def propose(lexicon: Lexicon, pairs: Iterable[tuple[str, str]], families: Collection[str]) -> list[Proposal]:
    """Everything in the pairs that the rows of these families do not explain, by falling count."""
    found: dict[tuple[str, str], Proposal] = {}
    for spun, original in pairs:
        for line, clean in paired_lines(spun, original):
            tokens, goal, _, steps = align_line(lexicon, line, clean, families)
            for i, k, before, after in _unexplained(tokens, goal, steps):
                variant, text = " ".join(before), " ".join(after)
                proposal = found.setdefault((text, variant), Proposal(text, variant, 0, _sentence(tokens, i), _sentence(goal, k)))
                proposal.count += 1
    return sorted(found.values(), key=lambda p: (-p.count, p.original, p.variant))


_Unexplained = tuple[int, int, list[str], list[str]]


def _unexplained(tokens: Tokens, goal: Tokens, steps: Sequence[Step]) -> Iterator[_Unexplained]:
    """Where in the spun line and in the original, and the words of both, of every replacement that makes sense as a row."""
    for i, j, k, m in _runs(steps, tokens.words, goal.words):
        before, after = tokens.words[i:j], goal.words[k:m]
        single = [(i + n, k + n, [x], [y]) for n, (x, y) in enumerate(zip(before, after, strict=False))]
        parts = single if len(before) == len(after) else [(i, k, before, after)]
        yield from (part for part in parts if _makes_sense(part[2], part[3]))


def _runs(steps: Sequence[Step], spun: Sequence[str], original: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of unexplained steps as spans of both lines. A word that was only added or left out takes in the one before: "was once" for "was"."""
    run: list[Step] = []
    previous: Step | None = None
    for step in [*steps, Step(len(spun), len(spun), len(original), len(original), -1)]:
        if step.arc == -2:
            run.append(step)
            continue
        if run:
            i, j, k, m = run[0].i, run[-1].j, run[0].k, run[-1].m
            if (i == j or k == m) and previous is not None and previous.arc == -1:
                i, k = previous.i, previous.k
            if i < j and k < m:
                yield i, j, k, m
        run, previous = [], step


def _makes_sense(before: Sequence[str], after: Sequence[str]) -> bool:
    """Words on both sides, not too many, and not one word in two spellings."""
    if list(before) == list(after) or {*before, *after} <= _ARTICLES or max(len(before), len(after)) > LONGEST:
        return False
    if not all(word[0].isalpha() or word[0] == "'" for word in (*before, *after)) or before[0][0] == "'" or after[0][0] == "'":
        return False
    return fuzz.ratio(" ".join(before), " ".join(after)) < SPELLING


def _sentence(tokens: Tokens, i: int) -> str:
    """The sentence of a token, on one line."""
    number = tokens.sentence[min(i, len(tokens) - 1)]
    inside = [k for k in range(len(tokens)) if tokens.sentence[k] == number]
    return " ".join(tokens.surface(inside[0], inside[-1] + 1).split())
