"""Everything that dictionary files must hold, checked row by row, with file, line and reason.

The shipped files are tested with this, and ``restore dictionary check`` brings it to a user's own. A file's first line says what it holds. Of rows it
asks, beyond their shape: that no original stands twice in a family, that no two words stand for each other unless a list says so, and that every row
fires on its own variants and restores them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from restore import dictionary, gazetteer, places, protect, recall, weights
from restore.channel import candidates
from restore.compilation import compile_rows
from restore.dictionary import Row
from restore.errors import DictionaryError
from restore.lexicon import Lexicon
from restore.loading import ALLOW, SPELLING, first_line, read_pairs
from restore.ngram import NgramModel
from restore.surface import changes
from restore.tokens import Tokens, words

#: First line of a list of pairs that may stand for each other ("each", "every"), one a line.
CYCLES = "# restore cycles 1"
Pair = tuple[str, str]


@dataclass(slots=True)
class Checked:
    """One file: how many rows it has, and what is wrong, in order of lines."""

    path: Path
    rows: int
    errors: list[DictionaryError]


def check_files(paths: Sequence[Path]) -> list[Checked]:
    """Check files on their own and together. Raises RestoreError for one that cannot be read at all."""
    found, kept = [], {}
    for path in paths:
        checked, rows = _check(path)
        found.append(checked)
        if rows:
            kept[path] = rows
    listed = _listed_cycles([path for path in paths if first_line(path) == CYCLES])
    errors = [*_duplicates(kept), *_cycles(kept, listed), *_silent(kept)]
    for checked in found:
        checked.errors += [error for error in errors if error.where.rpartition(":")[0] == str(checked.path)]
        checked.errors.sort(key=lambda error: int(error.where.rpartition(":")[2]) if error.where.rpartition(":")[2].isdigit() else 0)
    return found


def cycles(rows: Iterable[Row]) -> Iterator[tuple[Pair, Row]]:
    """Pairs of originals that are each other's variant in one family, in alphabetical order within the pair, with the later row."""
    variants: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        for other in {v.text for v in row.variants}:
            if row.original in variants.get((row.family, other), ()):
                yield (min(row.original, other), max(row.original, other)), row
        variants[row.family, row.original] = {v.text for v in row.variants}


def write_cycles(paths: Sequence[Path]) -> str:
    """The list of all pairs in these files that stand for each other, as a file of its own."""
    rows = [row for path in paths if first_line(path) == dictionary.HEADER for row in dictionary.check_rows(path)[0]]
    return "\n".join([CYCLES, *sorted({f"{a}\t{b}" for (a, b), _ in cycles(rows)})]) + "\n"


def _check(path: Path) -> tuple[Checked, list[Row]]:
    header = first_line(path)
    read = _readers().get(header)
    if read is None:
        rows, errors = dictionary.check_rows(path)
        return Checked(path, len(rows), errors), rows
    try:
        return Checked(path, read(path), []), []
    except DictionaryError as error:  # these readers stop at the first
        return Checked(path, 0, [error]), []


def _readers() -> Mapping[str, Callable[[Path], int]]:
    """By first line, what counts the rows of the files that hold no substitutions."""
    readers: dict[str, Callable[[Path], int]] = {
        gazetteer.HEADER: lambda path: len(gazetteer.read_names(path)),
        weights.HEADER: lambda path: len(weights.read_counts(path)),
        weights.BIASES: lambda path: len(weights.read_biases(path)),
        recall.HEADER: lambda path: len(recall.read_answers(path)),
        ALLOW: lambda path: len(read_pairs(path, ALLOW, any_case=True)),
    }
    for header in (SPELLING, CYCLES):
        readers[header] = lambda path, header=header: len(read_pairs(path, header))  # type: ignore[misc]
    return readers


def _listed_cycles(paths: Iterable[Path]) -> frozenset[Pair]:
    shipped = places.dictionaries() / "cycles.tsv"
    pairs = [pair for path in (shipped, *paths) for pair in read_pairs(path, CYCLES)]
    return frozenset((min(pair), max(pair)) for pair in pairs)


def _at(path: Path, row: Row) -> str:
    return f"{path}:{row.source.rpartition(':')[2]}"


def _duplicates(kept: Mapping[Path, list[Row]]) -> Iterator[DictionaryError]:
    """Originals that stand in two shipped files of one family. Within a file reading finds them; a user's files may override each other."""
    seen: dict[tuple[str, str], Path] = {}
    shipped = places.dictionaries()
    for path, rows in kept.items():
        for row in rows if path.parent == shipped else ():
            before = seen.setdefault((row.original, row.family), path)
            if before != path:
                what = f"'{row.original}' is already an original of family {row.family} in {before}"
                yield DictionaryError(_at(path, row), what, "put the variants into one row")


def _cycles(kept: Mapping[Path, list[Row]], listed: frozenset[Pair]) -> Iterator[DictionaryError]:
    where = {id(row): _at(path, row) for path, rows in kept.items() for row in rows}
    for pair, row in cycles(row for rows in kept.values() for row in rows):
        if pair not in listed:
            hint = f"drop one, or list the pair in a file that begins with '{CYCLES}'"
            yield DictionaryError(where[id(row)], f"'{pair[0]}' and '{pair[1]}' stand for each other", hint)


def _silent(kept: Mapping[Path, list[Row]]) -> Iterator[DictionaryError]:
    """Variants that are not found where they stand as a text of their own, or from which the original does not come back."""
    rows = list({(row.original, row.family): (path, row) for path, file in kept.items() for row in file}.values())
    if not rows:
        return
    fired = _fired([row for _, row in rows])
    for head, (path, row) in enumerate(rows):
        for variant in row.variants:
            if (head, variant.text) not in fired:
                yield DictionaryError(_at(path, row), f"'{variant.text}' would never be found in a text", "leave out numbers, addresses and markup")
            elif not _restores(variant.text, row.original):
                yield DictionaryError(_at(path, row), f"'{variant.text}' does not give '{row.original}' back")


def _fired(rows: Sequence[Row]) -> set[tuple[int, str]]:
    """(row, variant) for every row whose variant is found when it is all there is in a paragraph: one text with a paragraph a variant."""
    model = NgramModel(places.dictionaries() / "model.bin")
    lexicon = Lexicon(compile_rows(rows, {}, model), model)
    texts = list({v.text for row in rows for v in row.variants})
    tokens = Tokens("\n\n".join(texts))
    ids = lexicon.encode(tokens.words)
    marks = protect.mark(tokens, lexicon.frequency[ids], keep_quotes=False)
    arcs = candidates(lexicon, lexicon.scan(tokens, ids), ids, marks, np.ones(len(lexicon.families), dtype=np.bool_)).arcs
    ends = np.cumsum([len(text) + 2 for text in texts])
    paragraph = np.searchsorted(ends, tokens.starts, side="right")
    begin, stop = np.searchsorted(paragraph, np.arange(len(texts))), np.searchsorted(paragraph, np.arange(len(texts)), side="right")
    own = paragraph[arcs.first]
    whole = (arcs.head >= 0) & (arcs.first == begin[own]) & (arcs.last == stop[own])
    return {(head, texts[k]) for head, k in zip(arcs.head[whole].tolist(), own[whole].tolist(), strict=True)}


def _restores(variant: str, original: str) -> bool:
    """Whether the least changes of ``variant`` towards ``original``, made, give ``original``."""
    observed = words(variant)
    made = list(observed)
    for change in sorted(changes(tuple(observed), original), key=lambda c: -c.first):
        made[change.first : change.last] = words(change.text)
    return made == words(original)
