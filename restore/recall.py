"""What a reviewer's answers say of a word itself: how often it stood for each original where it was decided, and how often it stayed.

The counts of ``restore.weights`` say what a spinner makes of an original. They cannot say that "on" mostly is "on": that is only seen from the variant's
side. File: tab-separated ``variant, kept, original=occurrences|…``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np

from restore.errors import DictionaryError
from restore.learn import align_line, paired_lines
from restore.lexicon import Arrays, Lexicon
from restore.tokens import words

HEADER = "# restore answers 1"
#: Answers of either kind that are imagined beforehand: one of each. Three answers against a reading then cost it 1.4 nats.
IMAGINED = 1.0
#: The most that answers take from a reading, nats. Only against it: what speaks for it is in the row's counts already, and counted twice it lowers the
#: precision (benchmarks/review.py on development pairs kept for trying: 0.908 without, 0.908 with what speaks against alone, 0.900 with both).
MOST = 3.0
KEPT = ""
#: Occurrences of a variant by the original it stood for; ``KEPT`` for those that stayed.
Answers = dict[str, dict[str, float]]


def count_answers(lexicon: Lexicon, pairs: Iterable[tuple[str, str]], families: Collection[str]) -> Answers:
    """What became of every variant of these families' rows in (spun, original) pairs whose lines pair one to one."""
    out: Answers = {}
    for spun, original in pairs:
        for before, after in paired_lines(spun, original):
            if words(before) and words(after):
                _count_line(lexicon, before, after, families, out)
    return out


def _count_line(lexicon: Lexicon, before: str, after: str, families: Collection[str], out: Answers) -> None:
    tokens, _, found, steps = align_line(lexicon, before, after, families)
    arcs = found.arcs
    copied = np.zeros(len(tokens), dtype=np.int64)
    became: dict[tuple[int, int], str] = {}
    for step in steps:
        if step.arc == -1:
            copied[step.i] = 1
        elif step.arc >= 0:
            became[step.i, step.j] = lexicon.head_text[int(arcs.head[step.arc])]
    running = np.r_[0, np.cumsum(copied)]
    offered = np.flatnonzero(arcs.head >= 0)
    columns = (arcs.first[offered].tolist(), arcs.last[offered].tolist(), lexicon.arc_variant[found.entry[offered]].tolist())
    for i, j, variant in sorted(set(zip(*columns, strict=True))):
        stayed = running[j] - running[i] == j - i
        if stayed or (i, j) in became:
            counts = out.setdefault(lexicon.variant_text[variant], {})
            original = became.get((i, j), KEPT)
            counts[original] = counts.get(original, 0.0) + 1.0


def add(some: Mapping[str, Mapping[str, float]], more: Mapping[str, Mapping[str, float]]) -> Answers:
    """Both together.

    >>> add({"on": {"": 3.0}}, {"on": {"": 1.0, "at": 1.0}})
    {'on': {'': 4.0, 'at': 1.0}}
    """
    out = {variant: dict(counts) for variant, counts in some.items()}
    for variant, counts in more.items():
        mine = out.setdefault(variant, {})
        for original, count in counts.items():
            mine[original] = mine.get(original, 0.0) + count
    return out


def nats(counts: Mapping[str, float], original: str) -> float:
    """What the answers about a variant say for its reading as an original: never for it, and nothing where they contradict each other.

    >>> round(nats({"": 3.0}, "at"), 2), nats({"": 2.0, "at": 2.0}, "at"), nats({"at": 5.0}, "at")
    (-1.39, 0.0, 0.0)
    """
    right = counts.get(original, 0.0)
    wrong = sum(counts.values()) - right
    return float(max(-MOST, min(0.0, np.log((right + IMAGINED) / (wrong + IMAGINED)))))


def compile_answers(lexicon: Lexicon, answers: Mapping[str, Mapping[str, float]]) -> Arrays:
    """``arc_recall``, float32 [entries]: what the answers say of every entry, in nats."""
    numbers = {k: answers[text] for k, text in enumerate(lexicon.variant_text) if text in answers}
    out = np.zeros(len(lexicon.arc_head), dtype=np.float32)
    for e in np.flatnonzero(np.isin(lexicon.arc_variant, list(numbers))).tolist():
        out[e] = nats(numbers[int(lexicon.arc_variant[e])], lexicon.head_text[int(lexicon.arc_head[e])])
    return {"arc_recall": out}


def read_answers(path: Path) -> Answers:
    """The answers of one file. Raises DictionaryError with file and line."""
    try:
        lines = path.read_bytes().decode("utf-8").replace("\r\n", "\n").split("\n")
    except OSError as error:
        raise DictionaryError(path, f"cannot read the answers ({error.strerror or error})", "check the path") from error
    except UnicodeDecodeError as error:
        raise DictionaryError(path, f"not UTF-8 (byte {error.start})", "save the answers as UTF-8") from error
    if lines[0].strip() != HEADER:
        raise DictionaryError(f"{path}:1", "no version header", f"begin the file with '{HEADER}'")
    out: Answers = {}
    for number, line in enumerate(lines[1:], 2):
        if line and not line.startswith("#"):
            try:
                variant, kept, originals = line.split("\t")
                pairs = (field.rpartition("=") for field in originals.split("|") if field)
                out[variant] = {original: _amount(n) for original, _, n in ((KEPT, "", kept), *pairs) if _amount(n)}
            except ValueError as error:
                raise DictionaryError(f"{path}:{number}", f"not a row of answers ({error})") from error
    return out


def write_answers(answers: Mapping[str, Mapping[str, float]]) -> str:
    """The file's text, sorted."""
    lines = [HEADER]
    for variant, counts in sorted(answers.items()):
        originals = "|".join(f"{o}={n:g}" for o, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if o != KEPT)
        lines.append(f"{variant}\t{counts.get(KEPT, 0.0):g}\t{originals}")
    return "\n".join(lines) + "\n"


def _amount(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e12:
        raise ValueError(f"{text} is no count")
    return value
