"""What a review costs: a simulated reviewer, who knows the originals, answers the questions; with and without learning from the answers.

    python benchmarks/review.py [--shared DIR]

A *question* is one answer of the reviewer; an answer that settles all of a pair in a document counts once. What is at least as probable as the upper end of
the band is accepted unseen, what lies below its lower end is not asked about. The reviewer takes the reading that brings the text nearest to the original:
one of the nine shown, the words as they stand, or the original's own words for exactly that place, typed in. A reviewer who only *answers* leaves all else
as it is; one who *reads* also sees what was accepted unseen and is wrong, and corrects words that nothing is suggested for: each such correction counts as a
question, too. Learning runs ``restore learn decisions`` after each document, in a folder of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.metrics import Gold, Pair
from benchmarks.texts import Text
from restore.cli import main as command_line
from restore.nouns import Restoration, Suggestion, replay
from restore.pipeline import Restorer
from restore.review.desk import Desk
from restore.review.document import Document
from restore.review.questions import Question
from restore.settings import Settings

#: Lower and upper end of what is asked about.
BANDS = ((0.2, 0.6), (0.01, 1.01))
LEARNING_BAND = (0.2, 0.6)
#: Documents of a learning run; those from the sixth on are what counts.
RUN, LATER = 10, 5


@dataclass(slots=True)
class Cost:
    """Wrong words before and after, and questions asked."""

    wrong: int = 0
    left: int = 0
    questions: int = 0

    @property
    def recovered(self) -> float:
        return 1 - self.left / max(self.wrong, 1)

    @property
    def per_wrong_word(self) -> float:
        return self.questions / max(self.wrong, 1)

    def row(self) -> list[str]:
        return [str(self.wrong), f"{self.recovered:.3f}", str(self.questions), f"{self.per_wrong_word:.3f}"]

    def add(self, other: Cost) -> None:
        self.wrong, self.left, self.questions = self.wrong + other.wrong, self.left + other.left, self.questions + other.questions


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
    questions += read(desk, pair, places) if reads else 0
    return Cost(pair.distance, pair.distance_after(desk.restored(0).restored), questions)


def read(desk: Desk, pair: Pair, places: dict[tuple[int, int], str]) -> int:
    """Correct what is wrong still; how many corrections that takes."""
    session, corrections = desk.session, 0
    made = list(enumerate(desk.documents[0].suggestions))
    for i, s in made:
        right = best(s, pair, places)
        answer = session.answers.get(Question(0, i))
        if pair.gain(s.start, s.end, right) > pair.gain(s.start, s.end, answer.replacement if answer else s.before):
            session.go_to(Question(0, i))
            session.edit(right)
            corrections += 1
    for gold in pair.gold():
        touched = [(i, s) for i, s in made if s.start < gold.end and gold.start < s.end]
        if not gold.spun:
            corrections += insert(desk, gold, pair.spun)
        elif not touched:
            corrections += not desk.correct(gold.spun, gold.original, gold.start)
        elif any(gold.start < s.start or s.end < gold.end for _, s in touched):
            corrections += mend(desk, pair, gold, touched)
    return corrections


def insert(desk: Desk, gold: Gold, text: str) -> int:
    """Put words that were left out behind the word before them."""
    words = list(re.finditer(r"\w+", text[: gold.start]))
    if not words:
        return 0
    for i, s in enumerate(desk.documents[0].suggestions):
        if s.start < words[-1].end() and words[-1].start() < s.end:
            answer = desk.session.answers.get(Question(0, i))
            desk.session.go_to(Question(0, i))
            desk.session.edit(f"{answer.replacement if answer else s.before} {gold.original}")
            return 1
    return int(not desk.correct(words[-1][0], f"{words[-1][0]} {gold.original}", words[-1].start()))


def mend(desk: Desk, pair: Pair, gold: Gold, touched: list[tuple[int, Suggestion]]) -> int:
    """Put right a place that suggestions cover in part, where it is wrong still: all of it into the first of them, nothing into the rest."""
    answers, first = desk.answers(0), touched[0][1]
    start, end = min(gold.start, first.start), max(gold.end, touched[-1][1].end)
    edits = [s.edit._replace(start=s.start - start, end=s.end - start, after=answers[i].replacement) for i, s in touched if i in answers]
    inside = [g for g in pair.gold() if g.spun and start <= g.start and g.end <= end]
    if start != gold.start or end != gold.end or pair.gain(start, end, replay(pair.spun[start:end], edits)) >= sum(g.worth for g in inside):
        return 0
    for k, (i, _) in enumerate(touched):
        desk.session.go_to(Question(0, i))
        desk.session.edit("" if k else gold.original)
    count, position = len(touched), start
    for low, high in [*((s.start, s.end) for _, s in touched), (end, end)]:
        left = pair.spun[position:low].strip()
        if left:
            count += not desk.correct(left, "", pair.spun.index(left, position))
        position = high
    return count


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
def restored(restorer: Restorer, text: str) -> Restoration:
    """A restoration; every band asks for the same ones."""
    return restorer.restore(text)


def run(cases: Sequence[Text], band: tuple[float, float], *, learn: bool, reads: bool = True) -> list[Cost]:
    """Review documents one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder, own = Path(name), Path(name) / "own"
        restorer, costs = shipped(), []
        for number, case in enumerate(cases):
            path = folder / f"{number}.txt"
            path.write_bytes(case.spun.encode())
            desk = Desk()
            desk.add(Document.read(path, lambda text, r=restorer: (restored(r, text), 0.0, {})))  # type: ignore[misc]
            costs.append(review(desk, Pair(case.spun, case.original), band, reads=reads))
            desk.keep()
            if learn:
                known = sorted(map(str, own.glob("*.tsv")))
                with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.redirect_stderr(io.StringIO()) as told:
                    flags = [part for file in known for part in ("--dictionary", file)]
                    if command_line(["learn", "decisions", str(path), "--to", str(own), "--isolated", *flags]):
                        raise SystemExit(told.getvalue())
                restorer = Restorer(Settings(dictionaries=tuple(sorted(map(str, own.glob("*.tsv"))))))
        return costs


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the page."""
    parser = argparse.ArgumentParser(description="What a review costs, with and without learning.")
    parser.add_argument("--family", default="A", help="family of the passages of seeds/ (default: A)")
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    cases = [case for case in texts.seed_texts() if case.group == f"seeds {options.family}"]
    rows = []
    for band, reads in [(band, reads) for reads in (False, True) for band in BANDS]:
        total = Cost()
        for cost in run(cases, band, learn=False, reads=reads):
            total.add(cost)
        rows.append([f"{band[0]:.2f} to {min(band[1], 1):.2f}", "reads" if reads else "answers", *total.row()])
    table = pages.table(("asked about", "reviewer", "wrong words", "recovered", "questions", "questions per wrong word"), rows)
    learned = learning_table(cases)
    print(f"{table}\n\n{learned}")
    if not options.no_page:
        path = pages.write_page("review", "Review", "python benchmarks/review.py", [table, learned])
        print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


def learning_table(cases: Sequence[Text]) -> str:
    """Questions about the sixth to tenth documents of each ten, with and without learning."""
    rows = []
    for learn in (False, True):
        total = Cost()
        for start in range(0, len(cases) - RUN + 1, RUN):
            for cost in run(cases[start : start + RUN], LEARNING_BAND, learn=learn)[LATER:]:
                total.add(cost)
        rows.append(["with learning" if learn else "without", *total.row()])
    return pages.table(("documents six to ten", "wrong words", "recovered", "questions", "questions per wrong word"), rows)


def _pair(s: Suggestion) -> tuple[str, str]:
    return s.before.casefold(), s.replacement.casefold()


if __name__ == "__main__":
    main()
