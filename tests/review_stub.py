"""What the tests of the review share: documents whose suggestions are exact whatever the dictionaries say."""

from __future__ import annotations

import re
from pathlib import Path

from restore.nouns import Alternative, Evidence, Restoration, Suggestion
from restore.review.desk import Desk
from restore.review.document import Document

#: Word, replacements with probabilities, action.
WORDS = {
    "battle": (("war", 0.97), ("fight", 0.02), ("battle", 0.01)),
    "hurry": (("rush", 0.55), ("hurry", 0.4), ("haste", 0.05)),
    "mentioned": (("said", 0.9), ("mentioned", 0.1)),
    "primary": (("primary", 0.7), ("first", 0.3)),
    "odd": (("odd", 0.9), ("strange", 0.1)),
}
TEXT = "The battle ended in a hurry, he mentioned.\nA Battle is a battle, in the primary hurry.\nIt was odd that the battle mentioned it.\n"


def suggestions(text: str) -> tuple[Suggestion, ...]:
    """One for each word of WORDS."""
    out = []
    for match in re.finditer(r"\w+", text):
        options = WORDS.get(match[0].lower())
        if options:
            cased = [(w.capitalize() if match[0][0].isupper() else w, p) for w, p in options]
            new, p = next((w, p) for w, p in cased if w != match[0])
            action = "apply" if p >= 0.65 else "ask" if p >= 0.2 else "leave"
            alternatives = tuple(Alternative(w, q) for w, q in cased)
            out.append(Suggestion(match.start(), match.end(), match[0], new, p, action, alternatives, Evidence("word", "own.tsv:2", "A", 6.1)))
    return tuple(out)


def find(text: str) -> tuple[Restoration, float, dict[str, float]]:
    """What a restorer finds in a text, with the threshold for asking and shares of words."""
    return Restoration(text, suggestions(text), 0.9, "A", words=len(text.split())), 0.2, {"battle": 0.01}


def document(path: Path, text: str = TEXT) -> Document:
    """A document under review; the file is made when it is missing."""
    if not path.exists():
        path.write_bytes(text.encode())
    return Document.read(path, find)


def desk(*documents: Document) -> Desk:
    """A desk with documents."""
    made = Desk()
    for each in documents:
        made.add(each)
    return made
