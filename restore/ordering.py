"""Orders, groups and ranges of whole numbers, faster than numpy's own functions for them, with the same results.

numpy sorts plain 64-bit numbers five times as fast as it finds a stable order (19 and 111 ns each of 190,000), so a key and its position travel in one
number wherever both fit.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
_BITS = 62
Number = TypeVar("Number", bound=np.integer)


def stable_order(key: I64) -> I64:
    """``np.argsort(key, kind="stable")`` of numbers that are not negative.

    >>> stable_order(np.array([2, 1, 2, 0])).tolist()
    [3, 1, 0, 2]
    """
    bits = len(key).bit_length()
    if not len(key) or int(key.max()) >> (_BITS - bits):
        return np.argsort(key, kind="stable")
    packed = key.astype(np.int64) << np.int64(bits)
    packed |= np.arange(len(key))
    packed.sort()
    packed &= np.int64((1 << bits) - 1)
    return packed


def groups(ordered: npt.NDArray[np.integer]) -> I64:
    """Where each run of equal numbers begins.

    >>> groups(np.array([4, 4, 7])).tolist()
    [0, 2]
    """
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])


def distinct(numbers: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Each number once, in order: ``np.unique``, whose first call imports the masked arrays (15 ms).

    >>> distinct(np.array([4, 7, 4])).tolist()
    [4, 7]
    """
    ordered = np.sort(numbers)
    return ordered[groups(ordered)]


def offsets(key: I64, size: int) -> I64:
    """Where each number below ``size`` begins in the ordered ``key``, and its end: int64 [size + 1].

    >>> offsets(np.array([0, 2, 2]), 3).tolist()
    [0, 1, 1, 3]
    """
    return np.concatenate([[0], np.cumsum(np.bincount(key, minlength=size))])


def expand(low: I64, high: I64) -> tuple[I64, I64]:
    """Pairs (i, j) for every j in range(low[i], high[i]), in order of i.

    >>> [x.tolist() for x in expand(np.array([5, 0]), np.array([7, 1]))]
    [[0, 0, 1], [5, 6, 0]]
    """
    count = high - low
    left = np.repeat(np.arange(len(low)), count)
    first = low - (np.cumsum(count) - count)
    return left, np.arange(len(left)) + np.repeat(first, count)
