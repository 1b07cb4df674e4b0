"""Worker processes, one task each at a time, over a pipe each: no lock is shared, so a worker that is killed takes nothing with it but its task.

Ready-made pools were the alternative: concurrent.futures gives up all tasks when one worker dies, and pebble's workers share a locked channel, which a worker
killed at the wrong moment leaves locked for a minute.
"""

from __future__ import annotations

import multiprocessing as mp
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from restore.corpus.tasks import Broken, Files, Lost, Outcome, Setup, Task
from restore.corpus.worker import OVERDUE, work
from restore.errors import InputError, SettingsError

#: Workers that die before they are ready, one after the other, before the run gives up.
TRIES = 3
#: Seconds a worker gets to end by itself.
GRACE = 2.0


@dataclass(slots=True, eq=False)
class Seat:
    """A worker as the planning process sees it. ``at``: the document it announced last."""

    process: BaseProcess
    connection: Connection
    ready: bool = False
    task: Task | None = None
    at: str = ""


class Pool:
    """``jobs`` workers that are started as they are needed and replaced when they die."""

    def __init__(self, setup: Setup, jobs: int) -> None:
        self._setup = setup
        self._jobs = jobs
        self._seats: list[Seat] = []
        self._stillborn = 0
        self._context = mp.get_context("spawn")  # fork copies locks and threads in whatever state they are

    def run(self, next_task: Callable[[], Task | None]) -> Iterator[Outcome | Lost]:
        """Carry out tasks until there is none left and nobody works. ``next_task`` gives None when there is none just now."""
        while True:
            self._hand_out(next_task)
            busy = [seat for seat in self._seats if seat.task is not None]
            if not busy:
                return
            ready = set(wait([seat.connection for seat in self._seats]))
            for seat in [seat for seat in self._seats if seat.connection in ready]:
                yield from self._listen(seat)

    def close(self) -> None:
        """End all workers."""
        for seat in self._seats:
            seat.process.terminate()
        for seat in self._seats:
            seat.process.join(GRACE)
            if seat.process.is_alive():
                seat.process.kill()
                seat.process.join()
            seat.connection.close()
        self._seats.clear()

    def _hand_out(self, next_task: Callable[[], Task | None]) -> None:
        for seat in [*self._seats]:
            if seat.task is None and (task := next_task()) is not None:
                self._give(seat, task)
        while len(self._seats) < self._jobs and (task := next_task()) is not None:
            self._give(self._hire(), task)

    def _hire(self) -> Seat:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=work, args=(theirs, self._setup), daemon=True)
        with _deaf():
            process.start()
        theirs.close()
        self._seats.append(Seat(process, ours))
        return self._seats[-1]

    def _give(self, seat: Seat, task: Task) -> None:
        seat.task, seat.at = task, ""
        if seat.ready:  # to one that still loads it is sent once it listens, since a long message would wait for that
            self._send(seat)

    def _send(self, seat: Seat) -> None:
        try:
            seat.connection.send(seat.task)
        except OSError:  # it has just died: its connection will say so
            return

    def _listen(self, seat: Seat) -> Iterator[Outcome | Lost]:
        try:
            message = seat.connection.recv()
        except (EOFError, OSError):
            yield from self._bury(seat)
            return
        if message == "ready":
            seat.ready, self._stillborn = True, 0
            self._send(seat)
        elif isinstance(message, str):
            seat.at = message
        elif isinstance(message, Broken):
            raise SettingsError(*message)
        elif message is None:
            seat.task = None
        else:
            if isinstance(seat.task, Files):
                seat.task = replace(seat.task, jobs=seat.task.jobs[1:])
            yield message

    def _bury(self, seat: Seat) -> Iterator[Lost]:
        seat.process.join(GRACE)
        seat.process.kill()
        seat.process.join()
        self._seats.remove(seat)
        seat.connection.close()
        code = seat.process.exitcode or 0
        if not seat.ready:
            self._stillborn += 1
            if self._stillborn >= TRIES:
                raise InputError("worker", f"ended {TRIES} times before it began ({_cause(code)})", "try --jobs 1, or free some memory")
        if seat.task is not None and not (isinstance(seat.task, Files) and not seat.task.jobs):
            kind = "timed out" if code == OVERDUE else "crashed"
            yield Lost(seat.task, kind if seat.ready else "unstarted", _cause(code), seat.at)


@contextmanager
def _deaf() -> Iterator[None]:
    """A process started meanwhile never hears Ctrl-C, not even while it imports; here it is heard afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(code: int) -> str:
    """What an exit code says."""
    if code == OVERDUE:
        return "took longer than --timeout-per-document allows"
    if code < 0:
        try:
            return f"the worker was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"the worker was ended by signal {-code}"
    return f"the worker ended with exit code {code}"
