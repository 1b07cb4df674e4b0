"""A person with mouse and keyboard: what is decided in the page shows at once, can be taken back, and is what the download says."""

from __future__ import annotations

import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from restore.htmlreport import Entry
from restore.nouns import Alternative, Edit, Evidence, Restoration, Suggestion, Telltale, Window, replay
from restore.textfile import decode

#: Characters of two UTF-16 units, a hostile paragraph, and a pair that occurs three times.
TEXT = (
    "😀 The battle ended in a hurry, he mentioned.\r\n\r\n"
    "<img src=x onerror=alert(1)></script><script>alert(2)</script> the 𝒷attle & the battle.\n"
    "The Battle was long, and it was the subsequent one.\n"
)
READINGS = {"battle": ("war", "conflict", 0.97, "apply"), "hurry": ("rush", "haste", 0.41, "ask"), "mentioned": ("said", "stated", 0.95, "apply")}
READINGS |= {"Battle": ("War", "Conflict", 0.93, "apply"), "subsequent": ("next", "following", 0.7, "apply"), "<img": ("<b>", "<i>", 0.3, "leave")}


def found(text: str) -> tuple[Suggestion, ...]:
    places = sorted((m.start(), word) for word in READINGS for m in re.finditer(rf"(?<!\w){re.escape(word)}\b", text))
    return tuple(suggest(start, word) for start, word in places)


def suggest(start: int, word: str) -> Suggestion:
    best, second, probability, action = READINGS[word]
    readings = (Alternative(best, probability), Alternative(second, 0.02), Alternative(word, 0.01))
    evidence = Evidence("word", "own.tsv:2", "A", 3.2, -0.9, 3)
    return Suggestion(start, start + len(word), word, best, probability, action, readings, evidence)  # type: ignore[arg-type]


def entry(text: str = TEXT, path: str = "news/article.txt") -> Entry:
    half = len(text) // 2
    windows = (Window(0, half, 0.9, 0.99), Window(half, len(text), 0.2, 0.6))
    restoration = Restoration(text, found(text), 0.9, "A", telltales=(Telltale("battle", 2, 0.1),), windows=windows)
    return Entry(path, decode(text.encode(), path), restoration)


def marks(page: Any) -> list[str]:
    """The words that stand in the restored text at each suggestion."""
    return page.eval_on_selector_all("#text .restored [data-index]", "marks => marks.map(m => m.querySelector('ins')?.textContent ?? m.firstChild.textContent)")


