"""Where dictionaries lie: the shipped ones inside the installed package or beside it in a checkout, the user's own in the platform's data folder."""

from __future__ import annotations

from pathlib import Path

from restore.errors import ModelError

_NAME = "restore"


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
    from platformdirs import user_cache_path

    return user_cache_path(_NAME, appauthor=False)


def personal() -> Path:
    """The user's own folder of dictionaries, on Linux ``~/.local/share/restore`` (made when first written to)."""
    from platformdirs import user_data_path

    return user_data_path(_NAME, appauthor=False)


def personal_files() -> tuple[Path, ...]:
    """The user's own dictionaries, in the order of their names; a folder that is missing or may not be read has none.

    Every ``.tsv`` counts, whatever its first line says that it holds. ``restore dictionary import`` and ``restore learn`` write ``dictionary.tsv``
    and ``weights.tsv``.
    """
    try:
        return tuple(sorted(path for path in personal().glob("*.tsv") if path.is_file()))
    except OSError:
        return ()
