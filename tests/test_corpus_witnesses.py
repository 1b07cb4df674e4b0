"""``restore corpus --witnesses``: copies are found wherever they stand, bear witness, and files are redone when their witnesses change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.metrics import Pair
from restore.cli import main

pytest.importorskip("rensa")
pytestmark = pytest.mark.slow
SEEDS = Path(__file__).parent.parent / "seeds"
NAMES = ("news-ferry-strike", "sport-marathon", "science-coral-study")


def passage(name: str, kind: str) -> str:
    return (SEEDS / f"{name}.{kind}.txt").read_text(encoding="utf-8")


@pytest.fixture
def farm(tmp_path: Path) -> Path:
    """Three spun pages; the original of one as Markdown, of another in a row of JSON lines, of the third nowhere; and a page that has no copy."""
    folder = tmp_path / "farm"
    (folder / "deep").mkdir(parents=True)
    for name in NAMES:
        (folder / "deep" / f"{name}.txt").write_text(passage(name, "spun"), encoding="utf-8")
    (folder / "first.md").write_text(passage(NAMES[0], "original"), encoding="utf-8")
    rows = [{"text": "Short."}, {"text": passage(NAMES[1], "original")}]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def recovered(out: Path, name: str) -> float:
    pair = Pair(passage(name, "spun"), passage(name, "original"))
    return 1 - pair.distance_after((out / "deep" / f"{name}.txt").read_text(encoding="utf-8")) / pair.distance


def named(out: Path) -> dict[str, set[str]]:
    """Document to all the witnesses that its changes name."""
    found: dict[str, set[str]] = {}
    for line in (out / ".restore" / "changes.jsonl").read_text(encoding="utf-8").splitlines():
        change = json.loads(line)
        found.setdefault(change["document"], set()).update(change["evidence"]["witnesses"])
    return found


def test_the_second_stage(farm: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, alone = tmp_path / "out", tmp_path / "alone"
    command = ["corpus", str(farm), str(out), "--witnesses", "--jobs", "1", "--isolated"]
    assert main(["corpus", str(farm), str(alone), "--jobs", "1", "--isolated"]) == 0
    assert main(command) == 0
    assert "2 files restored again" in capfd.readouterr().err
    for name in NAMES[:2]:
        assert recovered(out, name) >= 0.92 > recovered(alone, name)
    third = Path("deep") / f"{NAMES[2]}.txt"
    assert (out / third).read_bytes() == (alone / third).read_bytes()
    assert (out / "rows.jsonl").read_bytes() == (farm / "rows.jsonl").read_bytes()
    assert named(out) == {f"deep/{NAMES[0]}.txt": {"first.md"}, f"deep/{NAMES[1]}.txt": {"rows.jsonl#2"}, f"deep/{NAMES[2]}.txt": set()}

    before = {path: path.read_bytes() for path in out.rglob("*.txt")}
    assert main(command) == 0
    assert "0 files restored again" in capfd.readouterr().err
    assert {path: path.read_bytes() for path in out.rglob("*.txt")} == before

    (farm / "first.md").unlink()
    assert main(command) == 0
    assert "1 file restored again" in capfd.readouterr().err
    first = Path("deep") / f"{NAMES[0]}.txt"
    assert (out / first).read_bytes() == (alone / first).read_bytes()
    assert (out / f"deep/{NAMES[1]}.txt").read_bytes() == before[out / f"deep/{NAMES[1]}.txt"]


def test_ray_hears_the_same_witnesses(farm: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray")
    here, far = tmp_path / "here", tmp_path / "far"
    command = ["--witnesses", "--jobs", "2", "--isolated"]
    assert main(["corpus", str(farm), str(here), *command]) == 0
    assert main(["corpus", str(farm), str(far), "--engine", "ray", *command]) == 0
    assert capfd.readouterr().err.count("2 files restored again") == 2
    assert named(far) == named(here)
    for path in here.rglob("*"):
        if path.is_file() and ".restore" not in path.parts:
            assert (far / path.relative_to(here)).read_bytes() == path.read_bytes()
