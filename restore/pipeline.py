"""One path for every use: text → tokens → lattice → decoding with the spin rate → suggestions.

A text is cut into blocks of whole sentences that are each treated as a document, so memory stays bounded whatever the size. A block whose words say that
nobody spun it is left at that; the others are decoded twice, the second time with the document's own channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from restore import channel, decode, family, lattice, loading, protect, spinrate
from restore.channel import Candidates, Channel
from restore.errors import ModelError
from restore.lattice import Arcs, Lattice
from restore.lexicon import I64
from restore.loading import Knowledge
from restore.nouns import Engine, Restoration, Window
from restore.settings import Settings
from restore.suggest import Reading, suggest
from restore.surface import Style
from restore.tokens import Tokens, words

if TYPE_CHECKING:
    from restore.second import SecondLook

F64 = npt.NDArray[np.float64]
#: Tokens a block; about 60 KB of text. A longer text's blocks are restored one after the other.
BLOCK = 12_000
#: Arcs this many nats below the best reading through the coarse, bigram pass are dropped. At 12 recovered is what it is without pruning (docs/design.md).
PRUNE = 12.0
#: The coarse pass assumes a heavy spinner; what it keeps is scored again at every rate.
COARSE_RATE = 0.95
#: A piece of this many characters is decoded at once, so that a line of 50 MB is read in pieces.
PIECE = 400_000


@dataclass(slots=True)
class Block:
    """One block decoded: its arcs with posteriors, the best path, and the spin of its sentences."""

    tokens: Tokens
    reading: Reading | None
    spin: spinrate.Spin
    families: dict[str, float]


class Restorer:
    """Loads once, restores any number of texts; holds no state between them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        if self.settings.model and not Path(self.settings.model).exists():  # said at once, not with the first spun text
            raise ModelError(self.settings.model, "no such model", "give a GGUF file or a converted folder")
        self.knowledge = loading.load([Path(p) for p in self.settings.dictionaries])
        self.lexicon = self.knowledge.lexicon
        self._never = {tuple(words(p)) for p in (*self.settings.allow, *self.settings.ignore)}
        self._genuine = {tuple(words(p)) for p in self.knowledge.allowed}
        self.screen = family.Screen(self.lexicon)
        self.progress: Callable[[float], None] | None = None
        self._look: SecondLook | None = None

    def restore(self, text: str) -> Restoration:
        """Find what was spun in ``text`` and what stood there before."""
        regions, count = self.screen.regions(text)
        found: list[Restoration] = []
        for start, end in regions:
            for low, high in family.pieces(text[start:end], PIECE):
                position = start + low
                for part in self._blocks(text[start + low : start + high]):
                    found.append(_shift(self._restore_block(part), position))
                    position += len(part)
        return _join(text, found, count)

    def describe_tokens(self, text: str) -> str:
        """One line a token: offsets, sentence, text, marks (``--show tokens``)."""
        tokens = Tokens(text)
        marks = self.mark(tokens, self.lexicon.encode(tokens.words))
        lines = []
        for i in range(len(tokens)):
            token = tokens[i]
            names = [name for name in ("kept", "capital", "first", "person", "genuine") if getattr(marks, name)[i]]
            lines.append(f"{token.start}\t{token.end}\t{int(tokens.sentence[i])}\t{token.text}\t{' '.join(names)}".rstrip())
        return "\n".join(lines)

    def describe_lattice(self, text: str) -> str:
        """One line an arc that the coarse pass kept: tokens, words, log weight, posterior (``--show lattice``)."""
        lines = []
        for part in self._blocks(text):
            block = self._decode(part)
            if block.reading is not None:
                lines += list(block.reading.lines(self.lexicon))
        return "\n".join(lines)

    def _blocks(self, text: str) -> Iterator[str]:
        tokens = Tokens(text)
        position, first = 0, 0
        while len(tokens) - first > BLOCK:
            cut = int(np.searchsorted(tokens.sentence, tokens.sentence[first + BLOCK]))
            cut = cut if cut > first else first + BLOCK
            end = int(tokens.starts[cut])
            yield text[position:end]
            position, first = end, cut
        if position < len(text):
            yield text[position:]

    def _restore_block(self, text: str) -> Restoration:
        block = self._decode(text)
        tokens = block.tokens
        if block.reading is None:
            return Restoration(text, (), 0.0, "", words=len(tokens))
        style = Style.of(tokens, self.knowledge.to_american, self.knowledge.to_british)
        second = self._second()
        reading = second.revise(block.reading, self.knowledge, style, self.progress) if second else block.reading
        suggestions = suggest(reading, self._calibrated(second), self.settings, style)
        spun = block.spin.probability[tokens.sentence]
        rate = block.spin.rate * float(spun.mean())
        telltales = family.telltales(self.lexicon, tokens, spun)
        best = max(block.families, key=lambda f: block.families[f])
        ranked = tuple(sorted(block.families.items(), key=lambda x: -x[1]))
        engine: Engine = "second look" if second else "first pass"
        return Restoration(text, tuple(suggestions), rate, best, ranked, telltales, _windows(tokens, block.spin), len(tokens), engine)

    def _second(self) -> SecondLook | None:
        """The second look, its model loaded when first wanted; None with ``fast`` or where no model is installed."""
        if self._look is None and not self.settings.fast:
            from restore.second import load  # here, since its runtime is an extra and takes a second

            self._look = load(self.settings.model)
        return self._look

    def _calibrated(self, second: SecondLook | None) -> Knowledge:
        """What is known, with the calibration map of the engine that decides."""
        return replace(self.knowledge, coefficients=second.weights.calibrated(self.knowledge.coefficients)) if second else self.knowledge

    def _decode(self, text: str) -> Block:
        tokens = Tokens(text)
        clean = spinrate.Spin(0.0, np.zeros(int(tokens.sentence[-1]) + 1 if len(tokens) else 0), 0.0)
        if not len(tokens):
            return Block(tokens, None, clean, {})
        lexicon, coefficients = self.lexicon, self.knowledge.coefficients
        ids = lexicon.encode(tokens.words)
        families, strength = family.posterior(lexicon, tokens, ids, self.settings.family)
        if strength < family.WEAK and len(tokens) < family.SHORT_REGION:
            return Block(tokens, None, clean, families)
        marks = self.mark(tokens, ids)
        weight = family.weights(lexicon, families)
        found = channel.candidates(lexicon, tokens, ids, marks, weight > 0)
        self._add_names(found, tokens, marks, ids)
        scores = Channel(lexicon, tokens, ids, marks, found, weight)
        framed, kept = self._coarse(scores, tokens, found)
        if framed is None:
            return Block(tokens, None, clean, families)
        scores = scores.select(kept, framed)
        schedule = decode.Schedule.of(framed)
        target = framed.state_arc[framed.edge_to]
        litter = protect.litter(tokens)
        spin = self._spin(scores, framed, schedule, tokens.sentence[litter])
        if spin.probability.max() < spinrate.NEGLIGIBLE:
            return Block(tokens, None, clean, families)
        first = scores.score(coefficients.first, spin.rate)
        language = framed.edge_lm.astype(np.float64)
        posterior, _ = decode.posteriors(framed, schedule, coefficients.language * language + first[target])
        own = scores.own(posterior, spin.rate, spin.probability[framed.sentence])
        second = scores.score(coefficients.second, spin.rate, own)
        weights = coefficients.language_second * language + second[target]
        posterior, _ = decode.posteriors(framed, schedule, weights)
        path = decode.viterbi(framed, schedule, weights)
        reading = Reading(tokens, framed, scores.found, posterior, path, spin.probability, second, marks, litter)
        return Block(tokens, reading, spin, families)

    def mark(self, tokens: Tokens, ids: I64) -> protect.Marks:
        """The marks of every token: what is never touched, names, genuine collocations."""
        marks = protect.mark(tokens, self.lexicon.frequency[ids], keep_quotes=self.settings.keep_quotes)
        kept = marks.kept | protect.covered(tokens.words, self._never)
        return replace(marks, kept=kept, genuine=protect.covered(tokens.words, self._genuine))

    def _add_names(self, found: Candidates, tokens: Tokens, marks: protect.Marks, ids: I64) -> None:
        """Add the arcs of known names: over the arcs there are, and over near spellings of a name's words."""
        arcs, lexicon, gazetteer = found.arcs, self.lexicon, self.knowledge.gazetteer
        copies = arcs.head == -1
        word = np.where(copies, ids[np.minimum(arcs.first, len(ids) - 1)], lexicon.head_words[np.maximum(arcs.head, 0), 0].astype(np.int64))
        first, last, size = arcs.first, arcs.last, arcs.size
        unknown = np.flatnonzero((ids == lexicon.model.unk) & ~marks.kept & marks.capital)
        near = [(i, k) for i in unknown.tolist() if (k := gazetteer.near(tokens.words[i], lexicon.model.words)) >= 0]
        number = np.arange(len(arcs))
        if near:
            at, more = np.array(near, dtype=np.int64).T
            first, last, word = np.concatenate([first, at]), np.concatenate([last, at + 1]), np.concatenate([word, more])
            size, copies = np.concatenate([size, np.ones(len(at), dtype=np.int64)]), np.concatenate([copies, np.zeros(len(at), dtype=np.bool_)])
            number = np.concatenate([number, np.full(len(at), -1)])
            order = np.argsort(first, kind="stable")
            first, last, word, size, copies, number = (x[order] for x in (first, last, word, size, copies, number))
        matches = gazetteer.find(first, last, word, size, tokens.words, marks.capital, copies)
        found.add_names([replace(m, arcs=tuple(int(number[j]) for j in m.arcs)) for m in matches], gazetteer, lexicon)

    def _coarse(self, scores: Channel, tokens: Tokens, found: Candidates) -> tuple[Lattice | None, I64]:
        """Frame the arcs, drop those far from the best bigram reading, build the exact lattice; the arcs kept, as indices into ``found``."""
        model, coefficients = self.knowledge.model, self.knowledge.coefficients
        arcs = found.arcs
        numbered = Arcs(arcs.first, arcs.last, arcs.words, arcs.size, arcs.head, np.arange(len(arcs), dtype=np.float64))
        framed, start, end, level, sentence = lattice.frame(numbered, tokens.sentence, model.bos)
        frames = framed.head == -2
        number = np.where(frames, 0, framed.log).astype(np.int64)
        cost = np.where(frames, 0.0, scores.score(coefficients.first, COARSE_RATE)[number])
        scorer = lattice.Scorer(model, framed)
        a, b = lattice.adjacent(start, end)
        lower, _ = scorer.pairs(a, b)
        weight = coefficients.language * (lower + scorer.inner2[b] + scorer.inner_rest[b]).astype(np.float64) + cost[b]
        through = decode.best_through(level, a, b, weight, np.flatnonzero(frames & (level == 1)), np.flatnonzero(frames & (level != 1)), len(framed))
        best = np.full(int(sentence.max()) + 1, -np.inf)
        np.maximum.at(best, sentence, through)
        keep = (through > best[sentence] - PRUNE) | (framed.head == -1) | frames
        if not (framed.head[keep] != -1).sum() > frames.sum():
            return None, number
        chosen = framed.take(keep)
        return lattice.build(model, chosen, start[keep], end[keep], level[keep], sentence[keep]), np.where(frames, -1, number)[keep]

    def _spin(self, scores: Channel, framed: Lattice, schedule: decode.Schedule, litter: npt.NDArray[np.int32]) -> spinrate.Spin:
        coefficients = self.knowledge.coefficients
        target = framed.state_arc[framed.edge_to]
        language = coefficients.language * framed.edge_lm.astype(np.float64)
        plain = scores.base @ coefficients.first
        grid = np.stack([scores.at_rate(plain, coefficients.first, rate) for rate in spinrate.GRID], axis=1)
        alpha = decode.forward(framed, schedule, language[:, None] + grid[target])
        total = decode.final_scores(framed, alpha)
        total[:, 1:] += spinrate.LITTER * np.bincount(litter, minlength=len(total))[:, None]
        return spinrate.estimate(total)


