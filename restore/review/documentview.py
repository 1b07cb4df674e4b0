"""The widget that shows a document with its suggestions marked, drawing only the rows in sight."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from restore.review.layout import Layout, Piece, Row

#: Share of the height above the current suggestion when the view has to jump.
ABOVE = 0.35
WHEEL = 3
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


class DocumentView(Widget):
    """Shows one layout at a time."""

    COMPONENT_CLASSES = {"apply", "ask", "leave", "accepted", "rejected", "current"}  # noqa: RUF012  # as Textual wants it
    DEFAULT_CSS = """
    DocumentView { width: 1fr; height: 1fr; padding: 0 1; }
    DocumentView > .apply { color: $text-error; text-style: underline; }
    DocumentView > .ask { color: $text-warning; text-style: underline; }
    DocumentView > .leave { text-style: italic; }
    DocumentView > .accepted { color: $text-success; text-style: bold; }
    DocumentView > .rejected { text-style: dim; }
    DocumentView > .current { text-style: reverse bold; }
    """

    class Clicked(Message):
        """Somebody clicked on a suggestion."""

        def __init__(self, suggestion: int) -> None:
            super().__init__()
            self.suggestion = suggestion

    class ClickedWords(Message):
        """Somebody clicked on a word that nothing is suggested for."""

        def __init__(self, words: str, offset: int) -> None:
            super().__init__()
            self.words, self.offset = words, offset

    def __init__(self, **options: str) -> None:
        super().__init__(id=options.get("id"))
        self.layout_shown: Layout | None = None
        self._mark: Callable[[int], str] = lambda _: "ask"
        self._current = -1
        self._top = (0, 0)
        self._visible: list[Row] = []

    def show(self, layout: Layout, mark: Callable[[int], str], current: int) -> None:
        """Show a layout with its current suggestion in sight; ``mark`` names the component class a suggestion is drawn with."""
        if layout is not self.layout_shown:
            self.layout_shown, self._top = layout, (0, 0)
        self._mark, self._current = mark, current
        self._arrange(follow=True)

    def scroll_rows(self, by: int) -> None:
        """Move the view by rows, down when positive."""
        if self.layout_shown is not None:
            self._top = self._walk(self._top, by)
            self._arrange(follow=False)

    @property
    def share(self) -> float:
        """Which part of the document lies above the view."""
        return self.layout_shown.share(self._top[0]) if self.layout_shown else 0.0

    def render_line(self, y: int) -> Strip:
        """One row on the screen."""
        width, base = self.size.width, self.rich_style
        if y >= len(self._visible):
            return Strip.blank(width, base)
        segments = [Segment(piece.text, base if piece.suggestion < 0 else base + self._style(piece.suggestion)) for piece in self._visible[y]]
        return Strip(segments).adjust_cell_length(width, base)

    def on_resize(self, _: events.Resize) -> None:
        self._arrange(follow=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= len(self._visible):
            return
        x = offset.x
        for piece in self._visible[offset.y]:
            x -= Segment(piece.text).cell_length
            if x < 0:
                self.post_message(self.Clicked(piece.suggestion) if piece.suggestion >= 0 else self._word(piece, x))
                return

    def _word(self, piece: Piece, x: int) -> ClickedWords:
        """The word of a piece that is ``-x`` cells from its end."""
        place = next((i for i in range(len(piece.text)) if Segment(piece.text[i:]).cell_length <= -x), len(piece.text) - 1)
        whole = next((m for m in _WORD.finditer(piece.text) if m.start() <= place < m.end()), None)
        return self.ClickedWords(whole[0], piece.offset + whole.start()) if whole else self.ClickedWords("", 0)

    def _style(self, suggestion: int) -> Style:
        style = self.get_component_rich_style(self._mark(suggestion), partial=True)
        return style + self.get_component_rich_style("current", partial=True) if suggestion == self._current else style

    def _arrange(self, *, follow: bool) -> None:
        """Find the rows in sight, with the current suggestion among them when it is to be followed."""
        layout, height = self.layout_shown, self.size.height
        if layout is None or not height or not self.size.width:
            return
        layout.resize(self.size.width)
        self._top = min(self._top, (len(layout) - 1, 0))
        self._visible = self._rows_from(self._top, height)
        if follow and self._current >= 0 and not self._in_sight():
            self._top = self._walk(layout.place_of(self._current), -int(height * ABOVE))
            self._visible = self._rows_from(self._top, height)
        self.refresh()

    def _in_sight(self) -> bool:
        return any(piece.suggestion == self._current for row in self._visible for piece in row)

    def _rows_from(self, top: tuple[int, int], height: int) -> list[Row]:
        assert self.layout_shown is not None
        block, skip = top
        out = self.layout_shown.rows(block)[skip:]
        while len(out) < height and block + 1 < len(self.layout_shown):
            block += 1
            out = out + self.layout_shown.rows(block)
        return out[:height]

    def _walk(self, place: tuple[int, int], by: int) -> tuple[int, int]:
        """The place so many rows further down, or up; at most the first or last row."""
        assert self.layout_shown is not None
        block, row = place
        row += by
        while row < 0 and block > 0:
            block -= 1
            row += len(self.layout_shown.rows(block))
        while row >= len(self.layout_shown.rows(block)) and block + 1 < len(self.layout_shown):
            row -= len(self.layout_shown.rows(block))
            block += 1
        return block, min(max(row, 0), len(self.layout_shown.rows(block)) - 1)
