"""What was learned about the dictionary's rows from pairs of spun and original text: how often a row's original was replaced or survived, and by what.

File: tab-separated ``original, family, replaced, survived, variant=documents|…``. Counts, not weights, so that more text can be added. A row of the
dictionary without counts keeps the weights it was written with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore.dictionary import Row
from restore.errors import DictionaryError

HEADER = "# restore weights 1"
BIASES = "# restore biases 1"
#: Strength of the written weights against counts, in documents, and of the prior replacement rate, in occurrences. Both from five-fold
#: cross-validation on the development pairs (benchmarks/fit.py): recovered 0.711 at these, 0.678 at 1.5 and 2.
KAPPA = 0.5
PRIOR = 0.5
#: What shipped counts of a row weigh beside a user's own, in documents and in occurrences (docs/dictionaries.md has the figures).
SHIPPED = 4.0
F64 = npt.NDArray[np.float64]


@dataclass(slots=True)
class Count:
    """Occurrences replaced and survived, and documents a variant."""

    replaced: float = 0.0
    survived: float = 0.0
    variants: dict[str, float] = field(default_factory=dict)


Counts = dict[tuple[str, str], Count]
#: What speaks for (variant, family) having replaced whatever it stands for, nats, beyond what rates, weights and the language model say.
Biases = Mapping[tuple[str, str], float]


def read_counts(path: Path) -> Counts:
    """The counts of one file. Raises DictionaryError with file and line."""
    try:
        lines = path.read_bytes().decode("utf-8").replace("\r\n", "\n").split("\n")
    except OSError as error:
        raise DictionaryError(path, f"cannot read the counts ({error.strerror or error})", "check the path") from error
    except UnicodeDecodeError as error:
        raise DictionaryError(path, f"not UTF-8 (byte {error.start})", "save the counts as UTF-8") from error
    if lines[0].strip() != HEADER:
        raise DictionaryError(f"{path}:1", "no version header", f"begin the file with '{HEADER}'")
    out: Counts = {}
    for number, line in enumerate(lines[1:], 2):
        if line and not line.startswith("#"):
            try:
                original, family, replaced, survived, variants = line.split("\t")
                pairs = (field.rpartition("=") for field in variants.split("|") if field)
                out[original, family] = Count(_amount(replaced), _amount(survived), {v: _amount(n) for v, _, n in pairs})
            except ValueError as error:
                raise DictionaryError(f"{path}:{number}", f"not a row of counts ({error})") from error
    return out


def _amount(text: str) -> float:
    """A count: neither negative nor infinite, which would make rates outside 0 to 1."""
    value = float(text)
    if not 0 <= value < 1e12:
        raise ValueError(f"{text} is no count")
    return value


def read_biases(path: Path) -> Biases:
    """The biases of one file: rows ``variant, family, nats``. Raises DictionaryError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DictionaryError(path, f"cannot read the biases ({error})", "check the path") from error
    if lines[0].strip() != BIASES:
        raise DictionaryError(f"{path}:1", "no version header", f"begin the file with '{BIASES}'")
    out = {}
    for number, line in enumerate(lines[1:], 2):
        if line and not line.startswith("#"):
            try:
                variant, family, nats = line.split("\t")
                out[variant, family] = float(nats)
            except ValueError as error:
                raise DictionaryError(f"{path}:{number}", f"not a row of biases ({error})") from error
    return out


def write_biases(biases: Biases, notes: Iterable[str] = ()) -> str:
    """The file's text, sorted, after ``notes`` (comment lines)."""
    return "\n".join([BIASES, *notes, *(f"{variant}\t{family}\t{nats:.2f}" for (variant, family), nats in sorted(biases.items()))]) + "\n"


def add(some: Mapping[tuple[str, str], Count], more: Mapping[tuple[str, str], Count]) -> Counts:
    """The counts of two sets of texts together."""
    out = dict(some)
    for key, count in more.items():
        old = some.get(key, Count())
        variants = {v: old.variants.get(v, 0.0) + count.variants.get(v, 0.0) for v in {**old.variants, **count.variants}}
        out[key] = Count(old.replaced + count.replaced, old.survived + count.survived, variants)
    return out


def layer(below: Mapping[tuple[str, str], Count], above: Mapping[tuple[str, str], Count]) -> Counts:
    """A user's counts over the shipped ones: where both know a row, what was shipped counts for ``SHIPPED`` documents or occurrences at most.

    >>> layer({("war", "A"): Count(30, 10, {"battle": 20.0})}, {("war", "A"): Count(5, 0, {"conflict": 3.0})})["war", "A"]
    Count(replaced=8.0, survived=1.0, variants={'battle': 4.0, 'conflict': 3.0})
    """
    out = dict(below)
    for key, mine in above.items():
        old = below.get(key, Count())
        occurrences = min(1.0, SHIPPED / max(old.replaced + old.survived, 1.0))
        documents = min(1.0, SHIPPED / max(sum(old.variants.values()), 1.0))
        variants = {v: n * documents for v, n in old.variants.items()}
        for v, n in mine.variants.items():
            variants[v] = variants.get(v, 0.0) + n
        out[key] = Count(old.replaced * occurrences + mine.replaced, old.survived * occurrences + mine.survived, variants)
    return out


def write_counts(counts: Mapping[tuple[str, str], Count], notes: Iterable[str] = ()) -> str:
    """The file's text, sorted, after ``notes`` (comment lines)."""
    lines = [HEADER, *notes]
    for (original, family), c in sorted(counts.items()):
        variants = "|".join(f"{v}={n:g}" for v, n in sorted(c.variants.items(), key=lambda x: (-x[1], x[0])))
        lines.append(f"{original}\t{family}\t{c.replaced:g}\t{c.survived:g}\t{variants}")
    return "\n".join(lines) + "\n"


def estimate(rows: Iterable[Row], counts: Mapping[tuple[str, str], Count], prior: F64) -> tuple[F64, npt.NDArray[np.int8], list[list[float]]]:
    """Replacement rate of every row [rows], ``prior`` before its own counts; what is known of it (bit 1: its rate, bit 2: its variants); the weights of
    its variants."""
    rate = prior.copy()
    known = np.zeros(len(prior), dtype=np.int8)
    weights: list[list[float]] = []
    for k, row in enumerate(rows):
        c = counts.get((row.original, row.family))
        written = [v.weight for v in row.variants]
        if c is None:
            weights.append(written)
            continue
        rate[k] = (c.replaced + PRIOR * prior[k]) / (c.replaced + c.survived + PRIOR)
        total = sum(c.variants.values())
        known[k] = 1 | (2 if total else 0)
        weights.append([(c.variants.get(v.text, 0.0) + KAPPA * v.weight) / (total + KAPPA) for v in row.variants])
    return np.clip(rate, 1e-4, 0.995), known, weights
