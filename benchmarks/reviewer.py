"""A simulated reader, who knows the original: what of a text under review is wrong still, and how many corrections put it right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rapidfuzz.distance import Levenshtein

from benchmarks.metrics import WORD, Pair, words
from restore.review.desk import Desk
from restore.review.questions import Question


@dataclass(slots=True)
class Piece:
    """A suggestion, or a word without one (``number`` -1): where it stands in the spun text, what it reads now, and what it should (None: just that).
    ``run`` numbers the run of wrong words that it is in."""

    start: int
    end: int
    text: str
    number: int
    right: str | None = None
    run: int = -1


def read(desk: Desk, pair: Pair) -> int:
    """Read the text as the answers leave it and put right what is wrong; how many corrections that takes.

    What is right already is left alone. Words without a suggestion that stand side by side are one correction, every suggestion is one of its own.
    """
    corrections = 0
    for start, line, original in pair.lines():
        pieces = _pieces(desk, start, line)
        _judge(pieces, original)
        wrong = [piece for piece in pieces if piece.right is not None]
        for number, run in groupby(wrong, key=lambda piece: (piece.number, piece.run)):
            corrections += _put(desk, list(run), number[0], pair.spun)
    return corrections


def _pieces(desk: Desk, start: int, line: str) -> list[Piece]:
    """The suggestions that begin in a line, and the words between them, in order."""
    answers, end = desk.answers(0), start + len(line)
    made = sorted((s.start, s.end, i) for i, s in enumerate(desk.documents[0].suggestions) if start <= s.start < end)
    out = [Piece(a, b, answers[i].replacement if i in answers else desk.documents[0].suggestions[i].before, i) for a, b, i in made]
    edges = [(start, start), *((a, b) for a, b, _ in made), (end, end)]
    for (_, low), (high, _) in pairwise(edges):
        out += [Piece(low + m.start(), low + m.end(), m[0], -1) for m in WORD.finditer(line[low - start : high - start])]
    return sorted(out, key=lambda piece: piece.start)


def _judge(pieces: Sequence[Piece], original: str) -> None:
    """Say of each piece of a line what it should read, where that is something else."""
    owner = [k for k, piece in enumerate(pieces) for _ in words(piece.text)]
    surface = list(WORD.finditer(original))
    spans: list[tuple[int, int]] = [(0, 0)] * len(owner)
    wrong: dict[int, int] = {}
    for number, (i, j, m, n) in enumerate(_runs([word for piece in pieces for word in words(piece.text)], words(original))):
        if i < 0:  # the same in both
            spans[-1 - i : j] = [(k, k + 1) for k in range(m, n)]
            continue
        if i == j and owner:  # left out: the word before it, or the first of all, takes it in
            at = max(i - 1, 0)
            spans[at] = (min(spans[at][0], m), n) if i else (m, n + 1)
            wrong[owner[at]] = number
            continue
        for k in range(i, j):
            spans[k] = (m + k - i, m + k - i + 1) if j - i == n - m else (m, n) if k == i else (n, n)
            wrong[owner[k]] = number
    for k, number in wrong.items():
        mine = [spans[t] for t, piece in enumerate(owner) if piece == k]
        low, high = mine[0][0], mine[-1][1]
        pieces[k].right = original[surface[low].start() : surface[high - 1].end()] if high > low else ""
        pieces[k].run = number


def _runs(now: Sequence[str], goal: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of equal words, their first number as -1 - i, and of differing ones, side by side: i, j, m, n."""
    block: list[int] = []
    for step in Levenshtein.opcodes(now, goal):
        i, j, m, n = step.src_start, step.src_end, step.dest_start, step.dest_end
        if step.tag != "equal":
            block = [block[0], j, block[2], n] if block else [i, j, m, n]
            continue
        if block:
            yield block[0], block[1], block[2], block[3]
            block = []
        yield -1 - i, j, m, n
    if block:
        yield block[0], block[1], block[2], block[3]


def _put(desk: Desk, pieces: Sequence[Piece], number: int, spun: str) -> int:
    """One correction; 0 where the desk refuses it."""
    right = " ".join(piece.right for piece in pieces if piece.right)
    if number >= 0:
        desk.session.go_to(Question(0, number))
        desk.session.edit(right)
        return 1
    start, end = pieces[0].start, pieces[-1].end
    return int(not desk.correct(spun[start:end], right, start))
