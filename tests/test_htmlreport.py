"""The page is whole, loads nothing, and nothing in a text can become markup or script; the command that writes it keeps the command line's promises."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cli_stub import TEXT, Run, put, refused
from hypothesis import given
from hypothesis import strategies as st

from restore.decisions import CONTEXT, Decision, Decisions, content_hash, write_decisions
from restore.htmlreport import SCRIPTS, Entry, embed, render_page
from restore.jsonreport import to_json
from restore.nouns import Alternative, Evidence, Restoration, Suggestion, Telltale
from restore.textfile import decode

WEB = Path(__file__).parent.parent / "restore" / "web"
HOSTILE = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&lt;\u2028 \x0b$title ${data}"


class Parts(HTMLParser):
    """The elements of a page with their attributes, and what stands inside script, style and title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag in self.inside:
            self.open = tag
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.open = "" if tag == self.open else self.open

    def handle_data(self, data: str) -> None:
        if self.open:
            self.inside[self.open][-1] += data


def entry(text: str, path: str = "article.txt", before: str = "") -> Entry:
    start = text.find(before) if before else 0
    readings = (Alternative(HOSTILE, 0.9), Alternative(before, 0.1))
    found = (Suggestion(start, start + len(before), before, HOSTILE, 0.9, "apply", readings, Evidence("word", HOSTILE, "A", name=HOSTILE)),) if before else ()
    data = text.encode("utf-8", "surrogateescape")
    return Entry(path, decode(data, path), Restoration(text, found, 0.9, "A", telltales=(Telltale(HOSTILE, 1, 0.1),)))


def data_of(page: str) -> Any:
    return json.loads(Parts(page).inside["script"][0])


# The page


