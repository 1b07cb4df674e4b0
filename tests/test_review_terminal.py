"""The review in a real terminal: tmux types, and what it shows is looked at."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from restore.decisions import read_decisions

ROOT = Path(__file__).parent.parent
SEED = ROOT / "seeds" / "news-ferry-strike.spun.txt"
#: Seconds after which something that should have come on the screen will not come; a loaded machine takes ten times as long as a quiet one.
PATIENCE = 60
pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")]


class Terminal:
    """One tmux session of its own server."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, f"restore-{os.getpid()}-{folder.name}"
        shell = ("env", f"PYTHONPATH={ROOT}", "PS1=$ ", "TERM=tmux-256color", "sh")
        self._tmux("-f", os.devnull, "new-session", "-d", "-x", "100", "-y", "30", "-c", str(folder), *shell)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(["tmux", "-L", self.socket, *arguments], check=True, capture_output=True, text=True).stdout

    def type(self, *names: str) -> None:
        self._tmux("send-keys", *names)

    def wait(self, text: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            screen = self._tmux("capture-pane", "-p")
            if text in screen:
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{text!r} did not come:\n{screen}")

    def process(self) -> int:
        """The main process of the review: the child of the shell."""
        shell = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell], check=True, capture_output=True, text=True).stdout.split()[0])

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    shutil.copyfile(SEED, tmp_path / "a.txt")
    made = Terminal(tmp_path)
    yield made
    made.close()


def wait_for_decisions(path: Path, count: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if path.exists() and len(read_decisions(path).decisions) == count:
            return
        time.sleep(0.05)
    raise AssertionError(f"no {count} decisions in {path}")


def test_full_screen_from_launch_to_writing_and_back(terminal: Terminal) -> None:
    original = SEED.read_bytes()
    terminal.type(f"{sys.executable} -m restore review --isolated a.txt", "Enter")
    terminal.wait("nats better")
    terminal.type("y")
    terminal.wait("1 of ")
    terminal.type("w")
    terminal.wait("Write 1 edits into 1 file and quit")
    terminal.type("Down", "Enter")
    terminal.wait("1 edit written")
    assert (terminal.folder / "a.txt").read_bytes() != original
    terminal.type(f"{sys.executable} -m restore apply --undo a.txt", "Enter")
    terminal.wait("1 edit undone")
    assert (terminal.folder / "a.txt").read_bytes() == original


def test_a_killed_review_loses_nothing_that_was_decided(terminal: Terminal) -> None:
    keep = terminal.folder / "a.txt.restore.json"
    terminal.type(f"{sys.executable} -m restore review --isolated a.txt", "Enter")
    terminal.wait("nats better")
    terminal.type("y", "n", "y")
    wait_for_decisions(keep, 3)
    os.kill(terminal.process(), signal.SIGKILL)
    assert [d.choice for d in read_decisions(keep).decisions] == ["accept", "reject", "accept"]
    assert (terminal.folder / "a.txt").read_bytes() == SEED.read_bytes()
    terminal.type("reset; clear", "Enter")
    terminal.type(f"{sys.executable} -m restore a.txt --review --isolated", "Enter")
    terminal.wait("3 of ")


def test_a_closed_terminal_writes_nothing(terminal: Terminal) -> None:
    terminal.type(f"{sys.executable} -m restore review --isolated a.txt", "Enter")
    terminal.wait("nats better")
    terminal.type("y")
    wait_for_decisions(terminal.folder / "a.txt.restore.json", 1)
    terminal.close()
    assert (terminal.folder / "a.txt").read_bytes() == SEED.read_bytes()


def test_plain_mode_on_a_terminal_that_can_do_no_more(terminal: Terminal) -> None:
    terminal.type(f"TERM=dumb {sys.executable} -m restore review --isolated a.txt", "Enter")
    terminal.wait("? for help:")
    terminal.type("y", "Enter")
    terminal.wait("(1 of ")
    terminal.type("C-d")
    terminal.wait("nothing written; 1 decision kept")
    assert (terminal.folder / "a.txt").read_bytes() == SEED.read_bytes()
