"""The alignment covers both texts, costs as little as any, and uses an arc where one explains something."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore.align import ARC_COST, BAND, SKIP_COST, SUBSTITUTION_COST, Arc, Step, align

CASES: list[tuple[str, str, str, dict[int, list[Arc]], list[int]]] = [
    ("the same", "the war ends", "the war ends", {}, [-1, -1, -1]),
    ("an arc explains a word", "the battle ends", "the war ends", {1: [(2, ("war",), 7)]}, [-1, 7, -1]),
    ("no arc does", "the battle ends", "the war ends", {}, [-1, -2, -1]),
    ("an arc for other words is not used", "the battle ends", "the war ends", {1: [(2, ("fight",), 7)]}, [-1, -2, -1]),
    ("a phrase for a word", "a great deal of people", "many people", {0: [(4, ("many",), 3)]}, [3, -1]),
    ("a word for a phrase", "many people", "a lot of people", {0: [(1, ("a", "lot", "of"), 3)]}, [3, -1]),
    ("a copy beats an arc", "war ends", "war ends", {0: [(1, ("war",), 5)]}, [-1, -1]),
    ("a word was added", "the long war", "the war", {}, [-1, -2, -1]),
    ("a word was left out", "the war", "the long war", {}, [-1, -2, -1]),
    ("nothing at all", "", "", {}, []),
    ("all left out", "", "the war", {}, [-2, -2]),
    ("all added", "the war", "", {}, [-2, -2]),
]
words = st.lists(st.sampled_from(["the", "war", "battle", "a", "lot"]), max_size=9)

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[str], list[str], dict[int, list[Arc]]]:
    spun, original = draw(words), draw(words)
    arcs: dict[int, list[Arc]] = {}
    for number in range(draw(st.integers(0, 6)) if spun else 0):
        i = draw(st.integers(0, len(spun) - 1))
        replaced = draw(st.lists(st.sampled_from(["the", "war", "a", "lot"]), min_size=1, max_size=3))
        arcs.setdefault(i, []).append((draw(st.integers(i + 1, min(i + 3, len(spun)))), tuple(replaced), number))
    return spun, original, arcs


def cheapest(spun: list[str], original: list[str], arcs: dict[int, list[Arc]]) -> float:
    """The least cost, by trying everything."""

    @cache
    def rest(i: int, k: int) -> float:
        if i == len(spun) and k == len(original):
            return 0.0
        ways = []
        if i < len(spun):
            ways.append(SKIP_COST + rest(i + 1, k))
            ways += [ARC_COST + rest(end, k + len(w)) for end, w, _ in arcs.get(i, ()) if tuple(original[k : k + len(w)]) == w]
        if k < len(original):
            ways.append(SKIP_COST + rest(i, k + 1))
        if i < len(spun) and k < len(original):
            ways.append((0.0 if spun[i] == original[k] else SUBSTITUTION_COST) + rest(i + 1, k + 1))
        return min(ways)

    return rest(0, 0)


def cost(step: Step) -> float:
    if step.arc >= 0:
        return ARC_COST
    if step.arc == -1:
        return 0.0
    return SUBSTITUTION_COST if step.j > step.i and step.m > step.k else SKIP_COST


@pytest.mark.parametrize(("what", "spun", "original", "arcs", "expected"), CASES, ids=[c[0] for c in CASES])
def test_cases(what: str, spun: str, original: str, arcs: dict[int, list[Arc]], expected: list[int]) -> None:
    assert [s.arc for s in align(spun.split(), original.split(), arcs)] == expected


@calm
@given(problems())
def test_steps_cover_both_texts_and_cost_the_least(problem: tuple[list[str], list[str], dict[int, list[Arc]]]) -> None:
    spun, original, arcs = problem
    steps = align(spun, original, arcs)
    i = k = 0
    for step in steps:
        assert (step.i, step.k) == (i, k)
        if step.arc == -1:
            assert spun[step.i : step.j] == original[step.k : step.m] and step.j == step.i + 1
        if step.arc >= 0:
            assert (step.j, tuple(original[step.k : step.m]), step.arc) in arcs[step.i]
        i, k = step.j, step.m
    assert (i, k) == (len(spun), len(original))
    assert sum(map(cost, steps)) == pytest.approx(cheapest(spun, original, arcs))


def test_a_long_text_is_aligned_along_the_diagonal() -> None:
    original = [f"w{i % 97}" for i in range(3000)]
    spun = [w if i % 10 else "x" for i, w in enumerate(original)]
    assert sum(s.arc == -2 for s in align(spun, original, {})) == 300


def test_a_text_that_lost_more_than_the_band_is_still_covered() -> None:
    steps = align(["the"], ["the"] * (3 * BAND), {})
    assert (steps[-1].j, steps[-1].m) == (1, 3 * BAND)
