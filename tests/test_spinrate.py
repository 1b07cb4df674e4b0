"""The spin of a document against the enumeration of every clean/spun labelling of its sentences."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore.spinrate import GRID, PRIOR, Prior, estimate, expected

gains = st.lists(st.lists(st.floats(-20, 20), min_size=len(GRID) - 1, max_size=len(GRID) - 1), min_size=1, max_size=7)
priors = st.builds(Prior, begin=st.floats(-12, -0.5), enter=st.floats(-12, -0.5), leave=st.floats(-8, -0.5), cap=st.floats(1, 15))

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


def scores_of(gain: list[list[float]]) -> np.ndarray:
    """Log-sums with the clean column at -30, as a model would give them."""
    return np.column_stack([np.full(len(gain), -30.0), np.array(gain) - 30.0])


def label_scores(gain: np.ndarray, prior: Prior) -> dict[tuple[int, ...], float]:
    out = {}
    for labels in product((0, 1), repeat=len(gain)):
        total, before = 0.0, 0
        for k, (label, g) in enumerate(zip(labels, gain.tolist(), strict=True)):
            total += g if label else 0.0
            total += (prior.enter if k else prior.begin) if label > before else prior.leave if k and label < before else 0.0
            before = label
        out[labels] = total
    return out


@calm
@given(gains, priors)
def test_gain_and_probabilities_are_those_of_all_labellings(gain: list[list[float]], prior: Prior) -> None:
    spin = estimate(scores_of(gain), prior=prior)
    clipped = np.clip(np.array(gain), -prior.cap, prior.cap)
    totals = [np.logaddexp.reduce(list(label_scores(column, prior).values())) for column in clipped.T]
    assert spin.gain == pytest.approx(max(totals), abs=1e-6)
    column = GRID.index(spin.rate) - 1
    assert totals[column] == pytest.approx(max(totals), abs=1e-6)
    labelled = label_scores(clipped[:, column], prior)
    for i in range(len(gain)):
        spun = np.logaddexp.reduce([s for labels, s in labelled.items() if labels[i]])
        assert spin.probability[i] == pytest.approx(np.exp(spun - totals[column]), abs=1e-6)


def steady(sentences: list[float], best: float) -> np.ndarray:
    """Sentences that gain so much at rate ``best`` and a third of it elsewhere."""
    return np.array([[0.0, *(g if rate == best else g / 3 if g > 0 else g for rate in GRID[1:])] for g in sentences])


CASES = [
    ("clean throughout", [-3.0] * 12, "cccccccccccc"),
    ("spun throughout", [4.0] * 12, "ssssssssssss"),
    ("one suspicious sentence is no proof", [-2.0] * 5 + [3.0] + [-2.0] * 5, "ccccccccccc"),
    ("a spun paragraph among clean ones", [-3.0] * 5 + [5.0] * 5 + [-3.0] * 5, "cccccsssssccccc"),
    ("a dull sentence in a spun stretch goes with it", [5.0] * 4 + [-1.0] + [5.0] * 4, "sssssssss"),
    ("one sentence may not decide for all", [500.0] + [-3.0] * 10, None),
]


@pytest.mark.parametrize(("what", "sentences", "expected"), CASES, ids=[c[0] for c in CASES])
def test_stretches(what: str, sentences: list[float], expected: str | None) -> None:
    spin = estimate(steady(sentences, 0.9))
    if expected is None:
        assert spin.gain <= PRIOR.cap + PRIOR.begin + 0.1
        assert (spin.probability[1:] < 0.5).all()
    else:
        assert "".join("s" if p > 0.5 else "c" for p in spin.probability) == expected


@pytest.mark.parametrize("rate", GRID[1:])
def test_the_rate_that_explains_most_is_chosen(rate: float) -> None:
    assert estimate(steady([6.0] * 6, rate)).rate == rate


def test_extreme_scores_stay_finite() -> None:
    spin = estimate(np.column_stack([np.full(2000, -1e6), np.zeros((2000, len(GRID) - 1))]))
    assert np.isfinite(spin.gain) and (spin.probability > 0.999).all()


def test_no_sentence_no_probability() -> None:
    spin = estimate(np.zeros((0, len(GRID))))
    assert len(spin.probability) == 0 and spin.gain <= 0.001


@calm
@given(gains, st.lists(st.floats(-20, 20), min_size=7, max_size=7))
def test_a_cache_only_takes_from_what_speaks_for_spun(gain: list[list[float]], less: list[float]) -> None:
    plain = scores_of(gain)
    cached = plain - np.abs(np.array(less[: len(gain)]))[:, None] * (np.arange(len(GRID)) > 0)
    without, spin = estimate(plain), estimate(plain, lambda rate: cached[:, rate])
    assert spin.rate == without.rate
    assert spin.gain <= without.gain + 1e-9
    assert (spin.probability <= without.probability + 1e-9).all()


def test_a_cache_of_nothing_changes_nothing() -> None:
    plain = steady([4.0, -3.0, 5.0, 6.0], 0.9)
    assert estimate(plain, lambda rate: plain[:, rate]).probability.tolist() == pytest.approx(estimate(plain).probability.tolist())


def test_words_that_recur_are_expected() -> None:
    frequency = np.log(np.array([0.05, 0.0001, 0.0001], dtype=np.float32))
    ids = np.array([0, 1, 0, 2, 1, 0, 1, 1], dtype=np.int64)
    common, often, once = (expected(ids, frequency)[k] for k in (0, 1, 3))
    assert once == 0.0 and often > np.log(10) and 0 <= common < 0.5
    assert (expected(ids[:4], frequency)[1]) == 0.0


def test_what_recurs_says_less_the_oftener_it_does() -> None:
    frequency = np.log(np.full(1000, 0.001, dtype=np.float32))
    rest = np.arange(1, 900, dtype=np.int64)
    surprise = [float(expected(np.concatenate([np.zeros(n, dtype=np.int64), rest]), frequency)[0]) for n in (1, 2, 5, 20)]
    assert surprise == sorted(surprise) and surprise[0] == 0.0 and surprise[1] > 0.0
