"""How long the dictionaries take to load together, and how much memory they add: in a process of their own, after the imports, best of several.

    python benchmarks/loading.py [--repeat N]

The targets: 0.15 s, 60 MB. The compiled form has to be up to date (the first run after a change compiles it).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages
from benchmarks.texts import CHECKOUT

#: Run in a fresh process: seconds of wall and of CPU, and megabytes of peak memory, that loading everything takes.
_PROGRAM = """
import resource, time
from restore import loading, pipeline
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
wall, cpu = time.perf_counter(), time.process_time()
loading.load()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(wall, cpu, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="processes to start (default: 5)")
    repeat = parser.parse_args().repeat
    runs = [
        tuple(map(float, subprocess.run([sys.executable, "-c", _PROGRAM], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split()))
        for _ in range(repeat + 1)  # the first one may have to compile, and warms the disk's cache
    ][1:]
    best = [min(column) for column in zip(*runs, strict=True)]
    rows = [["wall, s", f"{best[0]:.3f}", "0.15"], ["CPU, s", f"{best[1]:.3f}", ""], ["memory added, MB", f"{best[2]:.0f}", "60"]]
    print(pages.table(("loading all dictionaries", "best", "target"), rows))


if __name__ == "__main__":
    main()
