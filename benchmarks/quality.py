"""How well texts are restored, and how well clean ones are left alone: prints a table and writes a dated page to benchmarks/runs/.

    python benchmarks/quality.py [--only seed|dev|seeds|clean] [--shared DIR] [--json] [--errors N]

What each column means is in benchmarks/README.md. A run with --only prints and writes no page.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.baseline import Baseline
from benchmarks.metrics import Gold, Pair, Score, words
from benchmarks.texts import Text
from restore.nouns import Restoration, replay
from restore.pipeline import Restorer

SETS = ("seeds", "seed", "dev", "clean")
SPUN_HEAD = (
    "set", "texts", "wrong words", "recovered", "edits", "edit precision", "review yield", "calibration error",
    "baseline recovered", "baseline precision", "careful recovered", "careful precision",
)  # fmt: skip
CLEAN_HEAD = ("set", "texts", "words", "edits", "edits per 1,000", "texts changed", "asked per 1,000", "baseline per 1,000", "careful per 1,000")


@dataclass(slots=True)
class Result:
    """One set's scores: ours and those of the two baselines."""

    ours: Score = field(default_factory=Score)
    baseline: Score = field(default_factory=Score)
    careful: Score = field(default_factory=Score)
    changed: int = 0
    asked: int = 0

    def merge(self, other: Result) -> None:
        """Add the texts of another set."""
        for mine, theirs in ((self.ours, other.ours), (self.baseline, other.baseline), (self.careful, other.careful)):
            mine.merge(theirs)
        self.changed += other.changed
        self.asked += other.asked


@dataclass(slots=True)
class Errors:
    """What went wrong, counted: (spun, ours, original) replaced by the wrong words, (spun, original) missed, (spun, ours) that nobody had spun."""

    wrong: Counter[tuple[str, ...]] = field(default_factory=Counter)
    missed: Counter[tuple[str, ...]] = field(default_factory=Counter)
    false: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, pair: Pair, restoration: Restoration) -> None:
        """Count the errors of one text, folded."""
        places = pair.gold()
        met: set[Gold] = set()
        for edit in restoration.edits:
            touched = [place for place in places if place.touches(edit.start, edit.end)]
            met.update(touched)
            if pair.gain(edit.start, edit.end, edit.after) > 0:
                continue
            if touched:
                gold = " … ".join(_folded(place.original) or "(nothing)" for place in touched)
                self.wrong[_folded(edit.before), _folded(edit.after), gold] += 1
            else:
                self.false[_folded(edit.before), _folded(edit.after)] += 1
        self.missed.update((_folded(p.spun) or "(nothing)", _folded(p.original) or "(nothing)") for p in places if p not in met)

    def describe(self, n: int) -> str:
        """The ``n`` commonest of each kind."""
        wrong = [f"{count:4}  {a} → {b}  (was: {c})" for (a, b, c), count in _commonest(self.wrong, n)]
        missed = [f"{count:4}  {a}  (was: {b})" for (a, b), count in _commonest(self.missed, n)]
        false = [f"{count:4}  {a} → {b}" for (a, b), count in _commonest(self.false, n)]
        kinds = (("wrong replacements", self.wrong, wrong), ("missed", self.missed, missed), ("false edits", self.false, false))
        return "\n".join(line for name, counter, lines in kinds for line in (f"{name}: {counter.total()}", *lines, ""))


def measure(restorer: Restorer, cases: Iterable[Text], errors: Errors) -> dict[str, Result]:
    """Restore every text and score it, by set."""
    plain, careful = Baseline(restorer.lexicon), Baseline(restorer.lexicon, careful=True)
    results: dict[str, Result] = {}
    for case in cases:
        result = results.setdefault(case.group, Result())
        pair = Pair(case.spun, case.original)
        restoration = restorer.restore(case.spun)
        result.ours.add(pair, restoration.edits, restoration.restored, restoration.suggestions)
        result.changed += bool(restoration.edits)
        result.asked += restoration.count("ask")
        for baseline, score in ((plain, result.baseline), (careful, result.careful)):
            edits = baseline.edits(case.spun)
            if case.spun == case.original:  # no edit of clean text brings it nearer: counting is enough, and much faster
                score.merge(Score(texts=1, words=len(words(case.spun)), edits=len(edits)))
            else:
                score.add(pair, edits, replay(case.spun, edits))
        if case.group != "corpus, documents":  # the same text as its whole files
            errors.add(pair, restoration)
    return results


