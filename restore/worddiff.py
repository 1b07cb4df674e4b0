"""The word-by-word view of a restoration: the sentences that have suggestions, with old and new words side by side.

In colour (`render_words`) the old words are struck through in red and the new ones bold and green; without colour (`plain_words`) they
are marked as git's word diff marks them. Words to ask about stay, with the suggestion behind them. What was left alone is not shown.
This is for reading: control characters are made visible and a line break inside a sentence is shown as a space.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from restore.nouns import Restoration, Suggestion
from restore.patch import Places

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

ELLIPSIS = "…"
#: What must not reach a terminal as it is: escape sequences, marks that reverse the direction of what follows, undecodable bytes.
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAK = re.compile(r"\r?\n")


class Excerpt(NamedTuple):
    """A sentence to show: ``text[start:end]``, the line it begins in, and whether text before it is left out."""

    line: int
    start: int
    end: int
    suggestions: tuple[Suggestion, ...]
    skipped: bool


def plain_words(restoration: Restoration, path: str) -> str:
    """The view without colour, a heading and one line a sentence; empty when there is nothing to show.

    An applied suggestion reads ``[-battle-]{+war+} 0.97``, one to ask about ``battle (war?) 0.61``; the number is the probability.
    """
    shown = excerpts(restoration)
    if not shown:
        return ""
    digits, lines = len(str(shown[-1].line)), [visible(path)]
    for excerpt in shown:
        if excerpt.skipped:
            lines.append(f"{'':{digits}}  {ELLIPSIS}")
        pieces = (_plain(piece) for piece in _pieces(restoration.text, excerpt))
        lines.append(f"{excerpt.line:{digits}}: {''.join(pieces)}")
    return "\n".join(lines) + "\n"


def render_words(restoration: Restoration, path: str, *, width: int) -> RenderableType:
    """The view in colour, for a terminal ``width`` columns wide; long sentences wrap beside their line number."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    shown = excerpts(restoration)
    if not shown:
        return Group()
    digits = len(str(shown[-1].line))
    table = Table.grid(padding=(0, 1), pad_edge=False)
    table.add_column(justify="right", style="dim", width=digits)
    table.add_column(overflow="fold", width=max(width - digits - 1, 1))
    for excerpt in shown:
        if excerpt.skipped:
            table.add_row("", Text(ELLIPSIS, style="dim"))
        sentence = Text()
        for piece in _pieces(restoration.text, excerpt):
            _style(sentence, piece)
        table.add_row(str(excerpt.line), sentence)
    return Group(Text(visible(path), style="bold"), table)


def visible(text: str) -> str:
    """The text on one line and without characters that steer a terminal.

    >>> visible("the\\r\\nbattle\\x1b[2J \\udcff")
    'the battle␛[2J �'
    """
    return _UNSAFE.sub(_picture, _LINE_BREAK.sub(" ", text))


def excerpts(restoration: Restoration) -> list[Excerpt]:
    """The sentences that hold a suggestion to apply or to ask about, in text order."""
    suggestions = [s for s in restoration.suggestions if s.action != "leave"]
    if not suggestions:
        return []
    text, places = restoration.text, Places(restoration.text)
    bounds = [0, *_apart(_sentence_starts(text), suggestions), len(text) + 1]
    found: list[Excerpt] = []
    previous = 0
    for number, group in groupby(suggestions, key=lambda s: bisect_right(bounds, s.start)):
        held = tuple(group)
        whole = text[bounds[number - 1] : bounds[number]]
        start = min(bounds[number - 1] + len(whole) - len(whole.lstrip()), held[0].start)
        end = max(bounds[number - 1] + len(whole.rstrip()), held[-1].end)
        found.append(Excerpt(places.place(start).line, start, end, held, bool(found) and number > previous + 1))
        previous = number
    return found


def _sentence_starts(text: str) -> Iterator[int]:
    """Where the sentences after the first begin; an opening quotation mark or bracket belongs to the sentence it opens."""
    from restore.tokens import Tokens  # imports numpy

    tokens = Tokens(text)
    sentence, starts, ends = tokens.sentence.tolist(), tokens.starts.tolist(), tokens.ends.tolist()
    for i in range(1, len(tokens)):
        if sentence[i] != sentence[i - 1]:
            gap = text[ends[i - 1] : starts[i]]
            opening = gap.rsplit(None, 1)[-1] if gap and not gap[-1].isspace() else ""
            yield starts[i] - len(opening)


def _apart(bounds: Iterator[int], suggestions: Sequence[Suggestion]) -> Iterator[int]:
    """The bounds that cut no suggestion in two: a phrase may reach over the end of a line."""
    starts = [s.start for s in suggestions]
    for bound in bounds:
        before = bisect_left(starts, bound) - 1
        if before < 0 or suggestions[before].end <= bound:
            yield bound


def _pieces(text: str, excerpt: Excerpt) -> Iterator[str | Suggestion]:
    position = excerpt.start
    for suggestion in excerpt.suggestions:
        yield text[position : suggestion.start]
        yield suggestion
        position = suggestion.end
    yield text[position : excerpt.end]


def _plain(piece: str | Suggestion) -> str:
    if isinstance(piece, str):
        return visible(piece)
    old, new, probability = visible(piece.before), visible(piece.replacement), f"{piece.probability:.2f}"
    if piece.action == "ask":
        return f"{old} ({new or 'delete'}?) {probability}"
    return (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "") + f" {probability}"


def _style(sentence: Text, piece: str | Suggestion) -> None:
    if isinstance(piece, str):
        sentence.append(visible(piece))
        return
    old, new = visible(piece.before), visible(piece.replacement)
    if piece.action == "ask":
        sentence.append(f"{old} ({new or 'delete'}?)", style="yellow")
    else:
        sentence.append(old, style="strike red")
        sentence.append(" " if old and new else "")
        sentence.append(new, style="bold green")
    sentence.append(f" {piece.probability:.2f}", style="dim")


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 32:
        return chr(0x2400 + code)
    return "␡" if code == 127 else "�"
