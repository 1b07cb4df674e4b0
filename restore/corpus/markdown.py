"""Markdown as a layer: front matter and indented code stay; fenced code, links and inline HTML are known to the core, which leaves them alone."""

from __future__ import annotations

import re

from restore.corpus.layer import Layer, as_is, assemble

#: YAML between lines of three dashes, or TOML between lines of three plus signs, at the very beginning.
_FRONT = re.compile(r"(---|\+\+\+)[ \t]*\r?\n.*?^\1[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
#: Lines indented by four spaces or a tab after an empty line. Below a list item such lines are its next paragraph, not code.
_INDENTED = re.compile(r"(?:^(?: {4}|\t)[^\n]*(?:\n|\Z)|^[ \t]*\n)+", re.MULTILINE)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")


def markdown_layer(source: str) -> Layer:
    r"""The prose of a Markdown file.

    >>> markdown_layer("---\ntitle: War\n---\nThe war.\n\n    x = 1\n\nEnd.\n").text
    'The war.\n\n\nEnd.\n'
    """
    front = _FRONT.match(source)
    position = front.end() if front else 0
    left = [match.span() for match in _INDENTED.finditer(source, position) if _is_code(source, *match.span(), position)]
    if not left and not position:
        return Layer(source, source, offsets_in_source=True)
    spans: list[tuple[int, int, str]] = []
    for start, end in left:
        spans += [(position, start, source[position:start]), (-1, -1, "\n\n")]
        position = end
    spans.append((position, len(source), source[position:]))
    return assemble(source, spans, as_is, offsets_in_source=True)


def _is_code(source: str, start: int, end: int, first: int) -> bool:
    """Whether a run of empty and indented lines is a code block: it holds text, an empty line comes before, and no list item goes on in it."""
    if not source[start:end].strip():
        return False
    head = source[first:start].rstrip()
    block = head[head.rfind("\n\n") + 1 :]
    opened = not head or source[start:end].lstrip(" \t").startswith(("\n", "\r")) or source[first:start].endswith("\n\n")
    return opened and not any(_ITEM.match(line) for line in block.split("\n") if line.strip())
