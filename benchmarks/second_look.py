"""What each part of the second look brings and costs, and the fitting of its weights and calibration map.

    python benchmarks/second_look.py                       # the table: first pass, + document consistency, + model, + context
    python benchmarks/second_look.py --fit                 # fit second.json on the even half of the development pairs first

Development texts are decoded with counts learned on the other four fifths (as in ``benchmarks/fit.py``); weights are fitted on the even
ones and measured on the odd ones. ``--texts N`` takes only the first N of each half.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.fit import FOLDS, Folds, isotonic, recompile
from benchmarks.metrics import Pair, Score
from benchmarks.rebuilt import Learned
from restore import places, second
from restore.align import align
from restore.combination import EXPONENTS, Group, Weights, combine, page_features, softmax
from restore.neural.causal import Scorer, Tree
from restore.neural.stretches import Stretch
from restore.nouns import Suggestion, replay
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.suggest import Reading, suggest
from restore.surface import Style
from restore.tokens import Tokens, words

HEAD = ("set", "engine", "recovered", "edit precision", "calibration error", "review yield", "CPU s", "wall s", "model tokens")


class Silent:
    """Says that everything is as likely as everything else: what is left is the document's consistency."""

    tokens = 0

    def encode(self, text: str) -> tuple[int, ...]:
        return (0,)

    def begin(self) -> None: ...

    def append(self, tokens: Sequence[int]) -> None: ...

    def score(self, tree: Tree, asked: Sequence[int]) -> np.ndarray:
        return np.zeros(len(asked))


@dataclass
class Forgetful:
    """A model that reads every sentence without the page before it."""

    scorer: Scorer

    def encode(self, text: str) -> tuple[int, ...]:
        return self.scorer.encode(text)

    def begin(self) -> None:
        self.scorer.begin()

    def append(self, tokens: Sequence[int]) -> None:
        self.scorer.begin()

    def score(self, tree: Tree, asked: Sequence[int]) -> np.ndarray:
        return self.scorer.score(tree, asked)


@dataclass
class Case:
    """One text decoded, with what an engine's model said of it."""

    text: texts.Text
    reading: Reading
    style: Style
    knowledge: object
    groups: list[Group] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0
    tokens: int = 0


def decoded(restorer: Restorer, text: texts.Text) -> Case | None:
    """The first pass over a text; None where it saw nothing."""
    cpu, wall = time.process_time(), time.perf_counter()
    block = restorer._decode(Tokens(text.spun))
    if block.reading is None:
        return None
    knowledge = replace(restorer.knowledge)
    style = Style.of(block.reading.tokens, knowledge.to_american, knowledge.to_british)
    return Case(text, block.reading, style, knowledge, [], time.process_time() - cpu, time.perf_counter() - wall)


def development(restorer: Restorer, shared: Path, most: int) -> Iterator[tuple[int, Case]]:
    """The development texts, each decoded with what other folds teach, with their numbers."""
    pairs = texts.development(shared)
    folds = Folds(restorer, [(t.spun, t.original) for t in pairs])
    folds.prepare(restorer)
    for fold in range(FOLDS):
        chosen = [k for k in range(min(len(pairs), 2 * most)) if k % FOLDS == fold]
        if chosen:
            recompile(restorer, folds.of(fold))
        for k in chosen:
            case = decoded(restorer, pairs[k])
            if case is not None:
                yield k, case
    recompile(restorer, Learned.shipped())


def asked(case: Case, scorer: Scorer, weights: Weights) -> Case:
    """The case with the model's answers, and what they cost."""
    before, cpu, wall = getattr(getattr(scorer, "scorer", scorer), "tokens", 0), time.process_time(), time.perf_counter()
    groups = second.ask(case.reading, scorer, case.knowledge, case.style, weights)
    tokens = getattr(getattr(scorer, "scorer", scorer), "tokens", 0) - before
    return replace(case, groups=groups, cpu=case.cpu + time.process_time() - cpu, wall=case.wall + time.perf_counter() - wall, tokens=tokens)


