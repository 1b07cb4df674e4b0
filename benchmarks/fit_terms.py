"""Fit what tells a tortured term from innocent words: term-evidence.json.

    python benchmarks/fit_terms.py [--shared DIR] [--second-look]

Positive: two thirds of a public list of tortured phrases (the other third, by hash, measures: benchmarks/tortured.py), each in a plain sentence.
Negative: the terms that text nobody spun could be taken for: the clean development text, the originals of the development pairs and of seeds/.
A logistic regression on candidates, then a constant such that at the default threshold the clean text, in pages of PAGE characters, has FALSE_EDITS wrong
edits a thousand words; what a text takes from a candidate by its length and its words about persons (``terms.against``) is taken from these, too.
With ``--second-look`` the installed language model reads every candidate in its sentence (seven minutes), and what is fitted is the part for it, with a
constant for LOOKED_FALSE_EDITS; the rest stays as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, cast

import numpy as np
from scipy.optimize import minimize

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.corpus import pages_of
from benchmarks.texts import SEEDS, SHARED, read
from benchmarks.tortured import SENTENCES, read_cases
from restore import places, second
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.term_features import EVIDENCE, FEATURES, LOOKED, Weighing
from restore.term_look import TermLook
from restore.term_pairs import compile_pairs
from restore.term_stretches import Candidate
from restore.terms import COMPANY, MOST_COMPANY, NEAR, against, place_of
from restore.tokens import Tokens

#: Characters a page of clean text: a short one, so that short texts, in which a lone term is believed sooner, keep the promise, too.
PAGE = 2000
#: Two fifths of what is allowed in all: at most 0.05 wrong edits a thousand words.
FALSE_EDITS = 0.02
#: The model lets through fewer at the same number of terms found: half of them cost 0.005 of the phrases.
LOOKED_FALSE_EDITS = 0.01
PULL = 0.5
#: What is known of a candidate.
Features = tuple[float, ...]


def candidates(restorer: Restorer, text: str, look: TermLook | None = None) -> Iterator[tuple[int, Candidate, Features]]:
    """What the finder weighs in a text, where that begins, and its features, with what the model says."""
    for start, end in restorer.screen.look(text, restorer.terms).doors:
        tokens = Tokens(text[start:end])
        ids = restorer.lexicon.encode(tokens.words)
        marks = restorer.mark(tokens, ids)
        for candidate in restorer.terms.candidates(tokens, ids, marks):
            place = place_of(candidate, tokens, marks) if candidate.features else None
            if place is not None:
                said = look.gains([(candidate, place)], tokens).tolist() if look else []
                yield start + int(tokens.starts[candidate.first]), candidate, (*candidate.features, *said)


def clean_texts(shared: Path) -> Iterator[str]:
    """Pages of texts that nobody spun and that no language model of ours was trained on."""
    whole = [path.read_text(encoding="utf-8", errors="replace") for path in sorted((shared / "corpus" / "dev").glob("*.txt"))]
    whole += [json.loads(line)["original"] for line in (shared / "spun" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    whole += [read(path) for path in sorted(SEEDS.glob("*.txt")) if ".spun." not in path.name]
    for text in whole:
        yield from pages_of(text, PAGE)


def edits(odds: np.ndarray, where: Sequence[tuple[int, int, str]], threshold: float) -> int:
    """How many edits candidates make, those of a place being one, when others that are likelier than not keep them company."""
    likely = [place for place, o in zip(where, odds, strict=True) if o > 0]
    applied: list[tuple[int, int]] = []
    for (text, at, name), o in zip(where, odds, strict=True):
        near = {n for t, a, n in likely if t == text and abs(a - at) < NEAR} - {name}
        if o + COMPANY * min(len(near), MOST_COMPANY) > threshold and (text, at) not in applied:
            applied.append((text, at))
    return len(applied)


def regression(x: np.ndarray, y: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Weights and constant of a logistic regression with a small pull to 0; ``chance`` is taken from every score."""
    z = np.c_[x, np.ones(len(x))]

    def loss(w: np.ndarray) -> float:
        score = z @ w - chance
        return float(np.logaddexp(0, np.where(y, -score, score)).sum() + PULL * (w[:-1] ** 2).sum())

    return np.asarray(minimize(loss, np.zeros(z.shape[1])).x)


