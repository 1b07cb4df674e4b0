"""Perplexity of the shipped language model on text it was not trained on, a token (numbers are one class, no end symbols).

python benchmarks/perplexity.py ../shared/corpus/dev/*.txt
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from restore import places
from restore.ngram import NgramModel
from restore.train_lm import sentences

#: Share of the text's sentences that is scored, every so many-th one.
EVERY = 4


def main(paths: list[str]) -> None:
    """Print one line a file: tokens, unknown words, perplexity with and without them."""
    model = NgramModel(places.dictionaries() / "model.bin")
    for path in paths:
        total, known, count, unknown = 0.0, 0.0, 0, 0
        with Path(path).open(encoding="utf-8") as lines:
            for k, sentence in enumerate(sentences(lines)):
                if k % EVERY:
                    continue
                ids = np.array([model.ids[w] for w in sentence])
                score = model.score(ids).astype(float)
                seen = ids != model.unk
                total, known = total + score.sum(), known + score[seen].sum()
                count, unknown = count + len(ids), unknown + int((~seen).sum())
        print(
            f"{path}: {count} tokens, {unknown} unknown, perplexity {math.exp(-total / count):.1f}, of known words {math.exp(-known / (count - unknown)):.1f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
