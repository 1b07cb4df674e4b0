"""What learning brings: from pairs (rows and weights), and from spun text alone (weights by expectation-maximisation).

    python benchmarks/learning.py [--shared DIR]

Pairs: learned from every other pair, measured on these and on the others. Spun text alone: written weights, no counts, before and after three rounds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.heads import score
from benchmarks.rebuilt import Learned, rebuilt, shipped_rows
from benchmarks.texts import Text
from restore.adapt import adapt
from restore.learn import count_pairs
from restore.learn_commands import rows_of
from restore.own import merge
from restore.pipeline import Restorer
from restore.propose import propose

FAMILIES = ("A", "user")


def learned(restorer: Restorer, cases: Sequence[Text], knowledge: Learned, least: int) -> tuple[Restorer, int]:
    """A restorer that has learned from these pairs as `restore learn pairs` does, and how many rows are new."""
    pairs = [(case.spun, case.original) for case in cases]
    new = list(rows_of([p for p in propose(restorer.lexicon, pairs, FAMILIES) if p.count >= least]))
    rows = {(row.original, row.family): row for row in shipped_rows()}
    for row in new:
        rows[row.original, row.family] = merge(rows[row.original, row.family], row) if (row.original, row.family) in rows else row
    bare = rebuilt(list(rows.values()), knowledge)
    own = count_pairs(bare.lexicon, pairs, FAMILIES)
    return rebuilt(list(rows.values()), knowledge.with_own(own, list(rows.values()), bare.knowledge.model)), len(new)


def table_of_pairs(name: str, cases: Sequence[Text], knowledge: Learned) -> list[list[str]]:
    """Before and after learning from half of the pairs, on this half and on the other."""
    seen, unseen = cases[::2], cases[1::2]
    before = rebuilt(shipped_rows(), knowledge)
    out = [[name, "before", "", *_figures(before, seen), *_figures(before, unseen)]]
    for least in (1, 2):
        after, new = learned(before, seen, knowledge, least)
        out.append([name, f"--min-count {least}", str(new), *_figures(after, seen), *_figures(after, unseen)])
    return out


def _figures(restorer: Restorer, cases: Sequence[Text]) -> list[str]:
    found = score(restorer, cases)
    return [f"{found.recovered:.3f}", f"{found.edit_precision:.3f}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    options = parser.parse_args()
    seeds = [case for case in texts.seed_texts() if case.group == "seeds A"]
    development = texts.development(options.shared)
    rows = table_of_pairs("seeds A, shipped counts", seeds, Learned.shipped())
    if development:
        rows += table_of_pairs("development, nothing learned", development, Learned())
    head = ("pairs", "learned", "new rows", "recovered, learned texts", "precision", "recovered, other texts", "precision")
    print(pages.table(head, rows))
    rows = []
    for name, cases, knowledge in (("seeds A, shipped counts", seeds, Learned.shipped()), ("development, nothing learned", development, Learned())):
        if cases:
            restorer = rebuilt(shipped_rows(), knowledge)
            before = _figures(restorer, cases)
            counts, _, _ = adapt(restorer, [case.spun for case in cases])
            after = rebuilt(shipped_rows(), knowledge.with_own(counts, shipped_rows(), restorer.knowledge.model))
            rows.append([name, *before, *_figures(after, cases)])
    print("\n" + pages.table(("spun text alone", "recovered before", "precision", "recovered after", "precision"), rows))


if __name__ == "__main__":
    main()
