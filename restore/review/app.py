"""The full-screen review: keys and mouse call the session, the screen shows what it says.

The screen is drawn before the decisions are put on disk, and both before the next key is read, so a killed review has lost one key press at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.widgets import Footer, Static

from restore.errors import RestoreError
from restore.review import panel
from restore.review.desk import Desk
from restore.review.document import Document
from restore.review.documentview import DocumentView
from restore.review.layout import Layout
from restore.review.questions import Question
from restore.review.screens import Choice, HelpScreen, Prompt

#: Least and most probable of what the filter by confidence offers, and what it is called.
BANDS = (
    (0.0, 1.0, "all"),
    (0.2, 1.0, "from 0.20"),
    (0.2, 0.6, "the doubtful: 0.20 to 0.60"),
    (0.6, 1.0, "from 0.60"),
    (0.9, 1.0, "from 0.90"),
    (0.0, 0.2, "below 0.20"),
)
Read = Callable[[], Iterator[Document]]


class ReviewApp(App[bool]):
    """Runs one review; gives whether the decided edits are to be written."""

    TITLE = "restore review"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  # Textual declares it of the instance
    CSS = """
    #title { height: 1; background: $panel; padding: 0 1; }
    #status { height: 1; padding: 0 1; color: $text-muted; }
    #body { height: 1fr; layout: vertical; }
    #detail { height: 12; border-top: solid $primary; padding: 0 1; }
    .-wide #body { layout: horizontal; }
    .-wide #detail { width: 54; height: 1fr; border-top: none; border-left: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "accept", "Accept"),
        Binding("n", "reject", "Reject"),
        Binding("e", "edit", "Own"),
        Binding("m", "correct", show=False),
        Binding("j,right,enter", "next", "Next"),
        Binding("k,left", "previous", "Previous", show=False),
        Binding("a", "pair('accept', 'document')", "Pair"),
        Binding("A", "pair('accept', 'everywhere')", show=False),
        Binding("d", "pair('reject', 'document')", show=False),
        Binding("D", "pair('reject', 'everywhere')", show=False),
        Binding("c", "sure", show=False),
        Binding("i", "ignore", show=False),
        Binding("x", "clear", show=False),
        Binding("u", "undo", "Undo"),
        Binding("r", "redo", show=False),
        Binding("tab", "step(1)", show=False, priority=True),
        Binding("shift+tab", "step(-1)", show=False, priority=True),
        Binding("l", "least_certain", show=False),
        Binding("o", "order", show=False),
        Binding("p", "confidence", show=False),
        Binding("equals_sign", "only_pair", show=False),
        Binding("slash", "search", show=False),
        Binding("f", "files", show=False),
        Binding("t", "theme", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(15)", show=False),
        Binding("pageup", "scroll(-15)", show=False),
        Binding("question_mark,f1", "help", "Help"),
        Binding("w", "write", "Write"),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
        *(Binding(str(i), f"choose({i})", show=False) for i in range(1, 10)),
    ]

    def __init__(self, desk: Desk, read: Read) -> None:
        super().__init__()
        self.desk, self.session = desk, desk.session
        self.failure: BaseException | None = None
        self._read = read
        self._layouts: dict[int, Layout] = {}
        self._whole = False
        self._message = ""

    def compose(self) -> ComposeResult:
        """The title, the document, what is said about the question, the last message, the keys."""
        yield Static("reading …", id="title", markup=False)
        with Container(id="body"):
            yield DocumentView(id="document")
            with VerticalScroll(id="detail", can_focus=False):
                yield Static("", id="question", markup=False)
        yield Static("", id="status", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        self.run_worker(self._read_all, thread=True, exit_on_error=False)

    def on_resize(self) -> None:
        self._draw()

    def on_document_view_clicked(self, message: DocumentView.Clicked) -> None:
        if self.session.current is not None:
            self.session.go_to(Question(self.session.current.document, message.suggestion))
            self._draw()

    def on_document_view_clicked_words(self, message: DocumentView.ClickedWords) -> None:
        if message.words and self.session.current is not None:
            self.push_screen(
                Prompt(f'Your words for "{message.words}", which nothing is suggested for:', message.words),
                lambda new: self._corrected(message.words, new, message.offset),
            )

    def action_accept(self) -> None:
        self._decide(self.session.accept)

    def action_reject(self) -> None:
        self._decide(self.session.reject)

    def action_choose(self, number: int) -> None:
        self._decide(lambda: None if self.session.choose(number) else self._tell(f"there is no alternative {number}"))

    def action_edit(self) -> None:
        if self.desk.current is not None:
            _, suggestion = self.desk.current
            answer = self.session.answers.get(self.session.current) if self.session.current else None
            start = answer.replacement if answer else suggestion.replacement
            self.push_screen(Prompt(f'Your words for "{suggestion.before}" (Enter takes them, Escape leaves it):', start), self._edited)

    def action_correct(self) -> None:
        if self.session.current is not None:
            self.push_screen(Prompt("Correct words that nothing is suggested for, the nearest ones: words = your words", ""), self._correct)

    def action_pair(self, choice: str, scope: str) -> None:
        self._decide(
            lambda: self._count(self.session.settle_pair("accept" if choice == "accept" else "reject", "document" if scope == "document" else "everywhere"))
        )

    def action_sure(self) -> None:
        self._decide(lambda: self._count(self.session.accept_sure()))

    def action_ignore(self) -> None:
        self._decide(lambda: self._count(self.session.ignore()))

    def action_clear(self) -> None:
        self._decide(self.session.clear)

    def action_undo(self) -> None:
        self._decide(lambda: self._tell("undone" if self.session.undo() else "nothing to undo"), whole=True)

    def action_redo(self) -> None:
        self._decide(lambda: self._tell("done again" if self.session.redo() else "nothing to redo"), whole=True)

    def action_next(self) -> None:
        self._go(lambda: self.session.move(1))

    def action_previous(self) -> None:
        self._go(lambda: self.session.move(-1))

    def action_step(self, by: int) -> None:
        self._go(lambda: self.session.move(by, open_only=False))

    def action_least_certain(self) -> None:
        self._go(self.session.least_certain)

    def action_order(self) -> None:
        self.session.sort("reading" if self.session.order == "doubt" else "doubt")
        self._draw()

    def action_confidence(self) -> None:
        self.push_screen(Choice("Ask about which probabilities?", [name for _, _, name in BANDS], 1), self._banded)

    def action_only_pair(self) -> None:
        if self.desk.current is not None:
            _, suggestion = self.desk.current
            pair = f"{suggestion.before} → {suggestion.replacement}".casefold()
            self._narrow("" if self.session.filter.words else pair)

    def action_search(self) -> None:
        self.push_screen(Prompt("Ask only about questions with these words (empty: all):", self.session.filter.words), self._narrow)

    def action_files(self) -> None:
        here = self.session.current.document if self.session.current else 0
        lines = [f"{d.path}: {len(self.desk.answers(i))} of {len(d.suggestions)} decided" for i, d in enumerate(self.desk.documents)]
        if lines:
            self.push_screen(Choice("Files", lines, here), self._opened)

    def action_theme(self) -> None:
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"

    def action_scroll(self, by: int) -> None:
        self.query_one(DocumentView).scroll_rows(by)

    def action_help(self) -> None:
        self.push_screen(HelpScreen())

    def action_write(self) -> None:
        edits, files = self.desk.pending()
        lines = ["No, go on reviewing", f"Write {edits} edits into {files} file{'' if files == 1 else 's'} and quit"]
        self.push_screen(Choice("Write?", lines), lambda answer: self.exit(True) if answer == "1" else None)

    def action_leave(self) -> None:
        self.exit(False)

    def _read_all(self) -> None:
        """In a thread: the documents one after the other, so the first can be reviewed while the others are read."""
        try:
            for document in self._read():
                self.call_from_thread(self._add, document)
            self.call_from_thread(self._complete)
        except RuntimeError:  # the review was left meanwhile
            if self.is_running:
                raise
        except RestoreError as error:
            self.failure = error
            self.call_from_thread(self.exit, False)

    def _add(self, document: Document) -> None:
        first = self.session.current is None
        self.desk.add(document)
        if document.complaints:
            self.notify("\n".join(document.complaints), severity="warning", timeout=15)
        self.desk.keep()
        if first:
            self._draw()
        else:
            self._draw_title()

    def _complete(self) -> None:
        self._whole = True
        self._draw()

    def _edited(self, text: str | None) -> None:
        if text is not None:
            self._decide(lambda: self.session.edit(text))

    def _correct(self, line: str | None) -> None:
        words, equals, new = (line or "").partition("=")
        if equals:
            self._corrected(words.strip(), new.strip(), None)

    def _corrected(self, words: str, new: str | None, offset: int | None) -> None:
        if new is not None and new != words:
            self._layouts.clear()  # there is one place more now
            self._decide(lambda: self._tell(self.desk.correct(words, new, offset) or f'"{words}" is "{new}" now; u undoes it'))

    def _banded(self, answer: str | None) -> None:
        if answer is not None:
            low, high, _ = BANDS[int(answer)]
            self._filter(lambda: self.session.narrow(replace(self.session.filter, low=low, high=high)))

    def _narrow(self, words: str | None) -> None:
        if words is not None:
            self._filter(lambda: self.session.narrow(replace(self.session.filter, words=words)))

    def _filter(self, change: Callable[[], bool]) -> None:
        self._message = "" if change() else "no question is like that; nothing changed"
        self._draw()

    def _opened(self, answer: str | None) -> None:
        if answer is not None and self.desk.documents[int(answer)].suggestions:
            number = int(answer)
            first = next((q for q in self.session.queue if q.document == number and q not in self.session.answers), Question(number, 0))
            self.session.go_to(first)
            self._draw()

    def _go(self, move: Callable[[], bool]) -> None:
        self._message = "" if move() else "nothing is open here: w writes, q quits, p and / ask about more"
        self._draw()

    def _decide(self, decision: Callable[[], object], *, whole: bool = False) -> None:
        """Do it, draw it, keep it."""
        self._message = ""
        before = set(self.session.changed)
        at = self.session.current
        decision()
        touched = self.session.changed - before
        for number, layout in self._layouts.items():
            if number in touched:
                layout.forget_all()
        if at is not None and self.session.progress[0] == self.session.progress[1]:
            self._message = self._message or "all is decided: w writes, q quits"
        self._draw()
        self.call_after_refresh(self._keep)

    def _keep(self) -> None:
        try:
            self.desk.keep()
        except RestoreError as error:
            self._message = f"NOT KEPT: {error}"
            self._draw()

    def _count(self, count: int) -> None:
        self._tell(f"{count} decided")

    def _tell(self, message: str) -> None:
        self._message = message

    def _draw(self) -> None:
        """Show the current question in its document."""
        self._draw_title()
        self.query_one("#status", Static).update(self._message)
        question, current = self.session.current, self.desk.current
        if question is None or current is None:
            if self._whole:
                self.query_one("#question", Static).update("Nothing to ask about. q quits.")
            return
        document, suggestion = current
        number = question.document
        if number not in self._layouts:
            self._layouts[number] = Layout(document.text, document.suggestions, lambda i: self._shown(Question(number, i)))
        self.query_one(DocumentView).show(self._layouts[number], lambda i: self._mark(Question(number, i)), question.suggestion)
        self.query_one("#question", Static).update(panel.question(document, suggestion, self.session.answers.get(question)))

    def _draw_title(self) -> None:
        if self.session.current is None:
            self.query_one("#title", Static).update("restore review" if self._whole else "reading …")
            return
        number, count = self.session.current.document, len(self.desk.documents)
        place = f"{number + 1}/{count}" + ("" if self._whole else "+") if count > 1 or not self._whole else ""
        name = self.desk.documents[number].path.name
        self.query_one("#title", Static).update(panel.title(name, place, self.session, self.size.width - 2))

    def _shown(self, question: Question) -> str:
        answer = self.session.answers.get(question)
        return answer.replacement if answer else self.session.suggestion(question).before

    def _mark(self, question: Question) -> str:
        answer = self.session.answers.get(question)
        if answer:
            return "rejected" if answer.choice == "reject" else "accepted"
        return self.session.suggestion(question).action
