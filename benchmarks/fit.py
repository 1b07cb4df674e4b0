"""Learn the shipped numbers: replacement counts (weights.tsv), the rates expected of other rows (rates.json), the channel's coefficients and the
calibration map (channel.json).

    python benchmarks/fit.py ../shared/spun/dev.jsonl          # everything, about ten minutes
    python benchmarks/fit.py ../shared/spun/dev.jsonl --counts # the counts and the compiled lexicon only
    python benchmarks/fit.py ../shared/spun/dev.jsonl --calibrate # those and the calibration map; the coefficients stay

Every document is decoded with counts learned on the other four fifths (five folds), so that coefficients and calibration see dictionaries
as ignorant of them as any new text is. Conditional maximum likelihood with L-BFGS, a small pull towards the starting values.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import biases, expected
from benchmarks.rebuilt import Learned, shipped_rows
from restore import channel, decode, family, lattice, learn, loading, ngram, places, weights
from restore.channel import COLUMN, DOCUMENT, FEATURES, STATIC, Channel, Coefficients
from restore.gazetteer import Gazetteer
from restore.lexicon import Lexicon
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.tokens import Tokens
from restore.witnesses.values import Testimony

FOLDS = 5
RATE = 0.97
#: Features the pairs say too little about; they keep the values given here (tried on the names in seeds/).
FIXED = {
    "genuine": -1.0, "rate_written": 1.0, "copy_written": 0.85, "person": -4.0, "bias": 1.0, "name": 3.0, "name_weight": 0.9, "acronym": 3.0, "lowered": -4.0,
    "straight": -3.0,
}  # fmt: skip
START = {"weight_learned": 1.0, "weight_written": 1.0, "rate_learned": 1.0, "copy_learned": 1.0}


@dataclass
class Document:
    """One pair, decoded as far as the lattice: gold marks the arcs of the aligned path."""

    scores: Channel
    framed: lattice.Lattice
    schedule: decode.Schedule
    gold: np.ndarray
    extra: np.ndarray

    @property
    def target(self) -> np.ndarray:
        return self.framed.state_arc[self.framed.edge_to]


def ready(restorer: Restorer, spun: str, original: str) -> Document:
    """The lattice of a spun text and its gold arcs."""
    lexicon = restorer.lexicon
    tokens = Tokens(spun)
    ids = lexicon.encode(tokens.words)
    marks = restorer.mark(tokens, ids)
    weight = family.weights(lexicon, "A")
    found = channel.candidates(lexicon, lexicon.scan(tokens, ids), ids, marks, weight > 0)
    scores = Channel(lexicon, tokens, ids, marks, found, weight)
    framed, kept = restorer._coarse(scores, tokens, found, Testimony.none(len(found.arcs)))
    assert framed is not None
    scores = scores.select(kept, framed)
    return Document(scores, framed, decode.Schedule.of(framed), _gold(lexicon, tokens, scores, Tokens(original)), scores.base)


def _gold(lexicon: Lexicon, tokens: Tokens, scores: Channel, original: Tokens) -> np.ndarray:
    arcs = scores.found.arcs
    gold = np.zeros(len(arcs), dtype=bool)
    covered = np.zeros(len(tokens), dtype=bool)
    text_line = np.cumsum([0] + [tokens.text.count("\n", a, b) for a, b in zip(tokens.starts[:-1].tolist(), tokens.starts[1:].tolist(), strict=True)])
    goal_line = np.cumsum([0] + [original.text.count("\n", a, b) for a, b in zip(original.starts[:-1].tolist(), original.starts[1:].tolist(), strict=True)])
    arcs_at: dict[int, list[int]] = {}
    for k in np.flatnonzero(arcs.head >= 0).tolist():
        arcs_at.setdefault(int(arcs.first[k]), []).append(k)
    for line in range(int(text_line[-1]) + 1):
        here, there = np.flatnonzero(text_line == line), np.flatnonzero(goal_line == line)
        if not len(here) or not len(there):
            continue
        base = int(here[0])
        offered = {
            i - base: [
                (int(arcs.last[k]) - base, tuple(learn.words(lexicon.head_text[arcs.head[k]])), k) for k in arcs_at.get(i, ()) if arcs.last[k] <= here[-1] + 1
            ]
            for i in here.tolist()
        }
        for step in learn.align([tokens.words[i] for i in here], [original.words[i] for i in there], offered):
            if step.arc >= 0:
                for k in arcs_at[int(arcs.first[step.arc])]:  # the same reading may come from the rows of two families
                    same = lexicon.head_text[arcs.head[k]] == lexicon.head_text[arcs.head[step.arc]]
                    gold[k] |= same and arcs.last[k] == arcs.last[step.arc]
                covered[base + step.i : base + step.j] = True
    copies = np.flatnonzero(arcs.head == -1)
    gold[copies] = ~covered[arcs.first[copies]]
    return gold | (arcs.head == -2)


def columns(document: Document) -> np.ndarray:
    """Feature values of all arcs at RATE, the spin rate and survival folded in, so that scores are linear in the coefficients."""
    s = document.scores
    out = document.extra.copy()
    known = (s.lexicon.known[s.heads] & 1) > 0
    out[s.substitutes, COLUMN["rate_learned"]] += np.log(RATE) * known
    out[s.substitutes, COLUMN["rate_written"]] += np.log(RATE) * ~known
    top, learned = s.survival(s.rate[s.found.survivor_head])
    lost = channel.left_alone(top, RATE)
    at = s.found.arcs.first[s.copies]
    out[s.copies, COLUMN["copy_learned"]] = np.where(learned, lost, 0)[at]
    out[s.copies, COLUMN["copy_written"]] = np.where(learned, 0, lost)[at]
    return out


def _edge_posteriors(d: Document, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return decode.Sweep(d.framed, d.schedule, weight).edges()


def objective(theta: np.ndarray, documents: list[tuple[Document, np.ndarray]], start: np.ndarray) -> tuple[float, np.ndarray]:
    """Negative conditional log-likelihood and gradient; theta: coefficients of FEATURES, then the language model's."""
    value, gradient = 0.0, np.zeros(len(theta))
    for d, f in documents:
        language = d.framed.edge_lm.astype(float)
        weight = theta[-1] * language + (f @ theta[:-1])[d.target]
        free, total = _edge_posteriors(d, weight)
        inside = d.gold[d.target] & d.gold[d.framed.state_arc[d.framed.edge_from]]
        bound, gold = _edge_posteriors(d, weight + np.where(inside, 0.0, -1e6))
        usable = gold > -1e5
        value -= float((gold - total)[usable].sum())
        difference = np.where(usable[d.framed.sentence[d.target]], bound - free, 0.0)
        gradient[-1] -= difference @ language
        gradient[:-1] -= np.bincount(d.target, difference, len(f)) @ f
    pull = theta - start
    return (value + 2 * float(pull @ pull)) / 1000, (gradient + 4 * pull) / 1000


