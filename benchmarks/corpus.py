"""Corpus runs measured: speed against jobs, size of files and spun share, codespell on the same tree, resuming, growth, and memory over time.

    python benchmarks/corpus.py                         a quarter of an hour on two cores
    python benchmarks/corpus.py --growth 10MB 100MB 2GB --files 1000 10000 100000
    python benchmarks/corpus.py --only jobs memory      some sections, no page

Wall time and processor time (user and system, of all processes) are both given: where other work shares the machine, the latter is what can be compared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.processes import restore_command
from benchmarks.trees import Plan, make_tree, size_of

#: Seconds between two looks at the memory of the processes.
EVERY = 0.2
Rows = list[tuple[str, ...]]


@dataclass(slots=True)
class Run:
    """A finished run: ``wall`` and ``cpu`` seconds, exit code, and memory as (second, MB of the planning process, MB of each worker)."""

    wall: float = 0.0
    cpu: float = 0.0
    code: int = 0
    memory: list[tuple[float, float, list[float]]] = field(default_factory=list)

    @property
    def worker(self) -> float:
        """The most resident memory of a worker, MB."""
        return max((max(workers, default=0.0) for _, _, workers in self.memory), default=0.0)

    @property
    def planner(self) -> float:
        """The most resident memory of the planning process, MB."""
        return max((own for _, own, _ in self.memory), default=0.0)

    def drift(self) -> float:
        """By how much the largest worker of the last quarter of the time is larger than that of the second quarter, MB."""
        peaks = [max(workers, default=0.0) for _, _, workers in self.memory]
        quarter = len(peaks) // 4
        return max(peaks[-quarter:]) - max(peaks[quarter : 2 * quarter]) if quarter else 0.0


@dataclass(frozen=True, slots=True)
class Bench:
    """Where trees and outputs go while they are measured, and how large a tree is unless its size is what is measured."""

    folder: Path
    size: int
    draw: Callable[[Random, float], str]

    def tree(self, **given: object) -> tuple[Path, int]:
        """A tree and its bytes on disk."""
        plan = Plan(**{"size": self.size, "formats": ("txt",), "draw": self.draw, **given})  # type: ignore[arg-type]
        folder = self.folder / f"tree-{abs(hash(plan)):x}"
        if not folder.exists():
            make_tree(folder, plan)
        return folder, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def run(self, tree: Path, *arguments: str, keep: bool = False) -> Run:
        """Restore a tree, watching memory."""
        out = self.folder / "out"
        if not keep:
            shutil.rmtree(out, ignore_errors=True)
        return watch(self.start(tree, *arguments))

    def start(self, tree: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin to restore a tree."""
        command = [*restore_command(), "corpus", str(tree), str(self.folder / "out"), "--isolated", "--quiet", *arguments]
        return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(texts.CHECKOUT)})


def watch(process: subprocess.Popen[bytes]) -> Run:
    """Wait for a process, looking at it and its children now and then."""
    run, began = Run(), time.perf_counter()
    before = os.times()
    while process.poll() is None:
        sample = _memory(process.pid)
        if sample:
            run.memory.append((time.perf_counter() - began, *sample))
        time.sleep(EVERY)
    after = os.times()
    run.wall, run.code = time.perf_counter() - began, process.returncode
    run.cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return run


def prose(shared: Path) -> Callable[[Random, float], str]:
    """Draws documents of a page's length: spun ones from the development pairs where they are there, clean ones, as long on the average, from the clean corpus;
    else seeds/."""
    spun = [text.spun for text in texts.development(shared) or texts.seed_texts()]
    length = sum(map(len, spun)) // len(spun)
    clean = [page for path in texts.corpus(shared) for page in pages_of(texts.read(path), length)] or [text.original for text in texts.seed_texts()]
    return lambda random, share: random.choice(spun if random.random() < share else clean) + "\n"


def pages_of(text: str, length: int) -> Iterator[str]:
    """A text in pieces of about ``length`` characters, cut between paragraphs."""
    page = ""
    for paragraph in text.split("\n\n"):
        page += f"{paragraph}\n\n"
        if len(page) + len(paragraph) / 2 > length:
            yield page
            page = ""