def _windows(tokens: Tokens, spin: spinrate.Spin) -> tuple[Window, ...]:
    """Runs of sentences that are alike, as windows."""
    spun = spin.probability >= 0.5
    cuts = np.flatnonzero(np.diff(spun)) + 1
    out = []
    for low, high in zip(np.r_[0, cuts].tolist(), np.r_[cuts, len(spun)].tolist(), strict=True):
        at = np.flatnonzero((tokens.sentence >= low) & (tokens.sentence < high))
        p = float(spin.probability[low:high].mean())
        out.append(Window(int(tokens.starts[at[0]]), int(tokens.ends[at[-1]]), spin.rate * p, p))
    return tuple(out)


def _shift(part: Restoration, offset: int) -> Restoration:
    if not offset:
        return part
    moved = tuple(replace(s, start=s.start + offset, end=s.end + offset) for s in part.suggestions)
    windows = tuple(replace(w, start=w.start + offset, end=w.end + offset) for w in part.windows)
    return replace(part, suggestions=moved, windows=windows)


def _join(text: str, parts: list[Restoration], count: int) -> Restoration:
    """The restoration of a text of ``count`` words from those of its suspicious blocks; rates are averaged by words."""
    total = max(count, 1)
    spun = [p for p in parts if p.family]
    weight: dict[str, float] = {}
    for p in spun:
        for name, probability in p.families:
            weight[name] = weight.get(name, 0.0) + probability * p.words
    mass = sum(weight.values()) or 1.0
    ranked = tuple(sorted(((f, w / mass) for f, w in weight.items()), key=lambda x: (-x[1], x[0])))
    return Restoration(
        text,
        tuple(s for p in parts for s in p.suggestions),
        min(1.0, sum(p.spin_rate * p.words for p in parts) / total),
        ranked[0][0] if ranked else "",
        ranked,
        family.merge([p.telltales for p in parts]),
        _fill(text, [w for p in spun for w in p.windows]),
        count,
        max((p.engine for p in parts), default=""),  # of one run they are all the same or ""
    )


def _fill(text: str, windows: list[Window]) -> tuple[Window, ...]:
    """Windows over the whole text: what lies between the given ones is clean."""
    out: list[Window] = []
    position = 0
    for window in windows:
        if text[position : window.start].strip():
            out.append(Window(position, window.start, 0.0, 0.0))
        out.append(window)
        position = window.end
    if windows and text[position:].strip():
        out.append(Window(position, len(text), 0.0, 0.0))
    return tuple(out)
