"""``restore corpus IN OUT --engine ray`` from the command's arguments to the exit code: places may be URIs, and then ledger and reports travel."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from restore.corpus.document import Options
from restore.corpus.fingerprint import fingerprint, key_of
from restore.corpus.ledger import Ledger
from restore.corpus.order import Order, now
from restore.corpus.places import Place
from restore.corpus.progress import closing, heard
from restore.corpus.ray_engine import RayRun
from restore.corpus.ray_worker import Plan
from restore.corpus.reports import write_reports
from restore.corpus.store import Store
from restore.corpus.tasks import Setup
from restore.corpus.walk import STATE, Selection
from restore.errors import SettingsError
from restore.settings import load_settings
from restore.streams import complain, say

LEDGER = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class RayOrder:
    """An order that a Ray cluster carries out; ``address``: of the cluster, "" starts one on this machine."""

    order: Order
    address: str = ""

    def problems(self) -> Iterator[SettingsError]:
        """What this engine does not do, and what contradicts itself."""
        if self.order.in_place or self.order.backup:
            yield SettingsError("--engine ray", "writes no file in place", "name an OUT, or use --engine local")
        if len(self.order.places) != 2:
            yield SettingsError("corpus", f"takes IN and OUT, not {len(self.order.places)} places", "see 'restore corpus --help'")
        elif not any(":" in str(place) for place in self.order.places):
            yield from self.order.problems()
        elif self.order.witnesses:
            yield SettingsError("--witnesses", "needs folders, not URIs", "mount them, or leave it out")

    def execute(self) -> int:
        """Do it, and give the exit code."""
        order = self.order
        source, target = (Place.of(place) for place in order.places)
        root = Path(source.path) if source.local else Path.cwd()
        settings = load_settings(root, config=order.config, isolated=order.isolated, overrides=order.overrides or {}).settings
        options = Options(order.text_field, order.annotate)
        basis = fingerprint(settings, options) | ({"witnesses": True} if order.witnesses else {})
        facts: dict[str, Any] = {"input": str(order.places[0]), "started": now(), "engine": "ray", **basis}
        plan = Plan(source, target, settings, options, key_of(basis), order.timeout, order.limit, order.make)
        beside = (Path(target.path),) if target.local else ()
        selection = Selection(root, order.include, order.exclude, order.hidden, beside)
        with _state(target) as state:
            ledger = Ledger(state / LEDGER)
            try:
                run = RayRun(plan, ledger, selection, self.address, order.jobs, order.force, order.quiet)
                run.execute()
                if order.witnesses:
                    facts["heard"] = self._hear(plan, selection, ledger, state)
                facts |= {"complete": True, "seconds": round(run.tally.seconds, 3), "skipped": run.tally.skipped}
                errors = write_reports(state, ledger, facts)
            finally:
                ledger.close()
        if not order.quiet:
            say(closing(run.tally))
            if "heard" in facts:
                say(heard(facts["heard"]))
        if errors:
            complain(f"{target.path}/{STATE}/errors.jsonl: {errors} error{'s' * (errors > 1)}; run again to retry")
        return 3 if errors else 0

    def _hear(self, plan: Plan, selection: Selection, ledger: Ledger, state: Path) -> int:
        """The second stage over the same ledger, by the processes of the driver's machine: it has only the spun files with copies to do."""
        from restore.corpus.witnessed import SecondStage

        store = Store(selection.root, Path(plan.target.path), state)
        store.prepare()
        setup = Setup(store, plan.settings, plan.options, plan.fingerprint, plan.timeout, plan.limit, plan.make)
        return SecondStage(selection, setup, ledger, jobs=self.order.jobs or os.cpu_count() or 1, quiet=self.order.quiet).execute()


@contextmanager
def _state(target: Place) -> Iterator[Path]:
    """The folder of ledger and reports: that of OUT, or a copy of it that goes back there, however the run ends."""
    if target.local:
        state = Path(target.path) / STATE
        state.mkdir(parents=True, exist_ok=True)
        yield state
        return
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        state = Path(folder)
        if target.hash(f"{STATE}/{LEDGER}"):
            with target.fetched(f"{STATE}/{LEDGER}") as path:
                (state / LEDGER).write_bytes(path.read_bytes())
        try:
            yield state
        finally:
            for path in sorted(state.iterdir()):
                target.put(f"{STATE}/{path.name}", path)