def load_look() -> TermLook:
    """The second look at terms with any weights, which are not asked for here."""
    loaded = second.load()
    if loaded is None:
        sys.exit("no language model is installed: run 'restore model install'")
    n = len(LOOKED)
    return TermLook(loaded.scorer, Weighing(np.zeros(n), np.ones(n), np.zeros(n), 0.0), Lock())


def begin(out: Path) -> dict[str, Any]:
    """What the file has; where a feature is new, anything will do to begin with."""
    data = cast("dict[str, Any]", json.loads(out.read_text(encoding="utf-8")))
    if not set(FEATURES) <= set(data["features"]):
        data["features"] = {name: {"mean": 0, "scale": 1, "weight": 0} for name in FEATURES}
        out.write_text(json.dumps(data), encoding="utf-8")
    return data


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, write, print what it gives."""
    parser = argparse.ArgumentParser(description="what tells a tortured term")
    parser.add_argument("--shared", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--second-look", action="store_true", help="fit the part for the second look")
    options = parser.parse_args(arguments)
    out = places.dictionaries() / EVIDENCE
    data = begin(out)
    restorer = Restorer()
    look = load_look() if options.second_look else None
    knowledge = restorer.knowledge
    restorer.terms.pairs = tuple(
        compile_pairs(knowledge.gazetteer, knowledge.lexicon, knowledge.model).values()
    )  # those without hope, too: fitting decides that
    cases = [case for case in read_cases(options.shared / "academic" / "tortured.csv") if not case.held_back]
    right, wrong = [], []
    lost = []
    for number, case in enumerate(cases):
        sentence = SENTENCES[number % len(SENTENCES)].format(case.spun)
        for at, candidate, features in candidates(restorer, sentence, look):
            if candidate.text.lower() in case.expected:
                right.append(features)
                lost.append(against(sentence, at))
    words, where = 0, []
    for number, text in enumerate(clean_texts(options.shared)):
        words += len(Tokens(text))
        for at, candidate, features in candidates(restorer, text, look):
            wrong.append(features)
            lost.append(against(text, at))
            where.append((number, at, candidate.text))
    x, y = np.array([*right, *wrong]), np.r_[np.ones(len(right), bool), np.zeros(len(wrong), bool)]
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    chance = np.array(lost)
    fitted = regression((x - mean) / scale, y, chance)
    score = (x - mean) / scale @ fitted[:-1] - chance
    allowed = int((LOOKED_FALSE_EDITS if look else FALSE_EDITS) * words / 1000)
    threshold = float(np.log(Settings().threshold / (1 - Settings().threshold)))
    constant = next(c for c in np.arange(threshold - score.min(), -20, -0.05) if edits(score[~y] + c, where, threshold) <= allowed)
    cut = threshold - constant
    columns = np.round(np.stack([mean, scale, fitted[:-1]], axis=1), 4).tolist()
    rows = {name: dict(zip(("mean", "scale", "weight"), row, strict=True)) for name, row in zip(LOOKED if look else FEATURES, columns, strict=True)}
    part = {"features": rows, "constant": round(constant, 4)}
    out.write_text(json.dumps(data | ({"second look": part} if look else part), indent=1) + "\n", encoding="utf-8")
    print(f"{len(cases)} phrases, {len(right)} right candidates, {len(wrong)} wrong ones in {words} clean words")
    print(f"at the default threshold {(score[y] > cut).sum()} right, {(score[~y] > cut).sum()} wrong; constant {constant:.2f} (fitted {fitted[-1]:.2f})")


if __name__ == "__main__":
    main()
