"""Give synonym-spun text its original wording back.

    >>> import restore
    >>> restore.restore_text("Nobody spun this.").edits
    ()

The names below are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from restore.api import restore_text
    from restore.nouns import Edit, Restoration, Suggestion
    from restore.pipeline import Restorer
    from restore.settings import Settings

__version__ = "0.1.0"
__all__ = ["Edit", "Restoration", "Restorer", "Settings", "Suggestion", "__version__", "restore_text"]

_HOME = {
    "Edit": "restore.nouns",
    "Restoration": "restore.nouns",
    "Restorer": "restore.pipeline",
    "Settings": "restore.settings",
    "Suggestion": "restore.nouns",
    "restore_text": "restore.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'restore' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
