"""Layers merge in order and say where each value came from; whatever is not understood is refused with file and key."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restore.errors import SettingsError
from restore.settings import _READERS, LayeredSettings, Settings, load_settings


def load(start: Path, config: Path | None = None, isolated: bool = False, **overrides: Any) -> LayeredSettings:
    return load_settings(start, config=config, isolated=isolated, overrides=overrides)


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(start: Path, **overrides: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(start, **overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_defaults(tmp_path: Path) -> None:
    layered = load(tmp_path, isolated=True)
    assert asdict(layered.settings) == {
        "threshold": 0.65,
        "ask_threshold": 0.3,
        "dictionaries": (),
        "family": "auto",
        "keep_quotes": False,
        "allow": (),
        "ignore": (),
        "fast": False,
        "model": "",
    }
    assert set(layered.sources.values()) == {"default"}


def test_every_setting_is_read_and_checked() -> None:
    assert list(_READERS) == [field.name for field in fields(Settings)]


def test_flags_go_before_the_file_and_the_file_before_defaults(tmp_path: Path) -> None:
    path = put(tmp_path / "restore.toml", 'threshold = 0.8\nask-threshold = 0.3\nkeep_quotes = true\nallow = ["deep learning"]\n')
    layered = load(tmp_path, threshold=0.9, family="A2", allow=None, keep_quotes=False)
    assert layered.settings == Settings(threshold=0.9, ask_threshold=0.3, family="A2", keep_quotes=False, allow=("deep learning",))
    assert layered.rows == (
        ("threshold", 0.9, "flag"),
        ("ask_threshold", 0.3, str(path)),
        ("dictionaries", (), "default"),
        ("family", "A2", "flag"),
        ("keep_quotes", False, "flag"),
        ("allow", ("deep learning",), str(path)),
        ("ignore", (), "default"),
        ("fast", False, "default"),
        ("model", "", "default"),
    )


def test_the_nearest_file_counts_alone(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", 'threshold = 0.8\nfamily = "B"\n')
    near = put(tmp_path / "a" / "pyproject.toml", "[tool.restore]\nthreshold = 0.7\n")
    (tmp_path / "a" / "b").mkdir()
    for start in (tmp_path / "a" / "b", tmp_path / "a" / "b" / "text.txt"):
        layered = load(start)
        assert layered.settings == Settings(threshold=0.7)
        assert layered.sources["threshold"] == str(near)


def test_restore_toml_goes_before_pyproject_in_one_folder(tmp_path: Path) -> None:
    put(tmp_path / "pyproject.toml", "[tool.restore]\nthreshold = 0.7\n")
    put(tmp_path / "restore.toml", "threshold = 0.8\n")
    assert load(tmp_path).settings.threshold == 0.8


@pytest.mark.parametrize("other", ["", "tool = 3\n", "[tool.ruff]\nline-length = 160\n"])
def test_a_pyproject_without_our_table_does_not_count(tmp_path: Path, other: str) -> None:
    put(tmp_path / "restore.toml", "threshold = 0.8\n")
    put(tmp_path / "a" / "pyproject.toml", other)
    assert load(tmp_path / "a").settings.threshold == 0.8


def test_an_empty_table_counts(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", "threshold = 0.8\n")
    put(tmp_path / "a" / "pyproject.toml", "[tool.restore]\n")
    assert load(tmp_path / "a").settings == Settings()


def test_isolated_reads_no_file(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", "broken =\n")
    assert load(tmp_path, isolated=True, threshold=0.6).settings == Settings(threshold=0.6)


def test_a_named_file_is_read_instead(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", "threshold = 0.8\n")
    strict = put(tmp_path / "conf" / "strict.toml", "threshold = 0.95\n")
    assert load(tmp_path, config=strict).rows[0] == ("threshold", 0.95, str(strict))
    project = put(tmp_path / "conf" / "pyproject.toml", "[tool.restore]\nthreshold = 0.6\n")
    assert load(tmp_path, config=project).rows[0] == ("threshold", 0.6, str(project))


def test_a_named_file_must_be_there_and_say_something(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert refusal(tmp_path, config=missing) == f"{missing}: cannot read the settings (No such file or directory); check the path"
    bare = put(tmp_path / "pyproject.toml", "[project]\n")
    assert refusal(tmp_path, config=bare).startswith(f"{bare}: no [tool.restore] table")
    assert refusal(tmp_path, config=bare, isolated=True).startswith("--config: contradicts --isolated")


def test_dictionaries_of_a_file_are_relative_to_it(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", 'dictionaries = ["own.tsv", "/shared/terms.tsv"]\n')
    (tmp_path / "a").mkdir()
    assert load(tmp_path / "a").settings.dictionaries == (str(tmp_path / "own.tsv"), "/shared/terms.tsv")
    assert load(tmp_path / "a", dictionaries=["own.tsv"]).settings.dictionaries == (str(tmp_path / "own.tsv"), "/shared/terms.tsv", "own.tsv")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("treshold", "did you mean 'threshold'?"),
        ("ask-treshold", "did you mean 'ask-threshold'?"),
        ("ask_treshold", "did you mean 'ask_threshold'?"),
        ("Keep_Quote", "did you mean 'keep_quotes'?"),
        ("xyz", "the settings are threshold, ask_threshold, dictionaries, family, keep_quotes, allow, ignore, fast, model"),
    ],
)
def test_unknown_keys_are_refused(tmp_path: Path, key: str, hint: str) -> None:
    path = put(tmp_path / "restore.toml", f"{key} = 1\n")
    assert refusal(tmp_path) == f"{path}: unknown setting '{key}'; {hint}"
    assert refusal(tmp_path, isolated=True, **{key: 1}) == f"--{key.replace('_', '-')}: unknown setting '{key}'; {hint}"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('threshold = "high"', "'threshold' must be a number from 0 to 1, not 'high'"),
        ("threshold = true", "'threshold' must be a number from 0 to 1, not True"),
        ("threshold = 50", "'threshold' must be a number from 0 to 1, not 50"),
        ("threshold = nan", "'threshold' must be a number from 0 to 1, not nan"),
        ("ask-threshold = -0.1", "'ask-threshold' must be a number from 0 to 1, not -0.1"),
        ("keep-quotes = 1", "'keep-quotes' must be true or false, not 1"),
        ('family = "Z"', "'family' must be one of auto, A, A2, A3, B, C, D, E, G, H, term, academic, tortured, user, not 'Z'"),
        ('allow = "deep learning"', "'allow' must be a list of strings that are not blank, not 'deep learning'"),
        ("allow = [1]", "'allow' must be a list of strings that are not blank, not [1]"),
        ('ignore = [" "]', "'ignore' must be a list of strings that are not blank, not [' ']"),
        ('dictionaries = {a = "b"}', "'dictionaries' must be a list of strings that are not blank, not {'a': 'b'}"),
        ("ask-threshold = 0.1\nask_threshold = 0.1", "'ask_threshold' stands twice, with a dash and with an underscore; keep one"),
        ("threshold = 0.1", "'ask_threshold' (0.3, default) is above 'threshold' (0.1, {path}); set ask_threshold to 0.1 or less"),
        ("ask_threshold = 0.8", "'ask_threshold' (0.8, {path}) is above 'threshold' (0.65, default); set ask_threshold to 0.65 or less"),
    ],
)
def test_wrong_values_are_refused_with_file_and_key(tmp_path: Path, line: str, what: str) -> None:
    path = put(tmp_path / "restore.toml", line + "\n")
    assert refusal(tmp_path) == f"{path}: {what.replace('{path}', str(path))}"


def test_wrong_flags_are_refused_by_name(tmp_path: Path) -> None:
    assert refusal(tmp_path, isolated=True, ask_threshold=2) == "--ask-threshold: 'ask_threshold' must be a number from 0 to 1, not 2"
    put(tmp_path / "restore.toml", "threshold = 0.4\n")
    assert refusal(tmp_path, ask_threshold=0.45).startswith("--ask-threshold: 'ask_threshold' (0.45, flag) is above 'threshold' (0.4, ")


def test_the_order_is_checked_after_merging(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", "threshold = 0.1\n")
    assert load(tmp_path, ask_threshold=0.1).settings == Settings(threshold=0.1, ask_threshold=0.1)


@pytest.mark.parametrize("content", [b"threshold =\n", b"allow = ['caf\xe9']\n", b"a = " + b"[" * 5000])
@pytest.mark.parametrize("name", ["restore.toml", "pyproject.toml"])
def test_broken_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path).startswith(f"{tmp_path / name}: not ")


def test_our_table_must_be_a_table(tmp_path: Path) -> None:
    path = put(tmp_path / "pyproject.toml", "[tool]\nrestore = 3\n")
    assert refusal(tmp_path) == f"{path}: tool.restore must be a table, not 3; write [tool.restore]"


def test_a_byte_order_mark_is_accepted_and_a_folder_is_no_file(tmp_path: Path) -> None:
    put(tmp_path / "restore.toml", "\ufeffthreshold = 0.8\n")
    (tmp_path / "a" / "restore.toml").mkdir(parents=True)
    assert load(tmp_path / "a").settings.threshold == 0.8


def test_an_unsearchable_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "is_file", denied)
    assert load(tmp_path).settings == Settings()


shares = st.floats(0, 1)
phrases = st.lists(st.text("ab \"'\\\n\t\x01\x7fé\u2028\U00010348", min_size=1).filter(str.strip), max_size=3).map(tuple)


@settings(max_examples=50, deadline=None)
@given(st.tuples(shares, shares).map(sorted), phrases, st.booleans())
def test_a_file_and_flags_of_the_same_values_agree(tmp_path_factory: pytest.TempPathFactory, pair: list[float], allow: tuple[str, ...], quotes: bool) -> None:
    ask, threshold = pair
    values: dict[str, Any] = {"threshold": threshold, "ask_threshold": ask, "allow": allow, "keep_quotes": quotes}
    allowed = ", ".join(json.dumps(phrase, ensure_ascii=False).replace("\x7f", "\\u007f") for phrase in allow)
    lines = [f"threshold = {threshold!r}", f"ask-threshold = {ask!r}", f"allow = [{allowed}]", f"keep-quotes = {str(quotes).lower()}"]
    path = put(tmp_path_factory.getbasetemp() / "property" / "restore.toml", "\n".join(lines))
    assert load(path.parent).settings == load(path.parent, isolated=True, **values).settings
