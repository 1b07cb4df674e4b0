"""A user's own dictionary: read, added to, and written back whole, atomically."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restore import places
from restore.dictionary import HEADER, Row, Variant, is_ranked, read_rows, weigh, write_rows
from restore.errors import DictionaryError, InputError
from restore.textfile import read_text_file, write_atomically
from restore.weights import Counts, read_counts, write_counts

DICTIONARY, WEIGHTS, ANSWERS = "dictionary.tsv", "weights.tsv", "answers.tsv"
_LEARNED = "# learned: "


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did to a file: how many rows and variants are new in it."""

    path: Path
    rows: int
    variants: int

    def __str__(self) -> str:
        return f"{self.path}: {count(self.rows, 'new row')}, {count(self.variants, 'new variant')}"


def count(number: int, what: str) -> str:
    """A number of things, in the plural where it must be.

    >>> count(1, "new row"), count(0, "new row")
    ('1 new row', '0 new rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def dictionary_file(to: Path | None) -> Path:
    """The file that rows go to: the one named, else the user's own, whose folder is made. Raises InputError where that is not possible."""
    return to or own_folder(None) / DICTIONARY


def own_folder(to: Path | None) -> Path:
    """The folder of dictionary and weights: the one named or the user's own, made if it is missing. Raises RestoreError where that is not possible."""
    folder = to or places.personal()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise DictionaryError(folder, "is no folder", "name a folder") from error
    except OSError as error:
        raise InputError(folder, f"cannot make the folder ({error.strerror or error})", "name another one with --to") from error
    return folder


def add_rows(path: Path, rows: Iterable[Row]) -> Added:
    """Add rows to a dictionary file, which need not be there yet; what it knows already stays as it is, so adding twice changes nothing.

    Raises DictionaryError for a file that is no dictionary, InputError for one that cannot be written; it is then as it was.
    """
    there = path.exists()
    old = {(row.original, row.family): row for row in read_rows(path)} if there else {}
    merged = dict(old)
    for row in rows:
        key = row.original, row.family
        merged[key] = merge(merged[key], row) if key in merged else row
    variants = sum(len(row.variants) for row in merged.values()) - sum(len(row.variants) for row in old.values())
    if variants:
        write_atomically(path, write_rows(merged.values(), _notes(path) if there else ()).encode())
    return Added(path, len(merged) - len(old), variants)


def merge(old: Row, new: Row) -> Row:
    """The row with the variants of both, those of ``old`` first; weights that were given stay.

    >>> war = Row("war", weigh(["battle", "fight"], [None, None]), "user", "")
    >>> [v.text for v in merge(war, Row("war", weigh(["fight", "fray"], [None, None]), "user", "")).variants]
    ['battle', 'fight', 'fray']
    """
    known = {v.text for v in old.variants}
    fresh = [v for v in new.variants if v.text not in known]
    if not fresh:
        return old
    texts = [v.text for v in (*old.variants, *fresh)]
    ranked = is_ranked(old.variants) and is_ranked(new.variants)
    share = len(fresh) / len(texts)
    given: list[float | None] = [None] * len(texts) if ranked else [*(v.weight * (1 - share) for v in old.variants), *(v.weight * share for v in fresh)]
    contexts = {v.text: v.context for v in (*old.variants, *fresh)}
    return replace(old, variants=tuple(replace(v, context=contexts[v.text]) for v in weigh(texts, given)), tags=old.tags | new.tags)


def make_row(original: str, variants: Sequence[Variant], family: str, source: str, tags: frozenset[str] = frozenset()) -> Row:
    """A row of variants whose weights are counts of some kind, or all 0 where only their order is known."""
    total = sum(v.weight for v in variants)
    given = [(v.weight / total if total else None) for v in variants]
    contexts = {v.text: v.context for v in variants}
    weighed = weigh([v.text for v in variants], given)
    return Row(original, tuple(replace(v, context=contexts[v.text]) for v in weighed), family, source, tags)


@dataclass(slots=True)
class Experience:
    """A user's counts and the marks (hashes) of the texts that they come from, so that no text is learned twice."""

    counts: Counts
    texts: set[str]

    @classmethod
    def read(cls, path: Path) -> Experience:
        """What a weights file holds; nothing when it is not there yet. Raises DictionaryError."""
        if not path.exists():
            return cls({}, set())
        counts = read_counts(path)
        notes = (line.removeprefix(_LEARNED) for line in read_text_file(path).text.split("\n") if line.startswith(_LEARNED))
        return cls(counts, {note.strip() for note in notes})

    def write(self, path: Path) -> None:
        """Write it, atomically. Raises InputError."""
        write_atomically(path, write_counts(self.counts, [f"{_LEARNED}{mark}" for mark in sorted(self.texts)]).encode())


def mark_of(text: str) -> str:
    """The mark of a text, by which it is known again."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _notes(path: Path) -> list[str]:
    """The comment lines of a dictionary file; they stay, at its head."""
    lines = read_text_file(path).text.replace("\r\n", "\n").split("\n")
    return [line for line in lines if line.startswith("#") and line.strip() != HEADER and not line.startswith("# family:")]
