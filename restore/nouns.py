"""The values that pass between the stages: suggestion, edit, restoration.

A *suggestion* says that a span of the text probably stands for other words, how sure that is, and why. Its *action* is the decision of
the thresholds: apply, ask or leave. An *edit* is what applying one does to the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Action = Literal["apply", "ask", "leave"]
#: Who decided: "" where nothing had to be.
Engine = Literal["", "first pass", "second look"]


#: Characters compared at once.
_PIECE = 1 << 20


class Edit(NamedTuple):
    """Replace ``text[start:end]``, which is ``before``, by ``after``. Character offsets into the decoded text."""

    start: int
    end: int
    before: str
    after: str


class Alternative(NamedTuple):
    """One reading of a span and its posterior probability; leaving the span as it is counts as a reading."""

    text: str
    probability: float


class Evidence(NamedTuple):
    """Why a suggestion was made.

    ``kind``: "word", "phrase", "name", "witness", "litter", "article" or "spelling"; ``row``: the dictionary or gazetteer row (``file:line``), ``family``
    its family; ``gain``: nats by which the language model prefers the replacement in its sentence; ``channel``: log probability that a spinner puts
    the observed words for it; ``count``: how often this document has the pair; ``name``: the known name or term; ``witnesses``: the copies of the text
    that speak for it, the strongest first. After a second look ``model`` is by how many nats its language model prefers the replacement to ``rival``,
    the words as they stand (or another reading); ``rival`` is empty where it was not asked.
    """

    kind: str
    row: str = ""
    family: str = ""
    gain: float = 0.0
    channel: float = 0.0
    count: int = 1  # type: ignore[assignment]  # a tuple's method of that name is of no use here
    name: str = ""
    witnesses: tuple[str, ...] = ()
    model: float = 0.0
    rival: str = ""


class Suggestion(NamedTuple):
    """``text[start:end] == before`` probably stands for ``replacement``; ``alternatives`` are ranked and hold the replacement too."""

    start: int
    end: int
    before: str
    replacement: str
    probability: float
    action: Action
    alternatives: tuple[Alternative, ...]
    evidence: Evidence

    @property
    def edit(self) -> Edit:
        """The edit that applying this suggestion makes."""
        return Edit(self.start, self.end, self.before, self.replacement)


@dataclass(frozen=True, slots=True)
class Telltale:
    """A word that tells: how often the text has it and how often plain English would."""

    word: str
    seen: int
    expected: float


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of text with a spin rate of its own; ``probability`` that it was spun at all."""

    start: int
    end: int
    spin_rate: float
    probability: float


@dataclass(frozen=True, slots=True)
class Restoration:
    """What was found in one text. ``spin_rate`` is the share of replaceable words that were replaced, over the whole text (0 when clean);
    ``family`` the likeliest spinner family ("" when clean) and ``families`` the posterior of each;
    ``engine``: who decided."""

    text: str
    suggestions: tuple[Suggestion, ...]
    spin_rate: float
    family: str
    families: tuple[tuple[str, float], ...] = ()
    telltales: tuple[Telltale, ...] = ()
    windows: tuple[Window, ...] = ()
    words: int = 0
    engine: Engine = ""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of the suggestions with action "apply", in text order."""
        return tuple(s.edit for s in self.suggestions if s.action == "apply")

    @property
    def restored(self) -> str:
        """The text with those edits made."""
        return replay(self.text, self.edits)

    def count(self, action: Action) -> int:
        """How many suggestions have this action."""
        return sum(s.action == action for s in self.suggestions)


def replay(text: str, edits: Iterable[Edit]) -> str:
    """Make disjoint edits, given in text order.

    >>> replay("the battle ends", [Edit(4, 10, "battle", "war")])
    'the war ends'
    """
    out, position = [], 0
    for start, end, before, after in edits:
        if start < position or text[start:end] != before:
            raise ValueError(f"edit at {start} does not fit the text")
        out += [text[position:start], after]
        position = end
    out.append(text[position:])
    return "".join(out)


def invert(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits that undo ``edits``: ``replay(replay(t, e), invert(e)) == t``."""
    shift, out = 0, []
    for start, end, before, after in edits:
        out.append(Edit(start + shift, start + shift + len(after), after, before))
        shift += len(after) - (end - start)
    return tuple(out)


def undoes(restored: str, edits: Iterable[Edit], text: str) -> bool:
    """Whether ``restored`` with the edits undone is ``text``: ``replay(restored, invert(edits)) == text``, a piece at a time.

    >>> undoes("the war ends", [Edit(4, 10, "battle", "war")], "the battle ends")
    True
    """
    here = there = 0
    for start, end, before, after in edits:
        size = start - there
        if size < 0 or not _same(restored, here, text, there, size) or not text.startswith(before, start) or not restored.startswith(after, here + size):
            return False
        here, there = here + size + len(after), end
    return len(restored) - here == len(text) - there and _same(restored, here, text, there, len(text) - there)


def _same(one: str, here: int, other: str, there: int, size: int) -> bool:
    """Whether two stretches are equal, compared in pieces, since slices are copies."""
    return all(one[here + k : here + min(k + _PIECE, size)] == other[there + k : there + min(k + _PIECE, size)] for k in range(0, size, _PIECE))
