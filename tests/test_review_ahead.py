"""Documents that are read in a second process arrive as if they were read here."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from review_stub import TEXT, document

from restore.errors import InputError, RestoreError, SettingsError
from restore.review.ahead import read_ahead, read_here
from restore.review.document import Document

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be split here")


def read(path: Path) -> Document:
    if path.name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if path.name == "missing":
        raise InputError(path, "no such file", "check the path")
    if path.name == "settings":
        raise SettingsError(path, "unknown setting")
    return document(path)


def test_documents_and_errors_arrive_in_order(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.txt", "missing", "b.txt", "settings")]
    ahead, here = list(read_ahead(read, paths)), list(read_here(read, paths))
    assert [type(x) for x in ahead] == [type(x) for x in here] == [Document, InputError, Document, SettingsError]
    assert [str(x) for x in ahead if isinstance(x, RestoreError)] == [str(x) for x in here if isinstance(x, RestoreError)]
    assert ahead[0].text == TEXT and ahead[0].suggestions == here[0].suggestions


def test_a_process_that_dies_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    first, second = read_ahead(read, [tmp_path / "a.txt", tmp_path / "killed", tmp_path / "b.txt"])
    assert isinstance(first, Document) and "stopped before its end" in str(second)


def test_leaving_early_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split, children = os.fork, []

    def fork() -> int:
        children.append(split())
        return children[-1]

    monkeypatch.setattr(os, "fork", fork)
    documents = read_ahead(read, [tmp_path / str(i) for i in range(50)])
    next(documents)
    documents.close()  # type: ignore[attr-defined]
    with pytest.raises(ChildProcessError):
        os.waitpid(children[0], os.WNOHANG)
