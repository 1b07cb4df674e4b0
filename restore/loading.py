"""Load what restoring needs: model, lexicon, gazetteer, spellings, coefficients; compiled forms are used where they are up to date."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore import ngram, places, weights
from restore.channel import Coefficients
from restore.dictionary import read_rows
from restore.errors import DictionaryError, ModelError
from restore.gazetteer import Gazetteer, compile_names, read_names
from restore.lexicon import Arrays, Lexicon, compile_rows
from restore.ngram import NgramModel
from restore.term_pairs import compile_pairs
from restore.tokens import fold

#: Part of the key of compiled files: raise it when the compiled form changes.
COMPILED = "3"
_NAMES = ("names.tsv", "terms.tsv")
_OTHER = ("names.tsv", "terms.tsv", "spelling.tsv", "allow.tsv", "weights.tsv")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that is loaded once and shared by all texts."""

    model: NgramModel
    lexicon: Lexicon
    gazetteer: Gazetteer
    coefficients: Coefficients
    term_pairs: npt.NDArray[np.uint16]
    to_american: dict[str, str]
    to_british: dict[str, str]
    allowed: frozenset[str]


def substitution_files(folder: Path) -> list[Path]:
    """The shipped dictionary files, in the order of their names."""
    return sorted(p for p in folder.glob("*.tsv") if p.name not in _OTHER)


def load(extra: Sequence[Path] = ()) -> Knowledge:
    """Load the shipped dictionaries and the user's ``extra`` ones (later ones win). Raises DictionaryError or ModelError."""
    folder = places.dictionaries()
    model = NgramModel(folder / "model.bin")
    files = [*substitution_files(folder), *extra]
    arrays = _compiled(folder, model, files)
    lexicon = Lexicon(arrays, model)
    spelling = read_pairs(folder / "spelling.tsv", "# restore spelling 1")
    allowed = read_pairs(folder / "allow.tsv", "# restore allow 1")
    return Knowledge(
        model,
        lexicon,
        Gazetteer(arrays, len(lexicon.lm_id)),
        Coefficients.load(folder / "channel.json"),
        arrays["term_pairs"],
        dict(spelling),
        {a: b for b, a in reversed(spelling)},
        frozenset(phrase for phrase, _ in allowed),
    )


def read_pairs(path: Path, header: str) -> list[tuple[str, str]]:
    """Rows of two columns under a version header. Raises DictionaryError with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DictionaryError(path, f"cannot read it ({error})") from error
    if lines[0].strip() != header:
        raise DictionaryError(f"{path}:1", "no version header", f"begin the file with '{header}'")
    out = []
    for number, line in enumerate(lines[1:], 2):
        if line and not line.startswith("#"):
            first, tab, second = line.partition("\t")
            if not tab or not first or not second or fold(first) != first:
                raise DictionaryError(f"{path}:{number}", "not two columns, the first in lower case")
            out.append((first, second))
    return out


def compile_all(folder: Path, model: NgramModel, files: Iterable[Path]) -> Arrays:
    """Parse and compile dictionaries and names to arrays."""
    rows = [row for path in files for row in read_rows(path)]
    counts_file = folder / "weights.tsv"
    counts = weights.read_counts(counts_file) if counts_file.is_file() else {}
    arrays = compile_rows(rows, counts, model)
    names = [name for file in _NAMES for name in read_names(folder / file)]
    lexicon = Lexicon(arrays, model)
    arrays |= compile_names(names, lexicon.ids)
    return arrays | compile_pairs(Gazetteer(arrays, len(lexicon.lm_id)), lexicon, model)


def fingerprint(folder: Path, model: NgramModel, files: Iterable[Path]) -> str:
    """The key of a compiled form: a hash of all that it is made from."""
    digest = hashlib.sha256(f"{COMPILED} {model.header}".encode())
    for path in [*files, *(folder / name for name in (*_NAMES, "weights.tsv"))]:
        try:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        except FileNotFoundError:
            if path.name != "weights.tsv":
                raise DictionaryError(path, "no such dictionary") from None
        except OSError as error:
            raise DictionaryError(path, f"cannot read the dictionary ({error.strerror})") from error
    return digest.hexdigest()


def _compiled(folder: Path, model: NgramModel, files: list[Path]) -> Arrays:
    key = fingerprint(folder, model, files)
    for path in (folder / "lexicon.bin", places.cache() / f"{key[:32]}.bin"):
        try:
            arrays, header = ngram.read(path)
        except ModelError:
            continue
        if header.get("key") == key:
            return arrays
    arrays = compile_all(folder, model, files)
    _keep(places.cache() / f"{key[:32]}.bin", key, arrays)
    return arrays


def _keep(path: Path, key: str, arrays: Arrays) -> None:
    """Write a compiled form to the cache; a cache that cannot be written is no error, only slower next time."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ngram.write(partial, {"key": key}, arrays)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
