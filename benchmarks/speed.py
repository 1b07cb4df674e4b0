"""How fast, and in how much memory: prints tables and writes a dated page to benchmarks/runs/.

    python benchmarks/speed.py [--shared DIR] [--json]

What each number means is in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from benchmarks.processes import best_of, python_prints, restore_command
from benchmarks.scanning import scan
from benchmarks.stages import watched
from restore.pipeline import Restorer

#: Size of the text that throughput is measured on, in bytes, and how often each measurement is made; the best counts.
SIZE = 1_000_000
RUNS = 5
#: Documents given to ``Restorer.restore_all`` at a time, as many as a task of a corpus run has.
TOGETHER = 32
#: A measurement in process that took this many seconds is not repeated: what disturbs it is small beside that.
ENOUGH = 10.0
LOADING = """
import time
began = time.perf_counter()
from restore.pipeline import Restorer
imported = time.perf_counter()
Restorer()
loaded = time.perf_counter()
from restore import ngram, places
ngram.NgramModel(places.dictionaries() / "model.bin")
print(imported - began, loaded - imported, time.perf_counter() - loaded)
"""
HEAD = ("measurement", "value", "unit")
Rows = list[tuple[str, str, str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the page."""
    parser = argparse.ArgumentParser(description="How fast, and in how much memory.")
    parser.add_argument("--shared", type=Path, default=texts.SHARED, metavar="DIR", help="folder with further test data (default: ../shared)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    options = parser.parse_args(arguments)
    spun, clean = spun_text(options.shared), clean_text(options.shared)
    with tempfile.TemporaryDirectory() as folder:
        sections = {
            "Whole processes": processes(Path(folder), article_file(options.shared), spun, clean),
            "Loading, in a fresh process": loading(Path(folder)),
            "codespell on the same bytes": codespell(Path(folder), {"spun": spun, "clean": clean}),
        }
    restorer = Restorer()
    sections["Throughput in process"] = throughput(restorer, options.shared, spun, clean)
    sections["Stages, spun text"] = stages(restorer, spun)
    sections["Stages, clean text"] = stages(restorer, clean)
    sections["Dictionary scanning, spun text"] = scanning(restorer, spun)
    parts = [f"## {title}\n\n{pages.table(HEAD, rows)}" for title, rows in sections.items() if rows]
    if options.json:
        print(json.dumps({**pages.circumstances(), **{title: {row[0]: row[1] for row in rows} for title, rows in sections.items()}}, indent=2))
    else:
        print("\n\n".join(parts))
    path = pages.write_page("speed", "Speed", "python benchmarks/speed.py", parts)
    print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


def spun_text(shared: Path) -> str:
    """About a megabyte of spun text: the development texts one after the other, again and again; those of seeds/ without them."""
    return _repeated("\n\n".join(text.spun for text in texts.development(shared) or texts.seed_texts()))


def clean_text(shared: Path) -> str:
    """The clean corpus; without it the originals of seeds/, again and again."""
    files = texts.corpus(shared)
    return "\n\n".join(map(texts.read, files)) if files else _repeated("\n\n".join(text.original for text in texts.seed_texts()))


def article_file(shared: Path) -> Path:
    """The real spun article, or the largest spun text of seeds/."""
    real = shared / "seed" / "seed.txt"
    return real if real.is_file() else max(texts.SEEDS.glob("*.spun.txt"), key=lambda path: path.stat().st_size)


def processes(folder: Path, article: Path, spun: str, clean: str) -> Rows:
    """Wall time and peak memory of whole runs of the command."""
    command = restore_command()
    big = {"a megabyte of spun text": _written(folder / "spun.txt", spun), "the clean corpus": _written(folder / "clean.txt", clean)}
    wanted = {"restore --help": ([*command, "--help"], RUNS), "restore ARTICLE": ([*command, str(article)], RUNS)}
    wanted |= {f"restore, {name}": ([*command, str(path)], 1) for name, path in big.items()}
    rows: Rows = []
    for name, (line, runs) in wanted.items():
        run = best_of(runs, line)
        if run is None or run.code:
            rows.append((name, "not measured", ""))
            continue
        rows.append((f"{name}: wall, best of {runs}", f"{run.seconds:.3f}", "s"))
        if run.memory:
            rows.append((f"{name}: peak memory", f"{run.memory:.0f}", "MB"))
    return rows


def loading(folder: Path) -> Rows:
    """Import and load times, with the compiled dictionaries in the cache and without."""
    first = python_prints(LOADING, {"XDG_CACHE_HOME": str(folder / "cache"), "LOCALAPPDATA": str(folder / "cache")})
    again = [numbers for _ in range(RUNS) if (numbers := python_prints(LOADING)) is not None]
    if first is None or not again:
        return [("loading", "not measured", "")]
    imported, loaded, model = (min(column) for column in zip(*again, strict=True))
    return [
        (f"import restore.pipeline, best of {RUNS}", f"{imported:.3f}", "s"),
        (f"Restorer(), best of {RUNS}", f"{loaded:.3f}", "s"),
        ("Restorer(), empty cache folder", f"{first[1]:.3f}", "s"),
        (f"language model alone, best of {RUNS}", f"{model:.3f}", "s"),
    ]


def codespell(folder: Path, wanted: dict[str, str]) -> Rows:
    """Throughput of codespell on the same bytes, whole process, and without its start-up (that on an empty file)."""
    beside = Path(sys.executable).with_name("codespell")
    command = str(beside) if beside.is_file() else shutil.which("codespell")
    empty = best_of(RUNS, [command, str(_written(folder / "empty.txt", ""))]) if command else None
    if command is None or empty is None:
        return [("codespell", "not installed", "")]
    rows: Rows = [(f"start-up, best of {RUNS}", f"{empty.seconds:.3f}", "s")]
    for name, text in wanted.items():
        path = _written(folder / f"codespell-{name}.txt", text)
        run = best_of(RUNS, [command, str(path)])
        if run is not None:
            size = path.stat().st_size / 1e6
            rows.append((f"{name} text, whole process", f"{size / run.seconds:.2f}", "MB/s"))
            rows.append((f"{name} text, start-up taken off", f"{size / max(run.seconds - empty.seconds, 1e-3):.2f}", "MB/s"))
    return rows


def throughput(restorer: Restorer, shared: Path, spun: str, clean: str) -> Rows:
    """Restoring in process on one core: one long text, and document by document."""
    many = [text.spun for text in texts.development(shared) or texts.seed_texts()]
    documents = [document for document in clean.split("\n\n") if document.strip()]
    rows: Rows = []
    for name, batch, scale, unit in (
        ("restoring, one text of a megabyte", [spun], 1e3, "KB/s"),
        (f"restoring, {len(many)} texts one by one", many, 1e3, "KB/s"),
        ("clean text, one file", [clean], 1e6, "MB/s"),
        (f"clean text, {len(documents)} documents one by one", documents, 1e6, "MB/s"),
    ):
        seconds = _best(partial(_restore_all, restorer, batch))
        rows.append((f"{name} ({_size(batch) / 1e3:,.0f} KB)", f"{_size(batch) / scale / seconds:.2f}", unit))
    together = _best(lambda: [restorer.restore_all(documents[k : k + TOGETHER]) for k in range(0, len(documents), TOGETHER)])
    rows.append((f"the same, {TOGETHER} at a time (restore_all)", f"{_size(documents) / 1e6 / together:.2f}", "MB/s"))
    return rows


def stages(restorer: Restorer, text: str) -> Rows:
    """Throughput of each stage while the whole text is restored, and its share of the time."""
    with watched() as watch:
        began = time.process_time()
        restorer.restore(text)
        total = time.process_time() - began
    size = _size([text])
    parts = [*watch.seconds.items(), ("the rest", total - sum(watch.seconds.values())), ("all", total)]
    return [(f"{stage} ({100 * seconds / total:.0f} % of the time)", f"{size / 1e3 / seconds:.0f}", "KB/s") for stage, seconds in parts if seconds > 0]


def scanning(restorer: Restorer, text: str) -> Rows:
    """Our look-up of all variants against ahocorasick-rs on the same strings."""
    found = scan(restorer.lexicon, text)
    if found is None:
        return [("ahocorasick-rs", "not installed", "")]
    size = _size([text]) / 1e6
    return [
        ("variants", f"{found.patterns:,}", ""),
        ("hash table, words looked up", f"{size / found.table:.2f}", "MB/s"),
        ("hash table: matches", f"{found.table_matches:,}", ""),
        ("ahocorasick-rs, raw hits", f"{size / found.automaton:.2f}", "MB/s"),
        ("ahocorasick-rs, word boundaries checked", f"{size / found.checked:.2f}", "MB/s"),
        ("ahocorasick-rs: raw hits", f"{found.raw:,}", ""),
        ("ahocorasick-rs: matches", f"{found.automaton_matches:,}", ""),
        ("ahocorasick-rs: building the automaton", f"{found.build:.3f}", "s"),
    ]


def _best(work: Callable[[], object], runs: int = 3) -> float:
    seconds: list[float] = []
    while len(seconds) < runs and sum(seconds) < ENOUGH:
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def _restore_all(restorer: Restorer, batch: Sequence[str]) -> None:
    for text in batch:
        restorer.restore(text)


def _size(batch: Sequence[str]) -> int:
    return sum(len(text.encode()) for text in batch)


def _repeated(text: str) -> str:
    return "\n\n".join([text] * max(1, round(SIZE / len(text.encode()))))


def _written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


if __name__ == "__main__":
    main()