def suggestions(case: Case, weights: Weights | None) -> list[Suggestion]:
    """What the text view would apply or ask; without weights the first pass's."""
    if weights is None:
        return suggest(case.reading, case.knowledge, Settings(), case.style)
    reading = second.adopt(case.reading, case.groups, combine(case.groups, weights))
    knowledge = replace(case.knowledge, coefficients=weights.calibrated(case.knowledge.coefficients))
    return suggest(reading, knowledge, Settings(), case.style)


def measured(cases: Sequence[Case], weights: Weights | None) -> Score:
    """The score of an engine on some texts."""
    score = Score()
    for case in cases:
        found = suggestions(case, weights)
        edits = tuple(s.edit for s in found if s.action == "apply")
        score.add(Pair(case.text.spun, case.text.original), edits, replay(case.text.spun, edits), tuple(found))
    return score


def labels(case: Case) -> list[int | None]:
    """For every group the joint reading that the original has, None where it is none of them."""
    spun, original = Tokens(case.text.spun), Tokens(case.text.original)
    found = [stretch for group in case.groups for stretch in group.stretches]
    gold: list[int | None] = [None] * len(found)
    for here, there in zip(_lines(spun), _lines(original), strict=False):
        if here and there:
            inside = [k for k, s in enumerate(found) if here[0] <= s.first and s.last <= here[-1] + 1]
            _label(found, gold, inside, here[0], [spun.words[i] for i in here], [original.words[i] for i in there])
    each = iter(gold)
    joint = [tuple(next(each) for _ in group.stretches) for group in case.groups]
    return [group.joint.index(j) if j in group.joint else None for group, j in zip(case.groups, joint, strict=True)]


def _label(found: Sequence[Stretch], gold: list[int | None], inside: Sequence[int], base: int, spun: list[str], original: list[str]) -> None:
    """Fill ``gold`` for the stretches ``inside`` one line, which begins at token ``base``, by aligning the line through their options."""
    arcs: dict[int, list[tuple[int, tuple[str, ...], int]]] = defaultdict(list)
    number: list[tuple[int, int]] = []
    for k in inside:
        for n, option in enumerate(found[k].options):
            spoken = tuple(words(option.text))
            if spoken and " ".join(spoken) != found[k].observed:
                arcs[found[k].first - base].append((found[k].last - base, spoken, len(number)))
                number.append((k, n))
    copied = np.zeros(len(spun), dtype=bool)
    for step in align(spun, original, arcs):
        if step.arc >= 0:
            gold[number[step.arc][0]] = number[step.arc][1]
        elif step.arc == -1:
            copied[step.i : step.j] = True
    for k in inside:
        if gold[k] is None and copied[found[k].first - base : found[k].last - base].all():
            gold[k] = next((n for n, o in enumerate(found[k].options) if " ".join(words(o.text)) == found[k].observed), None)


def _lines(tokens: Tokens) -> list[list[int]]:
    line = [tokens.text.count("\n", 0, int(start)) for start in tokens.starts]
    out: list[list[int]] = [[] for _ in range(tokens.text.count("\n") + 1)]
    for i, k in enumerate(line):
        out[k].append(i)
    return out


def fit(cases: Sequence[Case], start: Weights) -> Weights:
    """The exponents of greatest conditional likelihood, the page's feature computed with the exponents of the round before."""
    known = [labels(case) for case in cases]
    weights = start
    for _ in range(3):
        rows = []
        for case, gold in zip(cases, known, strict=True):
            on_page = page_features(case.groups, combine(case.groups, weights), weights)
            rows += [
                (np.stack([g.model, g.first, g.channel, page, way], axis=1), y)
                for g, page, way, y in zip(case.groups, *on_page, gold, strict=True)
                if y is not None and len(g.joint) > 1
            ]
        result = minimize(_objective, np.array([getattr(weights, name) for name in EXPONENTS]), args=(rows,), jac=True, method="L-BFGS-B")
        weights = replace(weights, **{name: round(float(x), 3) for name, x in zip(EXPONENTS, result.x, strict=True)})
    fitted = ", ".join(f"{name} {getattr(weights, name)}" for name in EXPONENTS)
    print(f"{len(rows)} groups; mean log-loss {result.fun / len(rows):.3f}; {fitted}", file=sys.stderr)
    return weights


