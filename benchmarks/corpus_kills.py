"""Kill runs over a corpus at random moments, go on each time, and compare the outcome with that of an undisturbed run.

    python benchmarks/corpus_kills.py --kills 500            with a restorer that knows two words, so that the bookkeeping is what is tried
    python benchmarks/corpus_kills.py --kills 20 --real      with the real one

Half of the kills are in place. Exit code 1 and a list of what differs, if anything does.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.test_corpus_run import Case, kill_at_random


def main() -> int:
    """Kill, compare, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--real", action="store_true", help="the real restorer")
    parser.add_argument("--parquet", action="store_true", help="Parquet and hostile files too; a run then takes twice the time")
    given = parser.parse_args()
    formats = () if given.parquet else ("txt", "html.gz", "jsonl", "jsonl.zst")
    began = time.perf_counter()
    for in_place in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            more = {"formats": formats} if formats else {}
            case = Case(Path(folder), in_place, hostile=given.parquet, real=given.real, **more)
            try:
                kill_at_random(case, given.kills // 2)
            except AssertionError as error:
                print(f"differs after kills ({'in place' if in_place else 'into a folder'}): {error}")
                return 1
        where = "in place" if in_place else "into another folder"
        print(f"{given.kills // 2} kills {where}: no difference ({time.perf_counter() - began:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
