"""The files of a run: where a document is read from and where its restored form goes, never half written, with the original kept when that is its place.

Everything is first written below STATE/tmp, on the disk of its destination, and then renamed: a file of OUT is at every moment whole or not there.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b, file_digest
from itertools import count
from pathlib import Path

_fresh = count()


def digest(data: bytes) -> bytes:
    """The hash that content is known by, 16 bytes."""
    return blake2b(data, digest_size=16).digest()


def digest_file(path: Path) -> bytes:
    """The same of a file's content, read in pieces."""
    with path.open("rb") as file:
        return file_digest(file, lambda: blake2b(digest_size=16)).digest()


@dataclass(frozen=True, slots=True)
class Store:
    """``root``: the input; ``target``: where restored files go, the root itself when they are replaced in place; ``state``: the folder of ledger and
    reports; ``backup``: where originals are kept, None unless in place."""

    root: Path
    target: Path
    state: Path
    backup: Path | None = None

    def prepare(self) -> None:
        """Make the folders, and remove what a killed run left half written. Raises OSError."""
        shutil.rmtree(self.state / "tmp", ignore_errors=True)
        for folder in (self.state / "tmp", self.state / "parts", *([self.state / "replaced"] if self.backup else [])):
            folder.mkdir(parents=True, exist_ok=True)

    def tidy(self) -> None:
        """Remove what only an unfinished run needs."""
        for folder in ("tmp", "parts", "replaced"):
            shutil.rmtree(self.state / folder, ignore_errors=True)

    def source(self, name: str, output: bytes | None) -> Path:
        """The file to restore: the original that was kept, when what stands in its place is what a run (``output``: its hash) put there."""
        path = self.root / name
        kept = self._kept(name)
        if kept is None:
            return path
        mine = {output, self._replaced(name)}
        return kept if digest_file(path) in mine else path

    def part(self, name: str, number: int) -> Path:
        """Where a finished part of a large file waits for the others."""
        return self.state / "parts" / f"{digest(os.fsencode(name)).hex()}-{number}"

    def write(self, path: Path, data: bytes) -> None:
        """Put a file in place as a whole."""
        temporary = self.temporary()
        temporary.write_bytes(data)
        self._move(temporary, path)

    def temporary(self) -> Path:
        """The path of a file to write to before it is published."""
        return self.state / "tmp" / f"{os.getpid()}-{next(_fresh)}"

    def publish(self, name: str, source: Path, temporary: Path | None, output: bytes | None = None) -> bytes:
        """Put a finished file in place, and give its hash (``output``, where it is known); None stands for the source as it is. In place the original is kept
        first."""
        target = self.target / name
        if self.backup is None:
            if temporary is None:
                temporary = self.temporary()
                shutil.copyfile(source, temporary)
            output = output or digest_file(temporary)
            self._move(temporary, target)
            return output
        output = output or digest_file(temporary or source)
        if output != digest_file(target):
            self._keep(name, source, target)
            self.write(self._note(name), json.dumps(output.hex()).encode())
            if temporary is None:
                temporary = self.temporary()
                shutil.copyfile(source, temporary)
            shutil.copymode(target, temporary)
            temporary.replace(target)
        elif temporary:
            temporary.unlink()
        return output

    def withdraw(self, name: str, output: bytes) -> None:
        """Remove a restored file that no longer has a source, if it is still the one with this hash; in place nothing is removed."""
        path = self.target / name
        with suppress(OSError):
            if self.backup is None and digest_file(path) == output:
                path.unlink()
                for folder in path.relative_to(self.target).parents[:-1]:
                    (self.target / folder).rmdir()

    def _move(self, temporary: Path, path: Path) -> None:
        try:
            temporary.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)

    def _keep(self, name: str, source: Path, target: Path) -> None:
        """Keep the original, unless ``source`` is one that was kept before; an older one of another content stays beside it."""
        if source != target:
            return
        assert self.backup is not None
        path, number = self.backup / name, 1
        while path.exists():
            if digest_file(path) == digest_file(source):
                return
            number += 1
            path = (self.backup / name).with_name(f"{Path(name).name}.~{number}~")
        temporary = self.temporary()
        shutil.copy2(source, temporary)
        self._move(temporary, path)

    def _kept(self, name: str) -> Path | None:
        """The original that was kept, the latest of several."""
        if self.backup is None or not (self.backup / name).is_file():
            return None
        path = self.backup / name
        for number in count(2):
            newer = (self.backup / name).with_name(f"{Path(name).name}.~{number}~")
            if not newer.is_file():
                break
            path = newer
        return path

    def _note(self, name: str) -> Path:
        """Says what a file was replaced by, for the moment between replacing it and recording that."""
        return self.state / "replaced" / digest(os.fsencode(name)).hex()

    def _replaced(self, name: str) -> bytes | None:
        try:
            return bytes.fromhex(json.loads(self._note(name).read_bytes()))
        except OSError:
            return None
