"""Reviewing a corpus run, a pair at a time."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from cli_stub import Run, put, refused
from review_stub import suggestions

from restore.nouns import replay
from restore.review.pairreview import PairReview
from restore.review.pairs import Log, read_pairs
from restore.review_command import review_run

TEXT = "The battle ended in a hurry. Hurry to the battle, the primary one.\n"
ASKED = replay(TEXT, [s.edit for s in suggestions(TEXT) if s.action == "apply"])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """OUT of a run over two texts and a table of rows: "battle" was replaced, "hurry" and "primary" are asked about."""
    (tmp_path / ".restore").mkdir()
    rows = []
    for name in ("a.txt", "sub/b.txt", "c.jsonl#1"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if path.suffix == ".txt":
            path.write_text(ASKED)
        for s in suggestions(TEXT):
            row = {"start": s.start, "end": s.end, "before": s.before, "replacement": s.replacement, "probability": s.probability, "action": s.action}
            rows.append(json.dumps({"document": name, **row}))
    (tmp_path / ".restore" / "changes.jsonl").write_text("\n".join(rows) + "\n")
    return tmp_path


def review(out: Path, typed: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return review_run(out)


def test_pairs_come_most_valuable_first(out: Path) -> None:
    assert [(p.before, len(p.places), round(p.worth, 2)) for p in read_pairs(out)] == [("hurry", 6, 3.3), ("primary", 3, 0.9)]


def test_one_answer_settles_all_places(out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert review(out, "y\nn\ny\n", monkeypatch) == 0
    wanted = ASKED.replace("hurry", "rush").replace("Hurry", "Rush")
    assert (out / "a.txt").read_text() == (out / "sub/b.txt").read_text() == wanted
    told = capsys.readouterr()
    assert "[-hurry-]{+rush+}. Hurry to the war" in told.out
    assert "2 edits not made: rows" in told.err
    review(out, "y\n", monkeypatch)
    assert (out / "a.txt").read_text() == wanted


def test_later_answers_find_their_places_after_earlier_edits(out: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    review(out, "y\nw\ny\n", monkeypatch)
    review(out, "y\ny\n", monkeypatch)
    wanted = ASKED.replace("hurry", "rush").replace("Hurry", "Rush").replace("primary", "first")
    assert (out / "a.txt").read_text() == wanted
    assert run("apply", "--undo", out / "a.txt").code == run("apply", "--undo", out / "a.txt").code == 0
    assert (out / "a.txt").read_text() == ASKED


@pytest.mark.parametrize("typed", ["", "y\n", "y\nq\n", "y\nw\n", "y\nw\nn\n", "y\nn\n", "y"])
def test_nothing_is_written_by_accident(out: Path, monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    review(out, typed, monkeypatch)
    assert (out / "a.txt").read_text() == ASKED


def test_answers_are_kept_and_taken_back(out: Path) -> None:
    def run(typed: str) -> Log:
        PairReview(out, read_pairs(out), Log(out), io.StringIO(typed), io.StringIO()).run()
        return Log(out)

    assert run("y\nq\n").answers == {"hurry → rush": "accept"}
    assert run("u\nn\n?\nm\n\n").answers == {"hurry → rush": "reject"}
    with (out / ".restore" / "answers.jsonl").open("a") as file:
        file.write('{"pair": "primary → fi')
    assert Log(out).answers == {"hurry → rush": "reject"}


def test_a_folder_that_is_no_run_is_refused(run: Run) -> None:
    Path("empty").mkdir()
    assert "name the OUT folder" in refused(run("review", "empty"), 3)
    Path("bad/.restore").mkdir(parents=True)
    put("bad/.restore/changes.jsonl", "{}\n")
    assert "changes.jsonl:1" in refused(run("review", "bad"), 2)
