"""What the dictionaries ask of the language model: which words must have an id, and which count as another."""

from __future__ import annotations

from pathlib import Path

from restore.loading import read_pairs
from restore.tokens import is_number, words


def aliases(folder: Path) -> dict[str, str]:
    """Words that the model counts as another: "an" as "a", British spellings as American ones. No alias stands for an alias."""
    pairs = read_pairs(folder / "spelling.tsv", "# restore spelling 1")
    table = {"an": "a"} | {british: american for british, american in pairs if len(words(british)) == len(words(american)) == 1}
    return {alias: word for alias, word in table.items() if word not in table}


def dictionary_words(folder: Path) -> frozenset[str]:
    """Every word of every dictionary, names included; the model knows them even if its training text does not."""
    found: set[str] = set()
    for path in folder.glob("*.tsv"):
        rows = (line for line in path.read_text(encoding="utf-8").split("\n") if not line.startswith("#"))
        found.update(words("\n".join(rows)))
    return frozenset(word for word in found if not is_number(word))
