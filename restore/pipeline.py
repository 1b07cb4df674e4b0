"""One path for every use: text → tokens → lattice → decoding with the spin rate → suggestions.

A text is cut into blocks of whole sentences that are each treated as a document, so memory stays bounded whatever the size. A block whose words say that
nobody spun it is left at that; the others are decoded twice, the second time with the document's own channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from restore import channel, decode, family, lattice, loading, numerals, places, protect, spinrate
from restore.channel import Candidates, Channel, weighed
from restore.contexts import Document
from restore.errors import ModelError
from restore.exemptions import Exemptions
from restore.hypothesis import Hypothesis, Page, Signs
from restore.joining import join, shift, windows
from restore.lattice import Arcs, Lattice
from restore.lexicon import I64
from restore.loading import Knowledge
from restore.nouns import Engine, Restoration, Suggestion
from restore.ordering import groups
from restore.outlook import Outlook
from restore.settings import Settings
from restore.spans import Spans
from restore.suggest import Reading, suggest
from restore.surface import Style
from restore.term_bigrams import BIGRAMS, TermBigrams
from restore.term_features import EVIDENCE, Weighing
from restore.term_stretches import Stretches
from restore.terms import TermFinder, merge
from restore.tokens import Tokens, words
from restore.witnesses.values import Testimony, Witness

if TYPE_CHECKING:
    from restore.second import SecondLook
    from restore.term_look import TermLook
    from restore.witnesses.testimony import Court

F64 = npt.NDArray[np.float64]
#: Tokens a block; about 40 KB of text. A longer text's blocks are restored one after the other.
BLOCK = 8_000
#: Arcs this many nats below the best reading through the coarse, bigram pass are dropped. At 7 recovered is what it is at 12 (docs/design.md).
PRUNE = 7.0
#: The coarse pass assumes a heavy spinner; what it keeps is scored again at every rate.
COARSE_RATE = 0.95
#: Stretches that are looked at together for tortured terms; all of a megabyte's at once take 250 MB.
DOORS = 300
#: Characters of spun sentences from which on tortured terms are left to the lattice there.
SPUN = 300
#: A piece of this many characters is decoded at once, so that a line of 50 MB is read in pieces.
PIECE = 400_000


@dataclass(slots=True)
class Block:
    """One block decoded: its arcs with posteriors, the best path, and the spin of its sentences; its words' ids where it was decoded."""

    reading: Reading | None
    spin: spinrate.Spin
    families: dict[str, float]
    ids: I64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


