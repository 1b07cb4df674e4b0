"""The settings ``allow`` and ``ignore``, a user's dictionaries in their layers, and contexts: on texts that the real dictionaries change."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_stub import ROOT, Run, put
from conftest import RealRestorer

from restore.exemptions import Entry
from restore.settings import Settings, load_settings

SPUN = (ROOT / "seeds" / "news-ferry-strike.spun.txt").read_text(encoding="utf-8")


def spans(**settings: object) -> set[tuple[str, str]]:
    """What is suggested for the spun text: (before, after), folded."""
    restoration = RealRestorer(Settings(**settings)).restore(SPUN)  # type: ignore[arg-type]
    return {(s.before.lower(), s.replacement.lower()) for s in restoration.suggestions}


@pytest.mark.parametrize(
    ("entry", "text", "stands"),
    [
        ("polish", "Polish", True),
        ("polish", "polish", True),
        ("Polish", "Polish", True),
        ("Polish", "polish", False),
        ("=polish", "polish", True),
        ("=polish", "Polish", False),
        ("Battle of Hastings", "Battle of Hastings", True),
        ("Battle of Hastings", "battle of Hastings", False),
        ("navy blue", "Navy Blue", True),
        ("navy blue", "navy red", False),
    ],
)
def test_case_of_entries(entry: str, text: str, stands: bool) -> None:
    from restore.tokens import Tokens

    assert Entry.parse(entry).stands_at(Tokens(text), 0) is stands


def test_what_is_allowed_stays_and_what_is_ignored_is_not_replaced_itself() -> None:
    plain = spans()
    assert ("mentioned", "said") in plain
    assert not {before for before, _ in spans(allow=("mentioned",))} & {"mentioned"}
    assert not {before for before, _ in spans(ignore=("mentioned",))} & {"mentioned"}
    assert "mentioned" in {before for before, _ in spans(allow=("Mentioned",))}
    left = spans(ignore=("mentioned -> said",))
    assert ("mentioned", "said") not in left


def test_a_condition_decides_whether_a_row_counts(tmp_path: Path) -> None:
    row = '# restore dictionary 1\n# family: A\nalso said\tmentioned\t\tmentioned: "mentioned" {}\n'
    (tmp_path / "holds.tsv").write_text(row.format("NOT quokka"), encoding="utf-8")
    (tmp_path / "fails.tsv").write_text(row.format("AND quokka"), encoding="utf-8")
    found = {}
    for name in ("holds.tsv", "fails.tsv"):
        restorer = RealRestorer(Settings(dictionaries=(str(tmp_path / name),)))
        found[name] = "also said" in restorer.describe_lattice(SPUN)
        assert len(restorer.lexicon.arc_context) == len(restorer.lexicon.arc_head)
    assert found == {"holds.tsv": True, "fails.tsv": False}


def test_dictionaries_add_up_and_later_ones_win(tmp_path: Path, home: Path) -> None:
    home.mkdir()
    for folder, weight in ((home, "0.2"), (tmp_path, "0.5")):
        (folder / "own.tsv").write_text(f"# restore dictionary 1\nquokka\tsmiling wallaby={weight}|happy marsupial\n", encoding="utf-8")
    (tmp_path / "last.tsv").write_text("# restore dictionary 1\nquokka\tsmiling wallaby=0.9|happy marsupial\n", encoding="utf-8")
    (tmp_path / "restore.toml").write_text('dictionaries = ["own.tsv"]\n', encoding="utf-8")
    layered = load_settings(tmp_path, config=None, isolated=False, overrides={"dictionaries": [str(tmp_path / "last.tsv")]})
    assert layered.settings.dictionaries == (str(home / "own.tsv"), str(tmp_path / "own.tsv"), str(tmp_path / "last.tsv"))
    assert layered.sources["dictionaries"] == f"{home} + {tmp_path / 'restore.toml'} + flag"
    alone = load_settings(tmp_path, config=None, isolated=True, overrides={})
    assert alone.settings.dictionaries == ()
    lexicon = RealRestorer(layered.settings).lexicon
    head = lexicon.head_text.index("quokka")
    assert lexicon.head_text.count("quokka") == 1
    weights = sorted(float(w) for w in lexicon.arc_log[lexicon.arc_head == head])
    assert weights == pytest.approx([-2.302585, -0.105360], abs=1e-4)


def test_files_of_all_kinds_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text("# restore names 1\nQuokka Protection League\tQPL\tgroup\n", encoding="utf-8")
    (tmp_path / "allow.tsv").write_text("# restore allow 1\nmentioned\twe say so\n", encoding="utf-8")
    (tmp_path / "counts.tsv").write_text("# restore weights 1\nsaid\tA\t900\t0\tmentioned=900\n", encoding="utf-8")
    restorer = RealRestorer(Settings(dictionaries=tuple(str(tmp_path / name) for name in ("names.tsv", "allow.tsv", "counts.tsv"))))
    assert "Quokka Protection League" in restorer.knowledge.gazetteer.text
    assert "mentioned" not in {s.before for s in restorer.restore(SPUN).suggestions}
    lexicon = restorer.lexicon
    rows = [h for h, text in enumerate(lexicon.head_text) if text == "said" and lexicon.families[lexicon.head_family[h]] == "A"]
    assert lexicon.rate[rows[0]] > 0.99


def test_a_users_own_dictionary_counts_unless_isolated(real: Run, home: Path) -> None:
    home.mkdir()
    (home / "dictionary.tsv").write_text("# restore dictionary 1\nquokka\tsmiling wallaby\n", encoding="utf-8")
    assert b"dictionary.tsv:2" in real("dictionary", "lookup", "quokka").out
    assert real("dictionary", "lookup", "quokka", "--isolated").out == b"quokka: in no dictionary\n"
    put("a.txt", "The end.\n")
    (home / "more.tsv").write_text("# restore dictionary 1\nquokka\tquokka\n", encoding="utf-8")
    assert real("a.txt").err.endswith("more.tsv:2: 'quokka' maps to itself\n")
