"""Words folded to the originals they most likely stand for, so that copies spun differently look alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from restore.lexicon import I64, Lexicon
from restore.tokens import Tokens, is_number

#: Words commoner than this (log-frequency; about the 150 commonest) say nothing about which story it is.
COMMON = -7.0


class Folding:
    """The synonym classes of a lexicon: every word and the single-word original that, spun or not, it most likely stands for."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._original = _likeliest(lexicon)

    def fold(self, tokens: Tokens) -> list[int | str]:
        """The folded words of a text, to align by; words that the lexicon lacks stay themselves."""
        ids = self._lexicon.encode(tokens.words)
        unknown = {self._lexicon.ids["<unk>"], self._lexicon.ids["<num>"]}
        folded = self._original[ids].tolist()
        return [word if i in unknown else f for word, i, f in zip(tokens.words, ids.tolist(), folded, strict=True)]

    def features(self, tokens: Tokens) -> set[str]:
        """What tells one story from another and survives spinning: names, numbers, and folded words that are not among the commonest."""
        frequency = self._lexicon.frequency
        out = set()
        for word, key in zip(tokens.words, self.fold(tokens), strict=True):
            if isinstance(key, str):
                if word[0].isalpha() or is_number(word):
                    out.add(word)
            elif frequency[key] < COMMON and word[0].isalpha():
                out.add(str(key))
        return out


def _likeliest(lexicon: Lexicon) -> I64:
    """By word id: the id of argmax over originals of log(frequency · rate · weight), where standing for itself counts frequency · (1 - rate)."""
    size = len(lexicon.frequency)
    word = _word_of_arcs(lexicon)
    head = lexicon.arc_head
    use = np.flatnonzero((word >= 0) & (lexicon.head_size[head] == 1))
    word, head = word[use], head[use]
    original = lexicon.head_words[head, 0].astype(np.int64)
    score = lexicon.frequency[original] + np.log(lexicon.rate[head]) + lexicon.arc_log[use]
    rate = np.zeros(size)
    single = np.flatnonzero(lexicon.head_size == 1)
    np.maximum.at(rate, lexicon.head_words[single, 0], lexicon.rate[single])
    everything = np.concatenate([word, np.arange(size)])
    target = np.concatenate([original, np.arange(size)])
    value = np.concatenate([score, lexicon.frequency + np.log1p(-np.minimum(rate, 0.99))])
    order = np.lexsort((target, value, everything))
    last = np.flatnonzero(np.r_[np.diff(everything[order]) != 0, True])
    return np.asarray(target[order][last])


def _word_of_arcs(lexicon: Lexicon) -> npt.NDArray[np.int64]:
    """The word id of every entry's variant where that is one known word, else -1: [entries]."""
    ids = lexicon.ids
    known = np.array([ids.get(text, -1) for text in lexicon.variant_text], dtype=np.int64)
    return np.asarray(known[lexicon.arc_variant])
