"""How far a run is: a live line of Rich on a terminal, a plain line now and then otherwise, nothing when asked to be quiet. The corpus's only talk."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from restore.corpus.ledger import Part
from restore.streams import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

#: Seconds between plain lines: a log of a day has 8,640.
EVERY = 10.0


@dataclass(slots=True)
class Tally:
    """What has been done in this run: files and bytes, of those skipped because they were done, documents and the spun ones among them, errors."""

    files: int = 0
    size: int = 0
    skipped: int = 0
    skipped_size: int = 0
    failed: int = 0
    documents: int = 0
    spun: int = 0
    applied: int = 0
    errors: int = 0
    began: float = field(default_factory=monotonic)

    def count(self, part: Part) -> None:
        """Count the documents of a part."""
        self.documents += len(part.documents)
        self.spun += sum('"verdict": "clean"' not in line for line in part.documents)
        self.applied += sum('"action": "apply"' in line for line in part.changes)
        self.errors += len(part.failures)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return max(monotonic() - self.began, 1e-6)

    @property
    def spun_share(self) -> float:
        """The share of documents that are not clean."""
        return self.spun / max(self.documents, 1)

    @property
    def rate(self) -> float:
        """Bytes a second, those of skipped files left out."""
        return (self.size - self.skipped_size) / self.seconds


class Display:
    """Shows a tally against the number and bytes of all files. Use it as a context."""

    def __init__(self, tally: Tally, files: int, size: int, *, quiet: bool) -> None:
        self.tally = tally
        self._files, self._size, self._quiet = files, size, quiet
        self._live: Progress | None = None
        self._bar: TaskID | None = None
        self._told = monotonic()

    def __enter__(self) -> Display:
        if not self._quiet and sys.stderr.isatty():
            self._live = _bar()
            self._bar = self._live.add_task("", total=self._size or None, files="0", spun="", errors="")
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._show()
            self._live.stop()

    def update(self) -> None:
        """Show how things are, if it is time to."""
        if self._live:
            self._show()
        elif not self._quiet and monotonic() - self._told >= EVERY:
            self._told = monotonic()
            say(line(self.tally, self._files, self._size))

    def _show(self) -> None:
        assert self._live is not None and self._bar is not None
        tally = self.tally
        errors = f"{tally.failed + tally.errors} errors"
        self._live.update(self._bar, completed=tally.size, files=f"{tally.files:,}/{self._files:,}", spun=f"{tally.spun_share:.1%} spun", errors=errors)


def line(tally: Tally, files: int, size: int) -> str:
    """A plain line: ``1,204 of 10,000 files, 14.2 of 118.0 MB (12 %), 1.41 MB/s, 0:01:14 left, 9.8 % spun, 2 errors``."""
    left = (size - tally.size) / tally.rate if tally.rate else 0
    return (
        f"{tally.files:,} of {files:,} files, {tally.size / 1e6:.1f} of {size / 1e6:.1f} MB ({100 * tally.size / max(size, 1):.0f} %), "
        f"{tally.rate / 1e6:.2f} MB/s, {_clock(left)} left, {100 * tally.spun_share:.1f} % spun, {tally.failed + tally.errors} errors"
    )


def closing(tally: Tally, stopped: str = "") -> str:
    """The line at the end of a run."""
    skipped = f" ({tally.skipped:,} done before)" if tally.skipped else ""
    return (
        f"{stopped or 'done'}: {tally.files:,} files{skipped}, {tally.size / 1e6:.1f} MB in {_clock(tally.seconds)} ({tally.rate / 1e6:.2f} MB/s); "
        f"{tally.documents:,} documents restored, {tally.spun:,} spun, {tally.applied:,} changes; {tally.failed + tally.errors} errors"
    )


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.fields[files]} files"), BarColumn(bar_width=None), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[spun]}"), TextColumn("{task.fields[errors]}"),
    )  # fmt: skip
    return Progress(*columns, console=Console(stderr=True), refresh_per_second=4)


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> _clock(3675)
    '1:01:15'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def heard(files: int) -> str:
    """The closing line of the second stage."""
    return f"witnesses: {files} file{'s' * (files != 1)} restored again beside their near copies"
