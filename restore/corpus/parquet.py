"""Rows of a Parquet file: batches travel as Arrow IPC streams; the column of the text is replaced, all others are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from restore.corpus.layer import Layer
from restore.errors import InputError

if TYPE_CHECKING:
    from restore.corpus.document import Draft, Options, Unit

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:  # an extra
    raise InputError("Parquet", "cannot be read without pyarrow", "pip install 'restore-text[corpus]'") from error


def restore_batch(unit: Unit, draft: Draft, options: Options) -> bytes:
    """Restore the field of every row of a batch; a row that fails or holds no text stays as it is."""
    batch = unpack(unit.data)
    column = batch.column(options.field)
    texts = column.to_pylist()
    rates: list[float | None] = [None] * len(texts)
    counts: list[int | None] = [None] * len(texts)
    changed = False
    for k, text in enumerate(texts):
        placed = draft.treat(f"{unit.document}#{unit.first + k}", Layer(text, text)) if text is not None else None
        if placed is not None:
            texts[k], counts[k] = placed.source, len(placed.edits)
            rates[k] = round(float(placed.restoration.spin_rate), 4)
            changed = changed or bool(placed.edits)
    if changed:
        batch = batch.set_column(batch.schema.get_field_index(options.field), batch.schema.field(options.field), _strings(texts, column.type))
    if options.annotate:
        batch = _with_column(batch, pa.field("restore_spin_rate", pa.float64()), rates)
        batch = _with_column(batch, pa.field("restore_edits", pa.int64()), counts)
    return pack(batch) if changed or options.annotate else unit.data


def pack(batch: Any) -> bytes:
    """A record batch as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def unpack(data: bytes) -> Any:
    """The record batch of an Arrow IPC stream."""
    return pa.ipc.open_stream(data).read_next_batch()


def read_batches(source: Any, field: str, rows: int, size: int) -> Iterator[bytes]:
    """The rows of a Parquet file (path or file object) as packed batches of at most ``rows`` rows and about ``size`` bytes of text.

    Raises InputError when the file is none, or has no column of strings of that name.
    """
    try:
        file = pq.ParquetFile(source, pre_buffer=False)
        _require_strings(file.schema_arrow, field)
        for batch in file.iter_batches(batch_size=rows):
            for part in _cut(batch, field, size):
                yield pack(part)
    except (pa.ArrowException, OSError) as error:
        raise InputError("Parquet", f"cannot be read ({error})") from error


def codec(source: Any) -> str:
    """The compression of a file's first column chunk, as the writer names it."""
    found = pq.ParquetFile(source).metadata
    name = found.row_group(0).column(0).compression.lower() if found.num_row_groups and found.num_columns else "snappy"
    return {"uncompressed": "none", "lz4_raw": "lz4"}.get(name, name)


def write_batches(target: Any, batches: Iterator[bytes], compression: str) -> None:
    """Write packed batches as one Parquet file, a row group each."""
    writer = None
    try:
        for data in batches:
            batch = unpack(data)
            writer = writer or pq.ParquetWriter(target, batch.schema, compression=compression)
            writer.write_batch(batch)
    finally:
        if writer:
            writer.close()


def _require_strings(schema: Any, field: str) -> None:
    if field not in schema.names:
        raise InputError("Parquet", f"no column {field!r}", f"the columns are {', '.join(schema.names)}; name one with --field")
    kind = schema.field(field).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise InputError("Parquet", f"the column {field!r} holds {kind}, not text", "name another with --field")


def _cut(batch: Any, field: str, size: int) -> Iterator[Any]:
    """Slices of a batch with about ``size`` characters of text each."""
    start = total = 0
    for k, text in enumerate(batch.column(field).to_pylist()):
        total += len(text or "")
        if total >= size:
            yield batch.slice(start, k + 1 - start)
            start, total = k + 1, 0
    if start < len(batch) or not len(batch):
        yield batch.slice(start)


def _strings(texts: list[str | None], kind: Any) -> Any:
    return pa.array(texts, type=kind.value_type).cast(kind) if pa.types.is_dictionary(kind) else pa.array(texts, type=kind)


def _with_column(batch: Any, field: Any, values: list[Any]) -> Any:
    at = batch.schema.get_field_index(field.name)
    array = pa.array(values, type=field.type)
    return batch.set_column(at, field, array) if at >= 0 else batch.append_column(field, array)
