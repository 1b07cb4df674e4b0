"""What is said of a text before it is restored, which is cheaper for many short texts together than for each alone."""

from __future__ import annotations

from typing import NamedTuple

from restore.family import Look
from restore.nouns import Suggestion


class Outlook(NamedTuple):
    """``look``: what the screen says of a text; ``terms``: the tortured terms in it, None where they were not looked for."""

    look: Look
    terms: tuple[Suggestion, ...] | None
