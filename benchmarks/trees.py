"""Corpora of any size, made from the passages of seeds/: spun and clean documents in every format, and files that nobody would wish for.

``python -m benchmarks.trees DIR --size 10MB`` makes one. The same arguments make the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import html
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks import texts

#: Formats and how often each is drawn; rows of JSON lines and Parquet make files of many documents.
FORMATS = ("txt", "txt", "md", "html", "html", "txt.gz", "html.zst", "jsonl", "jsonl.gz", "parquet")
UNITS = {"KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class Plan:
    """``size`` bytes of text in files of about ``file_size``; ``spun``: share of documents that are spun; ``formats``: drawn from at random;
    ``hostile``: with the files of ``hostile_files``; ``words``: how documents are drawn, seeds/ unless given."""

    size: int
    spun: float = 0.1
    file_size: int = 4_000
    formats: tuple[str, ...] = FORMATS
    hostile: bool = False
    seed: int = 0
    draw: Callable[[Random, float], str] | None = None


def make_tree(folder: Path, plan: Plan) -> int:
    """Write a corpus below ``folder`` and give the bytes of its texts."""
    random = Random(plan.seed)
    draw = plan.draw or passages()
    written = number = 0
    while written < plan.size:
        form = random.choice(plan.formats)
        many = form.startswith(("jsonl", "parquet"))
        documents = list(_documents(random, draw, plan, plan.file_size * (5 if many else 1), many))
        path = folder / f"{number // 1000:03}" / f"{number:06}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(form, documents))
        written += sum(map(len, documents))
        number += 1
    if plan.hostile:
        for name, data in hostile_files().items():
            path = folder / "hostile" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (folder / "hostile" / "loop").symlink_to("..")
        (folder / "hostile" / "link.txt").symlink_to("binary.txt")
    return written


def passages() -> Callable[[Random, float], str]:
    """Draws a document: a passage of seeds/ that is spun with the given probability, its paragraphs in some order."""
    found = texts.seed_texts()
    spun = [text.spun for text in found]
    clean = [text.original for text in found] + [path.read_text(encoding="utf-8") for path in sorted(texts.SEEDS.glob("*.clean.txt"))]

    def draw(random: Random, share: float) -> str:
        passage = random.choice(spun if random.random() < share else clean)
        lines = [line for line in passage.split("\n") if line]
        random.shuffle(lines)
        return "\n".join(lines) + "\n"

    return draw


def packed(form: str, documents: list[str]) -> bytes:
    """A file with some documents, in a format with or without compression."""
    inner, _, outer = form.partition(".")
    makers = {"txt": _text, "md": _markdown, "html": _html, "jsonl": _json_lines, "parquet": _parquet}
    data = makers[inner](documents)
    if outer == "gz":
        return gzip.compress(data, mtime=0)
    if outer == "zst":
        import zstandard

        return zstandard.ZstdCompressor().compress(data)
    return data


def hostile_files() -> dict[str, bytes]:
    """Files that are broken, empty, endless, in other encodings, or not what their names say."""
    text = "The battle ended in a hurry.\n"
    return {
        "binary.txt": b"\x7fELF\0\0\0battle",
        "empty.txt": b"",
        "empty.jsonl": b"",
        "empty.html": b"",
        "blank.txt": b"\n\n   \n",
        "latin1.txt": "The café battle ended, naïvely.\n".encode("latin-1") * 20,
        "utf16.txt": text.encode("utf-16"),
        "bom.txt": b"\xef\xbb\xbf" + text.encode(),
        "dos.txt": b"The battle ended.\r\nIn a battle.\r\n",
        "undecodable.txt": b"The battle \xff\xfe ended \x80.\n",
        "cut.txt.gz": gzip.compress(text.encode() * 100, mtime=0)[:-12],
        "wrong.txt.zst": b"not zstd at all",
        "wrong.parquet": b"PAR1 not parquet PAR1",
        "members.txt.gz": gzip.compress(b"The battle ", mtime=0) + gzip.compress(b"ended.\n", mtime=0),
        "bad.jsonl": b'{"text": "The battle."}\nnot json\n{"text": 7}\n{"text": null}\n{"other": 1}\n\n[1]\n{"text": "caf\xff"}\n{"text": "A \\ud800 battle"}',
        "deep.jsonl": b'{"a": ' + b"[" * 100_000 + b"}\n" + b'{"text": "The battle."}\n',
        "nofield.jsonl": b'{"body": "The battle."}\n' * 3,
        "deep.html": b"<div>" * 20_000 + b"battle",
        "open.html": b"<p>The battle <a href='never closed>and battle",
        "comment.html": b"<p>The battle <!-- never ends battle",
        "script.html": b"<script>var battle = '<p>battle</p>';</script><p>battle</p><SCRIPT>battle",
        "quotes.html": b'<p title="a battle \'of\' &quot;words&quot;" data-x="battle">battle &amp; battle</p>',
        "list\nfeed.txt": text.encode(),
        "caf\udce9.txt": text.encode(),
        "page.txt.html.md": text.encode(),
        "no_suffix": text.encode(),
        "picture.png": b"\x89PNG battle",
    }


def _documents(random: Random, draw: Callable[[Random, float], str], plan: Plan, size: int, many: bool) -> Iterator[str]:
    """Documents of one file, of about the wanted length together; of a file that is one document all or none is spun."""
    share = plan.spun if many else float(random.random() < plan.spun)
    total = 0
    while total < size:
        document = draw(random, share)
        total += len(document)
        yield document


def _text(documents: list[str]) -> bytes:
    return "\n".join(documents).encode()


def _markdown(documents: list[str]) -> bytes:
    return ("---\ntitle: Battle\n---\n\n# Page\n\n" + "\n".join(document.replace("\n", "\n\n") for document in documents) + "    battle = 1\n").encode()


def _html(documents: list[str]) -> bytes:
    lines = [line for document in documents for line in document.split("\n") if line]
    body = "\n".join(f'<p class="battle">{html.escape(line)}</p>' for line in lines)
    return f'<!DOCTYPE html>\n<title>Page</title>\n<style>p {{ color: battle }}</style>\n{body}\n<img src="battle.png" alt="The battle">\n'.encode()


def _json_lines(documents: list[str]) -> bytes:
    rows = [{"id": number, "text": text, "score": 1.50} for number, text in enumerate(documents)]
    return "".join(json.dumps(row, ensure_ascii=row["id"] == 0) + "\n" for row in rows).encode()


def _parquet(documents: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({"id": range(len(documents)), "text": documents, "tags": [["a", None]] * len(documents)}), out, compression="zstd")
    return out.getvalue()


def size_of(text: str) -> int:
    """Bytes from text.

    >>> size_of("10MB")
    10000000
    """
    unit = text[-2:].upper()
    return int(float(text[:-2]) * UNITS[unit]) if unit in UNITS else int(text)


def main() -> None:
    """Make a tree as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=size_of, default=size_of("10MB"))
    parser.add_argument("--spun", type=float, default=0.1)
    parser.add_argument("--file-size", type=size_of, default=size_of("4KB"))
    parser.add_argument("--formats", nargs="+", default=FORMATS)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    size = make_tree(given.folder, Plan(given.size, given.spun, given.file_size, tuple(given.formats), given.hostile, given.seed))
    print(f"{given.folder}: {size:,} bytes of text")


if __name__ == "__main__":
    main()
