"""Learn from pairs of spun and original text how often each row's original is replaced, and by which of its variants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from restore import protect
from restore.align import Arc, Step, align
from restore.channel import Candidates, candidates
from restore.lexicon import Lexicon, reach_of
from restore.tokens import Tokens, words
from restore.weights import Count, Counts


def count_pairs(lexicon: Lexicon, pairs: Iterable[tuple[str, str]], family: str = "A") -> Counts:
    """Counts of one family's rows over (spun, original) pairs whose lines pair one to one; other pairs are passed over."""
    counts: Counts = defaultdict(Count)
    for spun, original in pairs:
        lines = list(zip(spun.split("\n"), original.split("\n"), strict=False))
        if spun.count("\n") != original.count("\n"):
            continue
        used: set[tuple[int, str]] = set()
        for before, after in lines:
            if before.strip() and after.strip():
                used |= _count_line(lexicon, before, after, family, counts)
        for head, variant in used:
            row = counts[lexicon.head_text[head], family]
            row.variants[variant] = row.variants.get(variant, 0.0) + 1.0
    return dict(counts)


def gold_arcs(lexicon: Lexicon, tokens: Tokens, found: Candidates, original: Tokens) -> list[Step]:
    """The alignment of one spun line with its original through the candidates' dictionary arcs."""
    arcs = found.arcs
    by_start: dict[int, list[Arc]] = defaultdict(list)
    for k in np.flatnonzero(arcs.head >= 0).tolist():
        by_start[int(arcs.first[k])].append((int(arcs.last[k]), tuple(words(lexicon.head_text[arcs.head[k]])), k))
    return align(tokens.words, original.words, by_start)


def _count_line(lexicon: Lexicon, before: str, after: str, family: str, counts: Counts) -> set[tuple[int, str]]:
    tokens, original = Tokens(before), Tokens(after)
    if not len(tokens) or not len(original):
        return set()
    ids = lexicon.encode(tokens.words)
    marks = protect.mark(tokens, lexicon.frequency[ids], keep_quotes=False)
    active = np.array([name == family for name in lexicon.families])
    found = candidates(lexicon, lexicon.scan(tokens, ids), ids, marks, active)
    used: set[tuple[int, str]] = set()
    copied = np.zeros(len(original), dtype=np.bool_)
    for step in gold_arcs(lexicon, tokens, found, original):
        if step.arc >= 0:
            head = int(found.arcs.head[step.arc])
            used.add((head, lexicon.variant_text[lexicon.arc_variant[found.entry[step.arc]]]))
            counts[lexicon.head_text[head], family].replaced += 1
        elif step.arc == -1:
            copied[step.k] = True
    _count_survivors(lexicon, original, copied, family, counts)
    return used


def _count_survivors(lexicon: Lexicon, original: Tokens, copied: np.ndarray[tuple[int], np.dtype[np.bool_]], family: str, counts: Counts) -> None:
    ids = lexicon.encode(original.words)
    at, size, phrase = lexicon.heads.match(ids, reach_of(original.joined, original.sentence))
    whole = np.r_[0, np.cumsum(copied)]
    kept = whole[at + size] - whole[at] == size
    pointer = lexicon.heads.pointer
    for p in phrase[kept].tolist():
        for slot in range(int(pointer[p]), int(pointer[p + 1])):
            head = int(lexicon.head_order[slot])
            if lexicon.families[int(lexicon.head_family[head])] == family:
                counts[lexicon.head_text[head], family].survived += 1
