"""The other trainer, kaldingram: what training the same trigram takes, and its perplexity on the same text with the same vocabulary.

Both models learn from the same ids, written as numbers, so that neither's tokens matter. kaldingram's models end sentences and know no unknown word: a word
that the training text never has gets the shipped model's unigram, and p(w | h) is divided by 1 - p(</s> | h).
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
END = "</s>"
Arpa = dict[tuple[str, ...], tuple[float, float]]


class Cost(NamedTuple):
    """CPU seconds and peak resident memory, in megabytes, of a training (Linux counts in KB)."""

    seconds: float
    memory: float


def write_text(stream: Ids, path: Path) -> None:
    """The ids of a text, sentence by sentence, each begun by 0, as lines of numbers."""
    starts = np.flatnonzero(stream == 0)
    with path.open("w", encoding="ascii") as out:
        for begin, end in zip(starts.tolist(), [*starts[1:].tolist(), len(stream)], strict=True):
            if end > begin + 1:
                out.write(" ".join(map(str, stream[begin + 1 : end].tolist())) + "\n")


def train(text: Path, out: Path) -> Cost:
    """Train a trigram in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "kaldingram.train", "--ngram-order", "3", "--text", str(text), "--lm", str(out)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss * 1024 / 1e6)


def read(path: Path, sentences: Sequence[Sequence[int]]) -> Arpa:
    """Those n-grams of an ARPA file that scoring these sentences may ask for: natural logarithms of probability and back-off weight."""
    wanted = {n for sentence in sentences for _, history, word in _steps(sentence) for n in _asked(history, word)}
    found: Arpa = {}
    with path.open(encoding="latin-1") as lines:
        for line in lines:
            log, tab, rest = line.rstrip("\n").partition("\t")
            if tab:
                ngram, _, backoff = rest.partition("\t")
                key = tuple(ngram.split(" "))
                if key in wanted:
                    found[key] = (float(log) * math.log(10), float(backoff or 0) * math.log(10))
    return found


def scores(arpa: Arpa, sentence: Sequence[int], unigram: npt.NDArray[np.float32]) -> list[float]:
    """log p of every word of one sentence, without its end."""
    out = []
    for k, history, word in _steps(sentence):
        if (word,) not in arpa:
            out.append(float(unigram[sentence[k]]))
            continue
        out.append(_log(arpa, history, word) - math.log1p(-min(math.exp(_log(arpa, history, END)), 0.999)))
    return out


def _steps(sentence: Sequence[int]) -> Iterator[tuple[int, tuple[str, ...], str]]:
    words = ["<s>", *map(str, sentence)]
    for k in range(1, len(words)):
        yield k - 1, tuple(words[max(k - 2, 0) : k]), words[k]


def _asked(history: tuple[str, ...], word: str) -> Iterator[tuple[str, ...]]:
    for k in range(len(history) + 1):
        yield (*history[k:], word)
        yield (*history[k:], END)
        yield history[k:]


def _log(arpa: Arpa, history: tuple[str, ...], word: str) -> float:
    total = 0.0
    for k in range(len(history) + 1):
        if (*history[k:], word) in arpa:
            return total + arpa[(*history[k:], word)][0]
        total += arpa.get(history[k:], (0.0, 0.0))[1]
    return total
