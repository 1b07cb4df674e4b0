"""What the dictionaries know of one phrase, in both directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from restore.jsonreport import VERSION
from restore.lexicon import I64, Lexicon, PhraseTable
from restore.tokens import words

#: Decimals of a weight.
DECIMALS = 4


def look_up(lexicon: Lexicon, phrase: str) -> dict[str, Any]:
    """``originals``: what ``phrase`` may stand for; ``variants``: what spinners put for it. Each with the weight of the variant given that the
    original is replaced, likeliest first. Words are matched as in a text: letter case does not count, and "an" is "a"."""
    ids = lexicon.encode(words(phrase))
    originals, variants = [], []
    for arc in _entries(lexicon.variants, ids).tolist():
        originals.append(_entry(lexicon, arc, lexicon.head_text[lexicon.arc_head[arc]]))
    heads = lexicon.head_order[_entries(lexicon.heads, ids)]
    for arc in np.flatnonzero(np.isin(lexicon.arc_head, heads)).tolist():
        variants.append(_entry(lexicon, arc, lexicon.variant_text[lexicon.arc_variant[arc]]))
    return {"version": VERSION, "phrase": phrase, "originals": _ranked(originals), "variants": _ranked(variants)}


def describe(found: dict[str, Any]) -> str:
    """The same as text to read."""
    parts = []
    for key, title in (("originals", "may stand for"), ("variants", "is replaced by")):
        entries = found[key]
        if entries:
            width = max(len(entry["text"]) for entry in entries)
            parts.append(f"{found['phrase']} {title}:")
            parts += [f"  {entry['weight']:.2f}  {entry['text']:{width}}  {entry['family']:4}  {entry['source']}" for entry in entries]
    return "\n".join(parts) or f"{found['phrase']}: in no dictionary"


def _entries(table: PhraseTable, ids: I64) -> I64:
    """The numbers of the table's entries for exactly these words."""
    start, length, phrase = table.match(ids, len(ids) - np.arange(len(ids)))
    whole = np.flatnonzero((start == 0) & (length == len(ids)))
    if not len(whole):
        return np.zeros(0, dtype=np.int64)
    at = int(phrase[whole[0]])
    return np.arange(table.pointer[at], table.pointer[at + 1])


def _entry(lexicon: Lexicon, arc: int, text: str) -> dict[str, Any]:
    head = int(lexicon.arc_head[arc])
    weight = round(float(np.exp(lexicon.arc_log[arc])), DECIMALS)
    return {"text": text, "family": lexicon.families[lexicon.head_family[head]], "weight": weight, "source": lexicon.head_source[head]}


def _ranked(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: (-entry["weight"], entry["text"], entry["family"]))
