"""A restorer whose dictionary rows and counts are others than those shipped, without writing a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from restore import family, loading, places, weights
from restore.dictionary import Row, read_rows
from restore.gazetteer import Gazetteer, compile_names, read_names
from restore.lexicon import Lexicon, compile_rows
from restore.pipeline import Restorer


def shipped_rows() -> list[Row]:
    """All rows of the shipped dictionaries."""
    return [row for path in loading.substitution_files(places.dictionaries()) for row in read_rows(path)]


def shipped_counts() -> weights.Counts:
    """The shipped counts."""
    return weights.read_counts(places.dictionaries() / "weights.tsv")


def rebuilt(rows: Sequence[Row], counts: Mapping[tuple[str, str], weights.Count]) -> Restorer:
    """A restorer over these rows and counts, with the shipped model, names and coefficients."""
    restorer = Restorer()
    folder = places.dictionaries()
    lexicon = Lexicon(compile_rows(rows, counts, restorer.knowledge.model), restorer.knowledge.model)
    names = [name for file in loading.NAME_FILES for name in read_names(folder / file)]
    gazetteer = Gazetteer(compile_names(names, lexicon.ids), len(lexicon.lm_id))
    restorer.knowledge = replace(restorer.knowledge, lexicon=lexicon, gazetteer=gazetteer)
    restorer.lexicon, restorer.screen = lexicon, family.Screen(lexicon)
    return restorer
