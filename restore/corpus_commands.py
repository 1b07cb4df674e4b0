"""``restore corpus IN OUT``: a folder of files, cleaned by several processes; ``restore corpus report OUT``: what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from restore.errors import SettingsError
from restore.options import PLAIN, Fast, Job, KeepQuotes, Model, OtherDictionaries, SpinnerFamily, overriding

if TYPE_CHECKING:
    from restore.corpus.order import Order
    from restore.corpus.ray_order import RayOrder

#: Seconds a document may take: the slowest kind of text is restored at some 30 KB a second, so this is a megabyte, and long before it something hangs.
TIMEOUT = 60.0
#: Bytes a document may have, decompressed: a worker needs some hundred bytes of memory for each byte of spun text. Books have one to five million.
MAX_SIZE = 10_000_000

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
_EPILOG = """\b
restore corpus report OUT    print the summary of a run again
\b
Read are .txt .md .html .jsonl .parquet files, and .gz and .zst of each.
"""


@app.command(epilog=_EPILOG, context_settings=dict(PLAIN))
def corpus(
    places: Annotated[list[Path], typer.Argument(metavar="IN OUT", hidden=True)],
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the files of IN; give --backup and no OUT.")] = False,
    backup: Annotated[Path | None, typer.Option(metavar="DIR", help="Where originals are kept with --in-place.")] = None,
    include: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Only files that match; as in .gitignore.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="No files that match.")] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Hidden files too.")] = False,
    field: Annotated[str, typer.Option(metavar="NAME", help="The field of JSON lines and Parquet that is text.")] = "text",
    annotate: Annotated[bool, typer.Option("--annotate", help="Add restore_spin_rate and restore_edits to rows.")] = False,
    witnesses: Annotated[bool, typer.Option("--witnesses", help="Let near copies in IN bear witness for each other.")] = False,
    engine: Annotated[Literal["local", "ray"], typer.Option(help="Where the work is done.")] = "local",
    ray_address: Annotated[str, typer.Option(metavar="ADDR", help="The Ray cluster; without it one is started on this machine.")] = "",
    jobs: Annotated[int, typer.Option(min=0, metavar="N", help="Worker processes; 0: one a core.")] = 0,
    timeout: Annotated[float, typer.Option("--timeout-per-document", min=0.1, metavar="SECONDS", help="Give a document up after.")] = TIMEOUT,
    max_size: Annotated[int, typer.Option(min=1, metavar="BYTES", help="Leave larger documents out.")] = MAX_SIZE,
    force: Annotated[bool, typer.Option("--force", help="Redo what is done.")] = False,
    threshold: Annotated[float | None, typer.Option(metavar="P", help="Apply suggestions from this probability on.")] = None,
    ask_threshold: Annotated[float | None, typer.Option(metavar="P", help="Report suggestions from this probability on.")] = None,
    dictionary: OtherDictionaries = None,
    family: SpinnerFamily = None,
    keep_quotes: KeepQuotes = False,
    fast: Fast = False,
    model: Model = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no settings file.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no summary; errors are still told.")] = False,
) -> Job:
    """Restore all texts of the folder IN into the folder OUT.

    OUT becomes a mirror of IN; what was changed, and why, is written to OUT/.restore. A run that was stopped, however, goes on where it was.
    """
    if places[0] == Path("report") and len(places) == 2:
        return lambda: _report(places[1])
    from restore.corpus.order import Order

    overrides = overriding(threshold, ask_threshold, dictionary, family, keep_quotes, fast, model.resolve() if model else None)
    order = Order(
        tuple(places), in_place, backup, tuple(include or ()), tuple(exclude or ()), hidden, field, annotate, jobs, timeout, max_size, force, quiet, config,
        isolated, overrides,
        witnesses=witnesses,
    )  # fmt: skip
    carried = _on_ray(order, ray_address) if engine == "ray" else order
    if problem := next(carried.problems(), None):
        raise problem
    return carried.execute


def _on_ray(order: Order, address: str) -> RayOrder:
    try:
        from restore.corpus.ray_order import RayOrder
    except ImportError as error:
        raise SettingsError("--engine ray", f"needs the package {error.name}", "pip install 'restore-text[corpus,ray]'") from error
    return RayOrder(order, address)


def _report(out: Path) -> int:
    from restore.corpus.reports import read_summary
    from restore.streams import emit_text

    if not out.is_dir():
        raise SettingsError(out, "no such folder", "name the folder that 'restore corpus IN OUT' wrote to")
    emit_text(read_summary(out))
    return 0
