"""Which n-gram model: orders, sizes, smoothing, rounding and wordfreq's share compared; prints tables and writes a dated page to benchmarks/runs/.

    python benchmarks/ngrams.py [--shared DIR] [--only NAME...] [--folds N] [--kaldingram]

Every model is trained on corpus/train, scored on corpus/dev, and decodes the development pairs with counts learned on the other four fifths, and the
article, by the first pass and with the shipped coefficients. Ten minutes of CPU.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import kaldi_lm, pages, texts
from benchmarks.fit import FOLDS, Folds
from benchmarks.fourgrams import FourGrams, rescored
from benchmarks.lm_variants import INNER, LAST, Counted, Variant, train
from benchmarks.metrics import Pair, Score
from benchmarks.perplexity import EVERY
from benchmarks.rebuilt import Learned, rebuilt, shipped_rows
from benchmarks.texts import Text
from restore.ngram import NgramModel
from restore.nouns import Edit, Restoration, replay
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.train_lm import sentences

FAST = Settings(fast=True)
SHIPPED = "order 3, as shipped"
VARIANTS = (
    Variant(SHIPPED),
    Variant("order 2", order=2),
    Variant("order 3, all n-grams", trigrams=10**9),
    *(Variant(f"one threshold, {size} MB", megabytes=size) for size in (4, 8, 16)),
    Variant("fewer bigrams, more trigrams", bigrams=900_000, trigrams=3_050_000),
    Variant("one discount (Kneser and Ney)", smoothing="plain"),
    Variant("one discount, not interpolated", smoothing="back-off"),
    Variant("stupid back-off", smoothing="stupid"),
    Variant("steps of 1/4 nat", step=1 / 4),
    Variant("not rounded", step=0),
    Variant("wordfreq's share 0.15", listed=0.15),
    Variant("wordfreq's share 0.5", listed=0.5),
)
#: Sizes of models of order four; None keeps all n-grams.
FOURS = (16.0, None)
HEAD = ("model", "MB", "bigrams", "trigrams", "perplexity", "recovered", "against shipped", "edit precision", "article", "precision", "training, CPU s")
Scorer = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.floating]]
Repair = Callable[[Restoration], Sequence[Edit]]


def applied(restoration: Restoration) -> Sequence[Edit]:
    """The edits that a restoration makes itself."""
    return restoration.edits


@dataclass(slots=True)
class Bench:
    """What the models are measured on. ``folds``: what to decode each fifth of the pairs with; ``shipped``: words left wrong, by pair."""

    pairs: Sequence[Text]
    article: Sequence[Text]
    held: Sequence[Sequence[str]]
    folds: Sequence[Learned]
    shipped: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, shared: Path, folds: int) -> Bench:
        """Read the texts and learn from the pairs."""
        pairs = texts.development(shared)
        restorer = Restorer(FAST)
        taught = Folds(restorer, [(t.spun, t.original) for t in pairs])
        taught.prepare(restorer)
        lines = [line for path in texts.corpus(shared) for line in texts.read(path).split("\n")]
        return cls(pairs, texts.article(shared), [s for k, s in enumerate(sentences(lines)) if k % EVERY == 0], [taught.of(fold) for fold in range(folds)])

    def perplexity(self, model: NgramModel, score: Scorer) -> float:
        """Of the held-out sentences, a token."""
        logs = np.concatenate([score(np.array([model.ids[w] for w in sentence])) for sentence in self.held])
        return math.exp(-float(logs.astype(np.float64).mean()))

    def restorers(self, model: NgramModel) -> Iterator[tuple[Restorer, Sequence[Text]]]:
        """A restorer for each fold with the pairs that it has not seen, and one for the article."""
        rows = shipped_rows()
        for fold, learned in enumerate(self.folds):
            yield rebuilt(rows, learned, model, FAST), self.pairs[fold::FOLDS]
        yield rebuilt(rows, Learned.shipped(), model, FAST), self.article

    def figures(self, model: NgramModel, repair: Repair = applied) -> list[str]:
        """Recovered, its difference from the shipped order and size with its standard error over pairs, precision; recovered and precision of the article."""
        scores = [[_score(restorer, case, repair) for case in cases] for restorer, cases in self.restorers(model)]
        pairs, article = [s for fold in scores[:-1] for s in fold], _sum(scores[-1])
        left, whole = np.array([float(s.left) for s in pairs]), _sum(pairs)
        if not len(self.shipped):
            self.shipped = left
        gained = (self.shipped - left) / whole.wrong
        spread = f"{gained.sum():+.4f} ± {gained.std(ddof=1) * math.sqrt(len(gained)):.4f}"
        return [f"{whole.recovered:.4f}", spread, f"{whole.edit_precision:.3f}", f"{article.recovered:.3f}", f"{article.edit_precision:.3f}"]


def _score(restorer: Restorer, case: Text, repair: Repair) -> Score:
    out, edits = Score(), repair(restorer.restore(case.spun))
    out.add(Pair(case.spun, case.original), edits, replay(case.spun, edits))
    return out


def _sum(scores: Sequence[Score]) -> Score:
    out = Score()
    for score in scores:
        out.merge(score)
    return out


def row_of(variant: Variant, text: Counted, bench: Bench, path: Path) -> list[str]:
    """Train a variant and measure it."""
    began = time.process_time()
    model = train(text, variant, path)
    seconds = time.process_time() - began
    # Stupid back-off's scores are no probabilities, and other steps are kept as floats here, so their files say nothing.
    perplexity = f"{bench.perplexity(model, model.score):.1f}" if variant.smoothing != "stupid" else "–"
    size = f"{path.stat().st_size / 1e6:.1f}" if variant.step == Variant(SHIPPED).step else "–"
    counts = [f"{model.header[kind]:,}" for kind in ("bigrams", "trigrams")]
    return [variant.name, size, *counts, perplexity, *bench.figures(model), f"{seconds:.0f}"]


def fours(text: Counted, bench: Bench, model: NgramModel) -> Iterator[list[str]]:
    """Models of order four: perplexity, and what scoring the alternatives of the shipped order's suggestions again brings."""
    vocabulary = model.path.stat().st_size / 1e6 - (INNER * model.header["bigrams"] + LAST * model.header["trigrams"]) / 0.92e6
    weight = Restorer(FAST).knowledge.coefficients.language_second
    lower = _lines(model, model.score)
    for size in FOURS:
        began = time.process_time()
        four = FourGrams.of(text, size)
        seconds = time.process_time() - began
        kept = [f"{len(level.keys):,}" for level in four.levels]
        name = f"order 4{f', {size:.0f} MB' if size else ', all n-grams'} ({kept[2]} of order 4)"
        again = partial(rescored, lower=lower, higher=_lines(model, four.score), weight=weight)
        figures = [f"{bench.perplexity(model, four.score):.1f}", *bench.figures(model, again), f"{seconds:.0f}"]
        yield [name, f"{four.megabytes + vocabulary:.1f}", *kept[:2], *figures]


