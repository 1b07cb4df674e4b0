"""The second stage of a run, ``--witnesses``: texts that were spun and have near copies in the corpus are restored again, with these as evidence.

The first stage has restored every document alone, and its ledger says which were spun. All texts are surveyed for their signatures (a survey is kept,
so files that stay are surveyed once), copies are found, and the files that hold a spun text with copies are redone by the same run with another restorer.
"""

from __future__ import annotations

import json
import multiprocessing as mp
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from pathlib import Path

from restore import loading
from restore.corpus.chunks import chunks
from restore.corpus.document import ROWS, Options, Unit, process
from restore.corpus.formats import reading
from restore.corpus.ledger import Ledger
from restore.corpus.run import CorpusRun
from restore.corpus.store import Store, digest
from restore.corpus.tasks import Restores, Setup
from restore.corpus.voices import Seen, Voices
from restore.corpus.walk import Entry, Selection, Unseen
from restore.errors import InputError
from restore.nouns import Restoration
from restore.settings import Settings
from restore.witnesses.folding import Folding
from restore.witnesses.groups import Copies, sign
from restore.witnesses.values import Witness

#: Witnesses a text, and how many of them are clean ones, which come first: a second clean copy says what the first did.
MOST, MOST_CLEAN = 5, 2
#: Files redone in one go; after each the plans they were redone by are recorded.
TOGETHER = 2_000
#: Copies kept ready in a worker: those of one story tend to come one after the other.
READY = 64


@dataclass(frozen=True, slots=True)
class Chosen(Selection):
    """Those files of a selection that have one of these names."""

    names: frozenset[str] = frozenset()

    def walk(self) -> Iterator[Entry | Unseen]:
        """The files, in the order of the selection."""
        return (found for found in Selection.walk(self) if isinstance(found, Entry) and found.name in self.names)


class WitnessedRestorer:
    """Restores a text as it stands, and again with its witnesses if it was spun and has any."""

    def __init__(self, settings: Settings, voices: Path) -> None:
        from restore.pipeline import Restorer

        self._restorer = Restorer(settings)
        self._voices = Voices(voices)
        self._ready = lru_cache(maxsize=READY)(self._prepare)

    def restore(self, text: str) -> Restoration:
        """The restoration, with the witnesses' evidence where there are any."""
        alone = self._restorer.restore(text)
        if not alone.suggestions:
            return alone
        witnesses = [self._ready(name, copy) for name, copy in self._voices.witnesses(text_digest(text))]
        return self._restorer.restore(text, witnesses) if witnesses else alone

    def _prepare(self, name: str, text: str) -> Witness:
        from restore.witnesses.copies import prepare

        return prepare(self._restorer, name, text, self._restorer.court.keys)


