"""summary.html: the figures as pictures, in one file that needs no other."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING, Any

from restore.corpus.summary import BINS, ROWS, Figures, ordered, to_markdown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Restored corpus</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328 }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
td, th {{ padding: .2rem .8rem; border-bottom: 1px solid #d0d7de; text-align: right }}
td:first-child, th:first-child {{ text-align: left }}
svg {{ max-width: 100%; height: auto }}
</style>
<body>
{body}
</body>
</html>"""
_COLOUR = "#3b6ea5"


def to_html(figures: Figures) -> str:
    """The page. Without matplotlib, which is an extra, it has the tables only."""
    body = []
    for block in to_markdown(figures).split("\n\n"):
        body.append(_table(block) if block.startswith("|") else _heading(block))
        if block.startswith("| what"):
            body += _pictures(figures)
    return _PAGE.format(body="\n".join(body))


def _heading(block: str) -> str:
    level = len(block) - len(block.lstrip("#"))
    return f"<h{level}>{escape(block.lstrip('# '))}</h{level}>"


def _table(block: str) -> str:
    lines = [[cell.replace("\\|", "|").strip() for cell in line[2:-2].split(" | ")] for line in block.split("\n")]
    head = "".join(f"<th>{escape(cell)}</th>" for cell in lines[0])
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines[2:])
    return f"<table>\n<tr>{head}</tr>\n{rows}\n</table>"


def _pictures(figures: Figures) -> list[str]:
    if not figures.spun:
        return []
    try:
        import matplotlib as mpl
    except ImportError:
        return ["<p>For plots: pip install 'restore-text[corpus]'</p>"]
    mpl.use("svg")
    # Text as text: small files that can be searched. The salt makes ids, and so the page, the same on every run.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "restore", "axes.spines.top": False, "axes.spines.right": False}):
        return [_picture(figures, draw) for draw in (_rates, _pairs, _folders)]


def _picture(figures: Figures, draw: Any) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    draw(figure.subplots(), figures)
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def _rates(axes: Axes, figures: Figures) -> None:
    axes.bar([(k + 0.5) / BINS for k in range(BINS)], figures.rates, width=0.9 / BINS, color=_COLOUR)
    axes.set(title="Spin rates of the documents that are not clean", xlabel="spin rate", ylabel="documents", xlim=(0, 1))


def _pairs(axes: Axes, figures: Figures) -> None:
    top = ordered(figures.pairs)[:ROWS][::-1]
    axes.barh([f"{_plain(spun)} → {_plain(original)}" for (spun, original), _ in top], [count for _, count in top], color=_COLOUR)
    axes.tick_params(axis="y", labelsize=7)
    axes.set(title="Most frequent substitutions", xlabel="times")


def _folders(axes: Axes, figures: Figures) -> None:
    ranked = sorted(figures.folders.items(), key=lambda pair: (pair[1][""] - pair[1].total(), pair[0]))[:ROWS][::-1]
    left = [0] * len(ranked)
    for family, _ in ordered(figures.families):
        counts = [families[family] for _, families in ranked]
        axes.barh([_plain(folder) for folder, _ in ranked], counts, left=left, label=f"family {family}")
        left = [a + b for a, b in zip(left, counts, strict=True)]
    axes.tick_params(axis="y", labelsize=7)
    axes.legend(frameon=False)
    axes.set(title="Families over folders", xlabel="spun documents")


def _plain(text: str) -> str:
    """Text without what matplotlib reads as formulae, and not too long for an axis."""
    return text[:40].replace("$", r"\$")
