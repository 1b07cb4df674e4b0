"""What the dictionaries know of one phrase, in both directions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

import numpy as np

from restore.jsonreport import VERSION
from restore.lexicon import I64, Lexicon, PhraseTable
from restore.tokens import words

#: Decimals of a weight.
DECIMALS = 4
#: Composed originals that are shown: the right one of a fact seen on a spun page is among so many in 19 of 20 cases (benchmarks/facts.py).
SHOWN = 20
#: Readings kept at every word while composing; 30 and 200 find the same facts. The longest phrase that is composed: rows go to seven words.
KEPT, LONGEST = 60, 12
#: Spin rate of the page a phrase is taken to come from, which makes a word left alone that has rows less likely: that of the development texts.
SPIN_RATE = 0.9


@dataclass(frozen=True, slots=True)
class _Reading:
    """The first words of a phrase read as originals: arcs used, ``log`` of the spinner's share of the score, the language model's ids and the text."""

    arcs: tuple[int, ...]
    pieces: int
    log: float
    ids: tuple[int, ...]
    text: tuple[str, ...]
    score: float


def look_up(lexicon: Lexicon, phrase: str, names: Collection[str] = ()) -> dict[str, Any]:
    """``originals``: what ``phrase`` may stand for; ``variants``: what spinners put for it; likeliest first. Both carry the weight of the variant
    given that the original is replaced; how likely an original is depends on its own frequency too, so that "said" goes before "cited".
    Words are matched as in a text: letter case does not count, and "an" is "a". A phrase that no row has as a whole is composed of rows for its parts,
    as a text would be: their weights multiplied, originals that are ``names`` first."""
    tokens = words(phrase)
    ids = lexicon.encode(tokens)
    arcs = _entries(lexicon.variants, ids).tolist()
    arcs.sort(key=lambda arc: -_log_likelihood(lexicon, arc))
    originals = [_entry(lexicon, [arc], lexicon.head_text[lexicon.arc_head[arc]]) for arc in arcs]
    spelled = {tuple(words(name)): name for name in names}
    for reading in () if originals else _compose(lexicon, tokens, ids, spelled):
        originals.append(_entry(lexicon, reading.arcs, spelled.get(reading.text, " ".join(reading.text))))
    heads = lexicon.head_order[_entries(lexicon.heads, ids)]
    arcs = np.flatnonzero(np.isin(lexicon.arc_head, heads)).tolist()
    arcs.sort(key=lambda arc: -lexicon.arc_log[arc])
    variants = [_entry(lexicon, [arc], lexicon.variant_text[lexicon.arc_variant[arc]]) for arc in arcs]
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


def _entry(lexicon: Lexicon, arcs: Collection[int], text: str) -> dict[str, Any]:
    heads = [int(lexicon.arc_head[arc]) for arc in arcs]
    families = dict.fromkeys(lexicon.families[lexicon.head_family[head]] for head in heads)
    weight = round(float(np.exp(sum(lexicon.arc_log[arc] for arc in arcs))), DECIMALS)
    return {"text": text, "family": "+".join(families), "weight": weight, "source": " + ".join(lexicon.head_source[head] for head in heads)}


def _log_likelihood(lexicon: Lexicon, arc: int) -> float:
    """How often a spinner of this family writes the arc's variant for its head: log of frequency, share replaced and weight, multiplied."""
    head = lexicon.arc_head[arc]
    ids = lexicon.lm_id[lexicon.head_words[head][: lexicon.head_size[head]]]
    return float(_frequency(lexicon, ids) + _channel(lexicon, arc))


def _channel(lexicon: Lexicon, arc: int) -> float:
    return float(np.log(max(lexicon.rate[lexicon.arc_head[arc]], 1e-9)) + lexicon.arc_log[arc])


def _frequency(lexicon: Lexicon, ids: I64) -> float:
    return float(lexicon.model.unigram[ids[0]] + lexicon.model.score(ids)[1:].sum())


def _compose(lexicon: Lexicon, tokens: list[str], ids: I64, names: Collection[tuple[str, ...]]) -> list[_Reading]:
    """The likeliest readings of two or more pieces, each a row for a part of the phrase or a word left alone, at least one a row; all rows of a
    reading are of one family or terms', so that no spinner is made up who never was. Names first."""
    n = len(tokens)
    if not 1 < n <= LONGEST or (lexicon.lm_id[ids] == lexicon.model.unk).any():
        return []
    start, size, phrase = lexicon.variants.match(ids, n - np.arange(n))
    best: dict[tuple[str, ...], _Reading] = {}
    for family in range(len(lexicon.families)):
        ways: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        for at, length, entry in zip(start.tolist(), size.tolist(), phrase.tolist(), strict=True):
            rows = range(int(lexicon.variants.pointer[entry]), int(lexicon.variants.pointer[entry + 1]))
            ways[at] += [(at + length, arc) for arc in rows if lexicon.head_family[lexicon.arc_head[arc]] == family]
        for reading in _read(lexicon, tokens, ids, ways):
            if reading.arcs and reading.pieces > 1:
                best[reading.text] = max(best.get(reading.text, reading), reading, key=lambda r: r.score)
    return nlargest(SHOWN, best.values(), key=lambda r: (r.text in names, r.score))


def _read(lexicon: Lexicon, tokens: list[str], ids: I64, ways: list[list[tuple[int, int]]]) -> list[_Reading]:
    """All readings of a phrase, by a beam. ``ways``: at every word, where an arc from there ends and its number."""
    at: list[list[_Reading]] = [[_Reading((), 0, 0.0, (), (), 0.0)], *([] for _ in tokens)]
    lm_ids = lexicon.lm_id[ids]
    for i, word in enumerate(tokens):
        kept = lexicon.head_order[_entries(lexicon.heads, ids[i : i + 1])]
        cost = float(np.log1p(-SPIN_RATE * lexicon.rate[kept].max(initial=0.0)))
        for reading in nlargest(KEPT, at[i], key=lambda r: r.score):
            at[i + 1].append(_longer(lexicon, reading, (), cost, (int(lm_ids[i]),), (word,)))
            for end, arc in ways[i]:
                head = int(lexicon.arc_head[arc])
                inside = lexicon.lm_id[lexicon.head_words[head][: lexicon.head_size[head]]].tolist()
                if inside != lm_ids[i:end].tolist():
                    at[end].append(_longer(lexicon, reading, (arc,), _channel(lexicon, arc), tuple(inside), tuple(words(lexicon.head_text[head]))))
    return at[-1]


def _longer(lexicon: Lexicon, reading: _Reading, arcs: tuple[int, ...], log: float, ids: tuple[int, ...], text: tuple[str, ...]) -> _Reading:
    ids, log = reading.ids + ids, reading.log + log
    score = log + _frequency(lexicon, np.array(ids))
    return _Reading(reading.arcs + arcs, reading.pieces + 1, log, ids, reading.text + text, score)
