"""The questions of a corpus run, grouped by pair so that one answer can settle a thousand; answers are a log, so none is lost and all can be taken back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from restore.decisions import Decision, decided, now
from restore.errors import InputError, SettingsError
from restore.nouns import Edit
from restore.textfile import read_text_file
from restore.undo import read_steps, write_with_record
from restore.views import restored_bytes

REPORTS = ".restore"
#: Kinds of files whose offsets count characters of the file itself; rows, and what is compressed, are not written by a review.
PLAIN_FILES = (".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class Place:
    """One suggestion that is asked about: where it stands in OUT's ``document`` as the run left it."""

    document: str
    start: int
    before: str
    replacement: str
    probability: float


@dataclass(slots=True)
class Pair:
    """All places of one pair. ``worth``: the number of words expected to be settled, the sum of the probabilities."""

    before: str
    replacement: str
    places: list[Place] = field(default_factory=list)

    @property
    def worth(self) -> float:
        return sum(place.probability for place in self.places)

    @property
    def key(self) -> str:
        """What an answer in the log names."""
        return f"{self.before} → {self.replacement}"


def read_pairs(out: Path) -> list[Pair]:
    """The asked suggestions of a run by pair, the most valuable first. Raises InputError when there is no such run, SettingsError for a broken report."""
    path = out / REPORTS / "changes.jsonl"
    pairs: dict[tuple[str, str], Pair] = {}
    shifts: dict[str, int] = defaultdict(int)
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                row = _row(line, f"{path}:{number}")
                if row["action"] == "apply":
                    shifts[row["document"]] += len(row["replacement"]) - len(row["before"])
                elif row["action"] == "ask":
                    place = Place(row["document"], row["start"] + shifts[row["document"]], row["before"], row["replacement"], row["probability"])
                    key = place.before.casefold(), place.replacement.casefold()
                    pairs.setdefault(key, Pair(*key)).places.append(place)
    except OSError as error:
        raise InputError(path, f"cannot read the changes of a run ({error.strerror or error})", "name the OUT folder of a 'restore corpus' run") from error
    return sorted(pairs.values(), key=lambda pair: (-pair.worth, pair.key))


class Log:
    """The answers about pairs, a line each, in the order they were given; the last one about a pair counts, and an empty one takes it back."""

    def __init__(self, out: Path) -> None:
        self.path = out / REPORTS / "answers.jsonl"
        self.answers: dict[str, str] = {}
        if self.path.exists():
            for number, line in enumerate(self.path.read_text(encoding="utf-8").split("\n"), 1):
                if line.endswith("}"):  # a line that a kill cut short is no answer
                    self._take(json.loads(line), number)

    def add(self, pair: Pair, choice: str) -> None:
        """Answer a pair: "accept", "reject", or "" to open it again. On disk when this returns."""
        row = {"pair": pair.key, "choice": choice, "when": now()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._take(row, 0)

    def _take(self, row: dict[str, str], number: int) -> None:
        if row.get("choice") not in ("accept", "reject", ""):
            raise SettingsError(f"{self.path}:{number}", "not an answer", "take the line out")
        self.answers.pop(row["pair"], None)
        if row["choice"]:
            self.answers[row["pair"]] = row["choice"]


def edits_by_document(pairs: list[Pair], log: Log) -> dict[str, list[Edit]]:
    """The edits of all accepted pairs, by document, in text order."""
    edits: dict[str, list[Edit]] = defaultdict(list)
    for pair in pairs:
        if log.answers.get(pair.key) == "accept":
            for p in pair.places:
                edits[p.document].append(Edit(p.start, p.start + len(p.before), p.before, p.replacement))
    return {name: sorted(found) for name, found in sorted(edits.items())}


def write_edits(out: Path, edits: dict[str, list[Edit]]) -> Iterator[str]:
    """Make the edits in OUT, each file with its undo record; a line about each file. What is made already is passed over, so this can be done twice."""
    for name, found in edits.items():
        path = out / name
        if path.suffix not in PLAIN_FILES:
            yield f"{path}: {len(found)} edits not made: rows and compressed files are not written by a review"
            continue
        file = read_text_file(path)
        standing, left = _standing(file.text, found, made=bool(read_steps(path)))
        if standing:
            restoration = decided(file.text, standing)
            write_with_record(path, file, restoration.edits, restored_bytes(file, str(path), restoration))
        yield f"{path}: {len(standing)} edits written" + (f", {left} not where they were" if left else "")


def _standing(text: str, edits: list[Edit], *, made: bool) -> tuple[list[Decision], int]:
    """The edits that can be made, and how many have no place; with ``made``, some were made by an earlier review, which moved what comes after them."""
    standing: list[Decision] = []
    shift = lost = 0
    for edit in edits:
        start = edit.start + shift
        if made and text[start : start + len(edit.after)] == edit.after:
            shift += len(edit.after) - len(edit.before)
        elif text[start : start + len(edit.before)] == edit.before:
            standing.append(Decision(start, start + len(edit.before), edit.before, "accept", edit.after))
        else:
            lost += 1
    return standing, lost


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if not isinstance(row["document"], str) or not isinstance(row["start"], int):
            raise TypeError("document or start")
        return {key: row[key] for key in ("document", "start", "before", "replacement", "probability", "action")}
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(where, f"not a change ({error})", "run 'restore corpus' again") from error
