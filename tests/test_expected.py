"""What is expected of rows that nothing was learned about."""

from pathlib import Path

import numpy as np
import pytest

from restore import places
from restore.dictionary import Row, weigh
from restore.errors import ModelError
from restore.expected import LEAST, MOST, PHRASE, RATES, WORD, Expected, Look, plain
from restore.ngram import NgramModel
from restore.weights import Count


@pytest.fixture(scope="module")
def model() -> NgramModel:
    return NgramModel(places.dictionaries() / "model.bin")


def row(original: str, *variants: str, family: str = "A") -> Row:
    return Row(original, weigh(list(variants), [None] * len(variants)), family, "test:1")


def test_phrases_are_replaced_more_than_rare_words_and_those_more_than_function_words(model: NgramModel) -> None:
    function, common, rare, phrase = plain([row(t, "x") for t in ("of", "which", "abrogate", "according to")], model)
    assert function < common < rare < phrase < 1


def test_a_family_without_coefficients_has_one_rate_for_rare_words(model: NgramModel) -> None:
    rows = [row("abrogate", "cancel", family="B"), row("according to", "as per", family="B")]
    assert Expected.load(places.dictionaries() / RATES).rates(rows, {}, model).tolist() == [0.45, 0.88]


def test_the_shipped_rates_stay_in_their_bounds_and_tell_rows_apart(model: NgramModel) -> None:
    rows = [row("of", "in"), row("the", "a"), row("significantly", "considerably", "substantially", "greatly"), row("according to", "in accordance with")]
    rates = Expected.load(places.dictionaries() / RATES).rates(rows, {}, model)
    assert ((rates >= LEAST) & (rates <= MOST)).all()
    assert rates[:2].max() < rates[2] < rates[3]


def test_variants_that_are_replaced_elsewhere_raise_what_is_expected_of_a_word(model: NgramModel) -> None:
    rows = [row("war", "battle"), row("battle", "fight")]
    low, high = (
        Expected.load(places.dictionaries() / RATES).rates(rows, {("battle", "A"): count}, model)[0] for count in (Count(0, 9), Count(9, 0, {"fight": 3.0}))
    )
    assert low < high


def test_a_row_is_not_described_by_its_own_counts(model: NgramModel) -> None:
    rows = [row("war", "battle"), row("in the war", "in the battle")]
    for r in rows:
        bare, counted = (Look(rows, counts, model).features(r)[1] for counts in ({}, {(r.original, "A"): Count(9, 1, {"battle": 4.0})}))
        assert np.array_equal(bare, counted)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    expected = Expected({"A": np.linspace(-1, 1, len(WORD)).round(3)}, {"A": np.linspace(-2, 2, len(PHRASE)).round(3)})
    file = tmp_path / RATES
    file.write_text(expected.dump(), encoding="utf-8")
    found = Expected.load(file)
    assert np.allclose(found.words["A"], expected.words["A"]) and np.allclose(found.phrases["A"], expected.phrases["A"])


@pytest.mark.parametrize("text", ["", "[1]", '{"A": {"word": {}}}', '{"A": 3}'])
def test_broken_rates_are_a_model_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / RATES
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="expected rates"):
        Expected.load(file)
