"""The examples of docs/dictionaries.md, in order: the files it shows are made, its commands run, and the output is what it says."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

from cli_stub import ROOT, Run, put

PAGE = (ROOT / "docs" / "dictionaries.md").read_text(encoding="utf-8")
_PIECE = re.compile(r"`(?P<name>[\w.]+)`:\n\n```\w+\n(?P<text>.*?)```|```console\n(?P<session>.*?)```", re.DOTALL)
SHOWN = "~/.local/share/restore"


def test_examples(real: Run, home: Path) -> None:
    checker, ran = doctest.OutputChecker(), set()
    for piece in _PIECE.finditer(PAGE):
        if piece["name"]:
            put(piece["name"], piece["text"])
            continue
        for command, want in re.findall(r"^\$ restore (.*)\n((?:(?!\$ ).*\n)*)", piece["session"], re.MULTILINE):
            result = real(*shlex.split(command.replace(SHOWN, str(home))))
            got = (result.out.decode() + result.err).replace(str(home), SHOWN)
            assert checker.check_output(want, got, doctest.ELLIPSIS), f"$ restore {command}\n{got}\ninstead of\n{want}"
            ran.add(" ".join(command.split()[:2]))
    assert {"dictionary lookup", "dictionary check", "dictionary import", "dictionary worklist", "dictionary stats", "learn pairs"} <= ran
