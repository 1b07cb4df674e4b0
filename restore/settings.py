"""Settings as layers one can see: defaults < pyproject.toml or restore.toml < flags.

A file layer is the nearest restore.toml (keys at the top level) or pyproject.toml with a ``[tool.restore]`` table, going up from where the
input lies. Keys are written with dashes or underscores. Whatever is not understood is refused, with the file and the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from reprlib import repr as short
from typing import Any

from restore.dictionary import FAMILIES
from restore.errors import SettingsError
from restore.places import personal_files

DEFAULT = "default"
FLAG = "flag"
_FILE = "restore.toml"
_PROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run may be told. Thresholds are probabilities: apply from ``threshold`` up, ask from ``ask_threshold`` up, leave below.

    ``dictionaries``: extra dictionary files, later ones win; ``family``: one of ``restore.dictionary.FAMILIES``, or "auto"; ``allow``: phrases that
    are never touched; ``ignore``: words and phrases for which nothing is suggested (``restore.exemptions`` has the notation of both).
    ``fast``: no second look; ``model``: the language model of the second look, a GGUF file or converted folder ("": the installed one).
    """

    threshold: float = 0.65
    ask_threshold: float = 0.3
    dictionaries: tuple[str, ...] = ()
    family: str = "auto"
    keep_quotes: bool = False
    allow: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fast: bool = False
    model: str = ""


NAMES = tuple(field.name for field in fields(Settings))


@dataclass(frozen=True, slots=True)
class LayeredSettings:
    """The settings in effect and, by field name, the layer each comes from: "default", the path of a file, or "flag"."""

    settings: Settings
    sources: Mapping[str, str]

    @property
    def rows(self) -> tuple[tuple[str, object, str], ...]:
        """Name, value and source of every setting, in the order of the fields."""
        return tuple((name, getattr(self.settings, name), self.sources[name]) for name in NAMES)


def load_settings(start: Path, *, config: Path | None, isolated: bool, overrides: Mapping[str, object]) -> LayeredSettings:
    """Merge the layers; of the overrides those that are not None count.

    ``config`` names the settings file instead of searching upwards from ``start``; ``isolated`` reads none. Dictionaries add up instead of overriding
    each other: those of the user's own folder (none when ``isolated``), then the file's, then the flags'. Raises SettingsError for unknown keys, wrong
    types and ranges, files that are not TOML or not there, and ``config`` together with ``isolated``.

    >>> layered = load_settings(Path(), config=None, isolated=True, overrides={"threshold": 0.9, "family": None})
    >>> layered.settings.threshold, layered.sources["threshold"], layered.sources["family"]
    (0.9, 'flag', 'default')
    """
    if config and isolated:
        raise SettingsError("--config", f"contradicts --isolated ({config})", "give one of the two")
    layers = [] if isolated else [_personal_layer()]
    found = None if isolated else _named_table(config) if config else _nearest_table(start)
    if found:
        layers.append((str(found[0]), _file_layer(*found)))
    layers.append((FLAG, dict(_checked(_flag(key), key, value) for key, value in overrides.items() if value is not None)))
    values: dict[str, Any] = {}
    sources = dict.fromkeys(NAMES, DEFAULT)
    for source, layer in layers:
        for name, value in layer.items():
            adds = name == "dictionaries" and name in values
            values[name] = (*values[name], *value) if adds else value
            sources[name] = f"{sources[name]} + {source}" if adds else source
    settings = replace(Settings(), **values)
    _check_order(settings, sources)
    return LayeredSettings(settings, sources)


def find_settings(start: Path) -> Path | None:
    """The settings file that counts for what lies in ``start``, if there is one. Raises SettingsError for one that is not TOML."""
    found = _nearest_table(start)
    return found[0] if found else None


def _personal_layer() -> tuple[str, dict[str, Any]]:
    """The dictionaries in the user's own folder, if there are any."""
    files = personal_files()
    return (str(files[0].parent), {"dictionaries": tuple(map(str, files))}) if files else ("", {})


