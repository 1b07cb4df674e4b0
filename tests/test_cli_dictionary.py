"""The commands beside the main one: looking into dictionaries, checking them, training."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cli_stub import ROOT, Run, put, refused

# Dictionaries


def test_lookup(real: Run) -> None:
    result = real("dictionary", "lookup", "Mentioned", "--format", "json")
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert (list(found), found["version"], found["phrase"]) == (["version", "phrase", "originals", "variants"], 1, "Mentioned")
    assert found["originals"][0]["text"] == "said"
    assert found["variants"]
    for entry in found["originals"] + found["variants"]:
        assert list(entry) == ["text", "family", "weight", "source"]
        assert 0 < entry["weight"] <= 1
        assert re.search(r"\.tsv:\d+$", entry["source"])
    text = real("dictionary", "lookup", "mentioned").out.decode()
    assert text.startswith("mentioned may stand for:\n")
    assert "mentioned is replaced by:\n" in text


@pytest.mark.parametrize("phrase", ["zyx wvu", "", "…", "mentioned zyx"])
def test_lookup_of_an_unknown_phrase(real: Run, phrase: str) -> None:
    result = real("dictionary", "lookup", phrase, "--format", "json")
    assert json.loads(result.out) == {"version": 1, "phrase": phrase, "originals": [], "variants": []}
    assert result.code == 0


@pytest.mark.parametrize(
    ("phrase", "original", "parts"),
    [
        ("mentioned yesterday", "said yesterday", 1),
        ("Challenge 2025", "Project 2025", 1),
        ("advantages yearly", "benefits annually", 2),
    ],
)
def test_lookup_composes_what_no_row_has_as_a_whole(real: Run, phrase: str, original: str, parts: int) -> None:
    found = json.loads(real("dictionary", "lookup", phrase, "--format", "json").out)
    entry = next(entry for entry in found["originals"] if entry["text"] == original)
    assert (len(entry["source"].split(" + ")), 0 < entry["weight"] <= 1) == (parts, True)


def test_names_come_first_among_composed_originals(real: Run) -> None:
    assert json.loads(real("dictionary", "lookup", "fact social", "--format", "json").out)["originals"][0]["text"] == "Truth Social"


def test_lookup_in_a_dictionary_of_the_user(real: Run) -> None:
    put("quokka.tsv", "# restore dictionary 1\nquokka\tsmiling wallaby|happy marsupial\n")
    found = json.loads(real("dictionary", "lookup", "smiling", "wallaby", "--format", "json", "--dictionary", "quokka.tsv").out)
    assert [(entry["text"], entry["family"]) for entry in found["originals"]] == [("quokka", "user")]
    found = json.loads(real("dictionary", "lookup", "quokka", "--format", "json", "--dictionary", "quokka.tsv").out)
    assert [entry["text"] for entry in found["variants"]] == ["smiling wallaby", "happy marsupial"]


def test_the_shipped_dictionaries_are_fine(run: Run) -> None:
    result = run("dictionary", "check")
    assert (result.code, result.err) == (0, "")
    assert all(re.fullmatch(r".+\.tsv: \d+ rows, fine", line) for line in result.out.decode().splitlines())


def test_check_tells_every_bad_row(run: Run) -> None:
    put("bad.tsv", "# restore dictionary 1\n# family: Z\nwar\tbattle\nwar\tfight\nWar\tfight\nalone\nend\tend\n")
    put("good.tsv", "# restore dictionary 1\nwar\tbattle\n")
    put("names.tsv", "# restore names 1\nWhite House\t\n")
    put("none.tsv", "war\tbattle\n")
    result = run("dictionary", "check", "bad.tsv", "good.tsv", "names.tsv", "none.tsv")
    assert (result.code, result.err) == (2, "")
    lines = result.out.decode().splitlines()
    assert [line.split(": ")[0] for line in lines] == ["bad.tsv:2", "bad.tsv:4", "bad.tsv:5", "bad.tsv:6", "bad.tsv:7", "good.tsv", "names.tsv:2", "none.tsv:1"]
    assert lines[5] == "good.tsv: 1 row, fine"
    assert lines[7] == "none.tsv:1: no version header; begin the file with '# restore dictionary 1'"
    result = run("dictionary", "check", "gone.tsv", "bad.tsv")
    assert (result.code, result.err) == (3, "restore: gone.tsv: no such file; check the path\n")


# Training


@pytest.fixture
def small_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training with few words of its own, for speed."""
    monkeypatch.setattr("restore.train_lm.LISTED", 100)
    monkeypatch.setattr("restore.lm_plan.dictionary_words", lambda folder: frozenset({"quokka"}))


@pytest.mark.usefixtures("small_training")
def test_train_lm(run: Run) -> None:
    put("a.txt", "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").glob("*.original.txt"))[:12]))
    result = run("train", "lm", "a.txt", "--out", "a.bin", "--max-trigrams", "200")
    assert (result.code, result.out) == (0, b"")
    assert re.fullmatch(r"a\.bin: \d+\.\d MiB, [\d,]+ words, [\d,]+ bigrams, 200 trigrams", result.err.splitlines()[-1])
    assert sorted(p.name for p in Path().iterdir()) == ["a.bin", "a.txt"]
    from restore.ngram import NgramModel

    model = NgramModel(Path("a.bin"))
    assert "quokka" in model.words
    assert model.ids["an"] == model.ids["a"]


def test_train_lm_refuses(run: Run) -> None:
    put("empty.txt", "")
    put("short.txt", "Too short.\n")
    assert refused(run("train", "lm", "empty.txt", "--out", "a.bin"), 3) == "empty.txt: no text to train on; give it at least 1,000 words"
    assert refused(run("train", "lm", "empty.txt", "short.txt", "--out", "a.bin"), 3).startswith("2 files: too short for a language model (words: 3)")
    assert refused(run("train", "lm", "missing.txt", "--out", "a.bin"), 3) == "missing.txt: no such file; check the path"
    assert refused(run("train", "lm", "short.txt", "--out", "none/a.bin"), 3) == "none/a.bin: no such folder to write to; make the folder first"
    assert refused(run("train", "lm", "short.txt", "--out", "."), 2) == ".: is a folder; name the model file"
    assert not Path("a.bin").exists()


def test_what_the_dictionaries_ask_of_the_model(tmp_path: Path) -> None:
    from restore.lm_plan import aliases, dictionary_words

    (tmp_path / "spelling.tsv").write_text("# restore spelling 1\ncolour\tcolor\ngrey\tcolour\nper cent\tpercent\n", encoding="utf-8")
    (tmp_path / "names.tsv").write_text("# restore names 1\nWhite House\tWH\tagency\nGroup of 20\tG20\tgroup\n", encoding="utf-8")
    assert aliases(tmp_path) == {"an": "a", "colour": "color"}
    assert dictionary_words(tmp_path) >= {"white", "house", "wh", "group", "colour", "percent"}
    assert not {"20", "restore"} & dictionary_words(tmp_path)
