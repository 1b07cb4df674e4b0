"""Bad rows are refused with file, line and reason; the shipped files are in the shape that dictionaries/README.md gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from conftest import RealRestorer

from restore.dictionary import FALL, FAMILIES, Row, read_rows, weigh
from restore.errors import DictionaryError
from restore.gazetteer import read_names
from restore.settings import Settings
from restore.tokens import fold
from restore.weights import read_biases, read_counts

FOLDER = Path(__file__).resolve().parent.parent / "dictionaries" / "en"
HEADERS = {file: file.read_text(encoding="utf-8").partition("\n")[0] for file in sorted(FOLDER.glob("*.tsv"))}
GOOD = "# restore dictionary 1\n# family: A\n"
SHIPPED = [file for file, header in HEADERS.items() if header == "# restore dictionary 1"]
NAMES = [file for file, header in HEADERS.items() if header == "# restore names 1"]
PAIRS = [file for file, header in HEADERS.items() if header in ("# restore spelling 1", "# restore allow 1")]

BAD = [
    ("empty file", "", 1, "no version header"),
    ("no header", "war\tbattle\n", 1, "no version header"),
    ("later version", "# restore dictionary 2\nwar\tbattle\n", 1, "no version header"),
    ("another format", "# restore names 1\n", 1, "no version header"),
    ("no such family", "# restore dictionary 1\n# family: Z\n", 2, "no such family: 'Z'"),
    ("one column", GOOD + "war\n", 3, "1 columns"),
    ("five columns", GOOD + "war\tbattle\tnoun\t\tmore\n", 3, "5 columns"),
    ("a context of nothing", GOOD + "war\tbattle\t\tmore\n", 3, "no variant before the context 'more'"),
    ("a context of another variant", GOOD + "war\tbattle\t\tfight: more\n", 3, "no variant before the context"),
    ("a context that is none", GOOD + 'war\tbattle\t\tbattle: "more\n', 3, "is no condition (a quotation mark too many)"),
    ("no variant", GOOD + "war\t\n", 3, "no word in ''"),
    ("no original", GOOD + "\tbattle\n", 3, "no word in ''"),
    ("an empty variant", GOOD + "war\tbattle||fight\n", 3, "no word in ''"),
    ("maps to itself", GOOD + "war\tbattle|war\n", 3, "'war' maps to itself"),
    ("maps to itself in other clothes", GOOD + 'the end\t"the" end\n', 3, "'the end' maps to itself"),
    ("a variant twice", GOOD + "war\tbattle|fight|battle\n", 3, "'battle' stands twice"),
    ("an original twice", GOOD + "war\tbattle\npeace\ttruce\nwar\tfight\n", 5, "'war' is already the original of line 3"),
    ("capitals", GOOD + "War\tbattle\n", 3, "not in lower case"),
    ("capitals in a variant", GOOD + "war\tBattle\n", 3, "not in lower case"),
    ("curly apostrophe", GOOD + "won't\tgained’t\n", 3, "straight apostrophes"),
    ("white space before", GOOD + " war\tbattle\n", 3, "stray white space"),
    ("white space after", GOOD + "war\tbattle \n", 3, "stray white space"),
    ("two blanks", GOOD + "the war\tthe  battle\n", 3, "stray white space"),
    ("too many words", GOOD + "war\ta b c d e f g h\n", 3, "has 8 words"),
    ("line after comments", GOOD + "# more\n\nwar\tbattle\npeace\n", 6, "1 columns"),
]


@pytest.mark.parametrize(("what", "text", "line", "reason"), BAD, ids=[c[0] for c in BAD])
def test_bad_rows_are_refused(tmp_path: Path, what: str, text: str, line: int, reason: str) -> None:
    file = tmp_path / "own.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DictionaryError) as caught:
        read_rows(file)
    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: ") and reason in message and "\n" not in message


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_bytes(GOOD.encode() + b"caf\xe9\tbar\n")
    with pytest.raises(DictionaryError, match=r"own\.tsv: not UTF-8"):
        read_rows(tmp_path / "own.tsv")


@pytest.mark.parametrize("name", ["missing.tsv", "."])
def test_a_missing_file_or_a_folder_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(DictionaryError, match="cannot read the dictionary"):
        read_rows(tmp_path / name)


def test_a_good_file_is_read_with_family_source_weights_and_tags(tmp_path: Path) -> None:
    file = tmp_path / "own.tsv"
    file.write_bytes(b"# restore dictionary 1\r\n# family: B\r\nsaid\tmentioned=0.6|stated|claimed\tverb past\r\n\r\ncan't\tcannot=1.0\r\n")
    said, cant = read_rows(file)
    assert (said.original, said.family, said.source, said.tags) == ("said", "B", "own.tsv:3", frozenset({"verb", "past"}))
    assert [v.text for v in said.variants] == ["mentioned", "stated", "claimed"]
    assert [v.weight for v in said.variants] == pytest.approx([0.6, 0.4 / (1 + FALL), 0.4 * FALL / (1 + FALL)])
    assert cant.source == "own.tsv:5"


def test_a_file_without_a_family_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("# restore dictionary 1\nwar\tbattle", encoding="utf-8")
    assert read_rows(tmp_path / "own.tsv")[0].family == "user"


@pytest.mark.parametrize("given", [[None], [None] * 5, [0.6, None, None], [0.9, 0.9], [1.0, None], [0.2, 0.3], [None, 0.7]])
def test_weights_sum_to_one_likeliest_first(given: list[float | None]) -> None:
    variants = weigh([f"v{k}" for k in range(len(given))], given)
    assert sum(v.weight for v in variants) == pytest.approx(1)
    assert all(v.weight > 0 for v in variants)
    assert [v.weight for v in variants] == sorted((v.weight for v in variants), reverse=True)


def test_nothing_unknown_is_shipped() -> None:
    rest = set(HEADERS) - {*SHIPPED, *NAMES, *PAIRS}
    assert {HEADERS[file] for file in rest} <= {"# restore weights 1", "# restore biases 1", "# restore cycles 1"}
    assert {"words.tsv", "phrases.tsv", "names.tsv", "terms.tsv", "spelling.tsv", "allow.tsv"} <= {file.name for file in HEADERS}


@pytest.fixture(scope="module")
def rows() -> dict[Path, list[Row]]:
    return {file: read_rows(file) for file in SHIPPED}


def test_every_shipped_row_has_the_shape(rows: dict[Path, list[Row]]) -> None:
    for file, read in rows.items():
        assert read, file
        for row in read:
            assert row.family in FAMILIES and row.family != "user", row
            assert abs(sum(v.weight for v in row.variants) - 1) < 1e-9 and row.variants[-1].weight > 0, row
            assert not row.original[0].isdigit() or file.name == "numbers.tsv", f"a number out of place: {row}"


def test_no_row_maps_to_itself(rows: dict[Path, list[Row]]) -> None:
    assert not [r for read in rows.values() for r in read if r.original in {v.text for v in r.variants}]


def test_no_original_stands_twice_in_a_family(rows: dict[Path, list[Row]]) -> None:
    count = Counter((row.original, row.family) for read in rows.values() for row in read)
    assert [pair for pair, n in count.items() if n > 1] == []


def test_there_are_enough_originals_of_the_commonest_family(rows: dict[Path, list[Row]]) -> None:
    assert sum(row.family == "A" for read in rows.values() for row in read) >= 2500
    assert {"B", "A2"} <= {row.family for read in rows.values() for row in read}


@pytest.mark.parametrize("file", [*SHIPPED, *PAIRS], ids=lambda file: file.name)
def test_files_are_sorted_without_empty_lines_or_carriage_returns(file: Path) -> None:
    data = file.read_bytes()
    assert b"\r" not in data and data.endswith(b"\n") and b"\n\n" not in data
    originals = [line.split("\t")[0] for line in data.decode("utf-8").split("\n")[:-1] if not line.startswith("#")]
    assert originals == sorted(originals)


@pytest.mark.parametrize("file", NAMES, ids=lambda file: file.name)
def test_names_load_and_have_a_kind(file: Path) -> None:
    names = read_names(file)
    assert len(names) >= 300
    assert all(name.kind and name.text == name.text.strip() for name in names)
    assert {name.kind.split(":")[0] for name in names} & {"term", "wide term"} == {"terms.tsv": {"term"}, "terms-wide.tsv": {"wide term"}}.get(file.name, set())


@pytest.mark.parametrize("file", PAIRS, ids=lambda file: file.name)
def test_pairs_have_two_columns_and_no_duplicates(file: Path) -> None:
    pairs = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n")[1:-1]]
    assert all(len(pair) == 2 and all(pair) and fold(pair[0]) == pair[0] for pair in pairs)
    assert len({pair[0] for pair in pairs}) == len(pairs)


def test_no_spelling_is_both_british_and_american() -> None:
    pairs = [line.split("\t") for line in (FOLDER / "spelling.tsv").read_text(encoding="utf-8").split("\n")[1:-1]]
    assert not {british for british, _ in pairs} & {american for _, american in pairs}


def test_biases_speak_of_variants_that_exist(rows: dict[Path, list[Row]]) -> None:
    variants = {(v.text, row.family) for read in rows.values() for row in read for v in row.variants}
    biases = read_biases(FOLDER / "biases.tsv")
    assert biases.keys() <= variants
    assert all(0.05 <= abs(nats) < 5 for nats in biases.values())


def test_weights_speak_of_rows_that_exist(rows: dict[Path, list[Row]]) -> None:
    file = FOLDER / "weights.tsv"
    if not file.exists():
        pytest.skip("no weights were learned yet")
    variants = {(row.original, row.family): {v.text for v in row.variants} for read in rows.values() for row in read}
    for key, count in read_counts(file).items():
        assert set(count.variants) <= variants[key], key
        assert count.replaced >= 0 and count.survived >= 0 and all(n > 0 for n in count.variants.values()), key


@pytest.mark.parametrize(("tag", "becomes"), [("", "USA"), ("\tacronym", "United States")])
def test_a_word_in_capitals_changes_only_where_a_row_says_so(tmp_path: Path, tag: str, becomes: str) -> None:
    own = tmp_path / "own.tsv"
    own.write_text(f"# restore dictionary 1\nthe united states\tthe usa{tag}\n", encoding="utf-8")
    text = "The USA mentioned that the authorities had been gradual, an official advised reporters on Tuesday."
    restored = RealRestorer(Settings(fast=True, dictionaries=(str(own),))).restore(text).restored
    assert restored.startswith(f"The {becomes} said that the government had been")
