"""Activations made even before they are quantised: a few numbers of every token are ten to twenty times larger than the rest and would take the whole
range of a row's bytes. They are made smaller and the weights that read them larger (SmoothQuant, Xiao et al. 2023), which changes no result and costs no time.

How large each number becomes is seen on a short text in single precision. Mean difference of log p from single precision on the real article's trees: 0.161
with it, 0.236 without; exponents of 0.8 and 0.6 give 0.163, 0.9 and 0.7 0.206.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from restore.neural.graph import Shape

F32 = npt.NDArray[np.float32]
#: What the numbers are seen on; any plain prose does.
TEXT = (
    "The administration said on Tuesday that the war in the territory had ended. Hundreds of people had left their houses "
    "because of the fighting, the minister told reporters. Scientists who study the deep ocean have long known that the "
    "animals there make their own light, but a new survey off the coast suggests that far more species do so than anyone "
    "had thought. \u201cWe already knew that he would not come to the party,\u201d she wrote, \u201cbut nobody told his mother.\u201d\n\n"
    "Prices rose by 4.5 percent on Friday, as traders waited for news from the meeting where 12 countries were expected to "
    "agree on cuts."
)
#: How much of a number's size moves into the weights: of what the norms give, and of the products inside a layer.
NORMED, INNER = 0.7, 0.5


def even(shape: Shape, weights: Mapping[str, F32], tokens: Sequence[int]) -> dict[str, F32]:
    """Weights (queries and keys in half-rotated order) of the same model whose activations on ``tokens`` are of more equal size."""
    out = dict(weights)
    x = weights["token_embd.weight"][list(tokens)]
    for layer in range(shape.layers):
        w = {
            name: weights[f"blk.{layer}.{name}.weight"]
            for name in ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")
        }
        normed = _norm(x, w["attn_norm"], shape.epsilon)
        x = x + _attend(shape, *(normed @ w[f"attn_{part}"].T for part in "qkv")) @ w["attn_output"].T
        read = _norm(x, w["ffn_norm"], shape.epsilon)
        gate = read @ w["ffn_gate"].T
        inner = gate / (1 + np.exp(-gate)) * (read @ w["ffn_up"].T)
        x = x + inner @ w["ffn_down"].T
        first, second, third = _sizes(normed, NORMED), _sizes(read, NORMED), _sizes(inner, INNER)
        w |= {"attn_norm": w["attn_norm"] / first} | {f"attn_{part}": w[f"attn_{part}"] * first for part in "qkv"}
        w |= {
            "ffn_norm": w["ffn_norm"] / second,
            "ffn_gate": w["ffn_gate"] * second,
            "ffn_up": w["ffn_up"] * second / third[:, None],
            "ffn_down": w["ffn_down"] * third,
        }
        out |= {f"blk.{layer}.{name}.weight": value.astype(np.float32) for name, value in w.items()}
    return out


def _sizes(x: F32, share: float) -> F32:
    """What to divide each column by: its largest number to the power of ``share``, one on (geometric) average."""
    largest = np.abs(x).max(axis=0)
    log = share * np.log(np.maximum(largest, 1e-4 * largest.max()))
    return np.asarray(np.exp(log - log.mean()), dtype=np.float32)


def _norm(x: F32, weight: F32, epsilon: float) -> F32:
    return np.asarray(x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + epsilon) * weight)


def _attend(shape: Shape, query: F32, key: F32, value: F32) -> F32:
    """Causal attention over one run of text."""
    n, half = len(query), shape.head // 2
    angle = np.arange(n)[:, None] * shape.base ** (-np.arange(half) / half)
    cos, sin = np.cos(angle), np.sin(angle)

    def heads(x: F32, turned: bool) -> F32:
        x = x.reshape(n, -1, shape.head).swapaxes(0, 1)
        low, high = x[..., :half], x[..., half:]
        return np.concatenate([low * cos - high * sin, high * cos + low * sin], axis=-1) if turned else x

    shared = shape.heads // shape.kv_heads
    keys, values = heads(key, True).repeat(shared, axis=0), heads(value, False).repeat(shared, axis=0)
    match = heads(query, True) @ keys.swapaxes(1, 2) / np.sqrt(shape.head) + np.triu(np.full((n, n), -1e9), 1)
    share = np.exp(match - match.max(axis=-1, keepdims=True))
    return np.asarray((share / share.sum(axis=-1, keepdims=True) @ values).swapaxes(0, 1).reshape(n, -1))
