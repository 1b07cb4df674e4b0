"""Restorations as one HTML page to read, print and decide in; it holds everything it needs and may load nothing.

The page is restore/web/page.html with the style, the scripts and the data put in. The data is what ``--format json`` gives, and for each
text the text itself, the hash of its bytes, and earlier decisions. Script and style are allowed by their hashes alone: nothing that a text brings can run.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.resources import files
from string import Template
from typing import Any, NamedTuple

from restore.decisions import Decision, content_hash
from restore.jsonreport import dumps, to_json
from restore.nouns import Restoration
from restore.textfile import TextFile
from restore.worddiff import visible

#: In the order in which they build on each other; they become one script.
SCRIPTS = ("model.js", "text.js", "card.js", "table.js", "page.js")
#: What would end the data's element, or a line of old JavaScript; as JSON escapes they mean the same.
_ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


class Entry(NamedTuple):
    """A text of the page: its name, the file it was read from, what was found in it, and what was decided about that already."""

    path: str
    file: TextFile
    restoration: Restoration
    decisions: tuple[Decision, ...] = ()


def render_page(entries: Sequence[Entry]) -> str:
    """The page for some texts, one at least; the same texts give the same page, to the byte."""
    style, script = _read("page.css"), "".join(map(_read, SCRIPTS))
    title = visible(entries[0].path) if len(entries) == 1 else f"{len(entries)} texts"
    return Template(_read("page.html")).substitute(
        policy=_policy(style, script),
        title=html.escape(f"{title}: restore"),
        style=style,
        script=script,
        data=embed({"files": [_describe(entry) for entry in entries]}),
    )


def embed(document: dict[str, Any]) -> str:
    r"""JSON that may stand inside a ``<script>`` element, whatever is in its strings.

    >>> embed({"text": "</script><b>&"})
    '{"text": "\\u003c/script\\u003e\\u003cb\\u003e\\u0026"}'
    """
    return dumps(document, indent=None).translate(_ESCAPES)


def _describe(entry: Entry) -> dict[str, Any]:
    file, text = entry.file, entry.restoration.text
    more = {"text": text, "sha256": content_hash(file.encode(file.text)), "decisions": [asdict(decision) for decision in entry.decisions]}
    return to_json(entry.path, entry.restoration) | more


def _policy(*contents: str) -> str:
    """The Content Security Policy: no network, no frames, no forms, and of style and script only these, by hash (CSP level 2)."""
    return "; ".join(["default-src 'none'", *_allowed(contents), "base-uri 'none'", "form-action 'none'"])


def _allowed(contents: Sequence[str]) -> Iterator[str]:
    for kind, content in zip(("style-src", "script-src"), contents, strict=True):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        yield f"{kind} 'sha256-{digest}'"


def _read(name: str) -> str:
    return (files("restore") / "web" / name).read_text(encoding="utf-8")
