"""seeds/: enough passages, long enough, pairs line for line, an index that leaves nothing out; and what is said of each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from conftest import RealRestorer

from restore.report import verdict
from restore.settings import Settings

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
with (SEEDS / "index.tsv").open(encoding="utf-8", newline="") as _index:
    INDEX = list(csv.DictReader(_index, delimiter="\t", quoting=csv.QUOTE_NONE))
PAIRS = [row["name"] for row in INDEX if row["family"] != "clean"]
CLEAN = [row["name"] for row in INDEX if row["family"] == "clean"]
FILES = sorted(SEEDS.glob("*.txt"))


def read(name: str, kind: str) -> str:
    return (SEEDS / f"{name}.{kind}.txt").read_bytes().decode("utf-8")


def test_there_are_enough() -> None:
    assert len(PAIRS) >= 30
    assert len(CLEAN) >= 15
    assert sum(name.endswith("-one-paragraph") for name in PAIRS) >= 2
    assert sum(row["family"] in ("B", "C") for row in INDEX) >= 5


def test_all_topics_are_there() -> None:
    topics = {row["topic"] for row in INDEX if row["family"] != "clean"}
    assert topics >= {"news", "politics", "economy", "technology", "health", "sport", "culture", "science"}


def test_the_index_is_complete_and_has_no_duplicates() -> None:
    expected = [f"{name}.{kind}.txt" for name in PAIRS for kind in ("original", "spun")] + [f"{name}.clean.txt" for name in CLEAN]
    assert sorted(expected) == [file.name for file in FILES]
    assert all(row["note"] and set(row) == {"name", "family", "topic", "note"} for row in INDEX)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_passage_is_long_enough_and_plain(file: Path) -> None:
    data = file.read_bytes()
    assert len(data.decode("utf-8").split()) >= 120
    assert b"\r" not in data and data.endswith(b"\n") and not data.startswith(b"\xef\xbb\xbf")
    assert not [line for line in data.decode("utf-8").split("\n") if line != line.rstrip()]


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_has_the_same_lines(name: str) -> None:
    original, spun = read(name, "original").split("\n"), read(name, "spun").split("\n")
    assert len(original) == len(spun)
    assert [bool(line) for line in original] == [bool(line) for line in spun]
    assert original != spun


@pytest.mark.parametrize("name", [name for name in PAIRS if name.endswith("-one-paragraph")])
def test_one_paragraph_is_spun(name: str) -> None:
    pairs = zip(read(name, "original").split("\n"), read(name, "spun").split("\n"), strict=True)
    assert sum(original != spun for original, spun in pairs) == 1


@pytest.mark.parametrize("name", [row["name"] for row in INDEX])
def test_the_verdict_is_told(name: str) -> None:
    expected = "clean" if name in CLEAN else "partly spun" if name.endswith("-one-paragraph") else "spun"
    assert verdict(RealRestorer(Settings(fast=True)).restore(read(name, "clean" if name in CLEAN else "spun"))) == expected


@pytest.mark.parametrize("text", ["A manual: use {name} or {value}.\n", "Use {name}.\nThen {value}, which is {two}.\n", "Copy {file} to {folder}."])
def test_braces_alone_are_no_spin(text: str) -> None:
    found = RealRestorer(Settings(fast=True)).restore(text)
    assert (found.restored, verdict(found)) == (text, "clean")
