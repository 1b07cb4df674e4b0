"""What a corpus costs, and Ray beside the local engine: prints a table and writes a dated page to benchmarks/runs/.

    python benchmarks/scale.py [--size 20MB] [--jobs 2] [--no-ray]

Trees of the given size, made by benchmarks/trees.py, with no document spun, one in ten, and all. CPU: user and system time of planner and workers,
start-up taken off (a run over one line); Ray's processes are nobody's children, so of them only the wall time is told, Ray's start included.
Outputs of the two engines are compared file by file.
"""

from __future__ import annotations

import argparse
import filecmp
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.trees import UNITS, Plan, make_tree

SHARES = (0.0, 0.1, 1.0)
HEAD = ("documents spun", "MB", "local, 1 job: CPU s per MB", "core-hours per GB", "wall s", "local wall s", "Ray wall s", "files that differ")


def run(source: Path, out: Path, *options: str) -> tuple[float, float]:
    """Wall and CPU seconds of a run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = [sys.executable, "-m", "restore", "corpus", str(source), str(out), "--isolated", "--quiet", *options]
    subprocess.run(command, cwd=texts.CHECKOUT, check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def differing(one: Path, other: Path) -> int:
    """How many files of two outputs are not the same, or not in both."""
    names = {str(path.relative_to(root)) for root in (one, other) for path in root.rglob("*") if path.is_file() and ".restore" not in path.parts}
    _, unequal, missing = filecmp.cmpfiles(one, other, sorted(names), shallow=False)
    return len(unequal) + len(missing)


def measure(share: float, size: int, jobs: int, folder: Path, idle: float, *, with_ray: bool) -> list[str]:
    """One row of the table."""
    source = folder / "in"
    megabytes = make_tree(source, Plan(size, share)) / 1e6
    wall, cpu = run(source, folder / "one", "--jobs", "1")
    row = [f"{share:.0%}", f"{megabytes:.1f}", f"{(cpu - idle) / megabytes:.2f}", f"{(cpu - idle) / megabytes / 3.6:.2f}", f"{wall:.0f}"]
    several, _ = run(source, folder / "several", "--jobs", str(jobs))
    row.append(f"{several:.0f}")
    if with_ray:
        far, _ = run(source, folder / "far", "--jobs", str(jobs), "--engine", "ray")
        return [*row, f"{far:.0f}", str(differing(folder / "one", folder / "far"))]
    return [*row, "", str(differing(folder / "one", folder / "several"))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the page."""
    parser = argparse.ArgumentParser(description="What a corpus costs, and Ray beside the local engine.")
    parser.add_argument("--size", default="20MB", help="bytes of text a tree, such as 20MB")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--no-ray", action="store_true")
    options = parser.parse_args(arguments)
    size = int(float(options.size[:-2]) * UNITS[options.size[-2:]])
    rows = []
    with tempfile.TemporaryDirectory() as empty:
        (Path(empty) / "in").mkdir()
        (Path(empty) / "in" / "one.txt").write_text("Nobody spun this.\n")
        _, idle = run(Path(empty) / "in", Path(empty) / "out", "--jobs", "1")
    for share in SHARES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(share, size, options.jobs, Path(folder), idle, with_ray=not options.no_ray))
    parts = [pages.table(HEAD, rows), f"Columns from the sixth on: {options.jobs} jobs."]
    print("\n\n".join(parts))
    path = pages.write_page("scale", "Scale", "python benchmarks/scale.py", parts)
    print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