def _lines(model: NgramModel, score: Scorer) -> Callable[[str], float]:
    """Scores of whole lines, each computed once."""
    known: dict[str, float] = {}

    def of(line: str) -> float:
        if line not in known:
            known[line] = sum(float(score(np.array([model.ids[w] for w in sentence])).sum()) for sentence in sentences([line]))
        return known[line]

    return of


def kaldingram(text: Counted, bench: Bench, folder: Path) -> str:
    """The other trainer's cost and perplexity, beside ours with all n-grams, over the words that the training text has. Ours has been counted by then."""
    source, arpa = folder / "text", folder / "arpa"
    kaldi_lm.write_text(text.stream, source)
    cost = kaldi_lm.train(source, arpa)
    model = train(text, Variant(SHIPPED), folder / "model.bin")
    ids = [[model.ids[w] for w in sentence] for sentence in bench.held]
    seen = np.isin(np.concatenate(ids), text.stream)
    found = kaldi_lm.read(arpa, ids)
    rows = [["kaldingram", f"{cost.seconds:.0f}", f"{cost.memory:,.0f}", _perplexity([kaldi_lm.scores(found, s, model.unigram) for s in ids], seen)]]
    for listed in (0.3, 0.0):
        for name, smoothing in (("modified, interpolated", "modified"), ("one discount, not interpolated", "back-off")):
            began = time.process_time()
            model = train(text, Variant("", trigrams=10**9, smoothing=smoothing, listed=listed), folder / "model.bin")
            seconds = time.process_time() - began
            logs = [model.score(np.array(s)).astype(np.float64).tolist() for s in ids]
            rows.append([f"ours, {name}, wordfreq {listed}", f"{seconds:.0f}", "", _perplexity(logs, seen)])
    return pages.table(("trainer, all n-grams", "CPU s", "MB of memory", "perplexity of words in the training text"), rows)


def _perplexity(logs: Sequence[Sequence[float]], seen: npt.NDArray[np.bool_]) -> str:
    return f"{math.exp(-float(np.concatenate(logs)[seen].mean())):.1f}"


def main() -> None:
    """Measure, print, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only the models whose names hold one of these; prints and writes no page")
    parser.add_argument("--folds", type=int, default=FOLDS, choices=range(1, FOLDS + 1), metavar="N", help="measure on the first N fifths (default: all)")
    parser.add_argument("--kaldingram", action="store_true", help="train with kaldingram too: three minutes, 2.2 GB")
    options = parser.parse_args()
    sources = sorted((options.shared / "corpus" / "train").glob("*.txt"))
    if not sources:
        sys.exit(f"nothing to train on: no texts in {options.shared / 'corpus' / 'train'}")
    text = Counted.of((line for path in sources for line in texts.read(path).split("\n")), lambda said: print(said, file=sys.stderr))
    bench = Bench.of(options.shared, options.folds)
    with tempfile.TemporaryDirectory() as name:
        parts = list(_measure(text, bench, Path(name), options.only or [""], with_kaldingram=options.kaldingram))
    if not options.only:
        print(f"\nwritten to {pages.write_page('ngrams', 'Language models', 'python benchmarks/ngrams.py ' + ' '.join(sys.argv[1:]), parts)}")


def _measure(text: Counted, bench: Bench, folder: Path, only: Sequence[str], *, with_kaldingram: bool) -> Iterator[str]:
    """The tables of the page, each printed as soon as it is there."""
    path, rows = folder / "model.bin", []
    for variant in VARIANTS:
        if variant.name == SHIPPED or any(part in variant.name for part in only):
            rows.append(row_of(variant, text, bench, path))
            print("  ".join(rows[-1]), flush=True)
    if any(part in "order 4" for part in only):
        model = train(text, Variant(SHIPPED), folder / "shipped.bin")
        for row in fours(text, bench, model):
            rows.append(row)
            print("  ".join(row), flush=True)
    print(table := pages.table(HEAD, rows))
    yield table
    if with_kaldingram:
        print(table := kaldingram(text, bench, folder))
        yield table


if __name__ == "__main__":
    main()
