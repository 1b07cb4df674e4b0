"""The language model P(y): an interpolated, modified Kneser-Ney n-gram model in compact, memory-mapped arrays.

Back-off form (as in an ARPA file): p(w | u v) is the trigram's probability where it was kept, otherwise back-off(u v) · p(w | v), and
so on down to a unigram mixed with wordfreq's frequencies, so that words the training text never had cost what they should.
Probabilities are natural logarithms, held in a byte each (steps of 1/16 nat). File: 8 bytes magic, 8 bytes header length, a JSON header,
then the arrays one after the other, each at a multiple of 64 bytes.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from restore import hashing
from restore.errors import ModelError
from restore.lines import Lines
from restore.tokens import NUMBER, is_number

MAGIC = b"RESTLM01"
#: One step of a quantised log-probability, in nats: a byte reaches -15.9, and the rounding error is 0.03, far below what decides a candidate.
STEP = 1 / 16
BOS, UNK = "<s>", "<unk>"
#: Log-probability of a word that neither the training text nor wordfreq's list holds: a typical name. exp(-16.8) = 5e-8,
#: wordfreq's own floor for what it lists.
FLOOR = -16.8
BITS = 21
REBUILD = "rebuild it with 'restore train lm'"
_ARRAYS = frozenset(("words", "aliases", "unigram", "frequency", "backoff1", "backoff2", "prob2", "prob3", "table2", "table3"))

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


class Vocabulary(dict[str, int]):
    """Word to id; numbers share one id, and a word never seen has the id of ``<unk>``."""

    def __missing__(self, word: str) -> int:
        return self[NUMBER] if is_number(word) else self[UNK]

    def copy_with(self, more: list[str], first: int) -> Vocabulary:
        """This vocabulary, or a copy with further words that get the ids from ``first`` on."""
        if not more:
            return self
        out = Vocabulary(self)
        out.update(zip(more, range(first, first + len(more)), strict=True))
        return out


def pack(*ids: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Ids of 21 bits each as one key, the last word lowest. The order is told apart by a leading 1."""
    key = np.ones(len(ids[0]), dtype=np.uint64)
    for column in ids:
        key = (key << np.uint64(BITS)) | column.astype(np.uint64)
    return key


