r"""HTML as a layer: text nodes and the values of alt and title attributes are text, all the rest stays byte for byte.

A small tokenizer after the HTML standard (tags, attributes, comments, raw-text elements) that keeps offsets; parsers that build trees do not. What is
unclear, such as a tag that never ends, is left alone with everything behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape as escape_markup
from html import unescape

from restore.corpus.layer import Layer, assemble

Span = tuple[int, int, str]
#: Elements inside a line of text; any other tag ends the sentence, as it starts a new block on the page.
INLINE = frozenset("a abbr acronym b bdi bdo big cite data del dfn em font i ins label mark q s small span strike strong sub sup time tt u wbr img".split())
#: Elements whose content is no prose.
LEFT = frozenset("script style code pre kbd samp var svg math template textarea xmp iframe noembed noframes select object".split())
#: Of these those that stand inside a sentence: there a number, which nothing replaces, stands for them.
_IN_SENTENCE = frozenset("code kbd samp var math svg".split())
#: Elements whose content is characters up to their own end tag, whatever it looks like.
_RAW = frozenset("script style textarea xmp iframe noembed noframes".split())
_SPOKEN = frozenset(("alt", "title"))
#: Possessive throughout, so that hostile markup costs linear time.
_ATTRIBUTE = r"""[\s/]++|(?P<name>[^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|[^\s>"'][^\s>]*+)?)?|="""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(rf"<(?P<close>/?)(?P<tag>[A-Za-z][^\s/>]*+)(?P<attributes>(?:{re.sub(r'[?]P<[a-z]+>', '?:', _ATTRIBUTE)})*+)>")
_OTHER = re.compile(r"<!--(?:>|->|.*?--!?>)|<!\[CDATA\[.*?\]\]>|<[!?/][^>]*+>", re.DOTALL)
_OPENS = re.compile(r"<(?=[A-Za-z!?/])")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_SWITCH = re.compile(r"restore:\s*(on|off)\b")
_BLANK = str.maketrans("\n\r\t\f", "    ")
_BREAK: Span = (-1, -1, "\n\n")


def html_layer(source: str, encoding: str = "utf-8") -> Layer:
    """The text of a page. Alternative texts and titles come after it, a paragraph each; replacements are escaped for ``encoding``.

    >>> html_layer('<p>A <b>big</b> war<img alt="Tanks &amp; men"><code>x = 1</code>').text
    'A big war0\\n\\nTanks & men'
    """
    body: list[Span] = []
    spoken: list[Span] = []
    values: set[int] = set()
    on = True
    for kind, start, end in _tokens(source):
        if kind == "text" and on:
            body += _characters(source, start, end)
        elif kind == "value" and on:
            spoken += [_BREAK, *_characters(source, start, end)]
            values.update(range(start, end))
        elif kind == "comment" and (switch := _SWITCH.search(source, start, end)):
            on = switch[1] == "on"
        elif kind == "left":
            body.append((-1, -1, "0"))
        elif kind == "block" and body and body[-1] is not _BREAK:
            body.append(_BREAK)

    def escape(text: str, at: int) -> str:
        return escape_markup(text, quote=at in values).encode(encoding, "xmlcharrefreplace").decode(encoding)

    return assemble(source, [*body, *spoken], escape, offsets_in_source=True)


def _tokens(source: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end): "text" between tags, "value" of an attribute that is read out, "comment", "block" and "left" for what separates."""
    position, size = 0, len(source)
    while position < size:
        opens = _OPENS.search(source, position)
        start = opens.start() if opens else size
        if start > position:
            yield "text", position, start
        if start == size:
            return
        tag = _TAG.match(source, start)
        other = None if tag else _OTHER.match(source, start)
        if tag:
            yield from _tag_tokens(tag)
            position = _after(source, tag)
        elif other:
            yield "comment", *other.span()
            position = other.end()
        else:
            return  # a tag, comment or declaration that never ends


def _tag_tokens(tag: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    name = tag["tag"].lower()
    if tag["close"]:
        if name not in INLINE and name not in LEFT:
            yield "block", *tag.span()
        return
    offset = tag.start("attributes")
    for attribute in _ATTRIBUTES.finditer(tag["attributes"]):
        group = attribute.lastgroup
        if group in ("double", "single") and attribute["name"].lower() in _SPOKEN:
            yield "value", offset + attribute.start(group), offset + attribute.end(group)
    if name in _IN_SENTENCE:
        yield "left", *tag.span()
    elif name not in INLINE:
        yield "block", *tag.span()


def _after(source: str, tag: re.Match[str]) -> int:
    """Where reading goes on: behind the tag, or behind the element when its content is left alone."""
    name = tag["tag"].lower()
    if tag["close"] or name not in LEFT or tag["attributes"].endswith("/"):
        return tag.end()
    depth = 1
    for found in re.compile(rf"<(/?){re.escape(name)}(?=[\s/>])[^>]*+>?", re.IGNORECASE).finditer(source, tag.end()):
        depth += -1 if found[1] else name not in _RAW
        if not depth:
            return found.end()
    return len(source)


def _characters(source: str, start: int, end: int) -> Iterator[Span]:
    """Text as it reads: character references resolved, white space of the source as spaces."""
    position = start
    for reference in _REFERENCE.finditer(source, start, end):
        read = unescape(reference[0])
        if read != reference[0]:
            if reference.start() > position:
                yield position, reference.start(), source[position : reference.start()].translate(_BLANK)
            yield reference.start(), reference.end(), read
            position = reference.end()
    if position < end:
        yield position, end, source[position:end].translate(_BLANK)
