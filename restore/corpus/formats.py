"""What a file's name says: the format of its documents and the compression around it; and its bytes without and with that compression."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple, cast

from restore.corpus.document import Format
from restore.errors import InputError

Compression = Literal["", "gzip", "zstd"]
_FORMATS: dict[str, Format] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_COMPRESSIONS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_SUFFIXES = re.compile(r"(?<!^)\.[a-z]+")
#: Levels that the command-line tools take unless told otherwise; output of a level is the same on every run of one version of the library.
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3


class Kind(NamedTuple):
    """Format and compression of a file."""

    format: Format
    compression: Compression = ""


def kind_of(name: str) -> Kind | None:
    """The kind of a file by its name, None for files that are no text.

    >>> kind_of("2024/page.html.gz")
    Kind(format='html', compression='gzip')
    """
    suffixes = _SUFFIXES.findall(name[-40:].lower().rpartition("/")[2])[-2:]
    compression = _COMPRESSIONS.get(suffixes[-1], "") if suffixes else ""
    found = _FORMATS.get(suffixes[-2 if compression else -1]) if len(suffixes) > bool(compression) else None
    return Kind(found, compression) if found else None


@contextmanager
def reading(path: Path, compression: Compression) -> Iterator[IO[bytes]]:
    """A file, opened to read what is inside the compression. Concatenated gzip members and zstd frames read as one.

    Raises InputError when it is not what its name says, and OSError.
    """
    with path.open("rb") as raw:
        try:
            if compression == "gzip":
                yield cast(IO[bytes], gzip.GzipFile(fileobj=raw))
            elif compression == "zstd":
                yield io.BufferedReader(_zstandard(path).ZstdDecompressor().stream_reader(raw, read_across_frames=True))
            else:
                yield raw
        except _errors() as error:
            raise InputError(path, f"cannot be decompressed ({error})") from error


def compress(data: bytes, compression: Compression) -> bytes:
    """A gzip member or zstd frame of its own; the same bytes on every run."""
    if compression == "gzip":
        return gzip.compress(data, _GZIP_LEVEL, mtime=0)
    if compression == "zstd":
        return bytes(_zstandard(Path("zstd")).ZstdCompressor(level=_ZSTD_LEVEL).compress(data))
    return data


def _zstandard(path: Path) -> Any:
    try:
        import zstandard
    except ImportError as error:  # an extra
        raise InputError(path, "zstd needs the package zstandard", "pip install 'restore-text[corpus]'") from error
    return zstandard


def _errors() -> tuple[type[Exception], ...]:
    """What decompressing raises for damaged data."""
    try:
        import zstandard
    except ImportError:
        return EOFError, gzip.BadGzipFile, zlib.error
    return EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError
