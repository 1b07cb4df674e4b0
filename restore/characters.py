"""A text's characters as an array, each with its kind, so that words are found without a step of Python a character."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from restore.ordering import distinct

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
#: Code points whose kinds are worked out beforehand: Latin letters, with nearly all accents that English text has.
_COMMON = 0x250


def codes(text: str) -> U32:
    """The code points of a text, uint32 [n]; lone surrogates, which stand for undecodable bytes, included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


class Kinds:
    """The kind of every character by a function that says it of one."""

    def __init__(self, kind: Callable[[str], int]) -> None:
        self._kind = kind
        self._table = np.array([kind(chr(c)) for c in range(_COMMON)], dtype=np.uint8)

    def of(self, points: U32) -> U8:
        """uint8 [n].

        >>> Kinds(str.isalpha).of(codes("Ché “x”")).tolist()
        [1, 1, 1, 0, 0, 1, 0]
        """
        out = self._table.take(points, mode="clip")
        rare = np.flatnonzero(points >= _COMMON)
        if len(rare):
            unique = distinct(points[rare])
            out[rare] = np.array([self._kind(chr(c)) for c in unique.tolist()], dtype=np.uint8)[np.searchsorted(unique, points[rare])]
        return out


def is_letter(character: str) -> bool:
    r"""Whether ``[^\W\d_]`` matches a character."""
    return character.isalnum() and not character.isdecimal()


def runs(inside: npt.NDArray[np.bool_]) -> tuple[I64, I64]:
    """Where runs of True begin and end (exclusive): int64 [m] each.

    >>> [x.tolist() for x in runs(np.array([True, True, False, True]))]
    [[0, 3], [2, 4]]
    """
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if len(inside) and inside[0]:
        edges = np.concatenate([[0], edges])
    if len(inside) and inside[-1]:
        edges = np.append(edges, len(inside))
    return edges[::2], edges[1::2]
