"""The converted language model at work: text in context, and trees of readings scored in one run.

A *tree* shares what readings have in common: each node is a token, its parent the token before it (-1: the end of the context). The keys and
values of the context are computed once and kept; of a long text the first few tokens (which such models lean on) and the latest stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from restore.errors import ModelError

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
#: Threads of the runtime: fixed, because sums in another order differ in the last bit.
THREADS = 2
#: Context tokens kept beside the SINK first ones once there are twice as many; a token is about four characters.
WINDOW = 128
SINK = 4
#: Positions after which the context begins anew: the model was trained on texts of 2,048 tokens and more, and its angles lose nothing before that.
LONGEST = 1800
_HIDDEN = np.float32(-1e9)


@dataclass(slots=True)
class Tree:
    """Nodes in an order in which parents come first. ``add`` gives a token's node under a parent, a new one only when there is none yet."""

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    _children: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, parent: int, token: int) -> int:
        """The node of ``token`` after node ``parent``."""
        node = self._children.setdefault((parent, token), len(self.tokens))
        if node == len(self.tokens):
            self.tokens.append(token)
            self.parents.append(parent)
        return node

    def find(self, parent: int, token: int) -> int | None:
        """The node of ``token`` after node ``parent``, if there is one."""
        return self._children.get((parent, token))

    def extend(self, parent: int, tokens: Sequence[int]) -> list[int]:
        """The nodes of a run of tokens, one after the other."""
        out = []
        for token in tokens:
            parent = self.add(parent, token)
            out.append(parent)
        return out

    def __len__(self) -> int:
        return len(self.tokens)


class Scorer(Protocol):
    """What the second look asks of a language model."""

    def encode(self, text: str) -> tuple[int, ...]:
        """The tokens of a piece of text that begins and ends where words do."""

    def begin(self) -> None:
        """Forget the context."""

    def append(self, tokens: Sequence[int]) -> None:
        """Make the context longer."""

    def score(self, tree: Tree, asked: Sequence[int]) -> F64:
        """log p of the ``asked`` nodes' tokens, each after the context and its ancestors."""


class CausalModel:
    """A converted model folder, loaded. Not for several threads at once: it holds the context."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            self.about: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            self._embedding = np.load(folder / "embedding.npy", mmap_mode="r")
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
            options.log_severity_level = 3
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores to others
            self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the three libraries raise their own kinds, some of them bare Exception
            raise ModelError(folder, f"cannot load the language model ({error})", "run 'restore model install' again") from error
        self.name = str(self.about["name"])
        self.tokens = 0
        self._encoded: dict[str, tuple[int, ...]] = {}
        self._names = [f"past_{part}{layer}" for layer in range(self.about["layers"]) for part in ("key", "value")]
        self._cos = self._sin = np.zeros((0, 0), dtype=np.float32)
        self._turn(LONGEST + 2 * WINDOW)
        self.begin()

    def encode(self, text: str) -> tuple[int, ...]:
        """The tokens of a piece of text, remembered."""
        if text not in self._encoded:
            if len(self._encoded) > 50_000:
                self._encoded.clear()
            self._encoded[text] = tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)
        return self._encoded[text]

    def begin(self) -> None:
        """Forget the context."""
        empty = np.zeros((1, self.about["kv_heads"], 0, self.about["head"]), dtype=np.float32)
        self._state: list[F32] = [empty] * len(self._names)
        self._kept: list[int] = []
        self._pending: list[int] = [int(self.about["begin"])]
        self._recent: list[int] = []
        self._position = 0
        self._tree: Tree | None = None
        self._node = -1

    def append(self, tokens: Sequence[int]) -> None:
        """Make the context longer: as long as it follows a branch of the last tree, that has been computed; the rest is with the next one."""
        self._recent = [*self._recent, *tokens][-WINDOW:]
        for token in tokens:
            node = self._tree.find(self._node, token) if self._tree else None
            if node is None:
                self._tree = None
                self._pending.append(token)
            else:
                self._kept.append(int(self._column[self._node]))
                self._position += 1
                self._node, self._pending = node, [token]

    def score(self, tree: Tree, asked: Sequence[int]) -> F64:
        """log p of the asked nodes' tokens, float64 [len(asked)]. Leaves are only answers: nothing follows them, so they are not computed."""
        if self._position > LONGEST:
            recent = self._recent
            self.begin()
            self.append(recent)
        past, known = self._past(), len(self._pending)
        before = past[0].shape[2]
        parent, token, question = (np.array(each, dtype=np.int64) for each in (tree.parents, tree.tokens, asked))
        inner = np.unique(parent[parent >= 0])
        row = np.full(len(tree) + 1, known - 1)  # of each node among those computed; the last is node -1, the end of the context
        row[inner] = np.arange(known, known + len(inner))
        seen, depth = _ancestry(np.concatenate([np.arange(-1, known - 1), row[parent[inner]]]))
        total = before + len(seen)
        bias = np.concatenate([np.zeros((len(seen), before), dtype=np.float32), np.where(seen, np.float32(0), _HIDDEN)], axis=1)
        rows, place = np.unique(row[parent[question]], return_inverse=True)
        self._turn(max(total, self._position + int(depth.max()) + 1))
        log_p, *self._state = self._session.run(
            None,
            {
                "x": self._embedding[np.concatenate([self._pending, token[inner]])].astype(np.float32), "bias": bias[None, None],
                "cos": self._cos, "sin": self._sin, "positions": (self._position + depth)[None],
                "before": np.array([total - 1], dtype=np.int32), "total": np.array([total], dtype=np.int32),
                "rows": rows, "asked": place.astype(np.int64), "answer": self._embedding[token[question]].astype(np.float32),
            } | dict(zip(self._names, past, strict=True)),
        )  # fmt: skip
        self.tokens += len(seen)
        self._kept = list(range(before + known - 1))
        self._position += known - 1
        self._pending = self._pending[-1:]
        self._tree, self._node, self._column = tree, -1, row + before
        return np.asarray(log_p, dtype=np.float64)

    def _past(self) -> list[F32]:
        """Keys and values of the context, by layer: what is kept of those of the last run."""
        if len(self._kept) > SINK + 2 * WINDOW:
            self._kept = [*self._kept[:SINK], *self._kept[-WINDOW:]]
        return [each[:, :, self._kept] for each in self._state]

    def _turn(self, length: int) -> None:
        """The angles of at least the first ``length`` positions."""
        if length <= len(self._cos):
            return
        half = self.about["head"] // 2
        angle = np.arange(length)[:, None] * float(self.about["base"]) ** (-np.arange(half) / half)
        self._cos, self._sin = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def _ancestry(parents: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Which nodes each node sees (its ancestors and itself), bool [n, n], and its depth."""
    n = len(parents)
    seen = np.zeros((n, n), dtype=np.bool_)
    depth = np.zeros(n, dtype=np.int64)
    for k, parent in enumerate(parents.tolist()):
        if parent >= 0:
            seen[k] = seen[parent]
            depth[k] = depth[parent] + 1
        seen[k, k] = True
    return seen, depth
