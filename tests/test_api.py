"""The library as other programs use it: one call, threads, pickles, quick import."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import restore
from restore.pipeline import Restorer

SEEDS = Path(__file__).parent.parent / "seeds"
SPUN = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("news-*.spun.txt"))]


@pytest.fixture(scope="module")
def restorer() -> Restorer:
    return restore.Restorer()


def test_restore_text_is_the_restorer_s_answer(restorer: Restorer) -> None:
    got = restore.restore_text(SPUN[0])
    assert got == restorer.restore(SPUN[0])
    assert got.edits
    assert restore.restore_text("") == restorer.restore("")


def test_settings_count() -> None:
    careful = restore.restore_text(SPUN[0], restore.Settings(threshold=0.95))
    assert 0 < len(careful.edits) < len(restore.restore_text(SPUN[0]).edits)
    assert all(s.probability >= 0.95 for s in careful.suggestions if s.action == "apply")


def test_threads_agree_with_one_after_the_other(restorer: Restorer) -> None:
    alone = [Restorer().restore(text) for text in SPUN]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(restorer.restore, SPUN * 3)) == alone * 3


def test_a_pickle_holds_the_settings_alone() -> None:
    settings = restore.Settings(threshold=0.7, allow=("main attack",))
    data = pickle.dumps(Restorer(settings))
    assert len(data) < 1000
    copy = pickle.loads(data)
    assert copy.settings == settings
    assert copy.restore(SPUN[1]) == Restorer(settings).restore(SPUN[1])


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, restore; print(sorted({'numpy', 'typer', 'ray', 'rensa'} & sys.modules.keys()))"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=SEEDS.parent)
    assert out.stdout == "[]\n"


def test_every_public_name_is_there() -> None:
    assert all(getattr(restore, name) is not None for name in restore.__all__)
    assert set(restore.__all__) - {"__version__"} <= set(dir(restore))
    with pytest.raises(AttributeError, match="no attribute 'restoor'"):
        restore.restoor  # noqa: B018
