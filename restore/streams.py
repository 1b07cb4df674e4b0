"""Standard output and standard error: results go to the one as bytes, talk to the other, a line each."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from restore.errors import InputError

if TYPE_CHECKING:
    from restore.textfile import TextFile

#: What names standard input on the command line, in JSON and in patches.
STDIN = "-"
#: Seconds before progress is shown.
QUIET = 2.0


def read_standard_input() -> TextFile:
    """All of standard input, decoded as a file would be."""
    from restore.textfile import decode

    return decode(sys.stdin.buffer.read(), "standard input")


def emit(data: bytes) -> None:
    """Send a result to standard output. Raises InputError when it cannot be written; a reader that left early is a BrokenPipeError."""
    if not data:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise InputError("standard output", f"cannot be written ({error.strerror or error})") from error


def emit_text(text: str) -> None:
    """Send text that is no file's own, such as JSON or a listing, as UTF-8 with a line break at its end; empty text sends nothing."""
    if text:
        emit(encode(text if text.endswith("\n") else text + "\n"))


def encode(text: str) -> bytes:
    r"""UTF-8 in which undecodable bytes are what they were; half characters of UTF-16 are escaped.

    >>> encode("caf\udce9"), encode("\ud83d")
    (b'caf\xe9', b'\\ud83d')
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def say(line: str) -> None:
    """One line of talk on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def progress_line() -> Callable[[float], None] | None:
    """What shows the share that is done on one line of a terminal's standard error, wiped at the end; None where there is no terminal.

    Nothing shows at first, so that short texts stay quiet.
    """
    if not sys.stderr.isatty():
        return None
    begun = time.monotonic()

    def show(share: float) -> None:
        if time.monotonic() - begun > QUIET:
            sys.stderr.write(f"\rsecond look: {share:4.0%}" if share < 1 else "\r\x1b[K")
            sys.stderr.flush()

    return show


def complain(message: object) -> None:
    """One line about what went wrong, under the name of the program."""
    say(f"restore: {message}")


def is_terminal() -> bool:
    """Whether results go to a terminal."""
    return sys.stdout.isatty()


def drop_output() -> None:
    """Point standard output at nothing: what is still buffered cannot be written, and Python would complain about it at exit."""
    try:
        handle = sys.stdout.fileno()
    except (OSError, ValueError):  # no real file, as in tests
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, handle)
    os.close(nothing)
