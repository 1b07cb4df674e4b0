"""``--engine ray``: the same bytes and the same records as the local engine, also when a node is lost on the way."""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ray = pytest.importorskip("ray")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pafs = pytest.importorskip("pyarrow.fs")

from corpus_stub import ROOT, order  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

from restore.corpus.places import Place  # noqa: E402
from restore.corpus.ray_order import RayOrder  # noqa: E402
from restore.errors import SettingsError  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head with one core, which every test shares; tests add nodes."""
    change = pytest.MonkeyPatch()
    change.setenv("STUB_PAUSE", "0.02")
    change.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "tests"))))
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": 120_000_000})
    ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
    yield cluster
    ray.shutdown()
    cluster.shutdown()
    change.undo()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of all formats, some of which change, and one that cannot be read."""
    folder = tmp_path / "in"
    (folder / "a" / "b").mkdir(parents=True)
    for k in range(60):
        (folder / "a" / f"{k}.txt").write_text(f"The {'battle' if k % 3 else 'war'} number {k} ended.\n", encoding="utf-8")
    (folder / "a" / "b" / "page.html").write_text("<p>The <b>battle</b> ended in a hurry.</p>", encoding="utf-8")
    rows = [{"id": k, "text": f"A battle {k}." if k % 2 else "Peace. " * 2000} for k in range(200)]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    (folder / "rows.jsonl").write_bytes(lines)
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(lines))
    pq.write_table(pa.Table.from_pylist(rows), folder / "rows.parquet")
    (folder / "broken.parquet").write_bytes(b"PAR1 no")
    return folder


def files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file() and ".restore" not in path.parts}


def records(out: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a report without the times."""
    lines = (out / ".restore" / name).read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def same(one: Path, other: Path) -> None:
    assert files(one) == files(other)
    for name in ("documents.jsonl", "changes.jsonl", "errors.jsonl"):
        assert records(one, name) == records(other, name)


def test_a_node_that_is_lost_costs_nothing(cluster: Any, tree: Path, tmp_path: Path) -> None:
    local, far = tmp_path / "local", tmp_path / "far"
    node = cluster.add_node(num_cpus=2, object_store_memory=120_000_000)
    lost: list[int] = []

    def lose() -> None:
        while not (done := len(list(far.rglob("*.txt")))) > 5:
            time.sleep(0.02)
        lost.append(done)
        cluster.remove_node(node, allow_graceful=False)

    thread = threading.Thread(target=lose, daemon=True)
    thread.start()
    assert RayOrder(order(tree, far, jobs=3)).execute() == 3
    thread.join(60)
    assert order(tree, local).execute() == 3
    assert 5 < lost[0] < 61  # it was lost on the way
    same(local, far)
    assert [error["document"] for error in records(far, "errors.jsonl")] == ["broken.parquet"]
    assert not (far / ".restore" / "parts").exists()


def test_either_engine_goes_on_where_the_other_stopped(cluster: Any, tree: Path, tmp_path: Path) -> None:
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    (tree / "broken.parquet").unlink()
    assert order(tree, out).execute() == 0
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and ".restore" not in path.parts}
    (tree / "a" / "1.txt").write_text("A new battle.\n", encoding="utf-8")
    (tree / "a" / "2.txt").unlink()
    assert RayOrder(order(tree, out, jobs=1)).execute() == 0
    after = {path: path.stat().st_mtime_ns for path in before if path.exists()}
    assert [path.name for path in after if after[path] != before[path]] == ["1.txt"]
    assert json.loads((out / ".restore" / "run.json").read_text(encoding="utf-8"))["skipped"] == 62
    assert order(tree, fresh).execute() == 0
    same(fresh, out)


def test_poison_costs_its_document_alone(cluster: Any, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    rows = ["A battle.", "POISON crash", "POISON hang", "A battle again."]
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in rows), encoding="utf-8")
    (folder / "fine.txt").write_text("The battle.\n", encoding="utf-8")
    assert RayOrder(order(folder, out, jobs=1, timeout=2.0)).execute() == 3
    assert [(error["document"], error["kind"]) for error in records(out, "errors.jsonl")] == [("rows.jsonl#2", "crashed"), ("rows.jsonl#3", "crashed")]
    assert [json.loads(line)["text"] for line in (out / "rows.jsonl").read_text(encoding="utf-8").splitlines()] == ["A war.", *rows[1:3], "A war again."]
    assert (out / "fine.txt").read_text(encoding="utf-8") == "The war.\n"


def test_uris(cluster: Any, tree: Path, tmp_path: Path) -> None:
    """A file:// URI takes the way of all URIs but for being local; pathlib has made one slash of two."""
    (tree / "broken.parquet").unlink()
    local, far = tmp_path / "local", tmp_path / "far"
    assert RayOrder(order(Path(f"file://{tree}"), Path(f"file://{far}"), jobs=1)).execute() == 0
    assert order(tree, local).execute() == 0
    same(local, far)
    with pytest.raises(SettingsError, match="no file system"):
        Place.of("nowhere://bucket/pages")
    assert Place.of(Path("s3://bucket/pages/?region=eu-west-1")).path == "bucket/pages"


def test_places_that_are_no_folders(cluster: Any, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an object store: files are fetched and put through the file system alone, and ledger and reports travel with OUT."""
    store = pafs.SubTreeFileSystem(str(tmp_path), pafs.LocalFileSystem())
    monkeypatch.setattr(Place, "of", lambda name: Place(store, Path(str(name).removeprefix("s3:/")).name))
    (tree / "a" / ".hidden.txt").write_text("A battle.\n", encoding="utf-8")
    local, far = tmp_path / "local", tmp_path / "far"
    run = RayOrder(order(Path("s3://in"), Path("s3://far"), jobs=1, exclude=("a/3*.txt",)))
    assert run.execute() == 3
    assert order(tree, local, exclude=("a/3*.txt",)).execute() == 3
    same(local, far)
    before = {path: path.stat().st_mtime_ns for path in far.rglob("*.txt")}
    assert run.execute() == 3
    assert {path: path.stat().st_mtime_ns for path in far.rglob("*.txt")} == before


def test_what_the_engine_does_not_do(tmp_path: Path) -> None:
    said = [str(problem) for problem in RayOrder(order(tmp_path, in_place=True, backup=tmp_path / "b", witnesses=True)).problems()]
    assert any("in place" in line for line in said)
    assert any("takes IN and OUT" in line for line in said)
    said = [str(problem) for problem in RayOrder(order(Path("s3://in"), Path("s3://out"), witnesses=True)).problems()]
    assert ["needs folders" in line for line in said] == [True]
