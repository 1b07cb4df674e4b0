"""Every key is found in the slot it was given, absent keys almost never, and tables of every size can be built."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore import hashing

KEYS = st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=200).map(lambda keys: np.array(keys, dtype=np.uint64))

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


def random_keys(n: int, seed: int) -> hashing.U64:
    return np.random.default_rng(seed).integers(0, 2**63, n, dtype=np.uint64) * np.uint64(2) + np.uint64(seed % 2)


@calm
@given(KEYS)
def test_every_key_gets_a_slot_of_its_own(keys: hashing.U64) -> None:
    table, slots = hashing.build(keys)
    assert len(np.unique(slots)) == len(keys)
    assert (table.reshape(-1)[slots] == hashing.place(keys, len(table)).fingerprint).all()
    assert np.count_nonzero(table) == len(keys)


@calm
@given(KEYS)
def test_every_key_is_found(keys: hashing.U64) -> None:
    table, _ = hashing.build(keys)
    assert (hashing.find(table, keys) >= 0).all()


@pytest.mark.parametrize("n", range(1, 25))
def test_small_tables_of_any_keys_can_be_built(n: int) -> None:
    for seed in range(4):  # in a table of two buckets a key often has one bucket only
        keys = random_keys(n, seed)
        table, _ = hashing.build(keys)
        assert (hashing.find(table, keys) >= 0).all()


def test_a_large_table_is_full_exact_and_rarely_wrong() -> None:
    n = 50_000
    keys, absent = random_keys(n, 1), random_keys(n, 2)
    table, slots = hashing.build(keys)
    assert n / table.size == pytest.approx(hashing.LOAD, abs=0.001)
    assert np.mean(hashing.find(table, keys) != slots) < 3e-4, "two keys may share bucket and fingerprint: 8 in 65,535 at most"
    assert np.mean(hashing.find(table, absent) >= 0) < 3e-4


@calm
@given(KEYS, KEYS)
def test_to_hold_a_key_is_to_find_it(keys: hashing.U64, others: hashing.U64) -> None:
    table, _ = hashing.build(keys)
    asked = np.concatenate([keys, others])
    assert (hashing.holds(table, asked) == (hashing.find(table, asked) >= 0)).all()


def test_an_empty_table_holds_nothing() -> None:
    table, slots = hashing.build(np.zeros(0, dtype=np.uint64))
    assert len(slots) == 0
    assert (hashing.find(table, random_keys(1000, 3)) == -1).all()


def test_duplicates_are_refused() -> None:
    with pytest.raises(ValueError, match="duplicates"):
        hashing.build(np.array([5, 7, 5], dtype=np.uint64))


def test_the_same_keys_give_the_same_table() -> None:
    keys = random_keys(3000, 4)
    first, second = hashing.build(keys), hashing.build(keys)
    assert (first[0] == second[0]).all() and (first[1] == second[1]).all()


def test_the_layout_of_shipped_files_stays() -> None:
    """splitmix64 of 0 and 1 (published test vectors of the generator seeded with 0): a changed hash would make shipped files unreadable."""
    mixed = hashing.mix(np.array([0, 0x9E3779B97F4A7C15], dtype=np.uint64))
    assert [hex(v) for v in mixed.tolist()] == ["0xe220a8397b1dcdaf", "0x6e789e6aa1b965f4"]
