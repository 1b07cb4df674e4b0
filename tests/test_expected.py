"""What is expected of rows that nothing was learned about."""

from pathlib import Path

import numpy as np
import pytest

from restore import places
from restore.dictionary import Row, weigh
from restore.errors import ModelError
from restore.expected import ENOUGH, LEAST, MOST, PHRASE, RATES, WORD, Expected, Look, logistic, plain
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


def cases_of(theta: np.ndarray, number: int) -> list[tuple[np.ndarray, float, float]]:
    """Descriptions with the share that these coefficients expect of each."""
    features = np.column_stack([np.ones(number), np.random.default_rng(7).normal(2.0, 3.0, (number, len(theta) - 1))])
    return [(x, float(1 / (1 + np.exp(-theta @ x))), 2.0) for x in features]


def test_the_regression_finds_the_coefficients() -> None:
    theta = np.array([-1.0, 0.5, -0.25])
    assert logistic(cases_of(theta, 20_000)) == pytest.approx(theta, abs=0.01)


def test_few_cases_leave_what_was_known_where_it_was_and_many_move_it() -> None:
    known, true = np.array([1.0, 0.2, 0.0]), np.array([-1.0, 0.5, -0.25])
    few, many = (np.abs(logistic(cases_of(true, n), known) - true).max() for n in (3, 5_000))
    assert logistic(cases_of(known, 50), known) == pytest.approx(known, abs=1e-6)
    assert many < 0.1 < few < np.abs(known - true).max()


def rows_with_counts(share: float, number: int) -> tuple[list[Row], dict[tuple[str, str], Count]]:
    """Half of the rows have counts, of which ``share`` is replaced."""
    stems, endings = ("abrog", "cantil", "dorm", "festiv", "gracil", "humid", "lucid", "mordac"), ("ate", "ating", "ator", "ity", "ness", "al", "ous", "ent")
    words = [stem + ending for stem in stems for ending in endings]
    rows = [row(w, f"{w}x") for w in words] + [row(f"{w} the", f"{w}x the") for w in words]
    seen = [r for k, r in enumerate(rows) if k % 2 == 0]
    return rows, {(r.original, "A"): Count(10 * share, 10 * (1 - share)) for r in (seen[: len(seen) // 2][:number] + seen[len(seen) // 2 :][:number])}


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_own_counts_move_what_is_expected_of_other_rows(model: NgramModel, share: float) -> None:
    rows, own = rows_with_counts(share, ENOUGH)
    others = [r for r in rows if (r.original, "A") not in own]
    before, after = (e.rates(rows, own, model) for e in (Expected(), Expected().adapted(rows, own, own, model)))
    there = np.isin(np.arange(len(rows)), [rows.index(r) for r in others])
    assert len(own) == 2 * ENOUGH
    assert np.abs(after[there] - share).mean() < np.abs(before[there] - share).mean() / 2


def test_too_few_own_counts_move_nothing(model: NgramModel) -> None:
    rows, own = rows_with_counts(0.9, 5)
    shipped = Expected.load(places.dictionaries() / RATES)
    assert np.array_equal(shipped.adapted(rows, own, own, model).words["A"], shipped.words["A"])
    assert shipped.adapted(rows, {}, {}, model).words == shipped.words


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
