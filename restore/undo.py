"""Carry decisions out, and take them back: the bytes that were replaced are recorded before a file is touched.

The record lies beside the file as ``FILE.restore-undo.json``, the latest step last. It holds bytes, not characters, so that undoing gives back
exactly what was there, whatever the encoding of the file is taken for afterwards.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from restore.decisions import content_hash
from restore.errors import InputError
from restore.nouns import Edit
from restore.textfile import TextFile, write_atomically

KIND = "restore-undo"
SUFFIX = ".restore-undo.json"


@dataclass(frozen=True, slots=True)
class Patch:
    """At byte ``offset`` of the changed file stand the bytes ``after`` in place of ``before``."""

    offset: int
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """What one run changed in a file: hashes of its bytes before and after, and the patches in order."""

    before: str
    after: str
    patches: tuple[Patch, ...]


def record_path(path: Path) -> Path:
    """Where the record of a file lies."""
    return path.with_name(path.name + SUFFIX)


def write_with_record(path: Path, file: TextFile, edits: Sequence[Edit], data: bytes) -> None:
    """Write ``data``, which is ``file`` with ``edits`` made, after its undo record. Raises InputError, with nothing written, if undoing would not work."""
    old = path.read_bytes()
    step = Step(content_hash(old), content_hash(data), tuple(_patches(file, edits)))
    if _reverted(data, step) != old:
        raise InputError(path, "undoing the edits would not give the file back", "nothing was written; the file may have been changed meanwhile")
    steps = read_steps(path)
    while steps and steps[-1].after != step.before:  # the file was edited since, so these can never be undone
        steps.pop()
    _write_steps(path, [*steps, step])
    write_atomically(path, data)


def undo(path: Path) -> int:
    """Put back the bytes that the last run replaced; how many edits that were. Raises InputError when there is nothing to undo or the file was edited since."""
    steps, data = read_steps(path), path.read_bytes()
    current = content_hash(data)
    if steps and steps[-1].before == current:  # the record was written, but not the file
        steps.pop()
    if not steps:
        raise InputError(path, "nothing to undo", "no decisions were applied to it")
    if steps[-1].after != current:
        raise InputError(path, "was changed since the decisions were applied", "nothing was written; put that version back first")
    step = steps.pop()
    write_atomically(path, _reverted(data, step))
    _write_steps(path, steps)
    return len(step.patches)


def reverted(path: Path, data: bytes, wanted: str) -> bytes | None:
    """The bytes a file had when their hash was ``wanted``, if its record leads back there."""
    for step in reversed(read_steps(path)):
        if step.after != content_hash(data):
            return None
        data = _reverted(data, step)
        if step.before == wanted:
            return data
    return None


def read_steps(path: Path) -> list[Step]:
    """The recorded steps of a file, oldest first; none when there is no record."""
    record = record_path(path)
    try:
        document = json.loads(record.read_bytes())
        if document["kind"] != KIND or document["version"] != 1:
            raise ValueError("kind or version")
        return [_step(row) for row in document["steps"]]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(record, f"cannot read the undo record ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(record, f"not an undo record ({error})", "move it away to go on without it") from error


def _patches(file: TextFile, edits: Sequence[Edit]) -> Iterator[Patch]:
    """The edits as patches of the changed file's bytes. Every encoding we read is stateless, so pieces encode to pieces."""

    def size(text: str) -> int:
        return len(text.encode(file.encoding, file.errors))

    offset, position = len(file.bom), 0
    for edit in edits:
        offset += size(file.text[position : edit.start])
        before, after = (text.encode(file.encoding, file.errors) for text in (edit.before, edit.after))
        yield Patch(offset, before, after)
        offset, position = offset + len(after), edit.end


def _reverted(data: bytes, step: Step) -> bytes:
    out, position = [], 0
    for patch in step.patches:
        out += [data[position : patch.offset], patch.before]
        position = patch.offset + len(patch.after)
    return b"".join([*out, data[position:]])


def _write_steps(path: Path, steps: Sequence[Step]) -> None:
    record = record_path(path)
    if not steps:
        record.unlink(missing_ok=True)
        return
    rows = [asdict(step) | {"patches": [_row(p) for p in step.patches]} for step in steps]
    write_atomically(record, json.dumps({"version": 1, "kind": KIND, "steps": rows}, indent=1).encode() + b"\n")


def _row(patch: Patch) -> dict[str, Any]:
    return {"offset": patch.offset, "before": b64encode(patch.before).decode(), "after": b64encode(patch.after).decode()}


def _step(row: dict[str, Any]) -> Step:
    patches = (Patch(int(p["offset"]), b64decode(p["before"], validate=True), b64decode(p["after"], validate=True)) for p in row["patches"])
    return Step(str(row["before"]), str(row["after"]), tuple(patches))
