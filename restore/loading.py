"""Load what restoring needs: model, lexicon, gazetteer, spellings, coefficients; compiled forms are used where they are up to date."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore import ngram, places, recall, weights
from restore.channel import Coefficients
from restore.compilation import compile_rows
from restore.dictionary import read_rows
from restore.errors import DictionaryError, ModelError
from restore.expected import RATES, Expected
from restore.gazetteer import HEADER as NAMES
from restore.gazetteer import Gazetteer, compile_names, read_names
from restore.lexicon import Arrays, Lexicon
from restore.ngram import NgramModel
from restore.term_bigrams import BIGRAMS, TermBigrams
from restore.term_features import EVIDENCE, Describer, Weighing
from restore.term_pairs import compile_pairs
from restore.tokens import fold

#: Part of the key of compiled files: raise it when the compiled form changes.
COMPILED = "9"
#: Compiled forms that stay in the cache, about 7 MB each: every change of a user's dictionary makes a new one.
KEPT = 16
COUNTS, BIASES = "weights.tsv", "biases.tsv"  # neither has to be there
NAME_FILES = ("names.tsv", "terms.tsv", "terms-wide.tsv")
ALLOW, SPELLING = "# restore allow 1", "# restore spelling 1"
#: First lines of what a user's files may hold besides rows, in the order of the fields of ``Extra``.
_KINDS = (NAMES, weights.HEADER, ALLOW, recall.HEADER)
_OTHER = (*NAME_FILES, BIASES, "spelling.tsv", "allow.tsv", COUNTS, "cycles.tsv")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that is loaded once and shared by all texts. ``allowed``: collocations that are likely genuine; ``exempt``: what the user allows."""

    model: NgramModel
    lexicon: Lexicon
    gazetteer: Gazetteer
    coefficients: Coefficients
    term_pairs: tuple[npt.NDArray[np.uint16], ...]
    to_american: dict[str, str]
    to_british: dict[str, str]
    allowed: frozenset[str]
    exempt: tuple[str, ...] = ()


def substitution_files(folder: Path) -> list[Path]:
    """The shipped dictionary files, in the order of their names."""
    return sorted(p for p in folder.glob("*.tsv") if p.name not in _OTHER)


def load(extra: Sequence[Path] = ()) -> Knowledge:
    """Load the shipped dictionaries and the user's ``extra`` ones (later ones win), which may be of any kind. Raises DictionaryError or ModelError."""
    folder = places.dictionaries()
    model = NgramModel(folder / "model.bin")
    own = Extra.of(extra)
    files = [*substitution_files(folder), *own.rows]
    arrays = _compiled(folder, model, files, own)
    lexicon = Lexicon(arrays, model)
    spelling = read_pairs(folder / "spelling.tsv", SPELLING)
    allowed = read_pairs(folder / "allow.tsv", ALLOW)
    return Knowledge(
        model,
        lexicon,
        Gazetteer(arrays, len(lexicon.lm_id)),
        Coefficients.load(folder / "channel.json"),
        tuple(arrays[name] for name in ("term_pairs", "own_pairs") if name in arrays and arrays[name].size),
        dict(spelling),
        {a: b for b, a in reversed(spelling)},
        frozenset(phrase for phrase, _ in allowed),
        tuple(phrase for path in own.allowed for phrase, _ in read_pairs(path, ALLOW, any_case=True)),
    )


def read_pairs(path: Path, header: str, *, any_case: bool = False) -> list[tuple[str, str]]:
    """Rows of two columns under a version header, the first in lower case unless ``any_case``. Raises DictionaryError with file and line."""
    try:
        whole = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"not UTF-8, byte {error.start}" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise DictionaryError(path, f"cannot read it ({reason})") from error
    lines = whole.split("\n")
    if lines[0].strip() != header:
        raise DictionaryError(f"{path}:1", "no version header", f"begin the file with '{header}'")
    out = []
    lowered = any_case or fold(whole) == whole  # seen at once; else line by line
    for number, line in enumerate(lines[1:], 2):
        if line and not line.startswith("#"):
            first, _, second = line.partition("\t")
            if not first or not second or not (lowered or fold(first) == first):
                raise DictionaryError(f"{path}:{number}", "not two columns" + ("" if any_case else ", the first in lower case"))
            out.append((first, second))
    return out