def by_jobs(bench: Bench) -> Rows:
    """Speed against the number of workers, over a tree of which a tenth is spun; five times as large as others, since a second goes into start and report."""
    tree, size = bench.tree(size=5 * bench.size)
    rows: Rows = []
    first = 0.0
    for jobs in _up_to(os.cpu_count() or 1):
        run = bench.run(tree, "--jobs", str(jobs))
        first = first or run.wall
        rows.append((f"{jobs} jobs", *_speed(size, run), f"{first / run.wall:.2f}"))
    return rows


def by_file_size(bench: Bench) -> Rows:
    """Speed against the size of files, and of one large file of rows."""
    rows: Rows = []
    for label, plan in (
        ("files of 1 KB", {"file_size": 1}),
        ("files of 10 KB", {"file_size": 10_000}),
        ("files of 100 KB", {"file_size": 100_000}),
        ("files of 1 MB", {"file_size": 1_000_000}),
        ("one JSON lines file", {"file_size": bench.size, "formats": ("jsonl",)}),
        ("one Parquet file", {"file_size": bench.size, "formats": ("parquet",)}),
        ("pages of HTML", {"formats": ("html",)}),
    ):
        tree, size = bench.tree(**plan)
        if label == "one Parquet file":  # its text is compressed
            size = 5 * bench.size
        rows.append((label, *_speed(size, bench.run(tree))))
    return rows


