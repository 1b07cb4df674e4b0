"""What passes between the process that plans a run and those that work: tasks one way, outcomes the other. All can be pickled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from restore.corpus.document import Failure, Options, Unit
from restore.corpus.formats import Kind
from restore.corpus.ledger import Known, Part
from restore.corpus.store import Store
from restore.nouns import Restoration
from restore.settings import Settings


class Restores(Protocol):
    """What a worker needs of a ``restore.pipeline.Restorer``."""

    def restore(self, text: str) -> Restoration:
        """Restore one text."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a worker is told when it starts. ``fingerprint``: hash of version, settings, dictionaries, model and options; ``timeout``: seconds a
    document; ``limit``: bytes a document; ``make``: makes the restorer."""

    store: Store
    settings: Settings
    options: Options
    fingerprint: bytes
    timeout: float
    limit: int
    make: Callable[[Settings], Restores]


class Job(NamedTuple):
    """A file to look at, and what the ledger knows of it. ``force``: redo it even if it is done."""

    name: str
    kind: Kind
    size: int
    known: Known | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """Look at files: restore those that are one document, unless they are done; of those that have rows say what is to be done.
    ``again``: a worker died over the first of them; ``alone``: one died before it came to the first, so they are not to be looked at together."""

    jobs: tuple[Job, ...]
    again: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Restore some rows of a file and let them wait. ``careful``: say before each document that it is next; ``avoid``: documents that killed a worker, with the
    kind of failure and what happened."""

    job: Job
    number: int
    key: bytes
    unit: Unit
    careful: bool = False
    avoid: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finish:
    """Join the ``count`` parts of a file and put it in place. ``key``: of the file; ``changed``: whether any part is not as it was read;
    ``again``: a worker died over it."""

    job: Job
    source: Path
    key: bytes
    count: int
    changed: bool
    again: bool = False


Task = Files | Chunk | Finish


class Same(NamedTuple):
    """The file is done, and what was done is still there."""

    job: Job


class Done(NamedTuple):
    """The file is in place; ``parts`` are records that the ledger does not have yet, ``total`` is the number of all."""

    job: Job
    known: Known
    parts: tuple[Part, ...]
    total: int


class Rows(NamedTuple):
    """The file has rows to restore; ``key`` is what it will be known by, ``source`` where it is read."""

    job: Job
    source: Path
    key: bytes


class Parted(NamedTuple):
    """A chunk, of ``size`` bytes, is done and waits for the others."""

    job: Job
    part: Part
    size: int


class Failed(NamedTuple):
    """The file cannot be done. ``full``: the disk is, so nothing can be."""

    job: Job
    failure: Failure
    full: bool = False


Outcome = Same | Done | Rows | Parted | Failed


class Broken(NamedTuple):
    """Why no restorer can be made: the parts of a ``RestoreError``."""

    where: str
    what: str
    hint: str


class Lost(NamedTuple):
    """The worker died over a task; what it had done of it is left out. ``at``: the document it had announced: of files the first, once all have been looked at
    together, of rows each, if it had been told to."""

    task: Any
    kind: str
    message: str
    at: str = ""