def _objective(theta: np.ndarray, rows: list[tuple[np.ndarray, int]]) -> tuple[float, np.ndarray]:
    value, gradient = 0.0, np.zeros(len(theta))
    for x, y in rows:
        p = softmax(x @ theta)
        value -= float(np.log(p[y] + 1e-12))
        gradient += p @ x - x[y]
    return value, gradient


def calibrated(cases: Sequence[Case], weights: Weights) -> Weights:
    """The weights with the calibration map that these texts ask for."""
    weights = replace(weights, raw=(0.0, 1.0), true=(0.0, 1.0))
    raw, true = [], []
    for case in cases:
        pair = Pair(case.text.spun, case.text.original)
        for s in suggestions(case, weights):
            raw.append(s.probability)
            true.append(pair.gain(s.start, s.end, s.replacement) > 0)
    xs, ys = isotonic(np.array(raw), np.array(true, dtype=float))
    return replace(weights, raw=tuple(xs), true=tuple(ys))


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit if asked to, measure, print, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR")
    parser.add_argument("--fit", action="store_true", help="fit the weights and the calibration map, and write second.json")
    parser.add_argument("--texts", type=int, default=25, metavar="N", help="texts of each half of the development pairs")
    parser.add_argument("--sets", default="article,dev,seeds", help="which sets to measure")
    options = parser.parse_args(arguments)
    look = second.load()
    if look is None:
        raise SystemExit("second_look: no model is installed; run 'restore model install'")
    restorer = Restorer(Settings(fast=True))
    path = places.dictionaries() / "second.json"
    weights, dev = look.weights, []
    if options.fit or "dev" in options.sets:
        dev = [(k, case) for k, case in development(restorer, options.shared, options.texts) if options.fit or k % 2]
    if options.fit:
        ready = [(k, asked(case, look.scorer, weights)) for k, case in dev]
        even = [case for k, case in ready if k % 2 == 0]
        weights = calibrated(even, fit(even, weights))
        data = {name: getattr(weights, name) for name in (*EXPONENTS, "prior")} | {"calibration": {"raw": weights.raw, "true": weights.true}}
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        for name, score in (("even, fitted on", measured(even, weights)), ("odd", measured([c for k, c in ready if k % 2], weights))):
            print(f"{name}: recovered {score.recovered:.3f}, edit precision {score.edit_precision:.3f}, calibration {score.calibration:.3f}", file=sys.stderr)
    engines: list[tuple[str, Scorer | None, Weights | None]] = [
        ("first pass", None, None),
        ("+ document consistency", Silent(), replace(weights, first=1.0, channel=0.0)),
        ("+ model", Forgetful(look.scorer), weights),
        ("+ context", look.scorer, weights),
    ]
    seeds = [(t.group, c) for t in texts.seed_texts() if (c := decoded(restorer, t))] if "seeds" in options.sets else []
    sets = {
        "article": [c for t in texts.article(options.shared) if (c := decoded(restorer, t))],
        "dev, odd half": [case for k, case in dev if k % 2],
        "seeds": [c for _, c in seeds],
    }
    parts = {"seeds": {group: [k for k, (other, _) in enumerate(seeds) if other == group] for group in dict(seeds)}}
    rows = []
    for name, cases in sets.items():
        for engine, scorer, used in engines if cases and name.split(",")[0] in options.sets else ():
            ready_cases = [asked(c, scorer, used) for c in cases] if scorer else cases
            for part, chosen in {name: range(len(cases)), **parts.get(name, {})}.items():
                some = [ready_cases[k] for k in chosen]
                score = measured(some, used)
                costs = [sum(getattr(c, what) for c in some) for what in ("cpu", "wall", "tokens")]
                shown = [f"{x:.3f}" for x in (score.recovered, score.edit_precision, score.calibration, score.review_yield)]
                rows.append([part, engine, *shown, f"{costs[0]:.1f}", f"{costs[1]:.1f}", str(costs[2])])
                print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    table = pages.table(HEAD, rows)
    print(table)
    if options.sets == parser.get_default("sets"):
        pages.write_page("second_look", "The second look", "python benchmarks/second_look.py", [table])


if __name__ == "__main__":
    main()