def by_spun_share(bench: Bench) -> Rows:
    """Speed against the share of spun documents."""
    rows: Rows = []
    for share in (0.0, 0.1, 0.5, 1.0):
        tree, size = bench.tree(spun=share, size=bench.size if share < 0.5 else bench.size // 4)
        rows.append((f"{share:.0%} spun", *_speed(size, bench.run(tree))))
    return rows


def against_codespell(bench: Bench) -> Rows:
    """codespell on the same tree, in as many processes, each with its share of the files; and corpus runs."""
    tree, size = bench.tree()
    jobs = os.cpu_count() or 1
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    began, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "codespell_lib"]
    running = [subprocess.Popen([*command, *map(str, paths[k::jobs])], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for k in range(jobs)]
    for process in running:
        process.wait()
    after = os.times()
    spelled = Run(time.perf_counter() - began, after.children_user + after.children_system - before.children_user - before.children_system)
    return [(f"codespell, {jobs} processes", *_speed(size, spelled)), (f"restore corpus, {jobs} jobs", *_speed(size, bench.run(tree)))]


def resuming(bench: Bench) -> Rows:
    """A run, and the same again, which has nothing to do; and one that was killed half way, and its second half."""
    tree, size = bench.tree()
    first = bench.run(tree)
    again = bench.run(tree, keep=True)
    shutil.rmtree(bench.folder / "out")
    process = bench.start(tree)
    time.sleep(first.wall / 2)
    process.kill()
    process.wait()
    rest = bench.run(tree, keep=True)
    return [
        ("undisturbed", *_speed(size, first)),
        ("again, nothing to do", *_speed(size, again)),
        ("killed after half of the time, the rest", *_speed(size, rest)),
        ("killed and rest together over undisturbed", f"{(first.wall / 2 + rest.wall) / first.wall:.2f}", "", "", "", "", ""),
    ]


def growth(bench: Bench, sizes: Sequence[int]) -> Rows:
    """Cost of corpora of growing size: linear where the seconds a megabyte stay the same."""
    rows: Rows = []
    for wanted in sizes:
        tree, size = bench.tree(size=wanted, file_size=20_000, formats=("txt", "html", "jsonl.gz"))
        run = bench.run(tree)
        rows.append((f"{wanted / 1e6:,.0f} MB of text", *_speed(size, run), f"{run.cpu / (wanted / 1e6):.2f}"))
        shutil.rmtree(tree)
    return rows


def memory(bench: Bench, counts: Sequence[int]) -> tuple[Rows, str]:
    """Memory over time with a growing number of files, as a table and a picture."""
    rows: Rows = []
    runs: list[tuple[str, Run]] = []

    def short(random: Random, share: float) -> str:
        return bench.draw(random, share)[:1_000].ljust(1_000)

    for count in counts:
        tree, _ = bench.tree(size=count * 1_000, file_size=1, draw=short)
        run = bench.run(tree)
        files = sum(1 for path in tree.rglob("*") if path.is_file())
        runs.append((f"{files:,} files", run))
        shutil.rmtree(tree)
    tree, size = bench.tree(size=bench.size, file_size=bench.size, formats=("jsonl",))
    runs.append((f"one JSON lines file, {size / 1e6:,.0f} MB", bench.run(tree)))
    for label, run in runs:
        rows.append((label, f"{run.worker:.0f}", f"{run.drift():+.0f}", f"{run.planner:.0f}"))
    return rows, picture(runs)


def picture(runs: Sequence[tuple[str, Run]]) -> str:
    """Memory of the largest worker and of the planning process over time, as SVG."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    for label, run in runs:
        seconds = [second / run.wall for second, _, _ in run.memory]
        (drawn,) = axes.plot(seconds, [max(workers, default=0.0) for _, _, workers in run.memory], label=f"worker, {label}")
        axes.plot(seconds, [own for _, own, _ in run.memory], linestyle=":", color=drawn.get_color(), label=f"planning process, {label}")
    axes.set(xlabel="share of the run's time", ylabel="resident memory, MB", ylim=(0, None))
    axes.legend(frameon=False, fontsize=7)
    out = io.StringIO()
    figure.savefig(out, format="svg")
    return out.getvalue()


def _speed(size: int, run: Run) -> tuple[str, ...]:
    """MB, wall seconds, processor seconds, MB/s by wall time, MB/s a core by processor time."""
    code = "" if run.code in (0, 3) else f" (exit code {run.code})"
    mega = size / 1e6
    return f"{mega:.1f}", f"{run.wall:.1f}{code}", f"{run.cpu:.1f}", f"{mega / run.wall:.2f}", f"{mega / max(run.cpu, 1e-9):.2f}"


def _up_to(cores: int) -> Iterator[int]:
    jobs = 1
    while jobs < cores:
        yield jobs
        jobs *= 2
    yield cores


def _memory(pid: int) -> tuple[float, list[float]] | None:
    """Resident memory, MB, of a process and of each of its workers."""
    try:
        process = psutil.Process(pid)
        children = [child for child in process.children() if "resource_tracker" not in " ".join(child.cmdline())]
        return process.memory_info().rss / 1e6, [child.memory_info().rss / 1e6 for child in children]
    except psutil.Error:
        return None


HEAD = ("", "MB", "wall s", "CPU s", "MB/s", "MB/s a core")
SECTIONS = ("jobs", "files", "spun", "codespell", "resume", "growth", "memory")


def main() -> None:
    """Measure, print, and write the page of the day."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=size_of, default=size_of("8MB"), help="of a tree, where that is not what is measured")
    parser.add_argument("--growth", type=size_of, nargs="+", default=[size_of("3MB"), size_of("10MB"), size_of("30MB")])
    parser.add_argument("--files", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--shared", type=Path, default=texts.SHARED)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="some sections, and no page")
    given = parser.parse_args()
    parts: list[str] = []
    drawn = ""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.size, prose(given.shared))
        for name in given.only or SECTIONS:
            if name == "memory":
                rows, drawn = memory(bench, given.files)
                parts.append(_part("Memory", ("", "worker, most, MB", "last quarter over second, MB", "planning process, most, MB"), rows))
            elif name == "growth":
                parts.append(_part("Growth", (*HEAD, "CPU s a MB of text"), growth(bench, given.growth)))
            elif name == "jobs":
                parts.append(_part("Jobs", (*HEAD, "times one job"), by_jobs(bench)))
            else:
                section = {"files": by_file_size, "spun": by_spun_share, "codespell": against_codespell, "resume": resuming}[name]
                parts.append(_part(section.__doc__ or name, HEAD, [row[: len(HEAD)] for row in section(bench)]))
            print(parts[-1], "\n", flush=True)
    if not given.only:
        path = pages.write_page("corpus", "Corpus runs", " ".join(["python", *sys.argv]), parts)
        path.with_suffix(".svg").write_text(drawn, encoding="utf-8")
        print(path)


def _part(title: str, head: Sequence[str], rows: Rows) -> str:
    return f"## {title.split('.')[0].split(':')[0]}\n\n{pages.table(head, rows)}"


if __name__ == "__main__":
    main()