def restored(page: Any) -> str:
    """All of the restored column as it can be read, once it is painted: text that is not has no innerText."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return page.eval_on_selector_all("#text .restored", "rows => rows.map(row => row.innerText).join('\\n')")


def mark(page: Any, index: int) -> Any:
    return page.locator(f"#text .restored [data-index='{index}']")


def downloaded(page: Any, button: str = "#download") -> Any:
    with page.expect_download() as caught:
        page.click(button)
    return caught.value.suggested_filename, json.loads(Path(caught.value.path()).read_text(encoding="utf-8"))


def applied(text: str, document: Any) -> str:
    """What the decisions make of the text, by the rules of the decisions file."""
    return replay(text, [Edit(d["start"], d["end"], d["before"], d["replacement"]) for d in document["decisions"] if d["choice"] != "reject"])


# What it shows


def test_both_texts_and_what_restore_would_do_by_itself(show: Any) -> None:
    page = show(entry())
    assert marks(page) == ["war", "hurry", "said", "<img", "war", "War", "next"]
    assert "".join(page.locator("#text .spun").all_text_contents()).replace("\r", "") == "".join(TEXT.split("\n")).replace("\r", "")
    assert "😀 The war ended in a hurry, he said." in restored(page)
    assert page.locator("#summary").inner_text() == "spun, spin rate 0.90, family A"
    assert page.locator("#strip .bar").count() == 2


def test_a_hostile_text_is_text(show: Any) -> None:
    page = show(entry(path="<img src=x onerror=alert(3)>.txt"))
    assert page.locator("img, #text script").count() == 0
    assert page.locator("h1").inner_text() == "<img src=x onerror=alert(3)>.txt"
    mark(page, 3).click()
    page.click("text=Substitutions")
    assert page.locator("#table td").first.is_visible()
    assert page.locator("#table img, #card img").count() == 0


def test_the_card_gives_evidence_and_alternatives(show: Any) -> None:
    page = show(entry())
    mark(page, 0).click()
    card = page.locator("#card").inner_text()
    for words in ("war", "conflict", "as it is", "0.97", "3.2 nats better", "“battle” 2 times in this text, 0.1 expected", "own.tsv:2, family A"):
        assert words in card
    assert mark(page, 0).get_attribute("aria-describedby") == "why"


def test_hovering_shows_the_card_and_leaving_hides_it(show: Any) -> None:
    page = show(entry())
    mark(page, 2).hover()
    page.locator("#card").wait_for(state="visible")
    assert "said" in page.locator("#card").inner_text()
    page.mouse.move(5, 790)
    page.locator("#card").wait_for(state="hidden")


def test_views(show: Any) -> None:
    page = show(entry())
    assert page.locator("#text .spun").first.is_visible()
    page.click("text=Inline")
    assert not page.locator("#text .spun").first.is_visible()
    assert [mark(page, 0).locator(tag).inner_text() for tag in ("del", "ins")] == ["battle", "war"]
    assert "rush?" in mark(page, 1).inner_text()
    page.click("button:text-is('Restored')")
    assert mark(page, 0).inner_text() == "war"
    assert show(entry(), width=400).locator("body").get_attribute("data-view") == "inline"


# Deciding


def test_mouse_decides_and_the_text_follows_at_once(show: Any) -> None:
    page = show(entry())
    mark(page, 0).click()
    page.click("#card button:has-text('conflict')")
    mark(page, 1).click()
    page.click("#card .actions button:has-text('Accept')")
    mark(page, 2).click()
    page.click("#card .actions button:has-text('Reject')")
    assert marks(page)[:3] == ["conflict", "rush", "mentioned"]
    assert "The conflict ended in a rush, he mentioned." in restored(page)
    assert page.locator("#progress").inner_text() == "3 of 7 decided"
    page.click("#card button:has-text('Take back')")
    assert marks(page)[2] == "said"
    assert page.locator("#progress").inner_text() == "2 of 7 decided"


def test_keys_decide_and_go_on(show: Any) -> None:
    page = show(entry())
    for key in ("J", "y", "n", "2"):
        page.keyboard.press(key)
    assert marks(page)[:3] == ["war", "hurry", "stated"]
    page.keyboard.press("e")
    page.keyboard.type("<em>x")
    page.keyboard.press("Enter")
    assert marks(page)[3] == "<em>x"
    assert page.evaluate("document.activeElement.dataset.index") == "3"
    page.keyboard.press("x")
    assert marks(page)[3] == "<img"
    assert page.locator("#progress").inner_text() == "3 of 7 decided"


def test_the_whole_page_by_keyboard(show: Any) -> None:
    page = show(entry())
    page.locator("#by-pair").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.dataset.index") != "0":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('#card') !== null")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.index") == "0"
    assert page.locator("#card").is_hidden()
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.index") == "1"
    page.keyboard.press("l")
    assert page.evaluate("document.activeElement.dataset.index") == "3"


def test_single_keys_can_be_switched_off(show: Any) -> None:
    page = show(entry())
    page.keyboard.press("J")
    page.click("#help-button")
    page.uncheck("#keys-on")
    page.click("#help button")
    mark(page, 0).click()
    page.keyboard.press("y")
    assert page.locator("#progress").inner_text() == "0 of 7 decided"


def test_all_of_a_pair_in_any_letter_case(show: Any) -> None:
    page = show(entry())
    mark(page, 4).click()
    page.click("#card button:has-text('Reject all 3')")
    assert marks(page) == ["battle", "hurry", "said", "<img", "battle", "Battle", "next"]
    page.keyboard.press("a")
    assert marks(page) == ["war", "hurry", "said", "<img", "war", "War", "next"]
    page.keyboard.press("u")
    page.keyboard.press("Control+z")
    assert page.locator("#progress").inner_text() == "0 of 7 decided"
    page.keyboard.press("Control+Shift+z")
    assert page.locator("#progress").inner_text() == "3 of 7 decided"
    assert marks(page)[5] == "Battle"


def test_undo_and_redo_without_limit(show: Any) -> None:
    page = show(entry())
    page.keyboard.press("J")
    for key in "ynyny2y":
        page.keyboard.press(key)
    decided = marks(page)
    for _ in range(7):
        page.click("#undo")
    assert marks(page) == ["war", "hurry", "said", "<img", "war", "War", "next"]
    assert page.locator("#undo").is_disabled()
    assert page.locator("#progress").inner_text() == "0 of 7 decided"
    for _ in range(7):
        page.click("#redo")
    assert marks(page) == decided
    assert page.locator("#redo").is_disabled()


def test_the_table_decides_pairs_and_leads_to_them(show: Any) -> None:
    page = show(entry())
    page.click("text=Substitutions")
    rows = page.locator("#table tbody tr")
    assert [rows.first.locator("td").nth(k).inner_text() for k in range(5)] == ["battle", "war", "3", "0.96", "0 of 3"]
    rows.first.locator("text=Accept all").click()
    assert rows.first.locator("td").nth(4).inner_text() == "3 of 3"
    page.click("#table .sort:has-text('Spun')")
    assert rows.first.locator("td").first.inner_text() == "<img"
    page.click("#table .link:has-text('battle')")
    assert page.locator("#text .mark").count() == 3
    assert page.evaluate("document.activeElement.dataset.index") == "0"


# Filters


def test_filters_hide_marks_and_narrow_the_way(show: Any) -> None:
    page = show(entry())
    page.click("[data-level=unsure]")
    assert page.locator("#text .mark").count() == 5
    page.fill("#by-pair", "WAR")
    assert page.locator("#text .mark").count() == 3
    page.fill("#by-pair", "")
    page.click("[data-level=unsure]")
    page.select_option("#by-action", "ask")
    assert page.locator("#text .mark").all_text_contents() == ["hurry rush?"]
    page.click("#accept-shown")
    page.select_option("#by-action", "")
    page.select_option("#by-decision", "accept")
    assert marks(page)[1] == "rush"
    assert page.locator("#text .mark").count() == 1
    page.select_option("#by-decision", "undecided")
    assert page.locator("#text .mark").count() == 6
    page.click("#reject-shown")
    assert page.locator("#progress").inner_text() == "7 of 7 decided"


# The download


def test_the_download_counts_characters_and_leaves_out_the_undecided(show: Any) -> None:
    page = show(entry())
    page.keyboard.press("?")
    page.fill("#who", "Ada")
    page.click("#help button")
    page.keyboard.press("J")
    for key in ("y", "n", "j", "j"):
        page.keyboard.press(key)
    page.keyboard.press("2")
    name, document = downloaded(page)
    assert name == "article.txt.restore.json"
    rows = document.pop("decisions")
    file = entry().file
    assert document == {"version": 1, "kind": "restore-decisions", "path": "news/article.txt", "sha256": hashlib.sha256(file.encode(file.text)).hexdigest()}
    assert [(TEXT[d["start"] : d["end"]], d["choice"], d["replacement"]) for d in rows] == [
        ("battle", "accept", "war"),
        ("hurry", "reject", "rush"),
        ("battle", "edit", "conflict"),
    ]
    for d in rows:
        assert list(d) == ["start", "end", "before", "choice", "replacement", "left", "right", "who", "when"]
        assert (d["left"], d["right"]) == (TEXT[max(0, d["start"] - 40) : d["start"]], TEXT[d["end"] : d["end"] + 40])
        assert d["who"] == "Ada"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", d["when"])


def test_what_is_shown_is_what_the_download_makes(show: Any) -> None:
    page = show(entry())
    page.click("#accept-shown")
    page.keyboard.press("J")
    mark(page, 6).click()
    page.fill("#card input", "last 😀")
    page.keyboard.press("Enter")
    made = applied(TEXT, downloaded(page)[1])
    assert "\n".join(line.rstrip("\r") for line in made.split("\n") if line.strip()) == restored(page).replace("\r", "").strip()
    assert "the last 😀 one" in made


@pytest.mark.parametrize("seed", range(3))
def test_after_any_keys_the_page_and_the_download_agree(show: Any, seed: int) -> None:
    page = show(entry())
    page.keyboard.press("J")
    for key in random.Random(seed).choices(["y", "n", "1", "2", "3", "J", "K", "j", "k", "l", "u", "r", "x", "a", "d"], k=80):
        page.keyboard.press(key)
    rows = {d["start"]: d for d in downloaded(page)[1]["decisions"]}
    expected = [s.replacement if s.action == "apply" else s.before for s in found(TEXT)]
    for index, s in enumerate(found(TEXT)):
        if s.start in rows:
            expected[index] = s.before if rows[s.start]["choice"] == "reject" else rows[s.start]["replacement"]
    assert marks(page) == expected
    assert page.locator("#progress").inner_text() == f"{len(rows)} of 7 decided"


def test_several_files_keep_their_own_decisions(show: Any) -> None:
    page = show(entry(), entry("A second battle.", "b.txt"), entry("Clean.", "c.txt"))
    page.keyboard.press("J")
    page.keyboard.press("y")
    page.click("#files button:has-text('b.txt')")
    assert marks(page) == ["war"]
    page.keyboard.press("J")
    page.keyboard.press("n")
    assert page.locator("#files [aria-current=true] small").inner_text() == "spun, 1 of 1"
    name, document = downloaded(page)
    assert (name, document["path"], len(document["decisions"])) == ("b.txt.restore.json", "b.txt", 1)
    page.click("#files button:has-text('article.txt')")
    assert page.locator("#progress").inner_text() == "1 of 7 decided"
    assert downloaded(page)[1]["path"] == "news/article.txt"
    page.click("#files button:has-text('c.txt')")
    assert restored(page) == "Clean."
    assert page.locator("#text .mark").count() == 0


def test_leaving_with_decisions_that_were_not_downloaded_asks(show: Any) -> None:
    page = show(entry())
    page.keyboard.press("J")
    page.keyboard.press("y")
    saved = "(() => { const e = new Event('beforeunload', {cancelable: true}); window.dispatchEvent(e); return !e.defaultPrevented; })()"
    assert not page.evaluate(saved)
    downloaded(page)
    assert page.evaluate(saved)


# Long texts, print, accessibility


def test_a_long_text_is_drawn_as_it_is_reached_and_says_so(show: Any) -> None:
    text = ("It was the battle of the year. " * 8 + "\n") * 2500
    page = show(entry(text))
    assert page.locator("#note").inner_text().startswith("A long text (622,500 characters, 20,000 suggestions)")
    drawn = page.locator("[data-drawn]").count()
    assert 0 < drawn < 200
    page.keyboard.press("K")
    last = page.locator("#text .restored [data-index='19999']")
    assert last.evaluate("m => { const at = m.getBoundingClientRect(); return at.top > 0 && at.bottom < innerHeight; }")
    assert page.evaluate("document.activeElement.dataset.index") == "19999"


def test_one_endless_line_is_drawn_in_pieces(show: Any) -> None:
    text = "It was the battle of the year. " * 1000
    page = show(entry(text))
    assert page.locator(".row").count() > 5
    assert "".join(page.locator("#text .spun").all_text_contents()) == text


def test_print_shows_the_text_alone(show: Any) -> None:
    page = show(entry())
    page.keyboard.press("J")
    page.emulate_media(media="print")
    assert page.locator(".tools, #card, .ends").locator("visible=true").count() == 0
    assert page.locator("#text").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["side", "inline", "read", "table", "help"])
def test_axe_finds_nothing(show: Any, scheme: str, view: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = show(entry(), entry("A second battle.", "b.txt"), color_scheme=scheme)
    for key in ("J", "y", "n", "2", "j"):
        page.keyboard.press(key)
    page.click("#help-button") if view == "help" else page.click(f"[data-view={view}]")
    if view in ("side", "inline"):
        mark(page, 4).click()
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    assert len(found.response["passes"]) > 20
    assert [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found.response["violations"]] == []


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_sticks_out(show: Any, width: int) -> None:
    page = show(entry(), entry("A second battle.", "b.txt"), width=width)
    for view in ("side", "inline", "table"):
        page.click(f"[data-view={view}]")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
