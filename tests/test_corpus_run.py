"""Whole runs over folders: what is written, what is skipped, what goes wrong, and that being killed changes nothing."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from cli_stub import RESTORED, TEXT, Run
from corpus_stub import foresee, lines, order, snapshot, start

from benchmarks.trees import FORMATS, Plan, make_tree
from restore.corpus.formats import Kind
from restore.corpus.store import Store
from restore.corpus.walk import Entry, Selection
from restore.errors import SettingsError
from restore.jsonreport import dumps


def fill(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def tree(folder: Path) -> dict[str, str]:
    return {name: data.decode("utf-8", "replace") for name, data in snapshot(folder).items() if not name.startswith(".restore")}


# Which files


def names(selection: Selection) -> list[str]:
    return [entry.name for entry in selection.walk() if isinstance(entry, Entry)]


def test_selection(tmp_path: Path) -> None:
    kept = ["a.txt", "b/c.html.gz", "b/d.md", "b/e/f.jsonl"]
    fill(tmp_path, dict.fromkeys([*kept, ".hidden.txt", ".git/a.txt", "b/picture.png", ".restore/old.txt", "out/a.txt"], "x"))
    (tmp_path / "link.txt").symlink_to("a.txt")
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.txt")
    beside = (tmp_path / "out",)
    assert names(Selection(tmp_path, beside=beside)) == kept
    assert names(Selection(tmp_path, hidden=True, beside=beside)) == [".git/a.txt", ".hidden.txt", *kept]
    assert names(Selection(tmp_path, include=("*.md", "/b/e/"), beside=beside)) == ["b/d.md", "b/e/f.jsonl"]
    assert names(Selection(tmp_path, exclude=("b/*", "!b/d.md"), beside=beside)) == ["a.txt", "b/d.md"]
    assert names(Selection(tmp_path / "a.txt")) == ["a.txt"]
    with pytest.raises(SettingsError, match="of no format that is known"):
        names(Selection(tmp_path / "b" / "picture.png"))


def test_ignore_files(tmp_path: Path) -> None:
    fill(tmp_path, dict.fromkeys(["a.txt", "b/a.txt", "b/c.txt", "b/d/a.txt", "e/c.txt"], "x"))
    fill(tmp_path, {".restoreignore": "/a.txt\n", "b/.restoreignore": "# drafts\n/a.txt\nd/\n"})
    assert names(Selection(tmp_path)) == ["b/c.txt", "e/c.txt"]


# One run


def test_mirrors_a_tree(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.txt": TEXT, "b/c.md": "clean\n", "b/d.html": f"<p>{TEXT}</p>", "rows.jsonl": json.dumps({"text": TEXT}) + "\n"}
    source = fill(tmp_path / "in", files)
    before = snapshot(source)
    assert order(source, tmp_path / "out").execute() == 0
    rows = json.dumps({"text": RESTORED}) + "\n"
    assert tree(tmp_path / "out") == {"a.txt": RESTORED, "b/c.md": "clean\n", "b/d.html": f"<p>{RESTORED}</p>", "rows.jsonl": rows}
    assert snapshot(source) == before
    documents = lines(tmp_path / "out", "documents.jsonl")
    assert [(d["document"], d["applied"], d["verdict"]) for d in documents] == [
        ("a.txt", 1, "spun"), ("b/c.md", 0, "clean"), ("b/d.html", 1, "spun"), ("rows.jsonl#1", 1, "spun"),
    ]  # fmt: skip
    changes = lines(tmp_path / "out", "changes.jsonl")
    assert [(c["document"], c["before"]) for c in changes if c["action"] == "apply"] == [(d, "battle") for d in ("a.txt", "b/d.html", "rows.jsonl#1")]
    assert sum(c["action"] == "ask" for c in changes) == 3
    state = tmp_path / "out" / ".restore"
    facts = json.loads((state / "run.json").read_text())
    assert (facts["complete"], facts["files"], facts["documents"], facts["errors"]) == (True, 4, 4, 0)
    assert facts["settings"]["threshold"] == 0.65
    assert set(facts["data"]) >= {"model.bin", "words.tsv"}
    assert {path.name for path in state.iterdir()} == {
        "changes.jsonl", "documents.jsonl", "errors.jsonl", "ledger.sqlite", "run.json", "summary.html", "summary.md",
    }  # fmt: skip


def test_clean_files_come_out_byte_for_byte(tmp_path: Path) -> None:
    """Not even compressed again."""
    make_tree(tmp_path / "in", Plan(30_000, formats=FORMATS, draw=lambda *_: "All quiet.\n" * 50))
    assert order(tmp_path / "in", tmp_path / "out").execute() == 0
    assert tree(tmp_path / "out") != {}
    for name, data in snapshot(tmp_path / "in").items():
        if ".html" not in name:  # pages of the generator have a picture of a battle
            assert (tmp_path / "out" / name).read_bytes() == data


def test_what_was_seen_is_summed_up(tmp_path: Path, run: Run) -> None:
    source = fill(tmp_path / "in", {"news/a.txt": TEXT * 2, "web/b.txt": TEXT, "web/c.txt": "clean", "bad.txt": b"\0"})
    assert order(source, tmp_path / "out").execute() == 3
    result = run("corpus", "report", tmp_path / "out")
    text = result.out.decode()
    assert result.code == 0
    assert "| documents spun      | 2 (66.7%) |" in text
    assert "| battle |      war |     3 |" in text
    assert "| news   |         1 | 1 (100.0%) |      A 1 |" in text
    assert "| undecodable |      1 |" in text
    page = (tmp_path / "out" / ".restore" / "summary.html").read_text()
    assert page.count("<svg") == 3
    assert "battle → war" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=.https?:", re.sub(r"<rdf:RDF.*?</rdf:RDF>", "", page, flags=re.DOTALL))  # it needs nothing from elsewhere


# Running again


def test_done_is_skipped_and_changed_is_redone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = fill(tmp_path / "in", {"a.txt": TEXT, "b.txt": "clean", "c.jsonl": '{"text": "battle"}\n' * 3, "gone.txt": TEXT}), tmp_path / "out"
    order(source, out).execute()
    stamp = {path: path.stat().st_mtime_ns for path in out.glob("[a-z]*")}

    def again(**given: Any) -> str:
        assert order(source, out, quiet=False, **given).execute() == 0
        return capsys.readouterr().err

    assert "4 files (4 done before)" in again()
    assert stamp == {path: path.stat().st_mtime_ns for path in out.glob("[a-z]*")}
    fill(source, {"b.txt": "battle", "c.jsonl": '{"text": "battle x"}\n'})
    (source / "gone.txt").unlink()
    (out / "a.txt").write_text("tampered with")
    assert "3 files," in again()
    assert tree(out) == {"a.txt": RESTORED, "b.txt": "war", "c.jsonl": '{"text": "war x"}\n'}
    assert [d["document"] for d in lines(out, "documents.jsonl")] == ["a.txt", "b.txt", "c.jsonl#1"]
    assert "3 files (3 done before)" in again()
    assert "3 files," in again(force=True)
    assert "3 files," in again(overrides={"threshold": 0.99})
    assert "3 files (3 done before)" in again(overrides={"threshold": 0.99})


def test_a_file_that_was_mended(tmp_path: Path) -> None:
    source, out = fill(tmp_path / "in", {"a.txt": TEXT, "b.jsonl": "bad\n"}), tmp_path / "out"
    assert order(source, out).execute() == 3
    fill(source, {"a.txt": b"\0", "b.jsonl": '{"text": "battle"}\n'})
    assert order(source, out).execute() == 3
    assert tree(out) == {"b.jsonl": '{"text": "war"}\n'}
    assert [e["document"] for e in lines(out, "errors.jsonl")] == ["a.txt"]
    fill(source, {"a.txt": TEXT})
    assert order(source, out).execute() == 0
    assert lines(out, "errors.jsonl") == []


def test_one_run_at_a_time(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {f"{k}.txt": TEXT for k in range(40)})
    running = start(source, tmp_path / "out", pause=0.2)
    ledger = tmp_path / "out" / ".restore" / "ledger.sqlite"
    try:
        while not ledger.exists() or not list((tmp_path / "out").glob("*.txt")):
            time.sleep(0.05)
            assert running.poll() is None
        with pytest.raises(SettingsError, match="another run is at work there"):
            order(source, tmp_path / "out").execute()
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


# In place


def test_in_place(tmp_path: Path) -> None:
    page, rows = f"<p>{TEXT}</p>", '{"text": "battle"}\n'
    source, kept = fill(tmp_path / "in", {"a.txt": TEXT, "b/c.txt": "clean", "b/d.html": page, "e.jsonl": rows}), tmp_path / "kept"
    (source / "a.txt").chmod(0o640)
    for _ in range(2):
        assert order(source, in_place=True, backup=kept).execute() == 0
        assert tree(source) == {"a.txt": RESTORED, "b/c.txt": "clean", "b/d.html": f"<p>{RESTORED}</p>", "e.jsonl": '{"text": "war"}\n'}
        assert tree(kept) == {"a.txt": TEXT, "b/d.html": page, "e.jsonl": rows}
        assert len(lines(kept, "documents.jsonl")) == 4
    assert (source / "a.txt").stat().st_mode & 0o777 == 0o640


def test_in_place_starts_from_the_originals(tmp_path: Path) -> None:
    source, kept = fill(tmp_path / "in", {"a.txt": TEXT}), tmp_path / "kept"
    order(source, in_place=True, backup=kept).execute()
    assert order(source, in_place=True, backup=kept, overrides={"threshold": 0.1, "ask_threshold": 0.1}).execute() == 0
    assert len(lines(kept, "changes.jsonl")) == 2  # as if there had been one run
    fill(source, {"a.txt": "a new battle"})
    assert order(source, in_place=True, backup=kept).execute() == 0
    assert tree(source) == {"a.txt": "a new war"}
    assert tree(kept) == {"a.txt": TEXT, "a.txt.~2~": "a new battle"}


# What goes wrong


def test_hostile_files(tmp_path: Path) -> None:
    make_tree(tmp_path / "in", Plan(1, hostile=True, draw=lambda *_: TEXT))
    before = snapshot(tmp_path / "in")
    assert order(tmp_path / "in", tmp_path / "out").execute() == 3
    assert snapshot(tmp_path / "in") == before
    failed = {(e["document"].removeprefix("hostile/"), e["kind"]) for e in lines(tmp_path / "out", "errors.jsonl")}
    assert failed == {
        ("binary.txt", "undecodable"), ("cut.txt.gz", "unreadable"), ("wrong.txt.zst", "unreadable"), ("wrong.parquet", "unreadable"), ("bad.jsonl#2", "row"),
        ("bad.jsonl#3", "row"), ("bad.jsonl#7", "row"), ("bad.jsonl#8", "row"), ("deep.jsonl#1", "row"), ("nofield.jsonl", "row"),
    }  # fmt: skip
    out = tree(tmp_path / "out")
    assert not any("link" in name or "loop" in name or "picture" in name for name in out)
    assert out["hostile/members.txt.gz"] != before["hostile/members.txt.gz"]
    changed = {name.removeprefix("hostile/") for name, data in snapshot(tmp_path / "out").items() if name.startswith("hostile") and before[name] != data}
    assert changed == {
        "bad.jsonl", "bom.txt", "deep.jsonl", "dos.txt", "latin1.txt", "list\nfeed.txt", "members.txt.gz", "open.html", "page.txt.html.md", "quotes.html",
        "script.html", "undecodable.txt", "comment.html", "deep.html", "caf\udce9.txt",
        "utf16.txt",
    }  # fmt: skip


POISON = {
    "POISON crash": ("crashed", "the worker was ended by SIGKILL"),
    "POISON exit": ("crashed", "the worker ended with exit code 7"),
    "POISON hang": ("timed out", "took longer than --timeout-per-document allows"),
    "POISON error": ("failed", "RuntimeError: surprise"),
}


@pytest.mark.parametrize("poison", POISON)
def test_poison_costs_its_document_only(tmp_path: Path, poison: str) -> None:
    good = json.dumps({"text": TEXT})
    rows = "\n".join([good, json.dumps({"text": poison}), good])
    source = fill(tmp_path / "in", {f"{k}.txt": TEXT for k in range(5)} | {"2.txt": poison, "rows.jsonl": rows})
    assert order(source, tmp_path / "out", timeout=1.0).execute() == 3
    found = {e["document"]: (e["kind"], e["message"]) for e in lines(tmp_path / "out", "errors.jsonl")}
    assert found == {"2.txt": POISON[poison], "rows.jsonl#2": POISON[poison]}
    mended = json.dumps({"text": RESTORED})
    rows = rows.replace(good, mended)
    assert tree(tmp_path / "out") == {**{f"{k}.txt": RESTORED for k in (0, 1, 3, 4)}, "rows.jsonl": rows}


@pytest.mark.parametrize(("poison", "together"), [("nothing", True), ("AHEAD error", False), ("AHEAD crash", False)])
def test_what_goes_wrong_with_several_texts_costs_none(tmp_path: Path, poison: str, together: bool) -> None:
    rows = "\n".join(json.dumps({"text": text}) for text in (TEXT, poison, TEXT))
    source = fill(tmp_path / "in", {f"{k}.txt": TEXT for k in range(5)} | {"2.txt": poison, "rows.jsonl": rows})
    assert order(source, tmp_path / "out", make=foresee).execute() == 0
    assert not lines(tmp_path / "out", "errors.jsonl")
    assert tree(tmp_path / "out") == {**{f"{k}.txt": RESTORED for k in (0, 1, 3, 4)}, "2.txt": poison, "rows.jsonl": rows.replace(TEXT[:-1], RESTORED[:-1])}
    assert all((d["spin_rate"] == 0.5) == together for d in lines(tmp_path / "out", "documents.jsonl") if d["document"] == "0.txt")


def test_long_texts_are_not_held_for_others(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.txt": TEXT, "b.txt": TEXT * 2, "long.txt": TEXT * 2000})
    assert order(source, tmp_path / "out", make=foresee).execute() == 0
    assert [d["spin_rate"] == 0.5 for d in lines(tmp_path / "out", "documents.jsonl")] == [True, True, False]


def test_files_that_are_too_large(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.txt": TEXT * 100, "b.txt": TEXT, "c.jsonl": json.dumps({"text": TEXT * 90}) + "\n" + json.dumps({"text": TEXT})})
    assert order(source, tmp_path / "out", limit=2_000).execute() == 3
    assert {(e["document"], e["kind"]) for e in lines(tmp_path / "out", "errors.jsonl")} == {("a.txt", "oversized"), ("c.jsonl#1", "oversized")}
    assert sorted(tree(tmp_path / "out")) == ["b.txt", "c.jsonl"]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    import gzip

    source = fill(tmp_path / "in", {"bomb.txt.gz": gzip.compress(bytes(50_000_000)), "bomb.jsonl.gz": gzip.compress(bytes(50_000_000)), "b.txt": TEXT})
    assert order(source, tmp_path / "out", limit=1_000_000).execute() == 3
    assert {(e["document"], e["kind"]) for e in lines(tmp_path / "out", "errors.jsonl")} == {("bomb.txt.gz", "oversized"), ("bomb.jsonl.gz", "oversized")}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {"a.txt": TEXT, "b.txt": TEXT})
    (source / "a.txt").chmod(0)
    assert order(source, tmp_path / "out").execute() == 3
    assert [(e["document"], e["kind"]) for e in lines(tmp_path / "out", "errors.jsonl")] == [("a.txt", "unreadable")]


@dataclass(frozen=True)
class Full(Store):
    """The disk of OUT is full for files of one name."""

    def publish(self, name: str, source: Path, temporary: Path | None, output: bytes | None = None) -> bytes:
        if name == "2.txt":
            raise OSError(errno.ENOSPC, "No space left on device", str(self.target / name))
        return super().publish(name, source, temporary, output)


def test_a_full_disk_ends_the_run_and_the_next_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from restore.errors import InputError

    source = fill(tmp_path / "in", {f"{k}.txt": TEXT for k in range(5)})
    with monkeypatch.context() as patched, pytest.raises(InputError, match="the disk is full"):
        patched.setattr("restore.corpus.order.Store", Full)
        order(source, tmp_path / "out", jobs=1).execute()
    assert "2.txt" not in tree(tmp_path / "out")
    assert order(source, tmp_path / "out").execute() == 0
    assert tree(tmp_path / "out") == {f"{k}.txt": RESTORED for k in range(5)}
    assert len(lines(tmp_path / "out", "documents.jsonl")) == 5


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_stops_cleanly(tmp_path: Path, sign: signal.Signals) -> None:
    source = fill(tmp_path / "in", {f"{k:03}.txt": TEXT for k in range(200)})
    running = start(source, tmp_path / "out", pause=0.2)
    while not list((tmp_path / "out").glob("*.txt")):
        time.sleep(0.05)
        assert running.poll() is None
    time.sleep(1)
    os.killpg(running.pid, sign)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, b"")
    facts = json.loads((tmp_path / "out" / ".restore" / "run.json").read_text())
    assert facts["complete"] is False
    assert 0 < facts["files"] < 200
    assert len(lines(tmp_path / "out", "documents.jsonl")) == facts["documents"] == facts["files"]
    assert order(source, tmp_path / "out").execute() == 0
    assert len(lines(tmp_path / "out", "documents.jsonl")) == 200


def test_workers_do_not_outlive_a_killed_run(tmp_path: Path) -> None:
    source = fill(tmp_path / "in", {f"{k:03}.txt": TEXT for k in range(100)})
    running = start(source, tmp_path / "out", pause=0.1)
    while not list((tmp_path / "out").glob("*.txt")):
        time.sleep(0.05)
    workers = psutil.Process(running.pid).children(recursive=True)
    assert len(workers) >= 2
    running.kill()
    running.communicate()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


# Killed and run again


@dataclass(frozen=True)
class Case:
    """A mixed tree that is restored once undisturbed, and again and again with kills; ``in_place`` or into another folder."""

    folder: Path
    in_place: bool
    formats: tuple[str, ...] = FORMATS
    hostile: bool = True
    real: bool = False

    def prepare(self) -> float:
        """Make the tree and restore a copy of it undisturbed; how long that took once it had begun, in seconds."""
        words = (TEXT, "All quiet here.\n")
        draw = None if self.real else lambda r, _: r.choice(words) * r.randint(1, 20)
        make_tree(self.folder / "tree", Plan(40_000, file_size=1_500, formats=self.formats, hostile=self.hostile, draw=draw))
        self.reset("plain")
        running = self.start("plain")
        self.wait_for_work("plain")
        began = time.monotonic()
        assert running.wait(120) == (3 if self.hostile else 0)
        return time.monotonic() - began

    def wait_for_work(self, name: str) -> None:
        while not (self.folder / name / ".restore" / "tmp").exists():
            time.sleep(0.005)

    def reset(self, name: str) -> None:
        for folder in (self.folder / f"in-{name}", self.folder / name):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder / "tree", self.folder / f"in-{name}", symlinks=True)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        source, out = self.folder / f"in-{name}", self.folder / name
        if self.in_place:
            return start(source, pause=0.002, real=self.real, in_place=True, backup=out)
        return start(source, out, pause=0.002, real=self.real)

    def check(self, name: str) -> None:
        """Output, reports and input are those of the undisturbed run."""
        for one, other in ((name, "plain"), (f"in-{name}", "in-plain")):
            assert snapshot(self.folder / one) == snapshot(self.folder / other)


def kill_at_random(case: Case, number: int) -> None:
    """Kill runs, or workers of them, at ``number`` random moments; a run that comes to its end all the same is checked, and begun anew."""
    choice = random.Random(number)
    seconds = case.prepare()
    case.reset("killed")
    for _ in range(number):
        running = case.start("killed")
        case.wait_for_work("killed")
        time.sleep(choice.uniform(0.0, 1.0) * seconds)
        workers = [child.pid for child in psutil.Process(running.pid).children()] if running.poll() is None else []
        victim = choice.choice([running.pid, running.pid, *workers])
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if running.wait(60) >= 0:  # it had lost a worker, or nothing any more
            case.check("killed")
            case.reset("killed")
    assert case.start("killed").wait(60) == (3 if case.hostile else 0)
    case.check("killed")


@pytest.mark.parametrize("in_place", [False, True])
def test_killed_runs_end_as_undisturbed_ones(tmp_path: Path, in_place: bool) -> None:
    kill_at_random(Case(tmp_path, in_place), 3)


@pytest.mark.slow
@pytest.mark.parametrize("in_place", [False, True])
def test_fifty_kills(tmp_path: Path, in_place: bool) -> None:
    """Without Parquet, whose library takes most of the time of so small a run."""
    kill_at_random(Case(tmp_path, in_place, ("txt", "html.gz", "jsonl", "jsonl.zst"), hostile=False), 25)


# The command line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("in",), "corpus: takes IN and OUT, not 1 places; see 'restore corpus --help'"),
        (("in", "out", "more"), "corpus: takes IN and OUT, not 3 places; see 'restore corpus --help'"),
        (("in", "out", "--in-place", "--backup", "b"), "corpus: takes IN alone, not 2 places; see 'restore corpus --help'"),
        (("in", "--in-place"), "--in-place: needs --backup DIR; originals are never lost"),
        (("in", "out", "--backup", "b"), "--backup: needs --in-place; originals are never lost"),
        (("none", "out"), "none: no such file or folder; check the path"),
        (("in", "in"), "in: holds the input; name another folder, or use --in-place with --backup DIR"),
        (("in", "."), ".: holds the input; name another folder, or use --in-place with --backup DIR"),
        (("in", "out", "--threshold", "2"), "--threshold: 'threshold' must be a number from 0 to 1, not 2.0"),
        (("in", "out", "--dictionary", "none.tsv"), "none.tsv: cannot read the dictionary (No such file or directory); check the path"),
        (("report", "none"), "none: no such folder; name the folder that 'restore corpus IN OUT' wrote to"),
    ],
)
def test_usage(run: Run, arguments: tuple[str, ...], line: str) -> None:
    Path("in").mkdir()
    result = run("corpus", *arguments)
    assert (result.code, result.out, result.err) == (2, b"", f"restore: {line}\n")


def test_no_report(run: Run) -> None:
    Path("in").mkdir()
    result = run("corpus", "report", "in")
    assert (result.code, result.err.startswith("restore: in/.restore/summary.md: no report there; ")) == (3, True)


def test_with_the_real_restorer(tmp_path: Path, real: Run) -> None:
    text = (Path(__file__).parent.parent / "seeds" / "news-ferry-strike.spun.txt").read_text(encoding="utf-8")
    fill(tmp_path / "in", {"a.txt": text, "b.html": "".join(f"<p>{line}</p>\n" for line in text.split("\n"))})
    result = real("corpus", tmp_path / "in", tmp_path / "out", "--jobs", "1", "--fast")  # a worker would find the model that may be installed here
    assert result.code == 0
    assert "done: 2 files" in result.err
    one, two = (d["applied"] for d in lines(tmp_path / "out", "documents.jsonl"))
    assert min(one, two) > 10
    assert (tmp_path / "out" / "a.txt").read_bytes() == real("--fast", tmp_path / "in" / "a.txt").out


def test_damaged_dictionary_is_one_line(tmp_path: Path, real: Run) -> None:
    fill(tmp_path / "in", {"a.txt": TEXT})
    bad = fill(tmp_path, {"bad.tsv": "nothing\n"}) / "bad.tsv"
    result = real("corpus", tmp_path / "in", tmp_path / "out", "--dictionary", bad)
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert "bad.tsv" in result.err


def test_names_that_are_no_unicode_are_reported(tmp_path: Path) -> None:
    fill(tmp_path / "in", {"caf\udce9.txt": TEXT})
    assert order(tmp_path / "in", tmp_path / "out").execute() == 0
    assert lines(tmp_path / "out", "documents.jsonl")[0]["document"] == "caf\udce9.txt"
    assert dumps({"a": "caf\udce9"}, indent=None) in '{"a": "caf\\udce9"}'


def test_kind_is_part_of_what_a_result_depends_on(tmp_path: Path) -> None:
    """The same bytes under another suffix are another document."""
    source = fill(tmp_path / "in", {"a.txt": "<code>battle</code>"})
    order(source, tmp_path / "out").execute()
    (source / "a.txt").rename(source / "a.html")
    order(source, tmp_path / "out").execute()
    assert tree(tmp_path / "out") == {"a.html": "<code>battle</code>"}
    assert Kind("html") != Kind("text")


def test_parquet_keeps_columns_types_and_compression(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": [1, 2, 3], "text": ["battle", None, "x"], "tags": [[1], None, [2, 3]]}).replace_schema_metadata({"who": "me"})
    (tmp_path / "in").mkdir()
    pq.write_table(table, tmp_path / "in" / "rows.parquet", compression="zstd")
    assert order(tmp_path / "in", tmp_path / "out").execute() == 0
    found = pq.ParquetFile(tmp_path / "out" / "rows.parquet")
    assert found.read().equals(table.set_column(1, "text", pa.array(["war", None, "x"])))
    assert found.schema_arrow.metadata[b"who"] == b"me"
    assert found.metadata.row_group(0).column(0).compression == "ZSTD"
    assert order(tmp_path / "in", tmp_path / "out", annotate=True).execute() == 0
    found = pq.ParquetFile(tmp_path / "out" / "rows.parquet")
    assert found.read(["restore_spin_rate", "restore_edits"]).to_pydict() == {"restore_spin_rate": [0.9, None, 0.0], "restore_edits": [1, None, 0]}
