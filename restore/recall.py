"""What a reviewer's answers say of a word itself: how often it stood for each original where it was decided, and how often it stayed.

The counts of ``restore.weights`` say what a spinner makes of an original. They cannot say that "on" mostly is "on": that is only seen from the variant's
side. File: tab-separated ``variant, kept, original=occurrences|…``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from restore.align import Step
from restore.errors import DictionaryError
from restore.learn import align_line, paired_lines
from restore.lexicon import Arrays, Lexicon
from restore.tokens import words

HEADER = "# restore answers 1"
#: Answers of either kind that are imagined beforehand: one of each.
IMAGINED = 1.0
#: What the log odds of the answers are worth, and the most that they take from a reading, nats. Only against it: what speaks for it is in the row's counts
#: already. Development pairs kept for trying, documents six to ten of ten (benchmarks/review.py has the others): 502 questions at precision 0.908 without
#: learning, 451 at 0.914 with the counts of rows alone, 439 at 0.911 with these at a worth of 1, 435 at 0.915 at 1.5; 438 at 0.903 with what speaks for, too.
WORTH, MOST = 1.5, 4.0
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
    tokens, goal, found, steps = align_line(lexicon, before, after, families)
    spun, original = tokens.words, goal.words
    begin: dict[int, int] = {}
    finish: dict[int, int] = {}
    for step in steps:
        for i, j, k, m in _parts(step, spun, original):
            begin[i], finish[j] = k, m
    offered = np.flatnonzero(found.arcs.head >= 0)
    columns = (found.arcs.first[offered].tolist(), found.arcs.last[offered].tolist(), lexicon.arc_variant[found.entry[offered]].tolist())
    for i, j, variant in sorted(set(zip(*columns, strict=True))):
        stood = original[begin[i] : finish[j]] if i in begin and j in finish else []
        if stood:
            counts = out.setdefault(lexicon.variant_text[variant], {})
            text = KEPT if stood == spun[i:j] else " ".join(stood)
            counts[text] = counts.get(text, 0.0) + 1.0


def _parts(step: Step, spun: Sequence[str], original: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """A step without the words that both sides share at its ends, and each of these: "the battle", "the war" is a copy and "battle", "war"."""
    i, j, k, m = step.i, step.j, step.k, step.m
    while i < j and k < m and spun[i] == original[k]:
        yield i, i + 1, k, k + 1
        i, k = i + 1, k + 1
    while i < j and k < m and spun[j - 1] == original[m - 1]:
        yield j - 1, j, m - 1, m
        j, m = j - 1, m - 1
    if i < j:
        yield i, j, k, m


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
    (-2.08, 0.0, 0.0)
    """
    right = counts.get(original, 0.0)
    wrong = sum(counts.values()) - right
    return float(max(-MOST, min(0.0, WORTH * np.log((right + IMAGINED) / (wrong + IMAGINED)))))


def compile_answers(lexicon: Lexicon, answers: Mapping[str, Mapping[str, float]]) -> Arrays:
    """``arc_recall``, float32 [entries]: what the answers say of every entry, in nats."""
    numbers = {k: answers[text] for k, text in enumerate(lexicon.variant_text) if text in answers}
    out = np.zeros(len(lexicon.arc_head), dtype=np.float32)
    for e in np.flatnonzero(np.isin(lexicon.arc_variant, list(numbers))).tolist():
        out[e] = nats(numbers[int(lexicon.arc_variant[e])], " ".join(words(lexicon.head_text[int(lexicon.arc_head[e])])))
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
