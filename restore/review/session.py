"""What a review knows and how it changes: answers, their history, and which question comes next. No terminal, no files.

A *question* is one suggestion of one document, named by the numbers of both. Every command is one *step*, whatever number of questions it settles, and
every step can be undone and done again. A front end calls commands, and shows what ``answers`` and ``current`` say afterwards.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from restore.decisions import Choice, now
from restore.nouns import Suggestion
from restore.review.questions import DOUBT, Answer, Filter, Order, Question, Scope, Step


class Session:
    """The state of one review."""

    def __init__(self) -> None:
        self.documents: list[tuple[Suggestion, ...]] = []
        self.answers: dict[Question, Answer] = {}
        self.by_document: list[dict[int, Answer]] = []
        self.current: Question | None = None
        self.order: Order = "reading"
        self.filter = Filter()
        self.changed: set[int] = set()
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._queue: list[Question] | None = None
        self._rank: dict[Question, int] = {}
        self._by_place: list[Question] = []
        self._by_doubt: list[Question] = []
        self._decided = 0  # of the queue; counted anew with it
        self._alike: dict[tuple[str, ...], list[Question]] = defaultdict(list)

    def add_document(self, suggestions: Sequence[Suggestion], answers: Iterable[tuple[int, Answer]] = ()) -> int:
        """Take in a document with the answers it has already; its number. What was settled everywhere is settled in it, too."""
        number = len(self.documents)
        self.documents.append(tuple(suggestions))
        self._by_place += [Question(number, i) for i in range(len(suggestions))]
        self._by_doubt = sorted(self._by_place, key=self._doubt)  # stable, so in reading order where two are alike
        for i, suggestion in enumerate(suggestions):
            for key in (_pair(suggestion), _word(suggestion)):
                self._alike[key].append(Question(number, i))
        self.by_document.append(dict(answers))
        self.answers.update((Question(number, i), answer) for i, answer in self.by_document[number].items())
        for step in self._done:
            self._set(self._extend(step))
        self._queue = None
        if self.current is None:
            self.move(1)
        return number

    def correct(self, document: int, correction: Suggestion) -> None:
        """Put the reviewer's own words where nothing was suggested; the current question stays the current one."""
        stays = self.current
        self.documents[document] = (*self.documents[document], correction)
        self.current = Question(document, len(self.documents[document]) - 1)
        insort(self._by_place, self.current, key=self._reading)
        self._by_doubt.append(self.current)
        self._queue = None
        self._answer_current("edit", correction.replacement)
        self.current = stays or self.current

    def suggestion(self, question: Question) -> Suggestion:
        """The suggestion a question is about."""
        return self.documents[question.document][question.suggestion]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The words that were put on the ignore list in this review."""
        return tuple(dict.fromkeys(step.ignored for step in self._done if step.ignored))

    @property
    def progress(self) -> tuple[int, int]:
        """How many of the questions that are asked have an answer, and how many there are."""
        total = len(self.queue)
        return self._decided, total

    @property
    def queue(self) -> list[Question]:
        """The questions that pass the filter, in the order they are asked in."""
        if self._queue is None:
            ordered = self._by_doubt if self.order == "doubt" else self._by_place
            chosen = [q for q in ordered if self.filter.passes(self.suggestion(q))]
            self._queue = chosen
            self._rank = {q: i for i, q in enumerate(chosen)}
            self._decided = sum(q in self.answers for q in chosen)
        return self._queue

    def accept(self) -> None:
        """The current suggestion is right."""
        self._answer_current("accept", "")

    def reject(self) -> None:
        """The words stand as they were written."""
        self._answer_current("reject", "")

    def choose(self, number: int) -> bool:
        """Take alternative ``number``, from 1; whether there is one. The words as they stand are a rejection, the suggestion is an acceptance."""
        if self.current is None or not 1 <= number <= len(self.suggestion(self.current).alternatives):
            return False
        self.edit(self.suggestion(self.current).alternatives[number - 1].text)
        return True

    def edit(self, text: str) -> None:
        """Put the reviewer's own words."""
        if self.current is not None:
            suggestion = self.suggestion(self.current)
            known: dict[str, Choice] = {suggestion.before: "reject", suggestion.replacement: "accept"}
            self._answer_current(known.get(text, "edit"), text)

    def settle_pair(self, choice: Choice, scope: Scope) -> int:
        """Answer all open questions about the same pair, and the current one, alike; how many. If the current one has an answer in other words, "accept"
        gives these to all of the pair."""
        if self.current is None:
            return 0
        suggestion, mine = self.suggestion(self.current), self.answers.get(self.current)
        own = mine.replacement if choice == "accept" and mine and mine.choice == "edit" else ""
        step = Step(self.current, rule=(suggestion, Answer("edit" if own else choice, own, now())))
        self._settle(step, [self.current])
        if scope == "everywhere":
            self._extend(step)
        else:
            self._settle(step, self._open_like(step, [self.current.document]))
            step.rule = None  # documents to come are not concerned
        return self._take(step)

    def accept_sure(self) -> int:
        """Accept what is open in this document and would be applied without asking; how many."""
        if self.current is None:
            return 0
        document, time = self.current.document, now()
        chosen = [q for q in self.queue if q.document == document and q not in self.answers and self.suggestion(q).action == "apply"]
        changes = {q: (None, Answer("accept", self.suggestion(q).replacement, time)) for q in chosen}
        return self._take(Step(self.current, dict(changes))) if chosen else 0

    def ignore(self) -> int:
        """Never touch the current word: reject it wherever it is open, and remember it for the project's ignore list; how many questions that settles."""
        if self.current is None:
            return 0
        word = self.suggestion(self.current).before
        step = Step(self.current, ignored=word, rule=(self.suggestion(self.current), Answer("reject", "", now())))
        self._settle(step, [self.current])
        self._extend(step)
        return self._take(step)

    def clear(self) -> None:
        """Take the current answer back: the question is open again."""
        if self.current in self.answers:
            self._take(Step(self.current, {self.current: (self.answers[self.current], None)}), move=False)

    def undo(self) -> bool:
        """Take the last step back and stand where it was made; whether there was one."""
        if not self._done:
            return False
        step = self._done.pop()
        self._undone.append(step)
        self._set({q: old for q, (old, _) in step.changes.items()})
        self.current = step.at
        return True

    def redo(self) -> bool:
        """Do the last undone step again; whether there was one."""
        if not self._undone:
            return False
        step = self._undone.pop()
        self._done.append(step)
        self._extend(step)
        self._set({q: new for q, (_, new) in step.changes.items()})
        self.current = step.at
        self.move(1)
        return True

    def move(self, by: int, *, open_only: bool = True) -> bool:
        """Go to the next (1) or previous (-1) question that is asked, open ones only unless told otherwise; around the end, and whether there is one."""
        queue = self.queue
        if not queue:
            return False
        here = self._place(queue, by)
        for i in range(1, len(queue) + 1):
            q = queue[(here + i * by) % len(queue)]
            if not open_only or q not in self.answers:
                self.current = q
                return True
        self.current = self.current or queue[0]
        return False

    def go_to(self, question: Question) -> None:
        """Stand at a question, whether it passes the filter or not."""
        self.current = question

    def least_certain(self) -> bool:
        """Go to the open question about which least is known; whether there is one."""
        chosen = next((q for q in self._by_doubt if q not in self.answers and self.filter.passes(self.suggestion(q))), None)
        self.current = chosen or self.current
        return chosen is not None

    def sort(self, order: Order) -> None:
        """Ask in reading order, or the least certain first."""
        self.order, self._queue = order, None

    def narrow(self, new: Filter) -> bool:
        """Ask only about what passes ``new``; False, and nothing changes, when nothing does."""
        old = self.filter
        self.filter, self._queue = new, None
        if not self.queue:
            self.filter, self._queue = old, None
            return False
        if self.current is None or not new.passes(self.suggestion(self.current)):
            self.move(1)
        return True

    def _answer_current(self, choice: Choice, text: str) -> None:
        if self.current is not None:
            step = Step(self.current, rule=(self.suggestion(self.current), Answer(choice, text, now())))
            self._settle(step, [self.current])
            step.rule = None  # it is about one place
            self._take(step)

    def _take(self, step: Step, *, move: bool = True) -> int:
        self._done.append(step)
        self._undone.clear()
        self._set({q: new for q, (_, new) in step.changes.items()})
        if move:
            self.move(1)
        return len(step.changes)

    def _set(self, answers: dict[Question, Answer | None]) -> None:
        for q, answer in answers.items():
            self.changed.add(q.document)
            asked = self.filter.passes(self.suggestion(q))
            self._decided += asked * ((answer is not None) - (q in self.answers))
            if answer is None:
                self.answers.pop(q, None)
                self.by_document[q.document].pop(q.suggestion, None)
            else:
                self.answers[q] = self.by_document[q.document][q.suggestion] = answer

    def _extend(self, step: Step) -> dict[Question, Answer | None]:
        """Let a step that settles more than one place cover the documents that came after it; the new answers."""
        later = range(step.reach, len(self.documents))
        step.reach = len(self.documents)
        return self._settle(step, self._open_like(step, later)) if step.rule else {}

    def _settle(self, step: Step, chosen: Iterable[Question]) -> dict[Question, Answer | None]:
        """Add the answer of a step's rule, in the words of each place, to the step's changes."""
        assert step.rule is not None
        like, answer = step.rule
        new: dict[Question, Answer | None] = {}
        for q in chosen:
            suggestion = self.suggestion(q)
            texts = {"accept": suggestion.replacement, "reject": suggestion.before}
            text = texts[answer.choice] if answer.choice in texts else _cased(answer.replacement, like, suggestion)
            new[q] = replace(answer, replacement=text)
            step.changes[q] = (self.answers.get(q), new[q])
        return new

    def _open_like(self, step: Step, numbers: Container[int]) -> list[Question]:
        """The open questions that a step's rule is about: those with the same pair, or with the word that is ignored."""
        assert step.rule is not None
        alike = self._alike[(_word if step.ignored else _pair)(step.rule[0])]
        return [q for q in alike if q.document in numbers and q not in self.answers and q not in step.changes]

    def _doubt(self, question: Question) -> float:
        return abs(self.suggestion(question).probability - DOUBT)

    def _place(self, queue: Sequence[Question], by: int) -> int:
        """Where in the queue the current question is; one that is not in it stands between its neighbours in reading order."""
        if self.current is None:
            return -1 if by > 0 else 0
        if self.current in self._rank:
            return self._rank[self.current]
        return bisect_left(queue, self._reading(self.current), key=self._reading) - (by > 0) if self.order == "reading" else -1

    def _reading(self, question: Question) -> tuple[int, int]:
        return question.document, self.suggestion(question).start


def _word(suggestion: Suggestion) -> tuple[str, ...]:
    return (suggestion.before.casefold(),)


def _pair(suggestion: Suggestion) -> tuple[str, ...]:
    return suggestion.before.casefold(), suggestion.replacement.casefold()


def _cased(text: str, like: Suggestion, suggestion: Suggestion) -> str:
    """Words that were typed for one place, with the first letter as another place has it."""
    first, other = like.before[:1], suggestion.before[:1]
    if first.isupper() == other.isupper():
        return text
    return (text[:1].upper() if other.isupper() else text[:1].lower()) + text[1:]
