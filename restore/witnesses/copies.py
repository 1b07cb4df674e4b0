"""One copy of a story as a witness: for every span of its words, the originals it may stand for, and how probable the words are given each.

The channel of every copy is the same noisy channel as the text's own: a replaceable word that still stands says log(1 - ρ · rate) for itself, a variant
log(ρ · rate · weight) for its originals. A clean copy has ρ = 0, so its words stand for themselves alone: it decides without a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from restore import channel, family
from restore.channel import Candidates
from restore.lexicon import Lexicon
from restore.nouns import Restoration
from restore.surface import changes
from restore.tokens import Tokens, words
from restore.witnesses.values import CLEAN, Key, Original, Witness

if TYPE_CHECKING:
    from restore.pipeline import Restorer

F64 = npt.NDArray[np.float64]


class Keys(dict[str, Key]):
    """The key of every word, remembered."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._ids = lexicon.ids
        self._classes = {lexicon.ids["<unk>"], lexicon.ids["<num>"]}

    def __missing__(self, word: str) -> Key:
        found = self._ids[word]
        self[word] = key = word if found in self._classes else found
        return key

    def of(self, sequence: Sequence[str]) -> Original:
        """The keys of several words."""
        return tuple(map(self.__getitem__, sequence))


def prepare(restorer: Restorer, name: str, text: str, keys: Keys, restoration: Restoration | None = None) -> Witness:
    """The witness of one text; ``restoration``: its own, if it was restored before."""
    found = restoration or restorer.restore(text)
    lexicon, tokens = restorer.lexicon, Tokens(text)
    ids = lexicon.encode(tokens.words)
    rate = _rates(tokens, found)
    marks = restorer.mark(tokens, ids)
    weight = family.weights(lexicon, max(found.families, key=lambda pair: pair[1])[0] if found.families else "A")
    options = channel.candidates(lexicon, lexicon.scan(tokens, ids), ids, marks, weight > 0)
    own = keys.of(tokens.words)
    readings: list[dict[Original, list[tuple[int, float]]]] = [{} for _ in own]
    for i, log in enumerate(_kept(lexicon, options, weight, rate).tolist()):
        readings[i][own[i],] = [(i + 1, log)]
    for first, last, original, log in _replaced(lexicon, tokens, options, weight, rate, keys):
        readings[first].setdefault(original, []).append((last, log))
    return Witness(name, tokens, own, readings, rate)


def _rates(tokens: Tokens, found: Restoration) -> F64:
    """The spin rate at every token, from the windows of its restoration."""
    rate = np.zeros(len(tokens))
    for window in found.windows:
        low, high = np.searchsorted(tokens.starts, (window.start, window.end))
        rate[low:high] = window.spin_rate
    return np.where(rate < CLEAN, 0.0, rate)


def _kept(lexicon: Lexicon, options: Candidates, weight: F64, rate: F64) -> F64:
    """log P(a word stands as it was written) at every token: [n]."""
    top = np.zeros(len(rate))
    heads = options.survivor_head
    np.maximum.at(top, options.survivor_at, lexicon.rate[heads] * weight[lexicon.head_family[heads]])
    return np.asarray(np.log1p(-np.minimum(rate * top, 0.99)))


def _replaced(lexicon: Lexicon, tokens: Tokens, options: Candidates, weight: F64, rate: F64, keys: Keys) -> Iterator[tuple[int, int, Original, float]]:
    """Every span of spun stretches with an original it may stand for: whole, and without the words that the original shares with it."""
    arcs = options.arcs
    use = np.flatnonzero((arcs.head >= 0) & (rate[np.minimum(arcs.first, len(rate) - 1)] > 0))
    heads = arcs.head[use]
    log = np.log(rate[arcs.first[use]] * lexicon.rate[heads] * weight[lexicon.head_family[heads]]) + arcs.log[use]
    for k, head, value in zip(use.tolist(), heads.tolist(), log.tolist(), strict=True):
        first, last = int(arcs.first[k]), int(arcs.last[k])
        text = lexicon.head_text[head]
        yield first, last, keys.of(words(text)), value
        less = changes(tuple(tokens.words[first:last]), text)
        if len(less) == 1 and less[0].last - less[0].first < last - first:
            yield first + less[0].first, first + less[0].last, keys.of(less[0].words), value
