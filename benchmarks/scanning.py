"""Dictionary scanning: the sorted hash table of ``restore.lexicon`` against ahocorasick-rs over the same variants and the same text.

Both find every occurrence of every variant, overlapping ones too. ahocorasick-rs runs over characters, so hits inside words are dropped afterwards by
the tokens' offsets; the hash table runs over word ids, so looking the words up counts with it. Both need the tokens, which count with neither.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from restore.lexicon import Lexicon, reach_of
from restore.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Scan:
    """CPU seconds and matches, by hash table and by ahocorasick-rs; ``build``: seconds to build the automaton; ``raw``: its hits before the check."""

    table: float
    table_matches: int
    automaton: float
    automaton_matches: int
    checked: float
    build: float
    raw: int
    patterns: int


def scan(lexicon: Lexicon, text: str, runs: int = 3) -> Scan | None:
    """Measure both on one text, the best of some runs; None without ahocorasick-rs."""
    try:
        from ahocorasick_rs import AhoCorasick, MatchKind
    except ImportError:
        return None
    tokens = Tokens(text)
    began = time.process_time()
    automaton = AhoCorasick(lexicon.variant_text, matchkind=MatchKind.Standard)
    build = time.process_time() - began
    table, found, scanning, checked, kept, raw = [], 0, [], [], 0, 0
    for _ in range(runs):
        began = time.process_time()
        at, _, _ = lexicon.variants.match(lexicon.encode(tokens.words), reach_of(tokens.joined, tokens.sentence))
        table.append(time.process_time() - began)
        found = len(at)
        began = time.process_time()
        hits = automaton.find_matches_as_indexes(tokens.folded, overlapping=True)
        scanning.append(time.process_time() - began)
        kept, raw = _whole_words(tokens, hits), len(hits)
        checked.append(time.process_time() - began)
    return Scan(min(table), found, min(scanning), kept, min(checked), build, raw, len(lexicon.variant_text))


def _whole_words(tokens: Tokens, hits: list[tuple[int, int, int]]) -> int:
    """How many hits begin where a token begins and end where one ends."""
    if not hits:
        return 0
    spans = np.array(hits, dtype=np.int64)
    begins, ends = np.zeros((2, len(tokens.folded) + 1), dtype=np.bool_)
    begins[tokens.starts] = True
    ends[tokens.ends] = True
    return int((begins[spans[:, 1]] & ends[spans[:, 2]]).sum())
