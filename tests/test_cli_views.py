"""What the command line shows: patch, words, JSON, annotations, scores, the debug views."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from cli_stub import TEXT, Run, put, refused

# Views


def test_diff_is_a_patch_when_piped(run: Run) -> None:
    put("a.txt", TEXT)
    patch = b"--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-The battle ended in a hurry.\n+The war ended in a hurry.\n"
    result = run("a.txt", "--diff")
    assert (result.code, result.out) == (0, patch)
    assert result.err.startswith("would restore 1 of 2 suggestions in 1 file")
    assert run("a.txt", "--diff=patch").out == patch
    assert run("a.txt", "--diff", "--check").code == 1


def test_diff_is_words_on_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "a.txt\n1: The [-battle-]{+war+} 0.97 ended in a hurry (rush?) 0.31.\n"
    put("a.txt", TEXT)
    assert run("a.txt", "--diff=words").out.decode() == words
    assert run("a.txt", "a.txt", "--diff=words").out.decode() == f"{words}\n{words}"
    for module in ("restore.options", "restore.views"):
        monkeypatch.setattr(f"{module}.is_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = run("a.txt", "--diff").out.decode()
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == ["a.txt", "1", "The", "battle", "war", "0.97", "ended", "in", "a", "hurry", "(rush?)", "0.31."]
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("a.txt", "--diff").out.decode() == words
    assert run("a.txt", "--diff=patch").out.startswith(b"--- a/a.txt\n")


@pytest.mark.parametrize(
    "data",
    [
        b"one\r\nthe battle\r\nthree\r\n",
        b"\xef\xbb\xbfthe battle\n\ntwo",
        b"the battle",
        b"a\n" * 9 + b"\xff\xfe battle\x0b\x0c\n" + b"b\n" * 9 + b"battle\n",
        "d\xe9j\xe0 vu, the battle \x93so\x94\n".encode("latin-1"),
        "wide\nthe battle ünï\n".encode("utf-16"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "été b.txt"])
def test_the_patch_applies_with_git(run: Run, data: bytes, name: str) -> None:
    path = put(name, data)
    patch, restored = run(name, "--diff").out, run(name).out
    assert restored != data
    git = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
    done = subprocess.run(git, input=patch, capture_output=True, check=False, env=os.environ | {"GIT_CEILING_DIRECTORIES": str(Path.cwd().parent)})
    assert done.returncode == 0, done.stderr.decode()
    assert path.read_bytes() == restored


def test_json(run: Run) -> None:
    put("a.txt", TEXT)
    document = json.loads(run("a.txt", "--format", "json").out)
    assert list(document)[:4] == ["version", "path", "spin_rate", "family"]
    assert (document["version"], document["path"], document["spin_rate"], document["family"]) == (1, "a.txt", 0.9, "A")
    assert [(s["start"], s["end"], s["before"], s["replacement"], s["probability"], s["action"]) for s in document["suggestions"]] == [
        (4, 10, "battle", "war", 0.97, "apply"),
        (22, 27, "hurry", "rush", 0.31, "ask"),
    ]
    assert json.loads(run("-", "--format=json", stdin=TEXT.encode()).out)["path"] == "-"
    assert run("a.txt", "--format=json", "--check").code == 1


def test_json_of_several_files_is_a_list(run: Run) -> None:
    put("a.txt", TEXT)
    result = run("a.txt", "missing.txt", "a.txt", "--format", "json")
    assert result.code == 3
    assert [document["path"] for document in json.loads(result.out)] == ["a.txt", "a.txt"]
    assert run("missing.txt", "gone.txt", "--format", "json").out == b"[]\n"
    assert run("missing.txt", "--format", "json").out == b""


def test_github(run: Run) -> None:
    put("a.txt", TEXT)
    assert run("a.txt", "--format", "github").out.decode() == (
        '::warning file=a.txt,line=1,col=5,endLine=1,endColumn=11,title=spun text::"battle" probably stands for "war" (0.97)\n'
        '::warning file=a.txt,line=1,col=23,endLine=1,endColumn=28,title=spun text::"hurry" perhaps stands for "rush" (0.31)\n'
    )
    assert run(put("b.txt", "clean"), "--format", "github").out == b""


def test_score_and_explain(run: Run) -> None:
    put("a.txt", TEXT)
    assert run("a.txt", "--score") == (0, b"a.txt\t0.9000\tA\tspun\n", "")
    result = run("a.txt", "--explain")
    assert result.out.decode().splitlines()[:6] == [
        "a.txt: spun, spin rate 0.90",
        "",
        '1:5 "battle" -> "war" 0.97 apply',
        '    or: "battle" (as it is) 0.03',
        "    why: dictionary row own.tsv:2 (family A); the pair occurs once in this text",
        "",
    ]


def test_show(run: Run) -> None:
    put("a.txt", TEXT)
    assert run("a.txt", "--show", "tokens") == (0, b"6 tokens\n", "")
    assert run("a.txt", "--show", "lattice") == (0, b"lattice\n", "")
    assert refused(run("missing.txt", "--show", "tokens"), 3) == "missing.txt: no such file; check the path"
