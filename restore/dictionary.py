"""The substitution dictionary as people write it: rows original → spun variants, checked on load.

Format (``dictionaries/README.md``): a first line ``# restore dictionary 1``, header lines ``# key: value`` (``family``, ``note``), then
rows ``original TAB variant|variant|…`` with an optional third column of tags and a fourth of contexts. A variant may carry a weight:
``mentioned=0.6``; the others share what is left by rank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restore.contexts import parse
from restore.errors import DictionaryError
from restore.tokens import fold, words

HEADER = "# restore dictionary 1"
#: Weight of a variant relative to the one before it. Measured (docs/design.md): 0.7 beats equal weights by 9 to 12 points of recovered.
FALL = 0.7
MAX_WORDS = 7
#: Tag of rows whose variants (phrases, or words with a context) say on their own that the sentence around them was spun.
TELLING = "telling"
#: Tag of rows whose variants' last words may also stand in capitals ("the USA" for the United States); other words in capitals are never touched.
ACRONYM = "acronym"
FAMILIES = ("A", "A2", "A3", "B", "C", "D", "E", "G", "H", "term", "academic", "tortured", "user")
#: Weights that differ by less are the same; they are written with four decimals.
_SAME = 1e-4
_WEIGHTED = re.compile(r"^(.+)=(0?\.\d+|1(?:\.0+)?)$")


@dataclass(frozen=True, slots=True)
class Variant:
    """What a spinner puts, with its probability given that the original is replaced; ``context``: what else a text must say ("": anything)."""

    text: str
    weight: float
    context: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One original with its variants, likeliest first; ``source`` is ``file:line``."""

    original: str
    variants: tuple[Variant, ...]
    family: str
    source: str
    tags: frozenset[str] = frozenset()


def weigh(texts: list[str], given: list[float | None]) -> tuple[Variant, ...]:
    """Weights that sum to 1: given ones as they are, the rest falling by ``FALL`` a rank."""
    fixed = sum(w for w in given if w is not None)
    free = [FALL**rank if w is None else 0.0 for rank, w in enumerate(given)]
    total = sum(free)
    left = max(1.0 - fixed, 0.02 if total else 0.0)
    raw = [w if w is not None else left * f / total for w, f in zip(given, free, strict=True)]
    whole = sum(raw)
    return tuple(sorted((Variant(t, r / whole) for t, r in zip(texts, raw, strict=True)), key=lambda v: -v.weight))


def read_rows(path: Path) -> list[Row]:
    """All rows of one dictionary file. Raises DictionaryError with file, line and reason at the first bad row."""
    return list(_rows(path, _lines(path), _refuse))


def check_rows(path: Path) -> tuple[list[Row], list[DictionaryError]]:
    """The rows of a file that are right in themselves, and what is wrong with the others."""
    errors: list[DictionaryError] = []
    return list(_rows(path, _lines(path), errors.append)), errors


def _refuse(error: DictionaryError) -> None:
    raise error


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise DictionaryError(path, f"cannot read the dictionary ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DictionaryError(path, f"not UTF-8 (byte {error.start})", "save the dictionary as UTF-8") from error
    return text.replace("\r\n", "\n").split("\n")


def _rows(path: Path, lines: list[str], refuse: Callable[[DictionaryError], None]) -> Iterator[Row]:
    """The good rows; of a bad line ``refuse`` is told, and reading goes on after it unless that raises."""
    if not lines or lines[0].strip() != HEADER:
        refuse(DictionaryError(f"{path}:1", "no version header", f"begin the file with '{HEADER}'"))
        return
    family = "user"
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines[1:], 2):
        where = f"{path}:{number}"
        try:
            if line.startswith("#"):
                family = _header(line, family, where)
            elif line.strip():
                row = parse_row(line, family, where)
                before = seen.setdefault((row.original, family), number)
                if before != number:
                    raise DictionaryError(where, f"'{row.original}' is already the original of line {before}", "put the variants into one row")
                yield row
        except DictionaryError as error:
            refuse(error)


