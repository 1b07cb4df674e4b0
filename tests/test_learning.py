"""Learning from pairs and from spun text: what is proposed, what is counted, and that the texts come back better for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_stub import ROOT, Run, put, refused
from conftest import RealRestorer

from restore.adapt import adapt
from restore.lexicon import Lexicon
from restore.own import Experience
from restore.pipeline import Restorer
from restore.propose import propose
from restore.settings import Settings
from restore.weights import Count, add, layer, read_counts

SEEDS = ROOT / "seeds"
INDEX = [line.split("\t")[:2] for line in (SEEDS / "index.tsv").read_text(encoding="utf-8").split("\n")]
FAMILY_A = [name for name, family in (row for row in INDEX if len(row) == 2) if family == "A"]
LEARNED, OTHER = FAMILY_A[::2], FAMILY_A[1::2]

PROPOSED = [
    ("a word", "the quokka ate", "the wombat ate", [("wombat", "quokka")]),
    ("words side by side", "the quokka devoured it", "the wombat slurped it", [("slurped", "devoured"), ("wombat", "quokka")]),
    ("a phrase for a word", "the tiny jumping quokka ate", "the wombat ate", [("wombat", "tiny jumping quokka")]),
    ("an added word", "he quokka was once here", "he quokka was here", [("was", "was once")]),
    ("a spelling", "the colour fades", "the color fades", []),
    ("an article", "an wombat", "a wombat", []),
    ("a number", "the 3 wombats", "the three wombats", []),
    ("the same", "the wombat ate", "the wombat ate", []),
    ("far apart", "one two red blue green grass hills away", "completely other", []),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Restorer().lexicon


@pytest.mark.parametrize(("what", "spun", "original", "pairs"), PROPOSED, ids=[case[0] for case in PROPOSED])
def test_what_no_row_explains_is_proposed(lexicon: Lexicon, what: str, spun: str, original: str, pairs: list[tuple[str, str]]) -> None:
    assert [(p.original, p.variant) for p in propose(lexicon, [(spun, original)], ("D", "user"))] == pairs


def test_proposals_are_counted_with_their_first_sentence(lexicon: Lexicon) -> None:
    spun = "It rained. The quokka ate.\nA quokka slept."
    (found,) = propose(lexicon, [(spun, spun.replace("quokka", "wombat"))], ("A", "user"))
    assert (found.count, found.spun, found.before) == (2, "The quokka ate.", "The wombat ate.")


def test_counts_add_up_and_lie_over_each_other() -> None:
    some, more = {("war", "A"): Count(2, 1, {"battle": 1.0})}, {("war", "A"): Count(1, 0, {"fight": 1.0}), ("end", "A"): Count(0, 3, {})}
    assert add(some, more) == {("war", "A"): Count(3, 1, {"battle": 1.0, "fight": 1.0}), ("end", "A"): Count(0, 3, {})}
    assert layer(some, {}) == some and layer({}, more) == more
    assert layer({("war", "A"): Count(400, 0, {"battle": 40.0})}, some)["war", "A"] == Count(6, 1, {"battle": 5.0})


def recovered(names: list[str], dictionaries: tuple[str, ...]) -> float:
    import sys

    sys.path.insert(0, str(ROOT))
    from benchmarks.metrics import Pair, Score

    score, restorer = Score(), Restorer(Settings(dictionaries=dictionaries))
    for name in names:
        spun, original = ((SEEDS / f"{name}.{kind}.txt").read_text(encoding="utf-8") for kind in ("spun", "original"))
        restoration = restorer.restore(spun)
        score.add(Pair(spun, original), restoration.edits, restoration.restored, restoration.suggestions)
    return score.recovered


@pytest.mark.slow
def test_what_was_learned_from_pairs_restores_them_better_and_others_too(real: Run, home: Path, tmp_path: Path) -> None:
    for name in LEARNED:
        for kind in ("spun", "original"):
            (tmp_path / kind).mkdir(exist_ok=True)
            shutil.copy(SEEDS / f"{name}.{kind}.txt", tmp_path / kind)
    result = real("learn", "pairs", "spun", "original", "--format", "json")
    assert result.code == 0
    items = json.loads(result.out)["items"]
    assert items and all(item["written"] and item["count"] >= 1 and item["spun"] for item in items)
    files = tuple(str(home / name) for name in ("dictionary.tsv", "weights.tsv"))
    assert recovered(LEARNED[:3], files) > recovered(LEARNED[:3], ()) + 0.05
    assert recovered(OTHER, files) > recovered(OTHER, ())
    before = [Path(file).read_bytes() for file in files]
    assert f"{len(LEARNED)} learned before" in real("learn", "pairs", "spun", "original").err
    assert [Path(file).read_bytes() for file in files] == before
    assert real("dictionary", "check", *files).code in (0, 2)  # readable; what spinners swap both ways is told


def test_min_count_and_dry_run(real: Run, home: Path) -> None:
    put("spun.txt", "The quokka ate.\nThe quokka slept.\nThe wallaby ate.\n")
    put("original.txt", "The wombat ate.\nThe wombat slept.\nThe possum ate.\n")
    result = real("learn", "pairs", "spun.txt", "original.txt", "--min-count", "2", "--dry-run")
    assert result.out.decode().splitlines() == ["+\t2\twombat\tquokka\tThe quokka ate.", "-\t1\tpossum\twallaby\tThe wallaby ate."]
    assert not home.exists()
    real("learn", "pairs", "spun.txt", "original.txt", "--min-count", "2", "--to", "learned", "--family", "A")
    assert Path("learned/dictionary.tsv").read_text(encoding="utf-8") == "# restore dictionary 1\n# family: user\nwombat\tquokka\n"
    assert read_counts(Path("learned/weights.tsv"))["wombat", "user"] == Count(2, 0, {"quokka": 1})
    assert not home.exists()


def test_what_learns_from_spun_text_is_as_it_was() -> None:
    restorer = RealRestorer(Settings())
    before = [restorer.lexicon.rate, restorer.lexicon.arc_log, restorer.lexicon.known]
    counts, changes, spun = adapt(restorer, [(SEEDS / f"{FAMILY_A[0]}.spun.txt").read_text(encoding="utf-8")], rounds=1)
    assert counts and changes and spun == 1
    assert all(a is b for a, b in zip(before, [restorer.lexicon.rate, restorer.lexicon.arc_log, restorer.lexicon.known], strict=True))


def test_weights_from_spun_text_alone(real: Run, home: Path) -> None:
    for name in LEARNED[:3]:
        shutil.copy(SEEDS / f"{name}.spun.txt", f"{name}.txt")
    result = real("learn", "weights", ".", "--rounds", "1", "--top", "3")
    assert result.code == 0
    assert len(result.out.splitlines()) == 3 and "→" in result.out.decode()
    assert result.err.startswith(f"{home / 'weights.tsv'}: 3 of 3 texts spun, ")
    learned = Experience.read(home / "weights.tsv")
    assert len(learned.texts) == 3
    assert learned.counts["said", "A"].replaced > learned.counts["said", "A"].survived
    before = (home / "weights.tsv").read_bytes()
    assert real("learn", "weights", ".").err == "nothing new: 3 texts learned before\n"
    assert (home / "weights.tsv").read_bytes() == before


def test_clean_text_teaches_nothing(real: Run, home: Path) -> None:
    put("clean.txt", (SEEDS / "navy-officers-ships.clean.txt").read_bytes())
    result = real("learn", "weights", "clean.txt", "--rounds", "1")
    assert (result.code, result.out, result.err) == (0, b"", "1 text read, none of them spun: nothing to learn\n")
    assert not home.exists()


def test_learning_refuses(real: Run, home: Path) -> None:
    put("a.txt", "One line.\n")
    put("b.txt", "Two lines.\n\nThe second.\n")
    result = real("learn", "pairs", "a.txt", "b.txt")
    assert result.code == 3
    assert result.err.splitlines() == [
        "restore: a.txt: its lines do not pair with those of b.txt (1 and 2); bring both to a paragraph a line",
        "restore: a.txt: nothing in it pairs with b.txt; give a spun text and its original, line for line",
    ]
    assert refused(real("learn", "pairs", "a.txt", "none.txt"), 3) == "none.txt: no such file; check the path"
    assert refused(real("learn", "pairs", "a.txt", "."), 2) == ".: is a folder, and the other is not; give two files or two folders"
    assert refused(real("learn", "pairs", "a.txt", "a.txt", "--family", "Z"), 2).startswith("--family: no such family: 'Z'")
    assert refused(real("learn", "weights", "none.txt"), 3) == "none.txt: no such file; check the path"
    Path("empty").mkdir()
    assert refused(real("learn", "weights", "empty"), 2) == "empty: no .txt or .md file in this folder; name the files"
    assert not home.exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "cannot read the counts"),
        (b"# restore weights 1\ncaf\xe9\tA\t1\t2\t\n", "not UTF-8 (byte 23)"),
        (b"# restore weights 1\nwar\tA\t-1\t2\t\n", ":2: not a row of counts (-1 is no count)"),
        (b"# restore weights 1\nwar\tA\tnan\t2\t\n", ":2: not a row of counts (nan is no count)"),
    ],
)
def test_counts_that_cannot_be_read_are_told_in_one_line(tmp_path: Path, data: bytes | None, message: str) -> None:
    from restore.errors import DictionaryError

    if data is not None:
        (tmp_path / "weights.tsv").write_bytes(data)
    with pytest.raises(DictionaryError) as caught:
        read_counts(tmp_path / "weights.tsv")
    assert message in str(caught.value) and "\n" not in str(caught.value)
