"""The texts that are measured on: seeds/ of the checkout and, where it lies beside the checkout, the folder with further test data."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SEEDS = CHECKOUT / "seeds"
SHARED = CHECKOUT.parent / "shared"


@dataclass(frozen=True, slots=True)
class Text:
    """One text under the name of its set; ``original`` is ``spun`` itself where nobody spun it."""

    group: str
    name: str
    spun: str
    original: str


def seed_texts() -> list[Text]:
    """The spun passages of seeds/, grouped by family."""
    rows = [row for row in _index() if row["family"] != "clean"]
    return [Text(f"seeds {row['family']}", row["name"], _seed(f"{row['name']}.spun.txt"), _seed(f"{row['name']}.original.txt")) for row in rows]


def article(shared: Path) -> list[Text]:
    """The real spun article with its gold applied; nothing where the folder is missing."""
    gold, spun = shared / "seed" / "gold.tsv", shared / "seed" / "seed.txt"
    if not (gold.is_file() and spun.is_file()):
        return []
    text = read(spun)
    lines = text.split("\n")
    with gold.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in sorted(rows, key=lambda row: int(row["start"]), reverse=True):
        number, start, end = int(row["line"]) - 1, int(row["start"]), int(row["end"])
        line = lines[number]
        if line[start:end] != row["spun"]:
            raise ValueError(f"{gold}: {row['spun']!r} is not at {start} in line {row['line']}")
        lines[number] = line[:start] + row["original"] + line[end:]
    return [Text("article", spun.name, text, "\n".join(lines))]


def development(shared: Path) -> list[Text]:
    """The development pairs, grouped by where they come from; nothing where the file is missing."""
    path = shared / "spun" / "dev.jsonl"
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in read(path).split("\n") if line]
    return [Text(f"dev {row['source']}", str(row["id"]), row["spun"], row["original"]) for row in rows]


def clean_texts(shared: Path) -> list[Text]:
    """Text that nobody spun: the traps and originals of seeds/, and the clean corpus, each file whole and document by document."""
    out = [_clean("seeds clean", row["name"], _seed(f"{row['name']}.clean.txt")) for row in _index() if row["family"] == "clean"]
    out += [_clean("seeds originals", row["name"], _seed(f"{row['name']}.original.txt")) for row in _index() if row["family"] != "clean"]
    for path in corpus(shared):
        text = read(path)
        out.append(_clean("corpus, whole files", path.name, text))
        documents = [document for document in text.split("\n\n") if document.strip()]
        out += [_clean("corpus, documents", f"{path.name} {number}", document) for number, document in enumerate(documents, 1)]
    return out


def corpus(shared: Path) -> list[Path]:
    """The files of the clean corpus."""
    return sorted((shared / "corpus" / "dev").glob("*.txt"))


def read(path: Path) -> str:
    """The text of a UTF-8 file with its line ends as they are."""
    return path.read_bytes().decode("utf-8")


def _clean(group: str, name: str, text: str) -> Text:
    return Text(group, name, text, text)


def _seed(name: str) -> str:
    return read(SEEDS / name)


def _index() -> list[dict[str, str]]:
    with (SEEDS / "index.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
