"""Files the command line cannot take, files it writes, and the shipped restorer on seeds/."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_stub import RESTORED, ROOT, TEXT, Run, StubRestorer, put, refused

from restore import pipeline
from restore.errors import ModelError
from restore.nouns import Restoration
from restore.settings import Settings

SPUN = ROOT / "seeds" / "news-ferry-strike.spun.txt"
CLEAN = ROOT / "seeds" / "navy-officers-ships.clean.txt"


# Bad input


def test_a_missing_file(run: Run) -> None:
    assert refused(run("missing.txt"), 3) == "missing.txt: no such file; check the path"


def test_a_folder_is_a_usage_error_and_nothing_is_done(run: Run) -> None:
    put("a.txt", TEXT)
    Path("texts").mkdir()
    assert refused(run("a.txt", "texts", "--write"), 2) == "texts: is a folder; use 'restore corpus IN OUT' for folders"
    assert Path("a.txt").read_text() == TEXT


def test_a_binary_file(run: Run) -> None:
    assert refused(run(put("a.bin", b"the battle\0")), 3) == "a.bin: binary file (NUL byte at offset 10); restore reads text"
    assert refused(run("-", stdin=b"\0"), 3) == "standard input: binary file (NUL byte at offset 0); restore reads text"


def test_an_invalid_dictionary(real: Run) -> None:
    put("a.txt", TEXT)
    bad = put("bad.tsv", "# restore dictionary 1\nwar\twar\n")
    assert refused(real("a.txt", "--dictionary", bad), 2) == "bad.tsv:2: 'war' maps to itself"
    assert refused(real("a.txt", "--dictionary", "none.tsv"), 2).startswith("none.tsv: ")


def test_a_broken_model(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(settings: Settings) -> None:
        raise ModelError("model.bin", "the language model file is cut short", "copy or rebuild it")

    monkeypatch.setattr(pipeline, "Restorer", fail)
    assert refused(run(put("a.txt", TEXT)), 2) == "model.bin: the language model file is cut short; copy or rebuild it"


@pytest.mark.parametrize(
    ("error", "line"), [(MemoryError(), "too large for the memory that is free; split the file"), (OSError(errno.EIO, "I/O error"), "I/O error")]
)
def test_what_the_machine_lacks_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, line: str) -> None:
    def fail(self: StubRestorer, text: str) -> Restoration:
        raise error

    monkeypatch.setattr(StubRestorer, "restore", fail)
    assert refused(run(put("a.txt", TEXT)), 3) == f"a.txt: {line}"


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: StubRestorer, text: str) -> Restoration:
        raise KeyboardInterrupt

    monkeypatch.setattr(StubRestorer, "restore", interrupt)
    assert run(put("a.txt", TEXT), "--write") == (130, b"", "")
    assert Path("a.txt").read_text() == TEXT


# Writing


def test_write_edits_in_place_and_says_so(run: Run) -> None:
    data = b"\xef\xbb\xbfThe battle\r\nthe \xff battle\r\n"
    path = put("a.txt", data)
    path.chmod(0o640)
    put("b.txt", "clean\n")
    before = Path("b.txt").stat()
    result = run("a.txt", "b.txt", "--write")
    assert (result.code, result.out) == (0, b"")
    assert result.err.startswith("a.txt: 2 edits written\nrestored 2 of 2 suggestions in 2 files (1 spun, 1 clean); ")
    assert path.read_bytes() == data.replace(b"battle", b"war")
    assert path.stat().st_mode & 0o777 == 0o640
    after = Path("b.txt").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(p.name for p in Path().iterdir()) == ["a.txt", "b.txt"]


def test_write_quietly(run: Run) -> None:
    assert run(put("a.txt", TEXT), "--write", "--quiet") == (0, b"", "")
    assert Path("a.txt").read_text() == RESTORED


def test_out(run: Run) -> None:
    result = run(put("a.txt", TEXT), "--out", "b.txt")
    assert (result.code, result.out) == (0, b"")
    assert (Path("a.txt").read_text(), Path("b.txt").read_text()) == (TEXT, RESTORED)
    assert run("-", "--out", "c.txt", stdin=b"clean").code == 0
    assert Path("c.txt").read_bytes() == b"clean"
    assert refused(run("a.txt", "--out", "none/c.txt"), 3).startswith("none/c.txt: cannot write the file (No such file or directory)")


def test_a_full_disk_leaves_the_file_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = put("a.txt", TEXT)
    with monkeypatch.context() as patched:
        patched.setattr("restore.textfile.os.write", full)
        result = run(path, "--write")
    assert refused(result, 3) == "a.txt: cannot write the file (No space left on device); nothing was changed"
    assert [p.name for p in Path().iterdir()] == ["a.txt"]
    assert path.read_text() == TEXT


@pytest.mark.parametrize("target", [(), ("--write",), ("--out", "b.txt"), ("--diff",)])
def test_output_that_fails_its_check_is_not_written(run: Run, target: tuple[str, ...]) -> None:
    path = put("a.txt", "a line\nbreak that was lost\n")
    assert refused(run(path, *target), 3) == "a.txt: the restored text failed its own check; nothing was written; please report this"
    assert path.read_text() == "a line\nbreak that was lost\n"
    assert not Path("b.txt").exists()


# The real thing


def test_a_seed_is_restored(real: Run) -> None:
    result = real(SPUN)
    assert result.code == 0
    assert "said Marian Holdcroft" in result.out.decode()
    assert result.out.count(b"\n") == SPUN.read_bytes().count(b"\n")


def test_json_holds_exactly_the_edits_that_are_made(real: Run) -> None:
    document = json.loads(real(SPUN, "--format", "json").out)
    text = SPUN.read_text(encoding="utf-8")
    for suggestion in reversed(document["suggestions"]):
        assert text[suggestion["start"] : suggestion["end"]] == suggestion["before"]
        if suggestion["action"] == "apply":
            text = text[: suggestion["start"]] + suggestion["replacement"] + text[suggestion["end"] :]
    assert text.encode() == real(SPUN).out


def test_a_clean_seed_stays(real: Run) -> None:
    result = real(CLEAN)
    assert (result.code, result.out) == (0, CLEAN.read_bytes())


@pytest.mark.parametrize("view", ["tokens", "lattice"])
def test_the_debug_views(real: Run, view: str) -> None:
    result = real(SPUN, "--show", view)
    assert result.code == 0
    assert result.out.count(b"\n") > 100


# In a process of its own


def process(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "restore", *map(str, arguments)], capture_output="stdout" not in options, check=False, cwd=ROOT, timeout=60, **options
    )


def test_as_a_process(tmp_path: Path) -> None:
    done = process("-", "--format=json", "--isolated", input=TEXT.encode())
    assert done.returncode == 0
    assert json.loads(done.stdout)["path"] == "-"
    done = process(tmp_path / "missing.txt")
    assert (done.returncode, done.stdout) == (3, b"")


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from restore.cli import main; main(['--help']); sys.exit(str({'numpy', 'rich', 'rapidfuzz', 'wordfreq'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT, timeout=60)
    assert done.stderr.decode().strip() == "set()"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_that_is_full() -> None:
    with Path("/dev/full").open("wb") as full:
        done = process("--version", stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (3, b"restore: standard output: cannot be written (No space left on device)\n")


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_leaves_early() -> None:
    end, start = os.pipe()
    os.close(end)
    with os.fdopen(start, "wb") as closed:
        done = process("--version", stdout=closed, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
