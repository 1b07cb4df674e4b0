"""How many tortured phrases of a public list come back exactly, each in a plain sentence and several in one abstract; why the others do not.

    python benchmarks/tortured.py [--shared DIR] [--every N] [--held-back] [--missing FILE]

The list has the tortured phrase and the expected one. A phrase is restored where the text is the same one with the expected phrase in it, letter case aside.
A third of the phrases, by hash, is held back: rows are written from what FILE lists, which has none of them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.facts import HELD_BACK, arcs_of
from benchmarks.texts import SHARED
from restore.align import align
from restore.pipeline import Restorer
from restore.tokens import fold, words

SENTENCES = (
    "In this section we describe the role of {} in more detail.",
    "The authors also discuss {} and compare it with earlier work.",
    "Several studies have shown that {} is of great interest here.",
    "The results suggest that {} should be examined further.",
    "We briefly review the literature on {} and its applications.",
    "Table 2 gives an overview of {} for each of the groups.",
    "It is well known that {} has received much attention.",
    "Finally, the limitations of {} are considered.",
)
_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]|\?+|\"")


@dataclass(frozen=True, slots=True)
class Case:
    """A tortured phrase and what may stand for it, folded."""

    spun: str
    expected: tuple[str, ...]

    @property
    def held_back(self) -> bool:
        """Whether it only measures, and nothing is written from it."""
        return hashlib.sha256(self.spun.encode()).digest()[0] % HELD_BACK == 0

    def found(self, text: str, sentence: str) -> bool:
        """Whether the restored text has, in this sentence, one of the expected phrases."""
        return any(" ".join(words(sentence.format(phrase))) in " ".join(words(fold(text))) for phrase in self.expected)


def read_cases(path: Path) -> list[Case]:
    """The phrases of a file with the columns tortured_phrase, expected_phrase; those without an expectation, or equal to it, are left out.

    Notes and acronyms in brackets are dropped from both; a slash separates several expectations."""
    out = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            spun = " ".join(_NOTE.sub(" ", row["tortured_phrase"]).split())
            whole = _NOTE.sub(" ", row["expected_phrase"])
            parts = [fold(" ".join(part.split())) for part in (whole, *whole.split("/"))]
            expected = tuple(dict.fromkeys(part for part in parts if words(part) and words(part) != words(spun)))
            if words(spun) and expected:
                out.append(Case(spun, expected))
    return out


def reasons(restorer: Restorer) -> Callable[[Case], str]:
    """Why a phrase does not come back: what the dictionaries lack, or "engine" where they have it all."""
    terms = {tuple(words(fold(text))) for text in restorer.knowledge.gazetteer.text}

    def reason(case: Case) -> str:
        spun = words(fold(case.spun))
        arcs = arcs_of(restorer.lexicon, spun)
        whole = any(all(step.arc != -2 for step in align(spun, words(phrase), arcs)) for phrase in case.expected)
        term = any(tuple(words(phrase)) in terms for phrase in case.expected)
        return {(True, True): "engine", (True, False): "no term", (False, True): "no variant", (False, False): "neither"}[whole, term]

    return reason


def alone(restorer: Restorer, cases: Sequence[Case]) -> Iterator[bool]:
    """Each case in a sentence that is the whole text."""
    for number, case in enumerate(cases):
        sentence = SENTENCES[number % len(SENTENCES)]
        yield case.found(restorer.restore(sentence.format(case.spun)).restored, sentence)


def together(restorer: Restorer, cases: Sequence[Case]) -> Iterator[bool]:
    """The cases in abstracts of as many sentences as there are plain ones."""
    for at in range(0, len(cases), len(SENTENCES)):
        group = list(zip(cases[at : at + len(SENTENCES)], SENTENCES, strict=False))
        restored = restorer.restore(" ".join(sentence.format(case.spun) for case, sentence in group)).restored
        yield from (case.found(restored, sentence) for case, sentence in group)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the shares and the reasons, write the list."""
    parser = argparse.ArgumentParser(description="tortured phrases restored exactly")
    parser.add_argument("--shared", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th phrase")
    parser.add_argument("--held-back", action="store_true", help="only the phrases that are held back")
    parser.add_argument("--missing", type=Path, metavar="FILE", help="write the phrases that do not come back and are not held back: reason, spun, expected")
    options = parser.parse_args(arguments)
    cases = [case for case in read_cases(options.shared / "academic" / "tortured.csv")[:: options.every] if case.held_back or not options.held_back]
    restorer = Restorer()
    reason = reasons(restorer)
    counts: Counter[tuple[str, str]] = Counter()
    missing = []
    for case, single, joint in zip(cases, alone(restorer, cases), together(restorer, cases), strict=True):
        part = "held back" if case.held_back else "written from"
        why = reason(case)
        counts.update([(part, "phrases"), (part, why), *[(part, name) for name, hit in (("alone", single), ("together", joint)) if hit]])
        if not single:
            counts[part, f"{why} missed"] += 1
            if not case.held_back:
                missing.append(f"{why}\t{case.spun}\t{'/'.join(case.expected)}\n")
    for part in ("written from", "held back"):
        total = max(counts[part, "phrases"], 1)
        print(f"{part:12} {total:5} phrases, restored alone {counts[part, 'alone'] / total:.3f}, in an abstract {counts[part, 'together'] / total:.3f}")
        for why in ("engine", "no variant", "no term", "neither"):
            print(f"    {why:10} {counts[part, why]:5}, of which missed alone {counts[part, f'{why} missed']}")
    if options.missing:
        options.missing.write_text("".join(missing), encoding="utf-8")


if __name__ == "__main__":
    main()
