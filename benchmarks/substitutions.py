"""Which share of the substitutions of the development pairs the rows explain: prints it, and lists the unexplained ones on request.

    python benchmarks/substitutions.py [--shared DIR] [--missing FILE]

Spun and original are aligned line by line through the rows of family A. Each row used is one explained substitution, each run of other differing words an
unexplained one. Every other document is held back: rows are written from what FILE lists, which has none of them.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.facts import arcs_of
from benchmarks.texts import SHARED, Text, development
from restore import loading
from restore.align import Step, align
from restore.lexicon import Lexicon
from restore.tokens import words

FAMILY = frozenset({"A"})
Substitution = tuple[str, str]


def substitutions(lexicon: Lexicon, text: Text) -> Iterator[tuple[Substitution, bool]]:
    """Each (spun, original) of one text, and whether a row explains it. Lines that differ in more than single places are aligned as they are."""
    for before, after in zip(text.spun.split("\n"), text.original.split("\n"), strict=False):
        spun, original = words(before), words(after)
        if spun and original:
            steps = align(spun, original, arcs_of(lexicon, spun, FAMILY))
            for arc, group in groupby(steps, key=lambda step: min(step.arc, 0)):
                yield from _named(spun, original, arc, list(group))


def _named(spun: list[str], original: list[str], arc: int, steps: list[Step]) -> Iterator[tuple[Substitution, bool]]:
    """The substitutions of a run of steps of one kind: rows one by one, unexplained ones together."""
    if arc == -2:
        yield (" ".join(spun[steps[0].i : steps[-1].j]), " ".join(original[steps[0].k : steps[-1].m])), False
    elif arc == 0:
        for step in steps:
            yield (" ".join(spun[step.i : step.j]), " ".join(original[step.k : step.m])), True


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, write the list."""
    parser = argparse.ArgumentParser(description="share of explained substitutions")
    parser.add_argument("--shared", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--missing", type=Path, metavar="FILE", help="write the unexplained substitutions that are not held back: documents, spun, original")
    options = parser.parse_args(arguments)
    lexicon = loading.load().lexicon
    counts: Counter[tuple[str, bool]] = Counter()
    missing: Counter[Substitution] = Counter()
    for number, text in enumerate(development(options.shared)):
        half = "held back" if number % 2 else "written from"
        for substitution, explained in substitutions(lexicon, text):
            counts[half, explained] += 1
            if not explained and half == "written from":
                missing[substitution] += 1
    for half in ("written from", "held back"):
        explained, total = counts[half, True], counts[half, True] + counts[half, False]
        print(f"{half:12} {total:6} substitutions, explained {explained / max(total, 1):.3f}")
    if options.missing:
        options.missing.write_text("".join(f"{n}\t{a}\t{b}\n" for (a, b), n in missing.most_common()), encoding="utf-8")


if __name__ == "__main__":
    main()
