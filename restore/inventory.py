"""How much the dictionaries hold, how ambiguous they are, and how much of a corpus they cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from restore.family import pieces
from restore.jsonreport import VERSION
from restore.lexicon import Lexicon, reach_of
from restore.loading import Knowledge
from restore.tokens import Tokens

#: Most ambiguous variants that are listed.
SHOWN = 10
#: Characters of a corpus looked at at once.
PIECE = 400_000


def count_dictionaries(knowledge: Knowledge) -> dict[str, Any]:
    """Numbers of heads, variants, names and so on, over all and by family; and the variants that stand for the most originals."""
    lexicon = knowledge.lexicon
    variants = np.bincount(lexicon.arc_head, minlength=len(lexicon))
    families = {name: _of_family(lexicon, variants, lexicon.head_family == k) for k, name in enumerate(lexicon.families)}
    originals = np.diff(lexicon.variants.pointer)
    texts = {int(p): lexicon.variant_text[lexicon.arc_variant[lexicon.variants.pointer[p]]] for p in np.argsort(-originals, kind="stable")[:SHOWN]}
    terms = int(knowledge.gazetteer.is_term.sum())
    return {
        "version": VERSION,
        "all": _of_family(lexicon, variants, np.ones(len(lexicon), dtype=np.bool_)),
        "families": families,
        "names": len(knowledge.gazetteer.text) - terms,
        "terms": terms,
        "allowed": len(knowledge.allowed) + len(knowledge.exempt),
        "ambiguity": {
            "variants": len(originals),
            "originals_each": round(float(originals.mean()), 2),
            "ambiguous": round(float((originals > 1).mean()), 3),
            "most": [{"text": text, "originals": int(originals[p])} for p, text in texts.items()],
        },
    }


def cover(lexicon: Lexicon, texts: Iterable[str]) -> dict[str, Any]:
    """How many of a corpus's running words lie in an original that some dictionary has, in a phrase of one, and in an original whose rate was learned."""
    totals = np.zeros(4, dtype=np.int64)
    for text in texts:
        for start, end in pieces(text, PIECE):
            totals += _cover_piece(lexicon, text[start:end])
    words, known, phrases, learned = totals.tolist()
    shares = {name: round(n / max(words, 1), 4) for name, n in (("known", known), ("in_phrases", phrases), ("learned", learned))}
    return {"words": words, **shares}


def describe(found: Mapping[str, Any], coverage: Mapping[str, Any] | None) -> str:
    """The same as text to read."""
    lines = [f"{'family':8}{'heads':>8}{'phrases':>9}{'variants':>10}{'per head':>10}"]
    for name, row in {**found["families"], "all": found["all"]}.items():
        lines.append(f"{name:8}{row['heads']:8,}{row['phrases']:9,}{row['variants']:10,}{row['variants_each']:10.1f}")
    ambiguity = found["ambiguity"]
    lines.append(f"{found['names']:,} names, {found['terms']:,} terms, {found['allowed']:,} fixed phrases")
    lines.append(f"{ambiguity['variants']:,} variants with {ambiguity['originals_each']} originals each; {ambiguity['ambiguous']:.0%} have several; the most:")
    lines += [f"  {row['originals']:3}  {row['text']}" for row in ambiguity["most"]]
    if coverage is not None:
        shares = f"{coverage['known']:.1%} in an original ({coverage['in_phrases']:.1%} in a phrase, {coverage['learned']:.1%} with learned counts)"
        lines.append(f"corpus: {coverage['words']:,} words, {shares}")
    return "\n".join(lines)


def _of_family(lexicon: Lexicon, variants: np.ndarray[Any, Any], mine: np.ndarray[Any, Any]) -> dict[str, Any]:
    heads, total = int(mine.sum()), int(variants[mine].sum())
    return {"heads": heads, "phrases": int((mine & (lexicon.head_size > 1)).sum()), "variants": total, "variants_each": round(total / max(heads, 1), 2)}


def _cover_piece(lexicon: Lexicon, text: str) -> np.ndarray[Any, Any]:
    """Words, words in an original, in an original of several words, in one whose rate was learned: int64 [4]."""
    tokens = Tokens(text)
    word = np.fromiter((token[0].isalpha() for token in tokens.words), dtype=np.bool_, count=len(tokens))
    at, size, phrase = lexicon.heads.match(lexicon.encode(tokens.words), reach_of(tokens.joined, tokens.sentence))
    first = lexicon.head_order[lexicon.heads.pointer[phrase]]
    learned = (lexicon.known[first] & 1) > 0
    masks = [_covered(len(tokens), at[pick], size[pick]) & word for pick in (size > 0, size > 1, learned)]
    return np.array([int(mask.sum()) for mask in (word, *masks)], dtype=np.int64)


def _covered(n: int, at: np.ndarray[Any, Any], size: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Tokens in one of the spans, bool [n]."""
    edges = np.bincount(at, minlength=n + 1) - np.bincount(at + size, minlength=n + 1)
    return np.asarray(np.cumsum(edges)[:n] > 0)
