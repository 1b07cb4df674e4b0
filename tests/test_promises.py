"""The promises of docs/design.md, on arbitrary text and on the passages of seeds/."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.nouns import invert, replay
from restore.pipeline import Restorer
from restore.settings import Settings

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
SPUN = sorted(SEEDS.glob("*.spun.txt"))
CLEAN = sorted(SEEDS.glob("*.clean.txt")) + sorted(SEEDS.glob("*.original.txt"))
PHRASES = (
    "battle|mentioned|within the|a lot of|{dollars}|gained’t|it's|https://a.b/c|Fact Social"
    "|the|of|a|an|japanese|navy|US|\n|\n\n|  |. |, |“|”|İ|\r\n|\x0b| |e-mail|2 p.c|x_y"
)


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return Restorer()


def check(restorer: Restorer, text: str) -> None:
    """Every promise that holds for a single text."""
    found = restorer.restore(text)
    position = 0
    for s in found.suggestions:
        assert position <= s.start < s.end <= len(text), "suggestions are disjoint and in order"
        assert text[s.start : s.end] == s.before
        assert 0 <= s.probability <= 1
        assert s.before != s.replacement
        assert s.before.count("\n") == s.replacement.count("\n"), "line breaks stay"
        position = s.end
    restored = found.restored
    assert replay(restored, invert(found.edits)) == text
    assert restored.count("\n") == text.count("\n")
    assert restorer.restore(text) == found, "the same answer twice"
    rebuilt, position = [], 0
    for edit in found.edits:
        rebuilt += [text[position : edit.start], edit.after]
        position = edit.end
    assert "".join(rebuilt) + text[position:] == restored, "outside the edits nothing changes"


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300))
def test_any_text(restorer: Restorer, text: str) -> None:
    check(restorer, text)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(PHRASES.split("|")), min_size=1, max_size=80))
def test_text_made_of_what_spinners_put(restorer: Restorer, parts: list[str]) -> None:
    check(restorer, " ".join(parts))


@pytest.mark.parametrize("path", SPUN, ids=lambda p: p.name)
def test_spun_passage(restorer: Restorer, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    check(restorer, text)
    assert restorer.restore(text).spin_rate > 0 or "-advice" in path.name or "-habits" in path.name  # family C is nearly as light as clean text


@pytest.mark.parametrize("path", SPUN, ids=lambda p: p.name)
def test_lines_of_any_width(restorer: Restorer, path: Path) -> None:
    """A hard-wrapped page keeps its lines, and they hardly change an answer."""
    text = path.read_text(encoding="utf-8")
    edits = []
    for width in (9, 30, 72):
        wrapped = "\n".join(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
        check(restorer, wrapped)
        check(restorer, wrapped.replace("\n", "\r\n"))
        edits.append(len(restorer.restore(wrapped).edits))
    assert edits[2] >= 0.9 * len(restorer.restore(text).edits) - 2


@pytest.mark.parametrize("path", SPUN, ids=lambda path: path.name)
def test_a_second_run_changes_nothing(restorer: Restorer, path: Path) -> None:
    once = restorer.restore(path.read_text(encoding="utf-8")).restored
    assert restorer.restore(once).restored == once


@pytest.mark.parametrize("path", CLEAN, ids=lambda p: p.name)
def test_clean_passage_stays(restorer: Restorer, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert restorer.restore(text).restored == text


@pytest.mark.parametrize("path", SPUN[::3], ids=lambda p: p.name)
def test_crlf_changes_no_answer_and_no_line_end(restorer: Restorer, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text += "\n".join(textwrap.wrap(text.replace("\n", " "), 60))
    dos = text.replace("\n", "\r\n")
    restored = restorer.restore(dos).restored
    assert restored.count("\r\n") == dos.count("\r\n")
    assert restored.replace("\r\n", "\n") == restorer.restore(text).restored


def test_an_empty_dictionary_changes_nothing(restorer: Restorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    from restore import places

    for file in places.dictionaries().iterdir():
        if file.name in ("model.bin", "channel.json", "rates.json", "term-evidence.json", "term-bigrams.bin"):
            (folder / file.name).symlink_to(file)
    (folder / "words.tsv").write_text("# restore dictionary 1\n# family: A\nzyxwv\tvwxyz\n", encoding="utf-8")
    for name, kind in (("names.tsv", "names"), ("terms.tsv", "names"), ("terms-wide.tsv", "names"), ("spelling.tsv", "spelling"), ("allow.tsv", "allow")):
        (folder / name).write_text(f"# restore {kind} 1\n", encoding="utf-8")
    monkeypatch.setattr(places, "dictionaries", lambda: folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    empty = Restorer()
    for path in SPUN[:5]:
        text = path.read_text(encoding="utf-8").replace("{", "")
        assert empty.restore(text).restored == text


def test_protected_stretches(restorer: Restorer) -> None:
    text = SPUN[0].read_text(encoding="utf-8")
    off = f"<!-- restore: off -->\n{text}\n<!-- restore: on -->\n"
    assert restorer.restore(off + text).restored.startswith(off)
    kept = replace(Settings(), keep_quotes=True)
    quoting = Restorer(kept).restore(text)
    quotes = [(i, text.find("”", i)) for i, c in enumerate(text) if c == "“"]
    assert all(not (a < s.start < b) for s in quoting.suggestions for a, b in quotes)


def test_thresholds_only_decide_the_action(restorer: Restorer) -> None:
    text = SPUN[3].read_text(encoding="utf-8")
    strict = Restorer(replace(Settings(), threshold=0.9)).restore(text)
    loose = restorer.restore(text)
    assert [(s.start, s.replacement, s.probability) for s in strict.suggestions] == [(s.start, s.replacement, s.probability) for s in loose.suggestions]
    assert {s.start for s in strict.suggestions if s.action == "apply"} <= {s.start for s in loose.suggestions if s.action == "apply"}


def test_a_user_dictionary_is_used_and_an_allowed_phrase_is_not_touched(restorer: Restorer, tmp_path: Path) -> None:
    text = SPUN[1].read_text(encoding="utf-8")
    first = next(s for s in restorer.restore(text).suggestions if s.action == "apply")
    allowed = Restorer(replace(Settings(), allow=(first.before,))).restore(text)
    assert all(first.before.lower() != s.before.lower() for s in allowed.suggestions)