def _nearest_table(start: Path) -> tuple[Path, Mapping[str, object]] | None:
    """The settings file that counts and its table; in one folder restore.toml goes before pyproject.toml."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if _is_file(folder / _FILE):
            return folder / _FILE, _read_toml(folder / _FILE)
        if _is_file(folder / _PROJECT):
            table = _tool_table(folder / _PROJECT)
            if table is not None:
                return folder / _PROJECT, table
    return None


def _named_table(path: Path) -> tuple[Path, Mapping[str, object]]:
    """The table of a file that was asked for by name, which therefore must have one."""
    table = _tool_table(path) if path.name == _PROJECT else _read_toml(path)
    if table is None:
        raise SettingsError(path, "no [tool.restore] table", "add one, or name a restore.toml")
    return path, table


def _tool_table(path: Path) -> Mapping[str, object] | None:
    tool = _read_toml(path).get("tool")
    if not isinstance(tool, dict) or "restore" not in tool:
        return None
    table = tool["restore"]
    if not isinstance(table, dict):
        raise SettingsError(path, f"tool.restore must be a table, not {short(table)}", "write [tool.restore]")
    return table


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingsError(path, f"cannot read the settings ({error.strerror or error})", "check the path") from error
    except UnicodeDecodeError as error:
        raise SettingsError(path, f"not UTF-8 (byte {error.start})", "save the settings as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(path, f"not TOML: {error}", "mend the file, or run with --isolated") from error


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a folder above the start that may not be searched has none for us."""
    try:
        return path.is_file()
    except OSError:
        return False


def _file_layer(path: Path, table: Mapping[str, object]) -> dict[str, Any]:
    """The values of one file by field name; its dictionaries are relative to the file."""
    layer: dict[str, Any] = {}
    for key, raw in table.items():
        name, value = _checked(str(path), key, raw)
        if name in layer:
            raise SettingsError(path, f"{key!r} stands twice, with a dash and with an underscore", "keep one")
        if name == "dictionaries":
            value = tuple(str(path.parent / entry) for entry in _phrases(raw))
        layer[name] = str(path.parent / _path(raw)) if name == "model" else value
    return layer


def _checked(where: str, key: str, raw: object) -> tuple[str, Any]:
    """Field name and value of one entry, or SettingsError."""
    name = key.replace("-", "_")
    if name not in _READERS:
        raise SettingsError(where, f"unknown setting {key!r}", _nearest_name(key))
    try:
        return name, _READERS[name](raw)
    except ValueError as error:
        raise SettingsError(where, f"{key!r} must be {error}, not {short(raw)}") from error


def _nearest_name(key: str) -> str:
    """A hint at what was meant, spelt with dashes or underscores as the key is."""
    near = get_close_matches(key.replace("-", "_").lower(), NAMES, n=1)
    if not near:
        return f"the settings are {', '.join(NAMES)}"
    return f"did you mean '{near[0].replace('_', '-') if '-' in key else near[0]}'?"


def _check_order(settings: Settings, sources: Mapping[str, str]) -> None:
    """Asking must not begin above applying; said after merging, because the two may come from different layers."""
    ask, apply = settings.ask_threshold, settings.threshold
    if ask > apply:
        given = [(key, sources[key]) for key in ("threshold", "ask_threshold") if sources[key] != DEFAULT]
        where = next((_flag(key) for key, source in given if source == FLAG), given[0][1])
        what = f"'ask_threshold' ({ask}, {sources['ask_threshold']}) is above 'threshold' ({apply}, {sources['threshold']})"
        raise SettingsError(where, what, f"set ask_threshold to {apply} or less")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _share(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        raise ValueError("a number from 0 to 1")
    return float(raw)


def _switch(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("true or false")
    return raw


def _family(raw: object) -> str:
    families = ("auto", *FAMILIES)
    if not isinstance(raw, str) or raw not in families:
        raise ValueError(f"one of {', '.join(families)}")
    return raw


def _path(raw: object) -> str:
    if not isinstance(raw, str | Path) or not str(raw).strip():
        raise ValueError("a path")
    return str(raw)


def _phrases(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(entry, str) and entry.strip() for entry in raw):
        raise ValueError("a list of strings that are not blank")
    return tuple(raw)


_READERS: Mapping[str, Callable[[object], object]] = {
    "threshold": _share,
    "ask_threshold": _share,
    "dictionaries": _phrases,
    "family": _family,
    "keep_quotes": _switch,
    "allow": _phrases,
    "ignore": _phrases,
    "fast": _switch,
    "model": _path,
}
