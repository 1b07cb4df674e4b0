"""What the decisions of a review teach: pairs of spun and original sentences, and words that a reviewer keeps leaving as they are.

Only sentences without open questions are learned from, up to the last decision in a text: what nobody has looked at says nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from restore.decisions import SUFFIX, Decision, content_hash, decided, read_decisions, sidecar
from restore.errors import InputError
from restore.nouns import Edit, Restoration, replay
from restore.own import mark_of
from restore.reanchor import reanchor
from restore.textfile import decode, read_text_file
from restore.tokens import Tokens
from restore.undo import reverted

#: Rejections, and texts they are from, before a word is left alone for good; a phrase is rarer and means less else. One accepted suggestion outweighs them.
REJECTIONS, TEXTS, PHRASE_REJECTIONS = 3, 2, 2


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One text as it was reviewed, and the decisions about it."""

    path: Path
    text: str
    decisions: tuple[Decision, ...]

    @property
    def mark(self) -> str:
        """The mark of this review, by which it is known again: of the text and what was decided, whoever did it and when."""
        return mark_of("\0".join((self.text, *(f"{d.start} {d.end} {d.replacement}" for d in self.decisions))))


def read_reviewed(name: Path) -> Reviewed:
    """A reviewed text, named itself or by its decisions file; one that was written since is taken as it was. Raises RestoreError."""
    keep = name if name.name.endswith(".json") else sidecar(name)
    if not keep.is_file():
        raise InputError(keep, "no such decisions file", f"decide first: restore review {name}")
    kept = read_decisions(keep)
    path = name if keep != name else keep.with_name(kept.path if not keep.name.endswith(SUFFIX) else keep.name.removesuffix(SUFFIX))
    file = read_text_file(path)
    data = file.encode(file.text)
    if content_hash(data) != kept.sha256:
        older = reverted(path, data, kept.sha256)
        file = file if older is None else decode(older, str(path))
    if content_hash(file.encode(file.text)) == kept.sha256:
        return Reviewed(path, file.text, kept.decisions)
    return Reviewed(path, file.text, reanchor(file.text, kept.decisions).placed)


def sentence_pairs(reviewed: Reviewed, restoration: Restoration) -> tuple[str, str]:
    """The sentences that were decided whole, as they stood and as they stand now, a line each."""
    text, decisions = reviewed.text, reviewed.decisions
    spans = {(d.start, d.end) for d in decisions}
    last = max((d.end for d in decisions), default=0)
    open_at = [s.start for s in restoration.suggestions if s.action != "leave" and (s.start, s.end) not in spans]
    edits = decided(text, decisions).edits
    spun: list[str] = []
    original: list[str] = []
    for start, end in _sentences(text):
        if start < last and not any(start <= at < end for at in open_at):
            inside = [Edit(e.start - start, e.end - start, e.before, e.after) for e in edits if start <= e.start and e.end <= end]
            spun.append(_on_a_line(text[start:end]))
            original.append(_on_a_line(replay(text[start:end], inside)))
    return "\n".join(spun), "\n".join(original)


def left_alone(texts: Iterable[Reviewed]) -> dict[str, str]:
    """Words and phrases that were rejected again and again and never once replaced, with the counts that say so."""
    rejected: Counter[str] = Counter()
    seen_in: dict[str, set[Path]] = defaultdict(set)
    replaced: set[str] = set()
    for reviewed in texts:
        for d in reviewed.decisions:
            word = " ".join(d.before.lower().split())
            if d.choice == "reject":
                rejected[word] += 1
                seen_in[word].add(reviewed.path)
            else:
                replaced.add(word)
    return {
        word: f"rejected {count} times in {len(seen_in[word])} texts"
        for word, count in sorted(rejected.items())
        if word not in replaced and _enough(word, count, len(seen_in[word]))
    }


def _enough(word: str, count: int, texts: int) -> bool:
    return count >= PHRASE_REJECTIONS if " " in word else count >= REJECTIONS and texts >= TEXTS


def _sentences(text: str) -> Sequence[tuple[int, int]]:
    """Start and end of every sentence that has words."""
    tokens = Tokens(text)
    out: list[tuple[int, int]] = []
    number = -1
    for i in range(len(tokens)):
        start, end = int(tokens.starts[i]), int(tokens.ends[i])
        if int(tokens.sentence[i]) == number:
            out[-1] = out[-1][0], end
        else:
            out.append((start, end))
            number = int(tokens.sentence[i])
    return out


def _on_a_line(text: str) -> str:
    return " ".join(text.split())
