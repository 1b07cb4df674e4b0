"""What ``restore corpus`` was told, what it may not be told together, and the run that comes of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from restore.corpus.document import Options
from restore.corpus.fingerprint import fingerprint, key_of
from restore.corpus.ledger import Ledger
from restore.corpus.progress import closing, heard
from restore.corpus.reports import write_reports
from restore.corpus.run import CorpusRun
from restore.corpus.store import Store
from restore.corpus.tasks import Restores, Setup
from restore.corpus.walk import STATE, Selection
from restore.errors import InputError, SettingsError
from restore.settings import Settings, load_settings
from restore.streams import complain, say


def make_restorer(settings: Settings) -> Restores:
    """The restorer of a worker."""
    from restore.pipeline import Restorer  # here: a run that has nothing to do loads no model

    return Restorer(settings)


@dataclass(frozen=True, slots=True)
class Order:
    """The arguments of a run, as they were given; ``places``: IN and OUT; ``make``: makes the restorer of a worker, and can be pickled."""

    places: tuple[Path, ...]
    in_place: bool = False
    backup: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    text_field: str = "text"
    annotate: bool = False
    jobs: int = 0
    timeout: float = 60.0
    limit: int = 10_000_000
    force: bool = False
    quiet: bool = False
    config: Path | None = None
    isolated: bool = False
    overrides: Mapping[str, object] | None = None
    make: Any = make_restorer
    witnesses: bool = False

    def problems(self) -> Iterator[SettingsError]:
        """What the arguments say against each other, leave out, or name that is not there."""
        wanted = 1 if self.in_place else 2
        if len(self.places) != wanted:
            what = "takes IN alone" if self.in_place else "takes IN and OUT"
            yield SettingsError("corpus", f"{what}, not {len(self.places)} places", "see 'restore corpus --help'")
        if self.in_place != bool(self.backup):
            given, needed = ("--in-place", "--backup DIR") if self.in_place else ("--backup", "--in-place")
            yield SettingsError(given, f"needs {needed}", "originals are never lost")
        source, target = self.places[0].resolve(), (self.backup or self.places[-1]).resolve()
        if not source.exists():
            yield SettingsError(self.places[0], "no such file or folder", "check the path")
        if target == source or target in source.parents:
            yield SettingsError(self.places[-1], "holds the input", "name another folder, or use --in-place with --backup DIR")
        if target.exists() and not target.is_dir():
            yield SettingsError(target, "is no folder", "name another")

    def execute(self) -> int:
        """Do it, and give the exit code. Raises KeyboardInterrupt once what was done so far is reported."""
        source = self.places[0]
        root = source.resolve() if source.is_dir() else source.resolve().parent
        out = (self.backup or self.places[-1]).resolve()
        settings = load_settings(root, config=self.config, isolated=self.isolated, overrides=self.overrides or {}).settings
        options = Options(self.text_field, self.annotate)
        facts = fingerprint(settings, options) | ({"witnesses": True} if self.witnesses else {})
        store = Store(root, root if self.in_place else out, out / STATE, out if self.in_place else None)
        setup = Setup(store, settings, options, key_of(facts), self.timeout, self.limit, self.make)
        selection = Selection(source.resolve(), self.include, self.exclude, self.hidden, (out,))
        _make_folder(store)
        ledger = Ledger(store.state / "ledger.sqlite")
        try:
            return self._run(setup, selection, ledger, {"input": os.fspath(source), "started": now(), **facts})
        except sqlite3.OperationalError as error:  # a full disk, most of the time
            raise InputError(ledger.path, f"cannot be written ({error})", "make room and run again; what is done will be skipped") from error
        finally:
            ledger.close()

    def _run(self, setup: Setup, selection: Selection, ledger: Ledger, facts: dict[str, Any]) -> int:
        setup.store.prepare()
        run = CorpusRun(selection, setup, ledger, jobs=self.jobs or os.cpu_count() or 1, force=self.force, quiet=self.quiet)
        stopped = ""
        _hear_termination()
        try:
            run.execute()
            if self.witnesses:
                from restore.corpus.witnessed import SecondStage  # here: most runs have none

                again = SecondStage(selection, setup, ledger, jobs=self.jobs or os.cpu_count() or 1, quiet=self.quiet).execute()
                facts["heard"] = again
        except KeyboardInterrupt:
            stopped = "interrupted"
        tally = run.tally
        facts |= {"complete": not stopped, "seconds": round(tally.seconds, 3), "skipped": tally.skipped, "jobs": self.jobs or os.cpu_count() or 1}
        errors = write_reports(setup.store.state, ledger, facts)
        if not self.quiet:
            say(closing(tally, stopped))
            if "heard" in facts:
                say(heard(facts["heard"]))
        if stopped:
            raise KeyboardInterrupt
        setup.store.tidy()
        if errors:
            complain(f"{setup.store.state / 'errors.jsonl'}: {errors} error{'s' * (errors > 1)}; run again to retry")
        return 3 if errors else 0


def _make_folder(store: Store) -> None:
    try:
        store.state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(store.state, f"cannot make the folder ({error.strerror})", "nothing was changed") from error


def _hear_termination() -> None:
    """Being told to end is an interruption, as Ctrl-C is."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def now() -> str:
    """The time, for run.json."""
    return datetime.now(UTC).isoformat(timespec="seconds")
