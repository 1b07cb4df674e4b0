"""The full-screen review, key by key, and what its screens look like."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from review_stub import TEXT, document, suggestions

from restore.decisions import read_decisions
from restore.review.app import ReviewApp
from restore.review.desk import Desk
from restore.review.documentview import DocumentView
from restore.review.layout import Layout

#: The pictures of docs/review.md, which this test makes and compares with.
PICTURES = Path(__file__).parent.parent / "docs"
PAGE = (
    "The battle for the harbour ended in a hurry, the mayor mentioned on Friday. Nobody had expected the primary ferry before Monday.\n\n"
    "“It was an odd battle,” mentioned Marian Holdcroft, who leads the union. “We were in no hurry at all, and the primary offer was not the last.”\n\n"
    "The line runs its own ships again. Whether the battle is over, nobody mentioned.\n"
)
#: Keys pressed on a document, and the decisions afterwards, as in test_review_plain.py.
B, H, M = ("battle", "accept", "war"), ("hurry", "accept", "rush"), ("mentioned", "accept", "said")
PAIRS = [B, ("Battle", "accept", "War"), B, B]
PRESSED: list[tuple[str, list[tuple[str, str, str]]]] = [
    ("y", [B]),
    ("n", [("battle", "reject", "battle")]),
    ("2", [("battle", "edit", "fight")]),
    ("9", []),
    ("e o w n enter", [("battle", "edit", "own")]),
    ("e o escape", []),
    ("y k y", [B, ("mentioned", "accept", "said")]),
    ("j y", [H]),
    ("enter right left y", [H]),
    ("tab y", [H]),
    ("tab shift+tab y", [B]),
    ("y shift+tab x", []),
    ("m i n space equals_sign w i t h i n enter y", [B, ("in", "edit", "within")]),
    ("m n o enter y", [B]),
    ("m i n equals_sign o n enter u", []),
    ("a", PAIRS),
    ("A", PAIRS),
    ("d u", []),
    ("D u u r", [("battle", "reject", "battle"), ("Battle", "reject", "Battle"), ("battle", "reject", "battle"), ("battle", "reject", "battle")]),
    ("y y u u u r", [B]),
    ("c", [B, M, ("Battle", "accept", "War"), B, B, M]),
    ("i", [("battle", "reject", "battle"), ("Battle", "reject", "Battle"), ("battle", "reject", "battle"), ("battle", "reject", "battle")]),
    ("l y", [H]),
    ("o l y", [H]),
    ("p down enter y", [H]),
    ("p escape y", [B]),
    ("slash s a i d enter y", [M]),
    ("slash z z enter y", [B]),
    ("equals_sign y y y y", PAIRS),
    ("f enter y", [B]),
    ("t down up pagedown pageup y", [B]),
    ("question_mark escape y", [B]),
    ("w enter y", [B]),
]


def drive(app: ReviewApp, steps: Callable[[object], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> object:
    async def run() -> object:
        async with app.run_test(size=size) as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
            await steps(pilot)
            await pilot.pause()
        return app.return_value

    return asyncio.run(run())


def keys(*names: str) -> Callable[[object], Awaitable[None]]:
    async def press(pilot: object) -> None:
        await pilot.press(*names)  # type: ignore[attr-defined]

    return press


def app_of(path: Path, text: str = TEXT) -> ReviewApp:
    return ReviewApp(Desk(), lambda: iter([document(path, text)]))


@pytest.mark.parametrize(("pressed", "decided"), PRESSED)
def test_every_key(tmp_path: Path, pressed: str, decided: list[tuple[str, str, str]]) -> None:
    app = app_of(tmp_path / "a.txt")
    drive(app, keys(*pressed.split()))
    keep = tmp_path / "a.txt.restore.json"
    found = read_decisions(keep).decisions if keep.exists() else ()
    assert [(x.before, x.choice, x.replacement) for x in found] == decided
    assert (tmp_path / "a.txt").read_text() == TEXT


@pytest.mark.parametrize(("pressed", "written"), [("y w down enter", True), ("y q", False), ("y ctrl+c", False), ("y ctrl+q", False)])
def test_only_w_and_a_yes_write(tmp_path: Path, pressed: str, written: bool) -> None:
    assert drive(app_of(tmp_path / "a.txt"), keys(*pressed.split())) is written


def test_a_click_goes_to_a_suggestion(tmp_path: Path) -> None:
    app = app_of(tmp_path / "a.txt")

    async def click(pilot: object) -> None:
        await pilot.click(DocumentView, offset=(TEXT.index("hurry") + 2, 0))  # type: ignore[attr-defined]
        await pilot.press("y")  # type: ignore[attr-defined]

    drive(app, click)
    assert [d.before for d in read_decisions(tmp_path / "a.txt.restore.json").decisions] == ["hurry"]


def test_a_click_on_other_words_corrects_them(tmp_path: Path) -> None:
    app = app_of(tmp_path / "a.txt")

    async def click(pilot: object) -> None:
        await pilot.click(DocumentView, offset=(TEXT.index("ended") + 2, 0))  # type: ignore[attr-defined]
        await pilot.press("o", "v", "e", "r", "enter", "y")  # type: ignore[attr-defined]

    drive(app, click)
    found = read_decisions(tmp_path / "a.txt.restore.json").decisions
    assert [(d.before, d.choice, d.replacement) for d in found] == [B, ("ended", "edit", "over")]


def test_several_documents_and_one_without_suggestions(tmp_path: Path) -> None:
    names = [document(tmp_path / "a.txt"), document(tmp_path / "b.txt", "Nothing here.\n"), document(tmp_path / "c.txt")]
    app = ReviewApp(Desk(), lambda: iter(names))
    drive(app, keys("A", "f", "down", "down", "enter", "y"))
    assert [len(app.desk.answers(i)) for i in range(3)] == [4, 0, 5]


def test_a_text_without_suggestions_can_be_left(tmp_path: Path) -> None:
    assert drive(app_of(tmp_path / "a.txt", "Nothing here.\n"), keys("y", "n", "j", "e", "u", "l", "equals_sign", "w", "escape", "q")) is False


def test_no_place_to_keep_decisions_is_told(tmp_path: Path) -> None:
    if not hasattr(os, "geteuid"):
        pytest.skip("no such thing here")
    app = app_of(tmp_path / "a.txt")

    async def press(pilot: object) -> None:
        (tmp_path / "a.txt.restore.json").mkdir()
        await pilot.press("y")  # type: ignore[attr-defined]
        await pilot.pause()  # type: ignore[attr-defined]
        assert "NOT KEPT" in app._message

    drive(app, press)


@pytest.mark.parametrize("size", [(80, 24), (110, 30), (200, 60), (20, 8)])
def test_the_current_suggestion_is_in_sight_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_of(tmp_path / "a.txt", TEXT * 200)

    async def look(pilot: object) -> None:
        await pilot.press(*["j"] * 30, "k", "o")  # type: ignore[attr-defined]
        view = app.query_one(DocumentView)
        number = app.session.current.suggestion
        assert any(piece.suggestion == number for row in view._visible for piece in row)

    if size == (20, 8):  # no room for a document; it must not fail
        drive(app, keys("j", "y"), size)
    else:
        drive(app, look, size)


@pytest.mark.parametrize(("name", "size", "pressed", "theme"), [
    ("review-80x24", (80, 24), "y n", "textual-dark"),
    ("review-wide", (120, 20), "y 2", "textual-light"),
    ("review-help", (80, 40), "question_mark", "textual-dark"),
])  # fmt: skip
def test_the_screen_looks_as_it_did(tmp_path: Path, name: str, size: tuple[int, int], pressed: str, theme: str) -> None:
    """The words and styles of the SVG; REWRITE_PICTURES=1 writes it anew."""
    app = app_of(tmp_path / "article.txt", PAGE)
    shots: list[str] = []

    async def shoot(pilot: object) -> None:
        app.theme = theme
        await pilot.press(*pressed.split())  # type: ignore[attr-defined]
        await pilot.pause()  # type: ignore[attr-defined]
        shots.append(re.sub(r"terminal-\d+", "terminal", app.export_screenshot()))

    drive(app, shoot, size)
    picture = PICTURES / f"{name}.svg"
    if os.environ.get("REWRITE_PICTURES"):
        picture.write_text(shots[0], encoding="utf-8")
    assert shots[0] == picture.read_text(encoding="utf-8")


def test_without_colour_marks_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(tmp_path / "a.txt")
    shots: list[str] = []

    async def shoot(pilot: object) -> None:
        await pilot.press("y")  # type: ignore[attr-defined]
        shots.append(app.export_screenshot())

    drive(app, shoot)
    colours = set(re.findall(r"fill: #([0-9a-f]{6})", shots[0]))
    assert all(c[:2] == c[2:4] == c[4:] for c in colours - {"c5c8c6"})  # grey all of it, but for the frame of the picture
    assert "underline" in shots[0] and "bold" in shots[0]


@pytest.mark.parametrize("width", [1, 7, 40])
def test_rows_hold_all_of_the_text(width: int) -> None:
    text = ("The battle\tended 不要 in a hurry. " * 200 + "\n\nx" * 3 + "w" * 90) * 2
    found = suggestions(text)
    layout = Layout(text, found, lambda i: found[i].before)
    layout.resize(width)
    shown = "".join(piece.text for block in range(len(layout)) for row in layout.rows(block) for piece in row)
    assert "".join(shown.split()) == "".join(text.split())
    assert all(layout.block_of(i) == layout.place_of(i)[0] for i in range(len(found)))


def test_answers_show_in_the_document(tmp_path: Path) -> None:
    app = app_of(tmp_path / "a.txt")

    async def look(pilot: object) -> None:
        await pilot.press("y")  # type: ignore[attr-defined]
        rows = app.query_one(DocumentView)._visible
        assert "".join(piece.text for piece in rows[0]).startswith("The war ended")

    drive(app, look)
