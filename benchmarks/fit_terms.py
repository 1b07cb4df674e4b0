"""Fit what tells a tortured term from innocent words: term-evidence.json.

    python benchmarks/fit_terms.py [--shared DIR]

Positive: two thirds of a public list of tortured phrases (the other third, by hash, measures: benchmarks/tortured.py), each in a plain sentence.
Negative: the terms that text nobody spun could be taken for: the clean development text, the originals of the development pairs and of seeds/.
A logistic regression on candidates, then a constant such that at the default threshold the clean text has FALSE_EDITS wrong edits a thousand words.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.texts import SHARED
from benchmarks.tortured import SENTENCES, read_cases
from restore import places
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.terms import FEATURES, Candidate
from restore.tokens import Tokens

#: Two fifths of what is allowed in all: at most 0.05 wrong edits a thousand words.
FALSE_EDITS = 0.02
PULL = 0.5


def candidates(restorer: Restorer, text: str) -> Iterator[Candidate]:
    """What the finder sees in a text."""
    for start, end in restorer.screen.look(text, restorer.terms).doors:
        tokens = Tokens(text[start:end])
        ids = restorer.lexicon.encode(tokens.words)
        yield from restorer.terms.candidates(tokens, ids, restorer.mark(tokens, ids))


def clean_texts(shared: Path) -> Iterator[str]:
    """Texts that nobody spun and that no language model of ours was trained on."""
    for path in sorted((shared / "corpus" / "dev").glob("*.txt")):
        yield path.read_text(encoding="utf-8", errors="replace")
    for line in (shared / "spun" / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["original"]
    for path in sorted((Path(__file__).resolve().parent.parent / "seeds").glob("*.txt")):
        if ".spun." not in path.name:
            yield path.read_text(encoding="utf-8")


def regression(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights and constant of a logistic regression with a small pull to 0."""
    z = np.c_[x, np.ones(len(x))]

    def loss(w: np.ndarray) -> float:
        score = z @ w
        return float(np.logaddexp(0, np.where(y, -score, score)).sum() + PULL * (w[:-1] ** 2).sum())

    return np.asarray(minimize(loss, np.zeros(z.shape[1])).x)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, write, print what it gives."""
    parser = argparse.ArgumentParser(description="what tells a tortured term")
    parser.add_argument("--shared", type=Path, default=SHARED, metavar="DIR")
    options = parser.parse_args(arguments)
    out = places.dictionaries() / "term-evidence.json"
    if not set(FEATURES) <= set(json.loads(out.read_text(encoding="utf-8"))["features"]):  # a feature is new: anything will do to begin with
        out.write_text(json.dumps({"features": {name: {"mean": 0, "scale": 1, "weight": 0} for name in FEATURES}, "constant": 0}), encoding="utf-8")
    restorer = Restorer()
    cases = [case for case in read_cases(options.shared / "academic" / "tortured.csv") if not case.held_back]
    right, wrong = [], []
    for number, case in enumerate(cases):
        for candidate in candidates(restorer, SENTENCES[number % len(SENTENCES)].format(case.spun)):
            if candidate.features and candidate.text.lower() in case.expected:
                right.append(candidate.features)
    words = 0
    for text in clean_texts(options.shared):
        words += len(Tokens(text))
        wrong += [candidate.features for candidate in candidates(restorer, text) if candidate.features]
    x, y = np.array([*right, *wrong]), np.r_[np.ones(len(right), bool), np.zeros(len(wrong), bool)]
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    fitted = regression((x - mean) / scale, y)
    score = (x - mean) / scale @ fitted[:-1]
    allowed = int(FALSE_EDITS * words / 1000)
    cut = np.sort(score[~y])[::-1][allowed] + 0.05 if len(wrong) > allowed else score.min()
    threshold = Settings().threshold
    constant = float(np.log(threshold / (1 - threshold)) - cut)
    columns = np.round(np.stack([mean, scale, fitted[:-1]], axis=1), 4).tolist()
    rows = {name: dict(zip(("mean", "scale", "weight"), row, strict=True)) for name, row in zip(FEATURES, columns, strict=True)}
    out.write_text(json.dumps({"features": rows, "constant": round(constant, 4)}, indent=1) + "\n", encoding="utf-8")
    print(f"{len(cases)} phrases, {len(right)} right candidates, {len(wrong)} wrong ones in {words} clean words")
    print(f"at the default threshold {(score[y] > cut).sum()} right, {(score[~y] > cut).sum()} wrong; constant {constant:.2f} (fitted {fitted[-1]:.2f})")


if __name__ == "__main__":
    main()
