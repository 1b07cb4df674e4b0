"""A large file as chunks of rows, cut the same way on every run, however they are then worked on."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from restore.corpus.document import AvoidedError, Unit
from restore.corpus.formats import Kind, reading

#: Bytes of a chunk. At half a second of work a worker is rarely idle at the end, and the longest list of changes stays below 10 MB.
SIZE = 1 << 18
#: Rows of a Parquet file that are decoded at once.
ROWS = 1_024


def chunks(name: str, kind: Kind, path: Path, field: str, limit: int) -> Iterator[Unit]:
    """The rows of a file in chunks of about SIZE bytes. Raises InputError,
    AvoidedError for a row of more than ``limit`` bytes, and OSError."""
    if kind.format == "jsonl":
        with reading(path, kind.compression) as file:
            for first, data in _lines(name, file, limit):
                yield Unit(name, "jsonl", data, first)
        return
    from restore.corpus.parquet import unpack  # here, since pyarrow is an extra

    first = 1
    for data in _batches(kind, path, field):
        yield Unit(name, "parquet", data, first)
        first += len(unpack(data))


def _batches(kind: Kind, path: Path, field: str) -> Iterator[bytes]:
    from restore.corpus.parquet import read_batches

    if not kind.compression:
        yield from read_batches(path, field, ROWS, SIZE)
        return
    with reading(path, kind.compression) as file:  # Parquet is read from its end, so it is unpacked first
        yield from read_batches(BytesIO(file.read()), field, ROWS, SIZE)


def _lines(name: str, file: IO[bytes], limit: int) -> Iterator[tuple[int, bytes]]:
    """Runs of whole lines with the number of the first."""
    first, rest = 1, b""
    while block := file.read(SIZE):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield first, rest + block[:cut]
            first += block.count(b"\n")
            rest = block[cut:]
        else:
            rest += block
        if len(rest) > limit:
            raise AvoidedError(name, "oversized", f"line {first} is longer than {limit:,} bytes", "raise --max-size, or split the line")
    if rest:
        yield first, rest
