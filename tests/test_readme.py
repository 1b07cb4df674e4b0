"""The README's example gives what the README says."""

from __future__ import annotations

import re
from pathlib import Path

from restore.pipeline import Restorer
from restore.worddiff import plain_words

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def test_example() -> None:
    match = re.search(r"\$ printf '(.*?)\\n' \| restore - --diff=words", README, re.DOTALL)
    assert match
    text = re.sub(r"\n {4}", "\n", match[1]) + "\n"
    restoration = Restorer().restore(text)
    shown = re.search(r"in full.*?:\n\n((?: {4}.*\n)+)", README)
    assert shown
    assert restoration.restored == re.sub(r"^ {4}", "", shown[1], flags=re.MULTILINE)
    first = re.search(r"^ {4}(1: .*) …$", README, re.MULTILINE)
    assert first
    assert plain_words(restoration, "-").split("\n")[1].startswith(first[1])
    assert f"restore {restoration.count('apply')} of {len(restoration.suggestions)} suggestions" in README
