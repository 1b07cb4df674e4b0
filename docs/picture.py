"""Draw docs/diff.svg, the README's picture: what `restore seeds/news-ferry-strike.spun.txt --diff` shows on a terminal.

python docs/picture.py
"""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from restore.pipeline import Restorer
from restore.textfile import read_text_file
from restore.worddiff import render_words

NAME = "seeds/news-ferry-strike.spun.txt"
WIDTH = 100


def main() -> None:
    """Restore the passage and export the terminal view."""
    root = Path(__file__).resolve().parent.parent
    restoration = Restorer().restore(read_text_file(root / NAME).text)
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"$ restore {NAME} --diff", style="bold")
    console.print(render_words(restoration, NAME, width=WIDTH))
    svg = console.export_svg(title="restore", unique_id="restore")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # the picture fetches no font from the network
    (root / "docs" / "diff.svg").write_text("\n".join(line.rstrip() for line in svg.split("\n")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
