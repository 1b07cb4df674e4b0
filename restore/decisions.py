"""The decisions file: what somebody answered about the suggestions for one text, kept beside it as ``FILE.restore.json``.

It is written by the terminal review and by the report page, after every answer, and read by ``restore apply`` and ``restore learn decisions``.
docs/review.md describes the format. A decision holds the words around its place, so it can be found again when the text has changed
(``restore.reanchor``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast, get_args

from restore.errors import InputError, SettingsError
from restore.nouns import Evidence, Restoration, Suggestion
from restore.textfile import write_atomically

Choice = Literal["accept", "reject", "edit"]
VERSION = 1
KIND = "restore-decisions"
SUFFIX = ".restore.json"
#: Characters of the text kept on either side of a decision. Five to seven words, which tell one "battle" of a page from the next.
CONTEXT = 40
_RETRY = "decide again with 'restore review', or download the file once more"


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer: ``text[start:end]``, which is ``before``, becomes ``replacement`` ("accept": as suggested, "edit": the reviewer's own words) or
    stays ("reject"). ``left`` and ``right`` are the up to 40 characters around it; ``when`` is an ISO 8601 time in UTC."""

    start: int
    end: int
    before: str
    choice: Choice
    replacement: str
    left: str = ""
    right: str = ""
    who: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions about one text, in text order and disjoint; ``sha256`` is the hash of the bytes that they were made on."""

    path: str
    sha256: str
    decisions: tuple[Decision, ...] = ()


def sidecar(path: Path) -> Path:
    """Where the decisions about a file are kept unless somebody says otherwise.

    >>> sidecar(Path("news/article.txt")).as_posix()
    'news/article.txt.restore.json'
    """
    return path.with_name(path.name + SUFFIX)


def content_hash(data: bytes) -> str:
    """The hash that ties decisions to a file's bytes: SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def decide(text: str, suggestion: Suggestion, choice: Choice, replacement: str, *, who: str = "", when: str = "") -> Decision:
    """A decision about a suggestion for ``text``, with the words around it."""
    start, end = suggestion.start, suggestion.end
    left, right = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return Decision(start, end, suggestion.before, choice, replacement, left, right, who, when)


def now() -> str:
    """The time of a decision, to the second.

    >>> len(now()), now()[-1]
    (20, 'Z')
    """
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decided(text: str, decisions: Iterable[Decision]) -> Restoration:
    """The text as the decisions leave it: a restoration whose suggestions are those that were accepted or edited.

    >>> decided("the battle ends", [Decision(4, 10, "battle", "accept", "war")]).restored
    'the war ends'
    """
    taken = (d for d in decisions if d.choice != "reject" and d.replacement != d.before)
    made = tuple(Suggestion(d.start, d.end, d.before, d.replacement, 1.0, "apply", (), Evidence("decision")) for d in taken)
    return Restoration(text, made, 0.0, "")


def read_decisions(path: Path) -> Decisions:
    """Read a decisions file. Raises InputError when it cannot be read, SettingsError when it is not one or of a version this program does not know."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(path, f"cannot read the decisions ({error.strerror or error})", "name another file with --decisions") from error
    try:
        return loads(data.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise SettingsError(path, f"not a decisions file: not UTF-8 (byte {error.start})", _RETRY) from error


def write_decisions(path: Path, decisions: Decisions) -> None:
    """Put the decisions in place of the file at once: whoever reads it finds either the old ones or the new ones."""
    write_atomically(path, dumps(decisions).encode("utf-8"))


def dumps(decisions: Decisions) -> str:
    """The file's text: deterministic, one decision a line, so that a version control system shows what changed."""
    return wrap(decisions, [row_of(d) for d in decisions.decisions])


def row_of(decision: Decision) -> str:
    """One decision as JSON. ASCII, because half characters and undecodable bytes would not survive as UTF-8."""
    return json.dumps({name: getattr(decision, name) for name in decision.__slots__}, ensure_ascii=True)


def wrap(head: Decisions, rows: Sequence[str]) -> str:
    """The file's text around rows that are JSON already."""
    fields = {"version": VERSION, "kind": KIND, "path": head.path, "sha256": head.sha256}
    lines = "".join(f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in fields.items())
    body = "\n  " + ",\n  ".join(rows) + "\n " if rows else ""
    return f'{{\n{lines} "decisions": [{body}]\n}}\n'


def loads(text: str, name: str) -> Decisions:
    """The decisions in a file's text; ``name`` is what errors call it. Fields it does not know are passed over, as within a version they may be added."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(name, f"not a decisions file: not JSON ({error})", _RETRY) from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise SettingsError(name, f"not a decisions file: its 'kind' is not {KIND!r}", _RETRY)
    if document.get("version") != VERSION:
        raise SettingsError(name, f"decisions of version {document.get('version')!r}, and only {VERSION} is known", "use a newer restore")
    rows = document.get("decisions")
    if not isinstance(rows, list):
        raise SettingsError(name, "'decisions' is missing or is no list", _RETRY)
    found = tuple(_decision(row, f"{name}: decision {number}") for number, row in enumerate(rows, 1))
    _check_order(found, name)
    return Decisions(_text(document, "path", name), _text(document, "sha256", name), found)


def _decision(row: object, where: str) -> Decision:
    if not isinstance(row, dict):
        raise SettingsError(where, "is no object", _RETRY)
    start, end = (_field(row, key, where, _is_offset, "an offset") for key in ("start", "end"))
    texts = {key: _text(row, key, where) for key in ("before", "choice", "replacement", "left", "right", "who", "when")}
    if texts["choice"] not in get_args(Choice):
        raise SettingsError(where, f"'choice' is {texts['choice']!r}, not accept, reject or edit", _RETRY)
    if end - start != len(texts["before"]) or end == start:
        raise SettingsError(where, f"'before' does not fill the span from {start} to {end}", _RETRY)
    if texts["before"].count("\n") != texts["replacement"].count("\n"):
        raise SettingsError(where, "the replacement has a line break more or less than the words it replaces", _RETRY)
    return Decision(start, end, texts["before"], cast(Choice, texts["choice"]), texts["replacement"], *(texts[k] for k in ("left", "right", "who", "when")))


def _check_order(found: tuple[Decision, ...], name: str) -> None:
    for number, (a, b) in enumerate(pairwise(found), 2):
        if b.start < a.end:
            raise SettingsError(f"{name}: decision {number}", f"begins at {b.start}, before the one above it ends", _RETRY)


def _text(row: Mapping[str, object], key: str, where: str) -> str:
    return cast(str, _field(row, key, where, lambda value: isinstance(value, str), "a string"))


def _field(row: Mapping[str, object], key: str, where: str, fits: Callable[[object], bool], wanted: str) -> Any:
    value = row.get(key)
    if not fits(value):
        raise SettingsError(where, f"'{key}' must be {wanted}", _RETRY)
    return value


def _is_offset(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
