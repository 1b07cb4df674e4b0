r"""JSON lines as layers: of every line the value of one field is a text; all other bytes of the line stay as they are.

The line is read with the standard decoder, value by value, to know where each begins and ends; so key order, spacing, number formats and escapes are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]

from restore.corpus.layer import Layer, assemble

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
#: An escape; two halves of a character beyond U+FFFF are one.
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")


def value_spans(line: str) -> dict[str, tuple[int, int]]:
    """Where the value of each key of the object in ``line`` stands; the last of equal keys counts. Raises ValueError when it is no JSON object.

    >>> value_spans('{"id": 7, "text": "war"}')
    {'id': (7, 8), 'text': (18, 23)}
    """
    spans: dict[str, tuple[int, int]] = {}
    position = _skip(line, 0)
    if line[position : position + 1] != "{":
        raise ValueError("not a JSON object")
    position = _skip(line, position + 1)
    while line[position : position + 1] != "}":
        if spans:
            position = _skip(line, _expect(line, position, ","))
        key, position = scanstring(line, _expect(line, position, '"'), True)
        start = _skip(line, _expect(line, _skip(line, position), ":"))
        end = _value_end(line, start)
        spans[key] = (start, end)
        position = _skip(line, end)
    if line[position + 1 :].strip(" \t\r\n"):
        raise ValueError(f"more text after the object (character {position + 1})")
    return spans


def string_layer(token: str) -> Layer:
    r"""The text of a JSON string, given with its quotes; escapes stay where nothing is edited.

    >>> string_layer('"a\\u0020war\\n"').text
    'a war\n'
    """

    def escape(text: str, _: int) -> str:
        return json.dumps(text, ensure_ascii=token.isascii())[1:-1]

    return assemble(token, list(_characters(token)), escape)


def annotate(line: str, columns: dict[str, float | int]) -> str:
    """The line with further columns at the end of its object; columns that it has already get the new value.

    >>> annotate('{"text": "war" }', {"restore_edits": 2})
    '{"text": "war" , "restore_edits": 2}'
    """
    spans = value_spans(line)
    end = line.rindex("}")
    fresh = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in columns.items() if key not in spans]
    comma = ", " if spans and fresh else ""
    line = line[:end] + comma + ", ".join(fresh) + line[end:]
    known = sorted(((spans[key], value) for key, value in columns.items() if key in spans), reverse=True)
    for (low, high), value in known:
        line = line[:low] + json.dumps(value) + line[high:]
    return line


def _characters(token: str) -> Iterator[tuple[int, int, str]]:
    position, end = 1, len(token) - 1
    for match in _ESCAPE.finditer(token, 1, end):
        if match.start() > position:
            yield position, match.start(), token[position : match.start()]
        yield match.start(), match.end(), json.loads(f'"{match[0]}"')
        position = match.end()
    if position < end:
        yield position, end, token[position:end]


def _value_end(line: str, start: int) -> int:
    try:
        return int(_DECODER.raw_decode(line, start)[1])
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _skip(line: str, position: int) -> int:
    match = _SPACE.match(line, position)
    return match.end() if match else position


def _expect(line: str, position: int, character: str) -> int:
    if line[position : position + 1] != character:
        raise ValueError(f"{character!r} expected (character {position})")
    return position + 1
