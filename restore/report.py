"""What is said about restorations: the one place that words, counts and decides the exit code.

Nothing is printed here: every method returns text without a final line break, and the front end sends results to stdout and talk to
stderr. Text and paths may hold surrogate-escaped characters where they are not meant for reading (`github`, `score_line`); the
front end encodes.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal, get_args

from restore.errors import RestoreError
from restore.nouns import Engine, Evidence, Restoration, Suggestion, Telltale
from restore.patch import Place, Places, quote_path
from restore.worddiff import visible

Verdict = Literal["clean", "partly spun", "spun"]
#: A window counts as spun when that is likelier than not.
SPUN = 0.5
FINE, WOULD_CHANGE, FAILED = 0, 1, 3

_REASONS = {"litter": "litter that spinners leave", "article": "a or an, as the next word asks", "spelling": "a near spelling"}
_NOT_IN_A_COLUMN = re.compile(r"[\t\n\r]")


def verdict(restoration: Restoration) -> Verdict:
    """The verdict in a word: "partly spun" when some windows are rather spun and others not, "spun" when all are, or when there are none but a spin rate,
    else "clean"."""
    spun = {window.probability >= SPUN for window in restoration.windows} or {restoration.spin_rate > 0}
    if len(spun) == 2:
        return "partly spun"
    return "spun" if True in spun else "clean"


class Report:
    """Counts what a run did, file by file, and words it.

    ``check``: nothing is written and a change makes the exit code 1; ``diff``: nothing is written. Only counts are kept, so that a
    run over a corpus takes no memory. ``clock`` gives seconds; the run begins when the report is made.
    """

    def __init__(self, *, check: bool = False, diff: bool = False, clock: Callable[[], float] = time.perf_counter) -> None:
        self.check = check
        self.diff = diff
        self.errors: list[RestoreError] = []
        self.verdicts: Counter[Verdict] = Counter()
        self.suggested = self.applied = self.asked = 0
        self.engine: Engine = ""
        self._last: tuple[str, str] = ("", "")
        self._clock = clock
        self._begun = clock()

    def add(self, path: str, restoration: Restoration) -> None:
        """Count a finished file."""
        self.verdicts[verdict(restoration)] += 1
        self.suggested += len(restoration.suggestions)
        self.applied += restoration.count("apply")
        self.asked += restoration.count("ask")
        self.engine = max(self.engine, restoration.engine)
        family = f", family {restoration.family}" if restoration.family else ""
        self._last = (path, f"spin rate {restoration.spin_rate:.2f}{family}")

    def fail(self, error: RestoreError) -> None:
        """Count a file that could not be processed."""
        self.errors.append(error)

    @property
    def exit_code(self) -> int:
        """0 fine, 1 with ``check`` when something would change, 3 when a file failed; 3 beats 1."""
        if self.errors:
            return FAILED
        return WOULD_CHANGE if self.check and self.applied else FINE

    def summary(self) -> str:
        """One line about the whole run, for stderr."""
        files = self.verdicts.total()
        parts = []
        if self.applied or self.asked:
            parts.append(self._restored(files))
        elif files:
            parts.append(self._unchanged(files))
        if self.asked:
            parts.append(f"{self.asked} to ask about")
        if self.errors:
            parts.append(f"{_count(len(self.errors), 'file')} could not be processed")
        if self.applied or self.asked:
            parts.append(f"{self._clock() - self._begun:.2f} s")
        return "; ".join(parts) or "no files, nothing to do"

    def _restored(self, files: int) -> str:
        verb = "would restore" if self.check or self.diff else "restored"
        about = self._last[1] if files == 1 else self._shares()
        engine = {"": "", "first pass": ", first pass only", "second look": ", with a second look"}[self.engine]
        return f"{verb} {self.applied} of {_count(self.suggested, 'suggestion')} in {_count(files, 'file')} ({about}{engine})"

    def advice(self) -> str:
        """What a language model would bring, where it could bring something: the first pass left places open."""
        if self.engine != "first pass" or not self.asked:
            return ""
        open_ = "the one" if self.asked == 1 else f"most of the {self.asked}"
        return f"a language model could decide {open_} left open: run 'restore model install' (93 MB), or --fast to leave it at that"

    def _unchanged(self, files: int) -> str:
        if files > 1:
            return f"{_count(files, 'file')} ({self._shares()}), nothing to change"
        path, about = self._last
        return f"{visible(path)}: {next(iter(self.verdicts))} ({about}), nothing to change"

    def _shares(self) -> str:
        return ", ".join(f"{self.verdicts[name]} {name}" for name in reversed(get_args(Verdict)) if self.verdicts[name])

    @staticmethod
    def written(path: str, restoration: Restoration) -> str:
        """One line about a file that was edited in place."""
        asked = restoration.count("ask")
        return f"{visible(path)}: {_count(len(restoration.edits), 'edit')} written" + (f", {asked} to ask about" if asked else "")

    @staticmethod
    def explain(path: str, restoration: Restoration) -> str:
        """Everything that was found in a text and why, as text to read: the verdict, the families, the tell-tale words, each suggestion."""
        head = [f"{visible(path)}: {verdict(restoration)}, spin rate {restoration.spin_rate:.2f}"]
        if restoration.families:
            ranked = sorted(restoration.families, key=lambda pair: -pair[1])
            head.append("families: " + ", ".join(f"{name} {probability:.2f}" for name, probability in ranked))
        places = Places(restoration.text)
        blocks = [head, _telltale_table(restoration.telltales)]
        blocks += [list(_explain(s, places.place(s.start))) for s in restoration.suggestions]
        return "\n\n".join("\n".join(block) for block in blocks if block)

    @staticmethod
    def score_line(path: str, restoration: Restoration) -> str:
        """Path, spin rate (four decimals), family ("-" for none) and verdict, separated by tabs; a path with a tab or line break is quoted as git does."""
        name = quote_path(path) if _NOT_IN_A_COLUMN.search(path) else path
        return f"{name}\t{restoration.spin_rate:.4f}\t{restoration.family or '-'}\t{verdict(restoration)}"

    @staticmethod
    def github(path: str, restoration: Restoration) -> str:
        """A GitHub workflow command for each suggestion to apply or to ask about, one a line; columns from 1, the end column exclusive.

        Syntax and escaping: docs.github.com, "Workflow commands for GitHub Actions", and ``command.ts`` of actions/toolkit.
        """
        places = Places(restoration.text)
        shown = (s for s in restoration.suggestions if s.action != "leave")
        return "\n".join(_annotation(path, s, places.place(s.start), places.place(s.end)) for s in shown)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _quoted(text: str) -> str:
    return f'"{text}"' if text else "nothing"


def _telltale_table(telltales: tuple[Telltale, ...]) -> list[str]:
    """Rows such as ``said  0 seen, 11 expected``, aligned; expected counts to one decimal."""
    rows = [(visible(t.word), str(t.seen), f"{t.expected:.1f}".removesuffix(".0")) for t in telltales]
    if not rows:
        return []
    word, seen, expected = (max(map(len, column)) for column in zip(*rows, strict=True))
    return ["tell-tale words:", *(f"  {w:{word}}  {s:>{seen}} seen, {e:>{expected}} expected" for w, s, e in rows)]


def _explain(suggestion: Suggestion, place: Place) -> Iterator[str]:
    before, replacement = visible(suggestion.before), visible(suggestion.replacement)
    yield f"{place.line}:{place.column} {_quoted(before)} -> {_quoted(replacement)} {suggestion.probability:.2f} {suggestion.action}"
    others = [a for a in suggestion.alternatives if a.text != suggestion.replacement]
    if others:
        texts = (_quoted(visible(a.text)) + (" (as it is)" if a.text == suggestion.before else "") + f" {a.probability:.2f}" for a in others)
        yield "    or: " + ", ".join(texts)
    yield "    why: " + "; ".join(_reasons(suggestion.evidence, suggestion.replacement))


def _reasons(evidence: Evidence, replacement: str) -> Iterator[str]:
    """The evidence in words; what says nothing (no gain, no name) is left out."""
    if evidence.kind in _REASONS:
        yield _REASONS[evidence.kind]
    if evidence.row:
        family = f" (family {evidence.family})" if evidence.family else ""
        yield f"{'gazetteer' if evidence.kind == 'name' else 'dictionary'} row {visible(evidence.row)}{family}"
    if evidence.name:
        yield f"matches the name {_quoted(visible(evidence.name))}"
    if evidence.witnesses:
        copies = "another copy says" if len(evidence.witnesses) == 1 else f"{len(evidence.witnesses)} other copies say"
        yield f"{copies} so ({', '.join(map(visible, evidence.witnesses))})"
    if evidence.gain:
        yield f"the language model {'prefers it' if evidence.gain > 0 else 'is against it'} by {abs(evidence.gain):.1f} nats"
    if evidence.rival:
        yield f"with the model, {_quoted(visible(replacement))} is {_times(evidence.model)} here than {_quoted(visible(evidence.rival))}"
    if evidence.channel:
        yield f"a spinner puts it with probability {math.exp(evidence.channel):.2g}"
    yield "the pair occurs once in this text" if evidence.count == 1 else f"the pair occurs {evidence.count} times in this text"


def _times(nats: float) -> str:
    """A log ratio in words.

    >>> _times(3.7), _times(-0.7), _times(20.0)
    ('40 times likelier', '2 times less likely', 'over 10,000 times likelier')
    """
    ratio = math.exp(min(abs(nats), 10.0))
    size = "over 10,000" if abs(nats) > math.log(10_000) else f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
    return f"{size.removesuffix('.0')} times {'likelier' if nats >= 0 else 'less likely'}"


def _annotation(path: str, suggestion: Suggestion, start: Place, end: Place) -> str:
    place = {"file": path, "line": start.line, "col": start.column, "endLine": end.line, "endColumn": end.column}
    if start.line != end.line:  # GitHub takes columns only for a span within one line
        del place["col"], place["endColumn"]
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in (place | {"title": "spun text"}).items())
    how = "probably" if suggestion.action == "apply" else "perhaps"
    message = f"{_quoted(suggestion.before)} {how} stands for {_quoted(suggestion.replacement)} ({suggestion.probability:.2f})"
    return f"::warning {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