def test_the_data_is_the_json_report_with_text_and_hash() -> None:
    one, other = entry(TEXT), entry("A second text.", "b.txt")
    files = data_of(render_page([one, other]))["files"]
    assert [f["path"] for f in files] == ["article.txt", "b.txt"]
    assert files[0] == {**to_json("article.txt", one.restoration), "text": TEXT, "sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "decisions": []}


def test_the_hash_is_that_of_the_bytes() -> None:
    data = b"\xef\xbb\xbfcr\xc3\xa8me\r\n"
    file = decode(data, "a")
    page = render_page([Entry("a", file, Restoration(file.text, (), 0.0, ""))])
    assert data_of(page)["files"][0]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_hostile_text_adds_no_element() -> None:
    harmless, hostile = render_page([entry("x")]), render_page([entry(f"x {HOSTILE}", HOSTILE, HOSTILE)])
    assert Parts(hostile).elements == Parts(harmless).elements
    assert data_of(hostile)["files"][0]["suggestions"][0]["before"] == HOSTILE
    assert "<!--" not in hostile
    assert Parts(hostile).inside["script"][1] == Parts(harmless).inside["script"][1]


def test_the_policy_allows_this_script_and_style_and_nothing_else() -> None:
    parts = Parts(render_page([entry(TEXT)]))
    policy = next(a["content"] for tag, a in parts.elements if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    hashes = [base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode() for inside in (parts.inside["style"][0], parts.inside["script"][1])]
    rules = ["default-src 'none'", f"style-src 'sha256-{hashes[0]}'", f"script-src 'sha256-{hashes[1]}'", "base-uri 'none'", "form-action 'none'"]
    assert policy == "; ".join(rules)


def test_nothing_is_loaded() -> None:
    page = render_page([entry(TEXT)])
    links = [(tag, name, value) for tag, attributes in Parts(page).elements for name, value in attributes.items() if name in ("src", "href", "action", "style")]
    assert links == [("a", "href", "#text")]
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)|fetch\(|XMLHttpRequest|innerHTML|localStorage", page)


def test_every_id_that_the_script_asks_for_is_there_once() -> None:
    page = render_page([entry(TEXT)])
    ids = [a["id"] for _, a in Parts(page).elements if "id" in a]
    asked = set(re.findall(r'byId\("([\w-]+)"\)', (WEB / "page.js").read_text(encoding="utf-8")))
    assert len(ids) == len(set(ids))
    assert asked and asked <= set(ids)


def test_the_scripts_share_the_numbers_of_the_program() -> None:
    assert {path.name for path in WEB.glob("*.js")} == set(SCRIPTS)
    assert f"const CONTEXT = {CONTEXT};" in (WEB / "model.js").read_text(encoding="utf-8")
    assert "(max-width: 799px)" in (WEB / "page.css").read_text(encoding="utf-8")
    assert "const NARROW = 800;" in (WEB / "page.js").read_text(encoding="utf-8")


def test_the_title_names_the_text_or_counts_them() -> None:
    assert Parts(render_page([entry("x", "a <b>.txt")])).inside["title"] == ["a <b>.txt: restore"]
    assert Parts(render_page([entry("x"), entry("y")])).inside["title"] == ["2 texts: restore"]


def test_undecodable_bytes_make_a_page_that_is_utf8() -> None:
    page = render_page([entry("caf\udce9", "\udcff.txt")])
    assert data_of(page.encode("utf-8").decode())["files"][0]["text"] == "caf\udce9"


@given(st.text())
def test_embedding_keeps_every_text_and_lets_no_markup_through(text: str) -> None:
    made = embed({"text": text})
    assert json.loads(made) == {"text": text}
    assert not set("<>&\u2028\u2029") & set(made)


# The command


def test_writes_the_page_and_says_so(run: Run) -> None:
    put("a.txt", TEXT)
    result = run("report", "a.txt", "-o", "page.html")
    assert (result.code, result.out) == (0, b"")
    assert re.fullmatch(r"would restore 1 of 2 suggestions in 1 file \(.*\); 1 to ask about; .* s\npage\.html: written; open it in a browser\n", result.err)
    files = data_of(Path("page.html").read_text(encoding="utf-8"))["files"]
    assert [(f["path"], f["text"]) for f in files] == [("a.txt", TEXT)]
    assert Path("a.txt").read_text() == TEXT


def test_standard_input_and_quiet(run: Run) -> None:
    assert run("report", "-", "-o", "page.html", "--quiet", stdin=TEXT.encode()) == (0, b"", "")
    assert data_of(Path("page.html").read_text(encoding="utf-8"))["files"][0]["path"] == "-"


def test_a_file_that_fails_is_left_out(run: Run) -> None:
    put("a.txt", TEXT)
    result = run("report", "a.txt", "missing.txt", "-o", "page.html")
    assert (result.code, "restore: missing.txt: no such file" in result.err) == (3, True)
    assert len(data_of(Path("page.html").read_text(encoding="utf-8"))["files"]) == 1


def test_decisions_beside_the_file_are_taken_up(run: Run) -> None:
    put("a.txt", TEXT)
    kept = Decisions("a.txt", content_hash(b"Once.\n" + TEXT.encode()), (Decision(10, 16, "battle", "reject", "war", "Once.\nThe ", TEXT[10:]),))
    write_decisions(Path("a.txt.restore.json"), kept)
    result = run("report", "a.txt", "-o", "page.html")
    assert "a.txt.restore.json: 1 decision taken up\n" in result.err
    taken = data_of(Path("page.html").read_text(encoding="utf-8"))["files"][0]["decisions"]
    assert [(d["start"], d["before"], d["choice"]) for d in taken] == [(4, "battle", "reject")]
    put("a.txt.restore.json", "{")
    assert "not a decisions file" in refused(run("report", "a.txt", "-o", "other.html"), 2)
    assert not Path("other.html").exists()


def test_no_file_no_page(run: Run) -> None:
    assert run("report", "missing.txt", "-o", "page.html").code == 3
    assert not Path("page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["a.txt"], 2, "missing option '--out' / '-o'"),
        (["-o", "page.html"], 2, "missing argument"),
        (["a.txt", "-o", "."], 2, ".: is a folder"),
        (["a.txt", "-o", "gone/page.html"], 3, "gone/page.html: no such folder to write to"),
        (["a.txt", "-o", "a.txt"], 2, "a.txt: is one of the texts"),
        (["-", "-", "-o", "page.html"], 2, "-: standard input can be read only once"),
        (["a.txt", "-o", "page.html", "--threshold", "2"], 2, "--threshold"),
    ],
)
def test_refusals(run: Run, arguments: list[str], code: int, line: str) -> None:
    put("a.txt", TEXT)
    assert line.lower() in refused(run("report", *arguments), code).lower()
    assert Path("a.txt").read_text() == TEXT
    assert not Path("page.html").exists()