def fit(documents: list[Document], start: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """The coefficients of ``names`` and the language model's, the others as in ``start``."""
    free = np.array([COLUMN[n] for n in names if n not in FIXED] + [len(FEATURES)])
    data = [(d, columns(d)) for d in documents]

    def reduced(x: np.ndarray) -> tuple[float, np.ndarray]:
        theta = start.copy()
        theta[free] = x
        value, gradient = objective(theta, data, start)
        return value, gradient[free]

    result = minimize(reduced, start[free], jac=True, method="L-BFGS-B", options={"maxiter": 30})
    theta = start.copy()
    theta[free] = result.x
    return theta


def document_features(documents: list[Document], theta: np.ndarray) -> None:
    """Fill the document's own features from first-pass posteriors."""
    for d in documents:
        weight = theta[-1] * d.framed.edge_lm.astype(float) + (columns(d) @ theta[:-1])[d.target]
        posterior, _ = decode.Sweep(d.framed, d.schedule, weight).posteriors()
        d.extra = d.scores.own(posterior, RATE, np.ones(len(d.framed.arcs)))


def isotonic(raw: np.ndarray, true: np.ndarray, bins: int = 20) -> tuple[list[float], list[float]]:
    """A monotone map in at most ``bins`` knots: pool adjacent violators over equally filled bins."""
    order = np.argsort(raw, kind="stable")
    groups = [[float(raw[c].mean()), float(true[c].mean()), len(c)] for c in np.array_split(order, bins) if len(c)]
    pooled: list[list[float]] = []
    for g in groups:
        pooled.append(g)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            b, a = pooled.pop(), pooled.pop()
            n = a[2] + b[2]
            pooled.append([(a[0] * a[2] + b[0] * b[2]) / n, (a[1] * a[2] + b[1] * b[2]) / n, n])
    xs = [0.0, *(round(g[0], 4) for g in pooled), 1.0]
    ys = [0.0, *(round(g[1], 4) for g in pooled), round(max(pooled[-1][1], 0.985), 4)]
    keep = [k for k in range(len(xs)) if k == 0 or xs[k] > xs[k - 1]]
    return [xs[k] for k in keep], [ys[k] for k in keep]


def counted(lexicon: Lexicon, texts: Iterable[tuple[str, str]]) -> list[weights.Counts]:
    """The counts of every (spun, original) pair on its own."""
    return [learn.count_pairs(lexicon, [pair]) for pair in texts]


class Folds:
    """What the other folds teach of every fold's texts: (spun, original) pairs, of which every fifth is in one fold.

    ``thetas``: coefficients of both passes, the language model's last.
    """

    def __init__(self, restorer: Restorer, texts: Sequence[tuple[str, str]]) -> None:
        self.texts = texts
        self.model = restorer.knowledge.model
        self.rows = shipped_rows()
        self.counts = counted(restorer.lexicon, texts)
        self.documents: list[Document] = [None] * len(texts)  # type: ignore[list-item]
        c = restorer.knowledge.coefficients
        self.thetas = np.r_[c.first, c.language], np.r_[c.second, c.language_second]

    def prepare(self, restorer: Restorer) -> None:
        """Decode every text with counts and rates of the other folds, as far as the lattice."""
        for fold in range(FOLDS):
            recompile(restorer, self._counts_and_rates([d for k, d in enumerate(self.counts) if k % FOLDS != fold], {}))
            for k in range(fold, len(self.texts), FOLDS):
                self.documents[k] = ready(restorer, *self.texts[k])
        self.describe(self.thetas[0])

    def describe(self, theta: np.ndarray) -> None:
        """Give every text its own features, from a first pass with these coefficients."""
        document_features(self.documents, theta)

    def of(self, fold: int) -> Learned:
        """What the texts outside a fold teach; outside of -1 are all."""
        chosen = [k for k in range(len(self.texts)) if k % FOLDS != fold]
        return self._counts_and_rates([self.counts[k] for k in chosen], biases.fit([self.documents[k] for k in chosen], self.thetas[1]))

    def _counts_and_rates(self, documents: Sequence[weights.Counts], found: weights.Biases) -> Learned:
        return Learned(reduce(weights.add, documents, {}), expected.fit(self.rows, documents, self.model), found)


def recompile(restorer: Restorer, learned: Learned) -> None:
    """Give a restorer the lexicon that some knowledge makes."""
    folder = places.dictionaries()
    restorer.lexicon = Lexicon(learned.compile(shipped_rows(), restorer.knowledge.model), restorer.knowledge.model)
    names = [n for f in loading.NAME_FILES for n in loading.read_names(folder / f)]
    object.__setattr__(restorer.knowledge, "lexicon", restorer.lexicon)
    object.__setattr__(restorer.knowledge, "gazetteer", Gazetteer(loading.compile_names(names, restorer.lexicon.ids), len(restorer.lexicon.lm_id)))


def main() -> None:
    """Fit everything and write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--counts", action="store_true", help="only the counts and the compiled lexicon")
    parser.add_argument("--calibrate", action="store_true", help="only the counts, the compiled lexicon and the calibration map")
    arguments = parser.parse_args()
    folder = places.dictionaries()
    texts = [json.loads(line) for line in arguments.pairs.read_text(encoding="utf-8").splitlines()]
    restorer = Restorer(Settings(fast=True))
    folds = Folds(restorer, [(t["spun"], t["original"]) for t in texts])
    folds.prepare(restorer)
    data = json.loads((folder / "channel.json").read_text(encoding="utf-8"))
    if not arguments.counts and not arguments.calibrate:
        start = np.array([{**START, **FIXED}.get(n, 0.0) for n in FEATURES] + [0.5])
        for d in folds.documents:
            d.extra = d.scores.base
        first = fit(folds.documents, start, STATIC)
        folds.describe(first)
        second = fit(folds.documents, first, (*STATIC, *DOCUMENT))
        first[[COLUMN["bias"], COLUMN["straight"]]] = 0.0  # they choose among readings; whether a text was spun at all is judged without them
        folds.thetas = first, second
        passes = (("first_pass", first), ("second_pass", second))
        data |= {name: dict(zip((*FEATURES, "language"), theta.round(3).tolist(), strict=True)) for name, theta in passes}
        print(json.dumps(data, indent=1))
    everything = folds.of(-1)
    (folder / "weights.tsv").write_text(weights.write_counts(everything.counts), encoding="utf-8")
    (folder / loading.RATES).write_text(everything.rates.dump(), encoding="utf-8")
    (folder / loading.BIASES).write_text(weights.write_biases(everything.biases), encoding="utf-8")
    compile_shipped(restorer)
    if not arguments.counts:
        calibration(restorer, folds, data, folder)


def calibration(restorer: Restorer, folds: Folds, data: dict[str, dict[str, object]], folder: Path) -> None:
    """Fit the calibration map on suggestions for held-out folds."""
    from benchmarks.metrics import Pair

    data["calibration"] = {"raw": [0.0, 1.0], "true": [0.0, 1.0]}
    (folder / "channel.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    object.__setattr__(restorer.knowledge, "coefficients", Coefficients.load(folder / "channel.json"))
    raw, true = [], []
    for fold in range(FOLDS):
        recompile(restorer, folds.of(fold))
        for spun, original in folds.texts[fold::FOLDS]:
            pair = Pair(spun, original)
            for s in restorer.restore(spun).suggestions:
                raw.append(s.probability)
                true.append(float(pair.gain(s.start, s.end, s.replacement) > 0))
    xs, ys = isotonic(np.array(raw), np.array(true))
    data["calibration"] = {"raw": xs, "true": ys}
    (folder / "channel.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print("calibration", list(zip(xs, ys, strict=True)))


def compile_shipped(restorer: Restorer) -> None:
    """Write dictionaries/en/lexicon.bin, the compiled form of the shipped dictionaries."""
    folder = places.dictionaries()
    files = loading.substitution_files(folder)
    model = restorer.knowledge.model
    arrays = loading.compile_all(folder, model, files)
    partial = folder / "lexicon.bin.part"
    ngram.write(partial, {"key": loading.fingerprint(folder, model, files)}, arrays)
    partial.replace(folder / "lexicon.bin")


if __name__ == "__main__":
    main()
