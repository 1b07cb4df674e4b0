"""The documents under review with their session: every front end calls the session, then ``keep``, and at the end perhaps ``write``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from restore.nouns import Evidence, Restoration, Suggestion
from restore.review.document import Document
from restore.review.ignorelist import IgnoreList
from restore.review.questions import Answer, Filter
from restore.review.session import Session
from restore.undo import write_with_record
from restore.views import restored_bytes


class Desk:
    """Documents, by their number in the session. What the settings of the first would not ask about is not asked unless the filter is widened."""

    def __init__(self, config: Path | None = None) -> None:
        self.session = Session()
        self.documents: list[Document] = []
        self._config = config
        self._lists: dict[Path, IgnoreList] = {}

    def add(self, document: Document) -> None:
        """Take a document in."""
        if not self.documents:
            self.session.filter = Filter(low=document.low)
        self.documents.append(document)
        self.session.add_document(document.suggestions, document.answers.items())

    @property
    def current(self) -> tuple[Document, Suggestion] | None:
        """The document and the suggestion that the current question is about."""
        question = self.session.current
        return None if question is None else (self.documents[question.document], self.session.suggestion(question))

    def answers(self, number: int) -> dict[int, Answer]:
        """The answers about one document, by number of the suggestion."""
        return self.session.by_document[number]

    def correct(self, words: str, new: str, at: int | None = None) -> str:
        """Replace words that nothing is suggested for: those at an offset, else those nearest to the current question; why not, or nothing when it is done."""
        if self.session.current is None or not words or "\n" in new:
            return "nothing to correct"
        number = self.session.current.document
        document = self.documents[number]
        start = at if at is not None else document.nearest(words, self.session.suggestion(self.session.current).start)
        if start is None:
            return f'no free "{words}" in this document: where something is suggested, e types your own words'
        self.session.correct(number, Suggestion(start, start + len(words), words, new, 0.0, "leave", (), Evidence("own")))
        document.suggestions = self.session.documents[number]
        return ""

    def keep(self) -> None:
        """Put what changed since the last time into the decisions files and ignore lists. Raises RestoreError when it cannot."""
        for number in sorted(self.session.changed):
            self.documents[number].save(self.answers(number))
        self.session.changed.clear()
        if self.documents and (self.session.ignored or self._lists):
            folder = self.documents[0].path.parent
            if folder not in self._lists:
                self._lists[folder] = IgnoreList(folder, self._config)
            self._lists[folder].sync(word.lower() for word in self.session.ignored)

    def restored(self, number: int) -> Restoration:
        """One document as its answers leave it."""
        return self.documents[number].restored(self.answers(number))

    def pending(self) -> tuple[int, int]:
        """How many edits ``write`` would make, and in how many files."""
        counts = [len(self.restored(number).edits) for number in range(len(self.documents))]
        return sum(counts), sum(count > 0 for count in counts)

    def write(self) -> Iterator[str]:
        """Write the decided edits into the files, each with its undo record; a line about each. Raises RestoreError for the file that cannot be written."""
        self.keep()
        for number, document in enumerate(self.documents):
            restoration = self.restored(number)
            if restoration.edits:
                data = restored_bytes(document.file, str(document.path), restoration)
                write_with_record(document.path, document.file, restoration.edits, data)
                count = len(restoration.edits)
                yield f"{document.path}: {count} edit{'' if count == 1 else 's'} written; take back with: restore apply --undo {document.path}"
