"""Documents inside files: only the words that were edited differ, whatever the format."""

from __future__ import annotations

import gzip
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cli_stub import StubRestorer
from hypothesis import given
from hypothesis import strategies as st

from restore.corpus.chunks import chunks
from restore.corpus.document import AvoidedError, Options, Result, Unit, process
from restore.corpus.formats import Kind, compress, kind_of, reading
from restore.corpus.jsonlines import string_layer, value_spans
from restore.corpus.layer import put_back
from restore.corpus.markdown import markdown_layer
from restore.corpus.markup import html_layer
from restore.errors import InputError
from restore.nouns import Restoration

STUB = StubRestorer()


def restored(form: str, data: bytes | str, options: Options | None = None) -> Result:
    raw = data.encode() if isinstance(data, str) else data
    return process(Unit("doc", form, raw), lambda _, text: STUB.restore(text), options or Options())  # type: ignore[arg-type]


HTML = [
    # what is text
    ("<p>The battle.</p>", "<p>The war.</p>", "text"),
    ("battle", "war", "no markup at all"),
    ("<p>A <b>battle</b> &amp; <i>battle</i></p>", "<p>A <b>war</b> &amp; <i>war</i></p>", "inline tags, a character reference beside"),
    ('<img alt="The battle">', '<img alt="The war">', "alt"),
    ("<a TITLE = 'The battle' href='battle'>x</a>", "<a TITLE = 'The war' href='battle'>x</a>", "title, any case and spacing"),
    ("<title>The battle</title>", "<title>The war</title>", "the page's title is text"),
    ("<p>battle<p>battle", "<p>war<p>war", "end tags left out"),
    ("<td>battle<td>1 < 2 battle", "<td>war<td>1 < 2 war", "a lone < is text"),
    ("<p>b&#97;ttle</p>", "<p>war</p>", "a word with a reference in it is replaced as a whole"),
    ("<p>fish&nbsp;battle</p>", "<p>fish&nbsp;war</p>", "a reference at the edge stays"),
    # what is none
    ("<script>battle()</script>", None, "script"),
    ("<script>'</p>' battle </scripty> battle</script>", None, "script with markup in it"),
    ("<style>.battle {}</style>", None, "style"),
    ("<pre>battle</pre><code>battle</code><kbd>battle</kbd>", None, "code"),
    ("<pre><code>battle</code> <pre>battle</pre> battle</pre>", None, "nested"),
    ("<textarea>battle</textarea><svg><text>battle</text></svg>", None, "other left elements"),
    ("<!-- battle --><!DOCTYPE battle><?battle?>", None, "comments and declarations"),
    ('<a href="battle" class=battle data-title="battle" battle>x</a>', None, "other attributes"),
    ("<a title=battle>x</a>", None, "a value without quotes cannot take a phrase"),
    ('<p title="battle', None, "a tag that never ends"),
    ("<p>b<i>attl</i>e</p>", None, "a word across a tag is asked about"),
    ("<p>line\nbreak</p>", None, "nor may a line break go"),
    ("<!-- restore: off --><p>battle</p><!-- restore: on -->", None, "switched off"),
    ("<", None, "a lone bracket"),
    ("", None, "nothing"),
]


@pytest.mark.parametrize(("source", "expected", "why"), HTML, ids=[row[2] for row in HTML])
def test_html(source: str, expected: str | None, why: str) -> None:
    result = restored("html", source)
    assert result.data is not None
    assert result.data.decode() == (source if expected is None else expected)
    assert not result.failures


