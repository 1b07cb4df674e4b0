"""What runs on the machines of a Ray cluster: files are cut into units, units restored, the parts of a file joined. Rows in, rows out, as Ray Data has it."""

from __future__ import annotations

import faulthandler
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restore.corpus.chunks import chunks
from restore.corpus.document import ROWS, AvoidedError, Failure, Options, Unit, process, texts_of
from restore.corpus.formats import Kind, compress, reading
from restore.corpus.places import Place
from restore.corpus.store import digest, digest_file
from restore.corpus.tasks import Restores
from restore.corpus.together import outlooks, restored
from restore.errors import RestoreError
from restore.nouns import Restoration
from restore.outlook import Outlook
from restore.settings import Settings

#: Where the parts of files with rows wait below OUT.
PARTS = ".restore/parts"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a worker is told. ``fingerprint``: what results depend on besides the documents; ``timeout``: seconds a document; ``limit``: bytes;
    ``make``: makes the restorer."""

    source: Place
    target: Place
    settings: Settings
    options: Options
    fingerprint: bytes
    timeout: float
    limit: int
    make: Callable[[Settings], Restores]


def kind_in(row: Row) -> Kind:
    """The kind of a row's file."""
    return Kind(row["format"], row["compression"])


def cut(row: Row, plan: Plan) -> Iterator[Row]:
    """The units of a file as rows, and at the end one that says how many there were; for a file that is done one that says so.

    ``what``: "unit", "end", "same" or "failed".
    """
    base = {name: row[name] for name in ("name", "format", "compression", "size")} | {"data": b"", "first": 1, "number": 0, "key": b"", "failure": ("", "")}
    number = 0
    try:
        with plan.source.fetched(row["name"]) as path:
            key = base["key"] = digest(b"\0".join((plan.fingerprint, repr(kind_in(row)).encode(), digest_file(path))))
            if row["known"] == key and plan.target.hash(row["name"]) == row["output"]:
                yield base | {"what": "same"}
                return
            for number, unit in enumerate(_units(row, path, plan), 1):
                yield base | {"what": "unit", "data": unit.data, "first": unit.first, "number": number - 1}
            yield base | {"what": "end", "number": number}
    except RestoreError as error:
        kind = getattr(error, "kind", "unreadable")
        yield base | {"what": "failed", "failure": (kind, error.what + (f"; {error.hint}" if error.hint else ""))}
    except OSError as error:
        yield base | {"what": "failed", "failure": ("vanished" if isinstance(error, FileNotFoundError) else "unreadable", error.strerror or str(error))}


def _units(row: Row, path: Path, plan: Plan) -> Iterator[Unit]:
    name, kind = row["name"], kind_in(row)
    if kind.format in ROWS:
        yield from chunks(name, kind, path, plan.options.field, plan.limit)
        return
    if path.stat().st_size > plan.limit:
        raise _oversized(name, plan)
    with reading(path, kind.compression) as file:
        data = file.read(plan.limit + 1)
    if len(data) > plan.limit:
        raise _oversized(name, plan)
    yield Unit(name, kind.format, data)


def _oversized(name: str, plan: Plan) -> AvoidedError:
    return AvoidedError(name, "oversized", f"larger than {plan.limit:,} bytes", "raise --max-size, or split the file")


