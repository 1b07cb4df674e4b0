"""The language model as an ONNX graph: a Llama decoder in eight-bit integers that scores a whole tree of readings in one run.

Inputs, for T tree nodes after P cached ones: ``x`` [T, width] embeddings; ``cos``, ``sin`` [T, head] of their positions; ``bias`` [T, P + T], 0 where
a node may look and very negative elsewhere; ``past`` [2 layers, kv heads, P, head], keys and values of a layer side by side; ``rows`` [R], the nodes whose
next token is asked for; ``asked`` [N], for each question its place in ``rows``; ``answer`` [N, width], the embedding of the token asked about.
Outputs: ``new`` [2 layers, kv heads, T, head] and ``log_p`` [N].

Weights have one scale an output column, activations one a row (they are quantised on the way, symmetrically), as in LLM.int8 without its
outliers: one scale a tensor, which ONNX Runtime offers ready-made, costs far more accuracy. Probabilities are normalised over the ``HEAD`` commonest tokens.
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
        x, new = "x", []
        past = self.add_many("Split", ["past"], 2 * s.layers, axis=0, num_outputs=2 * s.layers)
        for layer in range(s.layers):
            x, key, value = self._layer(f"blk.{layer}.", x, past[2 * layer], past[2 * layer + 1])
            new += [key, value]
        self.add("Concat", new, "new", axis=0)
        self._head(x)
        f, i = TensorProto.FLOAT, TensorProto.INT64
        sizes: dict[str, tuple[int, list[str | int]]] = {
            "x": (f, ["T", s.width]), "cos": (f, ["T", s.head]), "sin": (f, ["T", s.head]), "bias": (f, ["T", "S"]),
            "past": (f, [2 * s.layers, s.kv_heads, "P", s.head]), "rows": (i, ["R"]), "asked": (i, ["N"]), "answer": (f, ["N", s.width]),
        }  # fmt: skip
        inputs = [helper.make_tensor_value_info(name, kind, size) for name, (kind, size) in sizes.items()]
        outputs = [helper.make_tensor_value_info("new", f, [2 * s.layers, s.kv_heads, "T", s.head]), helper.make_tensor_value_info("log_p", f, ["N"])]
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
        for name, value in {
            "by_head": [-1, s.heads, s.head], "by_kv_head": [-1, s.kv_heads, s.head], "grouped": [s.kv_heads, -1, s.head], "ungrouped": [s.heads, -1, s.head],
            "flat": [-1, s.width], "parts": [s.heads * s.head, s.kv_heads * s.head, s.kv_heads * s.head], "first": [0], "last": [-1],
        }.items():  # fmt: skip
            self.constant(value, np.int64, name)
        for name, number in {"step": 1 / 127, "least": 1e-8, "middle": 128.0, "unit": 1.0}.items():
            self.constant([number], np.float32, name)
        self.constant([128], np.uint8, "zero")
        length = self.add("Shape", ["x"], start=0, end=1)
        self.add("Concat", [self.constant([s.heads], np.int64), length, "last"], "attended", axis=0)

    def _layer(self, prefix: str, x: str, past_key: str, past_value: str) -> tuple[str, str, str]:
        attention, key, value = self._attention(prefix, self._norm(x, prefix + "attn_norm"), past_key, past_value)
        x = self.add("Add", [x, attention])
        both = np.concatenate([self.weights[prefix + "ffn_gate.weight"], self.weights[prefix + "ffn_up.weight"]])
        gate, up = self.add_many("Split", [self._linear(self._quantise(self._norm(x, prefix + "ffn_norm")), both)], 2, axis=-1, num_outputs=2)
        inner = self.add("Mul", [self.add("Mul", [gate, self.add("Sigmoid", [gate])]), up])
        return self.add("Add", [x, self._linear(self._quantise(inner), self.weights[prefix + "ffn_down.weight"])]), key, value

    def _attention(self, prefix: str, x: str, past_key: str, past_value: str) -> tuple[str, str, str]:
        """Grouped-query attention: the heads that share a key are stacked as more rows of one multiplication."""
        query, key, value = (self.weights[f"{prefix}attn_{part}.weight"] for part in "qkv")
        whole = np.concatenate([query / np.sqrt(self.shape.head), key, value])
        q, k, v = self.add_many("Split", [self._linear(self._quantise(x), whole), "parts"], 3, axis=-1)
        q = self._rotate(self._heads(q, "by_head"))
        k, v = self._rotate(self._heads(k, "by_kv_head")), self._heads(v, "by_kv_head")
        keys = self.add("Concat", [self.add("Squeeze", [past_key, "first"]), k], axis=1)
        values = self.add("Concat", [self.add("Squeeze", [past_value, "first"]), v], axis=1)
        match = self.add("MatMul", [self.add("Reshape", [q, "grouped"]), self.add("Transpose", [keys], perm=[0, 2, 1])])
        share = self.add("Softmax", [self.add("Add", [self.add("Reshape", [match, "attended"]), "bias"])], axis=-1)
        mixed = self.add("MatMul", [self.add("Reshape", [share, self.add("Shape", [match])]), values])
        out = self.add("Reshape", [self.add("Transpose", [self.add("Reshape", [mixed, "ungrouped"])], perm=[1, 0, 2]), "flat"])
        projected = self._linear(self._quantise(out), self.weights[prefix + "attn_output.weight"])
        return projected, self.add("Unsqueeze", [k, "first"]), self.add("Unsqueeze", [v, "first"])

    def _heads(self, x: str, form: str) -> str:
        return self.add("Transpose", [self.add("Reshape", [x, form])], perm=[1, 0, 2])

    def _rotate(self, x: str) -> str:
        """Rotary positions, each number turned with the one half a head further."""
        low, high = self.add_many("Split", [x], 2, axis=-1, num_outputs=2)
        turned = self.add("Concat", [self.add("Neg", [high]), low], axis=-1)
        return self.add("Add", [self.add("Mul", [x, "cos"]), self.add("Mul", [turned, "sin"])])

    def _norm(self, x: str, name: str) -> str:
        scale = self.constant(self.weights[name + ".weight"])
        return self.add("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=self.shape.epsilon, stash_type=1)

    def _quantise(self, x: str) -> tuple[str, str]:
        """``x`` as bytes around 128, and the scale of each row."""
        largest = self.add("ReduceMax", [self.add("Abs", [x]), "last"], keepdims=1)
        scale = self.add("Max", [self.add("Mul", [largest, "step"]), "least"])
        shifted = self.add("Add", [self.add("Round", [self.add("Div", [x, scale])]), "middle"])
        return self.add("Cast", [shifted], to=2), scale

    def _linear(self, quantised: tuple[str, str], weight: F32) -> str:
        """``x @ weight.T`` in integers."""
        x, scale = quantised
        step = np.maximum(np.abs(weight).max(axis=1), 1e-8) / 127
        whole = np.rint(weight / step[:, None]).T
        product = self.add("MatMulIntegerToFloat", [x, self.constant(whole, np.int8), "unit", self.constant(step), "zero"], domain=_MICROSOFT)
        return self.add("Mul", [product, scale])

    def _head(self, x: str) -> None:
        table = self.weights.get("output.weight", self.weights["token_embd.weight"])
        rows = self.add("Gather", [self._norm(x, "output_norm"), "rows"], axis=0)
        total = self.add("ReduceLogSumExp", [self._linear(self._quantise(rows), table[:HEAD]), "last"], keepdims=0)
        wanted = self.add("ReduceSum", [self.add("Mul", [self.add("Gather", [rows, "asked"], axis=0), "answer"]), "last"], keepdims=0)
        self.add("Sub", [wanted, self.add("Gather", [total, "asked"], axis=0)], "log_p")