def test_a_phrase_of_html_keeps_its_line_break(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli_stub.PAIRS", (("counterfeit   brain", "artificial mind", 0.9, "apply"),))
    result = restored("html", "<p>a counterfeit\n  brain</p>")
    assert result.data == b"<p>a artificial\n  mind</p>"


def test_html_escapes_what_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli_stub.PAIRS", (("battle", '"war" & <peace> isn\'t é', 0.9, "apply"),))
    assert restored("html", "<p title='battle'>battle</p>".encode("ascii")).data == (
        "<p title='&quot;war&quot; &amp; &lt;peace&gt; isn&#x27;t é'>\"war\" &amp; &lt;peace&gt; isn't é</p>".encode()
    )
    latin = "<p>café, café, naïve battle</p>".encode("latin-1")
    monkeypatch.setattr("cli_stub.PAIRS", (("battle", "\N{SNOWMAN}", 0.9, "apply"),))
    assert restored("html", latin).data == latin.replace(b"battle", b"&#9731;")


def test_html_reads_as_a_page_reads() -> None:
    layer = html_layer('<h1>War</h1>\n<p>It&rsquo;s a <em>long</em>\n war.<br>End &copy 5 &bogus; <code>x</code></p><img alt="A &quot;tank&quot;">')
    assert [line.strip() for line in layer.text.split("\n\n") if line.strip()] == ["War", "It’s a long  war.", "End © 5 &bogus; 0", 'A "tank"']


@given(st.text(alphabet="<>/!-\"'= abtile&;#x\n\u00e9", max_size=80) | st.text(max_size=40))
def test_html_pieces_are_the_source(source: str) -> None:
    layer = html_layer(source)
    for plain, size, start, end in layer.pieces:
        if start >= 0 and size == end - start:
            assert re.sub(r"[\n\r\t\f]", " ", source[start:end]) == layer.text[plain : plain + size] or source[start] == "&"
    placed = put_back(layer, Restoration(layer.text, (), 0.0, ""))
    assert placed.source == source


class Tree(HTMLParser):
    """The tags of a page and the text between them, read by another parser."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")


PARTS = ("<p class='battle'>", "</p>", "battle ", "<b>", "</b>", "&amp;", "<img src=battle>", "\n", "<!-- battle -->", "a ")


@given(st.lists(st.sampled_from(PARTS), max_size=30))
def test_html_keeps_the_tags_that_another_parser_sees(parts: list[str]) -> None:
    source = "".join(parts)
    data = restored("html", source).data
    assert data is not None
    assert Tree(data.decode()).tags == Tree(source).tags
    assert data.decode().count("war") == parts.count("battle ")


@pytest.mark.parametrize(
    "hostile",
    ["<a " * 50_000, "<a b='" * 30_000, "<!--" * 50_000, "&" * 200_000, "<code>" * 30_000, "<p title=" + "x" * 200_000, "<" * 200_000],
)  # fmt: skip
def test_html_takes_linear_time(hostile: str) -> None:
    html_layer(hostile)


MARKDOWN = [
    ("# The battle\n", "# The war\n"),
    ("---\ntitle: battle\n---\nbattle\n", "---\ntitle: battle\n---\nwar\n"),
    ("+++\na = 'battle'\n+++\nbattle\n", "+++\na = 'battle'\n+++\nwar\n"),
    ("Text.\n\n    battle = 1\n\nbattle\n", "Text.\n\n    battle = 1\n\nwar\n"),
    ("- item\n\n    battle goes on\n", "- item\n\n    war goes on\n"),
    ("battle\n    battle\n", "war\n    war\n"),
    ("battle\n---\nbattle\n", "war\n---\nwar\n"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "expected"), MARKDOWN)
def test_markdown(source: str, expected: str) -> None:
    assert restored("markdown", source).data == expected.encode()


@given(st.text(alphabet="-+ \n\tabc*1.", max_size=60))
def test_markdown_pieces_are_the_source(source: str) -> None:
    layer = markdown_layer(source)
    assert put_back(layer, Restoration(layer.text, (), 0.0, "")).source == source
    assert all(source[p.start : p.end] == layer.text[p.plain : p.plain + p.size] for p in layer.pieces if p.start >= 0)


JSONL = [
    ('{"id": 1.50, "text": "The battle \\u2014 \\"x\\"\\n" }', '{"id": 1.50, "text": "The war \\u2014 \\"x\\"\\n" }'),
    ('\ufeff{"text": "battle"}', '\ufeff{"text": "war"}'),
    ('{"text": "b\\u0061ttle"}', '{"text": "war"}'),
    ('{"text": "\\ud83d\\ude00 battle"}', '{"text": "\\ud83d\\ude00 war"}'),
    ('{"battle": "battle", "text": "x", "more": {"text": "battle"}}', None),
    ('{"text": "x", "text": "battle"}', '{"text": "x", "text": "war"}'),
    ('{"text": "battle"}\r', '{"text": "war"}\r'),
    ("{}", None),
    ('{"text": null}', None),
    ("", None),
]


@pytest.mark.parametrize(("source", "expected"), JSONL)
def test_json_lines(source: str, expected: str | None) -> None:
    result = restored("jsonl", source + "\n")
    assert result.data == ((source if expected is None else expected) + "\n").encode()
    assert not result.failures


NO_LINES = (
    "[1]", "nope", '{"text": 7}', '{"text": "x"} x', '{"text": "x",}', '{"text" "x"}', '{"text": "caf\udcff"}', '{"a":' + "[" * 99_999,
)  # fmt: skip


@pytest.mark.parametrize("line", NO_LINES)
def test_json_lines_that_are_none_stay(line: str) -> None:
    data = line.encode("utf-8", "surrogateescape") + b'\n{"text": "battle"}'
    result = restored("jsonl", data)
    assert result.data == data.replace(b"battle", b"war")
    assert [(failure.document, failure.kind) for failure in result.failures] == [("doc#1", "row")]


def test_json_lines_annotated() -> None:
    source = '{"text": "battle battle", "restore_edits": 7}\n{"text": "x"}\n{"a": 1}\n{"text": "battle" }\n'
    data = restored("jsonl", source, Options(annotate=True)).data
    assert data is not None
    assert data.decode() == (
        '{"text": "war war", "restore_edits": 2, "restore_spin_rate": 0.9}\n{"text": "x", "restore_spin_rate": 0.0, "restore_edits": 0}\n{"a": 1}\n'
        '{"text": "war" , "restore_spin_rate": 0.9, "restore_edits": 1}\n'
    )


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=10) | st.integers() | st.lists(st.none(), max_size=2), max_size=4), st.booleans())
def test_values_of_a_line(record: dict[str, object], ascii_only: bool) -> None:
    line = json.dumps(record, ensure_ascii=ascii_only)
    assert {key: json.loads(line[start:end]) for key, (start, end) in value_spans(line).items()} == record
    for key, (start, end) in value_spans(line).items():
        if isinstance(record[key], str):
            assert string_layer(line[start:end]).text == record[key]


def parquet(rows: list[dict[str, object]], **options: object) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out, **options)
    return out.getvalue()


def test_parquet_batches(tmp_path: Path) -> None:
    from restore.corpus.parquet import unpack

    rows = [{"id": k, "text": text, "tags": [k, None]} for k, text in enumerate(["battle", None, "x", "", "battle battle"])]
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet(rows))
    (unit,) = chunks("rows.parquet", Kind("parquet"), path, "text", 1000)
    result = process(unit, lambda _, text: STUB.restore(text), Options(annotate=True))
    assert result.data is not None
    assert unpack(result.data).to_pylist() == [
        {**row, "text": row["text"] and str(row["text"]).replace("battle", "war"), "restore_spin_rate": rate, "restore_edits": edits}
        for row, rate, edits in zip(rows, [0.9, None, 0.0, 0.0, 0.9], [1, None, 0, 0, 2], strict=True)
    ]
    assert [json.loads(line)["document"] for line in result.documents] == [f"rows.parquet#{k}" for k in (1, 3, 4, 5)]


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary"])
def test_parquet_types_of_text_stay(tmp_path: Path, kind: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from restore.corpus.parquet import unpack

    types = {"string": pa.string(), "large_string": pa.large_string(), "dictionary": pa.dictionary(pa.int32(), pa.string())}
    pq.write_table(pa.table({"text": pa.array(["battle", "x", None]).cast(types[kind])}), tmp_path / "a.parquet")
    (unit,) = chunks("a", Kind("parquet"), tmp_path / "a.parquet", "text", 1000)
    result = process(unit, lambda _, text: STUB.restore(text), Options())
    assert result.data is not None
    assert unpack(result.data).to_pydict() == {"text": ["war", "x", None]}
    assert unpack(result.data).schema.field("text").type == types[kind]


def test_parquet_without_the_field(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet([{"id": 1, "body": "x"}]))
    for field, said in (("text", "no column 'text'"), ("id", "holds int64, not text")):
        with pytest.raises(InputError, match=said):
            list(chunks("a", Kind("parquet"), path, field, 1000))


ENCODINGS = [b"\xef\xbb\xbfThe battle\r\n", "The battle".encode("utf-16"), "naïve café résumé battle\n".encode("latin-1"), b"a \xff battle \x80", b""]


@pytest.mark.parametrize("data", ENCODINGS)
def test_encodings_stay(data: bytes) -> None:
    before, after = ("battle".encode("utf-16-le"), "war".encode("utf-16-le")) if data[:2] == b"\xff\xfe" else (b"battle", b"war")
    assert restored("text", data).data == data.replace(before, after)


def test_what_a_result_says() -> None:
    result = restored("html", "<p>The battle, b<i>attle</i> in a hurry.</p>")
    changes = [json.loads(line) for line in result.changes]
    assert [(c["document"], c["start"], c["before"], c["replacement"], c["action"]) for c in changes] == [
        ("doc", 7, "battle", "war", "apply"), ("doc", 15, "b<i>attle", "war", "ask"), ("doc", 34, "hurry", "rush", "ask"),
    ]  # fmt: skip
    (document,) = (json.loads(line) for line in result.documents)
    assert (document["verdict"], document["applied"], document["asked"], document["family"]) == ("spun", 1, 2, "A")


def test_failures_are_results() -> None:
    def refuse(name: str, text: str) -> Restoration:
        raise AvoidedError(name, "crashed", "no")

    assert restored("text", b"a\0b").failures[0].kind == "undecodable"
    assert process(Unit("a", "text", b"x"), refuse, Options()).failures[0].kind == "crashed"
    rows = process(Unit("a", "jsonl", b'{"text": "x"}\n{"text": "y"}\n', 5), refuse, Options())
    assert (rows.data, [failure.document for failure in rows.failures]) == (b'{"text": "x"}\n{"text": "y"}\n', ["a#5", "a#6"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.txt", ("text", "")), ("A.TXT.GZ", ("text", "gzip")), ("a.b.html.zst", ("html", "zstd")), ("a.ndjson", ("jsonl", "")), ("a.gz", None), ("txt", None),
     (".txt", None), ("a.png", None), ("a.md.bak", None)],
)  # fmt: skip
def test_kinds(name: str, kind: tuple[str, str] | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize("compression", ["", "gzip", "zstd"])
@pytest.mark.parametrize("size", [0, 10, 700_000])
def test_lines_are_cut_at_line_ends_only(tmp_path: Path, compression: str, size: int) -> None:
    lines = [json.dumps({"text": "x" * (k % 300)}).encode() for k in range(size // 150)]
    data = b"\n".join(lines)
    path = tmp_path / "a"
    path.write_bytes(compress(data, compression))  # type: ignore[arg-type]
    units = list(chunks("a", Kind("jsonl", compression), path, "text", 10_000))  # type: ignore[arg-type]
    assert b"".join(unit.data for unit in units) == data
    number = 1
    for unit in units:
        assert unit.first == number
        number += unit.data.count(b"\n")
        assert unit is units[-1] or unit.data.endswith(b"\n")


def test_a_line_without_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1_000_000)
    with pytest.raises(AvoidedError, match=r"line 1 is longer than 500,000 bytes"):
        list(chunks("a", Kind("jsonl"), tmp_path / "a", "text", 500_000))


def test_compressed_members_read_as_one(tmp_path: Path) -> None:
    for compression in ("gzip", "zstd"):
        (tmp_path / "a").write_bytes(compress(b"one ", compression) + compress(b"two", compression))  # type: ignore[arg-type]
        with reading(tmp_path / "a", compression) as file:  # type: ignore[arg-type]
            assert file.read() == b"one two"
    assert compress(b"x" * 99, "gzip") == compress(b"x" * 99, "gzip")
    (tmp_path / "a").write_bytes(gzip.compress(b"x" * 99)[:-3])
    with pytest.raises(InputError, match="cannot be decompressed"), reading(tmp_path / "a", "gzip") as file:
        file.read()


def test_the_example_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parent.parent / "docs" / "corpus.md").read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        exec(code, {})
    assert "<b>said</b>" in capsys.readouterr().out