def _header(line: str, family: str, where: str) -> str:
    """The family that holds after a header line: the one it names, or the one before."""
    key, _, value = line[1:].partition(":")
    return _family(value.strip(), where) if key.strip() == "family" else family


def _family(value: str, where: str) -> str:
    if value not in FAMILIES:
        raise DictionaryError(where, f"no such family: '{value}'", f"one of {', '.join(FAMILIES)}")
    return value


def parse_row(line: str, family: str, where: str) -> Row:
    """One line of a dictionary file as a row, or DictionaryError with the reason."""
    columns = line.split("\t")
    if not 2 <= len(columns) <= 4:
        raise DictionaryError(where, f"{len(columns)} columns", "a row is: original, TAB, variant|variant|…")
    original = _phrase(columns[0], where)
    texts: list[str] = []
    weights: list[float | None] = []
    for field in columns[1].split("|"):
        match = _WEIGHTED.match(field)
        text = _phrase(match[1] if match else field, where)
        if words(text) == words(original) and "{" not in text:
            raise DictionaryError(where, f"'{original}' maps to itself")
        if text in texts:
            raise DictionaryError(where, f"'{text}' stands twice")
        texts.append(text)
        weights.append(float(match[2]) if match else None)
    tags = frozenset(columns[2].split()) if len(columns) > 2 else frozenset()
    variants = weigh(texts, weights)
    if len(columns) == 4 and columns[3]:
        contexts = _contexts(columns[3], texts, where)
        variants = tuple(replace(v, context=contexts.get(v.text, "")) for v in variants)
    return Row(original, variants, family, Path(where).name, tags)


def _contexts(column: str, texts: list[str], where: str) -> dict[str, str]:
    """The contexts of a row by variant, from ``variant: condition|…``."""
    out = {}
    for field in column.split("|"):
        variant, colon, condition = field.partition(": ")
        if not colon or variant not in texts:
            raise DictionaryError(where, f"no variant before the context '{field}'", "a context is: variant, colon, blank, condition")
        try:
            parse(condition)
        except ValueError as error:
            raise DictionaryError(where, f"'{condition}' is no condition ({error})", "terms in double quotes, joined by AND, OR, NOT") from error
        out[variant] = condition
    return out


def write_rows(rows: Iterable[Row], notes: Iterable[str] = ()) -> str:
    """The text of a dictionary file: header, ``notes`` (comment lines), rows by family and original; reading it gives the rows again."""
    lines = [HEADER, *notes]
    family = ""
    for row in sorted(rows, key=lambda row: (row.family, row.original)):
        if row.family != family:
            family = row.family
            lines.append(f"# family: {family}")
        lines.append(write_row(row))
    return "\n".join(lines) + "\n"


def is_ranked(variants: Sequence[Variant]) -> bool:
    """Whether the weights are what the order of the variants says."""
    plain = weigh([v.text for v in variants], [None] * len(variants))
    return all(abs(v.weight - w.weight) < _SAME for v, w in zip(variants, plain, strict=True))


def write_row(row: Row) -> str:
    """A row as one line. Weights that are what the order of the variants says are left out."""
    fields = [v.text if is_ranked(row.variants) else f"{v.text}={min(max(v.weight, _SAME), 1.0):.4f}" for v in row.variants]
    contexts = "|".join(f"{v.text}: {v.context}" for v in row.variants if v.context)
    columns = [row.original, "|".join(fields), " ".join(sorted(row.tags)), contexts]
    return "\t".join(columns).rstrip("\t")


def _phrase(field: str, where: str) -> str:
    if field != field.strip() or "  " in field:
        raise DictionaryError(where, f"stray white space in '{field}'")
    count = len(words(field))
    if not count:
        raise DictionaryError(where, f"no word in '{field}'")
    if count > MAX_WORDS:
        raise DictionaryError(where, f"'{field}' has {count} words", f"at most {MAX_WORDS}")
    if field != fold(field):
        raise DictionaryError(where, f"'{field}' is not in lower case with straight apostrophes")
    return field
