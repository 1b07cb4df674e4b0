"""Review line by line: a question, a prompt, an answer. For terminals that cannot do more, for screen readers, and for pipes.

Nothing relies on colour or position. An empty line decides nothing and goes on; the end of the input stops, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from restore.nouns import Suggestion
from restore.patch import Places
from restore.review import wording
from restore.review.desk import Desk
from restore.review.document import Document
from restore.worddiff import visible

HELP = """\
y  accept the suggestion               n  reject it, the words stay
1 to 9  take that alternative          e  type your own words
a  accept all of this pair here        A  accept all of it in every document
d  reject all of this pair here        D  reject all of it in every document
c  accept all that is sure here        i  never touch this word
u  undo                                r  redo
m  correct words that nothing is suggested for
Enter or j  next open question         k  previous open question
l  the least certain question          o  least certain first, or reading order
/  only questions with these words     ?  this help
w  write the decided edits and quit    q  quit, writing nothing; decisions are kept"""
_PROMPT = "y, n, 1-9, e, a, d, i, u, w, q or ? for help: "


class PlainReview:
    """One review over two text streams."""

    def __init__(self, desk: Desk, source: TextIO, target: TextIO) -> None:
        self.desk, self.session = desk, desk.session
        self._source, self._target = source, target
        self._places: dict[int, Places] = {}

    def run(self) -> bool:
        """Ask until all is decided or the reviewer stops; whether the decided edits are to be written."""
        for document in self.desk.documents:
            for complaint in document.complaints:
                self._say(complaint)
        while self.desk.current is not None:
            if self.session.current in self.session.answers and not self.session.move(1):
                return self._all_decided()
            self._show(*self.desk.current)
            line = self._ask(_PROMPT)
            if line is None or line == "q":
                break
            if line == "w":
                return self._confirm()
            self._obey(line)
            self.desk.keep()
        else:
            self._say("Nothing to ask about.")
        return False

    def _all_decided(self) -> bool:
        self._say("Everything is decided.")
        while (line := self._ask("w to write, u to undo, q to quit: ")) not in (None, "q"):
            if line == "w":
                return self._confirm()
            if line == "u" and self.session.undo():
                self.desk.keep()
                return self.run()
        return False

    def _confirm(self) -> bool:
        edits, files = self.desk.pending()
        return self._ask(f"Write {edits} edits into {files} files? y or n: ") == "y"

    def _obey(self, line: str) -> None:
        commands: dict[str, Callable[[], object]] = {
            "y": self.session.accept,
            "n": self.session.reject,
            "a": lambda: self._settled(self.session.settle_pair("accept", "document")),
            "d": lambda: self._settled(self.session.settle_pair("reject", "document")),
            "A": lambda: self._settled(self.session.settle_pair("accept", "everywhere")),
            "D": lambda: self._settled(self.session.settle_pair("reject", "everywhere")),
            "c": lambda: self._settled(self.session.accept_sure()),
            "i": lambda: self._settled(self.session.ignore()),
            "u": lambda: self._tell(self.session.undo(), "Nothing to undo."),
            "r": lambda: self._tell(self.session.redo(), "Nothing to redo."),
            "": lambda: self.session.move(1),
            "j": lambda: self.session.move(1),
            "k": lambda: self.session.move(-1),
            "l": self.session.least_certain,
            "o": lambda: self.session.sort("reading" if self.session.order == "doubt" else "doubt"),
            "e": self._edit,
            "m": self._correct,
            "?": lambda: self._say(HELP),
        }
        if line.startswith("/"):
            self._narrow(line[1:])
        elif line.isdecimal():
            if not self.session.choose(int(line)):
                self._say(f"There is no alternative {line}.")
        else:
            commands.get(line, lambda: self._say(f"{line!r} is no answer; ? for help."))()

    def _edit(self) -> None:
        """One's own words for the place; an empty line leaves it open, since that is what a slip would give."""
        text = self._ask("your words (empty: none): ")
        if text:
            self.session.edit(text)

    def _correct(self) -> None:
        words = self._ask("which words, as they stand: ")
        new = self._ask("your words for them (empty: none): ") if words else None
        if words and new:
            self._say(self.desk.correct(words, new) or "Corrected.")

    def _narrow(self, words: str) -> None:
        if not self.session.narrow(replace(self.session.filter, words=words)):
            self._say(f"No question has {words!r}.")

    def _show(self, document: Document, suggestion: Suggestion) -> None:
        decided, total = self.session.progress
        number = self.desk.documents.index(document)
        place = self._places.setdefault(number, Places(document.text)).place(suggestion.start)
        left, before, right = wording.sentence(document.text, suggestion)
        self._say(f"\n{document.path}:{place.line}:{place.column}  ({decided} of {total} decided)")
        self._say(f"{left}[-{before}-]{{+{visible(suggestion.replacement)}+}}{right}")
        for i, (text, probability, note) in enumerate(wording.alternatives(suggestion), 1):
            self._say(f"  {i} {text} {probability:.2f}" + (f" ({note})" if note else ""))
        self._say("  " + "; ".join(wording.evidence(document, suggestion)))

    def _tell(self, worked: bool, otherwise: str) -> None:
        if not worked:
            self._say(otherwise)

    def _settled(self, count: int) -> None:
        self._say(f"{count} decided.")

    def _ask(self, prompt: str) -> str | None:
        """A line that the reviewer typed, None at the end of the input."""
        self._target.write(prompt)
        self._target.flush()
        line = self._source.readline()
        if not line.endswith("\n"):  # half a line that ended the input is no answer
            self._say("")
            return None
        return line.strip()

    def _say(self, line: str) -> None:
        self._target.write(line + "\n")
