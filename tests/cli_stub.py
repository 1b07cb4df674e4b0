"""What the tests of the command line share: a restorer that knows two words, so that outputs are exact whatever the dictionaries say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from restore.nouns import Alternative, Evidence, Restoration, Suggestion
from restore.settings import Settings

ROOT = Path(__file__).parent.parent
#: Word, replacement, probability, action of the stub; "the end" becomes something a line shorter.
PAIRS: tuple[tuple[str, str, float, Any], ...] = (("battle", "war", 0.97, "apply"), ("hurry", "rush", 0.31, "ask"), ("line\nbreak", "line", 0.9, "apply"))
TEXT = "The battle ended in a hurry.\n"
RESTORED = "The war ended in a hurry.\n"


class StubRestorer:
    """Restores the words of PAIRS; ``text`` tells what it was made with."""

    made: ClassVar[list[Settings]] = []

    def __init__(self, settings: Settings | None = None) -> None:
        self.made.append(settings or Settings())

    def restore(self, text: str) -> Restoration:
        found = sorted((match.start(), *pair) for pair in PAIRS for match in re.finditer(pair[0], text))
        suggestions = tuple(
            Suggestion(start, start + len(word), word, new, p, action, (Alternative(new, p), Alternative(word, 1 - p)), Evidence("word", "own.tsv:2", "A"))
            for start, word, new, p, action in found
        )
        return Restoration(text, suggestions, 0.9 if suggestions else 0.0, "A" if suggestions else "", words=len(text.split()))

    def describe_tokens(self, text: str) -> str:
        return f"{len(text.split())} tokens"

    def describe_lattice(self, text: str) -> str:
        return "lattice"


class Result(NamedTuple):
    code: int
    out: bytes
    err: str


Run = Callable[..., Result]


def put(path: str, data: bytes | str) -> Path:
    Path(path).write_bytes(data.encode() if isinstance(data, str) else data)
    return Path(path)


def refused(result: Result, code: int) -> str:
    """The one line of an error, after checking that there is nothing else."""
    assert result.code == code
    assert result.out == b""
    assert result.err.count("\n") == 1
    assert result.err.startswith("restore: ")
    return result.err.removeprefix("restore: ").rstrip("\n")