class Restore:
    """An actor: restores units with a restorer of its own. ``incidents`` remembers what was at work when an actor died."""

    def __init__(self, plan: Plan, incidents: Any) -> None:
        self._plan, self._incidents = plan, incidents
        self._restorer = plan.make(plan.settings)
        self._outlooks: dict[str, Outlook] = {}
        self._nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - the clock needs it as long as the process lives

    def __call__(self, row: Row) -> Row:
        """Restore a unit and write it: a file that is one document where it belongs, a part of one with rows where parts wait."""
        out = {key: row[key] for key in ("what", "name", "format", "compression", "size", "number", "key", "failure")}
        out |= {"documents": [], "changes": [], "failures": [], "seen": 0, "changed": False, "output": b""}
        if row["what"] != "unit":
            return out
        import ray

        label = f"{row['name']}#{row['number']}"
        careful, avoid = ray.get(self._incidents.begin.remote(label))
        unit = Unit(row["name"], row["format"], row["data"], row["first"])
        self._outlooks = {}
        if unit.format in ROWS and not careful:
            with self._clock():
                self._outlooks = outlooks(self._restorer, texts_of(unit, self._plan.options))
        result = process(unit, lambda name, text: self._restore(label, name, text, careful, avoid), self._plan.options)
        out |= {"documents": list(result.documents), "changes": list(result.changes), "seen": result.seen}
        out["failures"] = [(f.document, f.kind, f.message) for f in result.failures]
        try:
            if result.data is not None:
                out["changed"] = result.data != unit.data
                out["output"] = self._write(row, result.data, changed=bool(out["changed"]))
            else:
                out |= {"what": "failed", "failure": (result.failures[0].kind, result.failures[0].message)}
        except OSError as error:
            out |= {"what": "failed", "failure": ("unwritable", error.strerror or str(error))}
        ray.get(self._incidents.end.remote(label))
        return out

    def _write(self, row: Row, data: bytes, *, changed: bool) -> bytes:
        plan, kind = self._plan, kind_in(row)
        if kind.format in ROWS:
            packed = data if kind.format == "parquet" else compress(data, kind.compression)
            return plan.target.put(part_name(row["name"], row["number"]), packed)
        if changed:
            return plan.target.put(row["name"], compress(data, kind.compression))
        with plan.source.fetched(row["name"]) as path:
            return plan.target.put(row["name"], path)

    def _restore(self, label: str, name: str, text: str, careful: bool, avoid: set[str]) -> Restoration:
        """Restore a document under the clock: one that hangs ends this process; Ray starts another and tries the unit again."""
        import ray

        if name in avoid:
            raise AvoidedError(name, "crashed", "a worker died or timed out over it, twice", "")
        if len(text) > self._plan.limit:
            raise _oversized(name, self._plan)
        if careful:
            ray.get(self._incidents.at.remote(label, name))
        with self._clock():
            return restored(self._restorer, text, self._outlooks)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """End this process when what is done takes longer than a document may."""
        faulthandler.dump_traceback_later(self._plan.timeout, exit=True, file=self._nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


class Incidents:
    """What actors were at work on; kept in one small actor beside the driver. A document over which actors died twice is avoided."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._at: dict[str, str] = {}
        self._deaths: dict[str, int] = {}

    def begin(self, label: str) -> tuple[bool, set[str]]:
        """Start a unit: whether an earlier attempt was lost, so that documents are announced, and which of them to avoid."""
        again = label in self._open
        self._open[label] = self._open.get(label, 0) + 1
        if document := self._at.pop(label, ""):
            self._deaths[document] = self._deaths.get(document, 0) + 1
        return again, {document for document, count in self._deaths.items() if count > 1}

    def at(self, label: str, document: str) -> None:
        """Announce the document that comes next."""
        self._at[label] = document

    def end(self, label: str) -> None:
        """A unit is done."""
        self._open.pop(label, None)
        self._at.pop(label, None)


def join(row: Row, plan: Plan) -> Row:
    """Join the parts of a file and put it in place; a file of which nothing changed is copied as it is."""
    name, kind = row["name"], kind_in(row)
    try:
        with plan.source.fetched(name) as source:
            if not row["changed"]:
                return row | {"output": plan.target.put(name, source), "failure": ("", "")}
            with tempfile.TemporaryDirectory(prefix="restore-") as folder:
                path = Path(folder) / "joined"
                _join(path, source, kind, _parts(name, row["count"], plan))
                return row | {"output": plan.target.put(name, path), "failure": ("", "")}
    except OSError as error:
        return row | {"output": b"", "failure": ("unwritable", error.strerror or str(error))}


def _join(path: Path, source: Path, kind: Kind, parts: Iterator[bytes]) -> None:
    if kind.format != "parquet":
        with path.open("wb") as out:
            for part in parts:
                out.write(part)
        return
    from restore.corpus.parquet import codec, write_batches

    if kind.compression:
        with reading(source, kind.compression) as file:
            name = codec(file)
    else:
        name = codec(source)
    write_batches(path, parts, name)
    if kind.compression:
        path.write_bytes(compress(path.read_bytes(), kind.compression))


def _parts(name: str, count: int, plan: Plan) -> Iterator[bytes]:
    for number in range(count):
        with plan.target.fetched(part_name(name, number)) as path:
            yield path.read_bytes()


def part_name(name: str, number: int) -> str:
    """Where a part of a file waits, below OUT."""
    return f"{PARTS}/{digest(os.fsencode(name)).hex()}-{number}"


def failures_in(row: Row) -> tuple[Failure, ...]:
    """The failures of a row's documents."""
    return tuple(Failure(*failure) for failure in row["failures"])
