"""Originals that no dictionary row offers and another copy shows: where the two differ and nothing explains it, the copy's words become an arc."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from restore.channel import Borrowed, Candidates
from restore.lattice import Arcs
from restore.lexicon import Lexicon
from restore.protect import Marks
from restore.tokens import Tokens, words
from restore.witnesses.numerals import numbers, value
from restore.witnesses.pairing import Pairing
from restore.witnesses.values import CLEAN, Witness

#: Longest span, in words, that is taken over from a witness without a row.
LONGEST = 4


def borrow(witnesses: Sequence[Witness], pairings: Sequence[Pairing], tokens: Tokens, marks: Marks, found: Candidates, lexicon: Lexicon) -> None:
    """Add the arcs that witnesses offer to those ``found``; the same words offered twice are one arc, clean if one of them is."""
    variant = np.zeros(len(tokens), dtype=np.bool_)
    variant[found.arcs.first[found.arcs.head != -1]] = True
    options: dict[tuple[int, int, str], Borrowed] = {}
    for witness, pairing in zip(witnesses, pairings, strict=True):
        for i, j, a, b in pairing.gaps:
            if j - i > LONGEST or b - a > LONGEST or not _hangs_together(tokens, i, j) or not _hangs_together(witness.tokens, a, b):
                continue
            clean = bool((witness.rate[a:b] < CLEAN).all())
            for text, certain in _offers(witness, lexicon, a, b, clean):
                key = (i, j, text.lower())
                if _may_stand(tokens, marks, variant, i, j, words(text), certain) and (key not in options or certain):
                    options[key] = Borrowed(i, j, text, certain)
    if options:
        _add(found, list(options.values()), lexicon)


def _hangs_together(tokens: Tokens, i: int, j: int) -> bool:
    return bool(tokens.joined[i + 1 : j].all()) and tokens.sentence[i] == tokens.sentence[j - 1]


def _offers(witness: Witness, lexicon: Lexicon, a: int, b: int, clean: bool) -> Iterator[tuple[str, bool]]:
    """The originals that a witness's words a to b may be, and whether that is certain: themselves, and what they may stand for."""
    tokens, vocabulary = witness.tokens, lexicon.model.words
    opens = a == 0 or tokens.sentence[a] != tokens.sentence[a - 1]
    text = tokens.surface(a, b)
    yield text if clean and not opens else text.lower(), clean
    for original, ends in witness.readings[a].items():
        if any(end == b for end, _ in ends) and all(isinstance(key, int) and key < len(vocabulary) for key in original):
            yield " ".join(vocabulary[int(key)] for key in original), False


def _may_stand(tokens: Tokens, marks: Marks, variant: npt.NDArray[np.bool_], i: int, j: int, offered: Sequence[str], certain: bool) -> bool:
    """Whether the offered words may have stood at words i to j.

    An acronym may stand for its words, and a number may be written in another way but has to stay what it is ("eleven" for 11, never 7). A capitalised
    word may change only where a row knows it as a variant: pages made from one template differ in their numbers and names.
    """
    observed = tokens.words[i:j]
    if certain and j == i + 1 and marks.capital[i] and _abbreviates(observed[0], offered):
        return True
    if numbers(observed) or numbers(offered):
        number = value(observed)
        return certain and number is not None and number == value(offered)
    names = marks.capital[i:j] & ~marks.first[i:j] & ~variant[i:j]
    plain = all(word[0].isalpha() or word[0] == "'" for word in (*observed, *offered))
    return plain and not marks.kept[i:j].any() and not names.any()


def _abbreviates(acronym: str, offered: Sequence[str]) -> bool:
    """Whether a word is the initials of the offered ones, as "U.S." is of United States."""
    letters = acronym.replace(".", "")
    return len(offered) > 1 and letters == "".join(word[0] for word in offered)


def _add(found: Candidates, borrowed: list[Borrowed], lexicon: Lexicon) -> None:
    """Add an arc for every borrowed original; its head is numbered after those of the names."""
    arcs, width = found.arcs, found.arcs.words.shape[1]
    spelt = [lexicon.lm_id[lexicon.encode(words(o.text))][:width] for o in borrowed]
    table = np.full((len(borrowed), width), -1, dtype=np.int32)
    for k, ids in enumerate(spelt):
        table[k, : len(ids)] = ids
    first = np.concatenate([arcs.first, [o.first for o in borrowed]])
    order = np.argsort(first, kind="stable")
    none = np.full(len(borrowed), -1)
    found.arcs = Arcs(
        first,
        np.concatenate([arcs.last, [o.last for o in borrowed]]),
        np.concatenate([arcs.words, table]),
        np.concatenate([arcs.size, [len(ids) for ids in spelt]]),
        np.concatenate([arcs.head, -3 - len(found.matches) - np.arange(len(borrowed))]),
        np.concatenate([arcs.log, np.zeros(len(borrowed))]),
    ).take(order)
    found.entry = np.concatenate([found.entry, none])[order]
    found.name = np.concatenate([found.name, none])[order]
    found.borrowed = borrowed
