"""The command line is a contract: arguments, bytes on standard output, one line an error, exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_stub import RESTORED, TEXT, Run, StubRestorer, put, refused

from restore.cli import COMMANDS
from restore.options import spell_out
from restore.settings import Settings

GOLDEN = Path(__file__).parent / "golden"
SUMMARY = re.compile(r"(would restore|restored) \d+ of \d+ suggestions? in \d+ files? \(.*\)(; 1 to ask about)?; \d+\.\d\d s\n")


# Help and usage


def test_help(run: Run) -> None:
    result = run("--help")
    assert result.out.decode() == (GOLDEN / "help.txt").read_text(encoding="utf-8")
    assert (result.code, result.err) == (0, "")


COMMAND_LINES = (
    "corpus, dictionary, dictionary lookup, dictionary check, dictionary import, dictionary worklist, dictionary stats, learn, learn pairs, learn weights, "
    "model, model install, report, review, apply"
)


@pytest.mark.parametrize("command", [*(tuple(line.split()) for line in COMMAND_LINES.split(", ")), ("train",), ("train", "lm")])
def test_help_of_sub_commands(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.decode().startswith(f"Usage: restore {' '.join(command)} [OPTIONS]")


def test_help_names_every_sub_command(run: Run) -> None:
    text = run("--help").out.decode()
    assert all(f"restore {name} " in text for name in COMMANDS)


def test_version(run: Run) -> None:
    result = run("--version")
    assert re.fullmatch(rb"restore \d+\.\d+\S*\n", result.out)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "FILE: none given; name a text file, or - for standard input"),
        (("--show", "tokens"), "FILE: none given; name a text file, or - for standard input"),
        (("a", "--write", "--out", "b"), "--write: contradicts --out; give one of the two"),
        (("a", "--write", "--check"), "--write: contradicts --check; give one of the two"),
        (("a", "--write", "--diff"), "--write: contradicts --diff; give one of the two"),
        (("a", "--diff", "--format", "json"), "--diff: contradicts --format json; give one of the two"),
        (("a", "--explain", "--score"), "--explain: contradicts --score; give one of the two"),
        (("a", "--out", "b", "--format=github"), "--out: contradicts --format github; give one of the two"),
        (("a", "--check", "--show", "tokens"), "--check: contradicts --show tokens; give one of the two"),
        (("a", "--check", "--diff", "--score"), "--check: contradicts --diff; give one of the two"),
        (("-", "--write"), "--write: standard input cannot be edited in place; use --out FILE"),
        (("a", "b", "--out", "c"), "--out: takes the text of one file, not of 2; use --write, or one run a file"),
        (("-", "-"), "-: standard input can be read only once; give it once"),
        (("a", "--config", "c.toml", "--isolated"), "--config: contradicts --isolated (c.toml); give one of the two"),
        (("a", "--threshold", "3"), "--threshold: 'threshold' must be a number from 0 to 1, not 3.0"),
        (("a", "--family", "Z"), "--family: 'family' must be one of auto, A, A2, A3, B, C, D, E, G, H, term, academic, tortured, user, not 'Z'"),
    ],
)
def test_contradictions_are_usage_errors(run: Run, arguments: tuple[str, ...], line: str) -> None:
    put("a", TEXT)
    assert refused(run(*arguments), 2) == line
    assert Path("a").read_text() == TEXT
    assert not Path("c").exists()


@pytest.mark.parametrize(
    ("arguments", "start", "end"),
    [
        (("a", "--dif"), "no such option: --dif", "; try 'restore --help'"),
        (("a", "--diff=side"), "invalid value for '--diff': 'side'", "; try 'restore --help'"),
        (("a", "--format", "xml"), "invalid value for '--format': 'xml'", "; try 'restore --help'"),
        (("a", "--threshold", "high"), "invalid value for '--threshold'", "; try 'restore --help'"),
        (("a", "--out"), "option '--out' requires an argument", "; try 'restore --help'"),
        (("dictionary",), "missing command", "; try 'restore dictionary --help'"),
        (("dictionary", "lokup"), "no such command 'lokup'", "; try 'restore dictionary --help'"),
        (("dictionary", "lookup"), "missing argument 'PHRASE'", "; try 'restore dictionary lookup --help'"),
        (("train", "lm", "a"), "missing option '--out'", "; try 'restore train lm --help'"),
    ],
)
def test_usage_errors_are_one_line(run: Run, arguments: tuple[str, ...], start: str, end: str) -> None:
    line = refused(run(*arguments), 2)
    assert line.startswith(start)
    assert line.endswith(end)


@pytest.mark.parametrize(("typed", "meant"), [("dictonary", "dictionary"), ("dictionnaire", "dictionary"), ("trian", "train"), ("trains", "train")])
def test_a_mistyped_sub_command(run: Run, typed: str, meant: str) -> None:
    assert refused(run(typed, "lookup", "x"), 3) == f"{typed}: no such file; did you mean 'restore {meant}'?"


def test_a_file_may_be_called_like_a_sub_command(run: Run) -> None:
    put("train", TEXT)
    put("dictonary", TEXT)
    assert run("train").out == run("./train").out == run("dictonary").out == RESTORED.encode()


def test_diff_takes_a_value_or_none() -> None:
    assert spell_out(["--diff", "a", "--diff=words", "--", "--diff"]) == ["--diff=auto", "a", "--diff=words", "--", "--diff"]


def test_after_two_dashes_everything_is_a_file(run: Run) -> None:
    put("--diff", TEXT)
    assert run("--", "--diff").out == RESTORED.encode()


# Plain restoring


def test_a_file_is_restored_on_standard_output(run: Run) -> None:
    result = run(put("a.txt", TEXT))
    assert (result.code, result.out) == (0, RESTORED.encode())
    assert SUMMARY.fullmatch(result.err)
    assert Path("a.txt").read_text() == TEXT


def test_standard_input(run: Run) -> None:
    result = run("-", stdin=TEXT.encode())
    assert (result.code, result.out) == (0, RESTORED.encode())


def test_quiet(run: Run) -> None:
    assert run(put("a.txt", TEXT), "--quiet") == (0, RESTORED.encode(), "")


def test_a_clean_file(run: Run) -> None:
    result = run(put("a.txt", "Nothing here.\n"))
    assert result == (0, b"Nothing here.\n", "a.txt: clean (spin rate 0.00), nothing to change\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"no line end",
        b"cr\xe8me \xff\xfe\r\n\r\x0b\x0c",
        b"\xef\xbb\xbfBOM\r\n",
        "wide ünï\r\n".encode("utf-16"),
        "d\xe9j\xe0 vu \x93so\x94\n".encode("latin-1"),
    ],
)
def test_outside_the_edits_every_byte_stays(run: Run, data: bytes) -> None:
    assert run(put("a.txt", data)).out == data
    assert run("-", stdin=data).out == data
    wide = data.startswith(b"\xff\xfe")
    spun, restored = (word.encode("utf-16-le" if wide else "ascii") for word in ("battle", "war"))
    assert run(put("a.txt", data + spun)).out == data + restored


def test_several_files_are_handled_in_turn(run: Run) -> None:
    put("a.txt", TEXT)
    put("b.txt", b"\xff battle")
    result = run("a.txt", "missing.txt", "b.txt")
    assert (result.code, result.out) == (3, RESTORED.encode() + b"\xff war")
    error, summary = result.err.splitlines()
    assert error == "restore: missing.txt: no such file; check the path"
    assert summary.startswith("restored 2 of 3 suggestions in 2 files (2 spun); 1 to ask about; 1 file could not be processed; ")


def test_check(run: Run) -> None:
    put("a.txt", TEXT)
    put("b.txt", "clean\n")
    result = run("a.txt", "b.txt", "--check")
    assert (result.code, result.out) == (1, b"")
    assert result.err.startswith("would restore 1 of 2 suggestions in 2 files (1 spun, 1 clean); 1 to ask about; ")
    assert run("b.txt", "--check").code == 0
    assert run("a.txt", "missing.txt", "--check").code == 3
    assert run("a.txt", "--check", "--quiet") == (1, b"", "")


def test_asking_alone_changes_nothing(run: Run) -> None:
    assert run(put("a.txt", "in a hurry"), "--check").code == 0


# Settings


def test_show_settings(run: Run) -> None:
    put("restore.toml", 'keep-quotes = true\nallow = ["Déjà \\"vu\\""]\n')
    source = Path("restore.toml").resolve()
    assert run("--show", "settings", "--threshold", "0.8").out.decode() == (
        "threshold = 0.8  # flag\n"
        f"ask-threshold = {Settings().ask_threshold}  # default\n"
        "dictionaries = []  # default\n"
        'family = "auto"  # default\n'
        f"keep-quotes = true  # {source}\n"
        f'allow = ["Déjà \\"vu\\""]  # {source}\n'
        "ignore = []  # default\n"
        "fast = false  # default\n"
        'model = ""  # default\n'
    )
    assert b"keep-quotes = false  # default\n" in run("--show", "settings", "--isolated").out


def test_settings_come_from_where_the_file_lies(run: Run) -> None:
    for folder, threshold in (("one", 0.7), ("two", 0.9)):
        Path(folder).mkdir()
        put(f"{folder}/restore.toml", f"threshold = {threshold}\n")
        put(f"{folder}/a.txt", TEXT)
    put("two/b.txt", TEXT)
    assert run("one/a.txt", "two/a.txt", "two/b.txt").code == 0
    assert [settings.threshold for settings in StubRestorer.made] == [0.7, 0.9]


def test_flags_reach_the_restorer(run: Run) -> None:
    put("a.txt", TEXT)
    flags = ["--threshold=0.6", "--ask-threshold=0.3", "--dictionary=x.tsv", "--dictionary=y.tsv", "--family=A2", "--keep-quotes"]
    assert run("a.txt", "--isolated", *flags).code == 0
    assert StubRestorer.made == [Settings(threshold=0.6, ask_threshold=0.3, dictionaries=("x.tsv", "y.tsv"), family="A2", keep_quotes=True)]


def test_a_wrong_setting_stops_the_run(run: Run) -> None:
    put("restore.toml", "treshold = 0.5\n")
    line = refused(run(put("a.txt", TEXT)), 2)
    assert line.endswith("restore.toml: unknown setting 'treshold'; did you mean 'threshold'?")
    assert run("a.txt", "--isolated").code == 0
