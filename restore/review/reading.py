"""Read files for review: each with the settings that count for it, one restorer for all that have the same."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from restore.review.document import Document, Frequency

if TYPE_CHECKING:
    from restore.pipeline import Restorer
    from restore.settings import Settings


class Reader:
    """Reads documents; ``keep`` names the decisions file of the one that is reviewed."""

    def __init__(self, *, config: Path | None = None, isolated: bool = False, keep: Path | None = None) -> None:
        self._config, self._isolated, self._keep = config, isolated, keep
        self._restorers: dict[Settings, Restorer] = {}

    def low(self, path: Path) -> float:
        """The probability from which on suggestions are asked about."""
        return self._settings(path).ask_threshold

    def read(self, path: Path) -> Document:
        """One document, restored and with the decisions that are kept for it. Raises RestoreError."""
        from restore.pipeline import Restorer

        settings = self._settings(path)
        if settings not in self._restorers:
            self._restorers[settings] = Restorer(settings)
        restorer = self._restorers[settings]
        return Document.read(path, restorer.restore, self._keep, _frequency(restorer))

    def _settings(self, path: Path) -> Settings:
        from restore.settings import load_settings

        return load_settings(path.parent, config=self._config, isolated=self._isolated, overrides={}).settings


def _frequency(restorer: Restorer) -> Frequency:
    """Shares of words in plain English, from the restorer's own table; unknown for phrases and for words it lacks."""

    def frequency(word: str) -> float:
        lexicon = getattr(restorer, "lexicon", None)
        if lexicon is None or not word.isalpha():
            return math.nan
        number = int(lexicon.encode([word.lower()])[0])
        return math.nan if number == lexicon.model.unk else math.exp(float(lexicon.frequency[number]))

    return frequency
