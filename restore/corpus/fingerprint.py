"""What a result depends on besides the document: the versions, settings, dictionaries and model, as run.json tells them and as one hash."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from restore import __version__, places
from restore.corpus.document import Options
from restore.corpus.store import digest, digest_file
from restore.errors import DictionaryError, InputError
from restore.settings import Settings

#: Raised when the same input gives other output though nothing that is hashed has changed.
REVISION = 1


def fingerprint(settings: Settings, options: Options) -> dict[str, Any]:
    """Versions, settings and the hashes of all data files. Raises DictionaryError for an extra dictionary that cannot be read."""
    return {
        "restore": __version__,
        "revision": REVISION,
        "settings": asdict(settings),
        "options": asdict(options),
        "data": {path.name: _hash(path) for path in _data_files()},
        "second_look": _second_look(settings),
        "dictionaries": {str(path): _hash(Path(path)) for path in settings.dictionaries},
    }


def key_of(facts: dict[str, Any]) -> bytes:
    """The hash of such facts, 16 bytes. The names of extra dictionaries do not count, their content and order do."""
    named = {**facts, "settings": {**facts["settings"], "dictionaries": ()}, "dictionaries": list(facts["dictionaries"].values())}
    return digest(json.dumps(named, sort_keys=True).encode())


def _second_look(settings: Settings) -> str:
    """The model that takes a second look, by name and form; "" for none. A converted model is never changed, only made anew."""
    from restore.neural import store

    if settings.fast:
        return ""
    if settings.model:
        return settings.model
    folder = store.default_folder()
    return f"{folder.name} {store.FORM}" if store.usable(folder) else ""


def _data_files() -> list[Path]:
    """All shipped data: dictionaries, names, weights, the channel, the model."""
    return sorted(path for path in places.dictionaries().iterdir() if path.is_file() and path.name != "lexicon.bin")


def _hash(path: Path) -> str:
    try:
        return digest_file(path).hex()
    except OSError as error:
        if path in _data_files():
            raise InputError(path, f"cannot be read ({error.strerror})", "reinstall restore") from error
        raise DictionaryError(path, f"cannot read the dictionary ({error.strerror})", "check the path") from error
