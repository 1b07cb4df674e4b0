"""Word lists in other people's forms: what becomes a row, what is refused and why, and what a user's dictionary looks like afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_stub import ROOT, Run, put, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.dictionary import FALL, TELLING, read_rows, weigh, write_rows
from restore.errors import RestoreError
from restore.foreign import FORMS, Imported, detect, read_foreign
from restore.own import add_rows, make_row
from restore.textfile import decode

HEAD = "tortured_phrase,expected_phrase,num_papers,context\n"
TORTURED = ROOT.parent / "shared" / "academic" / "tortured.csv"

READ = [
    ("pipe", "war|battle|Conflict\n", {"war": ["battle", "conflict"]}),
    ("pipe", "# note\n\ngive up|throw in the towel\nwar|battle\n", {"give up": ["throw in the towel"], "war": ["battle"]}),
    ("spintax", "The {war|battle|fight} {ended|came to an end} {soon}.", {"war": ["battle", "fight"], "ended": ["came to an end"]}),
    ("tsv", "war\tbattle|fight\nwar\tfray\n", {"war": ["battle", "fight", "fray"]}),
    ("tsv", "spun\toriginal\tpages\nbattle\twar\t3\n", {"war": ["battle"]}),
    ("json", '{"war": ["battle", "fight"], "peace": "truce"}', {"war": ["battle", "fight"], "peace": ["truce"]}),
    ("json", '{"war": {"fight": 1, "battle": 3}}', {"war": ["battle", "fight"]}),
    ("json", '[{"original": "war", "variants": ["battle"]}]', {"war": ["battle"]}),
    ("tortured", HEAD + "bosom peril,breast cancer (BC),9,\nbreast danger,breast cancer,90,\n", {"breast cancer": ["breast danger", "bosom peril"]}),
    ("tortured", HEAD + "elders,older adults / seniors,9,\n", {"older adults": ["elders"], "seniors": ["elders"]}),
]
REFUSED = [
    ("pipe", "war\n", "a:1: no variant after a '|'"),
    ("pipe", "war|war\n", "a:1: 'war' maps to itself"),
    ("pipe", "war|\n", "a:1: '' has 0 words; 1 to 7 can be used"),
    ("pipe", "war|a b c d e f g h\n", "a:1: 'a b c d e f g h' has 8 words; 1 to 7 can be used"),
    ("pipe", "war|battle 2\n", "a:1: 'battle 2' holds a number or sign, which is never changed"),
    ("pipe", "war|a “big” battle\n", "a:1: 'a “big” battle' would never be found in a text; leave out quotation marks, addresses and markup"),
    ("pipe", "war|battle=0.5\n", "a:1: 'battle=0.5' holds a number or sign, which is never changed"),
    ("pipe", "war|{battle}\n", "a:1: '?battle?' holds markup or bytes that are no text"),
    ("spintax", "{war|{battle|fight}}", "a:1: groups in groups; only the innermost are taken"),
    ("tsv", "war\tbattle\nwar\n", "a:2: one column"),
    ("json", '{"war": 3}', "a:'war': not an original with a list of variants"),
    ("json", '{"war": {"battle": "much"}}', "a:'war': the weight of 'battle' is no number"),
    ("json", '[["war", "battle"]]', "a:1: not an original with a list of variants"),
    ("tortured", HEAD + "cadence,???,9,\n", "a:2: no expected phrase in '???'"),
    ("tortured", HEAD + "cadence,rhythm (?),9\n", "a:2: not 4 columns"),
    ("tortured", HEAD + 'cadence,rhythm,9,"a AND"\n', "a:2: the context a AND is no condition (nothing at its end)"),
    ("tortured", HEAD + "cadence,profit growth/development,9,\n", "a:2: 'profit growth/development' gives several words to choose from"),
]
WHOLLY = [
    ("auto", "just a text\n", "a: not in a form that can be imported"),
    ("tortured", "word,meaning\n", "a:1: no columns tortured_phrase and expected_phrase"),
    ("tortured", HEAD + '"bosom peril,breast cancer,9,\n', "a:3: not CSV"),
    ("json", "{war", "a: not JSON"),
    ("json", "3", "a: neither an object nor a list"),
    ("json", "[" * 100_000, "a: not JSON"),
]


def read(form: str, text: str | bytes) -> Imported:
    return read_foreign(decode(text.encode() if isinstance(text, str) else text, "a"), form, "user")


@pytest.mark.parametrize(("form", "text", "rows"), READ)
def test_forms(form: str, text: str, rows: dict[str, list[str]]) -> None:
    assert detect(decode(text.encode(), "a")) == form
    found = read(form, text)
    assert {row.original: [v.text for v in row.variants] for row in found.rows} == rows
    assert found.refused == []
    assert found.pairs == sum(map(len, rows.values()))


@pytest.mark.parametrize(("form", "text", "reason"), REFUSED)
def test_what_cannot_be_a_row_is_refused_with_place_and_reason(form: str, text: str, reason: str) -> None:
    assert [str(error) for error in read(form, text).refused] == [reason]


@pytest.mark.parametrize(("form", "text", "reason"), WHOLLY)
def test_what_is_not_in_the_form_at_all(form: str, text: str, reason: str) -> None:
    with pytest.raises(RestoreError) as caught:
        read(form, text)
    assert str(caught.value).startswith(reason) and "\n" not in str(caught.value)


def test_weights_contexts_and_tags_of_a_tortured_list() -> None:
    (row,) = read("tortured", HEAD + 'profound learning,deep learning,29,"""profound learning"" AND network"\nsignificant learning,deep learning,9,\n').rows
    assert [(v.text, v.weight, v.context) for v in row.variants] == [
        ("profound learning", 0.75, '"profound learning" AND network'),
        ("significant learning", 0.25, ""),
    ]
    assert row.tags == {TELLING}


