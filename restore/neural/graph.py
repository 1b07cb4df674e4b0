"""The language model as an ONNX graph: a Llama decoder in eight-bit integers that scores a whole tree of readings in one run.

Inputs, for T tree nodes after P cached ones, S = P + T: ``x`` [T, width] embeddings; ``cos``, ``sin`` [at least S, head / 2] of every position and
``positions`` [1, T], that of each node; ``bias`` [1, 1, T, S], 0 where a node may look and very negative elsewhere; ``before`` [1], S - 1; ``total`` [1], S;
``past_key0``, ``past_value0`` and so on [1, kv heads, P, head], keys and values of each layer; ``rows`` [R], the nodes whose next token is asked for;
``asked`` [N], for each question its place in ``rows``; ``answer`` [N, width], the embedding of the token asked about.
Outputs: ``log_p`` [N], then ``key0``, ``value0`` and so on [1, kv heads, S, head].

Weights have one scale an output column, activations one a row (they are quantised on the way, symmetrically), as in LLM.int8 without its
outliers: one scale a tensor, which ONNX Runtime offers ready-made, costs far more accuracy. Probabilities are normalised over the ``HEAD`` commonest tokens.
The work around the products costs as much as they do, so it has as few steps as can be: one node attends, rotates and joins the cache, one quantises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
#: Tokens that probabilities are normalised over: byte-pair tokens are numbered by frequency, and the other two thirds of the vocabulary cost
#: as much as seven of the thirty layers.
HEAD = 16_384
_MICROSOFT = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama decoder. ``head``: numbers a head; ``base``: of the rotary angles; ``epsilon``: of the norms."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head: int
    base: float
    epsilon: float
    vocabulary: int


def build(shape: Shape, weights: Mapping[str, F32]) -> Any:
    """The graph (an onnx ModelProto) of weights by their GGUF names, queries and keys in half-rotated order."""
    return _Graph(shape, weights).model()


class _Graph:
    """Nodes and constants as they are added; every method gives the name of its output."""

    def __init__(self, shape: Shape, weights: Mapping[str, F32]) -> None:
        self.shape, self.weights = shape, weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._names = 0

    def model(self) -> Any:
        """The whole decoder."""
        from onnx import TensorProto, helper

        s = self.shape
        self._common()
        x = "x"
        for layer in range(s.layers):
            x = self._layer(layer, x)
        self._head(x)
        f, i = TensorProto.FLOAT, TensorProto.INT64
        sizes: dict[str, tuple[int, list[str | int]]] = {
            "x": (f, ["T", s.width]), "cos": (f, ["L", s.head // 2]), "sin": (f, ["L", s.head // 2]), "positions": (i, [1, "T"]),
            "bias": (f, [1, 1, "T", "S"]), "before": (TensorProto.INT32, [1]), "total": (TensorProto.INT32, [1]),
            "rows": (i, ["R"]), "asked": (i, ["N"]), "answer": (f, ["N", s.width]),
        }  # fmt: skip
        state = [f"{part}{layer}" for layer in range(s.layers) for part in ("key", "value")]
        sizes |= {f"past_{name}": (f, [1, s.kv_heads, "P", s.head]) for name in state}
        inputs = [helper.make_tensor_value_info(name, kind, size) for name, (kind, size) in sizes.items()]
        outputs = [helper.make_tensor_value_info("log_p", f, ["N"])]
        outputs += [helper.make_tensor_value_info(name, f, [1, s.kv_heads, "S", s.head]) for name in state]
        graph = helper.make_graph(self.nodes, "restore", inputs, outputs, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)], ir_version=10)

    def add(self, kind: str, inputs: list[str], output: str = "", domain: str = "", **attributes: Any) -> str:
        """One node with one output."""
        return self.add_many(kind, inputs, 1, [output] if output else None, domain, **attributes)[0]

    def add_many(self, kind: str, inputs: list[str], count: int, outputs: list[str] | None = None, domain: str = "", **attributes: Any) -> list[str]:
        """One node with ``count`` outputs."""
        from onnx import helper

        outputs = outputs or [self._name() for _ in range(count)]
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs

    def constant(self, value: Any, kind: type = np.float32, name: str = "") -> str:
        """A constant tensor."""
        from onnx import numpy_helper

        name = name or self._name()
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=kind, order="C"), name))
        return name

    def _name(self) -> str:
        self._names += 1
        return f"n{self._names}"

    def _common(self) -> None:
        """Constants that all layers share."""
        s = self.shape
        for name, value in {"first": [0], "last": [-1], "parts": [s.heads * s.head, s.kv_heads * s.head, s.kv_heads * s.head]}.items():
            self.constant(value, np.int64, name)
        for name, number in {"step": 1 / 127, "least": 1e-8, "unit": 1.0}.items():
            self.constant([number], np.float32, name)
        self.constant([128], np.uint8, "zero")
        self._zeros = self._repeated("x")

    def _layer(self, layer: int, x: str) -> str:
        """One layer; the last one only of the rows that are asked for. The scale of ``up`` joins where there is one number a row."""
        prefix, last = f"blk.{layer}.", layer == self.shape.layers - 1
        attended = self._attention(layer, self._norm(x, prefix + "attn_norm"))
        if last:
            x, attended = (self.add("Gather", [each, "rows"], axis=0) for each in (x, attended))
            self._zeros = self._repeated("rows")
        x = self.add("Add", [x, self._linear(self._quantise(attended), self.weights[prefix + "attn_output.weight"])])
        normed = self._quantise(self._norm(x, prefix + "ffn_norm"))
        gate = self._linear(normed, self.weights[prefix + "ffn_gate.weight"])
        up = self._product(normed[0], self.weights[prefix + "ffn_up.weight"])
        inner, scale = self._quantise(self.add("Mul", [self.add("QuickGelu", [gate], domain=_MICROSOFT, alpha=1.0), up]))
        down = self._linear((inner, self.add("Mul", [scale, normed[1]])), self.weights[prefix + "ffn_down.weight"])
        return self.add("Add", [x, down])

    def _attention(self, layer: int, x: str) -> str:
        """Grouped-query attention over the cache and the tree; it adds a causal mask of its own, which a tree in order allows.

        Queries and keys are turned before it: on a processor it would turn them itself by their place in the run, whatever ``positions`` say, so that a branch
        would stand where all branches before it end.
        """
        s = self.shape
        whole = np.concatenate([self.weights[f"blk.{layer}.attn_{part}.weight"] for part in "qkv"])
        joint = self.add("Unsqueeze", [self._linear(self._quantise(x), whole), "first"])
        query, key, value = self.add_many("Split", [joint, "parts"], 3, axis=-1)
        query, key = (self.add("RotaryEmbedding", [each, "positions", "cos", "sin"], domain=_MICROSOFT) for each in (query, key))
        names = [f"{part}{layer}" for part in ("key", "value")]
        out = self.add_many(
            "GroupQueryAttention",
            [query, key, value, *(f"past_{name}" for name in names), "before", "total", "", "", "", "bias"],
            3, [self._name(), *names], _MICROSOFT, num_heads=s.heads, kv_num_heads=s.kv_heads, do_rotary=0,
        )[0]  # fmt: skip
        return self.add("Squeeze", [out, "first"])

    def _norm(self, x: str, name: str) -> str:
        scale = self.constant(self.weights[name + ".weight"])
        return self.add("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=self.shape.epsilon, stash_type=1)

    def _quantise(self, x: str) -> tuple[str, str]:
        """``x`` as bytes around 128, and the scale of each row."""
        largest = self.add("ReduceMax", [self.add("Abs", [x]), "last"], keepdims=0)
        scale = self.add("Max", [self.add("Mul", [largest, "step"]), "least"])
        return self.add("QuantizeLinear", [x, scale, self._zeros], axis=0), self.add("Unsqueeze", [scale, "last"])

    def _repeated(self, rows: str) -> str:
        """The middle byte, once for each of ``rows``."""
        return self.add("Expand", ["zero", self.add("Shape", [rows], start=0, end=1)])

    def _product(self, x: str, weight: F32) -> str:
        """``x @ weight.T`` in integers, but for the scale of the rows."""
        step = np.maximum(np.abs(weight).max(axis=1), 1e-8) / 127
        whole = np.rint(weight / step[:, None]).T
        return self.add("MatMulIntegerToFloat", [x, self.constant(whole, np.int8), "unit", self.constant(step), "zero"], domain=_MICROSOFT)

    def _linear(self, quantised: tuple[str, str], weight: F32) -> str:
        """``x @ weight.T`` in integers."""
        return self.add("Mul", [self._product(quantised[0], weight), quantised[1]])

    def _head(self, x: str) -> None:
        """log p of the answers; a row's log of the sum of exponentials is any of its logits less the share that softmax gives it."""
        table = self.weights.get("output.weight", self.weights["token_embd.weight"])
        rows = self._norm(x, "output_norm")
        logits = self._linear(self._quantise(rows), table[:HEAD])
        share = self.add("LogSoftmax", [logits], axis=-1)
        total = self.add("Sub", [self.add("Gather", [each, "first"], axis=1) for each in (logits, share)])
        total = self.add("Squeeze", [total, "last"])
        wanted = self.add("ReduceSum", [self.add("Mul", [self.add("Gather", [rows, "asked"], axis=0), "answer"]), "last"], keepdims=0)
        self.add("Sub", [wanted, self.add("Gather", [total, "asked"], axis=0)], "log_p")
