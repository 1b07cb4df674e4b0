"""``restore report``: the page to read and decide in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restore.commands import Run
from restore.errors import InputError, SettingsError
from restore.options import PLAIN, Fast, Job, KeepQuotes, Model, OtherDictionaries, Request, SpinnerFamily, overriding
from restore.streams import STDIN, complain, read_standard_input, say
from restore.textfile import FOLDER, TextFile, read_text_file, write_atomically

if TYPE_CHECKING:
    from restore.decisions import Decision
    from restore.htmlreport import Entry
    from restore.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, context_settings=dict(PLAIN))


@app.command(context_settings=dict(PLAIN))
def report(
    files: Annotated[list[str], typer.Argument(metavar="FILE", hidden=True)],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PAGE", help="Where to write the page.")],
    threshold: Annotated[float | None, typer.Option(metavar="P", help="Suggestions from this probability on are shown as applied.")] = None,
    ask_threshold: Annotated[float | None, typer.Option(metavar="P", help="Suggestions from this probability on are asked about.")] = None,
    dictionary: OtherDictionaries = None,
    family: SpinnerFamily = None,
    keep_quotes: KeepQuotes = False,
    fast: Fast = False,
    model: Model = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no settings file.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary; errors are still told.")] = False,
) -> Job:
    """Write a page that shows the texts as found and restored, side by side, for a browser.

    The page needs no network. What is decided in it is downloaded as a file that 'restore apply' takes; where such a file lies beside FILE
    (FILE.restore.json), the page begins with its decisions.
    """
    overrides = overriding(threshold, ask_threshold, dictionary, family, keep_quotes, fast, model)
    request = Request(tuple(files), "json", out=out, quiet=quiet, config=config, isolated=isolated, overrides=overrides)
    return lambda: PageRun(request, out).execute()


class PageRun(Run):
    """A run whose restorations go to a page, once all files are through; a file that fails is told and left out."""

    def __init__(self, request: Request, out: Path) -> None:
        super().__init__(request)
        self._out = out
        self._entries: list[Entry] = []

    def execute(self) -> int:
        """Do it, and give the exit code. With no file left there is nothing to show, and no page."""
        self._refuse_target()
        code = super().execute()
        if self._entries:
            from restore.htmlreport import render_page

            write_atomically(self._out, render_page(self._entries).encode("utf-8"))
            if not self.request.quiet:
                say(f"{self._out}: written; open it in a browser")
        return code

    def _handle(self, name: str, settings: Settings) -> bytes:
        from restore.htmlreport import Entry

        file = read_standard_input() if name == STDIN else read_text_file(Path(name))
        restoration = self._restorer(settings).restore(file.text)
        self._entries.append(Entry(name, file, restoration, self._decided(name, file)))
        self.report.add(name, restoration)
        return b""

    def _decided(self, name: str, file: TextFile) -> tuple[Decision, ...]:
        """The decisions that lie beside the file, placed in its text; those that have no place there any more are told."""
        from restore.decisions import read_decisions, sidecar
        from restore.review.placing import placed_in

        kept = sidecar(Path(name))
        if name == STDIN or not kept.is_file():
            return ()
        placed = placed_in(Path(name), file, read_decisions(kept))
        for line in placed.complaints:
            complain(line)
        if not self.request.quiet:
            say(f"{kept}: {len(placed.decisions)} decision{'' if len(placed.decisions) == 1 else 's'} taken up")
        return placed.decisions

    def _emit_json(self) -> None:
        """The page takes its place."""

    def _refuse_target(self) -> None:
        """Before any work: a page that would overwrite a text, or that has nowhere to go."""
        out, names = self._out, self.request.files
        if out.is_dir():
            raise SettingsError(out, *FOLDER)
        if not out.absolute().parent.is_dir():
            raise InputError(out, "no such folder to write to", "make the folder first")
        if any(name != STDIN and Path(name).exists() and out.exists() and out.samefile(name) for name in names):
            raise SettingsError(out, "is one of the texts, which the page would overwrite", "give -o another name")
        if names.count(STDIN) > 1:
            raise SettingsError(STDIN, "standard input can be read only once", "give it once")
