"""Which files of a tree are read, in a fixed order and without holding them all: globs, .restoreignore, hidden files, no symbolic links."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from restore.corpus.formats import Kind, kind_of
from restore.errors import InputError, SettingsError

#: A file of this name leaves out what its lines match, below its own folder, as .gitignore does.
IGNORE = ".restoreignore"
#: The folder of ledger and reports in OUT.
STATE = ".restore"


class Entry(NamedTuple):
    """A file to restore: its path below the root, with slashes; its kind and its size in bytes."""

    name: str
    kind: Kind
    size: int


class Unseen(NamedTuple):
    """A file or folder that could not be looked at, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """``include`` and ``exclude``: patterns as in .gitignore, against paths below ``root``; ``beside``: folders that are none of the input, such as OUT."""

    root: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    beside: tuple[Path, ...] = ()

    def walk(self) -> Iterator[Entry | Unseen]:
        """The files, folder by folder, in the order of their names. A root that is a file is a tree of that one file."""
        if self.root.is_file():
            kind = kind_of(self.root.name)
            if kind is None:
                raise SettingsError(self.root, "is of no format that is known", "known are .txt .md .html .jsonl .parquet, also .gz and .zst of each")
            yield Entry(self.root.name, kind, self.root.stat().st_size)
            return
        include = _spec(self.include, "--include") if self.include else None
        yield from self._folder("", [_spec(self.exclude, "--exclude")], include)

    def _folder(self, name: str, ignored: Sequence[GitIgnoreSpec | _Below], include: GitIgnoreSpec | None) -> Iterator[Entry | Unseen]:
        folder = self.root / name
        try:
            with os.scandir(folder) as found:
                items = sorted(found, key=lambda item: os.fsencode(item.name))
            ignored = [*ignored, *_ignore_file(folder, name)]
        except OSError as error:
            yield Unseen(name, error.strerror or str(error))
            return
        for item in items:
            path = f"{name}/{item.name}" if name else item.name
            if item.is_symlink() or item.name == STATE or (item.name.startswith(".") and not self.hidden):
                continue
            if item.is_dir(follow_symlinks=False):
                if not _matches(ignored, path + "/") and Path(item.path).resolve() not in self.beside:
                    yield from self._folder(path, ignored, include)
            elif not _matches(ignored, path) and (include is None or include.match_file(path)):
                yield from _file(item, path)


class _Below(NamedTuple):
    """The patterns of a .restoreignore in a folder below the root."""

    folder: str
    spec: GitIgnoreSpec

    def match_file(self, path: str) -> bool:
        """Whether they match the file at ``path`` below the root."""
        return self.spec.match_file(path[len(self.folder) :])


def _file(item: os.DirEntry[str], path: str) -> Iterator[Entry | Unseen]:
    kind = kind_of(item.name)
    try:
        if kind and item.is_file(follow_symlinks=False):
            yield Entry(path, kind, item.stat(follow_symlinks=False).st_size)
    except OSError as error:  # deleted a moment ago
        yield Unseen(path, error.strerror or str(error))


def _spec(patterns: Sequence[str], where: str | Path) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError as error:
        raise SettingsError(where, f"not a pattern ({error})", "write it as in .gitignore") from error


def _ignore_file(folder: Path, name: str) -> list[_Below]:
    path = folder / IGNORE
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(path, f"not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    return [_Below(f"{name}/" if name else "", _spec(lines, path))]


def matcher(selection: Selection) -> Callable[[str], bool]:
    """Whether the patterns of a selection let a path through, for files that are listed in another way."""
    include = _spec(selection.include, "--include") if selection.include else None
    exclude = _spec(selection.exclude, "--exclude")
    return lambda name: not exclude.match_file(name) and (include is None or include.match_file(name))


def _matches(ignored: Sequence[GitIgnoreSpec | _Below], path: str) -> bool:
    return any(spec.match_file(path) for spec in ignored)