class Restorer:
    """Loads once, restores any number of texts, from any number of threads; holds no state between them.

    Pickled it is its settings alone: whoever unpickles it loads from the same memory-mapped files, so it travels to the workers of Ray, Spark or Dask.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        if self.settings.model and not Path(self.settings.model).exists():  # said at once, not with the first spun text
            raise ModelError(self.settings.model, "no such model", "give a GGUF file or a converted folder")
        self.knowledge = loading.load([Path(p) for p in self.settings.dictionaries])
        self.lexicon = self.knowledge.lexicon
        self._exempt = Exemptions((*self.settings.allow, *self.knowledge.exempt), self.settings.ignore)
        self._genuine = protect.Phrases(tuple(words(p)) for p in self.knowledge.allowed)
        self.screen = family.Screen(self.lexicon)
        weighing = Weighing.load(places.dictionaries() / EVIDENCE)
        bigrams = TermBigrams.load(places.dictionaries() / BIGRAMS)
        self.terms = TermFinder(self.knowledge.term_pairs, self.knowledge.gazetteer, self.lexicon, weighing, bigrams)
        self.progress: Callable[[float], None] | None = None
        self._look: SecondLook | None = None
        self._waking = Lock()

    def __reduce__(self) -> tuple[type[Restorer], tuple[Settings]]:
        return type(self), (self.settings,)

    @cached_property
    def court(self) -> Court:
        """What hears near copies of a text; made when first needed."""
        from restore.witnesses.testimony import Court

        return Court(self.lexicon, self.knowledge.gazetteer)

    def restore(self, text: str, witnesses: Sequence[Witness] = (), outlook: Outlook | None = None) -> Restoration:
        """Find what was spun in ``text`` and what stood there before; ``witnesses``: near copies of it (``restore.witnesses``) that are evidence;
        ``outlook``: what ``ahead`` said of the text."""
        regions, doors, count = outlook.look if outlook else self.screen.look(text, self.terms)
        document = Document(text)
        if len(self.lexicon.arc_telling):
            regions = family.join(text, regions, self._telling_spans(text, document))
        found: list[Restoration] = []
        for start, end in regions:
            for low, high in family.pieces(text[start:end], PIECE):
                position = start + low
                for part in self._blocks(text[start + low : start + high]):
                    found.append(shift(self._restore_block(part, document, witnesses), position))
                    position += len(part.text)
        return self._with_terms(join(text, found, count), doors, outlook.terms if outlook else None)

    def restore_all(self, texts: Sequence[str]) -> list[Restoration]:
        """The same of some texts, in their order: what takes most of the time of short clean ones is done for all at once."""
        return [self.restore(text, outlook=outlook) for text, outlook in zip(texts, self.ahead(texts), strict=True)]

    def ahead(self, texts: Sequence[str]) -> list[Outlook]:
        """What can be said of some texts before each is restored: what the screen says, and the tortured terms of those that it takes for clean, at once."""
        looks = [self.screen.look(text, self.terms) for text in texts]
        terms: list[tuple[Suggestion, ...] | None] = [None] * len(texts)
        clean = [k for k, (text, look) in enumerate(zip(texts, looks, strict=True)) if look.doors and not look.regions and not protect.reaches(text)]
        while clean and not len(self.lexicon.arc_telling):
            doors = np.cumsum([len(looks[k].doors) for k in clean])
            several = clean[: max(1, int(np.searchsorted(doors, DOORS, side="right")))]
            clean = clean[len(several) :]
            if len(looks[several[0]].doors) <= DOORS:
                for k, found in zip(several, self._terms(*((texts[k], looks[k].doors) for k in several)), strict=True):
                    terms[k] = tuple(found)
        return [Outlook(look, found) for look, found in zip(looks, terms, strict=True)]

    def _with_terms(self, restoration: Restoration, doors: Sequence[tuple[int, int]], known: Sequence[Suggestion] | None) -> Restoration:
        """The restoration with the tortured terms found in stretches of its text that are otherwise nobody's spin: in spun ones the lattice has looked, but a
        sentence or two may seem spun for a term alone. ``known``: those terms, where they were looked for ahead."""
        spun = [(w.start, w.end) for w in restoration.windows if w.probability >= 0.5]
        if restoration.family not in ("", "term") and sum(end - start for start, end in spun) >= SPUN:
            stretches = Spans(spun)
            doors = [door for door in doors if not stretches.overlapping(*door)]
        if not doors:
            return restoration
        terms: Sequence[Suggestion] = known if known is not None else self._terms_of(restoration.text, doors)
        hidden = Spans(protect.spans(restoration.text)) if terms else Spans()
        terms = [t for t in terms if not hidden.overlapping(t.start, t.end)]
        if not terms:
            return restoration
        suggestions = merge(restoration.suggestions, terms)
        name = restoration.family or ("term" if any(t.action == "apply" for t in terms) else "")
        families = (restoration.families or ((name, 1.0),)) if name else ()
        engine: Engine = "second look" if any(t.evidence.rival for t in terms) else restoration.engine or "first pass"
        return replace(restoration, suggestions=suggestions, family=name, families=families, engine=engine)

    def _terms_of(self, text: str, doors: Sequence[tuple[int, int]]) -> list[Suggestion]:
        return [term for low in range(0, len(doors), DOORS) for term in self._terms((text, doors[low : low + DOORS]))[0]]

    def _terms(self, *looked: tuple[str, Sequence[tuple[int, int]]]) -> list[list[Suggestion]]:
        """The tortured terms in stretches of each of some texts."""
        stretches = Stretches.of(*looked)
        tokens = Tokens(stretches.text)
        ids = self.lexicon.encode(tokens.words)
        marks = self._mark(tokens, ids)
        found = self.terms.candidates(tokens, ids, marks)
        shares = zip(stretches.share(found, tokens), looked, strict=True)
        return [self.terms.suggest(each, tokens, marks, stretches, self.settings, self._term_look, text) for each, (text, _) in shares]

    def describe_tokens(self, text: str) -> str:
        """One line a token: offsets, sentence, text, marks (``--show tokens``)."""
        tokens = Tokens(text)
        marks = self.mark(tokens, self.lexicon.encode(tokens.words))
        lines = []
        for i in range(len(tokens)):
            token = tokens[i]
            names = [name for name in ("kept", "capital", "first", "person", "genuine", "straight") if getattr(marks, name)[i]]
            lines.append(f"{token.start}\t{token.end}\t{int(tokens.sentence[i])}\t{token.text}\t{' '.join(names)}".rstrip())
        return "\n".join(lines)

    def describe_lattice(self, text: str) -> str:
        """One line an arc that the coarse pass kept: tokens, words, log weight, posterior (``--show lattice``)."""
        return "\n".join(line for reading in self.readings(text) for line in reading.lines(self.lexicon))

    def suspects(self, text: str) -> bool:
        """Whether the screen lets any part of a text through: clean text, which the lattice knows less well than the screen, stays out."""
        return bool(self.screen.look(text, self.terms)[0]) or (len(self.lexicon.arc_telling) > 0 and bool(self._telling_spans(text, Document(text))))

    def readings(self, text: str) -> Iterator[Reading]:
        """What every block of a text may have said, without asking the screen first; clean blocks have none."""
        document = Document(text)
        for part in self._blocks(text):
            block = self._decode(part, document)
            if block.reading is not None:
                yield block.reading

    def _telling_spans(self, text: str, document: Document) -> list[tuple[int, int]]:
        """Character spans of the phrases that tell on their own, which the screen's single words do not see."""
        out = []
        for low, high in family.pieces(text, PIECE):
            tokens = Tokens(text[low:high])
            at, size = channel.telling(self.lexicon, self.lexicon.scan(tokens, self.lexicon.encode(tokens.words)), document.meets)
            out += [(low + int(tokens.starts[i]), low + int(tokens.ends[i + n - 1])) for i, n in zip(at.tolist(), size.tolist(), strict=True)]
        return out

    def _blocks(self, text: str) -> Iterator[Tokens]:
        tokens = Tokens(text)
        if len(tokens) <= BLOCK:
            yield tokens
            return
        position, first = 0, 0
        while len(tokens) - first > BLOCK:
            cut = int(np.searchsorted(tokens.sentence, tokens.sentence[first + BLOCK]))
            cut = cut if cut > first else first + BLOCK
            end = int(tokens.starts[cut])
            yield Tokens(text[position:end])
            position, first = end, cut
        if position < len(text):
            yield Tokens(text[position:])

    def _restore_block(self, tokens: Tokens, document: Document, witnesses: Sequence[Witness]) -> Restoration:
        block = self._decode(tokens, document, witnesses)
        if block.reading is None:
            return Restoration(tokens.text, (), 0.0, "", words=len(tokens))
        style = Style.of(tokens, self.knowledge.to_american, self.knowledge.to_british)
        second = self._second()
        reading = second.revise(block.reading, self.knowledge, style, self.progress) if second else block.reading
        suggestions = suggest(reading, self._calibrated(second), self.settings, style)
        spun = block.spin.probability[tokens.sentence]
        rate = block.spin.rate * float(spun.mean())
        telltales = family.telltales(self.lexicon, block.ids, spun)
        best = max(block.families, key=lambda f: block.families[f])
        ranked = tuple(sorted(block.families.items(), key=lambda x: -x[1]))
        engine: Engine = "second look" if second else "first pass"
        return Restoration(tokens.text, tuple(suggestions), rate, best, ranked, telltales, windows(tokens, block.spin), len(tokens), engine)

    def _term_look(self) -> TermLook | None:
        """The second look at tortured terms; None where there is no second look."""
        second = self._second()
        return second.terms if second else None

    def _second(self) -> SecondLook | None:
        """The second look, its model loaded when first wanted; None with ``fast`` or where no model is installed."""
        if self._look is None and not self.settings.fast:
            from restore.second import load  # here, since its runtime is an extra and takes a second

            with self._waking:
                self._look = self._look or load(self.settings.model)
        return self._look

    def _calibrated(self, second: SecondLook | None) -> Knowledge:
        """What is known, with the calibration map of the engine that decides."""
        return replace(self.knowledge, coefficients=second.weights.calibrated(self.knowledge.coefficients)) if second else self.knowledge

    def _decode(self, tokens: Tokens, document: Document | None = None, witnesses: Sequence[Witness] = ()) -> Block:
        document = document or Document(tokens.text)
        clean = spinrate.Spin(0.0, np.zeros(int(tokens.sentence[-1]) + 1 if len(tokens) else 0), 0.0)
        if not len(tokens):
            return Block(None, clean, {})
        ids = self.lexicon.encode(tokens.words)
        scan = self.lexicon.scan(tokens, ids)
        odds = family.posterior(self.lexicon, scan, len(ids), self.settings.family)
        if self.settings.family == "auto":
            odds = odds.alarmed(self.screen.alarmed(ids))
        telling, _ = channel.telling(self.lexicon, scan, document.meets)
        if not (odds.strong or odds.alarming or len(telling)):
            return Block(None, clean, odds.families)
        marks = self.mark(tokens, ids)
        litter, numbers = protect.litter(tokens), numerals.half_written(tokens.text)
        halves = np.searchsorted(tokens.ends, [n.start for n in numbers], side="right")
        signs = Signs(tokens.sentence[np.concatenate([litter, halves])], tokens.sentence[telling])
        page = Page(tokens, ids, scan, marks, document, witnesses, self._unchanged(tokens, ids), spinrate.expected(ids, self.lexicon.frequency), signs)
        families, found = self._explain(page, odds)
        if found is None:
            return Block(None, clean, families)
        posterior, path, second = self._settle(found, bool(witnesses))
        reading = Reading(tokens, found.framed, found.scores.found, posterior, path, found.spin.probability, second, marks, litter, numbers, found.heard)
        return Block(reading, found.spin, families, ids)

    def _explain(self, page: Page, odds: family.Odds) -> tuple[dict[str, float], Hypothesis | None]:
        """Which spinner's dictionary explains a block best, and the block under that one; None where none explains it better than that nobody spun it. The
        likeliest by its phrases alone comes first; others are only tried where it does not explain what one of its own texts would let it."""
        auto = self.settings.family == "auto"
        sure = not auto or len(page.signs.telling) > 0
        first = self._assume(page, odds.best)
        tried = {odds.best: first}
        if auto and (first is None or first.spin.rate <= family.LIGHT):
            shown = first is not None and odds.convinces(odds.best, first.spin, first.words)
            tried |= {name: self._assume(page, name) for name in odds.rivals(spun=shown)}
        spun = {name: found for name, found in tried.items() if found and (sure or odds.convinces(name, found.spin, found.words))}
        if not spun:
            return odds.families, None
        families = odds.given({name: found.spin.gain for name, found in spun.items()}) if len(tried) > 1 or odds.best != odds.likeliest else odds.families
        return families, spun[max(spun, key=lambda name: families[name])]

    def _assume(self, page: Page, name: str) -> Hypothesis | None:
        """A block as if this family's spinner had made it; None where that is no better than that nobody spun it."""
        lexicon, tokens, ids, marks = self.lexicon, page.tokens, page.ids, page.marks
        weight = family.weights(lexicon, name)
        found = channel.candidates(lexicon, page.scan, ids, marks, weight > 0)
        found.drop(self._exempt.ignored(tokens, found, lexicon) | found.failing(lexicon, page.document.meets))
        self.add_names(found, tokens, marks, ids)
        heard = self.court.hear(page.witnesses, tokens, marks, found) if page.witnesses else Testimony.none(len(found.arcs))
        if len(lexicon.arc_recall):
            heard = replace(heard, total=heard.total + np.where(found.entry >= 0, lexicon.arc_recall[found.entry], 0.0))
        scores = Channel(lexicon, tokens, ids, marks, found, weight)
        framed, kept = self._coarse(scores, tokens, found, heard)
        if framed is None:
            return None
        scores, heard = scores.select(kept, framed), heard.select(kept)
        schedule = decode.Schedule.of(framed)
        sweep, grid, spin = self._spin(scores, framed, schedule, page)
        if spin.probability.max() < spinrate.NEGLIGIBLE:
            return None
        return Hypothesis(scores, framed, schedule, heard, sweep, grid, spin, int((spin.probability[tokens.sentence] > 0.5).sum()))

    def _settle(self, found: Hypothesis, witnessed: bool) -> tuple[F64, I64, F64]:
        """Decode with the document's own channel, estimated from a first pass: posteriors of the arcs, the best path, and the arcs' channel scores."""
        scores, framed, spin, coefficients = found.scores, found.framed, found.spin, self.knowledge.coefficients
        target = framed.state_arc[framed.edge_to]
        language = framed.edge_lm.astype(np.float64)
        sweep = found.sweep
        if witnessed:
            first = scores.score(coefficients.first, spin.rate) + found.heard.total
            sweep = decode.Sweep(framed, found.schedule, coefficients.language * language + first[target])
        posterior, _ = sweep.posteriors(None if witnessed else found.grid[:, spinrate.GRID.index(spin.rate) - 1])
        own = scores.own(posterior, spin.rate, spin.probability[framed.sentence])
        second = scores.score(coefficients.second, spin.rate, own) + found.heard.total
        sweep = decode.Sweep(framed, found.schedule, coefficients.language_second * language + second[target])
        posterior, _ = sweep.posteriors()
        return posterior, sweep.path(), second

    def mark(self, tokens: Tokens, ids: I64) -> protect.Marks:
        """The marks of every token: what is never touched, names, genuine collocations."""
        marks = self._mark(tokens, ids)
        own, straight = protect.contractions(tokens)
        return replace(marks, kept=marks.kept | own, genuine=self._genuine.cover(tokens.words), straight=straight)

    def _mark(self, tokens: Tokens, ids: I64) -> protect.Marks:
        """The same but for genuine collocations, none of which is marked."""
        marks = protect.mark(tokens, self.lexicon.frequency[ids], keep_quotes=self.settings.keep_quotes, acronyms=self.lexicon.acronyms)
        return replace(marks, kept=marks.kept | self._exempt.allowed(tokens))

    def add_names(self, found: Candidates, tokens: Tokens, marks: protect.Marks, ids: I64) -> None:
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

    def _coarse(self, scores: Channel, tokens: Tokens, found: Candidates, heard: Testimony) -> tuple[Lattice | None, I64]:
        """Frame the arcs, drop those far from the best bigram reading, build the exact lattice; the arcs kept, as indices into ``found``."""
        model, coefficients = self.knowledge.model, self.knowledge.coefficients
        arcs = found.arcs
        numbered = Arcs(arcs.first, arcs.last, arcs.words, arcs.size, arcs.head, np.arange(len(arcs), dtype=np.float64))
        framed, start, end, level, sentence = lattice.frame(numbered, tokens.sentence, model.bos)
        frames = framed.head == -2
        number = np.where(frames, 0, framed.log).astype(np.int64)
        cost = np.where(frames, 0.0, (scores.score(coefficients.first, COARSE_RATE) + heard.total)[number])
        scorer = lattice.Scorer(model, framed)
        pairs = lattice.Pairs.of(scorer, start, end)
        a, b = pairs.a, pairs.b
        weight = coefficients.language * (pairs.lower + scorer.inner2[b] + scorer.inner_rest[b]).astype(np.float64) + cost[b]
        through = decode.best_through(level, a, b, weight, np.flatnonzero(frames & (level == 1)), np.flatnonzero(frames & (level != 1)), len(framed))
        best = np.full(int(sentence.max()) + 1, -np.inf)
        np.maximum.at(best, sentence, through)
        keep = (through > best[sentence] - PRUNE) | (framed.head == -1) | frames
        if not (framed.head[keep] != -1).sum() > frames.sum():
            return None, number
        exact = lattice.connect(scorer.take(keep), pairs.take(keep), start[keep], end[keep], level[keep], sentence[keep])
        return exact, np.where(frames, -1, number)[keep]

    def _unchanged(self, tokens: Tokens, ids: I64) -> F64:
        """The language model's score of every sentence as it stands."""
        scores = self.knowledge.model.scores(self.lexicon.lm_id[ids], groups(tokens.sentence)).astype(np.float64)
        return np.bincount(tokens.sentence, self.knowledge.coefficients.language * scores).astype(np.float64)

    def _spin(self, scores: Channel, framed: Lattice, schedule: decode.Schedule, page: Page) -> tuple[decode.Sweep, F64, spinrate.Spin]:
        """The sweep at the reference rate, what each rate of the grid but 0, where only what stands there counts, changes in every arc's weight (a factor,
        [arcs, rates]), and the spin."""
        coefficients = self.knowledge.coefficients
        target = framed.state_arc[framed.edge_to]
        language = coefficients.language * framed.edge_lm.astype(np.float64)
        plain = weighed(scores.base, coefficients.first)
        grid = [scores.at_rate(plain, coefficients.first, rate) for rate in spinrate.GRID[1:]]
        reference = grid[spinrate.REFERENCE - 1]
        sweep = decode.Sweep(framed, schedule, language + reference[target])
        factor = np.exp(np.stack(grid, axis=1) - reference[:, None])
        each = min(spinrate.LITTER, spinrate.MOST_LITTER / max(len(page.signs.litter), 1))
        signs = each * np.bincount(page.signs.litter, minlength=len(page.unchanged))
        signs += spinrate.TELLING * np.bincount(page.signs.telling, minlength=len(page.unchanged))
        total = np.column_stack([page.unchanged, sweep.totals(factor) + signs[:, None]])

        def cached(rate: int) -> F64:
            arcs, expected = framed.arcs, np.concatenate([[0.0], np.cumsum(page.expected)])
            surprise = np.where(arcs.head == -1, 0.0, expected[arcs.first] - expected[arcs.last])
            return sweep.totals((factor[:, rate - 1] * np.exp(surprise))[:, None])[:, 0] + signs

        return sweep, factor, spinrate.estimate(total, cached)
