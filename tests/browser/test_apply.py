"""From the command line through the page and back: what was clicked and downloaded is what `restore apply` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_stub import ROOT, Run, put

from restore.decisions import content_hash

#: Bytes that a careless round trip loses: a mark, CRLF, a character of two UTF-16 units, one of another script, no line break at the end.
BYTES = b"\xef\xbb\xbf" + "😀 The battle ended in a hurry.\r\n\r\n<b>Another battle</b>, a 𝒷attle, a third battle; čeština".encode()


def save(page: Any, path: str) -> None:
    with page.expect_download() as caught:
        page.click("#download")
    caught.value.save_as(path)


def test_decide_in_the_page_then_apply_and_undo(run: Run, visit: Any) -> None:
    put("article.txt", BYTES)
    assert run("report", "article.txt", "-o", "page.html").code == 0
    page = visit(Path("page.html"))
    page.click("#text .restored [data-index='1']")
    page.click("#card .actions button:has-text('Accept')")
    page.click("#text .restored [data-index='2']")
    page.fill("#card input", "“war” & 😀 <i>")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("n")
    save(page, "decisions.json")
    result = run("apply", "article.txt", "--decisions", "decisions.json")
    assert result.code == 0, result.err
    # The first battle was not decided: the page shows what restore would do, the file is left as it was.
    expected = BYTES.replace(b"hurry", b"rush").replace(b"Another battle", "Another “war” & 😀 <i>".encode())
    assert Path("article.txt").read_bytes() == expected
    assert run("apply", "article.txt", "--undo").code == 0
    assert Path("article.txt").read_bytes() == BYTES


def test_accepting_all_that_restore_would_apply_is_what_restore_writes(run: Run, visit: Any) -> None:
    put("article.txt", BYTES)
    run("report", "article.txt", "-o", "page.html")
    written = run("article.txt").out
    page = visit(Path("page.html"))
    page.select_option("#by-action", "apply")
    page.click("#accept-shown")
    save(page, "article.txt.restore.json")
    assert run("apply", "article.txt").code == 0
    assert Path("article.txt").read_bytes() == written != BYTES


def test_a_new_page_goes_on_where_the_download_ended(run: Run, visit: Any) -> None:
    put("article.txt", BYTES)
    run("report", "article.txt", "-o", "page.html")
    page = visit(Path("page.html"))
    page.keyboard.press("J")
    page.keyboard.press("n")
    page.keyboard.press("y")
    save(page, "article.txt.restore.json")
    first = Path("article.txt.restore.json").read_bytes()
    run("report", "article.txt", "-o", "page.html")
    page = visit(Path("page.html"))
    assert page.locator("#progress").inner_text() == "2 of 4 decided"
    assert page.locator("#undo").is_disabled()
    save(page, "again.json")
    assert Path("again.json").read_bytes() == first
    page.keyboard.press("J")
    page.keyboard.press("y")
    save(page, "article.txt.restore.json")
    assert len(json.loads(Path("article.txt.restore.json").read_text(encoding="utf-8"))["decisions"]) == 3


def test_decisions_about_what_is_suggested_no_more_are_kept(run: Run, visit: Any) -> None:
    put("article.txt", "The end of it, in a hurry.\n")
    other = {"start": 4, "end": 7, "before": "end", "choice": "edit", "replacement": "close", "left": "The ", "right": " of it", "who": "Ada", "when": ""}
    digest = content_hash(Path("article.txt").read_bytes())
    document = {"version": 1, "kind": "restore-decisions", "path": "article.txt", "sha256": digest, "decisions": [other]}
    put("article.txt.restore.json", json.dumps(document))
    run("report", "article.txt", "-o", "page.html")
    page = visit(Path("page.html"))
    assert "nothing is suggested now: 1" in page.locator("#note").inner_text()
    page.keyboard.press("J")
    page.keyboard.press("y")
    save(page, "article.txt.restore.json")
    assert run("apply", "article.txt").code == 0
    assert Path("article.txt").read_text() == "The close of it, in a rush.\n"


@pytest.mark.slow
def test_a_spun_article(real: Run, visit: Any) -> None:
    spun = (ROOT / "seeds" / "news-ferry-strike.spun.txt").read_bytes()
    put("article.txt", spun)
    real("report", "article.txt", "-o", "page.html")
    page = visit(Path("page.html"))
    page.keyboard.press("J")
    for _ in range(60):
        page.keyboard.press("y")
    assert page.evaluate("article.decided === article.suggestions.length")
    save(page, "article.txt.restore.json")
    decisions = json.loads(Path("article.txt.restore.json").read_text(encoding="utf-8"))["decisions"]
    assert len(decisions) > 20 and {d["choice"] for d in decisions} == {"accept"}
    assert real("apply", "article.txt").code == 0
    shown = page.evaluate("article.suggestions.map(s => article.shown(s.index))")
    text = Path("article.txt").read_text(encoding="utf-8")
    assert all(words in text for words in shown)
    assert real("apply", "article.txt", "--undo").code == 0
    assert Path("article.txt").read_bytes() == spun
