"""Which of the substitutions seen on spun pages the dictionaries know: prints the shares, and lists the unknown ones on request.

    python benchmarks/facts.py [--shared DIR] [--missing FILE]

A fact (spun, original, pages) is known where ``restore dictionary lookup SPUN`` names the original, it is a row where one row says so, and it is
explained where rows that stand side by side and words left alone make it. A third of the facts, by hash, is held
back: rows are written from what FILE lists, which has none of them.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.texts import SHARED
from restore import loading
from restore.align import Arc, align
from restore.lexicon import Lexicon
from restore.lookup import look_up
from restore.tokens import fold, words

#: One fact in so many is held back.
HELD_BACK = 3


@dataclass(frozen=True, slots=True)
class Fact:
    """One substitution and on how many pages it was seen."""

    spun: str
    original: str
    pages: int

    @property
    def held_back(self) -> bool:
        """Whether it only measures, and nothing is written from it."""
        return hashlib.sha256(f"{self.spun}\t{self.original}".encode()).digest()[0] % HELD_BACK == 0


@dataclass(slots=True)
class Share:
    """How many facts there are, how many of them are known, one row, and explained; each also by pages."""

    total: list[int] = field(default_factory=lambda: [0, 0])
    known: list[int] = field(default_factory=lambda: [0, 0])
    row: list[int] = field(default_factory=lambda: [0, 0])
    explained: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, fact: Fact, verdict: tuple[bool, bool, bool]) -> None:
        """Count one fact. ``verdict``: see ``judge``."""
        for counter, counts in zip((self.total, self.known, self.row, self.explained), (True, *verdict), strict=True):
            counter[0] += counts
            counter[1] += fact.pages * counts

    def line(self, name: str) -> str:
        """One row of the table."""
        shares = [part[k] / max(self.total[k], 1) for k in (0, 1) for part in (self.known, self.row, self.explained)]
        return f"{name:12} {self.total[0]:5} " + " ".join(f"{share:9.3f}" for share in shares)


def read_facts(path: Path) -> list[Fact]:
    """The facts of a file with the columns spun, original, pages."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Fact(row["spun"], row["original"], int(row["pages"])) for row in rows]


def arcs_of(lexicon: Lexicon, tokens: Sequence[str], families: frozenset[str] | None = None) -> dict[int, list[Arc]]:
    """All rows of the families (of all, without) whose variant stands in the text, by the word at which it begins."""
    ids = lexicon.encode(tokens)
    start, size, phrase = lexicon.variants.match(ids, len(ids) - np.arange(len(ids)))
    out: dict[int, list[Arc]] = defaultdict(list)
    for at, length, entry in zip(start.tolist(), size.tolist(), phrase.tolist(), strict=True):
        for arc in range(int(lexicon.variants.pointer[entry]), int(lexicon.variants.pointer[entry + 1])):
            head = int(lexicon.arc_head[arc])
            if families is None or lexicon.families[lexicon.head_family[head]] in families:
                out[at].append((at + length, tuple(words(lexicon.head_text[head])), arc))
    return out


def judge(lexicon: Lexicon, names: frozenset[str], fact: Fact) -> tuple[bool, bool, bool]:
    """Whether look-up names the original, whether one row is this fact, and whether rows and copied words together make it."""
    spun, original = words(fold(fact.spun)), words(fold(fact.original))
    arcs = arcs_of(lexicon, spun)
    row = any(end == len(spun) and target == tuple(original) for end, target, _ in arcs.get(0, ()))
    known = any(words(fold(entry["text"])) == original for entry in look_up(lexicon, fact.spun, names)["originals"])
    return known, row, row or all(step.arc != -2 for step in align(spun, original, arcs))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, write the list."""
    parser = argparse.ArgumentParser(description="share of known substitutions")
    parser.add_argument("--shared", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--missing", type=Path, metavar="FILE", help="write the unknown facts that are not held back, and which rows explain")
    options = parser.parse_args(arguments)
    knowledge = loading.load()
    lexicon, names = knowledge.lexicon, frozenset(knowledge.gazetteer.text)
    shares: dict[str, Share] = {name: Share() for name in ("all", "words", "phrases", "written from", "held back")}
    missing = []
    for fact in read_facts(options.shared / "facts" / "substitutions.tsv"):
        verdict = judge(lexicon, names, fact)
        phrase = len(words(fact.original)) > 1 or len(words(fact.spun)) > 1
        for name in ("all", "phrases" if phrase else "words", "held back" if fact.held_back else "written from"):
            shares[name].add(fact, verdict)
        if not verdict[0] and not fact.held_back:
            missing.append(f"{fact.spun}\t{fact.original}\t{fact.pages}\t{'composed' if verdict[2] else 'missing'}\n")
    print(f"{'':12} {'facts':>5} {'known':>9} {'one row':>9} {'explained':>9} {'by pages':>9} {'one row':>9} {'explained':>9}")
    print("\n".join(share.line(name) for name, share in shares.items()))
    if options.missing:
        options.missing.write_text("".join(missing), encoding="utf-8")


if __name__ == "__main__":
    main()
