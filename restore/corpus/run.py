"""A run over a corpus: what there is to do is found, handed out, recorded as it comes back, and reported at the end.

All decisions are made here, in one process and one thread; workers restore and write, the ledger remembers. A run that was killed goes on from the ledger.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from restore.corpus.chunks import SIZE, chunks
from restore.corpus.document import Failure
from restore.corpus.formats import Kind
from restore.corpus.ledger import Ledger, Part
from restore.corpus.pool import Pool
from restore.corpus.progress import Display, Tally
from restore.corpus.source import Source, reason_of, stamp_of
from restore.corpus.store import digest
from restore.corpus.tasks import Chunk, Done, Failed, Files, Finish, Job, Lost, Outcome, Parted, Rows, Same, Setup, Task
from restore.corpus.walk import Entry, Selection, Unseen
from restore.errors import InputError, RestoreError

#: Files that are handed out together: small ones would spend their time on messages.
TOGETHER = 32


class CorpusRun:
    """One run with a fixed setup. ``force``: redo what is done. After ``execute`` the ledger holds the results and ``tally`` the counts."""

    def __init__(self, selection: Selection, setup: Setup, ledger: Ledger, *, jobs: int, force: bool = False, quiet: bool = False) -> None:
        self.tally = Tally()
        self._selection, self._setup, self._ledger = selection, setup, ledger
        self._jobs, self._force, self._quiet = jobs, force, quiet
        self._urgent: deque[Task] = deque()
        self._sources: dict[str, Source] = {}
        self._entries: Iterator[Job] = iter(())
        self._display: Display | None = None

    def execute(self) -> None:
        """Do all there is to do. Raises KeyboardInterrupt, and InputError when the disk is full; what is recorded then stays so."""
        files, size = (0, 0) if self._quiet else self._survey()
        self._forget_vanished()
        pool = Pool(self._setup, self._jobs)
        self._entries = self._jobs_of_tree()
        with Display(self.tally, files, size, quiet=self._quiet) as self._display:
            try:
                for outcome in pool.run(self._next_task):
                    self._take(outcome)
                    self._display.update()
            finally:
                pool.close()
                self._ledger.commit()

    def _survey(self) -> tuple[int, int]:
        """Number and bytes of the files, for the time left."""
        count = size = 0
        for entry in self._selection.walk():
            if isinstance(entry, Entry):
                count, size = count + 1, size + entry.size
        return count, size

    def _jobs_of_tree(self) -> Iterator[Job]:
        for found in self._selection.walk():
            if isinstance(found, Unseen):
                self._fail(Job(found.name, Kind("text"), 0), Failure(found.name or ".", "unreadable", found.reason))
            else:
                yield Job(found.name, found.kind, found.size, self._ledger.known(found.name), self._force)

    def _next_task(self) -> Task | None:
        """What to do next: what became urgent, then the rows of files that are open, then further files."""
        if self._urgent:
            return self._urgent.popleft()
        for source in [source for source in self._sources.values() if not source.ended]:
            chunk = self._next_chunk(source)
            if chunk:
                return chunk
            if self._urgent:  # the source has come to its end
                return self._urgent.popleft()
        return self._next_files()

    def _next_files(self) -> Files | None:
        jobs: list[Job] = []
        size = 0
        for job in self._entries:
            jobs.append(job)
            size += job.size
            if len(jobs) >= TOGETHER or size >= SIZE:
                break
        return Files(tuple(jobs)) if jobs else None

    def _next_chunk(self, source: Source) -> Chunk | None:
        """The next chunk of a file that is not in the ledger yet; None at the end."""
        try:
            chunk = next(source.chunks, None)
        except (RestoreError, OSError) as error:
            self._fail_source(source, Failure(source.rows.job.name, getattr(error, "kind", "unreadable"), reason_of(error)))
            return None
        if chunk is None:
            source.ended = True
            self._finish_if_complete(source)
            return None
        source.waiting += 1
        return chunk

    def _open(self, rows: Rows) -> None:
        """Begin to read the rows of a file."""
        self._sources[rows.job.name] = source = Source(rows, stamp_of(rows.source), iter(()))
        source.chunks = self._chunks(source, {} if self._force else self._ledger.part_keys(rows.job.name))
        self._ledger.reopen(rows.job.name)

    def _chunks(self, source: Source, known: dict[int, bytes]) -> Iterator[Chunk]:
        job, store = source.rows.job, self._setup.store
        for unit in chunks(job.name, job.kind, source.rows.source, self._setup.options.field, self._setup.limit):
            number, source.read = source.read, source.read + 1
            key = digest(source.rows.key + number.to_bytes(8, "big"))
            if known.get(number) != key or not store.part(job.name, number).is_file():
                yield Chunk(job, number, key, unit)

    def _finish_if_complete(self, source: Source) -> None:
        if not source.ended or source.waiting or source.failed:
            return
        job = source.rows.job
        if stamp_of(source.rows.source) != source.stamp:
            self._fail_source(source, Failure(job.name, "vanished", "the file changed while it was read; run again"))
            return
        self._ledger.trim(job.name, source.read)
        changed = bool(source.read) and self._ledger.changed(job.name)
        self._urgent.append(Finish(job, source.rows.source, source.rows.key, source.read, changed))

    def _take(self, outcome: Outcome | Lost) -> None:
        """Record what came of a task."""
        if isinstance(outcome, Same):
            self._count(outcome.job, skipped=True)
        elif isinstance(outcome, Rows):
            self._open(outcome)
        elif isinstance(outcome, Parted):
            self._part(outcome)
        elif isinstance(outcome, Done):
            self._done(outcome)
        elif isinstance(outcome, Failed):
            self._failed(outcome)
        else:
            self._lost(outcome)

    def _part(self, parted: Parted) -> None:
        source = self._sources.get(parted.job.name)
        if source is None or source.failed:
            return
        self._ledger.add_part(parted.job.name, parted.part)
        self.tally.count(parted.part)
        size = min(parted.size, parted.job.size - source.counted)
        source.counted += size
        self.tally.size += size
        source.waiting -= 1
        self._finish_if_complete(source)

    def _done(self, done: Done) -> None:
        name, parts, total = done.job.name, list(done.parts), done.total
        for part in parts:
            self.tally.count(part)
        source = self._sources.pop(name, None)
        if source:
            self.tally.size -= source.counted  # since the whole file counts from now on
            if total and not self._ledger.seen(name):
                failure = Failure(name, "row", f"no row has text in the field {self._setup.options.field!r}; name it with --field")
                parts.append(Part(total, b"", 0, False, (), (), (failure,)))
                self.tally.count(parts[-1])
        self._ledger.finish(name, done.known, done.job.size, parts, total + len(parts) - len(done.parts))
        if source:
            self._ledger.commit()  # before the parts go
        for number in range(total if source else 0):
            self._setup.store.part(name, number).unlink(missing_ok=True)
        self._count(done.job)

    def _failed(self, failed: Failed) -> None:
        if failed.full:
            raise InputError(self._setup.store.target, "the disk is full", "make room and run again; what is done will be skipped")
        source = self._sources.get(failed.job.name)
        if source is None:
            self._fail(failed.job, failed.failure)
        elif not source.failed:
            self._fail_source(source, failed.failure)

    def _lost(self, lost: Lost) -> None:
        """A worker died over a task: find out over which document, and go on without that one."""
        task = lost.task
        if lost.kind == "unstarted":
            self._urgent.append(task)
        elif isinstance(task, Files) and not (task.again or task.alone or lost.at):
            self._urgent.append(replace(task, alone=True))
        elif isinstance(task, Files) and not task.again:
            self._urgent.append(Files(task.jobs[:1], again=True))
            self._urgent += [Files(task.jobs[1:])] if task.jobs[1:] else []
        elif isinstance(task, Finish) and not task.again:
            self._urgent.append(replace(task, again=True))
        elif isinstance(task, Chunk) and not task.careful:
            self._urgent.append(replace(task, careful=True))
        elif isinstance(task, Chunk) and lost.at:
            self._urgent.append(replace(task, avoid={**task.avoid, lost.at: (lost.kind, lost.message)}))
        else:
            job = task.jobs[0] if isinstance(task, Files) else task.job
            self._failed(Failed(job, Failure(job.name, lost.kind, lost.message)))

    def _fail_source(self, source: Source, failure: Failure) -> None:
        source.ended = source.failed = True  # it stays among the sources, so that chunks still out there are known to be too late
        source.chunks = iter(())
        self.tally.size -= source.counted
        self._fail(source.rows.job, failure)

    def _fail(self, job: Job, failure: Failure) -> None:
        """Record a failure; what an earlier run made of another state of the file goes, as it would not be there after one run."""
        known = self._ledger.known(job.name)
        if known:
            self._setup.store.withdraw(job.name, known.output)
        self._ledger.fail(job.name, failure)
        self.tally.failed += 1
        self._count(job)

    def _count(self, job: Job, *, skipped: bool = False) -> None:
        self.tally.files += 1
        self.tally.size += job.size
        if skipped:
            self.tally.skipped += 1
            self.tally.skipped_size += job.size

    def _forget_vanished(self) -> None:
        """Files that are no longer in the input are no longer in the output either; files that are only not selected this time stay."""
        store = self._setup.store
        for name in [name for name in self._ledger.names() if not (store.root / name).exists()]:
            known = self._ledger.known(name)
            if known:
                store.withdraw(name, known.output)
            self._ledger.forget(name)
