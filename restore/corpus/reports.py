"""The files of OUT/.restore that people and programs read: written from the ledger, in the order of paths and rows, when a run ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from restore.corpus import summary
from restore.corpus.ledger import Ledger
from restore.errors import InputError
from restore.streams import encode

#: Report and the column of the ledger it comes from.
_LINES = {"documents.jsonl": "documents", "changes.jsonl": "changes", "errors.jsonl": "failures"}


def write_reports(state: Path, ledger: Ledger, facts: dict[str, Any]) -> int:
    """Write all reports; ``facts`` go into run.json. Gives the number of errors."""
    counts = {name: _write(state / name, ledger.lines(column)) for name, column in _LINES.items()}
    files, size = ledger.totals()
    totals = {"files": files, "bytes": size, "documents": counts["documents.jsonl"], "changes": counts["changes.jsonl"], "errors": counts["errors.jsonl"]}
    _write(state / "run.json", iter([json.dumps({**facts, **totals}, indent=2)]))
    figures = summary.collect(state, totals)
    _write(state / "summary.md", iter([summary.to_markdown(figures)]))
    from restore.corpus.plots import to_html  # here, since plots are an extra, and slow to import

    _write(state / "summary.html", iter([to_html(figures)]))
    return counts["errors.jsonl"]


def read_summary(out: Path) -> str:
    """The summary that was written below ``out``. Raises InputError when there is none."""
    path = out / ".restore" / "summary.md"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(path, "no report there", "name the folder that 'restore corpus IN OUT' wrote to") from error


def _write(path: Path, lines: Iterator[str]) -> int:
    """Write lines as one file, in place only when whole; the number of lines."""
    partial = path.with_name(path.name + ".part")
    count = 0
    with partial.open("wb") as out:
        for text in lines:
            out.write(encode(text) + b"\n")
            count += 1
    partial.replace(path)
    return count
