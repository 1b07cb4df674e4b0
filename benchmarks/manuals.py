"""Edits in folders of text that nobody spun: manuals, references, lists of changes, licences, or any other.

    python benchmarks/manuals.py FOLDER... [--every N] [--show N] [--no-page]

Reads plain text, Markdown and HTML as ``restore corpus`` does, gzip files too, and what has no suffix (README, copyright); the first 60,000 characters of each,
and of files that begin alike only one. Debian's /usr/share/doc is such a folder.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pages, texts
from restore.corpus.markdown import markdown_layer
from restore.corpus.markup import html_layer
from restore.errors import RestoreError
from restore.pipeline import Restorer
from restore.settings import Settings
from restore.textfile import decode

#: Characters of a file that are read, those by which files are told apart, and the fewest that count.
MOST, BEGIN, LEAST = 60_000, 3_000, 400
#: Bytes of a file that is looked at.
LARGEST = 3_000_000
KINDS = {".txt": "text", ".md": "Markdown", ".html": "HTML", ".htm": "HTML", ".rst": "text", ".pod": "text", "": "text"}


class Found(NamedTuple):
    """What came of a file: its path, kind, words, and its edits as before, after and what is around them."""

    path: str
    kind: str
    words: int
    edits: tuple[tuple[str, str, str], ...]


def kind_of(path: Path) -> str:
    """What a file is read as; "" where it is not read."""
    name = path.name.removesuffix(".gz")
    suffix = Path(name).suffix.lower()
    if "changelog" in name.lower():
        return "changes" if suffix not in (".html", ".md") else ""
    if name == "copyright":
        return "licences"
    return KINDS.get(suffix, "")


def text_of(path: Path, kind: str) -> str:
    """The text of a file; "" where it has none or cannot be read."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            text = decode(file.read(LARGEST), str(path)).text
    except (OSError, EOFError, RestoreError):
        return ""
    layer = html_layer(text, "utf-8") if kind == "HTML" else markdown_layer(text) if kind == "Markdown" else None
    return (layer.text if layer else text)[:MOST]


def files(folders: Sequence[Path], every: int) -> Iterator[tuple[Path, str]]:
    """Every so manieth file that is read, in the order of paths."""
    found = sorted(path for folder in folders for path in folder.rglob("*") if kind_of(path) and path.is_file() and not path.is_symlink())
    for path in found[::every]:
        if LEAST < path.stat().st_size < LARGEST:
            yield path, kind_of(path)


@cache
def restorer() -> Restorer:
    """One a process."""
    return Restorer(Settings(fast=True))


def measure(text: str, path: str, kind: str) -> Found:
    """Restore one text."""
    made = restorer().restore(text)
    edits = [(s.before, s.replacement, " ".join(text[max(s.start - 40, 0) : s.end + 40].split())) for s in made.suggestions if s.action == "apply"]
    return Found(path, kind, made.words, tuple(edits))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write the page."""
    parser = argparse.ArgumentParser(description="Edits in text that nobody spun.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th file")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="show N files that are changed, and three edits of each")
    parser.add_argument("--no-page", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    seen: set[bytes] = set()
    cases = []
    for path, kind in files(options.folders, options.every):
        text = text_of(path, kind)
        mark = hashlib.blake2b(text[:BEGIN].encode("utf-8", "surrogatepass")).digest()
        if len(text) >= LEAST and mark not in seen:
            seen.add(mark)
            cases.append((text, str(path), kind))
    with Pool() as pool:
        found = pool.starmap(measure, cases, chunksize=8)
    count: dict[str, Counter[str]] = {}
    for kind, each in [(kind, f) for f in found for kind in (f.kind, "all")]:
        count.setdefault(kind, Counter()).update(files=1, changed=bool(each.edits), words=each.words, edits=len(each.edits))
    rows = [
        [kind, str(c["files"]), str(c["changed"]), f"{c['words']:,}", str(c["edits"]), f"{1000 * c['edits'] / max(c['words'], 1):.3f}"]
        for kind, c in sorted(count.items(), key=lambda item: (item[0] == "all", item[0]))
    ]
    table = pages.table(("read as", "files", "changed", "words", "edits", "per 1,000"), rows)
    print(table)
    for each in sorted((f for f in found if f.edits), key=lambda f: -len(f.edits))[: options.show]:
        print(f"{each.path}: {len(each.edits)} edits in {each.words} words")
        for before, after, around in each.edits[:3]:
            print(f"    {before!r} -> {after!r}: {around}")
    if not options.no_page:
        command = f"python benchmarks/manuals.py {' '.join(map(str, options.folders))}" + (f" --every {options.every}" if options.every > 1 else "")
        path = pages.write_page("manuals", "Text that nobody spun: manuals, references, lists of changes, licences", command, [table])
        print(f"wrote {path.relative_to(texts.CHECKOUT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
