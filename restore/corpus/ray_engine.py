"""``--engine ray``: the same run on a Ray cluster. Files stream through Ray Data, cut into units by tasks and restored by a pool of actors, and the
driver keeps the ledger that a local run keeps, so either engine goes on where the other stopped.

Ray starts lost actors anew and tries their units again; writing a unit twice writes the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from restore.corpus.document import ROWS, Failure
from restore.corpus.formats import kind_of
from restore.corpus.ledger import Known, Ledger, Part
from restore.corpus.places import Place
from restore.corpus.progress import Display, Tally
from restore.corpus.ray_worker import PARTS, Incidents, Plan, Restore, Row, cut, failures_in, join, kind_in
from restore.corpus.store import digest
from restore.corpus.walk import STATE, Entry, Selection, Unseen, matcher
from restore.errors import SettingsError

#: Blocks of the list of files for each core: enough that the last ones to finish hold nobody up.
BLOCKS = 8


@dataclass(slots=True)
class Open:
    """A file whose parts are coming in: ``total`` is known once it was cut to the end."""

    parts: int = 0
    total: int = -1
    failure: Failure | None = None


@dataclass(slots=True)
class RayRun:
    """One run on Ray. ``selection``: of a local folder; without it all files of ``plan.source`` count that the patterns let through."""

    plan: Plan
    ledger: Ledger
    selection: Selection
    address: str = ""
    jobs: int = 0
    force: bool = False
    quiet: bool = False
    tally: Tally = field(default_factory=Tally)
    _open: dict[str, Open] = field(default_factory=dict)
    _sizes: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def execute(self) -> None:
        """Do all there is to do; the ledger then has the results. Raises SettingsError when Ray is missing or does not answer."""
        ray = start(self.address)
        files = list(self._files())
        with Display(self.tally, len(files), sum(row["size"] for row in files), quiet=self.quiet) as display:
            if files:
                for row in self._restored(ray, files):
                    self._take(row)
                    display.update()
                for row in self._joined(ray):
                    self._finish(row)
                    display.update()
        self._forget_vanished()
        self.ledger.commit()  # before the parts go
        self.plan.target.remove(PARTS)

    def _files(self) -> Iterator[Row]:
        found = self.selection.walk() if self.plan.source.local else remote_entries(self.plan.source, self.selection)
        for entry in found:
            if isinstance(entry, Unseen):
                self._fail(entry.name, 0, Failure(entry.name or ".", "unreadable", entry.reason))
                continue
            known = None if self.force else self.ledger.known(entry.name)
            base = {"name": entry.name, "format": entry.kind.format, "compression": entry.kind.compression, "size": entry.size}
            yield base | {"known": known.key if known else b"", "output": known.output if known else b""}

    def _restored(self, ray: Any, files: list[Row]) -> Iterator[Row]:
        """The units of all files, restored, in whatever order they come."""
        incidents = ray.remote(Incidents).options(num_cpus=0, scheduling_strategy=_here(ray)).remote()
        cores = int(ray.cluster_resources().get("CPU", 1))
        pool = self.jobs or max(1, cores - 1)
        data = ray.data.from_items(files, override_num_blocks=min(len(files), BLOCKS * cores))
        units = data.flat_map(partial(cut, plan=self.plan), num_cpus=0.25)
        actors = ray.data.ActorPoolStrategy(min_size=1, max_size=pool)
        yield from units.map(Restore, fn_constructor_args=(self.plan, incidents), compute=actors, num_cpus=0.75).iter_rows()

    def _joined(self, ray: Any) -> Iterator[Row]:
        """The files with rows that are complete, joined."""
        rows = [row for name, found in self._open.items() if (row := self._joinable(name, found))]
        if rows:
            yield from ray.data.from_items(rows).map(partial(join, plan=self.plan), num_cpus=0.5).iter_rows()

    def _joinable(self, name: str, found: Open) -> Row | None:
        size = self._sizes.get(name, (0, b""))
        if found.failure or found.total != found.parts:
            self._fail(name, size[0], found.failure or Failure(name, "failed", "some of its parts were lost; run again"))
            return None
        self.ledger.trim(name, found.total)
        kind = kind_of(name)
        assert kind is not None
        changed = bool(found.total) and self.ledger.changed(name)
        base = {"name": name, "format": kind.format, "compression": kind.compression, "size": size[0], "key": size[1]}
        return base | {"count": found.total, "changed": changed}

    def _take(self, row: Row) -> None:
        """Record what came of a unit."""
        name, size = row["name"], row["size"]
        rows = kind_in(row).format in ROWS
        if row["what"] == "same":
            self._count(size, skipped=True)
        elif rows:
            self._take_part(row)
        elif row["what"] == "failed":
            self._fail(name, size, Failure(name, *row["failure"]))
        elif row["what"] == "unit":
            part = self._part(row, row["key"])
            self.ledger.finish(name, Known(row["key"], row["output"]), size, [part], 1)
            self._count(size)

    def _take_part(self, row: Row) -> None:
        name = row["name"]
        if name not in self._open:
            self._open[name] = Open()
            self.ledger.reopen(name)
        found = self._open[name]
        self._sizes[name] = (row["size"], row["key"])
        if row["what"] == "failed":
            found.failure = Failure(name, *row["failure"])
        elif row["what"] == "end":
            found.total = row["number"]
        else:
            found.parts += 1
            self.ledger.add_part(name, self._part(row, digest(row["key"] + row["number"].to_bytes(8, "big"))))

    def _part(self, row: Row, key: bytes) -> Part:
        part = Part(row["number"], key, row["seen"], row["changed"], list(row["documents"]), list(row["changes"]), failures_in(row))
        self.tally.count(part)
        return part

    def _finish(self, row: Row) -> None:
        """Record a file that was joined."""
        name, count = row["name"], row["count"]
        if row["failure"][0]:
            self._fail(name, row["size"], Failure(name, *row["failure"]))
            return
        parts = []
        if count and not self.ledger.seen(name):
            failure = Failure(name, "row", f"no row has text in the field {self.plan.options.field!r}; name it with --field")
            parts.append(Part(count, b"", 0, False, (), (), (failure,)))
            self.tally.count(parts[0])
        self.ledger.finish(name, Known(row["key"], row["output"]), row["size"], parts, count + len(parts))
        self._count(row["size"])

    def _fail(self, name: str, size: int, failure: Failure) -> None:
        if known := self.ledger.known(name):
            self.plan.target.withdraw(name, known.output)
        self.ledger.fail(name, failure)
        self.tally.failed += 1
        self._count(size)

    def _count(self, size: int, *, skipped: bool = False) -> None:
        self.tally.files += 1
        self.tally.size += size
        if skipped:
            self.tally.skipped += 1
            self.tally.skipped_size += size

    def _forget_vanished(self) -> None:
        """Files that are no longer in the input are no longer in the output either."""
        there = {name for name, _ in self.plan.source.names()}
        for name in [name for name in self.ledger.names() if name not in there]:
            if known := self.ledger.known(name):
                self.plan.target.withdraw(name, known.output)
            self.ledger.forget(name)


def start(address: str) -> Any:
    """Ray, connected to the cluster at ``address``, or with a cluster of its own on this machine. Raises SettingsError."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise SettingsError("--engine ray", "the package ray is missing", "pip install 'restore-text[ray]'") from error
    if not ray.is_initialized():
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, include_dashboard=None if address else False)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise SettingsError("--ray-address", f"no Ray cluster answers at {address!r} ({str(error).splitlines()[0]})", "see 'ray status'") from error
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    return ray


def remote_entries(place: Place, selection: Selection) -> Iterator[Entry | Unseen]:
    """The files of a place that is no local folder: by format, patterns and hidden names as in a folder; .restoreignore files are not read there."""
    wanted = matcher(selection)
    for name, size in place.names():
        kind = kind_of(name)
        hidden = any(part.startswith(".") for part in name.split("/"))
        if kind and STATE not in name.split("/") and (selection.hidden or not hidden) and wanted(name):
            yield Entry(name, kind, size)


def _here(ray: Any) -> Any:
    """On the machine of the driver, which outlives the others."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