class SecondStage:
    """One second stage over a ledger that a first has filled."""

    def __init__(self, selection: Selection, setup: Setup, ledger: Ledger, *, jobs: int, quiet: bool) -> None:
        self._selection, self._setup, self._ledger = selection, setup, ledger
        self._jobs, self._quiet = jobs, quiet
        self._path = setup.store.state / "witnesses.sqlite"

    def execute(self) -> int:
        """Hear the witnesses; the number of files that were redone."""
        voices = Voices(self._path)
        try:
            seen = self._survey(voices)
            plans, by_file = self._plan(seen)
            voices.plan(plans.items())
            self._fetch(voices, seen)
            return self._redo(voices, by_file)
        except BrokenProcessPool as error:
            raise InputError(self._path, "a worker died while the texts were compared", "run again; what is done will be skipped") from error
        finally:
            voices.close()

    def _entries(self) -> Iterator[tuple[Entry, bytes, bytes]]:
        """The files that are done, with what the ledger knows: key and hash of the output."""
        for entry in self._selection.walk():
            known = self._ledger.known(entry.name) if isinstance(entry, Entry) else None
            if isinstance(entry, Entry) and known:
                yield entry, known.key, known.output

    def _survey(self, voices: Voices) -> dict[str, list[Seen]]:
        """The texts of all files."""
        out: dict[str, list[Seen]] = {}
        new: list[tuple[Entry, bytes, bytes]] = []
        for entry, key, output in self._entries():
            seen = voices.surveyed(entry.name, key)
            if seen is None:
                new.append((entry, key, output))
            else:
                out[entry.name] = seen
        if new:
            with self._workers() as pool:
                work = partial(survey, self._setup)
                found = pool.map(work, [e for e, _, _ in new], [o for _, _, o in new], chunksize=8)
                for (entry, key, _), seen in zip(new, found, strict=True):
                    voices.survey(entry.name, key, seen)
                    out[entry.name] = seen
        return out

    def _plan(self, seen: dict[str, list[Seen]]) -> tuple[dict[bytes, list[bytes]], dict[str, bytes]]:
        """The witnesses of every spun text; and for every file with such texts the digest of its plans."""
        spun = {r["document"] for line in self._ledger.lines("documents") if (r := json.loads(line))["spin_rate"] > 0}
        index, digests = Copies(), {}
        for texts in seen.values():
            for text in texts:
                index.add(text.signature)
                digests[text.name] = text.digest
        plans: dict[bytes, list[bytes]] = {}
        by_file: dict[str, bytes] = {}
        for path, texts in seen.items():
            mine = []
            for text in texts:
                if text.name in spun and (witnesses := _choose(text, index.near(text.name), digests, spun)):
                    plans[text.digest] = witnesses
                    mine += [text.digest, *witnesses]
            if mine:
                by_file[path] = digest(b"".join(mine))
        return plans, by_file

    def _fetch(self, voices: Voices, seen: dict[str, list[Seen]]) -> None:
        """Keep the words of all witnesses."""
        missing = voices.missing()
        wanted = {path for path, texts in seen.items() if any(text.digest in missing for text in texts)}
        for entry, _, output in self._entries():
            if entry.name in wanted:
                for name, text in texts_of(self._setup, entry, output):
                    if (found := text_digest(text)) in missing:
                        voices.keep(found, name, text)

    def _redo(self, voices: Voices, by_file: dict[str, bytes]) -> int:
        """Restore again the files whose plans are new, and those that had a plan and have none now."""
        keys = {entry.name: key for entry, key, _ in self._entries()}
        due = [path for path, key in keys.items() if voices.heard(path) != (key, by_file.get(path, b"")) and (path in by_file or _had(voices, path, key))]
        setup = replace(self._setup, make=partial(make_witnessed, voices=self._path))
        whole = {field.name: getattr(self._selection, field.name) for field in fields(Selection)}
        for start in range(0, len(due), TOGETHER):
            names = due[start : start + TOGETHER]
            chosen = Chosen(**whole, names=frozenset(names))
            CorpusRun(chosen, setup, self._ledger, jobs=self._jobs, force=True, quiet=self._quiet).execute()
            self._ledger.commit()
            for name in names:
                if self._ledger.known(name):
                    voices.hear(name, keys[name], by_file.get(name, b""))
        return len(due)

    def _workers(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._jobs, mp_context=mp.get_context("spawn"))


def make_witnessed(settings: Settings, voices: Path) -> Restores:
    """The restorer of a worker of the second stage."""
    return WitnessedRestorer(settings, voices)


def text_digest(text: str) -> bytes:
    """What a text is known by."""
    return digest(text.encode("utf-8", "surrogatepass"))


def survey(setup: Setup, entry: Entry, output: bytes) -> list[Seen]:
    """The signatures of all texts of a file; nothing of one that can no longer be read, which the next run will report."""
    folding = _folding(setup.settings)
    return [Seen(name, text_digest(text), sign(folding, name, text)) for name, text in texts_of(setup, entry, output)]


def texts_of(setup: Setup, entry: Entry, output: bytes) -> list[tuple[str, str]]:
    """All texts of a file with their documents' names, as the first stage restored them."""
    out: list[tuple[str, str]] = []

    def record(name: str, text: str) -> Restoration:
        out.append((name, text))
        return Restoration(text, (), 0.0, "")

    try:
        for unit in _units(setup.store, setup.options, setup.limit, entry, output):
            process(unit, record, replace(setup.options, annotate=False))
    except (InputError, OSError):
        return []
    return out


def _units(store: Store, options: Options, limit: int, entry: Entry, output: bytes) -> Iterator[Unit]:
    source = store.source(entry.name, output)
    if entry.kind.format in ROWS:
        yield from chunks(entry.name, entry.kind, source, options.field, limit)
        return
    with reading(source, entry.kind.compression) as file:
        yield Unit(entry.name, entry.kind.format, file.read(limit))


def _choose(text: Seen, near: Sequence[tuple[str, float]], digests: dict[str, bytes], spun: set[str]) -> list[bytes]:
    """The digests of a text's witnesses: a few clean copies, then the nearest; texts that are equal count once, and never for themselves."""
    ranked: dict[bool, list[bytes]] = defaultdict(list)
    taken = {text.digest}
    for name, _ in near:
        if digests[name] not in taken:
            taken.add(digests[name])
            ranked[name in spun].append(digests[name])
    return [*ranked[False][:MOST_CLEAN], *ranked[True]][:MOST]


def _had(voices: Voices, path: str, key: bytes) -> bool:
    """Whether a file, as it is now, was restored with witnesses."""
    heard = voices.heard(path)
    return bool(heard and heard[0] == key and heard[1])


@lru_cache(maxsize=1)
def _folding(settings: Settings) -> Folding:
    return Folding(loading.load([Path(p) for p in settings.dictionaries]).lexicon)
