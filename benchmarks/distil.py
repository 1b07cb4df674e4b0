"""Write down what the second look's model thinks of the pairs of words that terms and their variants can make: term-bigrams.bin.

    restore model install && python benchmarks/distil.py

Every pair that a listed term or a swapped form of it has side by side is scored after CONTEXT: log p of the second word after the first. A word of several
tokens counts by its first one there and the others after CONTEXT alone. Takes four minutes on two cores; run it when many terms or variants are new.
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
from restore.term_bigrams import TermBigrams
from restore.term_pairs import grid, sides, unpack

#: First words in one run of the model.
BATCH = 48
#: What stands before every pair. Of 1,398 tortured phrases 436 come back with this, 429 with "the", 399 with "of", 411 after a line of keywords.
CONTEXT = "In this paper, we study the"


def word_scores(model: CausalModel, encoded: dict[int, tuple[int, ...]]) -> dict[int, float]:
    """log p of what follows each word's first token in it."""
    out = {}
    every = sorted(encoded)
    for start in range(0, len(every), BATCH):
        tree, nodes = Tree(), []
        for word in every[start : start + BATCH]:
            nodes.append(tree.extend(-1, encoded[word])[1:])
        model.begin()
        model.append(model.encode(CONTEXT))
        asked = [node for each in nodes for node in each] or [0]
        score = iter(model.score(tree, asked).tolist())
        out.update({word: sum(next(score) for _ in each) for word, each in zip(every[start : start + BATCH], nodes, strict=True)})
    return out


def pair_scores(
    model: CausalModel, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], encoded: dict[int, tuple[int, ...]]
) -> npt.NDArray[np.float64]:
    """log p of each second word after the first; ``first`` ascends."""
    rest = word_scores(model, encoded)
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
        model.append(model.encode(CONTEXT))
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
    text = {number: word for word, number in lexicon.ids.items()}
    encoded = {number: model.encode(f" {text[number]}") for number in np.unique(np.r_[first, second]).tolist()}
    log = pair_scores(model, first, second, encoded)
    made = TermBigrams.of(((text[a], text[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)), log)
    out = places.dictionaries() / "term-bigrams.bin"
    made.write(out, model.name)
    print(f"{len(keys)} pairs, {np.count_nonzero(made.table)} kept, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
