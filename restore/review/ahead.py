"""Read documents in a second process while this one sets the screen up: either takes half of the second that a reviewer waits."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from restore.errors import InputError, RestoreError

if TYPE_CHECKING:
    from restore.review.document import Document

#: What comes out of the pipe when the other process ended too early.
_STOPPED = (InputError, "restore review", "reading stopped before its end", "it may have run out of memory; try 'restore review --plain'")
Read = Callable[[Path], "Document"]


def read_here(read: Read, paths: Iterable[Path]) -> Iterator[Document | RestoreError]:
    """Read one file after the other in this process; an error takes the place of the document."""
    for path in paths:
        try:
            yield read(path)
        except RestoreError as error:
            yield error


def read_ahead(read: Read, paths: Iterable[Path]) -> Iterator[Document | RestoreError]:
    """The same from a second process, which begins at once; where a process cannot be split in two, from this one."""
    if not hasattr(os, "fork"):
        return read_here(read, paths)
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        _work(read, paths, into)
    os.close(into)
    return _received(child, os.fdopen(out, "rb"))


def _work(read: Read, paths: Iterable[Path], into: int) -> None:
    """The second process: send what is read, then end without a trace; a reader that left early ends it, too."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with os.fdopen(into, "wb") as pipe:
            for outcome in read_here(read, paths):
                pickle.dump(_packed(outcome), pipe, pickle.HIGHEST_PROTOCOL)
                pipe.flush()
            pickle.dump(None, pipe)
        code = 0
    finally:
        os._exit(code)


def _received(child: int, pipe: BinaryIO) -> Iterator[Document | RestoreError]:
    try:
        while (packed := _next(pipe)) is not None:
            yield _unpacked(packed)
            if packed is _STOPPED:
                break
    finally:
        pipe.close()
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _next(pipe: BinaryIO) -> object:
    try:
        packed: object = pickle.load(pipe)
    except (EOFError, pickle.UnpicklingError):
        return _STOPPED
    return packed


def _packed(outcome: Document | RestoreError) -> object:
    """Errors travel as what they are made of."""
    return (type(outcome), outcome.where, outcome.what, outcome.hint) if isinstance(outcome, RestoreError) else outcome


def _unpacked(packed: object) -> Document | RestoreError:
    if isinstance(packed, tuple):
        kind, where, what, hint = packed
        error: RestoreError = kind(where, what, hint)
        return error
    document: Document = packed  # type: ignore[assignment]
    return document
