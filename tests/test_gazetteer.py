"""Names are found behind their replaced words, in capitals, and not where nothing was replaced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from restore.errors import DictionaryError
from restore.gazetteer import Gazetteer, Ground, Match, Name, compile_names, read_names
from restore.tokens import Tokens

HEADER = "# restore names 1\n"
BAD = [
    ("empty file", "", 1, "no version header"),
    ("a dictionary", "# restore dictionary 1\nwar\tbattle\n", 1, "no version header"),
    ("one column", HEADER + "White House\n", 2, "1 columns"),
    ("two columns", HEADER + "White House\tagency\n", 2, "2 columns"),
    ("four columns", HEADER + "White House\t\tagency\tUS\n", 2, "4 columns"),
    ("one word", HEADER + "NATO\tNATO\ttreaty\n", 2, "'NATO' has 1 words"),
    ("too many words", HEADER + "The Very Long Name Of Some Old Office\t\tagency\n", 2, "has 8 words"),
    ("twice", HEADER + "# comment\nWhite House\t\tagency\n\nwhite house\t\tagency\n", 5, "stands already in line 3"),
]
NAMES = [
    Name("Internal Revenue Service", "IRS", "agency", "names.tsv:2"),
    Name("White House", "", "agency", "names.tsv:3"),
    Name("White House Office", "", "agency", "names.tsv:4"),
    Name("deep learning", "DL", "term: machine learning", "terms.tsv:2"),
    Name("Bank of England", "", "agency", "names.tsv:5"),
]
WORDS = "<unk> internal revenue service white house office deep learning bank of england inner income home profound the financial institution".split()
IDS = {word: k for k, word in enumerate(WORDS)}
#: What each observed word may stand for, beside itself.
MAY_BE = {"inner": ["internal"], "income": ["revenue"], "home": ["house"], "profound": ["deep"]}


@pytest.mark.parametrize(("what", "text", "line", "reason"), BAD, ids=[c[0] for c in BAD])
def test_bad_rows_are_refused(tmp_path: Path, what: str, text: str, line: int, reason: str) -> None:
    file = tmp_path / "names.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DictionaryError) as caught:
        read_names(file)
    message = str(caught.value)
    assert message.startswith(f"{file}:{line}: ") and reason in message and "\n" not in message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match="cannot read the names"):
        read_names(tmp_path / "missing.tsv")


def test_names_are_read_with_acronym_kind_and_source(tmp_path: Path) -> None:
    file = tmp_path / "names.tsv"
    file.write_text(HEADER + "European Union\tEU\torganisation\nWhite House\t\tagency\n", encoding="utf-8")
    assert read_names(file) == [Name("European Union", "EU", "organisation", "names.tsv:2"), Name("White House", "", "agency", "names.tsv:3")]


@dataclass(frozen=True)
class Found:
    name: str
    first: int
    last: int
    acronym: bool


def ground(tokens: Tokens) -> Ground:
    """The arcs of a text where every word may stand for what MAY_BE says."""
    arcs = [(i, i + 1, IDS.get(option, 0), option == word) for i, word in enumerate(tokens.words) for option in [word, *MAY_BE.get(word, [])]]
    start, end, word = (np.array([a[k] for a in arcs], dtype=np.int64) for k in range(3))
    return Ground(start, end, word, np.ones(len(arcs), dtype=np.bool_), np.array([a[3] for a in arcs], dtype=np.bool_))


def find(text: str) -> list[Found]:
    """Names in such a text."""
    tokens = Tokens(text)
    start, end, word, single, copies = ground(tokens)
    capital = np.array([text[s].isupper() for s in tokens.starts.tolist()], dtype=np.bool_)
    gazetteer = Gazetteer(compile_names(NAMES, IDS), len(IDS))
    matches: list[Match] = gazetteer.find(start, end, word, single.astype(np.int64), tokens.words, capital, copies)
    for match in matches:
        assert [(int(start[k]), int(end[k])) for k in match.arcs] == [(i, i + 1) for i in range(match.first, match.last)]
    return sorted((Found(gazetteer.text[m.name], m.first, m.last, m.acronym) for m in matches), key=lambda f: (f.first, f.last))


@pytest.mark.parametrize("joint", range(9))
def test_names_over_a_joint_are_read_where_only_they_are_wanted(joint: int) -> None:
    tokens = Tokens("the White Home Office and the Inner Income Service")
    gazetteer = Gazetteer(compile_names(NAMES, IDS), len(IDS))
    wanted, improper = np.ones(len(NAMES), dtype=np.bool_), np.zeros(len(tokens) + 1, dtype=np.int64)
    everything = list(gazetteer.read(ground(tokens), wanted, improper).rows())
    some = list(gazetteer.read(ground(tokens), wanted, improper, np.array([joint])).rows())
    assert len(everything) == 3
    assert {row[:3] for row in everything if row[0] < joint < row[1]} <= {row[:3] for row in some} <= {row[:3] for row in everything}


FINDS = [
    ("all words replaced but one", "the Inner Income Service", [Found("Internal Revenue Service", 1, 4, False)]),
    ("with its acronym", "the Inner Income Service (IRS)", [Found("Internal Revenue Service", 1, 4, True)]),
    ("two words", "White Home", [Found("White House", 0, 2, False)]),
    ("one name begins another", "White Home Office", [Found("White House", 0, 2, False), Found("White House Office", 0, 3, False)]),
    ("a term needs no capitals", "profound learning", [Found("deep learning", 0, 2, False)]),
    ("a term's acronym", "profound learning (DL)", [Found("deep learning", 0, 2, True)]),
    ("twice", "White Home and White Home", [Found("White House", 0, 2, False), Found("White House", 3, 5, False)]),
    ("untouched", "the Internal Revenue Service", []),
    ("a name in small letters", "the white home", []),
    ("only half in capitals", "the White home", []),
    ("a word too many", "Inner Income Tax Service", []),
    ("a word missing", "the Inner Income", []),
    ("nothing", "the financial institution", []),
]


@pytest.mark.parametrize(("what", "text", "expected"), FINDS, ids=[c[0] for c in FINDS])
def test_names_are_found(what: str, text: str, expected: list[Found]) -> None:
    assert find(text) == expected


def test_no_names_no_matches() -> None:
    empty = Gazetteer(compile_names([], IDS), len(IDS))
    none = np.zeros(0, dtype=np.int64)
    assert empty.find(none, none, none, none, [], none.astype(np.bool_), none.astype(np.bool_)) == []


def test_a_name_with_an_unknown_word_is_kept() -> None:
    gazetteer = Gazetteer(compile_names([Name("Truth Qqq", "", "product", "x:2"), *NAMES], IDS), len(IDS))
    assert "Truth Qqq" in gazetteer.text and len(gazetteer.size) == len(NAMES) + 1
