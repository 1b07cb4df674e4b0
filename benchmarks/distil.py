"""Write down what the second look's model thinks of the pairs of words that terms and their variants can make: term-bigrams.bin.

    restore model install && python benchmarks/distil.py

Every pair that a listed term or a swapped form of it has side by side is scored after each of CONTEXTS: log p of the second word after the first. A word
of several tokens counts by its first one there and the others after the context alone. Takes eight minutes on two cores; run it when many terms or variants
are new.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from restore import loading, places
from restore.listed import inner_pairs
from restore.neural import store
from restore.neural.causal import CausalModel, Tree
from restore.term_bigrams import BIGRAMS, TermBigrams
from restore.term_bigrams import keys as keys_of
from restore.term_pairs import grid, sides, unpack

#: First words in one run of the model.
BATCH = 48
#: What stands before a pair; the mean of log p after each counts, since one alone expects this or that. Tortured phrases of the public list, both parts, that
#: come back when 3, 5 and 10 of 180,848 clean words may be changed wrongly: 1,445, 1,534 and 1,572 of 4,131 after " and", 1,495, 1,554 and 1,613 after nine.
CONTEXTS = (" and", "In this paper, we study the", ", such as")


def word_scores(model: CausalModel, encoded: dict[int, tuple[int, ...]], context: str) -> dict[int, float]:
    """log p of what follows each word's first token in it."""
    out = {}
    every = sorted(encoded)
    for start in range(0, len(every), BATCH):
        tree, nodes = Tree(), []
        for word in every[start : start + BATCH]:
            nodes.append(tree.extend(-1, encoded[word])[1:])
        model.begin()
        model.append(model.encode(context))
        asked = [node for each in nodes for node in each] or [0]
        score = iter(model.score(tree, asked).tolist())
        out.update({word: sum(next(score) for _ in each) for word, each in zip(every[start : start + BATCH], nodes, strict=True)})
    return out


def pair_scores(
    model: CausalModel, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], encoded: dict[int, tuple[int, ...]], context: str
) -> npt.NDArray[np.float64]:
    """log p of each second word after the first; ``first`` ascends."""
    rest = word_scores(model, encoded, context)
    heads, starts = np.unique(first, return_index=True)
    ends = np.r_[starts[1:], len(first)]
    out = np.zeros(len(first))
    for begin in range(0, len(heads), BATCH):
        tree, asked = Tree(), []
        low, high = int(starts[begin]), int(ends[min(begin + BATCH, len(heads)) - 1])
        for head, a, b in zip(heads[begin : begin + BATCH].tolist(), starts[begin : begin + BATCH], ends[begin : begin + BATCH], strict=True):
            node = tree.extend(-1, encoded[head])[-1]
            asked += [tree.add(node, encoded[word][0]) for word in second[a:b].tolist()]
        model.begin()
        model.append(model.encode(context))
        out[low:high] = model.score(tree, asked) + [rest[word] for word in second[low:high].tolist()]
        if begin % (20 * BATCH) == 0:
            print(f"{begin} of {len(heads)} words", flush=True)
    return out


def main() -> None:
    """Score, write, print how many pairs are kept."""
    folder = store.default_folder()
    if not store.usable(folder):
        raise SystemExit("no model: run 'restore model install' first")
    knowledge = loading.load()
    lexicon, gazetteer = knowledge.lexicon, knowledge.gazetteer
    left, right = sides(lexicon, ())
    terms = {pair for n in np.flatnonzero(gazetteer.is_term).tolist() for pair in pairwise(gazetteer.words[n, : gazetteer.size[n]].tolist())}
    grids = [grid([a, *left.get(a, ())], [b, *right.get(b, ())]) for a, b in sorted(terms)]
    keys = np.unique(np.concatenate([*grids, inner_pairs(lexicon)]))
    first, second = unpack(keys)
    model = CausalModel(folder)
    numbers = np.unique(np.r_[first, second])
    words = lexicon.words(numbers)
    encoded = {number: model.encode(f" {word}") for number, word in zip(numbers.tolist(), words, strict=True)}
    log = np.mean([pair_scores(model, first, second, encoded, context) for context in CONTEXTS], axis=0)
    word_keys = np.zeros(int(numbers[-1]) + 1, dtype=np.uint64)
    word_keys[numbers] = keys_of(words)
    made = TermBigrams.of(word_keys[first], word_keys[second], log)
    out = places.dictionaries() / BIGRAMS
    made.write(out, model.name)
    print(f"{len(keys)} pairs, {np.count_nonzero(made.table)} kept, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
