"""What the tests of corpus runs share: a restorer that knows two words and some poison, runs of it in processes of their own, and snapshots of trees."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli_stub import StubRestorer

from restore.cli import main
from restore.corpus.order import Order, make_restorer
from restore.family import Look
from restore.nouns import Restoration
from restore.outlook import Outlook
from restore.settings import Settings

ROOT = Path(__file__).parent.parent


class Poisoned(StubRestorer):
    """Crashes or hangs on some texts, and takes its time, so that it can be killed meanwhile."""

    def restore(self, text: str) -> Restoration:
        if "POISON crash" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "POISON exit" in text:
            os._exit(7)
        if "POISON hang" in text:
            re.match("(a+)+$", "a" * 60 + "b")  # holds the interpreter for good: no thread of Python could end it
        if "POISON error" in text:
            raise RuntimeError("surprise")
        time.sleep(float(os.environ.get("STUB_PAUSE", "0")))
        return super().restore(text)


class Foreseeing(Poisoned):
    """Looks at several texts at once, and may not survive it."""

    def ahead(self, texts: Sequence[str]) -> list[Outlook]:
        if any("AHEAD crash" in text for text in texts):
            os.kill(os.getpid(), signal.SIGKILL)
        if any("AHEAD error" in text for text in texts):
            raise RuntimeError("surprise")
        return [Outlook(Look([], [], len(text)), None) for text in texts]

    def restore(self, text: str, *, outlook: Outlook | None = None) -> Restoration:
        assert outlook is None or outlook.look.words == len(text)
        found = super().restore(text)
        return replace(found, spin_rate=0.5) if outlook else found  # so that it shows in the records


def foresee(settings: Settings) -> Foreseeing:
    return Foreseeing(settings)


def make(settings: Settings) -> Poisoned:
    return Poisoned(settings)


def order(*places: Path, **given: Any) -> Order:
    """A run with the stub, as its user would start it."""
    return Order(tuple(places), **{"jobs": 1, "isolated": True, "quiet": True, "make": make, **given})


def start(*places: Path, pause: float = 0.0, **given: Any) -> subprocess.Popen[bytes]:
    """The same with two workers in a process of its own, which can be killed."""
    given = {"jobs": 2, **given}
    # A shell that starts the tests in the background has them ignore Ctrl-C, and so would this process.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heed}; import json, sys, corpus_stub; sys.exit(corpus_stub.run_order(*json.loads(sys.argv[1])))"
    arguments = json.dumps([[str(place) for place in places], {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))), "STUB_PAUSE": str(pause)}
    return subprocess.Popen([sys.executable, "-c", code, arguments], env=environment, stderr=subprocess.PIPE, start_new_session=True)


def run_order(places: list[str], given: dict[str, Any]) -> int:
    if given.pop("real", False):
        given["make"] = make_restorer
    if "backup" in given:
        given["backup"] = Path(given["backup"])
    sys.modules["matplotlib"] = None  # type: ignore[assignment]  # a second of processor time to import, and not what is killed
    import restore.cli as cli

    cli._obey = lambda _: order(*map(Path, places), **given).execute()
    return main([])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; of the reports without what is about time: the ledger, run.json, and the seconds of documents."""
    out = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and "/ledger.sqlite" not in f"/{name}" and not name.endswith("/run.json"):
            out[name] = re.sub(rb', "seconds": [0-9.e-]+', b"", path.read_bytes()) if name.endswith("documents.jsonl") else path.read_bytes()
    return out


def lines(out: Path, name: str) -> list[dict[str, Any]]:
    """A report of the run that wrote to ``out``."""
    return [json.loads(line) for line in (out / ".restore" / name).read_text(encoding="utf-8").splitlines()]
