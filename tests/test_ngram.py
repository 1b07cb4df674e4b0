"""A tiny model is a probability distribution after every context, knows what it does not know, and says so when its file is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restore.errors import ModelError
from restore.ngram import FLOOR, MAGIC, NUMBER, STEP, UNK, NgramModel, Vocabulary, pack, quantise
from restore.tokens import Tokens
from restore.train_lm import Plan, sentences, train

TEXT = [
    "The war in the east has entered its third year.",
    "The minister said on Monday that the war would end.",
    "He said the war was a crime, and she said it was not.",
    "In the east of the country the war goes on.",
    "She said that 1,200 soldiers and an officer had left.",
    "The country said it would defend the east.",
    "A minister of defence said on Friday that a deal was near.",
    "The deal, the first in a year, was near, the minister of defense said.",
    "It was not the third war in the country.",
    "On Monday the war was in its third year.",
]
ALIASES = {"an": "a", "defence": "defense"}
PLAN = Plan(extra=frozenset(w for sentence in sentences(TEXT) for w in sentence) | {"frobnicate", "river"}, aliases=ALIASES)


@pytest.fixture(scope="module", autouse=True)
def _short_list() -> Iterator[None]:
    """3,000 words of wordfreq instead of 60,000: the same model in a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("restore.train_lm.LISTED", 3000)
        yield


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "tiny.bin"
    train(TEXT, out, PLAN)
    return out


@pytest.fixture(scope="module")
def model(path: Path) -> NgramModel:
    return NgramModel(path)


def seen(order: int) -> set[tuple[str, ...]]:
    """The n-grams of the training text, read without the code under test's counting."""
    out = set()
    for sentence in sentences(TEXT):
        words = ["<s>", *(ALIASES.get(w, w) for w in sentence)]
        out |= {tuple(words[i : i + order]) for i in range(len(words) - order + 1)}
    return out


def whole_distribution(known: np.ndarray, scores: np.ndarray, lower: np.ndarray) -> float:
    """The sum of p over all words: what was seen as it stands, the rest by the back-off weight, which most unseen words show.

    An absent n-gram may be taken for a present one, by a fingerprint, once in some ten thousand: those words are counted by the back-off.
    """
    unseen = np.setdiff1d(np.arange(len(scores)), known)
    gap = scores[unseen] - lower[unseen]
    weight = np.median(gap)
    assert np.mean(np.abs(gap - weight) > 1e-4) < 3e-3
    return float(np.exp(scores[known]).sum() + np.exp(weight + lower[unseen]).sum())


