"""The baseline: every word or phrase that the dictionary knows as a variant becomes the most frequent of its originals.

No context, no spin rate, no probability. Longest match first, from left to right. ``careful`` leaves a word alone when it is itself
more frequent than its originals; without it everything known is replaced.
"""

from __future__ import annotations

import numpy as np

from restore.lexicon import Lexicon, reach_of
from restore.nouns import Edit
from restore.tokens import Tokens


class Baseline:
    """The most frequent original of every variant phrase of a lexicon. A phrase counts as frequent as its rarest word."""

    def __init__(self, lexicon: Lexicon, *, careful: bool = False) -> None:
        self.lexicon = lexicon
        self.careful = careful
        known = lexicon.head_words
        frequency = np.where(known >= 0, lexicon.frequency[known], np.inf).min(axis=1)[lexicon.arc_head]
        apart = [k for k, name in enumerate(lexicon.families) if name in ("academic", "tortured")]  # rows that are meant for listed terms alone
        frequency[np.isin(lexicon.head_family[lexicon.arc_head], apart)] = -np.inf
        pointer = lexicon.variants.pointer
        phrase = np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))
        order = np.lexsort((-frequency, phrase))
        self._head = lexicon.arc_head[order][pointer[:-1]]
        self._frequency = frequency[order][pointer[:-1]]

    def edits(self, text: str) -> list[Edit]:
        """Its edits of a text, disjoint and in text order."""
        tokens = Tokens(text)
        ids = self.lexicon.encode(tokens.words)
        at, size, phrase = self.lexicon.variants.match(ids, reach_of(tokens.joined, tokens.sentence))
        usable = np.isfinite(self._frequency[phrase])
        at, size, phrase = at[usable], size[usable], phrase[usable]
        if self.careful:
            frequency = self.lexicon.frequency[ids]
            own = np.array([frequency[i : i + n].min() for i, n in zip(at.tolist(), size.tolist(), strict=True)])
            rarer = self._frequency[phrase] > own
            at, size, phrase = at[rarer], size[rarer], phrase[rarer]
        out, position = [], 0
        for k in np.lexsort((-size, at)).tolist():
            first, last = int(at[k]), int(at[k] + size[k])
            if first >= position:
                start, end = int(tokens.starts[first]), int(tokens.ends[last - 1])
                out.append(Edit(start, end, text[start:end], self.lexicon.head_text[self._head[phrase[k]]]))
                position = last
        return out
