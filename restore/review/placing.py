"""Bring the decisions of a file onto the text that is there now, and word what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from restore.decisions import Decision, Decisions, content_hash
from restore.reanchor import Placement, describe_lost, reanchor
from restore.textfile import TextFile


@dataclass(frozen=True, slots=True)
class Placed:
    """Decisions at their places in the text, and a line for each one that has none."""

    decisions: tuple[Decision, ...]
    complaints: tuple[str, ...] = ()
    done: int = 0
    moved: bool = False

    def summary(self, edits: int, *, dry: bool = False) -> str:
        """What applying them did, without the path."""
        rejected = sum(d.choice == "reject" for d in self.decisions)
        parts = [f"{edits} edit{'' if edits == 1 else 's'} {'would be written' if dry else 'written'}"]
        parts += [f"{rejected} rejected"] if rejected else []
        parts += [f"{self.done} already made"] if self.done else []
        parts += [f"{len(self.complaints)} could not be placed"] if self.complaints else []
        return ", ".join(parts)


def placed_in(path: Path, file: TextFile, decisions: Decisions) -> Placed:
    """The decisions as they stand when the file is the one they were made on, else placed by their context."""
    same = content_hash(file.encode(file.text)) == decisions.sha256
    if same and all(file.text[d.start : d.end] == d.before for d in decisions.decisions):
        return Placed(decisions.decisions)
    found: Placement = reanchor(file.text, decisions.decisions)
    complaints = tuple(f"{path}: could not place the decision about {line}" for line in describe_lost(found.lost))
    return Placed(found.placed, complaints, len(found.done), True)
