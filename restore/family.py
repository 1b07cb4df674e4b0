"""Which spinner made a text: a cheap screen for clean text, the posterior of each family, and the words that tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from restore.lexicon import I64, Lexicon, Scan
from restore.nouns import Telltale
from restore.ordering import distinct, groups, stable_order

if TYPE_CHECKING:
    from restore.spinrate import Spin
    from restore.terms import TermFinder

F64 = npt.NDArray[np.float64]
#: Words a chunk of the screen, and chunks its windows are long: for one spun paragraph of 40 words, for one of 100, for passages that are lightly spun.
CHUNK = 8
WIDTHS = (4, 12, 32)
#: A window whose words say more than this for a family, in nats, is suspicious (one for each of WIDTHS); what speaks for the family counts once a word, for
#: words recur in clean text. ``benchmarks/screen.py`` prints them: with these, one clean page of 3 KB in 100 is let through by A and one in 200 by each other
#: family; A2's are stricter, since its texts raise A's alarm anyway, and A3's rows are A's. When A lets one page in 100 through, windows of 32 and 96 words see
#: 0.49 of its single paragraphs of 30 to 50 words and 0.84 of those of up to 80, windows of 64 and 256 words 0.33 and 0.78.
SUSPICION = {
    "A": (4.7, 0.6, np.inf), "A2": (np.inf, 6.8, 14.0), "A3": (np.inf, np.inf, np.inf), "B": (np.inf, 5.3, 4.4), "C": (np.inf, 4.6, 4.4),
    "D": (np.inf, 3.4, 1.1), "E": (np.inf, 4.4, 4.2), "G": (np.inf, 4.9, 5.3), "H": (np.inf, 5.2, 5.9), "term": (np.inf, 5.7, 5.4),
    "academic": (np.inf, np.inf, np.inf), "tortured": (np.inf, np.inf, np.inf), "user": (np.inf, 2.5, 3.5),
}  # fmt: skip
#: Words between the windows that are looked at to tell whose alarm it was, and what such a window may lack of the one that raised it, nats; of the windows
#: that say enough so many are looked at closely.
STEP, SLACK = 8, 0.5
STRONGEST = 16
#: Words around a suspicious window that are decoded with it, those around a pair that may be
#: a tortured term's, and the largest stretch between two such regions that joins them, characters.
AROUND = 96
DOOR = 8
GAP = 1500
#: Characters screened at once.
PIECE = 16_000
_NONE = np.zeros(0, dtype=np.int64)
#: A short region (tokens) that says less than this a 100 tokens for every family is left undecoded. Over the clean development text the most is 2.9, over
#: the least spun passages of seeds/ (one paragraph in five) 4.7; what lies between is for the lattice to say.
WEAK, SHORT_REGION = 2.4, 450
#: In a longer one a spun paragraph may drown, so it is left if each of its windows of this many tokens says less than that. With 3.2 and 3.7 0.452 of 217
#: paragraphs of 40 spun words, each in a page of clean text, come back as A's, with these 0.475, with 1.5 and 2.0 0.493; more clean text has to be decoded.
WEAK_WINDOW, WINDOW, STRIDE = 2.8, 200, 25
#: How much of other families' dictionaries a spinner uses besides its own: all thesauri share their commonest synonyms.
SHARED = {"B": 0.15, "C": 0.15, "E": 0.15, "G": 0.15, "H": 0.15, "term": 0.3}
#: Families whose rows another family's spinner uses as its own. The academic and tortured ones are nobody's: they only say what a listed term's words may
#: stand for, or what stands for a term (``terms.py``). With them in the lattice, spun text is restored worse (by 0.006) and slower.
_WITH = {("A2", "A"), ("A3", "A")}
_OF_A = frozenset(("A", "A2", "A3"))
#: Prior log odds of each family: A and its kin made most of the spun pages seen.
PRIOR = {"A": 0.0, "A2": -4.0, "A3": -4.0}
_OTHER_PRIOR = -2.0
#: Matches overlap and words repeat, so their nats are not independent; divided by this the posterior is neither certain nor blind.
TEMPERATURE = 4.0
#: Families tried beside the likeliest one: with one, two and six of them 34, 35 and 36 of 55 passages spun by family G's dictionary are told, others as well.
RIVALS = 2
#: A text of family A has a spin rate above this under its own dictionary (77 of 78 passages of 130 to 280 words), one of another family this or less
#: under A's (312 of 326 passages spun by the other dictionaries): where it is so, other families are tried.
LIGHT = 0.4
#: Spun words that a rate cannot be told from: of 90 paragraphs of 40 words of family A, each in a clean page, whose rate came out at LIGHT or less, 77 had as
#: few.
BRIEF = 100
#: Nats by which a family that was not alarming, or of whose phrases there are few, must explain a text better than that nobody spun it, and how many more A
#: must at such a rate, which has more words for everything. Clean text that the screen lets through has nothing (2,435 pages), manuals and notices in
#: officialese up to 0.8 for B to H and 8 for A (839 files); four in five passages made by the dictionaries of B, D and E have over 9.
CONVINCING, ALONE = 5.0, 5.0
#: What its phrases must say for a family that the screen let a text through for, nats a hundred tokens (in a long region: in its strongest 200): clean text
#: that comes so far says 0.7 (long: 1.7) at most, 19 in 20 passages that the families' dictionaries made 1.2 (1.9).
HOPE, HOPE_WINDOW = 1.0, 1.6
#: Least log-likelihood ratio of a word that tells.
LEAST_RATIO = 4.0


class Look(NamedTuple):
    """What the screen sees: character spans that may be spun (with what surrounds them, cut at line breaks), spans around pairs of words that may be a
    tortured term's, both in order; the number of words."""

    regions: list[tuple[int, int]]
    doors: list[tuple[int, int]]
    words: int


