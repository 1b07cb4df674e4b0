"""Whole processes measured from outside: wall time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.texts import CHECKOUT

#: Runs its arguments as a process and reports that one's peak memory. A process of its own, because a child begins with the peak of the
#: process that starts it: measured from here, every child would seem to need what the benchmark holds.
_LAUNCHER = """
import os, resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(code, peak // 1024 if sys.platform == "darwin" else peak)
"""


class Run(NamedTuple):
    """One process: wall seconds and exit code."""

    seconds: float
    code: int


def restore_command() -> list[str]:
    """The ``restore`` command of the Python that runs this: its console script, else the module."""
    script = Path(sys.executable).with_name("restore.exe" if os.name == "nt" else "restore")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "restore"]


def best_of(runs: int, command: Sequence[str], *, environment: dict[str, str] | None = None) -> Run | None:
    """The fastest of several runs with their output thrown away; None when the command cannot be run or fails (2 and above)."""
    found: list[Run] = []
    for _ in range(runs):
        began = time.perf_counter()
        try:
            code = subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment(environment))
        except OSError:
            return None
        found.append(Run(time.perf_counter() - began, code))
    return min(found)


def peak_memory(command: Sequence[str]) -> float | None:
    """Peak resident memory of a process in MB (1,000,000 bytes); None where the system does not tell, or the command fails."""
    done = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *command], capture_output=True, text=True, env=_environment(None))
    if done.returncode:
        return None
    code, peak = (int(word) for word in done.stdout.split())
    return None if code else peak * 1024 / 1e6


def python_prints(code: str, *, environment: dict[str, str] | None = None) -> list[float] | None:
    """The numbers that a fresh Python prints; None when it fails."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment(environment))
    return None if done.returncode else [float(word) for word in done.stdout.split()]


def _environment(more: dict[str, str] | None) -> dict[str, str]:
    """This environment, in which a checkout that is not installed is found too."""
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **(more or {})}
