"""The project's ignore list: the ``ignore`` setting of the settings file that counts for a document.

The file keeps its comments and layout. Words come off again when they were put on in this review and that was undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from restore.errors import SettingsError
from restore.textfile import write_atomically

_KEY = "ignore"


class IgnoreList:
    """The list that belongs to a folder, and what this review added to it."""

    def __init__(self, folder: Path, config: Path | None = None) -> None:
        from restore.settings import find_settings  # here, since it takes longer than a screen may take to come up

        self.path = config or find_settings(folder) or folder / "restore.toml"
        self._added: tuple[str, ...] = ()

    def sync(self, words: Iterable[str]) -> None:
        """Make the words added by this review exactly ``words``; entries that were there before stay. Raises RestoreError when the file cannot be changed."""
        wanted = tuple(words)
        if wanted == self._added:
            return
        entries = self._entries()
        own = [entry for entry in entries if entry not in self._added]
        self._write([*own, *(word for word in wanted if word not in own)])
        self._added = tuple(word for word in wanted if word not in own)

    def _entries(self) -> list[str]:
        return [str(entry) for entry in self._table()[1].get(_KEY, [])]

    def _table(self) -> tuple[object, dict[str, list[str]]]:
        """The parsed file and its table of our settings."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(self.path.read_bytes().decode("utf-8-sig")) if self.path.exists() else tomlkit.document()
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            raise SettingsError(self.path, f"cannot take up the ignore list ({error})", "mend the file") from error
        if self.path.name != "pyproject.toml":
            return document, document
        tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
        return document, tool.setdefault("restore", tomlkit.table())

    def _write(self, entries: list[str]) -> None:
        import tomlkit

        document, table = self._table()
        array = tomlkit.array()
        array.extend(entries)
        if entries:
            table[_KEY] = array.multiline(len(entries) > 4)
        else:
            table.pop(_KEY, None)
        write_atomically(self.path, tomlkit.dumps(document).encode())  # type: ignore[arg-type]
