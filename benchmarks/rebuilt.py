"""A restorer whose dictionary rows and counts are others than those shipped, without writing a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

from restore import family, loading, places, weights
from restore.compilation import compile_rows
from restore.dictionary import Row, read_rows
from restore.expected import RATES, Expected
from restore.gazetteer import Gazetteer, compile_names, read_names
from restore.lexicon import Arrays, Lexicon
from restore.ngram import NgramModel
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.terms import TermFinder


def shipped_rows() -> list[Row]:
    """All rows of the shipped dictionaries."""
    return [row for path in loading.substitution_files(places.dictionaries()) for row in read_rows(path)]


@dataclass(frozen=True)
class Learned:
    """What pairs of spun and original text taught; nothing unless given."""

    counts: Mapping[tuple[str, str], weights.Count] = field(default_factory=dict)
    rates: Expected = field(default_factory=Expected)
    biases: weights.Biases = field(default_factory=dict)

    @classmethod
    def shipped(cls) -> Learned:
        """What comes with the dictionaries."""
        folder = places.dictionaries()
        return cls(weights.read_counts(folder / "weights.tsv"), Expected.load(folder / RATES), weights.read_biases(folder / loading.BIASES))

    def with_own(self, own: Mapping[tuple[str, str], weights.Count], rows: Sequence[Row], model: NgramModel) -> Learned:
        """The same with a user's counts over it."""
        counts = weights.layer(self.counts, own)
        return replace(self, counts=counts, rates=self.rates.adapted(rows, own, counts, model))

    def compile(self, rows: Sequence[Row], model: NgramModel) -> Arrays:
        """These rows with it as arrays of a lexicon."""
        return compile_rows(rows, self.counts, model, self.rates, self.biases)


def rebuilt(rows: Sequence[Row], learned: Learned, model: NgramModel | None = None, settings: Settings | None = None) -> Restorer:
    """A restorer over these rows, with the shipped model, names and coefficients; with a ``model`` of its own it knows no tortured terms."""
    restorer = Restorer(settings)
    folder = places.dictionaries()
    model = model or restorer.knowledge.model
    lexicon = Lexicon(learned.compile(rows, model), model)
    names = [name for file in loading.NAME_FILES for name in read_names(folder / file)]
    gazetteer = Gazetteer(compile_names(names, lexicon.ids), len(lexicon.lm_id))
    if model is not restorer.knowledge.model:  # the pairs of words that tell of terms were compiled for the shipped one
        restorer.terms = TermFinder((), gazetteer, lexicon, restorer.terms.weighing, restorer.terms.bigrams)
    restorer.knowledge = replace(restorer.knowledge, model=model, lexicon=lexicon, gazetteer=gazetteer)
    restorer.lexicon, restorer.screen = lexicon, family.Screen(lexicon)
    return restorer


@contextmanager
def first_pass() -> Iterator[None]:
    """As long as this lasts, no language model for a second look is found."""
    with tempfile.TemporaryDirectory() as name, mock.patch.object(places, "models", lambda: Path(name)):
        yield


@contextmanager
def unlearned() -> Iterator[None]:
    """As long as this lasts, the dictionaries that are found have learned nothing: a spinner is as new to them as can be."""
    shipped = places.dictionaries()
    with tempfile.TemporaryDirectory() as name:
        for path in shipped.iterdir():
            if path.name == "weights.tsv":
                (Path(name) / path.name).write_text(weights.write_counts({}), encoding="utf-8")
            elif path.name in (RATES, loading.BIASES):
                (Path(name) / path.name).write_text(Expected().dump() if path.name == RATES else weights.write_biases({}), encoding="utf-8")
            else:
                (Path(name) / path.name).symlink_to(path)
        with mock.patch.object(places, "dictionaries", lambda: Path(name)):
            yield
