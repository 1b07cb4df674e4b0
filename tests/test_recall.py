"""What reviews teach about a word itself: what is counted, what it costs a reading, and that a review is learned once."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_stub import ROOT, Run, put

from restore.decisions import Decisions, content_hash, decide, sidecar, write_decisions
from restore.errors import DictionaryError
from restore.loading import load
from restore.nouns import Suggestion
from restore.pipeline import Restorer
from restore.recall import HEADER, MOST, add, count_answers, nats, read_answers, write_answers
from restore.settings import Settings

SPUN = (ROOT / "seeds" / "economy-tax-refunds.spun.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer(Settings(fast=True))


def review(name: str, suggestions: tuple[Suggestion, ...], rejected: str) -> None:
    """Decide about everything in a text: all of one word rejected, the rest accepted."""
    put(name, SPUN)
    made = [(s, "reject" if s.before.lower() == rejected else "accept") for s in suggestions]
    decisions = tuple(decide(SPUN, s, c, s.before if c == "reject" else s.replacement) for s, c in made)  # type: ignore[arg-type]
    write_decisions(sidecar(Path(name)), Decisions(name, content_hash(SPUN.encode()), decisions))


def test_what_became_of_a_word_is_counted(restorer: Restorer) -> None:
    pairs = [("The battle ended.\nThe battle began.", "The war ended.\nThe battle began."), ("One battle raged.", "One war raged.")]
    assert count_answers(restorer.lexicon, pairs, ("A", "user"))["battle"] == {"war": 2.0, "": 1.0}  # and "the battle"
    assert count_answers(restorer.lexicon, [("One line.", "Two\nlines.")], ("A",)) == {}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [({}, 0.0), ({"war": 9.0}, 0.0), ({"": 1.0, "war": 1.0}, 0.0), ({"": 1.0}, -1.04), ({"": 2.0, "fight": 1.0}, -2.08), ({"": 900.0}, -MOST)],
)
def test_answers_speak_against_a_reading_and_never_for_it(counts: dict[str, float], expected: float) -> None:
    assert nats(counts, "war") == pytest.approx(expected, abs=0.01)


def test_answers_are_written_and_read(tmp_path: Path) -> None:
    answers = {"on": {"": 3.0, "at": 1.0}, "battle": {"war": 2.0, "fight": 4.0}}
    file = tmp_path / "answers.tsv"
    file.write_text(write_answers(answers), encoding="utf-8")
    assert file.read_text(encoding="utf-8") == f"{HEADER}\nbattle\t0\tfight=4|war=2\non\t3\tat=1\n"
    assert read_answers(file) == answers
    assert add(answers, answers)["on"] == {"": 6.0, "at": 2.0}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "cannot read the answers"),
        (b"on\t3\t\n", ":1: no version header"),
        (b"# restore answers 1\ncaf\xe9\t1\t\n", "not UTF-8 (byte 23)"),
        (b"# restore answers 1\non\t-1\t\n", ":2: not a row of answers (-1 is no count)"),
        (b"# restore answers 1\non\t1\n", ":2: not a row of answers"),
    ],
)
def test_answers_that_cannot_be_read_are_told_in_one_line(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "answers.tsv").write_bytes(data)
    with pytest.raises(DictionaryError) as caught:
        read_answers(tmp_path / "answers.tsv")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_only_answered_readings_lose(tmp_path: Path, restorer: Restorer) -> None:
    file = tmp_path / "answers.tsv"
    file.write_text(write_answers({"battle": {"": 3.0}}), encoding="utf-8")
    lexicon = load([file]).lexicon
    lost = {lexicon.variant_text[lexicon.arc_variant[e]] for e in lexicon.arc_recall.nonzero()[0].tolist()}
    assert lost == {"battle"} and not len(restorer.lexicon.arc_recall)


def test_a_review_is_learned_once_and_what_was_rejected_is_less_probable(real: Run, home: Path, restorer: Restorer) -> None:
    suggestions = restorer.restore(SPUN).suggestions
    word = min((s for s in suggestions if s.evidence.kind == "word"), key=lambda s: (s.probability, s.start)).before.lower()
    review("one.txt", suggestions, word)
    assert real("learn", "decisions", "one.txt").code == 0
    files = [home / name for name in ("answers.tsv", "dictionary.tsv", "weights.tsv")]
    before = {file: file.read_bytes() for file in files if file.exists()}
    answers = read_answers(home / "answers.tsv")[word]
    assert max(answers, key=lambda k: answers[k]) == ""
    assert real("learn", "decisions", "one.txt").err == "nothing new: 1 review learned before\n"
    assert {file: file.read_bytes() for file in files if file.exists()} == before
    later = Restorer(Settings(fast=True, dictionaries=tuple(map(str, before)))).restore(SPUN).suggestions
    assert sum(s.probability for s in later if s.before.lower() == word) < sum(s.probability for s in suggestions if s.before.lower() == word)
    assert real("dictionary", "check", str(home / "answers.tsv")).code == 0
