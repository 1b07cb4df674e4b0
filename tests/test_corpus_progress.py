"""What a run says while it works."""

from __future__ import annotations

import io
import sys

import pytest

from restore.corpus import progress
from restore.corpus.document import Failure
from restore.corpus.ledger import Part
from restore.corpus.progress import Display, Tally, closing, line

DOCUMENTS = ('{"document": "a", "verdict": "spun"}', '{"document": "b", "verdict": "clean"}')
PART = Part(0, b"", 2, True, DOCUMENTS, ('{"action": "apply"}', '{"action": "ask"}'), (Failure("c", "row", "x"),))


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    """Ten seconds in: 1,204 files, 14.2 MB, of which 200 with 4.2 MB were done before."""
    tally = Tally(files=1_204, size=14_200_000, skipped=200, skipped_size=4_200_000, failed=1, began=0.0)
    tally.count(PART)
    monkeypatch.setattr(progress, "monotonic", lambda: 10.0)
    return tally


def test_counts(tally: Tally) -> None:
    assert (tally.documents, tally.spun, tally.applied, tally.errors) == (2, 1, 1, 1)


def test_plain_line(tally: Tally) -> None:
    assert line(tally, 10_000, 118_000_000) == "1,204 of 10,000 files, 14.2 of 118.0 MB (12 %), 1.00 MB/s, 0:01:44 left, 50.0 % spun, 2 errors"
    assert line(Tally(), 0, 0).startswith("0 of 0 files, 0.0 of 0.0 MB (0 %)")


def test_closing_line(tally: Tally) -> None:
    assert closing(tally) == "done: 1,204 files (200 done before), 14.2 MB in 0:00:10 (1.00 MB/s); 2 documents restored, 1 spun, 1 changes; 2 errors"
    assert closing(tally, "interrupted").startswith("interrupted: 1,204 files")


def test_plain_lines_come_now_and_then(tally: Tally, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with Display(tally, 10_000, 118_000_000, quiet=False) as display:
        for second in range(10, 45):
            monkeypatch.setattr(progress, "monotonic", lambda second=second: float(second))
            display.update()
    assert capsys.readouterr().err.count("of 10,000 files") == 3


def test_quiet(tally: Tally, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with Display(tally, 10_000, 118_000_000, quiet=True) as display:
        monkeypatch.setattr(progress, "monotonic", lambda: 99.0)
        display.update()
    assert capsys.readouterr().err == ""


def test_live_on_a_terminal(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with Display(tally, 10_000, 118_000_000, quiet=False) as display:
        display.update()
    assert "1,204/10,000 files" in shown.getvalue()
    assert "50.0% spun" in shown.getvalue()
    assert "2 errors" in shown.getvalue()
