"""Word lists in the forms that people have them, read as rows of ours.

* ``tortured``: the CSV of tortured phrases, with columns ``tortured_phrase``, ``expected_phrase``, ``num_papers`` and ``context`` (AND, OR, NOT).
* ``pipe``: ``head|variant|variant``, a line each.
* ``spintax``: ``{original|variant|variant}`` anywhere in a text.
* ``tsv``: ``original TAB variant|variant``, or columns named ``original`` and ``spun`` in the first line.
* ``json``: ``{"original": ["variant", …]}``, ``{"original": {"variant": weight}}`` or ``[{"original": …, "variants": […]}]``.

What cannot be a row is refused with its place and the reason; nothing is guessed.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from restore import protect
from restore.contexts import parse
from restore.dictionary import MAX_WORDS, TELLING, Row, Variant
from restore.errors import DictionaryError
from restore.lexicon import reach_of
from restore.own import make_row
from restore.textfile import TextFile
from restore.tokens import Tokens, fold, is_number, words

#: Variants without a weight share the row by rank; 0 says so.
RANKED = 0.0
_NOTE = re.compile(r"\s*\([^()]*\)|\s*\[[^\[\]]*\]")
_GROUP = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_UNSURE = re.compile(r"\?|\bsee\b|https?:", re.IGNORECASE)
_MARKS = re.compile(r"[{}<>\\|\t\n\ud800-\udfff]")


class Pair(NamedTuple):
    """One replacement as it was read: where (``file:line``), original, variant, weight (0: by rank), condition."""

    where: str
    original: str
    variant: str
    weight: float = RANKED
    context: str = ""


@dataclass(slots=True)
class Imported:
    """Rows that can be used, and what was refused."""

    rows: list[Row] = field(default_factory=list)
    pairs: int = 0
    refused: list[DictionaryError] = field(default_factory=list)


def read_foreign(file: TextFile, form: str, family: str) -> Imported:
    """All rows of a file in one of ``FORMS``, or "auto". Raises DictionaryError for a file that is not in that form at all."""
    form = detect(file) if form == "auto" else form
    out = Imported()
    found: dict[str, dict[str, Variant]] = {}
    for pair in FORMS[form](file, out.refused.append):
        try:
            original, variant = _phrase(pair.original, pair.where), _phrase(pair.variant, pair.where)
            _check(original, variant, pair)
        except DictionaryError as error:
            out.refused.append(error)
            continue
        out.pairs += 1
        found.setdefault(original, {}).setdefault(variant, Variant(variant, pair.weight, pair.context))
    tags = frozenset({TELLING}) if form == "tortured" else frozenset[str]()
    out.rows = [make_row(original, list(variants.values()), family, file.name, tags) for original, variants in found.items()]
    return out


def detect(file: TextFile) -> str:
    """The form of a file, from its first lines. Raises DictionaryError when it is none of ``FORMS``."""
    text = file.text.lstrip()
    first = next((line for _, line in _lines(file)), "")
    if text[:1] in ("[", "{") and not _GROUP.match(text):
        return "json"
    if "tortured_phrase" in first:
        return "tortured"
    if _GROUP.search(text):
        return "spintax"
    if "\t" in first:
        return "tsv"
    if "|" in first:
        return "pipe"
    raise DictionaryError(file.name, "not in a form that can be imported", f"say which with --format: {', '.join(FORMS)}")


Refuse = Callable[[DictionaryError], None]


def _tortured(file: TextFile, refuse: Refuse) -> Iterator[Pair]:
    reader = csv.DictReader(file.text.replace("\0", "").split("\n"), strict=True)
    try:
        columns = set(reader.fieldnames or ())
        if not {"tortured_phrase", "expected_phrase"} <= columns:
            raise DictionaryError(f"{file.name}:1", "no columns tortured_phrase and expected_phrase", "name another --format")
        for row in reader:
            where = f"{file.name}:{reader.line_num}"
            if None in row or None in row.values():
                refuse(DictionaryError(where, f"not {len(columns)} columns"))
                continue
            yield from _tortured_row(row, where, refuse)
    except csv.Error as error:
        raise DictionaryError(f"{file.name}:{reader.reader.line_num}", f"not CSV ({error})", "mend the line") from error


def _tortured_row(row: Mapping[str, str], where: str, refuse: Refuse) -> Iterator[Pair]:
    """A pair for each expected phrase of a row: notes and acronyms in brackets go on both sides, " / " stands between several."""
    expected = _NOTE.sub("", row["expected_phrase"].replace("\\", "")).strip()
    if not any(map(str.isalpha, expected)) or _UNSURE.search(expected):
        refuse(DictionaryError(where, f"no expected phrase in '{row['expected_phrase']}'"))
        return
    papers = row.get("num_papers", "")
    weight = float(papers) + 1.0 if papers.isdigit() else RANKED
    for original in expected.split(" / "):
        yield Pair(where, original, _NOTE.sub("", row["tortured_phrase"]), weight, (row.get("context") or "").strip())


def _pipe(file: TextFile, refuse: Refuse) -> Iterator[Pair]:
    for where, line in _lines(file):
        original, *variants = line.split("|")
        if not variants:
            refuse(DictionaryError(where, "no variant after a '|'"))
        for variant in variants:
            yield Pair(where, original, variant)


def _spintax(file: TextFile, refuse: Refuse) -> Iterator[Pair]:
    for where, line in _lines(file):
        if re.search(r"\{[^{}]*\{", line):
            refuse(DictionaryError(where, "groups in groups; only the innermost are taken"))
        for group in _GROUP.finditer(line):
            original, *variants = group[1].split("|")
            for variant in variants:
                yield Pair(where, original, variant)


def _tsv(file: TextFile, refuse: Refuse) -> Iterator[Pair]:
    lines = list(_lines(file))
    head = [column.strip().lower() for column in lines[0][1].split("\t")] if lines else []
    named = {"original", "spun"} <= set(head)
    for where, line in lines[named:]:
        columns = line.split("\t")
        if named:
            row = dict(zip(head, columns, strict=False))
            columns = [row.get("original", ""), row.get("spun", "")]
        if len(columns) < 2:
            refuse(DictionaryError(where, "one column"))
            continue
        for variant in columns[1].split("|"):
            yield Pair(where, columns[0], variant)


def _json(file: TextFile, refuse: Refuse) -> Iterator[Pair]:
    try:
        data = json.loads(file.text)
    except (ValueError, RecursionError) as error:
        raise DictionaryError(file.name, f"not JSON ({error})", "mend the file") from error
    if isinstance(data, Mapping):
        entries = [(f"{file.name}:'{original}'", original, variants) for original, variants in data.items()]
    elif isinstance(data, list):
        objects = [(f"{file.name}:{k}", entry if isinstance(entry, Mapping) else {}) for k, entry in enumerate(data, 1)]
        entries = [(where, entry.get("original"), entry.get("variants", entry.get("spun"))) for where, entry in objects]
    else:
        raise DictionaryError(file.name, "neither an object nor a list", "see docs/dictionaries.md")
    for where, original, variants in entries:
        listed = [variants] if isinstance(variants, str) else variants
        weighted = listed if isinstance(listed, Mapping) else dict.fromkeys(listed, RANKED) if _is_strings(listed) else {}
        if not isinstance(original, str) or not weighted:
            refuse(DictionaryError(where, "not an original with a list of variants"))
            continue
        for variant, weight in weighted.items():
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < 1e9:
                refuse(DictionaryError(where, f"the weight of '{variant}' is no number"))
            else:
                yield Pair(where, original, variant, float(weight))


#: Every form with its reader.
FORMS: Mapping[str, Callable[[TextFile, Refuse], Iterator[Pair]]] = {"tortured": _tortured, "pipe": _pipe, "spintax": _spintax, "tsv": _tsv, "json": _json}


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, str) for entry in value)


def _lines(file: TextFile) -> Iterator[tuple[str, str]]:
    """The lines that are neither blank nor comments, each with its place."""
    for number, line in enumerate(file.text.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            yield f"{file.name}:{number}", line.rstrip("\r")


def _phrase(text: str, where: str) -> str:
    """A phrase as our files have it: lower case, straight apostrophes, single blanks."""
    if _MARKS.search(text):
        raise DictionaryError(where, f"'{_MARKS.sub('?', text)}' holds markup or bytes that are no text")
    phrase = " ".join(fold(text).split()).strip("\"“”'., ;:") if text.strip() else ""
    count = len(words(phrase))
    if not 1 <= count <= MAX_WORDS or not any(map(str.isalpha, phrase)):
        raise DictionaryError(where, f"'{text.strip()}' has {count} words", f"1 to {MAX_WORDS} can be used")
    return phrase


def _check(original: str, variant: str, pair: Pair) -> None:
    found = words(variant)
    if found == words(original):
        raise DictionaryError(pair.where, f"'{original}' maps to itself")
    if any(is_number(word) or word in "%$€£&" for word in found):
        raise DictionaryError(pair.where, f"'{variant}' holds a number or sign, which is never changed")
    if not _is_found(variant):
        raise DictionaryError(pair.where, f"'{variant}' would never be found in a text", "leave out quotation marks, addresses and markup")
    if "/" in original and " " in original:
        raise DictionaryError(pair.where, f"'{original}' gives several words to choose from")
    if pair.context:
        _check_context(pair)


def _is_found(variant: str) -> bool:
    """Whether a phrase hangs together as tokens, none of which is protected, and cannot be read as a phrase with a weight."""
    tokens = Tokens(variant)
    whole = reach_of(tokens.joined, tokens.sentence)[0] == len(tokens)
    kept = protect.mark(tokens, np.zeros(len(tokens), dtype=np.float32), keep_quotes=True).kept
    return bool(whole) and not kept.any() and not re.search(r"=\d", variant)


def _check_context(pair: Pair) -> None:
    try:
        parse(pair.context)
    except ValueError as error:
        raise DictionaryError(pair.where, f"the context {pair.context} is no condition ({error})") from error
    if _MARKS.search(pair.context):
        raise DictionaryError(pair.where, f"the context {pair.context!a} holds a '|', a tab or markup")
