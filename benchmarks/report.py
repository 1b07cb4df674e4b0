"""How fast the report page loads and answers, in Chromium: prints a table and writes a dated page to benchmarks/runs/.

    python benchmarks/report.py [--runs N] [--json]

Needs Playwright (``pip install playwright``) and a Chromium on the PATH. Loading is the time from the start of the navigation to the frame after the
page's script; accepting, the time from a key press to the frame that shows what came of it. The best of the loads counts, of the
accepts the median, the 95th percentile and the slowest.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages
from restore.htmlreport import Entry, render_page
from restore.nouns import Alternative, Evidence, Restoration, Suggestion, Window
from restore.textfile import decode

#: Name, words, suggestions: what the page is held to, and a megabyte of heavily spun text.
TEXTS = (("5,000 suggestions", 20_000, 5_000), ("1 MB, 40,000 suggestions", 170_000, 40_000))
ACCEPTS = 100
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
HEAD = ("measurement", "value", "unit", "target")
WORDS = "the of a in to war said company people begin next coast while nearly harbour children evening claim reporters timetable".split()
#: Resolves in the frame after the one that is being made, once that has been painted.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
#: Keeps the time from each key press to the end of its frame, in milliseconds.
WATCH = """() => {
  window.delays = [];
  window.addEventListener("keydown", (event) => {
    const began = event.timeStamp;
    requestAnimationFrame(() => setTimeout(() => window.delays.push(performance.now() - began)));
  }, { capture: true });
}"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, write the page."""
    parser = argparse.ArgumentParser(description="How fast the report page loads and answers.")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="loads of each text; the best counts")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    rows = measure(options.runs)
    if options.json:
        print(json.dumps([dict(zip(HEAD, row, strict=True)) for row in rows], indent=2))
        return
    table = pages.table(HEAD, rows)
    print(table)
    print(pages.write_page("report", "The report page in Chromium", "python benchmarks/report.py", [table]))


def measure(runs: int) -> list[tuple[str, str, str, str]]:
    """The rows of the table. Stops the program with one line where there is no browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("benchmarks/report.py: no Playwright; pip install playwright")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit("benchmarks/report.py: no Chromium on the PATH")
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        for name, words, suggestions in TEXTS:
            began = time.perf_counter()
            file = Path(folder) / "page.html"
            file.write_text(render_page([article(words, suggestions)]), encoding="utf-8")
            rows.append((f"{name}: making the page ({file.stat().st_size / 1e6:.1f} MB)", f"{time.perf_counter() - began:.2f}", "s", ""))
            rows += _in_browser(browser, name, file, runs)
        browser.close()
    return rows


def article(words: int, suggestions: int) -> Entry:
    """A text of so many words, in paragraphs of 80, of which so many are suggestions; the same each time."""
    chance = random.Random(5)
    chosen = set(chance.sample(range(words), suggestions))
    pieces, found, position = [], [], 0
    for k in range(words):
        word = chance.choice(WORDS)
        if k in chosen:
            found.append(_suggestion(position, word, chance.random()))
        piece = word + ("\n\n" if k % 80 == 79 else " ")
        pieces.append(piece)
        position += len(piece)
    text = "".join(pieces)
    windows = tuple(Window(start, min(len(text), start + 2_000), chance.random(), 1.0) for start in range(0, len(text), 2_000))
    return Entry("article.txt", decode(text.encode(), "article.txt"), Restoration(text, tuple(found), 0.8, "A", windows=windows))


def _suggestion(start: int, word: str, probability: float) -> Suggestion:
    readings = (Alternative("original", probability), Alternative("other", 0.01), Alternative(word, (1 - probability) / 2))
    action = "apply" if probability >= 0.65 else "ask" if probability >= 0.2 else "leave"
    return Suggestion(start, start + len(word), word, "original", probability, action, readings, Evidence("word", "words.tsv:812", "A", 3.2, -0.9, 14))  # type: ignore[arg-type]


def _in_browser(browser: Any, name: str, file: Path, runs: int) -> list[tuple[str, str, str, str]]:
    loads, page = [], None
    for _ in range(runs):
        if page:
            page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(file.as_uri())
        loads.append(page.evaluate(PAINTED))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(WATCH)
    page.keyboard.press("J")
    busy = _main_thread(session)
    for _ in range(ACCEPTS):
        page.keyboard.press("y")
    page.evaluate(PAINTED)
    busy = (_main_thread(session) - busy) / ACCEPTS
    delays = sorted(page.evaluate("() => window.delays")[1:])
    page.evaluate("() => { window.delays = []; }")
    page.keyboard.press("a")
    page.evaluate(PAINTED)
    whole = page.evaluate("() => Math.max(...window.delays)")
    page.close()
    return [
        (f"{name}: load", f"{min(loads):.0f}", "ms", "1000"),
        (f"{name}: accept, median", f"{statistics.median(delays):.0f}", "ms", "50"),
        (f"{name}: accept, 95 %", f"{delays[int(0.95 * len(delays))]:.0f}", "ms", "50"),
        (f"{name}: accept, slowest of {len(delays)}", f"{delays[-1]:.0f}", "ms", ""),
        (f"{name}: accept, main thread", f"{busy:.0f}", "ms", ""),
        (f"{name}: accept all of a pair", f"{whole:.0f}", "ms", ""),
    ]


def _main_thread(session: Any) -> float:
    """Milliseconds of tasks on the page's main thread so far."""
    return 1000 * next(float(metric["value"]) for metric in session.send("Performance.getMetrics")["metrics"] if metric["name"] == "TaskDuration")


if __name__ == "__main__":
    main()
