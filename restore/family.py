"""Which spinner made a text: a cheap screen for clean text, the posterior of each family, and the words that tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from restore.lexicon import I64, Lexicon, reach_of
from restore.nouns import Telltale
from restore.tokens import Tokens, words

F64 = npt.NDArray[np.float64]
#: Tokens a window of the screen, half-overlapping.
WINDOW = 64
#: A window whose words say less than this for every family, in nats, is clean. Printed with its margins by benchmarks/fit.py: no spun paragraph of the
#: development pairs lies below, nineteen in twenty clean windows do.
SUSPICION = 0.0
#: How much of other families' dictionaries a spinner uses besides its own: all thesauri share their commonest synonyms.
SHARED = {"B": 0.15, "C": 0.15, "E": 0.15, "G": 0.15, "H": 0.15, "term": 0.3}
#: Prior log odds of each family: A and its kin made most of the spun pages seen.
PRIOR = {"A": 0.0, "A2": -4.0}
_OTHER_PRIOR = -2.0
#: Matches overlap and words repeat, so their nats are not independent; divided by this the posterior is neither certain nor blind.
TEMPERATURE = 4.0
_HEAVY = 0.95


class Screen:
    """Looks at a text's words alone and says whether any stretch may be spun: the fast way out for clean text."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        use = [k for k, name in enumerate(lexicon.families) if name not in ("A2", "D")]
        unknown = np.zeros((1, len(lexicon.families)), dtype=np.float32)
        self._tell = np.concatenate([lexicon.tell, unknown])[:, use]

    def look(self, text: str) -> tuple[bool, int]:
        """Whether some window is suspicious, and the number of tokens."""
        if "{" in text:
            return True, 0
        sequence = words(text)
        if not sequence:
            return False, 0
        ids = self._lexicon.encode(sequence)
        return bool(self.windows(ids).max() > SUSPICION), len(ids)

    def windows(self, ids: I64) -> F64:
        """What each window says for its likeliest family, nats."""
        running = np.zeros((len(ids) + 1, self._tell.shape[1]))
        np.cumsum(self._tell[ids], axis=0, out=running[1:])
        low = np.arange(0, max(len(ids) - WINDOW // 2, 1), WINDOW // 2)
        high = np.minimum(low + WINDOW, len(ids))
        return np.asarray((running[high] - running[low]).max(axis=1))


def posterior(lexicon: Lexicon, tokens: Tokens, ids: I64, forced: str) -> dict[str, float]:
    """The probability of each family given a text, were it spun."""
    if forced != "auto":
        return {forced: 1.0}
    reach = reach_of(tokens.joined, tokens.sentence)
    at, _, phrase = lexicon.variants.match(ids, reach)
    n, count = len(ids), len(lexicon.families)
    gained = np.zeros((n, count))
    np.maximum.at(gained, at, lexicon.phrase_tell[phrase].astype(np.float64))
    at, _, phrase = lexicon.heads.match(ids, reach)
    pointer = lexicon.heads.pointer
    lost = np.zeros((n, count))
    first = lexicon.head_order[pointer[phrase]]
    for k in range(int(np.diff(pointer).max(initial=0))):
        more = pointer[phrase] + k < pointer[phrase + 1]
        head = lexicon.head_order[np.minimum(pointer[phrase] + k, pointer[phrase + 1] - 1)]
        np.minimum.at(lost, (at[more], lexicon.head_family[head[more]]), np.log1p(-_HEAVY * lexicon.rate[head[more]].astype(np.float64)))
    del first
    index = {name: k for k, name in enumerate(lexicon.families)}
    score = {}
    for name, k in index.items():
        if name == "user":
            continue
        with_a = name == "A2" and "A" in index
        gain = np.maximum(gained[:, k], gained[:, index["A"]]) if with_a else gained[:, k]
        loss = np.minimum(lost[:, k], lost[:, index["A"]]) if with_a else lost[:, k]
        score[name] = float((gain + np.where(gain > 0, 0.0, loss)).sum()) / TEMPERATURE + PRIOR.get(name, _OTHER_PRIOR)
    top = max(score.values())
    mass = sum(np.exp(s - top) for s in score.values())
    return {name: float(np.exp(s - top) / mass) for name, s in score.items()}


def weights(lexicon: Lexicon, families: dict[str, float]) -> F64:
    """How much of every family's dictionary to use, [families]: all of the likeliest one's, a share of its relatives', and the user's own."""
    best = max(families, key=lambda f: families[f])
    out = np.zeros(len(lexicon.families))
    for k, name in enumerate(lexicon.families):
        if name in (best, "user") or (best == "A2" and name == "A"):
            out[k] = 1.0
        elif name == "A":
            out[k] = SHARED.get(best, 0.0)
        elif name == "term":
            out[k] = 0.02
    return out


def telltales(lexicon: Lexicon, tokens: Tokens, spun: F64, most: int = 12) -> tuple[Telltale, ...]:
    """The words of the dictionaries whose number differs most from what plain English has (log-likelihood ratio), spun stretches only."""
    ids = lexicon.encode(tokens.words)[spun >= 0.5]
    if not len(ids):
        return ()
    size = len(lexicon.frequency)
    seen = np.bincount(ids, minlength=size).astype(np.float64)
    expected = np.exp(lexicon.frequency.astype(np.float64)) * len(ids)
    relevant = np.abs(lexicon.tell).max(axis=1) > 0.5
    ratio = 2 * (np.where(seen > 0, seen * np.log(np.maximum(seen, 1) / expected), 0.0) - (seen - expected))
    ratio[~relevant] = 0
    best = np.argsort(-ratio, kind="stable")[:most]
    vocabulary = lexicon.model.words
    return tuple(Telltale(vocabulary[i], int(seen[i]), float(expected[i])) for i in best.tolist() if ratio[i] > 4 and i < len(vocabulary))


def merge(parts: Sequence[tuple[Telltale, ...]], most: int = 12) -> tuple[Telltale, ...]:
    """The tell-tales of several blocks as one list."""
    seen: dict[str, list[float]] = {}
    for part in parts:
        for t in part:
            entry = seen.setdefault(t.word, [0, 0.0])
            entry[0] += t.seen
            entry[1] += t.expected
    rows = [Telltale(w, int(s), e) for w, (s, e) in seen.items()]
    return tuple(sorted(rows, key=lambda t: -abs(t.seen - t.expected))[:most])
