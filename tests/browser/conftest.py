"""A Chromium to click and type in; without Playwright or a Chromium of the system these tests are skipped.

``pip install -e '.[browser]'`` and a Chromium or Chrome on the PATH (``apt-get install chromium``) bring them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from restore.htmlreport import Entry, render_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
#: No sandbox, as tests may run as root; no requests of the browser's own.
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser a module, closed before other modules run: Playwright's loop would be in the way of theirs."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("no Chromium on the PATH")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Open a page from a file; at the end nothing may have gone wrong in it, and nothing may have been asked of the network."""
    contexts: list[Any] = []
    troubles: list[str] = []

    def visit(file: Path, width: int = 1280, **options: Any) -> Any:
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if request.url.startswith(("file:", "blob:")) else troubles.append(request.url))
        page.goto(file.resolve().as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def show(visit: Open, tmp_path: Path) -> Open:
    """Open the page for some texts."""

    def show(*entries: Entry, **options: Any) -> Any:
        file = tmp_path / "page.html"
        file.write_text(render_page(entries), encoding="utf-8")
        return visit(file, **options)

    return show
