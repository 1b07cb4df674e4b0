"""One document under review: its text, its suggestions, the answers it brings along, and where new ones are kept."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path

from restore.decisions import Decision, Decisions, content_hash, decide, decided, read_decisions, row_of, sidecar, wrap
from restore.nouns import Evidence, Restoration, Suggestion
from restore.review.placing import placed_in
from restore.review.questions import Answer
from restore.textfile import TextFile, read_text_file, write_atomically

#: A text restored, the probability from which on its suggestions are asked about, and shares of its spun words in plain English.
Found = tuple[Restoration, float, Mapping[str, float]]


@dataclass(slots=True)
class Document:
    """A text, its suggestions and the decisions about them; ``path`` is the file, ``keep`` the decisions file."""

    path: Path
    keep: Path
    file: TextFile
    restoration: Restoration
    suggestions: tuple[Suggestion, ...]
    answers: dict[int, Answer]
    complaints: tuple[str, ...] = ()
    low: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    _hash: str = ""
    _who: str = ""
    _folded: str = ""
    _counts: dict[str, int] = field(default_factory=dict)
    _rows: dict[int, tuple[Answer, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text as it was read."""
        return self.file.text

    @classmethod
    def read(cls, path: Path, find: Callable[[str], Found], keep: Path | None = None) -> Document:
        """Read and restore a file, and take up the decisions that are kept for it. Raises RestoreError."""
        file, keep = read_text_file(path), keep or sidecar(path)
        restoration, low, shares = find(file.text)
        suggestions, answers = restoration.suggestions, dict[int, Answer]()
        complaints: tuple[str, ...] = ()
        if keep.exists():
            placed = placed_in(path, file, read_decisions(keep))
            suggestions, answers = _joined(suggestions, placed.decisions)
            complaints = placed.complaints
            if placed.moved:  # what could not be placed, or is carried out, leaves the file with the next answer
                shutil.copyfile(keep, keep.with_name(keep.name + "~"))
        document = cls(path, keep, file, restoration, suggestions, answers, complaints, low, shares)
        document._hash = content_hash(file.encode(file.text))
        document._who = _reviewer()
        return document

    def decisions(self, answers: Mapping[int, Answer]) -> tuple[Decision, ...]:
        """The decisions that answers, by number of the suggestion, come to."""
        return tuple(self._decision(i, answers[i]) for i in self._in_order(answers))

    def save(self, answers: Mapping[int, Answer]) -> None:
        """Keep the answers; a file of no answers is not begun. Raises InputError when it cannot be written."""
        if answers or self.keep.exists():
            rows = [self._row(i, answers[i]) for i in self._in_order(answers)]
            write_atomically(self.keep, wrap(Decisions(self.path.name, self._hash), rows).encode())

    def restored(self, answers: Mapping[int, Answer]) -> Restoration:
        """The text as the answers leave it."""
        return decided(self.text, self.decisions(answers))

    def count(self, words: str) -> int:
        """How often the text has these words, in any case."""
        words = words.casefold()
        if words not in self._counts:
            self._folded = self._folded or self.text.casefold()
            self._counts[words] = _occurrences(self._folded, words)
        return self._counts[words]

    def nearest(self, words: str, offset: int) -> int | None:
        """Where these words stand whole and nothing is suggested for any of them, as near to an offset as possible."""
        found = (match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", self.text))
        free = (start for start in found if not any(s.start < start + len(words) and start < s.end for s in self.suggestions))
        return min(free, key=lambda start: abs(start - offset), default=None)

    def _in_order(self, answers: Mapping[int, Answer]) -> list[int]:
        """The numbers of the answered suggestions in text order; corrections stand behind the suggestions that were made."""
        return sorted(answers, key=lambda i: self.suggestions[i].start)

    def _decision(self, number: int, answer: Answer) -> Decision:
        return decide(self.text, self.suggestions[number], answer.choice, answer.replacement, who=self._who, when=answer.when)

    def _row(self, number: int, answer: Answer) -> str:
        """The row of a decision; remembered, since thousands of them are written after every key."""
        old, row = self._rows.get(number, (None, ""))
        if old is not answer:
            row = row_of(self._decision(number, answer))
            self._rows[number] = answer, row
        return row


def _occurrences(text: str, words: str) -> int:
    """How often words stand whole in a text; ten times as fast as a regular expression, and a megabyte may have to be gone through between two keys."""
    count, at = 0, text.find(words)
    while at >= 0:
        end = at + len(words)
        whole = not (text[at - 1 : at].isalnum() and words[0].isalnum()) and not (text[end : end + 1].isalnum() and words[-1].isalnum())
        count, at = count + whole, text.find(words, end)
    return count


def _joined(suggestions: tuple[Suggestion, ...], decisions: tuple[Decision, ...]) -> tuple[tuple[Suggestion, ...], dict[int, Answer]]:
    """Suggestions and the decisions about them. A decision about a span that nothing is suggested for any longer brings its own suggestion, which takes the
    place of those it overlaps."""
    spans = {(s.start, s.end): s for s in suggestions}
    own = {(d.start, d.end): _known(spans.get((d.start, d.end)), d) for d in decisions}
    covered = {i for d in decisions for i in range(d.start, d.end)}
    others = [s for s in suggestions if (s.start, s.end) not in own and not any(i in covered for i in range(s.start, s.end))]
    joined = tuple(sorted([*own.values(), *others], key=lambda s: s.start))
    numbers = {(s.start, s.end): i for i, s in enumerate(joined)}
    return joined, {numbers[d.start, d.end]: Answer(d.choice, d.replacement, d.when) for d in decisions}


def _known(suggestion: Suggestion | None, decision: Decision) -> Suggestion:
    """The suggestion a decision was about; an accepted replacement is what it suggests."""
    if suggestion is None:
        return Suggestion(decision.start, decision.end, decision.before, decision.replacement, 0.0, "ask", (), Evidence("decision"))
    return suggestion._replace(replacement=decision.replacement) if decision.choice == "accept" else suggestion


def _reviewer() -> str:
    """Who decides: the name of the account, nothing where there is none."""
    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return ""
