"""Whole processes measured from outside: wall time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.texts import CHECKOUT

#: Runs its arguments as a process and prints exit code, wall seconds and peak memory in KiB (0 where the system does not tell). A process of its own,
#: because a child begins with the peak of the process that starts it: measured from here, every child would seem to need what the benchmark holds.
_LAUNCHER = """
import subprocess, sys, time
began = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seconds = time.perf_counter() - began
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
except ImportError:
    peak = 0
print(code, seconds, peak)
"""


class Run(NamedTuple):
    """One process: wall seconds, peak resident memory in MB of 1,000,000 bytes (0 where unknown), exit code."""

    seconds: float
    memory: float
    code: int


def restore_command() -> list[str]:
    """The ``restore`` command of the Python that runs this: its console script, else the module."""
    script = Path(sys.executable).with_name("restore.exe" if os.name == "nt" else "restore")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "restore"]


def best_of(runs: int, command: Sequence[str]) -> Run | None:
    """The fastest of several runs with their output thrown away; None when the command cannot be run."""
    found: list[Run] = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *command], capture_output=True, text=True, env=_environment())
        if done.returncode:
            return None
        code, seconds, peak = done.stdout.split()
        found.append(Run(float(seconds), int(peak) * 1024 / 1e6, int(code)))
    return min(found)


def python_prints(code: str, environment: dict[str, str] | None = None) -> list[float] | None:
    """The numbers that a fresh Python prints; None when it fails."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment() | (environment or {}))
    return None if done.returncode else [float(word) for word in done.stdout.split()]


def _environment() -> dict[str, str]:
    """This environment, in which a checkout that is not installed is found too."""
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}
