"""A worker process: it loads the restorer once and carries out tasks, one after the other, until the process that started it is gone."""

from __future__ import annotations

import errno
import faulthandler
import multiprocessing as mp
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Thread

from restore.corpus.document import ROWS, AvoidedError, Failure, Unit, process, texts_of
from restore.corpus.formats import compress, reading
from restore.corpus.ledger import Known, Part
from restore.corpus.store import digest, digest_file
from restore.corpus.tasks import Broken, Chunk, Done, Failed, Files, Finish, Job, Outcome, Parted, Restores, Rows, Same, Setup, Task
from restore.corpus.together import SHORT, outlooks, restored
from restore.errors import RestoreError
from restore.nouns import Restoration
from restore.outlook import Outlook

#: Whether the system has a clock that ends a process from outside, at the cost of a system call; elsewhere faulthandler's thread has to do.
_ALARM = hasattr(signal, "setitimer")
#: Exit status of a worker that is stopped by its own clock.
OVERDUE = -signal.SIGALRM if _ALARM else 1
#: The disk is full, or the user's share of it.
_FULL = (errno.ENOSPC, errno.EDQUOT)


def work(connection: Connection, setup: Setup) -> None:
    """The life of a worker. It sends "ready", then for each task that it receives its outcomes, one by one, and None at the end.

    Besides, it sends the names of documents before it restores them, where it is asked to, and what is wrong with the settings, which ends it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that plans; it ends this one
    if _ALARM:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    Thread(target=_leave_with_parent, daemon=True).start()
    bench = Bench(setup, connection.send)
    connection.send("ready")
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        for outcome in bench.do(task):
            connection.send(outcome)
        connection.send(None)


class Bench:
    """What tasks are carried out with. ``tell`` takes messages: the name of a document before it is restored, where a task asks for care, or an error."""

    def __init__(self, setup: Setup, tell: Callable[[str | Broken], None]) -> None:
        self.setup = setup
        self.store = setup.store
        self._tell = tell
        self._restorer: Restores | None = None
        self._outlooks: dict[str, Outlook] = {}
        self._task: Task | None = None
        self._nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - the clock needs it as long as the process lives

    def do(self, task: Task) -> Iterator[Outcome]:
        """Carry out a task. Whatever goes wrong with a file is an outcome."""
        self._task = task
        self._outlooks.clear()
        if isinstance(task, Files):
            if len(task.jobs) > 1 and not task.alone:
                self._look_ahead(self._texts_of(task.jobs))
            self._tell(task.jobs[0].name)
            for job in task.jobs:
                yield self._attempt(job, partial(self._file, job))
        elif isinstance(task, Chunk):
            if not task.careful:
                self._look_ahead(texts_of(task.unit, self.setup.options))
            yield self._attempt(task.job, partial(self._chunk, task))
        else:
            yield self._attempt(task.job, partial(self._finish, task))

    def _look_ahead(self, texts: Iterable[str]) -> None:
        """Say of some texts at once what can be said before they are restored."""
        with self._clock():
            texts = list(texts)
        if len(texts) > 1:
            restorer = self._restorer or self._load()
            with self._clock():
                self._outlooks = outlooks(restorer, texts)

    def _texts_of(self, jobs: Sequence[Job]) -> Iterator[str]:
        """The texts of those files that are one short document and not known. Whatever is wrong with one is said when its turn comes."""
        for job in jobs:
            if job.kind.format in ROWS or job.size > SHORT or (job.known and not job.force):
                continue
            with suppress(OSError, RestoreError):
                source = self.store.source(job.name, None)
                yield from texts_of(Unit(job.name, job.kind.format, self._inside(job, source)), self.setup.options)

    def _attempt(self, job: Job, action: Callable[[], Outcome]) -> Outcome:
        try:
            return action()
        except FileNotFoundError as error:
            vanished = str(error.filename) == str(self.store.root / job.name)
            return Failed(job, Failure(job.name, "vanished" if vanished else "unwritable", str(error.strerror)))
        except RestoreError as error:
            return Failed(job, Failure(job.name, getattr(error, "kind", "unreadable"), error.what + (f"; {error.hint}" if error.hint else "")))
        except OSError as error:
            kind = "unreadable" if str(error.filename) == str(self.store.root / job.name) else "unwritable"
            return Failed(job, Failure(job.name, kind, error.strerror or str(error)), error.errno in _FULL)
        except Exception as error:  # a bug must not cost more than its document
            return Failed(job, Failure(job.name, "failed", f"{type(error).__name__}: {' '.join(str(error).split())}"))

    def _file(self, job: Job) -> Outcome:
        source = self.store.source(job.name, job.known.output if job.known else None)
        job = job._replace(size=source.stat().st_size)  # of the original, where a killed run has put its restored form in place
        rows = job.kind.format in ROWS
        if not rows and job.size > self.setup.limit:
            raise self._oversized(job.name)
        with self._clock():
            raw = b"" if rows else source.read_bytes()
            key = self._key(job, digest_file(source) if rows else digest(raw))
            if not job.force and job.known and job.known.key == key and self._stands(job):
                return Same(job)
            if rows:
                return Rows(job, source, key)
            return self._restore_file(job, source, key, raw)

    def _restore_file(self, job: Job, source: Path, key: bytes, raw: bytes) -> Outcome:
        """A file that is one document."""
        data = self._inside(job, source) if job.kind.compression else raw
        result = process(Unit(job.name, job.kind.format, data), self._restore, self.setup.options)
        if result.data is None:
            return Failed(job, result.failures[0])
        changed = result.data != data
        whole = compress(result.data, job.kind.compression) if changed else raw
        temporary = None
        if changed or self.store.backup is None:
            temporary = self.store.temporary()
            temporary.write_bytes(whole)
        output = self.store.publish(job.name, source, temporary, digest(whole))
        return Done(job, Known(key, output), (Part(0, key, 1, changed, result.documents, result.changes, result.failures),), 1)

    def _chunk(self, task: Chunk) -> Outcome:
        with self._clock():
            result = process(task.unit, self._restore, self.setup.options)
        data = task.unit.data if result.data is None else result.data
        changed = data != task.unit.data
        packed = data if task.job.kind.format == "parquet" else compress(data, task.job.kind.compression)
        self.store.write(self.store.part(task.job.name, task.number), packed)
        part = Part(task.number, task.key, result.seen, changed, result.documents, result.changes, result.failures)
        return Parted(task.job, part, len(task.unit.data))

    def _finish(self, task: Finish) -> Outcome:
        temporary = None
        if task.changed:
            temporary = self.store.temporary()
            parts = (self.store.part(task.job.name, number) for number in range(task.count))
            if task.job.kind.format == "parquet":
                self._join_batches(task, parts, temporary)
            else:
                with temporary.open("wb") as out:
                    for part in parts:
                        out.write(part.read_bytes())
        output = self.store.publish(task.job.name, task.source, temporary)
        return Done(task.job, Known(task.key, output), (), task.count)

    def _join_batches(self, task: Finish, parts: Iterator[Path], temporary: Path) -> None:
        from restore.corpus.parquet import codec, write_batches

        if task.job.kind.compression:
            with reading(task.source, task.job.kind.compression) as file:
                name = codec(file)
        else:
            name = codec(task.source)
        write_batches(temporary, (part.read_bytes() for part in parts), name)
        if task.job.kind.compression:
            temporary.write_bytes(compress(temporary.read_bytes(), task.job.kind.compression))

    def _inside(self, job: Job, source: Path) -> bytes:
        with reading(source, job.kind.compression) as file:
            data = file.read(self.setup.limit + 1)
        if len(data) > self.setup.limit:
            raise self._oversized(job.name)
        return data

    def _restore(self, name: str, text: str) -> Restoration:
        """Restore a document under the clock: one that hangs, even in a library, ends this process, and another takes its place."""
        task = self._task
        if isinstance(task, Chunk):
            if name in task.avoid:
                raise AvoidedError(name, *task.avoid[name])
            if task.careful:
                self._tell(name)
        if len(text) > self.setup.limit:
            raise self._oversized(name)
        restorer = self._restorer or self._load()
        with self._clock():
            return restored(restorer, text, self._outlooks)

    def _load(self) -> Restores:
        """The restorer, once there is something to restore. Without one there is no use in going on."""
        self._wind(0.0)
        try:
            self._restorer = self.setup.make(self.setup.settings)
        except RestoreError as error:
            self._tell(Broken(error.where, error.what, error.hint))
            raise SystemExit from error
        return self._restorer

    def _oversized(self, name: str) -> AvoidedError:
        return AvoidedError(name, "oversized", f"larger than {self.setup.limit:,} bytes", "raise --max-size, or split the file")

    def _stands(self, job: Job) -> bool:
        """Whether what was made of a file is still there."""
        try:
            return job.known is not None and digest_file(self.store.target / job.name) == job.known.output
        except OSError:
            return False

    def _key(self, job: Job, content: bytes) -> bytes:
        return digest(b"\0".join((self.setup.fingerprint, repr(job.kind).encode(), content)))

    @contextmanager
    def _clock(self) -> Iterator[None]:
        self._wind(self.setup.timeout)
        try:
            yield
        finally:
            self._wind(0.0)

    def _wind(self, seconds: float) -> None:
        """Have this process ended after some seconds, whatever it does then; 0 stops the clock. Python would not notice the time in a library that hangs."""
        if _ALARM:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        elif seconds:
            faulthandler.dump_traceback_later(seconds, exit=True, file=self._nowhere)
        else:
            faulthandler.cancel_dump_traceback_later()


def _leave_with_parent() -> None:
    """End this process when the one that started it is gone, however that ended: nobody would record what is done here."""
    parent = mp.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
