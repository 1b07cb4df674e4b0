"""Review a corpus run line by line, a pair at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from restore.errors import RestoreError
from restore.review.pairs import PLAIN_FILES, Log, Pair, Place, edits_by_document
from restore.textfile import read_text_file
from restore.worddiff import visible

#: Places of a pair that are shown, and characters around them.
EXAMPLES, AROUND = 4, 60
HELP = """\
y  accept the pair in all its places   n  reject it in all its places
Enter  decide later                    m  show more of its places
u  open the last answer again          ?  this help
w  write what was accepted, and quit   q  quit, writing nothing; answers are kept"""


class PairReview:
    """One review over two text streams; ``log`` keeps the answers."""

    def __init__(self, out: Path, pairs: list[Pair], log: Log, source: TextIO, target: TextIO) -> None:
        self.pairs, self.log = pairs, log
        self._out, self._source, self._target = out, source, target

    def run(self) -> bool:
        """Ask about every open pair; whether what was accepted is to be written."""
        i, shown = 0, EXAMPLES
        while i < len(self.pairs):
            if self.pairs[i].key in self.log.answers:
                i += 1
                continue
            self._show(self.pairs[i], i, shown)
            line = self._ask("y, n, m, u, w, q or ? for help: ")
            if line in (None, "q"):
                return False
            if line == "w":
                return self._confirm()
            shown = EXAMPLES * 5 if line == "m" else EXAMPLES
            i = self._obey(line or "", i)
        self._say("No pair is left to ask about.")
        return self._confirm()

    def _obey(self, line: str, i: int) -> int:
        """Do what a line says; the number of the pair to ask about next."""
        if line in ("y", "n"):
            self.log.add(self.pairs[i], "accept" if line == "y" else "reject")
        elif line == "u" and self.log.answers:
            last = next(reversed(self.log.answers))
            i = next((k for k, pair in enumerate(self.pairs) if pair.key == last), i)
            self.log.add(self.pairs[i], "")
        elif line == "":
            i += 1
        elif line != "m":
            self._say(HELP)
        return i

    def _confirm(self) -> bool:
        edits = edits_by_document(self.pairs, self.log)
        count = sum(map(len, edits.values()))
        return count > 0 and self._ask(f"Write {count} edits into {len(edits)} documents? y or n: ") == "y"

    def _show(self, pair: Pair, number: int, shown: int) -> None:
        documents = len({place.document for place in pair.places})
        self._say(f'\n{number + 1} of {len(self.pairs)}: "{visible(pair.before)}" for "{visible(pair.replacement)}"')
        self._say(f"  {len(pair.places)} places in {documents} documents, {pair.worth:.1f} of them expected to be right")
        for place in pair.places[:shown]:
            self._say(f"  {place.document} {place.probability:.2f}: {self._example(place)}")

    def _example(self, place: Place) -> str:
        """The words around a place, where it can be looked at."""
        change = f"[-{visible(place.before)}-]{{+{visible(place.replacement)}+}}"
        path = self._out / place.document
        if path.suffix not in PLAIN_FILES:
            return change
        try:
            text = read_text_file(path).text
        except RestoreError as error:
            return f"{change} ({error.what})"
        end = place.start + len(place.before)
        return visible(text[max(0, place.start - AROUND) : place.start]) + change + visible(text[end : end + AROUND])

    def _ask(self, prompt: str) -> str | None:
        self._target.write(prompt)
        self._target.flush()
        line = self._source.readline()
        return line.strip() if line.endswith("\n") else None

    def _say(self, line: str) -> None:
        self._target.write(line + "\n")
