"""A patch is right when `git apply` makes the restored bytes of the spun ones."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from restore import patch
from restore.patch import Place, Places, quote_path, unified_diff

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
ENVIRONMENT = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
#: Texts of lines as they occur: empty, repeated, with every character that other tools take for a line break, with an undecodable byte.
ODD_LINES = ["", "a", "war", "war\r", "\r", "a\rb", "\x0b", "x\u2028y", "\x85", "-- a", "@@ -1 +1 @@", "\\ No", "\udcff"]
LINE = st.one_of(st.sampled_from(ODD_LINES), st.text("ab \t", max_size=4))


def git(repo: Path, *arguments: str, text: bytes = b"") -> bytes:
    done = subprocess.run(["git", *arguments], cwd=repo, env=ENVIRONMENT, input=text, capture_output=True, check=False)
    assert done.returncode in (0, 1) if arguments[0] == "diff" else done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repo")
    git(folder, "init", "--quiet")
    return folder


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def apply(repo: Path, path: str, before: str, after: str, context: int = 3) -> None:
    """Apply the patch with git and hold the outcome against ``after``, byte by byte."""
    file = repo / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encode(before))
    change = encode(unified_diff(path, before, after, context))
    zero = [] if context else ["--unidiff-zero"]
    git(repo, "apply", "--check", *zero, "-", text=change)
    git(repo, "apply", "--whitespace=nowarn", *zero, "-", text=change)
    assert file.read_bytes() == encode(after)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    lines = draw(st.lists(LINE, min_size=1, max_size=30))
    changes = draw(st.dictionaries(st.integers(0, len(lines) - 1), LINE, min_size=1, max_size=8))
    end = draw(st.sampled_from(["", "\n"]))
    return "\n".join(lines) + end, "\n".join(changes.get(i, line) for i, line in enumerate(lines)) + end


@needs_git
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edited(), st.integers(0, 4))
@example(("a\nwar", "a\n"), 3)
@example(("war", ""), 3)
@example(("", "war"), 3)
def test_git_applies_it(repo: Path, pair: tuple[str, str], context: int) -> None:
    before, after = pair
    if before == after:
        assert unified_diff("a.txt", before, after, context) == ""
    else:
        apply(repo, "a.txt", before, after, context)


@needs_git
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\nbattle\r\nc\r\n", "a\r\nwar\r\nc\r\n"),
        ("a\nbattle", "a\nwar"),
        ("battle\n", "war"),
        ("battle", "war\n"),
        ("battle\na", "war\na"),
        ("x\rbattle\ry\n", "x\rwar\ry\n"),
        ("x\u2028battle\x0by\x0cz\x85\n", "x\u2028war\x0by\x0cz\x85\n"),
        ("caf\udce9 battle\n", "caf\udce9 war\n"),
    ],
    ids=["crlf", "no final newline", "newline lost", "newline won", "context without newline", "lone cr", "other breaks", "undecodable"],
)
def test_line_endings(repo: Path, before: str, after: str) -> None:
    apply(repo, "a.txt", before, after)


@needs_git
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
@pytest.mark.parametrize(
    "name", ["two words.txt", "été.txt", 'say "so".txt', "tab\there.txt", "back\\slash.txt", "sub/dir/a.txt", "line\nbreak.txt", "an été.txt"]
)
def test_paths_are_quoted_as_git_does(repo: Path, name: str) -> None:
    apply(repo, name, "battle\n", "war\n")
    git(repo, "add", "-f", "--", name)
    (repo / name).write_bytes(b"peace\n")
    theirs = git(repo, "diff", "--", name).split(b"\n")
    assert encode(unified_diff(name, "battle\n", "war\n")).split(b"\n")[:2] == [line for line in theirs if line.startswith((b"--- ", b"+++ "))]


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@pytest.mark.parametrize("name", ["a.txt", "two words.txt"])
def test_patch_applies_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"a\r\nbattle\rb\nc")
    change = encode(unified_diff(name, "a\r\nbattle\rb\nc", "a\r\nwar\rb\nd"))
    subprocess.run(["patch", "-p1", "--quiet"], cwd=tmp_path, input=change, check=True)
    assert (tmp_path / name).read_bytes() == b"a\r\nwar\rb\nd"


def test_no_change_is_empty() -> None:
    assert unified_diff("a.txt", "war\n", "war\n") == ""


def test_near_changes_share_a_hunk_and_far_ones_do_not() -> None:
    lines = [f"{i}\n" for i in range(20)]
    near, far = lines.copy(), lines.copy()
    near[3] = near[10] = far[3] = far[11] = "x\n"
    assert unified_diff("a", "".join(lines), "".join(near)).count("@@ -") == 1
    assert unified_diff("a", "".join(lines), "".join(far)).count("@@ -") == 2


def test_neighbouring_changes_stand_together() -> None:
    assert unified_diff("./a.txt", "a\nb\nc\n", "x\ny\nc\n") == "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n-a\n-b\n+x\n+y\n c\n"


def test_an_absolute_path_loses_its_slash() -> None:
    assert unified_diff("/tmp/a.txt", "a", "b").startswith("--- a/tmp/a.txt\n")


def test_many_changes_in_a_large_file() -> None:
    """difflib takes minutes for this, since every second line differs and the others are all alike."""
    before = "".join(f"battle {i}\nthe same line\n" for i in range(20_000))
    assert unified_diff("a.txt", before, before.replace("battle", "war")).count("\n+war") == 20_000


def test_quoted_path() -> None:
    assert quote_path("a/b c.txt") == "a/b c.txt"
    assert quote_path("a\nb") == '"a\\nb"'
    assert quote_path("caf\udce9") == '"caf\\351"'


def test_places_count_from_one_and_know_one_line_end() -> None:
    places = Places("a\rb\u2028c\n\nd")
    assert [places.place(i) for i in (0, 4, 6, 7, 8)] == [Place(1, 1), Place(1, 5), Place(2, 1), Place(3, 1), Place(3, 2)]
    assert Places("").place(0) == Place(1, 1)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(patch).failed == 0
