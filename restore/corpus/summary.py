"""A corpus in figures: how much was spun, by which family and where, and which substitutions are the most frequent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Bins of the distribution of spin rates, and rows of the tables.
BINS, ROWS = 20, 25
#: Distinct substitutions counted at once; beyond, the rarest are dropped, which are far from the first rows.
PAIRS = 200_000


@dataclass(slots=True)
class Figures:
    """``rates``: documents by spin rate in BINS equal bins, those that are clean left out; ``pairs``: (spun, restored) to number; ``folders``: folder to number
    of documents by family ("" is clean); ``kinds``: errors by kind."""

    totals: Mapping[str, int]
    verdicts: Counter[str] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    words: int = 0
    applied: int = 0
    asked: int = 0
    rates: list[int] = field(default_factory=lambda: [0] * BINS)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    folders: dict[str, Counter[str]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def spun(self) -> int:
        """Documents that are not clean."""
        return sum(count for verdict, count in self.verdicts.items() if verdict != "clean")


def collect(state: Path, totals: Mapping[str, int]) -> Figures:
    """Count what the reports in a folder say, line by line."""
    figures = Figures(totals)
    for record in _lines(state / "documents.jsonl"):
        _count_document(figures, record)
    for change in _lines(state / "changes.jsonl"):
        if change["action"] == "apply":
            figures.pairs[change["before"].lower(), change["replacement"].lower()] += 1
            if len(figures.pairs) > PAIRS:
                figures.pairs = Counter(dict(figures.pairs.most_common(PAIRS // 2)))
    figures.kinds.update(line["kind"] for line in _lines(state / "errors.jsonl"))
    return figures


def to_markdown(figures: Figures) -> str:
    """The summary as text with tables."""
    documents = max(sum(figures.verdicts.values()), 1)
    totals = figures.totals
    rows = [
        ("files", f"{totals['files']:,}"),
        ("bytes", f"{totals['bytes']:,}"),
        ("documents", f"{totals['documents']:,}"),
        ("words", f"{figures.words:,}"),
        *((f"documents {verdict}", f"{count:,} ({count / documents:.1%})") for verdict, count in sorted(figures.verdicts.items())),
        ("changes applied", f"{figures.applied:,}"),
        ("questions left open", f"{figures.asked:,}"),
        ("errors", f"{totals['errors']:,}"),
    ]
    parts = ["# Restored corpus", table(("what", "number"), rows)]
    families = [(family, f"{count:,}", f"{count / max(figures.spun, 1):.1%}") for family, count in ordered(figures.families)]
    parts += _section("Families", ("family", "documents", "share of spun"), families)
    parts += _section("Spin rates of spun documents", ("spin rate", "documents"), rate_rows(figures))
    parts += _section("Most frequent substitutions", ("spun", "restored", "times"), [(*pair, f"{count:,}") for pair, count in ordered(figures.pairs)[:ROWS]])
    parts += _section("Folders", ("folder", "documents", "spun", "families"), folder_rows(figures))
    parts += _section("Errors", ("kind", "number"), [(kind, f"{count:,}") for kind, count in ordered(figures.kinds)])
    return "\n\n".join(parts)


def rate_rows(figures: Figures) -> list[tuple[str, str]]:
    """The distribution of spin rates, empty bins at its ends left out."""
    filled = [k for k, count in enumerate(figures.rates) if count]
    span = range(filled[0], filled[-1] + 1) if filled else range(0)
    return [(f"{k / BINS:.2f} to {(k + 1) / BINS:.2f}", f"{figures.rates[k]:,}") for k in span]


def folder_rows(figures: Figures) -> list[tuple[str, str, str, str]]:
    """The folders with the most spun documents."""
    rows = []
    for folder, families in sorted(figures.folders.items(), key=lambda pair: (pair[1][""] - pair[1].total(), pair[0]))[:ROWS]:
        spun = families.total() - families[""]
        named = ", ".join(f"{family} {count:,}" for family, count in ordered(families) if family)
        rows.append((folder, f"{families.total():,}", f"{spun:,} ({spun / families.total():.1%})", named))
    return rows


def ordered(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """Most frequent first, equals by name, so that the same corpus gives the same page."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table that also reads well as it is: first column left, the others right."""
    cells = [tuple(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in (head, *rows)]
    width = [max(len(row[k]) for row in cells) for k in range(len(head))]
    lines = [" | ".join(cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, width, strict=True))) for row in cells]
    rule = " | ".join("-" * w if k == 0 else "-" * (w - 1) + ":" for k, w in enumerate(width))
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))


def _section(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"## {title}", table(head, rows)] if rows else []


def _count_document(figures: Figures, record: dict[str, Any]) -> None:
    spun = record["verdict"] != "clean"
    family = record["family"] if spun else ""
    figures.verdicts[record["verdict"]] += 1
    figures.words += record["words"]
    figures.applied += record["applied"]
    figures.asked += record["asked"]
    if spun:
        figures.families[family] += 1
        figures.rates[min(int(record["spin_rate"] * BINS), BINS - 1)] += 1
    figures.folders.setdefault(_folder(record["document"], record["format"]), Counter())[family] += 1


def _folder(document: str, form: str) -> str:
    """Where a document lies, two levels deep; a file of rows is a folder of them."""
    path = document.rpartition("#")[0] if form in ("jsonl", "parquet") else document.rpartition("/")[0]
    return "/".join(path.split("/")[:2]) or "."


def _lines(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
