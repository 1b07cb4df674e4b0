"""A GGUF file of a small Llama made into what ONNX Runtime reads: ``model.onnx``, ``embedding.npy``, ``tokenizer.json`` and ``model.json`` in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from restore.errors import ModelError
from restore.neural import store
from restore.neural.even import TEXT, even
from restore.neural.graph import Shape, build

F32 = npt.NDArray[np.float32]


def convert(source: Path, folder: Path, tell: Callable[[str], None]) -> None:
    """Convert ``source`` (GGUF) into ``folder``, which exists. Raises ModelError for what is not a Llama with a byte-level vocabulary."""
    import onnx
    from tokenizers import Tokenizer

    reader = _open(source)
    fields = {name: field for name, field in reader.fields.items()}
    shape = _shape(source, fields)
    tell(f"converting {source.name}: {shape.layers} layers to eight-bit integers")
    weights = {tensor.name: _floats(tensor) for tensor in reader.tensors}
    for layer in range(shape.layers):
        for part, heads in (("q", shape.heads), ("k", shape.kv_heads)):
            name = f"blk.{layer}.attn_{part}.weight"
            weights[name] = half_rotated(weights[name], heads)
    vocabulary = tokenizer_json(fields)
    (folder / "tokenizer.json").write_text(vocabulary, encoding="utf-8")
    np.save(folder / "embedding.npy", weights["token_embd.weight"].astype(np.float16))
    begin = int(_value(fields, "tokenizer.ggml.bos_token_id", 0))
    seen = [begin, *Tokenizer.from_str(vocabulary).encode(TEXT, add_special_tokens=False).ids]
    onnx.save(build(shape, even(shape, weights, seen)), str(folder / "model.onnx"))
    about = {"form": store.FORM, "name": str(_value(fields, "general.name", source.stem)), "licence": str(_value(fields, "general.license", "unknown"))}
    sizes = {"layers": shape.layers, "kv_heads": shape.kv_heads, "head": shape.head, "base": shape.base}
    (folder / "model.json").write_text(json.dumps(about | sizes | {"begin": begin}, indent=1) + "\n", encoding="utf-8")


def half_rotated(weight: F32, heads: int) -> F32:
    """A query or key matrix with each head's rows from llama.cpp's order (pairs side by side) to the one that rotates by halves.

    >>> half_rotated(np.arange(4, dtype=np.float32)[:, None], 1).ravel().tolist()
    [0.0, 2.0, 1.0, 3.0]
    """
    rows, width = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, width).swapaxes(1, 2).reshape(rows, width)


def tokenizer_json(fields: dict[str, Any]) -> str:
    """The byte-pair tokenizer of a GGUF's vocabulary and merges, as the tokenizers library writes it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {token: k for k, token in enumerate(fields["tokenizer.ggml.tokens"].contents())}
    merges = [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return str(tokenizer.to_str())


def _open(source: Path) -> Any:
    from gguf import GGUFReader

    try:
        return GGUFReader(source)
    except (OSError, ValueError, IndexError) as error:
        raise ModelError(source, f"cannot be read as GGUF ({error})", "give a GGUF file of a small Llama model") from error


def _value(fields: dict[str, Any], name: str, default: object) -> Any:
    return fields[name].contents() if name in fields else default


def _floats(tensor: Any) -> F32:
    from gguf import dequantize

    return np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)


def _shape(source: Path, fields: dict[str, Any]) -> Shape:
    kind, vocabulary = _value(fields, "general.architecture", ""), _value(fields, "tokenizer.ggml.model", "")
    if kind != "llama" or vocabulary != "gpt2":
        raise ModelError(source, f"is a {kind or 'nameless'} model with a {vocabulary or 'missing'} vocabulary", "give a Llama with a byte-level vocabulary")

    def number(name: str) -> Any:
        if f"llama.{name}" not in fields:
            raise ModelError(source, f"does not say its {name}")
        return fields[f"llama.{name}"].contents()

    width, heads = int(number("embedding_length")), int(number("attention.head_count"))
    return Shape(
        int(number("block_count")), width, heads, int(number("attention.head_count_kv")), width // heads,
        float(_value(fields, "llama.rope.freq_base", 10_000.0)), float(number("attention.layer_norm_rms_epsilon")),
        len(fields["tokenizer.ggml.tokens"].data),
    )  # fmt: skip
