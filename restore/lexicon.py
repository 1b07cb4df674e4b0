"""Dictionaries compiled for look-up: which originals a span of words may stand for, and which spans are originals that survived.

Phrases are hashed word by word (a polynomial over word ids, modulo 2**64), so all spans of a text are looked up at once, one sorted search a
phrase length; ``benchmarks/speed.py`` measures this against ahocorasick-rs on the same rows (docs/design.md has the figures). Compiling
twelve thousand rows takes most of a second, so the arrays are kept in a file named by the hash of what they were made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from restore.lines import Lines
from restore.ngram import FLOOR, NgramModel, Vocabulary
from restore.numerals import share
from restore.ordering import groups
from restore.tokens import Tokens, is_number
from restore.wordtable import WordTable

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
U64 = npt.NDArray[np.uint64]
Arrays = dict[str, npt.NDArray[Any]]
_P = np.uint64(0x9E3779B97F4A7C15)
#: High bits of a key by which most spans that are no phrase are told: 25,000 phrases leave 2 of 100 for the search.
_HINT_BITS = 20
#: Share of a heavy spinner's words that he replaces.
HEAVY = 0.95
_HINT = np.uint64(64 - _HINT_BITS)


def span_keys(ids: npt.NDArray[Any], length: int) -> U64:
    """The key of every run of ``length`` ids: uint64 [n - length + 1]."""
    n = len(ids) - length + 1
    if n <= 0:
        return np.zeros(0, dtype=np.uint64)
    column = ids.astype(np.uint64) + np.uint64(1)
    key = np.full(n, length, dtype=np.uint64)
    for k in range(length):
        key = (key * _P) ^ column[k : k + n]
        key ^= key >> np.uint64(29)
    return key


def all_keys(ids: npt.NDArray[Any], longest: int) -> U64:
    """The keys of all runs of 1 to ``longest`` ids: uint64 [longest, n], by length and start; those that reach beyond the end are of no use."""
    n = len(ids)
    column = np.concatenate([ids.astype(np.uint64), np.zeros(longest, dtype=np.uint64)]) + np.uint64(1)
    key = np.repeat(np.arange(1, longest + 1, dtype=np.uint64)[:, None], n, axis=1)
    for k in range(longest):
        part = key[k:]
        part *= _P
        part ^= column[k : k + n]
        part ^= part >> np.uint64(29)
    return key


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """Phrases by key: ``keys`` sorted, uint64 [p]; ``pointer``, int64 [p + 1], into entries grouped by phrase; ``lengths`` that occur."""

    keys: U64
    pointer: I64
    lengths: tuple[int, ...]
    _hint: npt.NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        hint = np.zeros(1 << _HINT_BITS, dtype=np.bool_)
        hint[self.keys >> _HINT] = True
        object.__setattr__(self, "_hint", hint)

    def match(self, ids: npt.NDArray[Any], reach: I64) -> tuple[I64, I64, I64]:
        """All spans that are phrases of the table: start, length, phrase; int64 [m] each. ``reach``: see ``reach_of``."""
        return self.match_keys(all_keys(ids, max(self.lengths, default=1)), reach)

    def match_keys(self, keys: U64, reach: I64) -> tuple[I64, I64, I64]:
        """The same from the keys of all spans (``all_keys``)."""
        fits = reach >= np.arange(1, len(keys) + 1)[:, None]
        length, start = np.divmod(np.flatnonzero(self._hint[keys >> _HINT] & fits), max(len(reach), 1))
        found = keys[length, start]
        at = np.minimum(np.searchsorted(self.keys, found), len(self.keys) - 1)
        hit = np.flatnonzero(self.keys[at] == found)
        return start[hit], length[hit] + 1, at[hit]


class Scan(NamedTuple):
    """Where a text holds phrases of the dictionaries: (start, length, phrase) of every variant phrase and of every original."""

    variants: tuple[I64, I64, I64]
    heads: tuple[I64, I64, I64]


def reach_of(joined: npt.NDArray[np.bool_], sentence: npt.NDArray[Any]) -> I64:
    """How many tokens from each one on, itself included, hang together by white space alone within a sentence: int64 [n]."""
    n = len(joined)
    broken = ~joined
    if n:
        broken = broken | np.r_[True, np.diff(sentence) != 0]
    breaks = np.flatnonzero(broken)
    following = np.append(breaks, n)[np.searchsorted(breaks, np.arange(n), side="right")]
    return np.asarray(following - np.arange(n))


class Lexicon:
    """All rows of the loaded dictionaries as arrays, ready to match.

    Arc entries, one a (row, variant), grouped by variant phrase: ``arc_head``, ``arc_variant`` int32, ``arc_log`` float32 (log weight). Heads, one a
    row: ``head_words`` int32 [h, 7] of word ids padded with -1, ``head_size``, ``head_family``, ``rate`` (share of occurrences replaced), ``known``.
    ``arc_bias``, float32: what was learned of a variant beyond its rows' counts. ``arc_context``, int32, numbers the condition of an entry in ``contexts``,
    0 being none; ``arc_telling``, bool, marks entries that nobody writes who has not spun; both are empty when no row has such.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], model: NgramModel) -> None:
        self.model = model
        self.head_text = Lines(arrays["head_text"])
        self._blobs = {part: arrays[part] for part in ("head_source", "variant_text")}
        self.families = _strings(arrays["families"])
        self._extended = Lines(arrays["extended"])
        self.head_words: I32 = arrays["head_words"]
        self.head_size: I32 = arrays["head_size"]
        self.head_family: I32 = arrays["head_family"]
        self.rate: F32 = arrays["rate"]
        self.known: npt.NDArray[np.int8] = arrays["known"]
        self.arc_head: I32 = arrays["arc_head"]
        self.arc_variant: I32 = arrays["arc_variant"]
        self.arc_log: F32 = arrays["arc_log"]
        self.variants = PhraseTable(arrays["variant_keys"], arrays["variant_pointer"], tuple(arrays["variant_lengths"].tolist()))
        self.heads = PhraseTable(arrays["head_keys"], arrays["head_pointer"], tuple(arrays["head_lengths"].tolist()))
        self.head_order: I64 = arrays["head_order"]
        extra = np.full(len(self._extended), model.unk, dtype=np.int64)
        shares = np.zeros(len(extra), dtype=np.float32)
        initials = self._extended.initials
        for k in np.flatnonzero((initials <= ord("9")) | (initials > ord("z"))).tolist():  # none but these can begin with a digit
            word = self._extended[k]
            extra[k], shares[k] = model.number if is_number(word) else model.unk, share(word)
        floor = np.where(extra != model.unk, model.frequency[extra] + shares, np.float32(FLOOR))
        self.lm_id: I32 = np.concatenate([np.arange(len(model)), extra]).astype(np.int32)
        self.frequency: F32 = np.concatenate([model.frequency, floor])
        #: log p(number | some number) of every word, 0 for other words: what the language model's class of numbers leaves open.
        self.share: F32 = np.concatenate([np.zeros(len(model), dtype=np.float32), shares])
        # Only a user's rows have contexts and tell; without them there is nothing to store.
        self.contexts = _strings(arrays["contexts"]) if "contexts" in arrays else []
        self.arc_context: I32 = arrays.get("arc_context", np.zeros(0, dtype=np.int32))
        self.arc_telling: npt.NDArray[np.bool_] = arrays.get("arc_telling", np.zeros(0, dtype=np.bool_))
        self.arc_bias: F32 = arrays.get("arc_bias", np.zeros(len(self.arc_head), dtype=np.float32))
        #: Words that rows name as acronyms, which are not protected by standing in capitals.
        self.acronyms = frozenset(_strings(arrays["acronyms"])) if "acronyms" in arrays else frozenset[str]()
        self.arc_recall: F32 = arrays.get("arc_recall", np.zeros(0, dtype=np.float32))
        self.tell: F32 = arrays["tell"]
        self.phrase_tell: F32 = arrays["phrase_tell"]

    @cached_property
    def ids(self) -> Vocabulary:
        """All words with their ids, the language model's first."""
        return self.model.ids.copy_with(list(self._extended), len(self.model))

    @cached_property
    def table(self) -> WordTable:
        """The same for a text's words all at once."""
        return WordTable((self.model.words, self._extended), self.model.aliases, self.model.unk)

    def words(self, ids: npt.NDArray[Any]) -> list[str]:
        """The words of some ids; of an alias ("colour") the word that it counts as."""
        size = len(self.model)
        return [self.model.words[k] if k < size else self._extended[k - size] for k in ids.tolist()]

    @cached_property
    def head_source(self) -> Lines:
        """File and line of each row."""
        return Lines(self._blobs["head_source"])

    @cached_property
    def variant_text(self) -> Lines:
        """The variant phrases."""
        return Lines(self._blobs["variant_text"])

    def scan(self, tokens: Tokens, ids: I64) -> Scan:
        """Every span of a text that is a variant phrase, and every one that is an original."""
        reach = reach_of(tokens.joined, tokens.sentence)
        keys = all_keys(ids, max((*self.variants.lengths, *self.heads.lengths, 1)))
        return Scan(self.variants.match_keys(keys, reach), self.heads.match_keys(keys, reach))

    @cached_property
    def telling(self) -> tuple[I64, npt.NDArray[np.float64]]:
        """Words that say more than half a nat for or against some family, the commonest in plain English first, and how often it has each."""
        words = np.flatnonzero(np.abs(self.tell).ravel() > 0.5) // self.tell.shape[1]
        words = words[groups(words)]
        share = np.exp(self.frequency[words].astype(np.float64))
        order = np.argsort(-share, kind="stable")
        return words[order], share[order]

    @cached_property
    def kept_tell(self) -> npt.NDArray[np.float64]:
        """What one occurrence of an original says for each family, whose spinner leaves one in twenty as it is, nats: float64 [phrases, families]."""
        pointer, count = self.heads.pointer, len(self.families)
        phrase = np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))
        out = np.zeros((len(pointer) - 1) * count)
        np.minimum.at(out, phrase * count + self.head_family[self.head_order], np.log1p(-HEAVY * self.rate[self.head_order].astype(np.float64)))
        return out.reshape(-1, count)

    def __len__(self) -> int:
        return len(self.head_text)

    def encode(self, tokens: Sequence[str]) -> I64:
        """Word ids of folded tokens, int64 [n]; unknown words share one id."""
        ids = self.table.ids_of(tokens)
        unknown = np.flatnonzero(ids == self.model.unk)
        ids[unknown] = [self.model.number if is_number(tokens[k]) else self.model.unk for k in unknown.tolist()]
        return ids


def blob(strings: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Strings as one array of bytes."""
    return np.frombuffer("\n".join(strings).encode("utf-8"), dtype=np.uint8)


def _strings(blob: npt.NDArray[Any]) -> list[str]:
    return bytes(blob).decode("utf-8").split("\n") if len(blob) else []
