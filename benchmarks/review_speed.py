"""How fast the full-screen review is: from launch to the first suggestion, and from a key to the screen in a document of a megabyte.

    python benchmarks/review_speed.py [FILE]      # FILE: a spun text (default: the article, or a passage of seeds/)

Launches are real processes on a pseudo-terminal. The megabyte is FILE again and again with its suggestions; keys are timed in process, from the key to the
last frame it causes, wall and CPU time.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import texts
from restore.nouns import Restoration
from restore.pipeline import Restorer
from restore.review.app import ReviewApp
from restore.review.desk import Desk
from restore.review.document import Document

LAUNCHES = 7
SIZE = 1_000_000
KEYS = "y n 2 j tab l u r y y a u pagedown y y j j n u y".split()


def launch(path: Path) -> tuple[float, float] | None:
    """Seconds from the start of the process until a suggestion is on the screen, wall and CPU; None, told, if it ended before there was one."""
    began = time.perf_counter()
    child, terminal = pty.fork()
    if not child:
        os.environ.update(TERM="xterm-256color", PYTHONPATH=str(texts.CHECKOUT))
        os.execv(sys.executable, [sys.executable, "-m", "restore", "review", "--isolated", str(path)])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    seen = b""
    while b"nats" not in seen:
        if not select.select([terminal], [], [], 60)[0]:
            raise SystemExit("no suggestion within a minute")
        data = read(terminal)
        if not data:
            break
        seen += data
    took = time.perf_counter() - began
    if b"nats" in seen:
        os.write(terminal, b"q")
        while read(terminal):
            pass
    os.close(terminal)
    _, status, usage = os.wait4(child, 0)
    if b"nats" not in seen:
        print(f"ended before a suggestion was seen, with {os.waitstatus_to_exitcode(status)}: {seen[-400:]!r}", file=sys.stderr)
        return None
    return took, usage.ru_utime + usage.ru_stime


def read(terminal: int) -> bytes:
    """What a terminal has to say; nothing once the process on it has ended, which Linux reports as an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""


def repeated(path: Path, folder: Path) -> Document:
    """A document of a megabyte: the text again and again."""
    text = path.read_bytes().decode()
    found, count = Restorer().restore(text), SIZE // len(text) + 1
    made = tuple(s._replace(start=s.start + k * len(text), end=s.end + k * len(text)) for k in range(count) for s in found.suggestions)
    big = folder / "big.txt"
    big.write_bytes((text * count).encode())
    return Document.read(big, lambda whole: (Restoration(whole, made, found.spin_rate, found.family, words=found.words * count), 0.2, {}))


async def repaint(document: Document) -> list[tuple[str, float, float]]:
    """Key, wall and CPU milliseconds until the last frame."""
    desk, out = Desk(), []
    app = ReviewApp(desk, lambda: iter([document]))
    frames: list[tuple[float, float]] = []
    show = app._display

    def display(*arguments: object) -> None:
        show(*arguments)  # type: ignore[arg-type]
        frames.append((time.perf_counter(), time.process_time()))

    app._display = display  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        for key in KEYS:
            frames.clear()
            wall, cpu = time.perf_counter(), time.process_time()
            await pilot.press(key)
            if frames:
                out.append((key, 1000 * (frames[-1][0] - wall), 1000 * (frames[-1][1] - cpu)))
    return out


def main() -> None:
    """Run and print."""
    default = texts.SHARED / "seed" / "seed.txt"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default if default.is_file() else texts.SEEDS / "news-ferry-strike.spun.txt"
    launches = [timed for timed in (launch(path) for _ in range(LAUNCHES)) if timed]
    if not launches:
        raise SystemExit("no launch came to a suggestion")
    for name, values in zip(("wall", "CPU, both processes"), zip(*launches, strict=True), strict=True):
        print(f"launch to first suggestion, {name}: median {statistics.median(values):.2f} s, best {min(values):.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        document = repeated(path, Path(folder))
        timed = asyncio.run(repaint(document))
    print(f"{len(document.text):,} characters, {len(document.suggestions):,} suggestions; key to last frame:")
    for name, place in (("wall", 1), ("CPU", 2)):
        values = sorted(row[place] for row in timed)
        print(f"  {name}: median {statistics.median(values):.0f} ms, worst {values[-1]:.0f} ms")


if __name__ == "__main__":
    main()
