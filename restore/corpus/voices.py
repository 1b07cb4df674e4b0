"""What the second stage of a run knows of a corpus, in SQLite beside the ledger: the signature of every text, which texts are copies of which, and the words of
those that are heard. Texts are known by their digest, so whoever restores one finds its witnesses without knowing where it stands."""

from __future__ import annotations

import os
import pickle
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from restore.errors import InputError
from restore.witnesses.groups import Signature

VERSION = 1
_TABLES = """
create table if not exists surveyed (path blob primary key, key blob, rows blob) without rowid;
create table if not exists texts (digest blob primary key, name text, text text) without rowid;
create table if not exists plans (digest blob, rank integer, witness blob, primary key (digest, rank)) without rowid;
create table if not exists heard (path blob primary key, key blob, plan blob) without rowid;
"""


class Seen(NamedTuple):
    """One text of a file: its document's name, its digest, its signature."""

    name: str
    digest: bytes
    signature: Signature


class Voices:
    """The open store. Workers open it to read while the run that fills it waits for them."""

    def __init__(self, path: Path) -> None:
        try:
            self._base = sqlite3.connect(path, isolation_level=None, timeout=60)
            self._base.execute("pragma journal_mode=wal")
            if self._base.execute("pragma user_version").fetchone()[0] != VERSION:
                for table in ("surveyed", "texts", "plans", "heard"):
                    self._base.execute(f"drop table if exists {table}")
                self._base.execute(f"pragma user_version = {VERSION}")
            self._base.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise InputError(path, f"cannot open what is known of the copies ({error})", "delete it to start anew") from error

    def surveyed(self, path: str, key: bytes) -> list[Seen] | None:
        """The texts of a file, if it was surveyed as it is now; ``key``: what the ledger knows it by."""
        row = self._base.execute("select rows from surveyed where path = ? and key = ?", (os.fsencode(path), key)).fetchone()
        return pickle.loads(row[0]) if row else None

    def survey(self, path: str, key: bytes, seen: Sequence[Seen]) -> None:
        """Record the texts of a file."""
        self._base.execute("insert or replace into surveyed values (?, ?, ?)", (os.fsencode(path), key, pickle.dumps(list(seen))))

    def plan(self, plans: Iterable[tuple[bytes, Sequence[bytes]]]) -> None:
        """Replace all plans: for the digest of a text those of its witnesses, the first to be heard first."""
        self._base.execute("begin immediate")
        self._base.execute("delete from plans")
        for digest, witnesses in plans:
            self._base.executemany("insert or ignore into plans values (?, ?, ?)", [(digest, rank, w) for rank, w in enumerate(witnesses)])
        self._base.execute("delete from texts where digest not in (select witness from plans)")
        self._base.execute("commit")

    def missing(self) -> set[bytes]:
        """Digests of witnesses whose words are not here yet."""
        return {row[0] for row in self._base.execute("select distinct witness from plans where witness not in (select digest from texts)")}

    def keep(self, digest: bytes, name: str, text: str) -> None:
        """Keep the words of a witness."""
        self._base.execute("insert or ignore into texts values (?, ?, ?)", (digest, name, text.encode("utf-8", "surrogatepass")))

    def witnesses(self, digest: bytes) -> list[tuple[str, str]]:
        """Name and words of the witnesses of a text."""
        query = "select name, text from plans join texts on texts.digest = witness where plans.digest = ? order by rank"
        return [(name, text.decode("utf-8", "surrogatepass")) for name, text in self._base.execute(query, (digest,))]

    def heard(self, path: str) -> tuple[bytes, bytes] | None:
        """Key and plan with which a file was restored last."""
        row = self._base.execute("select key, plan from heard where path = ?", (os.fsencode(path),)).fetchone()
        return (row[0], row[1]) if row else None

    def hear(self, path: str, key: bytes, plan: bytes) -> None:
        """Record that a file was restored by a plan."""
        self._base.execute("insert or replace into heard values (?, ?, ?)", (os.fsencode(path), key, plan))

    def close(self) -> None:
        """Close the store."""
        self._base.close()
