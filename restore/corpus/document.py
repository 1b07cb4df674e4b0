"""Restoring one unit of a corpus: a file's bytes, or a chunk of its rows, in; the bytes to write, records and errors out.

``process`` is pure: no file is opened, nothing is printed, the same unit gives the same result, and both can be pickled. Every engine calls it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

from restore.corpus.jsonlines import annotate, string_layer, value_spans
from restore.corpus.layer import Layer, Placed, put_back
from restore.corpus.markdown import markdown_layer
from restore.corpus.markup import html_layer
from restore.errors import InputError, RestoreError
from restore.jsonreport import dumps, suggestion_to_json
from restore.nouns import Restoration, invert, replay
from restore.report import verdict
from restore.textfile import decode

Format = Literal["text", "markdown", "html", "jsonl", "parquet"]
#: Formats of which a file holds many documents, one a row.
ROWS: frozenset[Format] = frozenset(("jsonl", "parquet"))
SPIN_RATE, EDITS = "restore_spin_rate", "restore_edits"
#: Restores the text of a document, given its id: ``lambda _, text: restorer.restore(text)``.
Restore = Callable[[str, str], Restoration]


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work. ``document``: the file's path below IN, with slashes; a row's id is ``document#number``, ``first`` being the number of the first row.

    ``data``: the whole decompressed file; for "jsonl" whole lines; for "parquet" an Arrow IPC stream with all columns.
    """

    document: str
    format: Format
    data: bytes
    first: int = 1


@dataclass(frozen=True, slots=True)
class Options:
    """What a corpus run may be told about documents, beside the settings: the ``field`` of a row that is text, and whether rows are annotated."""

    field: str = "text"
    annotate: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a document. ``kind``: "vanished", "unreadable", "undecodable", "oversized", "row", "failed", "crashed", "timed out" or
    "unwritable"."""

    document: str
    kind: str
    message: str


class AvoidedError(RestoreError):
    """Raised by a ``Restore`` for a document that it does not take on; ``kind`` is that of the failure."""

    def __init__(self, where: str, kind: str, what: str, hint: str = "") -> None:
        super().__init__(where, what, hint)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a unit. ``data`` is None when nothing is to be written, and the bytes of the unit where nothing changed; ``documents`` and
    ``changes`` are finished lines of JSON, in the order of the unit; ``seen``: rows that have the field (1 for a file)."""

    data: bytes | None
    documents: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    seen: int = 0


class Draft:
    """The result of a unit in the making: texts are restored into it one by one."""

    def __init__(self, unit: Unit, restore: Restore) -> None:
        self.unit = unit
        self.documents: list[str] = []
        self.changes: list[str] = []
        self.failures: list[Failure] = []
        self.seen = 0
        self._restore = restore

    def treat(self, name: str, layer: Layer) -> Placed | None:
        """Restore the text of a layer, and record it; None, with the failure recorded, when it cannot be restored."""
        self.seen += 1
        began = perf_counter()
        try:
            placed = put_back(layer, self._restore(name, layer.text))
            check(name, layer, placed)
        except RestoreError as error:
            self.fail(name, getattr(error, "kind", "failed"), str(error).removeprefix(f"{name}: "))
            return None
        except Exception as error:  # a bug must not cost more than its document
            self.fail(name, "failed", f"{type(error).__name__}: {error}")
            return None
        self.documents.append(dumps(record(name, self.unit.format, layer, placed, perf_counter() - began), indent=None))
        self.changes += [dumps(line, indent=None) for line in change_lines(name, layer, placed)]
        return placed

    def withdraw(self, name: str, kind: str, message: str) -> None:
        """Take back what was recorded of the one document of the unit, which cannot be written after all."""
        self.documents.clear()
        self.changes.clear()
        self.fail(name, kind, message)

    def fail(self, name: str, kind: str, message: str) -> None:
        """Record what went wrong with a document."""
        self.failures.append(Failure(name, kind, " ".join(message.split())))

    def result(self, data: bytes | None) -> Result:
        """The finished result."""
        return Result(data, tuple(self.documents), tuple(self.changes), tuple(self.failures), self.seen)


