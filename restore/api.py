"""The library's front door: restore one text with one call. docs/api.md shows it inside Ray Data, datatrove and thread pools."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from restore.nouns import Restoration
from restore.pipeline import Restorer
from restore.settings import Settings

#: Restorers kept by ``restore_text``, one for each of the settings last used: a program rarely has more, and each holds about 80 MB.
KEPT = 4
_loading = Lock()


def restore_text(text: str, settings: Settings | None = None) -> Restoration:
    """What was spun in ``text`` and what stood there before; ``.restored`` is the text with the edits made.

    The first call with given settings loads the dictionaries and the model (half a second), later ones share them, from any thread.
    Raises DictionaryError or ModelError.

    >>> restore_text("Nobody spun this.").restored
    'Nobody spun this.'
    """
    with _loading:
        restorer = _restorer(settings or Settings())
    return restorer.restore(text)


@lru_cache(maxsize=KEPT)
def _restorer(settings: Settings) -> Restorer:
    return Restorer(settings)
