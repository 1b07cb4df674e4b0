"""Tortured terms read by a language model: what it says counts, what it is shown, when it is woken, and that threads take turns."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from conftest import RealRestorer
from hypothesis import given
from hypothesis import strategies as st

from restore import places, second
from restore.combination import Weights
from restore.errors import ModelError
from restore.neural.causal import Tree
from restore.pipeline import Restorer
from restore.second import SecondLook
from restore.settings import Settings
from restore.term_features import EVIDENCE, LOOKED, Weighing
from restore.term_look import LEAST, MOST, TermLook
from restore.term_stretches import Candidate, Place
from restore.tokens import Tokens

SPUN = "The classifier is an arbitrary timberland of 200 trees."
DOUBTFUL = "They wore face veils in the crowded market."
HOPELESS = [
    "Public solutions to private problems are rare.",
    "He lost his way in the arbitrary rules of the forest office.",
]


class Reader:
    """A language model of single words: log p of each ``rated`` word, -5 of others. It keeps what it read, and says when two threads are in it at once."""

    def __init__(self, rated: dict[str, float] | None = None, wait: float = 0.0) -> None:
        self.rated, self.wait = rated or {}, wait
        self.words: list[str] = []
        self.read: list[str] = []
        self.inside, self.crowded = 0, False

    def encode(self, text: str) -> tuple[int, ...]:
        for word in text.split():
            if word not in self.words:
                self.words.append(word)
        return tuple(self.words.index(word) for word in text.split())

    def begin(self) -> None:
        self.inside += 1
        self.crowded |= self.inside > 1
        time.sleep(self.wait)

    def append(self, tokens: Sequence[int]) -> None:
        raise AssertionError("a term is read with its own sentence alone")

    def score(self, tree: Tree, asked: Sequence[int]) -> np.ndarray:
        self.inside -= 1
        for leaf in sorted(set(range(len(tree))) - set(tree.parents)):
            path, node = [], leaf
            while node >= 0:
                path.append(self.words[tree.tokens[node]])
                node = tree.parents[node]
            self.read.append(" ".join(reversed(path)))
        return np.array([self.rated.get(self.words[tree.tokens[node]], -5.0) for node in asked])


def reading(reader: Reader) -> Restorer:
    """A restorer that asks this model."""
    made = Restorer(Settings())
    made._look = SecondLook(reader, Weights())
    return made


def test_the_model_reads_the_sentence_both_ways_article_included() -> None:
    reader = Reader()
    reading(reader).restore(SPUN)
    assert {"The classifier is an arbitrary timberland of 200 trees.", "The classifier is a random forest of 200 trees."} <= set(reader.read)


def test_of_data_in_its_sentence_it_reads_little() -> None:
    reader = Reader()
    reading(reader).restore(SPUN.replace("an arbitrary", f"{'x' * 5_000} an arbitrary").replace("200", "y" * 5_000))
    assert reader.read and max(map(len, reader.read)) < 600


@pytest.mark.parametrize(("liked", "applied"), [("masks", True), ("veils", False)])
def test_what_it_says_decides(liked: str, applied: bool) -> None:
    found = reading(Reader({"masks": -15.0, "veils": -15.0} | {liked: -0.1})).restore(DOUBTFUL)
    terms = [s for s in found.suggestions if s.replacement == "face masks"]
    assert [s.action for s in terms if s.action == "apply"] == (["apply"] if applied else [])
    if applied:
        assert terms[0].evidence.rival == "face veils" and terms[0].evidence.model == pytest.approx(14.9)
        assert found.engine == "second look"


def test_without_a_model_nothing_is_different() -> None:
    for text in (SPUN, DOUBTFUL, *HOPELESS):
        assert RealRestorer(Settings()).restore(text) == RealRestorer(Settings(fast=True)).restore(text)


@pytest.mark.parametrize("text", HOPELESS)
def test_what_has_no_hope_does_not_wake_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "load", lambda model: pytest.fail("woken"))
    Restorer(Settings()).restore(text)


def test_texts_looked_at_together_are_read_as_each_alone() -> None:
    texts = [SPUN, DOUBTFUL, *HOPELESS, f"{SPUN} {DOUBTFUL}"]
    made = reading(Reader({"forest": -1.0, "masks": -1.0}))
    assert made.restore_all(texts) == [made.restore(text) for text in texts]


def test_threads_take_turns() -> None:
    reader = Reader({"forest": -0.1}, wait=0.005)
    made = reading(reader)
    texts = [SPUN.replace("200", str(k)) for k in range(12)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(made.restore, texts))
    assert not reader.crowded
    assert found == [made.restore(text) for text in texts]


def test_the_model_is_loaded_once_whatever_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def load(model: str) -> SecondLook:
        time.sleep(0.05)
        loaded.append(SecondLook(Reader(), Weights()))
        return loaded[-1]

    monkeypatch.setattr(second, "load", load)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(Restorer(Settings()).restore, [SPUN] * 4))
    assert len(loaded) == 1


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_what_it_says_is_bounded(first: float, other: float) -> None:
    tokens = Tokens("We use big information here.")
    look = TermLook(Reader({"big": first, "large": other}), Weighing(np.zeros(len(LOOKED)), np.ones(len(LOOKED)), np.zeros(len(LOOKED)), 0.0), Lock())
    candidate = Candidate(2, 3, "large", "", (0.0,) * (len(LOOKED) - 1), 0.0, 0.0)
    (gain,) = look.gains([(candidate, Place(7, 10, "big", "large"))], tokens)
    assert gain == pytest.approx(min(max(other - first, LEAST), MOST))


def test_candidates_of_a_place_share_a_tree_and_stay_apart() -> None:
    tokens, reader = Tokens("We use big information here."), Reader({"big": -3.0, "large": -2.0, "great": -7.0})
    look = TermLook(reader, Weighing(np.zeros(len(LOOKED)), np.ones(len(LOOKED)), np.eye(len(LOOKED))[-1], 0.5), Lock())
    found = [(Candidate(2, 3, text, "", (0.0,) * (len(LOOKED) - 1), 0.0, 0.0), Place(7, 10, "big", text)) for text in ("large", "great")]
    gains = look.gains(found, tokens)
    assert gains.tolist() == [1.0, -4.0] and len(reader.read) == 3
    assert look.odds([candidate for candidate, _ in found], gains).tolist() == [1.5, -3.5]


def test_evidence_without_the_second_look_is_one_clear_error(tmp_path: Path) -> None:
    data = json.loads((places.dictionaries() / EVIDENCE).read_text(encoding="utf-8"))
    assert len(Weighing.load(places.dictionaries() / EVIDENCE, looked=True).weight) == len(LOOKED)
    del data["second look"]["features"]["model"]
    (tmp_path / EVIDENCE).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot read what tells a tortured term"):
        Weighing.load(tmp_path / EVIDENCE, looked=True)
