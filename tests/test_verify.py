"""The checker finds what is wrong, with file, line and reason, and finds nothing wrong with what is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_stub import Run, put

from restore import places, verify
from restore.pipeline import Restorer
from restore.tokens import Tokens

GOOD = "# restore dictionary 1\n# family: A\n"
BAD = [
    ("a cycle", {"a.tsv": GOOD + "ladle\tscoop\nscoop\tbowl|ladle\n"}, ["a.tsv:4: 'ladle' and 'scoop' stand for each other"]),
    ("a cycle over two files", {"a.tsv": GOOD + "ladle\tscoop\n", "b.tsv": GOOD + "scoop\tladle\n"}, ["b.tsv:3: 'ladle' and 'scoop' stand for each other"]),
    ("a cycle over two families", {"a.tsv": GOOD + "ladle\tscoop\n", "b.tsv": "# restore dictionary 1\nscoop\tladle\n"}, []),
    ("a cycle that is listed", {"a.tsv": GOOD + "ladle\tscoop\nscoop\tladle\n", "c.tsv": "# restore cycles 1\nscoop\tladle\n"}, []),
    ("one file overrides another", {"a.tsv": GOOD + "ladle\tscoop\n", "b.tsv": GOOD + "ladle\tbowl\n"}, []),
    ("a number", {"a.tsv": GOOD + "ladle\tspoon 250\n"}, ["a.tsv:3: 'spoon 250' would never be found in a text"]),
    ("an address", {"a.tsv": GOOD + "ladle\tspoon.com\n"}, ["a.tsv:3: 'spoon.com' would never be found in a text"]),
    ("quotation marks", {"a.tsv": GOOD + "ladle\tbig “flat” spoon\n"}, ["a.tsv:3: 'big “flat” spoon' would never be found in a text"]),
    ("two sentences", {"a.tsv": GOOD + "ladle\tbig. spoon\n"}, []),
    ("several", {"a.tsv": GOOD + "ladle\t777\nspoon\tspoon\n"}, ["a.tsv:3: '777' would never be found", "a.tsv:4: 'spoon' maps to itself"]),
]


@pytest.mark.parametrize(("what", "files", "errors"), BAD, ids=[case[0] for case in BAD])
def test_what_is_found(run: Run, what: str, files: dict[str, str], errors: list[str]) -> None:
    for name, text in files.items():
        put(name, text)
    result = run("dictionary", "check", *files)
    lines = [line for line in result.out.decode().splitlines() if not line.endswith("fine")]
    assert len(lines) == len(errors)
    assert all(line.startswith(error) for line, error in zip(lines, errors, strict=True))
    assert (result.code, result.err) == (2 if errors else 0, "")


def test_json_and_accepted_cycles(run: Run) -> None:
    put("a.tsv", GOOD + "ladle\tscoop\nscoop\tladle\n")
    found = json.loads(run("dictionary", "check", "a.tsv", "--format", "json", "--accept-cycles", "cycles.tsv").out)
    (error,) = found["files"][0]["errors"]
    assert (found["files"][0]["file"], found["files"][0]["rows"], error["line"]) == ("a.tsv", 2, 4)
    assert Path("cycles.tsv").read_text(encoding="utf-8") == "# restore cycles 1\nladle\tscoop\n"
    assert run("dictionary", "check", "a.tsv", "cycles.tsv").code == 0


def test_every_shipped_row_fires_on_its_own_text_and_restores_it() -> None:
    paths = sorted(places.dictionaries().glob("*.tsv"))
    assert [str(error) for checked in verify.check_files(paths) for error in checked.errors] == []


def test_every_listed_cycle_is_one() -> None:
    paths = sorted(places.dictionaries().glob("*.tsv"))
    listed = (places.dictionaries() / "cycles.tsv").read_text(encoding="utf-8")
    assert verify.write_cycles(paths) == listed, "made anew by: restore dictionary check --accept-cycles dictionaries/en/cycles.tsv"


def test_a_known_name_is_never_taken_for_another() -> None:
    restorer = Restorer()
    text = "\n\n".join(restorer.knowledge.gazetteer.text)
    known = {name.lower() for name in restorer.knowledge.gazetteer.text}
    from restore import channel

    tokens = Tokens(text)
    ids = restorer.lexicon.encode(tokens.words)
    marks = restorer.mark(tokens, ids)
    everything = restorer.lexicon.head_family >= 0
    found = channel.candidates(restorer.lexicon, restorer.lexicon.scan(tokens, ids), ids, marks, everything[: len(restorer.lexicon.families)])
    found.matches = []
    restorer.add_names(found, tokens, marks, ids)
    assert len(found.matches) > 100  # parts of names may be other names, spun: the test sees something
    taken = {(tokens.surface(m.first, m.last), restorer.knowledge.gazetteer.text[m.name]) for m in found.matches}
    assert [pair for pair in sorted(taken) if pair[0].lower() in known and pair[0].lower() != pair[1].lower()] == []


def test_an_original_in_two_shipped_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    for name in ("cycles.tsv", "model.bin"):
        (folder / name).symlink_to(places.dictionaries() / name)
    for name in ("a.tsv", "b.tsv"):
        (folder / name).write_text(GOOD + "ladle\tscoop\n", encoding="utf-8")
    monkeypatch.setattr(places, "dictionaries", lambda: folder)
    errors = [str(error) for checked in verify.check_files([folder / "a.tsv", folder / "b.tsv"]) for error in checked.errors]
    assert errors == [f"{folder / 'b.tsv'}:3: 'ladle' is already an original of family A in {folder / 'a.tsv'}; put the variants into one row"]
