"""Tortured terms: found in text that is otherwise nobody's spin, and nothing else in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import RealRestorer
from hypothesis import given
from hypothesis import strategies as st

from restore import hashing, pipeline, protect
from restore.errors import ModelError
from restore.gazetteer import Gazetteer, Name, compile_names
from restore.listed import inner_pairs
from restore.ngram import pack
from restore.nouns import Alternative, Evidence, Suggestion
from restore.settings import Settings
from restore.term_features import FEATURES, Describer, Weighing
from restore.term_hopes import Side, _Judge
from restore.term_pairs import compile_pairs, unpack
from restore.term_stretches import Stretches
from restore.terms import merge
from restore.tokens import Tokens

SEEDS = Path(__file__).parent.parent / "seeds"
TORTURED = [  # text, what has to come back
    ("The classifier is an arbitrary timberland of 200 trees.", "The classifier is a random forest of 200 trees."),
    ("We report the mean square blunder of each model.", "We report the mean square error of each model."),
    ("Patients with bosom malignancy were followed for two years.", "Patients with breast cancer were followed for two years."),
    ("The results rest on counterfeit consciousness and profound learning.", "The results rest on artificial intelligence and deep learning."),
]
GENUINE = [  # words that could be taken for a tortured term's, and are the author's
    "The Cape Canaveral Space Force Station launched a rocket.",
    "Foot-and-mouth disease has spread to Slovakia.",
    "The random forest has 200 trees and a mean squared error of 0.2.",
    "Public solutions to private problems are rare.",
    "He lost his way in the arbitrary rules of the forest office.",
    "The car has a metal structure and a big engine.",
    "A Signal group chat was leaked to the press.",
    "size = estimate['dispersion'] * estimate['dispersion'], encoding = \"locale\"",
]


@pytest.mark.parametrize(("text", "expected"), TORTURED)
def test_a_tortured_term_comes_back(text: str, expected: str) -> None:
    found = RealRestorer(Settings(fast=True)).restore(text)
    assert found.restored == expected


def test_the_evidence_is_the_term_and_the_sentences_are_nobodys_spin() -> None:
    found = RealRestorer(Settings(fast=True)).restore(TORTURED[1][0])
    (applied,) = (s for s in found.suggestions if s.action == "apply")
    assert (applied.evidence.kind, applied.evidence.family, applied.evidence.name) == ("name", "term", "mean square error")
    assert (found.spin_rate, found.family) == (0, "term")


def test_a_lone_term_is_believed_the_less_the_longer_its_text() -> None:
    restorer = RealRestorer(Settings(fast=True))
    clean = (SEEDS / "navy-officers-ships.clean.txt").read_text(encoding="utf-8")
    probability = [restorer.restore(TORTURED[1][0] + "\n\n" + n * clean).suggestions[0].probability for n in (0, 1, 4, 16)]
    assert probability == sorted(probability, reverse=True) and probability[-1] < probability[0]


@pytest.mark.parametrize(
    ("around", "about_persons"),
    [("{} He never saw it.", True), ("She said: {}", True), ("{} I know.", True), ("{} Type I errors are rare.", False), ("{} The heat shields hold.", False)],
)
def test_words_about_persons_nearby_speak_against_a_term(around: str, about_persons: bool) -> None:
    restorer = RealRestorer(Settings(fast=True))
    plain, other = (restorer.restore(text).suggestions for text in (TORTURED[1][0], around.format(TORTURED[1][0])))
    less = plain[0].probability - max((s.probability for s in other), default=0.0)
    assert (less > 0.001) == about_persons


@pytest.mark.parametrize("between", ["\n\n", ". ", ", ", " (", ".\n"])
def test_no_term_goes_over_a_paragraph_or_punctuation(between: str) -> None:
    text = f"The results rest on counterfeit{between}consciousness of it."
    assert RealRestorer(Settings(fast=True)).restore(text).restored == text


def test_stretches_looked_at_side_by_side_have_no_term_in_common() -> None:
    finder = RealRestorer(Settings(fast=True))
    text = "It rests on counterfeit results here and there, which is another consciousness altogether."
    ends = [(0, text.index(" results")), (text.index("consciousness"), len(text))]
    assert not finder._terms_of(text, ends)
    assert [s.replacement for s in finder._terms_of("counterfeit consciousness", [(0, 25)])] == ["artificial intelligence"]


def test_a_term_keeps_its_line_break() -> None:
    assert RealRestorer(Settings(fast=True)).restore("It rests on counterfeit\n  consciousness.").restored == "It rests on artificial\n  intelligence."


@pytest.mark.parametrize("text", GENUINE)
def test_genuine_words_stay(text: str) -> None:
    assert RealRestorer(Settings(fast=True)).restore(text).restored == text


@pytest.mark.parametrize(
    "text",
    [
        "See `the mean square blunder` in the code.",
        "<!-- restore: off -->\nWe report the mean square blunder of each model.\n<!-- restore: on -->\n",
        "We report the mean square blunder of each model. # restore: ignore-line",
    ],
)
def test_protected_stretches_stay(text: str) -> None:
    assert RealRestorer(Settings(fast=True)).restore(text).restored == text


@pytest.mark.parametrize("text", ["We report the mean square blunder Xqzt Vbrwkx", "Xqzt Vbrwkx mean square blunder Vbrwkx Xqzt Xqzt", "Xqzt Vbrwkx Xqzt"])
def test_unknown_words_hide_no_term(text: str) -> None:
    restorer = RealRestorer(Settings(fast=True))
    tokens = Tokens(text)
    ids = restorer.lexicon.encode(tokens.words)
    found = restorer.terms.candidates(tokens, ids, restorer.mark(tokens, ids))
    named = {candidate.text for candidate in found}
    assert ("mean square error" in named) == ("square" in text)


def test_texts_looked_at_together_are_read_as_each_alone() -> None:
    restorer = RealRestorer(Settings(fast=True))
    texts = [text for text, _ in TORTURED] + GENUINE + [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    texts += ["The page", "4 men rest on counterfeit consciousness, an", "arbitrary timberland of a", "`arbitrary timberland", "arbitrary timberland`", ""]
    clean = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.clean.txt"))]
    texts += [f"{page}\n\n{TORTURED[k % len(TORTURED)][0]}\n\n{page}" for k, page in enumerate(clean)]
    outlooks = restorer.ahead(texts)
    assert {o.terms is None for o in outlooks} == {True, False} and sum(len(o.terms or ()) for o in outlooks) > 10
    assert restorer.restore_all(texts) == [restorer.restore(text) for text in texts]
    assert restorer.restore_all([]) == []


def test_as_many_stretches_as_are_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    restorer = RealRestorer(Settings(fast=True))
    texts = [" ".join([text] * k) for k in (1, 2, 4) for text, _ in TORTURED]
    expected = [restorer.restore(text) for text in texts]
    monkeypatch.setattr(pipeline, "DOORS", 3)
    assert [len(s.suggestions) for s in restorer.restore_all(texts)] == [len(r.suggestions) for r in expected]


def test_an_allowed_phrase_stays() -> None:
    text = "We report the mean square blunder of each model."
    assert RealRestorer(Settings(fast=True, allow=("square blunder",))).restore(text).restored == text


@given(st.text("ab \n", min_size=1, max_size=60), st.lists(st.integers(0, 60), min_size=2, max_size=6, unique=True))
def test_stretches_know_where_they_come_from(text: str, cuts: list[int]) -> None:
    ordered = sorted(min(c, len(text)) for c in cuts)
    spans = [(a, b) for a, b in zip(ordered[::2], ordered[1::2], strict=False) if a < b]
    made = Stretches.of((text, spans))
    position = 0
    for start, end in spans:
        for k in range(start, end):
            assert made.text[position] == text[k] and made.origin(position) == k
            position += 1
        position += 2


def suggestion(start: int, end: int, probability: float) -> Suggestion:
    return Suggestion(start, end, "x" * (end - start), "y", probability, "apply", (Alternative("y", probability),), Evidence("word"))


def test_of_two_that_overlap_the_more_probable_stays() -> None:
    word, term, other = suggestion(0, 5, 0.7), suggestion(3, 9, 0.8), suggestion(20, 25, 0.9)
    assert merge([word, other], [term]) == (term, other)
    assert merge([suggestion(0, 5, 0.95), other], [term]) == (suggestion(0, 5, 0.95), other)
    assert merge([], [term]) == (term,)


def test_pairs_of_words_are_packed_and_unpacked() -> None:
    first, second = np.array([1, 5, 2_000_000]), np.array([7, 0, 1_999_999])
    assert [x.tolist() for x in unpack(pack(first, second))] == [first.tolist(), second.tolist()]


@pytest.mark.parametrize("content", ["", "[]", '{"constant": 1}', '{"constant": "x", "features": {}}', '{"features": 3, "constant": 0}'])
def test_damaged_evidence_is_one_clear_error(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    path = tmp_path_factory.mktemp("evidence") / "term-evidence.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="cannot read what tells a tortured term"):
        Weighing.load(path)


def test_weighing_is_a_logistic_regression() -> None:
    n = len(FEATURES)
    made = Weighing(np.ones(n), np.full(n, 2.0), np.arange(n) * 1.0, 0.5)
    assert made.odds(np.stack([np.ones(n), np.full(n, 3.0)])).tolist() == pytest.approx([0.5, 0.5 + n * (n - 1) / 2])


def test_hopes_agree_with_what_the_text_says() -> None:
    """What is foretold of a pair is what is found when it stands in a text, but for what the words around it say."""
    finder = RealRestorer(Settings(fast=True)).terms
    describer, ids = Describer(finder.gazetteer, finder.lexicon, finder.bigrams), finder.lexicon.ids
    cases = [("arbitrary timberland", "random forest"), ("bosom malignancy", "breast cancer"), ("profound learning", "deep learning")]
    words = np.array([[ids[word] for word in term.split()] for _, term in cases])
    known = np.unique(words)
    judge = _Judge(describer, finder.weighing, Side.of(describer, known, last=True), Side.of(describer, known, last=False))
    pairs, odds = judge.odds(np.column_stack([words, np.full(len(words), 2)]))
    for (spun, term), (first, second) in zip(cases, (text.split() for text, _ in cases), strict=True):
        foretold = odds[pairs == pack(np.array([ids[first]]), np.array([ids[second]]))]  # and what a longer variant, of which this is a part, would say
        tokens = Tokens(spun)
        marks = protect.mark(tokens, finder.lexicon.frequency[finder.lexicon.encode(tokens.words)], keep_quotes=False)
        found = finder.candidates(tokens, finder.lexicon.encode(tokens.words), marks)
        features = next(candidate.features for candidate in found if candidate.text == term and candidate.features)
        assert np.abs(foretold - finder.weighing.odds(np.array([features]))).min() < 1


def test_hopeless_pairs_are_left_out_unless_a_phrase_is_listed() -> None:
    finder = RealRestorer(Settings(fast=True)).terms
    lexicon = finder.lexicon
    few = Gazetteer(compile_names([Name("random forest", "", "term", "own.tsv:2")], lexicon.ids), len(lexicon.lm_id))
    listed = inner_pairs(lexicon)
    left, right = ((lexicon.ids[word] for word in words.split()) for words in ("arbitrary arbitrary", "timberland thicket"))
    pairs = pack(np.array([*left]), np.array([*right]))
    assert np.isin(pairs, listed).tolist() == [True, False]
    for hopeless, there in ((None, [True, True]), (pairs, [True, False])):
        (table,) = compile_pairs(few, lexicon, lexicon.model, hopeless=hopeless).values()
        assert hashing.holds(table, pairs).tolist() == there
