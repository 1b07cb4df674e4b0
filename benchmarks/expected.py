"""Fit the rates expected of rows that nothing was learned about (``restore/expected.py``) on counts of development pairs.

    python benchmarks/expected.py ../shared/spun/dev.jsonl    # log-loss of originals that no other fold has, against one rate for all

Every original is described by the counts of other documents, as a new text's originals are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from restore import learn, weights
from restore.dictionary import Row
from restore.expected import PHRASE, WORD, Expected, Look, plain
from restore.ngram import NgramModel

#: Parts the documents are cut into: each is described by the counts of the others.
PARTS = 8
#: Occurrences of an original in one part that count, and what one counts that other parts have, too: it is the others that are asked for.
AT_MOST, ELSEWHERE = 2.0, 0.3
#: Half the inverse variance of the coefficients of standardised features (3 and 10 do the same).
PULL = 3.0
FOLDS = 5


def fit(rows: Sequence[Row], documents: Sequence[weights.Counts], model: NgramModel, family: str = "A") -> Expected:
    """The coefficients of a family whose counts were made document by document."""
    mine = list({row.original: row for row in rows if row.family == family}.values())
    of = {row.original: row for row in mine}
    cases: dict[bool, list[tuple[np.ndarray, float, float]]] = {False: [], True: []}
    for part in range(PARTS):
        held = reduce(weights.add, documents[part::PARTS], {})
        rest = reduce(weights.add, (d for k, d in enumerate(documents) if k % PARTS != part), {})
        look = Look(mine, rest, model)
        for key, count in sorted(held.items()):
            if key[1] == family and key[0] in of:
                total = count.replaced + count.survived
                phrase, features = look.features(of[key[0]])
                cases[phrase].append((features, count.replaced / total, min(total, AT_MOST) * (ELSEWHERE if key in rest else 1.0)))
    return Expected({family: _logistic(cases[False])}, {family: _logistic(cases[True])})


def _logistic(cases: Sequence[tuple[np.ndarray, float, float]]) -> np.ndarray:
    """Coefficients of a logistic regression of (features, share, weight); the first feature is the constant."""
    x = np.array([c[0] for c in cases])
    share, weight = np.array([c[1] for c in cases]), np.array([c[2] for c in cases])
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    mean[0], spread[0] = 0.0, 1.0
    z = (x - mean) / spread

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        log = z @ theta
        pull = np.r_[0.0, theta[1:]]
        value = weight @ (np.logaddexp(0.0, log) - share * log) + PULL / 2 * pull @ pull
        return float(value), z.T @ (weight * (1 / (1 + np.exp(-log)) - share)) + PULL * pull

    theta = minimize(objective, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x / spread
    theta[0] -= theta[1:] @ mean[1:]
    return np.asarray(theta)


def _loss(rate: np.ndarray, counts: Sequence[weights.Count]) -> float:
    replaced, survived = np.array([c.replaced for c in counts]), np.array([c.survived for c in counts])
    return float(-(replaced * np.log(rate) + survived * np.log1p(-rate)).sum())


def main() -> None:
    """Print held-out log-loss an occurrence of what was expected with the fit and without."""
    from benchmarks.rebuilt import shipped_rows
    from restore.pipeline import Restorer
    from restore.settings import Settings

    texts = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    restorer = Restorer(Settings(fast=True))
    model = restorer.knowledge.model
    documents = [learn.count_pairs(restorer.lexicon, [(t["spun"], t["original"])]) for t in texts]
    rows = list({(r.original, r.family): r for r in shipped_rows()}.values())
    fitted = one = occurrences = 0.0
    for fold in range(FOLDS):
        known = [d for k, d in enumerate(documents) if k % FOLDS != fold]
        counts = reduce(weights.add, known, {})
        held = reduce(weights.add, documents[fold::FOLDS], {})
        new = [k for k, row in enumerate(rows) if (key := (row.original, row.family)) in held and key not in counts]
        seen = [held[rows[k].original, rows[k].family] for k in new]
        fitted += _loss(fit(rows, known, model).rates(rows, counts, model)[new], seen)
        one += _loss(plain(rows, model)[new], seen)
        occurrences += sum(c.replaced + c.survived for c in seen)
    print(f"{occurrences:.0f} occurrences of new originals; log-loss of each {fitted / occurrences:.3f} with the fit, {one / occurrences:.3f} without")
    expected = fit(rows, documents, model)
    for names, table in ((WORD, expected.words), (PHRASE, expected.phrases)):
        print(", ".join(f"{name} {value:.2f}" for name, value in zip(names, table["A"], strict=True)))


if __name__ == "__main__":
    main()
