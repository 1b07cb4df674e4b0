"""Folders near and far: a local path or a URI such as ``s3://bucket/pages``, read and written through pyarrow's file systems."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from pyarrow import fs

from restore.corpus.store import digest_file
from restore.errors import InputError, SettingsError

_fresh = count()
#: What pathlib makes of a URI: one slash where two were.
_COLLAPSED = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):/+")
_FILE = re.compile(r"^file:/+")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder: ``path`` in ``files``, a pyarrow file system. It can be pickled, and says the same on every machine that reaches it."""

    files: Any
    path: str

    @classmethod
    def of(cls, name: str | os.PathLike[str]) -> Place:
        """The folder that a path or a URI names. Raises SettingsError for a URI that no file system knows."""
        text = _FILE.sub("/", _COLLAPSED.sub(r"\1://", os.fspath(name)))
        if "://" not in text:
            return cls(fs.LocalFileSystem(), os.fspath(Path(text).resolve()))
        try:
            files, path = fs.FileSystem.from_uri(text)
        except (ValueError, OSError) as error:
            raise SettingsError(text, f"no file system for it ({error})", "file://, s3://, gs://, abfs:// and hdfs:// are known") from error
        return cls(files, path.rstrip("/"))

    @property
    def local(self) -> bool:
        """Whether it is a folder of this machine, or one mounted there."""
        return isinstance(self.files, fs.LocalFileSystem)

    def names(self) -> Iterator[tuple[str, int]]:
        """All files below, by path with slashes, with their sizes. Raises InputError."""
        try:
            found = self.files.get_file_info(fs.FileSelector(self.path, recursive=True))
        except OSError as error:
            raise InputError(self.path, f"cannot be listed ({error})", "check the path and the credentials") from error
        for info in sorted(found, key=lambda info: os.fsencode(info.path)):
            if info.type == fs.FileType.File:
                yield info.path[len(self.path) :].lstrip("/"), info.size

    @contextmanager
    def fetched(self, name: str) -> Iterator[Path]:
        """A file as a local path: itself where it is local, else a copy that is gone afterwards. Raises OSError.

        Bytes as they are: unless told, pyarrow undoes the compression of a file that is called .gz, and does it when writing one.
        """
        if self.local:
            yield Path(self.path) / name
            return
        with tempfile.TemporaryDirectory(prefix="restore-") as folder:
            path = Path(folder) / Path(name).name
            with self.files.open_input_stream(self._at(name), compression=None) as source, path.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            yield path

    def put(self, name: str, data: bytes | Path) -> bytes:
        """Put a file in place as a whole (bytes, or a local file's), and give its hash: on object stores a write is whole by itself."""
        at = self._at(name)
        temporary = f"{self._at('.restore/tmp')}/{os.uname().nodename}-{os.getpid()}-{next(_fresh)}" if self.local else at
        self.files.create_dir(temporary.rpartition("/")[0], recursive=True)
        with tempfile.TemporaryDirectory(prefix="restore-") as folder:
            path = data if isinstance(data, Path) else Path(folder) / "data"
            if not isinstance(data, Path):
                path.write_bytes(data)
            with path.open("rb") as source, self.files.open_output_stream(temporary, compression=None) as out:
                shutil.copyfileobj(source, out, 1 << 20)
            if self.local:
                self.files.create_dir(at.rpartition("/")[0], recursive=True)
                self.files.move(temporary, at)
            return digest_file(path)

    def hash(self, name: str) -> bytes | None:
        """The hash of a file's content, None where there is none."""
        try:
            with self.fetched(name) as path:
                return digest_file(path)
        except OSError:
            return None

    def remove(self, name: str) -> None:
        """Remove a folder below, if it is there."""
        if self.files.get_file_info(self._at(name)).type == fs.FileType.Directory:
            self.files.delete_dir(self._at(name))

    def withdraw(self, name: str, output: bytes) -> None:
        """Delete a file, if it is still the one with this hash."""
        if self.hash(name) == output:
            self.files.delete_file(self._at(name))

    def _at(self, name: str) -> str:
        return f"{self.path}/{name}"