class Screen:
    """Looks at a text's words alone and says which stretches may be spun: the fast way out for clean text."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words = lexicon.table
        self._tell, self._names = lexicon.tell, lexicon.families
        self._limits = np.array([SUSPICION[name] for name in lexicon.families], dtype=np.float32).T

    def look(self, text: str, finder: TermFinder | None = None) -> Look:
        """Where a text may be spun, where it may hold a tortured term, and how many words it has."""
        spans: list[tuple[int, int]] = []
        doors: list[tuple[int, int]] = []
        count = 0
        for start, end in pieces(text, PIECE):
            part = text[start:end]
            ids, where = self._words.look_up(part)
            count += len(ids)
            if not len(ids):
                continue
            marked = np.flatnonzero(self._suspicious(ids))
            spots = finder.spots(ids) if finder is not None else _NONE
            spots = spots[[not (_name(part, a) or _name(part, b)) for a, b in zip(where[spots].tolist(), where[spots + 1].tolist(), strict=True)]]
            where = np.append(where, end - start)
            spans += [(start + a, start + b) for a, b in _stretches(where, marked * CHUNK, CHUNK, AROUND)]
            doors += [(start + a, start + b) for a, b in _stretches(where, spots, 2, DOOR)]
        return Look(_snap(text, spans), doors, count)

    def alarmed(self, ids: I64) -> frozenset[str]:
        """The families for which some window of a region's words is suspicious; its windows need not be those that were looked at first."""
        running = np.concatenate([np.zeros((1, len(self._names))), np.cumsum(self._tell.take(ids, axis=0), axis=0, dtype=np.float64)])
        raised = np.zeros(len(self._names), dtype=np.bool_)
        for width, limits in zip(WIDTHS, self._limits, strict=True):
            low = np.arange(0, max(len(ids) - width * CHUNK, 0) + 1, STEP)
            said = running[np.minimum(low + width * CHUNK, len(ids))] - running[low]
            for f in np.flatnonzero((said > limits - SLACK).any(axis=0) & ~raised).tolist():
                first = low[np.argsort(-said[:, f], kind="stable")[:STRONGEST]]
                raised[f] = (self.distinct(ids, first, width * CHUNK, f) > limits[f] - SLACK).any()
        names = {name for name, alarm in zip(self._names, raised.tolist(), strict=True) if alarm}
        return frozenset(names | {kin for kin, name in _WITH if name in names})

    def _suspicious(self, ids: I64) -> npt.NDArray[np.bool_]:
        """Whether each chunk of the words lies in a suspicious window, bool [chunks]."""
        marked = np.zeros(-(-len(ids) // CHUNK), dtype=np.bool_)
        for (width, said), limits in zip(self.windows(ids), self._limits, strict=True):
            hit = said > limits
            if not hit.any():
                continue
            seen = np.concatenate([[0], np.cumsum(marked)])
            at = np.flatnonzero(hit.any(axis=1))
            at = at[seen[at + width] - seen[at] < width]
            for f in np.flatnonzero(hit[at].any(axis=0)).tolist():
                mine = at[hit[at, f]]
                for i in mine[self.distinct(ids, mine * CHUNK, width * CHUNK, f) > limits[f]].tolist():
                    marked[i : i + width] = True
        return marked

    def distinct(self, ids: I64, first: I64, size: int, family: int) -> F64:
        """What windows of ``size`` words say for a family when what speaks for it counts once a word, nats [windows]."""
        place = first[:, None] + np.arange(size)
        window = np.sort(np.where(place < len(ids), ids[np.minimum(place, len(ids) - 1)], -1), axis=1)
        again = np.zeros(window.shape, dtype=np.bool_)
        again[:, 1:] = window[:, 1:] == window[:, :-1]
        said = self._tell[:, family][window].astype(np.float64)
        said[(window < 0) | (again & (said > 0))] = 0.0
        return np.asarray(said.sum(axis=1))

    def windows(self, ids: I64) -> list[tuple[int, F64]]:
        """Of the windows of each width over some words: their width in chunks, and what each says for every family, nats [windows, families]."""
        chunks = np.add.reduceat(self._tell.take(ids, axis=0), np.arange(0, len(ids), CHUNK), axis=0)
        running = np.concatenate([np.zeros((1, chunks.shape[1])), np.cumsum(chunks, axis=0)])
        widths = [min(width, len(chunks)) for width in WIDTHS]
        return [(width, running[width:] - running[:-width]) for width in widths]


def pieces(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Spans of about ``size`` characters, cut after a line break or a space where there is one."""
    start = 0
    while len(text) - start > size:
        end = start + size
        cut = text.rfind("\n", start + size // 2, end)
        if cut < 0:
            cut = text.rfind(" ", start + size // 2, end)
        end = cut + 1 if cut >= 0 else end
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _name(text: str, start: int) -> bool:
    """Whether the word that starts there is a name's, as one with a capital letter after a word or a comma and a space; no term has such."""
    return text[start].isupper() and text[start - 1 : start] == " " and (text[start - 2 : start - 1].isalpha() or text[start - 2 : start - 1] == ",")


def _stretches(where: I64, at: I64, size: int, around: int) -> list[tuple[int, int]]:
    """Character spans of ``size`` words from each of ``at`` on, with ``around`` words to either side; those that touch are one. ``where``: starts of
    the words and the end of the text."""
    out: list[tuple[int, int]] = []
    last = len(where) - 1
    for k in at.tolist():
        low, high = k - around, k + size + around
        start, end = int(where[low]) if low > 0 else 0, int(where[min(high, last)])
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _snap(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Widen spans to whole lines (or, in very long lines, to white space) and join those that nearly touch."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        low = text.rfind("\n", max(start - GAP, 0), start) + 1 if start > GAP else 0
        low = low or (text.rfind(" ", 0, start) + 1 if start > GAP else 0)
        high = text.find("\n", end, end + GAP) + 1 if end + GAP < len(text) else len(text)
        high = high or (text.find(" ", end) + 1) or len(text)
        if out and low - out[-1][1] < GAP:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def join(text: str, regions: list[tuple[int, int]], more: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Regions with further spans of the text, widened as the screen's own are."""
    return _snap(text, sorted([*regions, *more])) if more else regions


class Odds(NamedTuple):
    """The probability of each family given a text by its phrases alone, were it spun; ``strong``: the families for which they say as much as in spun text;
    ``hopeful``: those for which they say more than in clean text; ``alarming``: those for which the screen raised its alarm, None where it was not asked."""

    families: dict[str, float]
    strong: frozenset[str]
    hopeful: frozenset[str]
    alarming: frozenset[str] | None = None

    @property
    def likeliest(self) -> str:
        """The likeliest family."""
        return max(self.families, key=lambda name: self.families[name])

    @property
    def best(self) -> str:
        """The likeliest family of those that say enough, or else of those that the screen let through, or of all."""
        return max(self.strong or self.alarming or self.families, key=lambda name: self.families[name])

    def rivals(self, *, spun: bool) -> list[str]:
        """Other families that may have spun the text, the likeliest first; ``spun``: whether the best has shown that one did."""
        ranked = sorted(self.families, key=lambda name: -self.families[name])
        out = {self.best, "term"} | {name for pair in _WITH if self.best in pair for name in pair}
        return [name for name in ranked if name not in out and (spun or name in (self.strong if self.alarming is None else self.alarming))][:RIVALS]

    def alarmed(self, names: frozenset[str]) -> Odds:
        """The same where the screen raised its alarm for some families only; a user's own words may be any family's."""
        return self if "user" in names else self._replace(alarming=frozenset(names & (self.hopeful | (self.strong & _OF_A)) - {"term"}))

    def convinces(self, name: str, spin: Spin, words: int) -> bool:
        """Whether a text is taken for a family's, with this spin under its dictionary and so many spun ``words``. What lets a text through for one family is
        little reason to take it for another's; and a long text of A's is spun more heavily."""
        if name in self.strong:
            if name in _OF_A and (spin.rate > LIGHT or words <= BRIEF):
                return True
            if name not in _OF_A and (self.alarming is None or name in self.alarming):
                return True
        return spin.gain >= CONVINCING + (ALONE if name in _OF_A else 0.0)

    def given(self, evidence: Mapping[str, float]) -> dict[str, float]:
        """The probability of each family once some have been tried: ``evidence``, the nats by which each of those explains the text better than that nobody
        spun it; the others are out."""
        score = {name: (gain + PRIOR.get(name, _OTHER_PRIOR)) / TEMPERATURE for name, gain in evidence.items()}
        return dict.fromkeys(self.families, 0.0) | _softmax(score)


def posterior(lexicon: Lexicon, scan: Scan, n: int, forced: str) -> Odds:
    """Which family may have spun a text of ``n`` tokens, by its phrases."""
    if forced != "auto":
        return Odds({forced: 1.0}, frozenset((forced,)), frozenset((forced,)))
    gained, lost = np.zeros((2, n, len(lexicon.families)))
    for out, (at, _, phrase), tell, most in ((gained, scan.variants, lexicon.phrase_tell, np.maximum), (lost, scan.heads, lexicon.kept_tell, np.minimum)):
        if len(at):
            order = stable_order(at)
            begin = groups(at[order])
            out[at[order[begin]]] = most.reduceat(tell[phrase[order]], begin, axis=0)
    index = {name: k for k, name in enumerate(lexicon.families)}
    score, strong, hopeful = {}, list[str](), list[str]()
    for name, k in index.items():
        if name in ("user", "academic", "tortured"):
            continue
        with_a = name in ("A2", "A3") and "A" in index
        gain = np.maximum(gained[:, k], gained[:, index["A"]]) if with_a else gained[:, k]
        loss = np.minimum(lost[:, k], lost[:, index["A"]]) if with_a else lost[:, k]
        said, prior = (gain + np.where(gain > 0, 0.0, loss)) / TEMPERATURE, PRIOR.get(name, _OTHER_PRIOR)
        score[name] = float(said.sum()) + prior
        density, long = _density(said, prior)
        if density >= (WEAK_WINDOW if long else WEAK):
            strong.append(name)
        if density - 100 * prior / (WINDOW if long else n) >= (HOPE_WINDOW if long else HOPE):
            hopeful.append(name)
    return Odds(_softmax(score), frozenset(strong), frozenset(hopeful))


def _softmax(score: Mapping[str, float]) -> dict[str, float]:
    top = max(score.values())
    mass = sum(np.exp(s - top) for s in score.values())
    return {name: float(np.exp(s - top) / mass) for name, s in score.items()}


def _density(said: F64, prior: float) -> tuple[float, bool]:
    """What the tokens of a region say for a family, nats a hundred tokens, and whether the region is long: then what its strongest window says."""
    if len(said) < SHORT_REGION:
        return 100 * (float(said.sum()) + prior) / len(said), False
    running = np.concatenate([[0.0], np.cumsum(said)])
    start = np.append(np.arange(0, len(said) - WINDOW, STRIDE), len(said) - WINDOW)
    return 100 * (float((running[start + WINDOW] - running[start]).max()) + prior) / WINDOW, True


def weights(lexicon: Lexicon, best: str) -> F64:
    """How much of every family's dictionary a spinner of the family ``best`` uses, [families]: all of its own, a share of its relatives', and the user's."""
    out = np.zeros(len(lexicon.families))
    for k, name in enumerate(lexicon.families):
        if name in (best, "user") or (best, name) in _WITH:
            out[k] = 1.0
        elif name == "A":
            out[k] = SHARED.get(best, 0.0)
        elif name == "term":
            out[k] = 0.02
    return out


def telltales(lexicon: Lexicon, ids: I64, spun: F64, most: int = 12) -> tuple[Telltale, ...]:
    """The words of the dictionaries whose number differs most from what plain English has (log-likelihood ratio), spun stretches only."""
    ids = ids[spun >= 0.5]
    if not len(ids):
        return ()
    ordered = np.sort(ids)
    begin = groups(ordered)
    seen, number = ordered[begin], np.diff(np.append(begin, len(ordered)))
    words, share = lexicon.telling
    tells = np.zeros(len(lexicon.lm_id), dtype=np.bool_)
    tells[words] = True
    missed = words[: int(np.searchsorted(-share, -LEAST_RATIO / 2 / len(ids)))]  # a word that is not there has a ratio of twice what was expected
    found = distinct(np.concatenate([seen[tells[seen]], missed]))
    count = np.zeros(len(found))
    here = np.searchsorted(seen, found)
    there = seen[np.minimum(here, len(seen) - 1)] == found
    count[there] = number[here[there]]
    expected = np.exp(lexicon.frequency[found].astype(np.float64)) * len(ids)
    ratio = 2 * (np.where(count > 0, count * np.log(np.maximum(count, 1) / expected), 0.0) - (count - expected))
    best = np.argsort(-ratio, kind="stable")[:most]
    vocabulary = lexicon.model.words
    return tuple(
        Telltale(vocabulary[found[i]], int(count[i]), float(expected[i])) for i in best.tolist() if ratio[i] > LEAST_RATIO and found[i] < len(vocabulary)
    )


def merge(parts: Sequence[tuple[Telltale, ...]], most: int = 12) -> tuple[Telltale, ...]:
    """The tell-tales of several blocks as one list."""
    seen: dict[str, list[float]] = {}
    for part in parts:
        for t in part:
            entry = seen.setdefault(t.word, [0, 0.0])
            entry[0] += t.seen
            entry[1] += t.expected
    rows = [Telltale(w, int(s), e) for w, (s, e) in seen.items()]
    return tuple(sorted(rows, key=lambda t: -abs(t.seen - t.expected))[:most])
