"""What near copies of a text are worth: prints tables and writes a dated page to benchmarks/runs/.

    python benchmarks/witnesses.py [--only dev|seeds|article] [--shared DIR] [--guards]

The text itself is the spun one of its pair; further copies are made by benchmarks/spinner.py from the original. The first table has recovered and edit
precision: of the text alone; with one, two and four more spun copies; with two that were spun by the same list (the heads that the text's own
spinner replaced, other variants); with the original in the folder. The other tables: time; text that must not change, beside copies that differ;
and how many copies are found among all texts.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.metrics import Pair, Score, words
from benchmarks.spinner import Spinner
from benchmarks.texts import Text
from restore.learn import count_pairs
from restore.pipeline import Restorer
from restore.witnesses.copies import prepare
from restore.witnesses.groups import Copies, sign
from restore.witnesses.values import Witness

SETS = ("dev", "seeds", "article")
SCENES = ("alone", "1 more copy", "2 more copies", "4 more copies", "2 more, same list", "the original")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")


class Bench:
    """One restorer with what is timed: ``prepare`` and ``hear``, CPU seconds and words."""

    def __init__(self) -> None:
        self.restorer = Restorer()
        self.spinners: dict[str, Spinner] = {}
        self.spent = {"alone": 0.0, "prepare": 0.0, "with 2 copies": 0.0}
        self.words = {name: 0 for name in self.spent}

    def spin(self, case: Text, seed: int, heads: frozenset[str] | None = None) -> str:
        """A copy of the text's original by a spinner of its family."""
        family = family_of(case)
        if family not in self.spinners:
            self.spinners[family] = Spinner(self.restorer.knowledge, family)
        return self.spinners[family].spin(case.original, seed, heads)

    def witness(self, name: str, text: str) -> Witness:
        """A copy made ready, timed."""
        began = time.process_time()
        out = prepare(self.restorer, name, text, self.restorer.court.keys)
        self._spent("prepare", began, text)
        return out

    def score(self, case: Text, witnesses: Sequence[Witness], name: str = "") -> Score:
        """The score of the text with witnesses."""
        began = time.process_time()
        found = self.restorer.restore(case.spun, witnesses)
        if name in self.spent:
            self._spent(name, began, case.spun)
        out = Score()
        out.add(Pair(case.spun, case.original), found.edits, found.restored, found.suggestions)
        return out

    def scenes(self, case: Text) -> Iterator[tuple[str, Score]]:
        """Every column of the first table for one text."""
        counts = count_pairs(self.restorer.lexicon, [(case.spun, case.original)], family_of(case))
        listed = frozenset(original for (original, _), count in counts.items() if count.replaced)
        spun = [self.witness(f"copy {seed}", self.spin(case, seed)) for seed in (2, 3, 4, 5)]
        same = [self.witness(f"same list {seed}", self.spin(case, seed, listed)) for seed in (2, 3)]
        voices = ([], spun[:1], spun[:2], spun, same, [self.witness("the original", case.original)])
        for name, witnesses in zip(SCENES, voices, strict=True):
            yield name, self.score(case, witnesses, {"alone": "alone", "2 more copies": "with 2 copies"}.get(name, ""))

    def _spent(self, name: str, began: float, text: str) -> None:
        self.spent[name] += time.process_time() - began
        self.words[name] += len(words(text))


def family_of(case: Text) -> str:
    """The family that spun a text, as far as the benchmark's sets tell."""
    return case.group.removeprefix("seeds ") if case.group.startswith("seeds ") else "A"


def edited(text: str, seed: int) -> str:
    """A later version by hand: every number one higher, every seventh sentence gone, one sentence doubled at the end, two neighbours of a paragraph swapped."""
    dice = random.Random(seed)
    text = re.sub(r"\b\d{1,4}\b(?![.,]\d|st|nd|rd|th)", lambda m: str(int(m[0]) + 1), text)
    sentences = _SENTENCE.split(text)
    kept = [s for k, s in enumerate(sentences) if k % 7 != 3]
    if len(kept) > 4:
        k = dice.randrange(1, len(kept) - 2)
        kept[k], kept[k + 1] = kept[k + 1], kept[k]
    return " ".join([*kept, "A correction was published on Friday."])