def test_unigrams_sum_to_one(model: NgramModel) -> None:
    assert float(np.exp(model.unigram.astype(np.float64)).sum()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("context", sorted({b[0] for b in seen(2)} | {"frobnicate", "river", UNK}))
def test_bigrams_sum_to_one_after_every_word(model: NgramModel, context: str) -> None:
    every = np.arange(len(model))
    scores, _ = model.bigram(np.full(len(model), model.ids[context]), every)
    known = np.array([model.ids[w] for v, w in sorted(seen(2)) if v == context], dtype=np.int64)
    assert whole_distribution(known, scores, model.unigram) == pytest.approx(1, abs=STEP)


@pytest.mark.parametrize("context", sorted({t[:2] for t in seen(3)}))
def test_trigrams_sum_to_one_after_every_pair(model: NgramModel, context: tuple[str, str]) -> None:
    every = np.arange(len(model))
    u, v = (np.full(len(model), model.ids[w]) for w in context)
    known = np.array([model.ids[t[2]] for t in sorted(seen(3)) if t[:2] == context], dtype=np.int64)
    _, slots = model.bigram(u, v)
    assert (slots >= 0).all()
    lower = np.array(model.unigram)
    weight = np.median(model.bigram(v, every)[0] - model.unigram)
    after = np.array(sorted({model.ids[b[1]] for b in seen(2) if b[0] == context[1]}), dtype=np.int64)
    lower = lower + weight
    lower[after] = model.bigram(v[: len(after)], after)[0]
    scores = model.trigram(u, v, every, slots, lower.astype(np.float32))
    assert whole_distribution(known, scores, lower) == pytest.approx(1, abs=2 * STEP)


def test_what_was_read_is_likelier_than_what_was_not(model: NgramModel) -> None:
    def score(text: str) -> float:
        return float(model.score(np.array([model.ids[w] for w in Tokens(text).words])).sum())

    assert score("the minister said on monday") > score("the minister mentioned on monday") + 1
    assert score("in the east") > score("east the in") + 1


def test_a_sentence_is_scored_word_by_word(model: NgramModel) -> None:
    ids = np.array([model.ids[w] for w in "the war in the river".split()])
    scores = model.score(ids)
    assert len(scores) == 5
    first, _ = model.bigram(np.array([model.bos]), ids[:1])
    assert scores[0] == first[0]
    lower, _ = model.bigram(ids[1:2], ids[2:3])
    _, context = model.bigram(ids[:1], ids[1:2])
    assert scores[2] == model.trigram(ids[:1], ids[1:2], ids[2:3], context, lower)[0]


def test_unknown_words_share_one_id_and_cost_what_a_name_costs(model: NgramModel) -> None:
    assert model.ids["Zyxwvut"] == model.ids["qqqqzz"] == model.unk
    assert model.unigram[model.unk] == pytest.approx(FLOOR, abs=0.1), "no word of this training text is unknown"


def test_numbers_share_one_id(model: NgramModel) -> None:
    assert model.ids["1,200"] == model.ids["7th"] == model.ids[NUMBER] != model.unk


def test_words_asked_for_get_an_id(model: NgramModel) -> None:
    assert model.ids["frobnicate"] not in (model.unk, model.ids[NUMBER])


@pytest.mark.parametrize(("alias", "word"), [("an", "a"), ("defence", "defense")])
def test_aliases_count_as_the_word_they_stand_for(model: NgramModel, alias: str, word: str) -> None:
    assert model.ids[alias] == model.ids[word] != model.unk
    assert alias not in model.words


def test_wordfreq_frequencies_are_kept_for_every_word(model: NgramModel) -> None:
    assert len(model.frequency) == len(model) == len(model.words)
    assert model.frequency[model.ids["the"]] > model.frequency[model.ids["river"]] > model.frequency[model.ids["frobnicate"]]


def test_pruning_keeps_contexts_and_a_distribution(tmp_path: Path) -> None:
    train(TEXT, tmp_path / "small.bin", replace(PLAN, max_bigrams=30, max_trigrams=10, aliases={}))
    small = NgramModel(tmp_path / "small.bin")
    assert small.header["trigrams"] <= 12 and small.header["bigrams"] < len(seen(2))
    every = np.arange(len(small))
    scores, slots = small.bigram(np.full(len(small), small.ids["the"]), every)
    kept = np.array([small.ids[w] for v, w in sorted(seen(2)) if v == "the" and slots[small.ids[w]] >= 0], dtype=np.int64)
    assert whole_distribution(kept, scores, small.unigram) == pytest.approx(1, abs=STEP)


def test_training_twice_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    train(TEXT, tmp_path / "again.bin", PLAN)
    assert (tmp_path / "again.bin").read_bytes() == path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["again.bin"]


def test_vocabulary_grows_by_a_copy() -> None:
    vocabulary = Vocabulary({"<s>": 0, UNK: 1, NUMBER: 2, "war": 3})
    longer = vocabulary.copy_with(["battle"], 4)
    assert (longer["battle"], longer["war"], longer["peace"], longer["12"]) == (4, 3, 1, 2)
    assert "battle" not in vocabulary
    assert vocabulary.copy_with([], 4) is vocabulary


def test_keys_tell_orders_and_words_apart() -> None:
    a, b, top = np.array([1]), np.array([2]), np.array([2**21 - 1])
    keys = [pack(a), pack(a, b), pack(b, a), pack(np.array([0]), a), pack(np.array([0]), a, b), pack(a, a, b), pack(top, top, top)]
    assert len({int(k[0]) for k in keys}) == len(keys)


def test_quantisation_is_off_by_half_a_step_at_most() -> None:
    values = -np.linspace(0, 15.9, 1000)
    assert np.abs(quantise(values) * -STEP - values).max() <= STEP / 2 + 1e-9
    assert quantise(np.array([-100.0]))[0] == 255


def relabel(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    """A file whose JSON header was changed and put back with the old length."""

    def damage(data: bytes) -> bytes:
        length = int.from_bytes(data[8:16], "little")
        header = json.loads(data[16 : 16 + length])
        text = json.dumps(change(header)).encode()
        assert len(text) <= length
        return data[:16] + text.ljust(length) + data[16 + length :]

    return damage


def without(name: str) -> Callable[[dict[str, object]], object]:
    def change(header: dict[str, object]) -> object:
        arrays = header["arrays"]
        assert isinstance(arrays, dict)
        return {**header, "arrays": {k: v for k, v in arrays.items() if k != name}}

    return change


def garble_words(data: bytes) -> bytes:
    start = 16 + int.from_bytes(data[8:16], "little")
    return data[:start] + b"\xff\xfe" + data[start + 2 :]


def rename_unknown(data: bytes) -> bytes:
    return data.replace(b"<unk>", b"<unx>", 1)


BROKEN: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("empty", lambda data: b""),
    ("one byte", lambda data: b"R"),
    ("the magic alone", lambda data: data[:8]),
    ("cut in the header", lambda data: data[:40]),
    ("cut after the header", lambda data: data[: 16 + int.from_bytes(data[8:16], "little")]),
    ("cut in the arrays", lambda data: data[: len(data) // 2]),
    ("another file", lambda data: b"GIF89a" + bytes(100)),
    ("another version", lambda data: b"RESTLM99" + data[8:]),
    ("absurd header length", lambda data: MAGIC + b"\xff" * 8 + data[16:]),
    ("header not JSON", lambda data: data[:16] + b"{oops" + data[21:]),
    ("header a list", relabel(lambda header: [1, 2])),
    ("header without arrays", relabel(lambda header: {"order": 3})),
    ("arrays a list", relabel(lambda header: {"arrays": [1]})),
    ("unknown type", relabel(lambda header: {"arrays": {"words": {"dtype": "x9", "shape": [3], "offset": 0}}})),
    ("negative shape", relabel(lambda header: {"arrays": {"words": {"dtype": "|u1", "shape": [-3], "offset": 0}}})),
    ("no words", relabel(without("words"))),
    ("no trigrams", relabel(without("table3"))),
    ("words not UTF-8", garble_words),
    ("no unknown word", rename_unknown),
]


@pytest.mark.parametrize(("what", "damage"), BROKEN, ids=[name for name, _ in BROKEN])
def test_a_broken_file_is_told_in_one_line(path: Path, tmp_path: Path, what: str, damage: Callable[[bytes], bytes]) -> None:
    broken = tmp_path / "broken.bin"
    broken.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ModelError) as caught:
        NgramModel(broken)
    message = str(caught.value)
    assert message.startswith(f"{broken}: ") and "\n" not in message and ";" in message


@pytest.mark.parametrize("name", ["missing.bin", "."])
def test_a_missing_file_or_a_folder_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot read the language model"):
        NgramModel(tmp_path / name)