def quantise(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Log values of at most 0 as bytes."""
    return np.clip(np.rint(-values / STEP), 0, 255).astype(np.uint8)


class NgramModel:
    """A loaded model. ``unigram``, ``frequency`` (wordfreq's, log): float32 [V]; tables as ``hashing`` lays them out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        arrays, self.header = read(path)
        self._arrays = arrays
        if absent := _ARRAYS - arrays.keys():
            raise ModelError(path, f"the language model lacks {', '.join(sorted(absent))}", REBUILD)
        try:
            bytes(arrays["words"]).decode("utf-8")
            lines = bytes(arrays["aliases"]).decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise ModelError(path, f"the language model is damaged ({error})", REBUILD) from error
        self.words = Lines(arrays["words"])
        self.bos, self.unk, self.number = map(self.words.find, (BOS, UNK, NUMBER))
        if min(self.bos, self.unk, self.number) < 0 or any(len(arrays[x]) != len(self.words) for x in ("unigram", "frequency", "backoff1")):
            raise ModelError(path, "the language model is damaged (its words and figures do not fit)", REBUILD)
        #: Words that are counted as others: "an" as "a", "defence" as "defense".
        self.aliases = [(alias, word) for alias, _, word in (line.partition(" ") for line in lines) if word]
        scale = np.float32(-STEP)
        self.unigram: F32 = np.asarray(arrays["unigram"])
        self.frequency: F32 = np.asarray(arrays["frequency"])
        self._unigram_backoff: F32 = arrays["backoff1"] * scale
        self._scale = scale

    @cached_property
    def ids(self) -> Vocabulary:
        """The words with their ids, for those who ask for few or want to go through them; a text's words are looked up all at once (``wordtable``)."""
        out = Vocabulary(zip(self.words, range(len(self.words)), strict=True))
        for alias, word in self.aliases:
            if word in out:
                out[alias] = out[word]
        return out

    def __len__(self) -> int:
        return len(self.words)

    def bigram(self, v: npt.NDArray[Any], w: npt.NDArray[Any]) -> tuple[F32, I64]:
        """log p(w | v), float32 [n], and the bigram's slot (-1 where the model has none), int64 [n]."""
        a = self._arrays
        slots = hashing.find(a["table2"], pack(v, w))
        seen = a["prob2"][slots].astype(np.float32) * self._scale
        return np.where(slots >= 0, seen, self._unigram_backoff[v] + self.unigram[w]), slots

    def context(self, slots: I64) -> F32:
        """Back-off weight, log, of the bigram contexts in ``slots``; 0 where there is none."""
        weight = self._arrays["backoff2"][slots].astype(np.float32) * self._scale
        return np.where(slots >= 0, weight, np.float32(0))

    def trigram(self, u: npt.NDArray[Any], v: npt.NDArray[Any], w: npt.NDArray[Any], context: I64, lower: F32) -> F32:
        """log p(w | u v) given the slot of (u, v) and ``lower`` = log p(w | v). All arrays [n]."""
        out = lower.copy()
        known = np.flatnonzero(context >= 0)
        if len(known):
            slots = hashing.find(self._arrays["table3"], pack(u[known], v[known], w[known]))
            seen = self._arrays["prob3"][slots].astype(np.float32) * self._scale
            backed = self.context(context[known]) + lower[known]
            out[known] = np.where(slots >= 0, seen, backed)
        return out

    def score(self, ids: npt.NDArray[Any]) -> F32:
        """log p of every word of one sentence after ``<s>``, without an end symbol. float32 [n]."""
        return self.scores(ids, np.zeros(1, dtype=np.int64))

    def scores(self, ids: npt.NDArray[Any], begin: I64) -> F32:
        """The same of several sentences one after the other, none of them empty, in one look-up; ``begin``: where each begins."""
        v = np.concatenate([[self.bos], ids[:-1]])
        v[begin] = self.bos
        u = np.concatenate([[self.bos], v[:-1]])
        u[begin] = self.bos
        lower, slots = self.bigram(v, ids)
        context = np.concatenate([[-1], slots[:-1]])  # a word's bigram is the next one's context
        context[begin] = -1  # before the first word there is one <s>, not two
        return self.trigram(u, v, ids, context, lower)


def write(path: Path, header: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write a model file. The caller gives the arrays that ``NgramModel`` names; the layout goes into the header."""
    layout, offset = {}, 0
    for name, array in arrays.items():
        layout[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        offset += -(-array.nbytes // 64) * 64
    text = json.dumps({**header, "arrays": layout}, sort_keys=True).encode()
    text += b" " * (-(16 + len(text)) % 64)
    with path.open("wb") as out:
        out.write(MAGIC + len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            data = np.ascontiguousarray(array).tobytes()
            out.write(data + bytes(-len(data) % 64))


def read(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """The arrays, memory-mapped, and the header of a file that ``write`` made. Raises ModelError."""
    try:
        raw = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))  # a plain view: indexing a memmap object costs more
        if bytes(raw[:8]) != MAGIC:
            raise ModelError(path, "not a model file of this version", REBUILD)
        length = int.from_bytes(bytes(raw[8:16]), "little")
        header = json.loads(bytes(raw[16 : 16 + length]))
        arrays = {}
        for name, entry in header["arrays"].items():
            dtype = np.dtype(entry["dtype"])
            size = int(np.prod(entry["shape"])) * dtype.itemsize
            start = 16 + length + entry["offset"]
            if start + size > len(raw):
                raise ModelError(path, "the language model file is cut short", "copy or rebuild it")
            arrays[name] = raw[start : start + size].view(dtype).reshape(entry["shape"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(path, f"cannot read the language model ({error})", REBUILD) from error
    return arrays, header
