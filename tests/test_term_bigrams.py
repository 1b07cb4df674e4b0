"""Pairs of words as a larger language model sees them: what is kept comes back, what is not counts as unlikely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restore import ngram
from restore.errors import ModelError
from restore.term_bigrams import FLOOR, TermBigrams, keys

WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyzé'-", min_size=1, max_size=8)


def bigrams(pairs: dict[tuple[str, str], float]) -> TermBigrams:
    return TermBigrams.of(keys(a for a, _ in pairs), keys(b for _, b in pairs), np.array(list(pairs.values()), dtype=float))


@settings(deadline=None)  # a machine that stalls is no failure
@given(st.dictionaries(st.tuples(WORD, WORD), st.floats(-30, 0), max_size=60))
def test_a_pair_comes_back_to_the_nearest_nat(pairs: dict[tuple[str, str], float]) -> None:
    made = bigrams(pairs)
    for pair, log in pairs.items():
        assert made.strangest(pair) == max(round(log), FLOOR)


def test_the_strangest_pair_counts_and_one_word_has_none() -> None:
    made = bigrams({("mean", "square"): -3.0, ("square", "error"): -1.2, ("square", "blunder"): -10.4})
    assert made.strangest(["mean", "square", "error"]) == -3
    assert made.strangest(["mean", "square", "blunder"]) == -10
    assert made.strangest(["mean", "blunder"]) == FLOOR
    assert made.strangest(["mean", "blunder"], -9) == -9
    assert made.strangest(["mean"], -9) == -9


def test_a_written_file_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "term-bigrams.bin"
    bigrams({("deep", "learning"): -2.0}).write(path, "a model")
    assert TermBigrams.load(path).strangest(["deep", "learning"]) == -2
    assert ngram.read(path)[1]["source"] == "a model"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "term-bigrams.bin"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="term-bigrams"):
        TermBigrams.load(path)
    ngram.write(path, {}, {"table": np.zeros((1, 4), dtype=np.uint16)})
    with pytest.raises(ModelError, match="no 'cost'"):
        TermBigrams.load(path)


def test_the_shipped_pairs_know_terms_from_their_tortured_forms() -> None:
    from restore import places

    shipped = TermBigrams.load(places.dictionaries() / "term-bigrams.bin")
    for term, tortured in (("deep learning", "profound learning"), ("random forest", "arbitrary forest"), ("gene expression", "quality expression")):
        assert shipped.strangest(term.split()) > shipped.strangest(tortured.split()) + 2
