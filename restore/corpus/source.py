"""A file with rows while it is being worked on: what was handed out of it, and whether it stayed as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from restore.corpus.tasks import Chunk, Rows
from restore.errors import RestoreError


@dataclass(slots=True)
class Source:
    """A file with rows, while its chunks are read: ``chunks`` gives them, ``waiting`` counts those handed out, ``read`` those seen;
    ``counted``: bytes that progress was told of. ``failed`` files are no longer waited for."""

    rows: Rows
    stamp: tuple[int, int]
    chunks: Iterator[Chunk]
    waiting: int = 0
    read: int = 0
    counted: int = 0
    ended: bool = False
    failed: bool = False


def stamp_of(path: Path) -> tuple[int, int]:
    """What changes when a file is written to while it is read."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def reason_of(error: Exception) -> str:
    """What an error says, without the path, which the failure names."""
    if isinstance(error, RestoreError):
        return error.what + (f"; {error.hint}" if error.hint else "")
    return getattr(error, "strerror", None) or str(error)
