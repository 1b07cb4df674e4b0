"""The decisions file, applying it and taking that back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_stub import Run, put, refused
from hypothesis import given, settings
from hypothesis import strategies as st
from review_stub import TEXT, suggestions

from restore.decisions import CONTEXT, Decision, Decisions, content_hash, decide, decided, dumps, loads, read_decisions, write_decisions
from restore.errors import InputError, SettingsError
from restore.reanchor import reanchor
from restore.textfile import decode
from restore.undo import read_steps, record_path, undo, write_with_record

GOOD = {"start": 4, "end": 10, "before": "battle", "choice": "accept", "replacement": "war", "left": "The ", "right": " ended", "who": "", "when": ""}
HEAD = {"version": 1, "kind": "restore-decisions", "path": "a.txt", "sha256": "0"}
BAD = [
    ("{", "not JSON"),
    ("[]", "'kind'"),
    (json.dumps(HEAD | {"kind": "other", "decisions": []}), "'kind'"),
    (json.dumps(HEAD | {"version": 2, "decisions": []}), "version 2"),
    (json.dumps(HEAD), "'decisions'"),
    (json.dumps(HEAD | {"decisions": [1]}), "decision 1"),
    (json.dumps(HEAD | {"decisions": [GOOD | {"start": -1}]}), "'start'"),
    (json.dumps(HEAD | {"decisions": [GOOD | {"start": True}]}), "'start'"),
    (json.dumps(HEAD | {"decisions": [GOOD | {"choice": "maybe"}]}), "'maybe'"),
    (json.dumps(HEAD | {"decisions": [GOOD | {"before": "battles"}]}), "'before'"),
    (json.dumps(HEAD | {"decisions": [GOOD | {"replacement": "w\nar"}]}), "line break"),
    (json.dumps(HEAD | {"decisions": [GOOD, GOOD]}), "decision 2"),
]
words = st.text(st.sampled_from("ab é\n“😀\udcff"), max_size=6)


def all_of(text: str, choice: str = "accept") -> tuple[Decision, ...]:
    return tuple(decide(text, s, choice, s.replacement if choice == "accept" else s.before) for s in suggestions(text))  # type: ignore[arg-type]


@settings(deadline=None)
@given(words, words, words)
def test_a_file_of_decisions_is_read_as_it_was_written(left: str, before: str, right: str) -> None:
    decision = Decision(3, 3 + len(before) + 1, before + "x", "edit", "y" + "\n" * before.count("\n"), left, right, "me", "2026-11-23T10:00:00Z")
    kept = Decisions("a.txt", "ff", (decision,))
    text = dumps(kept)
    assert loads(text, "-") == kept
    text.encode("ascii")


@pytest.mark.parametrize(("text", "reason"), BAD)
def test_what_is_no_decisions_file_is_refused_in_one_line(run: Run, text: str, reason: str) -> None:
    put("a.txt", TEXT)
    line = refused(run("apply", "a.txt", "--decisions", put("d.json", text)), 2)
    assert line.startswith("d.json") and reason in line
    assert Path("a.txt").read_bytes() == TEXT.encode()


def test_unknown_fields_are_passed_over() -> None:
    assert loads(json.dumps(HEAD | {"new": 1, "decisions": [GOOD | {"new": 1}]}), "-").decisions[0].replacement == "war"


def test_a_missing_file_of_decisions_or_text_is_told(run: Run) -> None:
    put("a.txt", TEXT)
    assert "no such decisions file" in refused(run("apply", "a.txt"), 3)
    assert "no such file" in refused(run("apply", "b.txt"), 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_applying_and_undoing_put_every_byte_back(run: Run, encoding: str) -> None:
    text = ("“Café” – " + TEXT).replace("\n", "\r\n")
    data = text.encode(encoding)
    put("a.txt", data)
    read = decode(data, "-").text
    write_decisions(Path("a.txt.restore.json"), Decisions("a.txt", content_hash(data), all_of(read)))
    assert run("apply", "a.txt").code == 0
    assert Path("a.txt").read_bytes() == text.replace("battle", "war").replace("Battle", "War").replace("hurry", "rush").replace("mentioned", "said").replace(
        "primary", "first"
    ).replace("odd", "strange").encode(encoding)
    again = run("apply", "a.txt")
    assert again.code == 0 and "0 edits written" in again.err
    assert run("apply", "--undo", "a.txt").code == 0
    assert Path("a.txt").read_bytes() == data
    assert not record_path(Path("a.txt")).exists()
    assert "nothing to undo" in refused(run("apply", "--undo", "a.txt"), 3)


def test_undo_refuses_a_file_that_was_edited_since(run: Run) -> None:
    put("a.txt", TEXT)
    write_decisions(Path("a.txt.restore.json"), Decisions("a.txt", content_hash(TEXT.encode()), all_of(TEXT)))
    run("apply", "a.txt")
    put("a.txt", Path("a.txt").read_bytes() + b"more")
    assert "was changed since" in refused(run("apply", "--undo", "a.txt"), 3)
    assert Path("a.txt").read_bytes().endswith(b"more")


def test_steps_are_undone_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)
    for s in (0, 1):
        file = decode(path.read_bytes(), "a")
        edits = decided(file.text, all_of(file.text)[s : s + 1]).edits
        write_with_record(path, file, edits, decided(file.text, all_of(file.text)[s : s + 1]).restored.encode())
    assert len(read_steps(path)) == 2
    assert undo(path) == undo(path) == 1
    assert path.read_text() == TEXT


def test_a_dry_run_writes_nothing(run: Run) -> None:
    put("a.txt", TEXT)
    write_decisions(Path("a.txt.restore.json"), Decisions("a.txt", content_hash(TEXT.encode()), all_of(TEXT)))
    assert "would be written" in run("apply", "a.txt", "--dry-run").err
    assert Path("a.txt").read_text() == TEXT


def test_rejections_change_nothing() -> None:
    assert decided(TEXT, all_of(TEXT, "reject")).restored == TEXT


def test_unreadable_decisions_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_decisions(tmp_path)
    (tmp_path / "d.json").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_decisions(tmp_path / "d.json")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["One line. ", "Two of them.\n", "The end of it all was near. "]), max_size=6), st.data())
def test_decisions_find_their_places_again(new: list[str], data: st.DataObject) -> None:
    decisions = all_of(TEXT)
    text = "".join(new) + TEXT
    found = reanchor(text, decisions)
    assert [text[d.start : d.end] for d in found.placed] == [d.before for d in decisions]
    shift = len("".join(new))
    assert [d.start for d in found.placed] == [d.start + shift for d in decisions]


def test_what_was_carried_out_counts_as_done_and_what_is_gone_as_lost() -> None:
    decisions = all_of(TEXT)
    found = reanchor(decided(TEXT, decisions[:3]).restored, decisions)
    assert found.done == decisions[:3]
    assert [d.before for d in found.placed] == [d.before for d in decisions[3:]]
    assert reanchor("Something else entirely, without any of it.\n", decisions).lost == decisions


def test_an_unlike_sentence_is_no_place_for_a_decision() -> None:
    old = Decision(40, 46, "battle", "accept", "war", "the chairman of the board lost a long "[-CONTEXT:], " over the budget of the city hall and"[:CONTEXT])
    assert reanchor("Deep in the forest a battle between ants and termites goes on at night.", [old]).lost == (old,)


def test_what_could_not_be_placed_is_told(run: Run) -> None:
    put("a.txt", "Nothing of it is here.\n")
    write_decisions(Path("d.json"), Decisions("a.txt", "0", all_of(TEXT)[:1]))
    result = run("apply", "a.txt", "--decisions", "d.json")
    assert result.code == 0
    assert 'could not place the decision about "battle"' in result.err
