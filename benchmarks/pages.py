"""Dated pages of results: what was run, where, and the tables."""

from __future__ import annotations

import os
import platform
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path

from benchmarks.texts import CHECKOUT

RUNS = CHECKOUT / "benchmarks" / "runs"


def circumstances() -> dict[str, str]:
    """Date, version, revision and machine of this run."""
    return {
        "date": date.today().isoformat(),
        "version": _version(),
        "revision": _revision(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that also reads well as it is: first column left, the others right."""
    width = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    rule = ["-" * width[0], *("-" * (w - 1) + ":" for w in width[1:])]
    lines = [[cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, width, strict=True))] for row in (head, *rows)]
    lines.insert(1, rule)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_page(name: str, title: str, command: str, parts: Sequence[str]) -> Path:
    """Write ``benchmarks/runs/DATE-name.md``; a later run of the same day replaces it."""
    facts = circumstances()
    RUNS.mkdir(parents=True, exist_ok=True)
    path = RUNS / f"{facts['date']}-{name}.md"
    path.write_text("\n\n".join([f"# {title}", _facts(facts, command), *parts]) + "\n", encoding="utf-8")
    return path


def _facts(facts: Mapping[str, str], command: str) -> str:
    return "\n".join([f"* {key}: {value}" for key, value in facts.items()] + [f"* command: `{command}`"])


def _version() -> str:
    project = CHECKOUT / "pyproject.toml"
    if not project.is_file():
        return "unknown"
    given = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    if "version" in given:
        return str(given["version"])
    try:
        return metadata.version(given["name"])
    except metadata.PackageNotFoundError:
        return "unknown"


def _revision() -> str:
    """The commit, with "-dirty" where tracked files differ from it."""
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