def test_bytes_that_are_no_text_are_refused() -> None:
    assert [error.what for error in read("pipe", b"war|b\xe2ttle\xc3\xa9\nend|finish\n").refused] == ["'b?ttleé' holds markup or bytes that are no text"]


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(sorted(FORMS)), st.text(alphabet='ab|{}"\\\t\n,:[]1=(/', max_size=60))
def test_every_text_is_read_or_refused(form: str, text: str) -> None:
    try:
        found = read(form, text)
    except RestoreError as error:
        assert str(error)
    else:
        assert all(row.variants for row in found.rows)


# Written down


def test_adding_keeps_what_is_there_and_twice_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "own.tsv"
    file.write_text("# restore dictionary 1\n# by hand\n# family: B\nwar\tbattle=0.6|fight\n", encoding="utf-8")
    rows = [*read("pipe", "war|battle|fray\n").rows, *read_foreign(decode(b"war|brawl\n", "a"), "pipe", "B").rows]
    assert str(add_rows(file, rows)).endswith("own.tsv: 1 new row, 3 new variants")
    text = file.read_text(encoding="utf-8")
    assert text == "# restore dictionary 1\n# by hand\n# family: B\nwar\tbattle=0.4000|brawl=0.3333|fight=0.2667\n# family: user\nwar\tbattle|fray\n"
    assert add_rows(file, rows).variants == 0
    assert file.read_text(encoding="utf-8") == text


phrases = st.text(alphabet="abc ", min_size=1, max_size=6).map(lambda s: " ".join(s.split())).filter(bool)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(phrases, st.lists(st.tuples(phrases, st.integers(0, 9)), min_size=1, max_size=5, unique_by=lambda v: v[0]), max_size=5))
def test_written_rows_are_read_back(tmp_path_factory: pytest.TempPathFactory, data: dict[str, list[tuple[str, int]]]) -> None:
    from restore.dictionary import Variant

    file = tmp_path_factory.mktemp("own") / "own.tsv"
    rows = [make_row(o, [Variant(f"x{v}", float(n), "a AND b" if n == 3 else "") for v, n in vs], "A", "", frozenset({"noun"})) for o, vs in data.items()]
    file.write_text(write_rows(rows), encoding="utf-8")
    back = {row.original: row for row in read_rows(file)}
    assert list(back) == sorted(data)
    for row in rows:
        read_row = back[row.original]
        assert (read_row.tags, {v.text: v.context for v in read_row.variants}) == (row.tags, {v.text: v.context for v in row.variants})
        assert {v.text: v.weight for v in read_row.variants} == {v.text: pytest.approx(v.weight, abs=2e-3) for v in row.variants}


def test_ranked_variants_are_written_without_weights() -> None:
    assert write_rows([make_row("war", weigh(["battle", "fight"], [None, None]), "A", "")]).endswith("\nwar\tbattle|fight\n")
    assert weigh(["battle", "fight"], [None, None])[1].weight == pytest.approx(FALL / (1 + FALL))


# From the command line


def test_import_refuses(run: Run, home: Path) -> None:
    assert refused(run("dictionary", "import", "none.csv"), 3) == "none.csv: no such file; check the path"
    put("binary.csv", b"a\0b")
    assert refused(run("dictionary", "import", "binary.csv"), 3).startswith("binary.csv: binary file")
    put("bad.csv", HEAD + '"a\n')
    assert refused(run("dictionary", "import", "bad.csv"), 2).startswith("bad.csv:3: not CSV")
    put("war.txt", "war|battle\n")
    assert refused(run("dictionary", "import", "war.txt", "--family", "Z"), 2).startswith("--family: no such family: 'Z'")
    put("file", "")
    assert refused(run("dictionary", "import", "war.txt", "--to", "file/own.tsv"), 3).startswith("file/own.tsv: cannot write the file")
    assert refused(run("dictionary", "import", "war.txt", "--to", "war.txt"), 2).startswith("war.txt:1: no version header")
    assert Path("war.txt").read_text(encoding="utf-8") == "war|battle\n"
    put("self.txt", "war|war\n")
    result = run("dictionary", "import", "self.txt")
    assert (result.code, result.err) == (2, "restore: self.txt: nothing that can be imported; 1 refused\n")
    home.parent.joinpath("restore").write_text("in the way", encoding="utf-8")
    assert refused(run("dictionary", "import", "war.txt"), 2) == f"{home}: is no folder; name a folder"


@pytest.mark.skipif(not TORTURED.is_file(), reason="needs ../shared")
def test_the_public_list_of_tortured_phrases(run: Run, home: Path) -> None:
    result = run("dictionary", "import", TORTURED)
    assert result.code == 0
    match = re.fullmatch(rf"{home}/dictionary\.tsv: ([\d,]+) new rows, ([\d,]+) new variants; of ([\d,]+) replacements ([\d,]+) refused\n", result.err)
    assert match
    rows, variants, read_, refused_ = (int(number.replace(",", "")) for number in match.groups())
    assert rows > 2_500 and variants > 3_900 and read_ >= 4_350 and refused_ < 400
    assert len(result.out.splitlines()) == refused_
    before = (home / "dictionary.tsv").read_bytes()
    assert " 0 new rows, 0 new variants;" in run("dictionary", "import", TORTURED).err
    assert (home / "dictionary.tsv").read_bytes() == before
    assert run("dictionary", "check", home / "dictionary.tsv").code == 0
