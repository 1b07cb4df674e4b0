"""The review line by line."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from cli_stub import Run, put
from review_stub import TEXT, desk, document

from restore.decisions import read_decisions
from restore.review.plain import HELP, PlainReview

#: Lines typed, and (before, choice, replacement) of what is decided then.
TYPED = [
    ("y\n", [("battle", "accept", "war")]),
    ("n\n", [("battle", "reject", "battle")]),
    ("2\n", [("battle", "edit", "fight")]),
    ("3\n", [("battle", "reject", "battle")]),
    ("e\nown\n", [("battle", "edit", "own")]),
    ("e\n\n", []),
    ("\ny\n", [("hurry", "accept", "rush")]),
    ("j\nk\ny\n", [("battle", "accept", "war")]),
    ("a\n", [("battle", "accept", "war"), ("Battle", "accept", "War"), ("battle", "accept", "war"), ("battle", "accept", "war")]),
    ("d\nu\n", []),
    ("d\nu\nr\n", [("battle", "reject", "battle"), ("Battle", "reject", "Battle"), ("battle", "reject", "battle"), ("battle", "reject", "battle")]),
    ("l\ny\n", [("hurry", "accept", "rush")]),
    ("o\nl\ny\n", [("hurry", "accept", "rush")]),
    ("/said\ny\n", [("mentioned", "accept", "said")]),
    ("/nowhere\n9\nzz\n?\n", []),
    ("m\nended\nstopped\ny\n", [("battle", "accept", "war"), ("ended", "edit", "stopped")]),
    ("m\nended\nstopped\nu\n", []),
    ("m\nbattle\nx\nm\n\n", []),
    ("y", []),  # half a line that the input ended in is no answer
]


@pytest.mark.parametrize(("typed", "decided"), TYPED)
def test_every_key(tmp_path: Path, typed: str, decided: list[tuple[str, str, str]]) -> None:
    d = desk(document(tmp_path / "a.txt"))
    out = io.StringIO()
    assert not PlainReview(d, io.StringIO(typed), out).run()
    keep = d.documents[0].keep
    found = read_decisions(keep).decisions if keep.exists() else ()
    assert [(x.before, x.choice, x.replacement) for x in found] == decided
    assert (tmp_path / "a.txt").read_text() == TEXT
    assert ("There is no alternative 9." in out.getvalue()) == ("9" in typed)


def test_a_question_has_sentence_alternatives_and_evidence(tmp_path: Path) -> None:
    out = io.StringIO()
    PlainReview(desk(document(tmp_path / "a.txt")), io.StringIO("?\n"), out).run()
    assert "a.txt:1:5  (0 of 9 decided)" in out.getvalue()
    assert "The [-battle-]{+war+} ended in a hurry, he mentioned.\n  1 war 0.97 (suggested)\n  2 fight 0.02\n  3 battle 0.01 (as it stands)\n" in out.getvalue()
    assert '"war" fits here 6.1 nats better; "battle" 4 times in this text, 0.25 expected; row own.tsv:2, family A' in out.getvalue()
    assert HELP in out.getvalue()


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "yes\n"])
def test_nothing_is_written_by_accident(tmp_path: Path, answer: str) -> None:
    assert not PlainReview(desk(document(tmp_path / "a.txt")), io.StringIO("y\nw\n" + answer), io.StringIO()).run()


def test_all_decided_and_then_undone(tmp_path: Path) -> None:
    d = desk(document(tmp_path / "a.txt"))
    assert PlainReview(d, io.StringIO("a\na\na\na\n" + "u\n" + "n\nw\ny\n"), io.StringIO()).run()


def test_the_command_keeps_writes_and_takes_back(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from restore.review_command import review_files

    def review(typed: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return review_files([Path("a.txt")], plain=True, decisions=None, config=None, isolated=True)

    text = (Path(__file__).parent.parent / "seeds" / "news-ferry-strike.spun.txt").read_bytes()
    put("a.txt", text)
    assert review("y\n") == 0
    assert Path("a.txt").read_bytes() == text
    assert len(read_decisions(Path("a.txt.restore.json")).decisions) == 1
    assert review("y\nw\ny\n") == 0
    assert Path("a.txt").read_bytes() != text
    assert real("apply", "--undo", "a.txt").code == 0
    assert Path("a.txt").read_bytes() == text


def test_a_file_that_is_missing_is_told_and_the_others_are_reviewed(run: Run) -> None:
    put("a.txt", TEXT)
    result = run("review", "--plain", "b.txt")
    assert result.code == 3 and "b.txt: no such file" in result.err
    assert run("review", "--plain", "a.txt", "b.txt", "--decisions", "d.json").code == 2
