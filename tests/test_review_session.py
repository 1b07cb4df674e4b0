"""The state of a review: whatever is done and undone, what is left is the sum of the answers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_stub import TEXT, desk, document, find, suggestions

from restore.decisions import read_decisions
from restore.nouns import Evidence, Suggestion, replay
from restore.review.document import Document
from restore.review.questions import Filter, Question
from restore.review.session import Session
from restore.undo import undo

OWN = Suggestion(0, 3, "The", "That", 0.0, "leave", (), Evidence("own"))
COMMANDS = {
    "accept": lambda s: s.accept(),
    "reject": lambda s: s.reject(),
    "edit": lambda s: s.edit("own words"),
    "second": lambda s: s.choose(2),
    "clear": lambda s: s.clear(),
    "pair": lambda s: s.settle_pair("accept", "document"),
    "pair everywhere": lambda s: s.settle_pair("accept", "everywhere"),
    "no pair": lambda s: s.settle_pair("reject", "everywhere"),
    "sure": lambda s: s.accept_sure(),
    "ignore": lambda s: s.ignore(),
    "undo": lambda s: s.undo(),
    "redo": lambda s: s.redo(),
    "next": lambda s: s.move(1),
    "previous": lambda s: s.move(-1, open_only=False),
    "doubt": lambda s: s.sort("doubt"),
    "reading": lambda s: s.sort("reading"),
    "least": lambda s: s.least_certain(),
    "narrow": lambda s: s.narrow(Filter(low=0.5)),
    "widen": lambda s: s.narrow(Filter()),
    "correct": lambda s: s.correct(0, OWN) if OWN not in s.documents[0] else None,
    "another": lambda s: s.add_document(suggestions(TEXT)),
}


def session() -> Session:
    made = Session()
    made.add_document(suggestions(TEXT))
    made.add_document(suggestions(TEXT.replace("hurry", "Hurry")))
    return made


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(COMMANDS)), max_size=25))
def test_undoing_everything_gives_the_beginning_and_redoing_the_end(commands: list[str]) -> None:
    s = session()
    for name in commands:
        COMMANDS[name](s)
        assert s.current is not None
        assert s.progress == (sum(q in s.answers for q in s.queue), len(s.queue))
        assert {q: a for n, answers in enumerate(s.by_document) for i, a in answers.items() for q in [Question(n, i)]} == s.answers
    end = dict(s.answers)
    steps = 0
    while s.undo():
        steps += 1
    assert not s.answers and not s.ignored
    for _ in range(steps):
        assert s.redo()
    assert {q: a for q, a in s.answers.items() if q in end} == end


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(sorted(set(COMMANDS) - {"another", "correct"})), max_size=15))
def test_any_sequence_then_writing_equals_the_final_answers_and_undo_gives_the_bytes_back(commands: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        d = desk(document(path))
        for name in commands:
            COMMANDS[name](d.session)
            d.keep()
        final = [(s.edit._replace(after=d.answers(0)[i].replacement)) for i, s in enumerate(d.documents[0].suggestions) if i in d.answers(0)]
        wanted = replay(TEXT, [e for e in final if e.after != e.before])
        kept = read_decisions(d.documents[0].keep).decisions if d.documents[0].keep.exists() else ()
        assert {(x.start, x.replacement) for x in kept} == {(e.start, e.after) for e in final}
        list(d.write())
        assert path.read_text() == wanted
        if wanted != TEXT:
            undo(path)
        assert path.read_text() == TEXT


def test_a_correction_is_kept_in_its_place_and_undone(tmp_path: Path) -> None:
    d = desk(document(tmp_path / "a.txt"))
    d.session.move(-1)
    assert d.correct("The", "That") == "" and d.session.current == Question(0, 9)
    d.session.reject()
    d.keep()
    again = desk(Document.read(tmp_path / "a.txt", find))
    assert [again.documents[0].suggestions[i].before for i in again.answers(0)] == ["The", "mentioned"]
    assert again.restored(0).restored == TEXT.replace("The battle ended", "That battle ended")
    assert "no free" in d.correct("battle", "x") and "no free" in d.correct("nowhere", "x")
    d.session.undo()
    d.session.undo()
    assert d.restored(0).restored == TEXT


def test_a_decision_is_about_one_place() -> None:
    s = session()
    s.accept()
    assert len(s.answers) == 1 and s.current == Question(0, 1)


def test_all_of_a_pair_takes_open_ones_in_the_case_of_their_place() -> None:
    s = session()
    s.reject()
    s.go_to(Question(0, 4))
    s.edit("fray")
    s.go_to(Question(0, 4))
    assert s.settle_pair("accept", "document") == 3
    assert s.answers[Question(0, 0)].choice == "reject"
    assert s.answers[Question(0, 3)].replacement == "Fray"
    assert not s.by_document[1]


def test_a_pair_settled_everywhere_holds_for_documents_that_come_later() -> None:
    s = session()
    s.settle_pair("accept", "everywhere")
    number = s.add_document(suggestions(TEXT))
    assert s.answers[Question(number, 0)].replacement == "war"
    s.undo()
    assert not s.answers
    later = s.add_document(suggestions(TEXT))
    s.redo()
    assert s.answers[Question(later, 0)].replacement == "war"


def test_ignoring_a_word_rejects_it_and_is_kept_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "restore.toml").write_text('# ours\nthreshold = 0.7\nignore = ["own"]\n')
    d = desk(document(tmp_path / "a.txt"))
    assert d.session.ignore() == 4
    d.keep()
    assert (tmp_path / "restore.toml").read_text() == '# ours\nthreshold = 0.7\nignore = ["own", "battle"]\n'
    d.session.undo()
    d.keep()
    assert (tmp_path / "restore.toml").read_text() == '# ours\nthreshold = 0.7\nignore = ["own"]\n'


def test_orders_filters_and_the_least_certain() -> None:
    s = session()
    assert [s.suggestion(q).before for q in s.queue[:3]] == ["battle", "hurry", "mentioned"]
    s.sort("doubt")
    assert s.suggestion(s.queue[0]).before == "hurry"
    assert s.least_certain() and s.current == Question(0, 1)
    assert s.narrow(Filter(words="said")) and s.suggestion(s.queue[0]).before == "mentioned"
    assert not s.narrow(Filter(words="nowhere")) and s.filter.words == "said"


def test_a_killed_review_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    d = desk(document(path))
    for command in ("accept", "reject", "edit"):
        COMMANDS[command](d.session)
        d.keep()
        again = desk(Document.read(path, find))
        assert {i: (a.choice, a.replacement) for i, a in again.answers(0).items()} == {i: (a.choice, a.replacement) for i, a in d.answers(0).items()}
    assert again.session.current == Question(0, 3)


def test_a_changed_text_takes_its_decisions_along(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    d = desk(document(path))
    d.session.settle_pair("accept", "document")
    d.keep()
    path.write_text("A new line.\n" + TEXT.replace("It was odd that the battle mentioned it.", "Nothing."))
    again = Document.read(path, find)
    assert len(again.answers) == 3
    assert len(again.complaints) == 1
    assert path.with_name("a.txt.restore.json~").exists()


def test_decisions_nothing_is_suggested_for_any_longer_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    d = desk(document(path))
    d.session.accept()
    d.keep()
    bare = Document.read(path, lambda text: (find("")[0], 0.2, {}))
    assert [s.before for s in bare.suggestions] == ["battle"]
    assert bare.answers[0].replacement == "war"


@pytest.mark.parametrize("number", [0, 4, 9])
def test_there_is_no_alternative_beyond_the_last(number: int) -> None:
    s = session()
    assert not s.choose(number) and not s.answers
