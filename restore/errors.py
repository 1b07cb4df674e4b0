"""The few errors this package raises. Each says what happened, where, and what to try, in one line with the path first."""

from __future__ import annotations

from pathlib import Path


class RestoreError(Exception):
    """An error for the user: ``where: what happened; what to try``."""

    def __init__(self, where: Path | str, what: str, hint: str = "") -> None:
        super().__init__(f"{where}: {what}" + (f"; {hint}" if hint else ""))
        self.where = str(where)
        self.what = what
        self.hint = hint


class InputError(RestoreError):
    """A file cannot be read, decoded, checked or written (exit code 3)."""


class SettingsError(RestoreError):
    """A setting or argument is wrong (exit code 2)."""


class DictionaryError(SettingsError):
    """A dictionary row is wrong; ``where`` is ``file:line``."""


class ModelError(SettingsError):
    """A model file is missing or broken."""
