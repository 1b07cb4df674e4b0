"""What an unknown word costs: the development pairs restored with all heads, and without a tenth of them.

    python benchmarks/heads.py [--shared DIR] [--tenths N]

The tenth is chosen by a hash of the head, so it is the same on every machine and whatever else the dictionary holds. With --tenths N, the mean of N of
the ten tenths. Counts learned for the heads left out go, too. (The counts come from these pairs; the difference is what is of interest, not the level.)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.metrics import Pair, Score
from benchmarks.rebuilt import Learned, rebuilt, shipped_rows
from benchmarks.texts import Text
from restore.pipeline import Restorer


def tenth(head: str) -> int:
    """Which tenth of the heads this one is in, 0 to 9."""
    return sha256(head.encode()).digest()[0] % 10


def without(left_out: Callable[[str], bool]) -> Restorer:
    """A restorer that lacks these heads."""
    learned = Learned.shipped()
    counts = {key: count for key, count in learned.counts.items() if not left_out(key[0])}
    return rebuilt([row for row in shipped_rows() if not left_out(row.original)], replace(learned, counts=counts))


def score(restorer: Restorer, cases: Iterable[Text]) -> Score:
    """All texts restored and measured."""
    out = Score()
    for case in cases:
        restoration = restorer.restore(case.spun)
        out.add(Pair(case.spun, case.original), restoration.edits, restoration.restored, restoration.suggestions)
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    parser.add_argument("--tenths", type=int, default=1, metavar="N", help="leave out each of the first N tenths in turn (default: 1)")
    options = parser.parse_args()
    cases = texts.development(options.shared)
    if not cases:
        sys.exit(f"nothing to measure: no texts in {options.shared}")
    full = score(without(lambda head: False), cases)
    rows = [["all heads", f"{len({row.original for row in shipped_rows()}):,}", f"{full.recovered:.3f}", f"{full.edit_precision:.3f}", ""]]
    for number in range(options.tenths):
        heads = {row.original for row in shipped_rows() if tenth(row.original) != number}
        part = score(without(lambda head, number=number: tenth(head) == number), cases)  # type: ignore[misc]
        lost = (full.recovered - part.recovered) * full.wrong
        rows.append([f"without tenth {number}", f"{len(heads):,}", f"{part.recovered:.3f}", f"{part.edit_precision:.3f}", f"{lost:.0f}"])
    print(pages.table(("dictionary", "heads", "recovered", "edit precision", "words lost"), rows))
    print(f"\n{full.texts} texts, {full.wrong} wrong words")


if __name__ == "__main__":
    main()
