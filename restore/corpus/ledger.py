"""What a run has done so far, in SQLite: the one place that survives being killed, and from which all reports are written.

A row is written only after the file that it speaks of is in place, all rows of one event together or not at all, and some events in one transaction. So
whatever moment a run is killed at, what the ledger calls done is done, nothing is half counted, and at most the last quarter of a second is done again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from restore.corpus.document import Failure
from restore.errors import InputError, SettingsError
from restore.jsonreport import dumps

#: Raised when the tables change; a ledger of another version is begun anew.
VERSION = 1
#: Seconds of events in one transaction: one for each would take most of the planning process's time.
TOGETHER = 0.25
_TABLES = """
create table files (path blob primary key, key blob, output blob, size integer) without rowid;
create table parts (path blob, number integer, key blob, seen integer, changed integer, documents text, changes text, failures text,
  primary key (path, number));
create table failures (path blob primary key, line text) without rowid;
"""


class Known(NamedTuple):
    """A file that was done: ``key`` of what it was made from (empty while it is done again), hash of its ``output``."""

    key: bytes
    output: bytes


class Part(NamedTuple):
    """The records of a part of a file (a file that is one document has one part, 0). ``changed``: whether its bytes changed."""

    number: int
    key: bytes
    seen: int
    changed: bool
    documents: Sequence[str]
    changes: Sequence[str]
    failures: Sequence[Failure]


class Ledger:
    """The open ledger of one OUT; no second run can open it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.began = monotonic()
        try:
            self.base = sqlite3.connect(path, isolation_level=None, timeout=0.2)
            self.base.executescript("pragma locking_mode=exclusive; pragma journal_mode=wal; pragma synchronous=normal;")
            self.base.execute("begin exclusive")
            if self.base.execute("pragma user_version").fetchone()[0] != VERSION:
                self._begin_anew()
            self.base.execute("commit")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise SettingsError(path.parent.parent, "another run is at work there", "wait for it, or choose another folder") from error
            raise InputError(path, f"cannot open the ledger ({error})") from error
        except sqlite3.DatabaseError as error:
            raise InputError(path, f"the ledger is damaged ({error})", "delete it to start anew") from error

    def known(self, name: str) -> Known | None:
        """The file of that name, if it was ever done."""
        row = self.base.execute("select key, output from files where path = ?", (os.fsencode(name),)).fetchone()
        return Known(*row) if row else None

    def part_keys(self, name: str) -> dict[int, bytes]:
        """The keys of the parts that are done, by number."""
        return dict(self.base.execute("select number, key from parts where path = ?", (os.fsencode(name),)))

    def changed(self, name: str) -> bool:
        """Whether any part of a file changed."""
        return bool(self.base.execute("select max(changed) from parts where path = ?", (os.fsencode(name),)).fetchone()[0])

    def seen(self, name: str) -> int:
        """How many rows of a file have the field."""
        return int(self.base.execute("select total(seen) from parts where path = ?", (os.fsencode(name),)).fetchone()[0])

    def add_part(self, name: str, part: Part) -> None:
        """Record a part of a file that is not finished yet."""
        with _Event(self):
            self._insert(os.fsencode(name), part)

    def reopen(self, name: str) -> None:
        """Record that a file with rows is being done, perhaps again."""
        with _Event(self):
            self.base.execute("update files set key = x'' where path = ?", (os.fsencode(name),))

    def trim(self, name: str, count: int) -> None:
        """Drop the parts of a file beyond ``count``, which an earlier state of it had."""
        with _Event(self):
            self.base.execute("delete from parts where path = ? and number >= ?", (os.fsencode(name), count))

    def finish(self, name: str, known: Known, size: int, parts: Iterable[Part], count: int) -> None:
        """Record that a file is done: it has ``count`` parts, of which ``parts`` are not recorded yet; it has not failed any more."""
        path = os.fsencode(name)
        with _Event(self):
            self.base.execute("delete from failures where path = ?", (path,))
            for part in parts:
                self._insert(path, part)
            self.base.execute("delete from parts where path = ? and number >= ?", (path, count))
            self.base.execute("insert or replace into files values (?, ?, ?, ?)", (path, known.key, known.output, size))

    def fail(self, name: str, failure: Failure) -> None:
        """Record that a file could not be done; what was known of it goes."""
        path = os.fsencode(name)
        with _Event(self):
            self._forget(path)
            self.base.execute("insert or replace into failures values (?, ?)", (path, failure_line(failure)))

    def forget(self, name: str) -> None:
        """Drop a file that is no longer in the input."""
        with _Event(self):
            self._forget(os.fsencode(name))
            self.base.execute("delete from failures where path = ?", (os.fsencode(name),))

    def names(self) -> Iterator[str]:
        """The names of all files recorded, done or failed."""
        for (path,) in self.base.execute("select path from files union select path from failures union select path from parts"):
            yield os.fsdecode(path)

    def lines(self, column: str) -> Iterator[str]:
        """The lines of documents.jsonl, changes.jsonl or errors.jsonl, in the order of paths and rows; those of finished files only."""
        if column == "failures":
            yield from (line for (line,) in self.base.execute("select line from failures order by path"))
        query = f"select {column} from parts where {column} != '' and path in (select path from files where key != x'') order by path, number"
        for (text,) in self.base.execute(query):
            yield from text.split("\n")

    def totals(self) -> tuple[int, int]:
        """Files done and their bytes."""
        count, size = self.base.execute("select count(*), total(size) from files where key != x''").fetchone()
        return int(count), int(size)

    def commit(self) -> None:
        """Have all that was recorded outlive this process."""
        if self.base.in_transaction:
            self.base.execute("commit")

    def close(self) -> None:
        """Give the ledger free."""
        with suppress(sqlite3.OperationalError):  # what cannot be recorded will be done again
            self.commit()
        self.base.close()

    def _begin_anew(self) -> None:
        for (table,) in self.base.execute("select name from sqlite_master where type = 'table'").fetchall():
            self.base.execute(f"drop table {table}")
        for statement in _TABLES.split(";"):
            self.base.execute(statement)
        self.base.execute(f"pragma user_version = {VERSION}")

    def _insert(self, path: bytes, part: Part) -> None:
        documents, changes = "\n".join(part.documents), "\n".join(part.changes)
        failures = "\n".join(map(failure_line, part.failures))
        self.base.execute(
            "insert or replace into parts values (?, ?, ?, ?, ?, ?, ?, ?)", (path, part.number, part.key, part.seen, part.changed, documents, changes, failures)
        )

    def _forget(self, path: bytes) -> None:
        self.base.execute("delete from files where path = ?", (path,))
        self.base.execute("delete from parts where path = ?", (path,))


class _Event:
    """What is recorded at once: all or nothing, whatever happens between."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._base = ledger, ledger.base

    def __enter__(self) -> None:
        if not self._base.in_transaction:
            self._base.execute("begin immediate")
            self._ledger.began = monotonic()
        self._base.execute("savepoint event")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind and self._base.in_transaction:  # a full disk has ended it already
            self._base.execute("rollback to event")
        if self._base.in_transaction:
            self._base.execute("release event")
        if monotonic() - self._ledger.began >= TOGETHER:
            self._ledger.commit()


def failure_line(failure: Failure) -> str:
    """A line of errors.jsonl."""
    return dumps({"document": failure.document, "kind": failure.kind, "message": failure.message}, indent=None)
