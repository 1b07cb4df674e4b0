"""What replacement rate to expect of a row that nothing was learned about: a logistic regression on what the row looks like.

A spinner's list holds a word or it does not, and most single words it leaves alone. How common the word is, how many rows offer it as a variant, whether its
own variants are replaced where they stand as originals, and, for phrases, how common their first and last words are, say something about which. Of development
texts' originals that no other fold has, log-loss an occurrence is 0.45 with it and 0.58 with one rate for rare and one for common words
(``benchmarks/expected.py``).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from restore.dictionary import Row
from restore.errors import ModelError
from restore.ngram import NgramModel
from restore.tokens import words
from restore.weights import Count

RATES = "rates.json"
F64 = npt.NDArray[np.float64]
WORD = ("one", "rarer_6", "rarer_9", "variants", "mutual", "offered", "ly", "ed", "s", "digit", "commoner", "variants_replaced")
PHRASE = ("one", "two_words", "first_common", "last_common", "shared", "apostrophe", "words_replaced")
#: Log-frequency above which a phrase's word counts as common (held-out log-loss: -7 158, -6.5 151, -6 154, -5.5 160 nats).
COMMON = -6.5
#: Rarer words count as this rare: among them frequency says no more (held-out log-loss the same at -11, -12 and -13).
RAREST = -11.0
#: Bounds of what is expected: nothing is certain of a row that was never seen at work.
LEAST, MOST = 0.01, 0.97
#: Half the inverse variance of the coefficients of standardised features (3 and 10 do the same), and the occurrences of a row that count at most.
PULL, AT_MOST = 3.0, 2.0
#: The same where coefficients were known before, from ten times as many texts as users review.
KNOWN = 30.0
#: Words and phrases that must have been counted before what is expected of the others is fitted to them.
ENOUGH = 30
#: Steps of Newton's method, which needs six to ten, and the longest one.
STEPS, LONGEST = 50, 3.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Coefficients of WORD and of PHRASE by family; a family without any has the rates of ``plain``."""

    words: Mapping[str, F64] = field(default_factory=dict)
    phrases: Mapping[str, F64] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Expected:
        """Read ``rates.json``. Raises ModelError."""
        try:
            data = dict(json.loads(path.read_text(encoding="utf-8")))
            return cls(*({family: np.array([float(data[family][kind][n]) for n in names]) for family in data} for kind, names in _KINDS.items()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(path, f"cannot read the expected rates ({error})") from error

    def dump(self) -> str:
        """The text of ``rates.json``."""
        values = {"word": self.words, "phrase": self.phrases}
        data = {f: {kind: dict(zip(names, values[kind][f].round(3).tolist(), strict=True)) for kind, names in _KINDS.items()} for f in self.words}
        return json.dumps(data, indent=1) + "\n"

    def rates(self, rows: Sequence[Row], counts: Mapping[tuple[str, str], Count], model: NgramModel) -> F64:
        """The rate expected of each row before its own counts, [rows]."""
        out = plain(rows, model)
        for family in self.words:
            mine = [k for k, row in enumerate(rows) if row.family == family]
            look = Look([rows[k] for k in mine], counts, model)
            for k, row in zip(mine, look.rows, strict=True):
                phrase, features = look.features(row)
                coefficients = (self.phrases if phrase else self.words)[family]
                out[k] = np.clip(1 / (1 + np.exp(-float(coefficients @ features))), LEAST, MOST)
        return out

    def adapted(self, rows: Sequence[Row], own: Mapping[tuple[str, str], Count], counts: Mapping[tuple[str, str], Count], model: NgramModel) -> Expected:
        """What to expect of rows of the families that a user's ``own`` counts are about: the same regression on those, pulled towards what was expected
        before. ``counts``: those and the shipped ones."""
        fitted = replace(self, words=dict(self.words), phrases=dict(self.phrases))
        for family in sorted({key[1] for key in own}):
            mine = list({row.original: row for row in rows if row.family == family}.values())
            look = Look(mine, counts, model)
            cases: dict[bool, list[tuple[F64, float, float]]] = {False: [], True: []}
            for row in mine:
                count = own.get((row.original, family))
                if count is not None and (total := count.replaced + count.survived):
                    phrase, features = look.features(row)
                    cases[phrase].append((features, count.replaced / total, min(total, AT_MOST)))
            if min(map(len, cases.values())) >= ENOUGH:
                for known, each in ((fitted.words, cases[False]), (fitted.phrases, cases[True])):
                    known[family] = logistic(each, known.get(family))  # type: ignore[index]  # both are dicts here
        return fitted


NOTHING = Expected()
_KINDS = {"word": WORD, "phrase": PHRASE}


def logistic(cases: Sequence[tuple[F64, float, float]], before: F64 | None = None) -> F64:
    """Coefficients of a logistic regression of (features, share, weight), the first feature being the constant: by Newton's method, pulled towards those
    known ``before``, or else to none at all and any constant."""
    x, share, weight = np.array([c[0] for c in cases]), np.array([c[1] for c in cases]), np.array([c[2] for c in cases])
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    mean[0], spread[0] = 0.0, 1.0
    z = (x - mean) / spread
    pull = np.full(x.shape[1], PULL if before is None else KNOWN)
    anchor = np.zeros(x.shape[1])
    if before is None:
        pull[0] = 1e-3
    else:
        anchor = before * spread
        anchor[0] += before[1:] @ mean[1:]
    theta = anchor.copy()
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(z @ theta, -30, 30)))
        slope = z.T @ (weight * (p - share)) + pull * (theta - anchor)
        bend = (z * (weight * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ z + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        theta -= step / max(1.0, float(np.abs(step).max()) / LONGEST)
        if np.abs(step).max() < 1e-8:
            break
    theta = theta / spread
    theta[0] -= theta[1:] @ mean[1:]
    return np.asarray(theta)


class Look:
    """What rows of one family look like beside each other and the counts of the family's other rows."""

    def __init__(self, rows: Sequence[Row], counts: Mapping[tuple[str, str], Count], model: NgramModel) -> None:
        self.rows = rows
        self.counts = counts
        self.model = model
        self.of = {row.original: row for row in rows}
        self.offered: dict[str, int] = defaultdict(int)
        for row in rows:
            for variant in row.variants:
                self.offered[variant.text] += 1

    def features(self, row: Row) -> tuple[bool, F64]:
        """Whether a row's original is a phrase, and its PHRASE or WORD; its own counts are not among them."""
        tokens = words(row.original)
        return len(tokens) > 1, np.array(self._phrase(tokens, row) if len(tokens) > 1 else self._word(row), dtype=np.float64)

    def _word(self, row: Row) -> list[float]:
        word = row.original
        log = self._log(word)
        rows = [self.of[v.text] for v in row.variants if v.text in self.of]
        best = max((self._log(v.text) for v in row.variants if len(words(v.text)) == 1), default=-20.0)
        return [
            1.0, max(0.0, -6 - log), max(0.0, -9 - log), len(row.variants), any(word in (v.text for v in other.variants) for other in rows),
            np.log1p(self.offered[word]), word.endswith("ly"), word.endswith("ed"), word.endswith("s"), any(c.isdigit() for c in word),
            np.clip(best - log, -4, 4), self._replaced(other.original for other in rows),
        ]  # fmt: skip

    def _phrase(self, tokens: Sequence[str], row: Row) -> list[float]:
        shared = set(tokens) & set(words(row.variants[0].text))
        common = [self._log(w) > COMMON for w in tokens]
        return [
            1.0, len(tokens) == 2, common[0], common[-1], len(shared) / len(tokens), "'" in row.original,
            self._replaced(w for w, c in zip(tokens, common, strict=True) if not c),
        ]  # fmt: skip

    def _log(self, word: str) -> float:
        return _log(word, self.model)

    def _replaced(self, originals: Iterable[str]) -> float:
        """How much oftener these were replaced than left alone: -1 to 1."""
        found = [self.counts[key] for key in ((o, self.rows[0].family) for o in originals) if key in self.counts]
        replaced, survived = sum(c.replaced for c in found), sum(c.survived for c in found)
        return (replaced - survived) / (replaced + survived + 1)


def plain(rows: Sequence[Row], model: NgramModel) -> F64:
    """The rate of a row by the number of its words and the frequency of a single one, [rows]: phrases are in a spinner's list whenever one thought of
    them, the commonest function words hardly ever. Shares of family A's rows that were replaced in the development pairs."""
    tokens = [words(row.original) for row in rows]
    log = np.array([_log(t[0], model) for t in tokens])
    single = np.where(log > -6, 0.02, np.where(log > -7, 0.35, 0.45))
    return np.where([len(t) > 1 for t in tokens], 0.88, single)


def _log(word: str, model: NgramModel) -> float:
    """A word's log-frequency, RAREST at least: a word the model lacks does not count as the whole class."""
    known = model.ids.get(word, model.unk)
    return max(float(model.unigram[known]), RAREST) if known != model.unk else RAREST
