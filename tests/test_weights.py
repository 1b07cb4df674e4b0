"""Counts are read, written and turned into rates and weights as worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from restore.dictionary import Row, Variant
from restore.errors import DictionaryError
from restore.weights import BIASES, HEADER, KAPPA, PRIOR, Count, estimate, read_biases, read_counts, write_biases, write_counts

WAR = Row("war", (Variant("battle", 0.6), Variant("conflict", 0.4)), "A", "x.tsv:4")
COUNTS = {("war", "A"): Count(30, 2, {"battle": 17, "conflict": 3}), ("a lot of", "B"): Count(0, 4.5, {})}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "weights.tsv"
    file.write_text(write_counts(COUNTS), encoding="utf-8")
    assert read_counts(file) == COUNTS


def test_the_file_is_sorted_and_ranked() -> None:
    assert write_counts(COUNTS) == f"{HEADER}\na lot of\tB\t0\t4.5\t\nwar\tA\t30\t2\tbattle=17|conflict=3\n"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", 1),
        ("war\tA\t1\t2\tbattle=1\n", 1),
        ("# restore weights 2\n", 1),
        (f"{HEADER}\nwar\tA\t1\t2\n", 2),
        (f"{HEADER}\n# comment\nwar\tA\tmany\t2\tbattle=1\n", 3),
        (f"{HEADER}\nwar\tA\t1\t2\tbattle\n", 2),
        (f"{HEADER}\nwar\tA\t1\t2\tbattle=x\n", 2),
        (f"{HEADER}\nwar\tA\t1\t2\tbattle=1\textra\n", 2),
    ],
)
def test_bad_files_are_refused_with_file_and_line(tmp_path: Path, text: str, where: int) -> None:
    file = tmp_path / "weights.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DictionaryError) as caught:
        read_counts(file)
    assert str(caught.value).startswith(f"{file}:{where}: ")


def test_counts_pull_the_written_weights() -> None:
    rate, known, weights = estimate([WAR], COUNTS, np.array([0.35]))
    assert rate[0] == pytest.approx((30 + PRIOR * 0.35) / (32 + PRIOR))
    assert known[0] == 3
    assert weights[0] == pytest.approx([(17 + KAPPA * 0.6) / (20 + KAPPA), (3 + KAPPA * 0.4) / (20 + KAPPA)])
    assert sum(weights[0]) == pytest.approx(1)


def test_a_row_without_counts_keeps_what_was_written() -> None:
    rate, known, weights = estimate([WAR], {}, np.array([0.35]))
    assert (rate[0], known[0], weights[0]) == (0.35, 0, [0.6, 0.4])


def test_another_family_learns_nothing() -> None:
    _, known, _ = estimate([WAR], {("war", "B"): Count(9, 0, {"battle": 9})}, np.array([0.35]))
    assert known[0] == 0


def test_an_original_that_only_survived_has_a_rate_and_no_variants() -> None:
    rate, known, weights = estimate([WAR], {("war", "A"): Count(0, 40, {})}, np.array([0.35]))
    assert rate[0] < 0.01 and known[0] == 1
    assert weights[0] == pytest.approx([0.6, 0.4])


def test_rates_stay_inside_zero_and_one() -> None:
    counts = {("war", "A"): Count(1e9, 0, {"battle": 1})}
    assert estimate([WAR], counts, np.array([1.0]))[0][0] == 0.995
    assert estimate([WAR], {("war", "A"): Count(0, 1e9, {})}, np.array([0.0]))[0][0] == 1e-4


def test_biases_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "biases.tsv"
    biases = {("battle", "A"): 0.25, ("at this moment", "A"): -1.5}
    file.write_text(write_biases(biases, ["# a note"]), encoding="utf-8")
    assert read_biases(file) == biases


@pytest.mark.parametrize(
    ("text", "reason"),
    [("battle\tA\t0.25\n", "no version header"), (f"{BIASES}\nbattle\t0.25\n", "2: not a row of biases"), (f"{BIASES}\nbattle\tA\tmuch\n", "2: not a row")],
)
def test_a_broken_file_of_biases_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "biases.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DictionaryError, match=reason):
        read_biases(file)
