"""Spins clean text with the project's own dictionary and learned weights, to make test copies. It is no part of the package: nobody should spin.

A spinner has one choice a document for every head in its list: replace it, always by the same variant, or leave it alone. Which heads are in the list
is drawn by their replacement rates, the variant by its weight.
"""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np

from restore import protect
from restore.lexicon import Lexicon, reach_of
from restore.loading import Knowledge
from restore.surface import match_case
from restore.tokens import Tokens, words


class Spinner:
    """Spins as one family does: ``spin(text, seed)`` gives the same copy for the same seed."""

    def __init__(self, knowledge: Knowledge, family: str = "A") -> None:
        self._lexicon = lexicon = knowledge.lexicon
        self._family = lexicon.families.index(family)
        self._variants: dict[int, list[tuple[str, float]]] = defaultdict(list)
        for head, variant, log in zip(lexicon.arc_head.tolist(), lexicon.arc_variant.tolist(), np.exp(lexicon.arc_log).tolist(), strict=True):
            self._variants[head].append((lexicon.variant_text[variant], log))

    def spin(self, text: str, seed: int, heads: frozenset[str] | None = None) -> str:
        """A spun copy. ``heads``: the originals in the spinner's list, whatever their rates; without it the list is drawn by them."""
        tokens, dice = Tokens(text), random.Random(seed)
        choice: dict[int, str | None] = {}
        out, position, i = [], 0, 0
        matches = _heads(self._lexicon, tokens, self._family)
        opens = np.r_[True, np.diff(tokens.sentence) != 0]
        while i < len(tokens):
            for end, head in matches.get(i, ()):
                if head not in choice:
                    choice[head] = self._choose(head, dice, heads)
                if variant := choice[head]:
                    observed = [tokens[k] for k in range(i, end)]
                    out += [text[position : observed[0].start], match_case(variant, observed, opens=bool(opens[i]))]
                    position, i = observed[-1].end, end - 1
                    break
            i += 1
        return "".join([*out, text[position:]])

    def _choose(self, head: int, dice: random.Random, heads: frozenset[str] | None) -> str | None:
        replaced = dice.random() < float(self._lexicon.rate[head])
        variants, weights = zip(*self._variants[head], strict=True)
        variant = str(dice.choices(variants, weights)[0])
        if heads is not None:
            replaced = self._lexicon.head_text[head] in heads
        return variant if replaced else None


def _heads(lexicon: Lexicon, tokens: Tokens, family: int) -> dict[int, list[tuple[int, int]]]:
    """The heads that begin at each token: (end, head), longest first; none over what no spinner's list applies to."""
    ids = lexicon.encode(tokens.words)
    kept = protect.mark(tokens, lexicon.frequency[ids], keep_quotes=False).kept
    out: dict[int, list[tuple[int, int]]] = defaultdict(list)
    pointer = lexicon.heads.pointer
    for at, size, phrase in zip(*(x.tolist() for x in lexicon.heads.match(ids, reach_of(tokens.joined, tokens.sentence))), strict=True):
        if kept[at : at + size].any():
            continue
        for head in lexicon.head_order[pointer[phrase] : pointer[phrase + 1]].tolist():
            # "an" and "a" share an id, as American and British spellings do; the row has to say what stands there
            if lexicon.head_family[head] == family and words(lexicon.head_text[head]) == tokens.words[at : at + size]:
                out[at].append((at + size, head))
    return {at: sorted(found, reverse=True) for at, found in out.items()}
