"""Texts of one task looked at together, before each is restored: most of what a short clean one costs is the same for one and for many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol, runtime_checkable

from restore.corpus.tasks import Restores
from restore.nouns import Restoration
from restore.outlook import Outlook

#: Longer texts, in characters, gain nothing by it.
SHORT = 50_000


@runtime_checkable
class Foresees(Protocol):
    """A restorer that does some of its work for several texts at once."""

    def ahead(self, texts: Sequence[str]) -> list[Outlook]:
        """What can be said of each text before it is restored."""
        ...

    def restore(self, text: str, *, outlook: Outlook | None = None) -> Restoration:
        """Restore one text, given what was said of it."""
        ...


def outlooks(restorer: Restores, texts: Iterable[str]) -> dict[str, Outlook]:
    """What can be said of the short ones of some texts, by text. What goes wrong with one is left to be said when its turn comes."""
    short = [text for text in dict.fromkeys(texts) if len(text) <= SHORT]
    if len(short) > 1 and isinstance(restorer, Foresees):
        with suppress(Exception):
            return dict(zip(short, restorer.ahead(short), strict=True))
    return {}


def restored(restorer: Restores, text: str, known: dict[str, Outlook]) -> Restoration:
    """The restoration of a text, with what was said of it."""
    outlook = known.get(text)
    return restorer.restore(text, outlook=outlook) if outlook and isinstance(restorer, Foresees) else restorer.restore(text)
