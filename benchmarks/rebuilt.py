"""A restorer whose dictionary rows and counts are others than those shipped, without writing a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from restore import family, loading, places, weights
from restore.dictionary import Row, read_rows
from restore.gazetteer import Gazetteer, compile_names, read_names
from restore.lexicon import Lexicon, compile_rows
from restore.ngram import NgramModel
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.terms import TermFinder


def shipped_rows() -> list[Row]:
    """All rows of the shipped dictionaries."""
    return [row for path in loading.substitution_files(places.dictionaries()) for row in read_rows(path)]


def shipped_counts() -> weights.Counts:
    """The shipped counts."""
    return weights.read_counts(places.dictionaries() / "weights.tsv")


def rebuilt(
    rows: Sequence[Row], counts: Mapping[tuple[str, str], weights.Count], model: NgramModel | None = None, settings: Settings | None = None
) -> Restorer:
    """A restorer over these rows and counts, with the shipped model, names and coefficients; with a ``model`` of its own it knows no tortured terms."""
    restorer = Restorer(settings)
    folder = places.dictionaries()
    model = model or restorer.knowledge.model
    lexicon = Lexicon(compile_rows(rows, counts, model), model)
    names = [name for file in ("names.tsv", "terms.tsv") for name in read_names(folder / file)]
    gazetteer = Gazetteer(compile_names(names, lexicon.ids), len(lexicon.lm_id))
    if model is not restorer.knowledge.model:  # the pairs of words that tell of terms were compiled for the shipped one
        restorer.terms = TermFinder(np.zeros(0, dtype=np.uint16), gazetteer, lexicon, restorer.terms.weighing)
    restorer.knowledge = replace(restorer.knowledge, model=model, lexicon=lexicon, gazetteer=gazetteer)
    restorer.lexicon, restorer.screen = lexicon, family.Screen(lexicon)
    return restorer
