"""The small screens that lie over the review: help, a line to type, a question to confirm, the list of files, the filter."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

HELP = """\
[b]Decide[/b]
  y        accept the suggestion
  n        reject it: the words stay
  1 … 9    take that alternative
  e        type your own words
  m        correct words that nothing is suggested for (or click on them)
  x        take the answer back

[b]Decide many[/b]
  a  A     accept all of this pair: here, in every document
  d  D     reject all of this pair: here, in every document
  c        accept all that is sure in this document
  i        never touch this word (project's ignore list)

[b]Go back[/b]
  u  r     undo, redo, as far as you like

[b]Move[/b]
  j  k     next, previous open question (also → ←)
  tab      next question, open or not; shift+tab: previous
  l        the least certain question
  o        least certain first, or reading order
  f        list of files
  ↑ ↓ PgUp PgDn, wheel: scroll; click: go to a suggestion

[b]Ask about less[/b]
  p        by confidence
  =        only this pair, or all again
  /        only questions with certain words

[b]End[/b]
  w        write the decided edits, and quit
  q        quit without writing; decisions are kept
  t        light or dark
"""


class Overlay(ModalScreen[str | None]):
    """A box in the middle; Escape closes it and gives None."""

    DEFAULT_CSS = """
    Overlay { align: center middle; }
    Overlay > Vertical { width: 64; max-width: 95%; height: auto; max-height: 95%; border: round $primary; padding: 0 1; background: $surface; }
    Overlay VerticalScroll { height: auto; max-height: 20; }
    Overlay OptionList { height: auto; max-height: 16; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]

    def action_close(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


class HelpScreen(Overlay):
    """The keys."""

    DEFAULT_CSS = "HelpScreen VerticalScroll { max-height: 90vh; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,q,enter", "close", "Close")]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield VerticalScroll(Static(HELP))


class Prompt(Overlay):
    """A line to type; gives it, also when it is empty."""

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title, self._value = title, value

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield Input(self._value, select_on_focus=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Choice(Overlay):
    """A list to choose from; gives the number of the line. The first line is the harmless one."""

    def __init__(self, title: str, lines: list[str], chosen: int = 0) -> None:
        super().__init__()
        self._title, self._lines, self._chosen = title, lines, chosen

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield OptionList(*self._lines, markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self._chosen

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(str(event.option_index))
