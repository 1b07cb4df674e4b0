"""What the full-screen review says about the current question, as styled text."""

from __future__ import annotations

from rich.text import Text

from restore.nouns import Suggestion
from restore.review import wording
from restore.review.document import Document
from restore.review.questions import Answer, Filter
from restore.review.session import Session
from restore.worddiff import visible

_BAR = 12


def question(document: Document, suggestion: Suggestion, answer: Answer | None) -> Text:
    """Its sentence, its alternatives, the evidence, and the answer it has."""
    text = Text()
    left, before, right = wording.sentence(document.text, suggestion)
    text.append(left)
    text.append(before, "strike")
    text.append(" ")
    text.append(visible(suggestion.replacement) or "(nothing)", "bold reverse")
    text.append(f"{right}\n")
    if answer:
        said = {"accept": "accepted", "reject": "rejected", "edit": f"your words: {visible(answer.replacement) or '(nothing)'}"}[answer.choice]
        text.append(f"{said}\n", "bold")
    for number, (words, probability, note) in enumerate(wording.alternatives(suggestion), 1):
        text.append(f"{number} ", "bold")
        text.append("━" * max(1, round(_BAR * probability)))
        text.append("─" * (_BAR - max(1, round(_BAR * probability))), "dim")
        text.append(f" {probability:.2f} {words}")
        text.append(f"  {note}\n" if note else "\n", "dim")
    text.append("; ".join(wording.evidence(document, suggestion)))
    return text


def title(name: str, place: str, session: Session, width: int) -> Text:
    """Which file, how far, and what is asked."""
    decided, total = session.progress
    filled = round(_BAR * decided / total) if total else 0
    order = "least certain first" if session.order == "doubt" else "reading order"
    parts = [f"{name} {place}".strip(), f"{decided} of {total} decided {'━' * filled}{'─' * (_BAR - filled)}", order, describe(session.filter)]
    line = Text(" · ".join(part for part in parts if part), no_wrap=True, overflow="ellipsis")
    line.truncate(max(width, 1), overflow="ellipsis")
    return line


def describe(chosen: Filter) -> str:
    """A filter in words; nothing for one that lets everything pass.

    >>> describe(Filter(0.2, 1.0, "battle"))
    'from 0.20, with "battle"'
    """
    parts = [f"from {chosen.low:.2f}"] if chosen.low > 0 else []
    parts += [f"up to {chosen.high:.2f}"] if chosen.high < 1 else []
    parts += [f'with "{chosen.words}"'] if chosen.words else []
    return ", ".join(parts)