def recovered(bench: Bench, cases: Sequence[Text]) -> dict[str, dict[str, Score]]:
    """The first table: set → column → score."""
    out: dict[str, dict[str, Score]] = {}
    for case in cases:
        name = "dev" if case.group.startswith("dev") else case.group
        row = out.setdefault(name, {scene: Score() for scene in SCENES})
        for scene, score in bench.scenes(case):
            row[scene].merge(score)
    return out


def guards(bench: Bench, cases: Sequence[Text]) -> list[list[str]]:
    """Text that must not change: (what, texts, words, edits), and a spun text beside an older version: the share of the version's own words that stay."""
    clean, versions, older = Score(), Score(), Score()
    for k, case in enumerate(cases):
        whole = Text(case.group, case.name, case.original, case.original)
        clean.merge(bench.score(whole, [bench.witness("spun", case.spun), bench.witness("copy 2", bench.spin(case, 2))]))
        later = edited(case.original, k)
        versions.merge(bench.score(Text(case.group, case.name, later, later), [bench.witness("older", case.original), bench.witness("spun", case.spun)]))
        spun = bench.spin(Text(case.group, case.name, "", later), 7)
        older.merge(bench.score(Text(case.group, case.name, spun, later), [bench.witness("older", case.original)]))
    rows = [
        ("clean text beside two spun copies of it", clean, ""),
        ("a clean later version beside the older one and a spun copy", versions, ""),
        ("a spun later version beside the clean older one", older, f"{older.recovered:.3f} / {older.edit_precision:.3f}"),
    ]
    return [[name, str(score.texts), str(score.words), str(score.edits), quality] for name, score, quality in rows]


def finding(bench: Bench, cases: Sequence[Text]) -> list[list[str]]:
    """How many true pairs of copies the index finds, and how many false ones: original, real spun copy and one more copy of every text in one index."""
    index, folding = Copies(), bench.restorer.court.folding
    began = time.process_time()
    names = [(k, kind) for k in range(len(cases)) for kind in ("original", "spun", "copy")]
    for k, kind in names:
        case = cases[k]
        index.add(sign(folding, f"{k} {kind}", {"original": case.original, "spun": case.spun}.get(kind) or bench.spin(case, 9)))
    spent = time.process_time() - began
    found = [(str(k), other) for k, kind in names for other, _ in index.near(f"{k} {kind}")]
    true = sum(k == other.split()[0] for k, other in found)
    return [[str(len(names)), str(6 * len(cases)), str(true), str(len(found) - true), f"{1000 * spent / len(names):.1f}"]]


def row(name: str, scores: dict[str, Score]) -> list[str]:
    """One row of the first table."""
    return [name, str(scores["alone"].texts), *(f"{scores[s].recovered:.3f} / {scores[s].edit_precision:.3f}" for s in SCENES)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the page."""
    options = _options(arguments)
    bench = Bench()
    wanted = (options.only,) if options.only else SETS
    cases = [
        *(texts.development(options.shared) if "dev" in wanted else ()),
        *(texts.seed_texts() if "seeds" in wanted else ()),
        *(texts.article(options.shared) if "article" in wanted else ()),
    ]
    parts = []
    if not options.guards:
        table = recovered(bench, cases)
        parts.append(pages.table(("set", "texts", *SCENES), [row(*item) for item in table.items()]))
        rates = [[name, str(n), f"{1000 * bench.spent[name] / n * 1000:.0f}"] for name, n in bench.words.items() if n]
        parts.append(pages.table(("CPU", "words", "ms per 1,000 words"), rates))
    parts.append(pages.table(("text", "texts", "words", "edits", "recovered / edit precision"), guards(bench, cases)))
    parts.append(pages.table(("texts", "pairs of copies", "found", "false", "CPU ms a text"), finding(bench, cases)))
    print("\n\n".join(parts))
    if not options.only and not options.guards:
        path = pages.write_page("witnesses", "Witnesses", "python benchmarks/witnesses.py", parts)
        print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What near copies of a text are worth.")
    parser.add_argument("--only", choices=SETS, help="measure one set and write no page")
    parser.add_argument("--guards", action="store_true", help="only what must not change, and finding; writes no page")
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
