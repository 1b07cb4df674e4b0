"""Find near copies among many texts: MinHash over what spinners leave alone, and locality-sensitive hashing, so that no two texts are ever compared
that have little in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from restore.errors import SettingsError
from restore.tokens import Tokens
from restore.witnesses.folding import Folding

#: Hashes a text and bands of three: two texts with a similarity of 0.4 meet in a band with probability 0.93, with 0.57 (the fifth percentile of
#: two spun copies) 0.9998, with 0.03 (two stories on anything) 0.001.
HASHES, BANDS = 120, 40
#: Least similarity (estimated Jaccard index of the features) of copies. Development pairs and the passages of seeds/: a spun text and its original
#: have 0.42 to 0.78, two spun copies 0.37 and more, different stories from one source at most 0.14.
ALIKE = 0.28
#: Texts with fewer features are not compared: boilerplate ("Read more", "All rights reserved") is alike everywhere.
FEWEST = 25
#: Texts with more characters are no articles, and aligning two takes memory with the product of their lengths (60 MB at this).
LONGEST = 60_000
_SEED = 5


@dataclass(frozen=True, slots=True)
class Signature:
    """What is compared of one text: ``sketch`` is its MinHash, None for a text that is too short or too long."""

    name: str
    sketch: Any


class Copies:
    """An index of texts by signature. Names are unique."""

    def __init__(self) -> None:
        rensa = _rensa()
        self._index = rensa.RMinHashLSH(ALIKE, HASHES, BANDS)
        self._sketches: list[Any] = []
        self._names: list[str] = []
        self._number: dict[str, int] = {}

    def add(self, signature: Signature) -> None:
        """Add one text; those without a sketch are left out."""
        if signature.sketch is None:
            return
        number = self._number[signature.name] = len(self._names)
        self._names.append(signature.name)
        self._sketches.append(signature.sketch)
        self._index.insert(number, signature.sketch)

    def near(self, name: str) -> list[tuple[str, float]]:
        """The copies of a text that was added, the most similar first, with their similarity; equal ones by name."""
        number = self._number.get(name)
        if number is None:
            return []
        mine = self._sketches[number]
        found = [(self._names[k], mine.jaccard(self._sketches[k])) for k in self._index.query(mine) if k != number]
        return sorted(((n, s) for n, s in found if s >= ALIKE), key=lambda x: (-x[1], x[0]))


def sign(folding: Folding, name: str, text: str) -> Signature:
    """The signature of one text."""
    features = sorted(folding.features(Tokens(text))) if len(text) <= LONGEST else []
    if len(features) < FEWEST:
        return Signature(name, None)
    sketch = _rensa().RMinHash(HASHES, _SEED)
    sketch.update(features)
    return Signature(name, sketch)


def _rensa() -> Any:
    try:
        import rensa
    except ImportError as error:
        raise SettingsError("--witnesses", "the package rensa is missing", "pip install 'restore-text[corpus]'") from error
    return rensa
