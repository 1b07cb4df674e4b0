"""Lines of a compiled file, each decoded when it is asked for: of 47,000 names, an article needs three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


class Lines(Sequence[str]):
    """Strings without line breaks in UTF-8, joined by line breaks; those asked for are remembered. ``starts``, ``ends``: int64 [n], of each in ``data``.

    >>> names = Lines(np.frombuffer("River Ouse\\nCafé".encode(), dtype=np.uint8))
    >>> len(names), names[1], list(names), names.index("Café")
    (2, 'Café', ['River Ouse', 'Café'], 1)
    """

    def __init__(self, blob: npt.NDArray[Any]) -> None:
        self._known: dict[int, str] = {}
        self.data: npt.NDArray[np.uint8] = np.ascontiguousarray(blob)
        self._bytes: memoryview = self.data.data
        breaks = np.flatnonzero(blob == ord("\n"))
        whole = [len(blob)] if len(blob) else []
        self.starts: I64 = np.concatenate([[0], breaks + 1])[: len(breaks) + len(whole)]
        self.ends: I64 = np.append(breaks, np.array(whole, dtype=np.int64))

    @cached_property
    def initials(self) -> npt.NDArray[np.uint8]:
        """The first byte of each, uint8 [n]; that of an empty one says nothing."""
        return self.data[np.minimum(self.starts, max(len(self.data) - 1, 0))]

    @classmethod
    def of(cls, strings: Sequence[str]) -> Lines:
        """These strings, each of which has a character at least."""
        return cls(np.frombuffer("\n".join(strings).encode("utf-8", "surrogatepass"), dtype=np.uint8))

    def find(self, text: str) -> int:
        """The number of the first that is ``text``, -1 where none is."""
        at = (b"\n" + self.data.tobytes() + b"\n").find(f"\n{text}\n".encode())
        return int(np.searchsorted(self.starts, at)) if at >= 0 else -1

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[k] for k in range(*at.indices(len(self)))]
        try:
            return self._known[at]
        except KeyError:
            text = self._known[at] = str(self._bytes[self.starts.item(at) : self.ends.item(at)], "utf-8")
            return text

    def __iter__(self) -> Iterator[str]:
        return iter(str(self._bytes, "utf-8").split("\n") if len(self) else ())