@dataclass(frozen=True, slots=True)
class Extra:
    """A user's files by kind, which the first line of each says; a file that says nothing known counts as one of rows, and is refused as such."""

    rows: tuple[Path, ...] = ()
    names: tuple[Path, ...] = ()
    counts: tuple[Path, ...] = ()
    allowed: tuple[Path, ...] = ()
    answers: tuple[Path, ...] = ()

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Extra:
        """Look into every file's first line."""
        kind = [first_line(path) for path in paths]
        of_kind = [tuple(p for p, k in zip(paths, kind, strict=True) if k == header) for header in _KINDS]
        return cls(tuple(p for p, k in zip(paths, kind, strict=True) if k not in _KINDS), *of_kind)


def first_line(path: Path) -> str:
    """The first line of a file, which names its format; "" for what cannot be read."""
    try:
        with path.open("rb") as file:
            return file.readline(200).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def compile_all(folder: Path, model: NgramModel, files: Iterable[Path], own: Extra = Extra(), shipped: Arrays | None = None) -> Arrays:
    """Parse and compile dictionaries and names to arrays. ``shipped``: those of the shipped files alone, whose pairs of terms' words are taken over."""
    rows = [row for path in files for row in read_rows(path)]
    counts_file, biases_file = folder / COUNTS, folder / BIASES
    counts = weights.read_counts(counts_file) if counts_file.is_file() else {}
    biases = weights.read_biases(biases_file) if biases_file.is_file() else {}
    mine: weights.Counts = {}
    for path in own.counts:
        mine = weights.layer(mine, weights.read_counts(path))
    counts = weights.layer(counts, mine)
    rates = Expected.load(folder / RATES).adapted(rows, mine, counts, model)
    arrays = compile_rows(rows, counts, model, rates, biases)
    names = {fold(name.text): name for file in (*(folder / file for file in NAME_FILES), *own.names) for name in read_names(file)}
    lexicon = Lexicon(arrays, model)
    if own.answers:
        arrays |= recall.compile_answers(lexicon, reduce(recall.add, map(recall.read_answers, own.answers)))
    arrays |= compile_names(list(names.values()), lexicon.ids)
    gazetteer = Gazetteer(arrays, len(lexicon.lm_id))
    if shipped is None:
        from restore.term_hopes import LEAST, best_odds  # here, since hardly anybody compiles the shipped files

        pairs, odds = best_odds(Describer(gazetteer, lexicon, TermBigrams.load(folder / BIGRAMS)), Weighing.load(folder / EVIDENCE))
        return arrays | compile_pairs(gazetteer, lexicon, model, hopeless=pairs[odds < LEAST])
    files_of_own = frozenset(path.name for path in (*own.rows, *own.names))
    more = compile_pairs(gazetteer, lexicon, model, files_of_own) if files_of_own else {}
    return arrays | {"term_pairs": shipped["term_pairs"]} | more


def fingerprint(folder: Path, model: NgramModel, files: Iterable[Path], own: Extra = Extra()) -> str:
    """The key of a compiled form: a hash of all that it is made from."""
    digest = hashlib.sha256(f"{COMPILED} {model.header} {TermBigrams.load(folder / BIGRAMS).key}".encode())
    for path in [*files, *(folder / name for name in (*NAME_FILES, COUNTS, RATES, BIASES, EVIDENCE)), *own.names, *own.counts, *own.answers]:
        try:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        except FileNotFoundError:
            if path not in (folder / COUNTS, folder / BIASES):
                raise DictionaryError(path, "no such dictionary") from None
        except OSError as error:
            raise DictionaryError(path, f"cannot read the dictionary ({error.strerror})") from error
    return digest.hexdigest()


def _compiled(folder: Path, model: NgramModel, files: list[Path], own: Extra) -> Arrays:
    key = fingerprint(folder, model, files, own)
    for path in (folder / "lexicon.bin", places.cache() / f"{key[:32]}.bin"):
        try:
            arrays, header = ngram.read(path)
        except ModelError:
            continue
        if header.get("key") == key:
            return arrays
    shipped = None if own == Extra() else _compiled(folder, model, substitution_files(folder), Extra())
    arrays = compile_all(folder, model, files, own, shipped)
    _keep(places.cache() / f"{key[:32]}.bin", key, arrays)
    return arrays


def _keep(path: Path, key: str, arrays: Arrays) -> None:
    """Write a compiled form to the cache; a cache that cannot be written is no error, only slower next time."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ngram.write(partial, {"key": key}, arrays)
        partial.replace(path)
        for old in sorted(path.parent.glob("*.bin"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
            old.unlink()
    except OSError:
        partial.unlink(missing_ok=True)
