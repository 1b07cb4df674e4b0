"""Where the shipped dictionaries lie: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from restore.errors import ModelError


def dictionaries() -> Path:
    """The folder of the English dictionaries. Raises ModelError when it is missing."""
    here = Path(__file__).resolve().parent
    for folder in (here / "dictionaries" / "en", here.parent / "dictionaries" / "en"):
        if (folder / "words.tsv").is_file():
            return folder
    raise ModelError(here, "the dictionaries are missing", "reinstall restore")


def models() -> Path:
    """The folder of the language models for the second look."""
    return cache() / "models"


def cache() -> Path:
    """The user's cache folder for compiled dictionaries (made when first written to)."""
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    return (Path(base) if base else Path.home() / ".cache") / "restore"