def with_sums(results: dict[str, Result]) -> dict[str, Result]:
    """The sets of seeds/ and of the development pairs, each followed by their sum."""
    out = dict(results)
    for kind in ("seeds", "dev"):
        parts = [result for name, result in results.items() if name.startswith(f"{kind} ")]
        if parts:
            total = out[f"{kind}, all"] = Result()
            for part in parts:
                total.merge(part)
    return out


def spun_row(name: str, result: Result) -> list[str]:
    """One row of the table of spun texts."""
    ours = result.ours
    row = [name, str(ours.texts), str(ours.wrong), f"{ours.recovered:.3f}", str(ours.edits)]
    others = [value for score in (result.baseline, result.careful) for value in (score.recovered, score.edit_precision)]
    return row + [f"{value:.3f}" for value in (ours.edit_precision, ours.review_yield, ours.calibration, *others)]


def clean_row(name: str, result: Result) -> list[str]:
    """One row of the table of clean texts."""
    ours = result.ours
    asked = 1000 * result.asked / ours.words if ours.words else 0.0
    rates = [f"{asked:.3f}", f"{result.baseline.clean_rate:.1f}", f"{result.careful.clean_rate:.1f}"]
    return [name, str(ours.texts), str(ours.words), str(ours.edits), f"{ours.clean_rate:.3f}", str(result.changed), *rates]


def as_json(spun: dict[str, Result], clean: dict[str, Result]) -> str:
    """Both tables as JSON, with the circumstances."""
    sets = [(SPUN_HEAD, spun_row(*item)) for item in spun.items()], [(CLEAN_HEAD, clean_row(*item)) for item in clean.items()]
    rows = [{row[0]: {key: float(value) for key, value in zip(head[1:], row[1:], strict=True)} for head, row in each} for each in sets]
    return json.dumps({**pages.circumstances(), "spun": rows[0], "clean": rows[1]}, indent=2)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the page."""
    options = _options(arguments)
    began = time.perf_counter()
    wanted = (options.only,) if options.only else SETS
    errors = Errors()
    restorer = Restorer()
    spun_texts = [
        *(texts.seed_texts() if "seeds" in wanted else ()),
        *(texts.article(options.shared) if "seed" in wanted else ()),
        *(texts.development(options.shared) if "dev" in wanted else ()),
    ]
    spun = with_sums(measure(restorer, spun_texts, errors))
    clean = measure(restorer, texts.clean_texts(options.shared) if "clean" in wanted else (), errors)
    parts = [pages.table(SPUN_HEAD, [spun_row(*item) for item in spun.items()])] if spun else []
    parts += [pages.table(CLEAN_HEAD, [clean_row(*item) for item in clean.items()])] if clean else []
    print(as_json(spun, clean) if options.json else "\n\n".join(parts) or f"nothing to measure: no texts in {options.shared}")
    if options.errors:
        print(f"\n{errors.describe(options.errors)}", file=sys.stderr if options.json else sys.stdout)
    if not options.only:
        took = f"Took {time.perf_counter() - began:.0f} s. Columns: benchmarks/README.md."
        path = pages.write_page("quality", "Quality", "python benchmarks/quality.py", [*parts, took])
        print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How well texts are restored, and how well clean ones are left alone.")
    parser.add_argument("--only", choices=SETS, help="measure one set: seeds (the checkout's passages), seed (the real article), dev, clean")
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="also list the N commonest wrong replacements, missed places and false edits")
    return parser.parse_args(arguments)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())


def _commonest(counter: Counter[tuple[str, ...]], n: int) -> list[tuple[tuple[str, ...], int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:n]


if __name__ == "__main__":
    main()
