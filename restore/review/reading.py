"""Read files for review: each with the settings that count for it, one restorer for all that have the same."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from restore.review.document import Document, Found

if TYPE_CHECKING:
    from restore.nouns import Restoration
    from restore.pipeline import Restorer
    from restore.settings import Settings


class Reader:
    """Reads documents; ``keep`` names the decisions file of the one that is reviewed."""

    def __init__(self, *, config: Path | None = None, isolated: bool = False, keep: Path | None = None) -> None:
        self._config, self._isolated, self._keep = config, isolated, keep
        self._restorers: dict[Settings, Restorer] = {}

    def read(self, path: Path) -> Document:
        """One document, restored and with the decisions that are kept for it. Raises RestoreError."""
        settings = self._settings(path)

        def find(text: str) -> Found:
            restorer = self._restorer(settings)
            restoration = restorer.restore(text)
            return restoration, settings.ask_threshold, _shares(restorer, restoration)

        return Document.read(path, find, self._keep)

    def _restorer(self, settings: Settings) -> Restorer:
        from restore.pipeline import Restorer

        if settings not in self._restorers:
            self._restorers[settings] = Restorer(settings)
        return self._restorers[settings]

    def _settings(self, path: Path) -> Settings:
        from restore.settings import load_settings

        return load_settings(path.parent, config=self._config, isolated=self._isolated, overrides={}).settings


def _shares(restorer: Restorer, restoration: Restoration) -> dict[str, float]:
    """Shares of the single words of the suggestions in plain English, from the restorer's own table; words it lacks have none."""
    lexicon = getattr(restorer, "lexicon", None)
    words = sorted({s.before.lower() for s in restoration.suggestions if s.before.isalpha()})
    if lexicon is None or not words:
        return {}
    numbers = [int(n) for n in lexicon.encode(words)]
    return {word: math.exp(float(lexicon.frequency[n])) for word, n in zip(words, numbers, strict=True) if n != lexicon.model.unk}
