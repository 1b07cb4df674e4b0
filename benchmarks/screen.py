"""What the screen lets through: clean pages, passages of every family, and single spun paragraphs in clean pages; and the thresholds for another share.

    python benchmarks/screen.py [--shared DIR] [--share P]

The pages are 3 KB of the clean training text (the first 800 KB of each file) and of the clean development text. Family A's paragraphs are those of 30 to 50
words of the development pairs, each in a page of clean text; other families' passages are made by their dictionaries from originals, where at
least one word in twenty was replaced. With --share the SUSPICION of ``restore/family.py`` is printed for which a family lets that share of clean
pages through.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.corpus import pages_of
from benchmarks.metrics import Pair
from benchmarks.spinner import Spinner
from restore.family import CHUNK, SUSPICION
from restore.pipeline import Restorer
from restore.settings import Settings

#: Characters of a clean page, of each file of the training text, and the longest page (documents without paragraphs).
PAGE, PART, LONGEST = 3_000, 800_000, 12_000
#: Families that have passages of their own in seeds/ or whose dictionary makes some.
MADE = ("B", "C", "D", "E", "G", "H")
#: Replaced words in a hundred from which on a made passage counts.
SPUN = 5
#: Words of a paragraph that stands alone in a clean page.
PARAGRAPH = range(30, 51)


def windows(restorer: Restorer, text: str, families: Sequence[int]) -> npt.NDArray[np.float64]:
    """What the most suspicious window of each width says for each family, what recurs in it counted once: [widths, families]."""
    ids, _ = restorer.lexicon.table.look_up(text)
    out = []
    for width, said in restorer.screen.windows(ids):
        first = np.arange(len(said)) * CHUNK
        out.append([restorer.screen.distinct(ids, first, width * CHUNK, k).max() for k in families])
    return np.array(out)


def limits(seen: npt.NDArray[np.float64], use: npt.NDArray[np.bool_], share: float) -> list[float]:
    """What the windows of each width in ``use`` may say for a family, so that they let this share of pages through in all and each as many. ``seen``: what the
    most suspicious of each page say, [pages, widths]."""
    low, high = 0.0, share
    for _ in range(20):
        each = (low + high) / 2
        through = (seen > np.quantile(seen, 1 - each, axis=0))[:, use].any(axis=1).mean()
        low, high = (low, each) if through > share else (each, high)
    return [round(float(x), 1) for x in np.where(use, np.quantile(seen, 1 - low, axis=0), np.inf)]


def clean(shared: Path) -> Iterator[str]:
    """Pages of clean text."""
    for path in sorted((shared / "corpus" / "train").glob("*.txt")):
        yield from (page for page in pages_of(texts.read(path)[:PART], PAGE) if len(page) < LONGEST)
    for path in texts.corpus(shared):
        yield from (page for page in pages_of(texts.read(path), PAGE) if len(page) < LONGEST)


def alone(shared: Path, around: Sequence[str]) -> Iterator[str]:
    """Spun paragraphs of family A, each in a page of clean text."""
    dice = random.Random(0)
    for text in texts.development(shared):
        for paragraph in text.spun.split("\n"):
            if len(paragraph.split()) in PARAGRAPH:
                lines = dice.choice(around).split("\n")
                at = dice.randrange(len(lines) + 1)
                yield "\n".join([*lines[:at], paragraph, *lines[at:]])


def made(restorer: Restorer, family: str, originals: Sequence[str]) -> Iterator[str]:
    """Passages that a family's dictionary makes."""
    spinner = Spinner(restorer.knowledge, family)
    for number, original in enumerate(originals):
        spun = spinner.spin(original, number)
        if 100 * Pair(spun, original).distance >= SPUN * len(spun.split()):
            yield spun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the screen lets through.")
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    parser.add_argument("--share", type=float, metavar="P", help="print thresholds that let this share of clean pages through")
    options = parser.parse_args()
    restorer = Restorer(Settings(fast=True))
    names = restorer.lexicon.families
    plain = list(clean(options.shared))
    if not plain:
        sys.exit(f"no clean text in {options.shared / 'corpus'}")
    used = [k for k, name in enumerate(names) if np.isfinite(SUSPICION[name]).any()]
    seen = np.array([windows(restorer, page, used) for page in plain])
    if options.share:
        print({names[k]: limits(seen[:, :, j], np.isfinite(SUSPICION[names[k]]), options.share) for j, k in enumerate(used)})
    seeds = texts.seed_texts()
    originals = [t.original for t in seeds] + ["\n".join(t.original for t in seeds[k : k + 3]) for k in range(0, len(seeds), 3)]
    originals += [t.original[:LONGEST] for t in texts.development(options.shared)[::3]]
    sets = {"clean": plain, "A, a paragraph in a clean page": list(alone(options.shared, plain))}
    sets |= {f"{family}, as its dictionary makes it": list(made(restorer, family, originals)) for family in MADE}
    sets |= {group: [t.spun for t in seeds if t.group == group] for group in dict.fromkeys(t.group for t in seeds)}
    rows = []
    for name, each in sets.items():
        through = [bool(restorer.screen.look(text).regions) for text in each]
        found = [restorer.restore(text).family for text in each]
        told = sum(family == name.split()[-1][0] if name.startswith("seeds") else family == name[0] for family in found)
        rows.append([name, str(len(each)), f"{np.mean(through):.3f}", f"{np.mean([bool(family) for family in found]):.3f}", f"{told / len(each):.3f}"])
    print(pages.table(("texts", "number", "let through", "taken for spun", "as that family's"), rows))
    single = {names[k]: float((seen[:, :, j] > np.array(SUSPICION[names[k]])).any(axis=1).mean()) for j, k in enumerate(used)}
    print("clean pages let through by each family:", ", ".join(f"{name} {share:.4f}" for name, share in single.items()))


if __name__ == "__main__":
    main()