def process(unit: Unit, restore: Restore, options: Options) -> Result:
    """Restore every text of a unit. Whatever is wrong with a document is a failure in the result, never an exception; a row that fails stays as it is."""
    draft = Draft(unit, restore)
    if unit.format == "jsonl":
        return draft.result(_lines(unit, draft, options))
    if unit.format == "parquet":
        from restore.corpus.parquet import restore_batch  # here, since pyarrow is an extra

        return draft.result(restore_batch(unit, draft, options))
    return draft.result(_whole(unit, draft))


def texts_of(unit: Unit, options: Options) -> list[str]:
    """The texts that a unit has to restore, in order."""
    out: list[str] = []

    def listen(name: str, text: str) -> Restoration:
        out.append(text)
        raise AvoidedError(name, "failed", "only listened to")

    process(unit, listen, options)
    return out


def check(name: str, layer: Layer, placed: Placed) -> None:
    """Undoing the edits must give the source again, with as many lines. Raises InputError."""
    same = replay(placed.source, invert(placed.edits)) == layer.source
    if not same or placed.source.count("\n") != layer.source.count("\n"):
        raise InputError(name, "the restored text failed its own check", "nothing was written; please report this")


def record(name: str, form: Format, layer: Layer, placed: Placed, seconds: float) -> dict[str, Any]:
    """A line of documents.jsonl."""
    restoration = placed.restoration
    return {
        "document": name,
        "format": form,
        "characters": len(layer.text),
        "words": restoration.words,
        "spin_rate": round(float(restoration.spin_rate), 4),
        "family": restoration.family,
        "verdict": verdict(restoration),
        "applied": len(placed.edits),
        "asked": restoration.count("ask"),
        "seconds": round(seconds, 4),
    }


def change_lines(name: str, layer: Layer, placed: Placed) -> list[Mapping[str, Any]]:
    """The lines of changes.jsonl: every suggestion that was applied or is asked about, as docs/json.md describes it, with its document."""
    out: list[Mapping[str, Any]] = []
    for suggestion, place in zip(placed.restoration.suggestions, placed.places, strict=True):
        if suggestion.action != "leave":
            line = suggestion_to_json(suggestion)
            if layer.offsets_in_source:
                line |= {"start": place.start, "end": place.end, "before": place.before, "replacement": place.after}
            out.append({"document": name, **line})
    return out


def _whole(unit: Unit, draft: Draft) -> bytes | None:
    """A file that is one document."""
    try:
        file = decode(unit.data, unit.document)
    except RestoreError as error:
        draft.fail(unit.document, "undecodable", str(error).removeprefix(f"{unit.document}: "))
        return None
    # Where bytes could not be decoded the encoding is not certain: what comes in is then written so that it fits all.
    layer = _layer(unit.format, file.text, "ascii" if file.errors == "surrogateescape" else file.encoding)
    placed = draft.treat(unit.document, layer)
    if placed is None:
        return None
    if not placed.edits:
        return unit.data
    try:
        return file.encode(placed.source)
    except InputError as error:
        draft.withdraw(unit.document, "unwritable", str(error).removeprefix(f"{unit.document}: "))
        return None


def _layer(form: Format, text: str, encoding: str) -> Layer:
    if form == "html":
        return html_layer(text, encoding)
    return markdown_layer(text) if form == "markdown" else Layer(text, text, offsets_in_source=True)


def _lines(unit: Unit, draft: Draft, options: Options) -> bytes:
    """A run of JSON lines; a line that cannot be read, or has no text in the field, stays as it is."""
    out = []
    for number, line in enumerate(unit.data.split(b"\n"), unit.first):
        name = f"{unit.document}#{number}"
        try:
            out.append(_line(name, line, draft, options) if line.strip() else line)
        except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are such
            draft.fail(name, "row", f"cannot read the line ({error})")
            out.append(line)
    return b"\n".join(out)


def _line(name: str, data: bytes, draft: Draft, options: Options) -> bytes:
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    line = data[len(mark) :].decode("utf-8")
    span = value_spans(line).get(options.field)
    token = line[slice(*span)] if span else "null"
    if span is None or token == "null":
        return data
    if not token.startswith('"'):
        raise ValueError(f"the field {options.field!r} holds no string")
    placed = draft.treat(name, string_layer(token))
    if placed is None:
        return data
    if placed.edits:
        line = line[: span[0]] + placed.source + line[span[1] :]
    if options.annotate:
        line = annotate(line, {SPIN_RATE: round(float(placed.restoration.spin_rate), 4), EDITS: len(placed.edits)})
    return mark + line.encode("utf-8")
