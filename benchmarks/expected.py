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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from restore import learn, weights
from restore.dictionary import Row
from restore.expected import AT_MOST, PHRASE, WORD, Expected, Look, logistic, plain
from restore.ngram import NgramModel

#: Parts the documents are cut into: each is described by the counts of the others.
PARTS = 8
#: What an original in one part counts that other parts have, too: it is the others that are asked for.
ELSEWHERE = 0.3
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
    return Expected({family: logistic(cases[False])}, {family: logistic(cases[True])})


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
