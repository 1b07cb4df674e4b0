"""What a review costs: a simulated reviewer, who knows the originals, answers the questions; with and without learning from the answers.

    python benchmarks/review.py [--shared DIR]

A *question* is one answer of the reviewer; an answer that settles all of a pair in a document counts once. What is at least as probable as the upper end of
the band is accepted unseen, what lies below its lower end is not asked about. The reviewer takes the reading that brings the text nearest to the original:
one of the nine shown, the words as they stand, or the original's own words for exactly that place, typed in. A reviewer who only *answers* leaves all else
as it is; one who *reads* also sees what was accepted unseen and is wrong, and corrects words that nothing is suggested for: each such correction counts as a
question, too. Learning runs ``restore learn decisions`` after each document, in a folder of its own:
over seeds/, and for a *new family* over development pairs with the shipped counts, which were learned from them, left out. Only every other of these pairs
is used, since what learning does was tried out on the rest.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.metrics import Pair, Score
from benchmarks.rebuilt import first_pass, unlearned
from benchmarks.reviewer import read
from benchmarks.texts import Text
from restore.cli import main as command_line
from restore.nouns import Restoration, Suggestion
from restore.pipeline import Restorer
from restore.review.desk import Desk
from restore.review.document import Document
from restore.review.questions import Question
from restore.settings import Settings

#: Lower and upper end of what is asked about.
BANDS = ((0.3, 0.65), (0.01, 1.01))
LEARNING_BAND = (0.3, 0.65)
#: Documents of a learning run; those from the sixth on are what counts.
RUN, LATER = 10, 5


@dataclass(slots=True)
class Cost:
    """Wrong words before, after the answers, and after the reading; questions asked and corrections; what would be restored without any review."""

    wrong: int = 0
    answered: int = 0
    left: int = 0
    asked: int = 0
    corrections: int = 0
    unseen: Score = field(default_factory=Score)

    @property
    def questions(self) -> int:
        return self.asked + self.corrections

    @property
    def recovered(self) -> float:
        return 1 - self.left / max(self.wrong, 1)

    def row(self) -> list[str]:
        return [str(self.wrong), f"{self.recovered:.3f}", str(self.questions), f"{self.questions / max(self.wrong, 1):.3f}"]

    def learning_row(self) -> list[str]:
        unseen, recovered = self.unseen, self.wrong - self.answered
        asked = [str(self.asked), f"{self.asked / max(recovered, 1):.3f}", str(self.questions), f"{self.questions / max(self.wrong - self.left, 1):.3f}"]
        return [str(self.wrong), f"{unseen.recovered:.3f}", f"{unseen.edit_precision:.3f}", *asked]

    def add(self, other: Cost) -> None:
        for name in ("wrong", "answered", "left", "asked", "corrections"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unseen.merge(other.unseen)


def review(desk: Desk, pair: Pair, band: tuple[float, float], *, reads: bool) -> Cost:
    """Answer the questions of one document, and perhaps read it."""
    session, low, high = desk.session, *band
    places = {(g.start, g.end): g.original for g in pair.gold()}
    questions = 0
    for i, s in enumerate(desk.documents[0].suggestions):
        q = Question(0, i)
        if q in session.answers or s.probability < low:
            continue
        session.go_to(q)
        if s.probability >= high:
            session.accept()
            continue
        questions += 1
        text = best(s, pair, places)
        session.edit(text)
        alike = [k for k, other in enumerate(desk.documents[0].suggestions) if _pair(other) == _pair(s) and Question(0, k) not in session.answers]
        if all(best(desk.documents[0].suggestions[k], pair, places).casefold() == text.casefold() for k in alike):
            session.go_to(q)
            session.settle_pair("reject" if text == s.before else "accept", "document")
    unseen, made = Score(), desk.documents[0].restoration
    unseen.add(pair, made.edits, made.restored, made.suggestions)
    answered = pair.distance_after(desk.restored(0).restored)
    corrections = read(desk, pair) if reads else 0
    return Cost(pair.distance, answered, pair.distance_after(desk.restored(0).restored), questions, corrections, unseen)


def best(s: Suggestion, pair: Pair, places: dict[tuple[int, int], str]) -> str:
    """What a reviewer who knows the original puts for a suggestion; the words as they stand where nothing helps."""
    options = [s.before, *(a.text for a in s.alternatives[:9])]
    within = s.before
    for (start, end), original in sorted(places.items(), reverse=True):
        if s.start <= start < end <= s.end:
            within = within[: start - s.start] + original + within[end - s.start :]
    options.append(within)
    return max(options, key=lambda text: (pair.gain(s.start, s.end, text), text == s.before))


@functools.cache
def shipped() -> Restorer:
    """The restorer without anything learned."""
    return Restorer(Settings())


@functools.cache
def restored(text: str) -> Restoration:
    """A restoration without anything learned; every band asks for the same ones."""
    return shipped().restore(text)


def run(cases: Sequence[Text], band: tuple[float, float], *, learn: bool, reads: bool = True) -> list[Cost]:
    """Review documents one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder, own = Path(name), Path(name) / "own"
        restore: Callable[[str], Restoration] = restored
        costs = []
        for number, case in enumerate(cases):
            path = folder / f"{number}.txt"
            path.write_bytes(case.spun.encode())
            desk = Desk()
            desk.add(Document.read(path, lambda text, restore=restore: (restore(text), 0.0, {})))  # type: ignore[misc]
            costs.append(review(desk, Pair(case.spun, case.original), band, reads=reads))
            desk.keep()
            if learn and case is not cases[-1]:
                known = sorted(map(str, own.glob("*.tsv")))
                with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.redirect_stderr(io.StringIO()) as told:
                    flags = [part for file in known for part in ("--dictionary", file)]
                    if command_line(["learn", "decisions", str(path), "--to", str(own), "--isolated", *flags]):
                        raise SystemExit(told.getvalue())
                restore = Restorer(Settings(dictionaries=tuple(sorted(map(str, own.glob("*.tsv")))))).restore
        return costs


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description="What a review costs, with and without learning.")
    parser.add_argument("--family", default="A", help="family of the passages of seeds/ (default: A)")
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    parser.add_argument("--draws", type=int, default=2, metavar="N", help="runs of ten development pairs, for a new family (default: 2)")
    parser.add_argument("--no-page", action="store_true", help="print only")
    parser.add_argument("--second-look", action="store_true", help="with the installed language model; takes an hour")
    options = parser.parse_args(arguments)
    with contextlib.nullcontext() if options.second_look else first_pass():
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Run, print, write the page."""
    cases = [case for case in texts.seed_texts() if case.group == f"seeds {options.family}"]
    rows = []
    for band, reads in [(band, reads) for reads in (False, True) for band in BANDS]:
        total = Cost()
        for cost in run(cases, band, learn=False, reads=reads):
            total.add(cost)
        rows.append([f"{band[0]:.2f} to {min(band[1], 1):.2f}", "reads" if reads else "answers", *total.row()])
    table = pages.table(("asked about", "reviewer", "wrong words", "recovered", "questions", "questions per wrong word"), rows)
    learned = [learning_table("seeds", [cases[k : k + RUN] for k in range(0, len(cases) - RUN + 1, RUN)])]
    if new := draws(texts.development(options.shared)[1::2], options.draws):
        for cached in (shipped, restored):
            cached.cache_clear()
        with unlearned():
            learned.append(learning_table("new family", new))
    print("\n\n".join([table, *learned]))
    if not options.no_page:
        path = pages.write_page("review", "Review", "python benchmarks/review.py", [table, *learned])
        print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


def draws(cases: Sequence[Text], number: int) -> list[list[Text]]:
    """Runs of ten documents in an order drawn once and for all; no document is in two of them before every one was in one."""
    order: list[Text] = []
    for k in range(number):
        rest = [case for case in cases if case not in order]
        order += random.Random(k).sample(rest if len(rest) >= RUN else list(cases), RUN) if len(cases) >= RUN else []
    return [order[k : k + RUN] for k in range(0, len(order), RUN)]


def learning_table(name: str, runs: Sequence[Sequence[Text]]) -> str:
    """What the sixth to tenth documents of each ten cost, with and without learning."""
    rows = []
    for learn in (False, True):
        total = Cost()
        for cases in runs:
            for cost in run(cases, LEARNING_BAND, learn=learn)[LATER:]:
                total.add(cost)
        rows.append(["with learning" if learn else "without", *total.learning_row()])
    head = (f"{name}, six to ten", "wrong words", "recovered unseen", "precision", "asked", "a word", "asked and corrected", "a word")
    return pages.table(head, rows)


def _pair(s: Suggestion) -> tuple[str, str]:
    return s.before.casefold(), s.replacement.casefold()


if __name__ == "__main__":
    main()
