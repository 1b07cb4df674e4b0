"""Fixtures of the tests of the command line."""

from __future__ import annotations

import functools
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from cli_stub import Result, Run, StubRestorer

from restore import pipeline, places
from restore.cli import main

#: By settings; dictionaries are named as in the test, so tests that bring one give it a name of its own.
RealRestorer = functools.cache(pipeline.Restorer)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder without dictionaries, so that nobody's own ones count; gives the folder that they would lie in."""
    base = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("XDG_DATA_HOME", str(base))  # for tests that start a process
    monkeypatch.setattr(places, "personal", lambda: base / "restore")
    return base / "restore"


@pytest.fixture(autouse=True)
def no_language_model(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test sees must not depend on whether a model is installed here; tests of the second look name their own."""
    monkeypatch.setattr(places, "models", lambda: tmp_path_factory.getbasetemp() / "no-models")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> Run:
    """Run the command line in a folder of its own, without settings files from above."""
    monkeypatch.setattr(pipeline, "Restorer", StubRestorer)
    monkeypatch.setattr(StubRestorer, "made", [])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return Result(code, out, err.decode())

    return run


@pytest.fixture
def real(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(pipeline, "Restorer", RealRestorer)
    return run
