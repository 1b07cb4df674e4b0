"""Draw docs/report.png: the page of `restore report seeds/news-ferry-strike.spun.txt` after a few decisions, in light and dark.

python docs/report_picture.py    (needs Playwright, a Chromium on the PATH, and Pillow to make the picture small)
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from restore.htmlreport import Entry, render_page
from restore.pipeline import Restorer
from restore.textfile import read_text_file

ROOT = Path(__file__).resolve().parent.parent
NAME = "seeds/news-ferry-strike.spun.txt"
WIDTH, HEIGHT = 1180, 640
#: Accept, accept, reject, the second alternative, accept twice, and on to one of middling probability.
KEYS = "Jyyn2yyj"
COLOURS = 250


def main() -> None:
    """Restore the passage, open its page twice, press the keys, and put the pictures one above the other."""
    file = read_text_file(ROOT / NAME)
    page = render_page([Entry(NAME, file, Restorer().restore(file.text))])
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "page.html"
        path.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        pictures = [picture(browser, path, scheme) for scheme in ("light", "dark")]
        browser.close()
    whole = Image.new("RGB", (WIDTH, HEIGHT * len(pictures)))
    for number, one in enumerate(pictures):
        whole.paste(one, (0, HEIGHT * number))
    whole.quantize(COLOURS).save(ROOT / "docs" / "report.png", optimize=True)


def picture(browser: Browser, path: Path, scheme: str) -> Image.Image:
    """The page after the keys."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path.as_uri())
    for key in KEYS:
        page.keyboard.press(key)
    return Image.open(io.BytesIO(page.screenshot()))


if __name__ == "__main__":
    main()
