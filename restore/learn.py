"""Learn from pairs of spun and original text how often each row's original is replaced, and by which of its variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt

from restore import protect
from restore.align import Arc, Step, align
from restore.channel import Candidates, candidates
from restore.lexicon import Lexicon, reach_of
from restore.tokens import Tokens, words
from restore.weights import Count, Counts


def count_pairs(lexicon: Lexicon, pairs: Iterable[tuple[str, str]], families: Collection[str] = ("A",)) -> Counts:
    """Counts of some families' rows over (spun, original) pairs whose lines pair one to one; other pairs are passed over."""
    counts: Counts = defaultdict(Count)
    for spun, original in pairs:
        used: set[tuple[int, str]] = set()
        for before, after in paired_lines(spun, original):
            used |= _count_line(lexicon, before, after, families, counts)
        for head, variant in used:
            row = counts[_key(lexicon, head)]
            row.variants[variant] = row.variants.get(variant, 0.0) + 1.0
    return dict(counts)


def paired_lines(spun: str, original: str) -> list[tuple[str, str]]:
    """The lines of a text and of its original that are not blank, side by side; none when their numbers differ.

    >>> paired_lines("The battle.\\n\\nIt ended.", "The war.\\nIt ended.\\n")
    [('The battle.', 'The war.'), ('It ended.', 'It ended.')]
    """
    left, right = ([line for line in text.split("\n") if line.strip()] for text in (spun, original))
    return list(zip(left, right, strict=True)) if len(left) == len(right) else []


def align_line(lexicon: Lexicon, before: str, after: str, families: Collection[str]) -> tuple[Tokens, Tokens, Candidates, list[Step]]:
    """A spun line, its original, the candidates of these families in it, and the alignment through them."""
    tokens, original = Tokens(before), Tokens(after)
    ids = lexicon.encode(tokens.words)
    marks = protect.mark(tokens, lexicon.frequency[ids], keep_quotes=False)
    active = np.isin(lexicon.families, list(families))
    found = candidates(lexicon, lexicon.scan(tokens, ids), ids, marks, active)
    return tokens, original, found, gold_arcs(lexicon, tokens, found, original)


def gold_arcs(lexicon: Lexicon, tokens: Tokens, found: Candidates, original: Tokens) -> list[Step]:
    """The alignment of one spun line with its original through the candidates' dictionary arcs."""
    arcs = found.arcs
    by_start: dict[int, list[Arc]] = defaultdict(list)
    for k in np.flatnonzero(arcs.head >= 0).tolist():
        by_start[int(arcs.first[k])].append((int(arcs.last[k]), tuple(words(lexicon.head_text[arcs.head[k]])), k))
    return align(tokens.words, original.words, by_start)


def _key(lexicon: Lexicon, head: int) -> tuple[str, str]:
    return lexicon.head_text[head], lexicon.families[int(lexicon.head_family[head])]


def _count_line(lexicon: Lexicon, before: str, after: str, families: Collection[str], counts: Counts) -> set[tuple[int, str]]:
    if not words(before) or not words(after):
        return set()
    _, original, found, steps = align_line(lexicon, before, after, families)
    used: set[tuple[int, str]] = set()
    copied = np.zeros(len(original), dtype=np.bool_)
    for step in steps:
        if step.arc >= 0:
            head = int(found.arcs.head[step.arc])
            used.add((head, lexicon.variant_text[lexicon.arc_variant[found.entry[step.arc]]]))
            counts[_key(lexicon, head)].replaced += 1
        elif step.arc == -1:
            copied[step.k] = True
    _count_survivors(lexicon, original, copied, families, counts)
    return used


def _count_survivors(lexicon: Lexicon, original: Tokens, copied: npt.NDArray[np.bool_], families: Collection[str], counts: Counts) -> None:
    ids = lexicon.encode(original.words)
    at, size, phrase = lexicon.heads.match(ids, reach_of(original.joined, original.sentence))
    whole = np.r_[0, np.cumsum(copied)]
    kept = whole[at + size] - whole[at] == size
    pointer = lexicon.heads.pointer
    for p in phrase[kept].tolist():
        for slot in range(int(pointer[p]), int(pointer[p + 1])):
            head = int(lexicon.head_order[slot])
            if lexicon.families[int(lexicon.head_family[head])] in families:
                counts[_key(lexicon, head)].survived += 1
