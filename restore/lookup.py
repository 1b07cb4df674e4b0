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
    """``originals``: what ``phrase`` may stand for; ``variants``: what spinners put for it; likeliest first. Both carry the weight of the variant
    given that the original is replaced; how likely an original is depends on its own frequency too, so that "said" goes before "cited".
    Words are matched as in a text: letter case does not count, and "an" is "a"."""
    ids = lexicon.encode(words(phrase))
    arcs = _entries(lexicon.variants, ids).tolist()
    arcs.sort(key=lambda arc: -_log_likelihood(lexicon, arc))
    originals = [_entry(lexicon, arc, lexicon.head_text[lexicon.arc_head[arc]]) for arc in arcs]
    heads = lexicon.head_order[_entries(lexicon.heads, ids)]
    arcs = np.flatnonzero(np.isin(lexicon.arc_head, heads)).tolist()
    arcs.sort(key=lambda arc: -lexicon.arc_log[arc])
    variants = [_entry(lexicon, arc, lexicon.variant_text[lexicon.arc_variant[arc]]) for arc in arcs]
    return {"version": VERSION, "phrase": phrase, "originals": originals, "variants": variants}


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


def _log_likelihood(lexicon: Lexicon, arc: int) -> float:
    """How often a spinner of this family writes the arc's variant for its head: log of frequency, share replaced and weight, multiplied."""
    head = lexicon.arc_head[arc]
    ids = lexicon.lm_id[lexicon.head_words[head][: lexicon.head_size[head]]]
    frequency = lexicon.model.unigram[ids[0]] + lexicon.model.score(ids)[1:].sum()
    return float(frequency + np.log(max(lexicon.rate[head], 1e-9)) + lexicon.arc_log[arc])
