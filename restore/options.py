"""The arguments of ``restore FILE...`` and what they may not say together.

Every command of the command line is a Typer function that does no work: it returns a *job*, which ``restore.cli`` runs once Typer is out of the
way, so interruptions and broken pipes are met in one place. The view decides what goes to standard output, the target where the restored text goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from restore.errors import SettingsError
from restore.streams import STDIN, emit_text, is_terminal

Job = Callable[[], int]
View = Literal["text", "words", "patch", "json", "github", "explain", "score", "tokens", "lattice", "settings"]
Format = Literal["text", "json", "github"]
Diff = Literal["auto", "words", "patch"]
Show = Literal["tokens", "lattice", "settings"]
PLAIN: Mapping[str, object] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EPILOG = """\b
Other commands:
  restore corpus IN OUT              restore a folder of files
  restore dictionary lookup PHRASE   what a phrase may stand for
  restore dictionary check [FILE]    check dictionary files
  restore dictionary import FILE     add a word list to your own dictionary
  restore dictionary worklist TEXT   what no dictionary has, by frequency
  restore dictionary stats [TEXT]    what the dictionaries hold and cover
  restore learn pairs SPUN ORIGINAL  learn from a text and its original
  restore learn weights TEXT         learn from spun text alone
  restore model install              add the language model for a second look
  restore train lm TEXT --out FILE   train a language model
  restore report FILE -o PAGE        a page to read and decide in, for a browser
  restore review FILE                decide about the suggestions yourself
  restore apply FILE                 write what was decided, or take it back
  restore learn decisions D          learn from what was decided
\b
Exit codes:
  0    fine
  1    --check, and something would change
  2    wrong usage, settings or dictionary
  3    a file could not be processed (this beats 1)
  130  interrupted
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One run of the main command: ``files`` as they were named, one ``view``, at most one target (``write``, ``out``, ``check``)."""

    files: tuple[str, ...]
    view: View = "text"
    write: bool = False
    out: Path | None = None
    check: bool = False
    quiet: bool = False
    config: Path | None = None
    isolated: bool = False
    overrides: Mapping[str, object] | None = None


#: Options that several commands have.
OtherDictionaries = Annotated[list[str] | None, typer.Option(metavar="FILE", help="Another dictionary; may be given several times.")]
SpinnerFamily = Annotated[str | None, typer.Option(metavar="NAME", help="The family of the spinner; auto finds it out.")]
KeepQuotes = Annotated[bool, typer.Option("--keep-quotes", help="Leave quotations as they are.")]
Fast = Annotated[bool, typer.Option("--fast", help="No second look by the language model.")]
Model = Annotated[Path | None, typer.Option(metavar="PATH", help="The language model: a GGUF file or a converted folder.")]
#: Typer without Rich, which would double the time of `restore --help`.
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(epilog=_EPILOG, context_settings=dict(PLAIN))
def restore(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE", hidden=True)] = None,
    diff: Annotated[Diff | None, typer.Option(metavar="[=words|patch]", help="Show the changes: words on a terminal, else a patch for git apply.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Edit the files in place.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the restored text to FILE.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Print only the summary; exit 1 if anything would change.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say what was found in the text, and why.")] = False,
    score: Annotated[bool, typer.Option("--score", help="Print spin rate, family and verdict only.")] = False,
    form: Annotated[Format, typer.Option("--format", help="Form of the output.")] = "text",
    threshold: Annotated[float | None, typer.Option(metavar="P", help="Apply suggestions from this probability on.")] = None,
    ask_threshold: Annotated[float | None, typer.Option(metavar="P", help="Ask about suggestions from this probability on.")] = None,
    dictionary: OtherDictionaries = None,
    family: SpinnerFamily = None,
    keep_quotes: KeepQuotes = False,
    fast: Fast = False,
    model: Model = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Read no settings file and no dictionaries of your own.")] = False,
    show: Annotated[Show | None, typer.Option(help="Print tokens, lattice or settings, and restore nothing.")] = None,
    review: Annotated[bool, typer.Option("--review", help="Decide about the suggestions yourself; as restore review FILE.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary; errors are still told.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> Job:
    """Give synonym-spun text its original wording back.

    FILE is a text file, or - for standard input. The restored text goes to standard output, the summary to standard error. Everything
    outside the edits stays as it is, byte for byte.
    """
    if version:
        return _tell_version
    if review:
        return _review(files or [], config, isolated)
    views: dict[View, str] = {}
    if diff:
        views[_diff_view(diff)] = "--diff"
    if form != "text":
        views[form] = f"--format {form}"
    if explain:
        views["explain"] = "--explain"
    if score:
        views["score"] = "--score"
    if show:
        views[show] = f"--show {show}"
    targets = [name for name, given in (("--write", write), ("--out", out), ("--check", check)) if given]
    named = tuple(files or ())
    for problem in _problems(named, list(views.values()), targets):
        raise problem
    overrides = overriding(threshold, ask_threshold, dictionary, family, keep_quotes, fast, model)
    request = Request(named, next(iter(views), "text"), write, out, check, quiet, config, isolated, overrides)
    return lambda: _run(request)


def overriding(
    threshold: float | None, ask_threshold: float | None, dictionary: list[str] | None, family: str | None, keep_quotes: bool, fast: bool, model: Path | None
) -> dict[str, object]:
    """What these options change in the settings; None where one was not given. Raises SettingsError where both a model and none are asked for."""
    if fast and model:
        raise SettingsError("--fast", "contradicts --model", "give one of the two")
    return {
        "threshold": threshold,
        "ask_threshold": ask_threshold,
        "dictionaries": dictionary or None,
        "family": family,
        "keep_quotes": keep_quotes or None,
        "fast": fast or None,
        "model": str(model) if model else None,
    }


def spell_out(arguments: Sequence[str]) -> list[str]:
    """``--diff`` alone as ``--diff=auto``, since Typer has no options whose value may be left out.

    >>> spell_out(["a.txt", "--diff", "--", "--diff"])
    ['a.txt', '--diff=auto', '--', '--diff']
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return ["--diff=auto" if i < end and argument == "--diff" else argument for i, argument in enumerate(arguments)]


def _tell_version() -> int:
    from restore import __version__

    emit_text(f"restore {__version__}")
    return 0


def _run(request: Request) -> int:
    from restore.commands import Run  # here, since help needs none of it

    return Run(request).execute()


def _review(files: Sequence[str], config: Path | None, isolated: bool) -> Job:
    from restore.review_command import review_files

    if not files or STDIN in files:
        raise SettingsError("--review", "needs a file whose decisions can be kept", "name a text file")
    return lambda: review_files([Path(name) for name in files], plain=False, decisions=None, config=config, isolated=isolated)


def _diff_view(diff: Diff) -> View:
    if diff == "auto":
        return "words" if is_terminal() else "patch"
    return diff


def _problems(files: Sequence[str], views: Sequence[str], targets: Sequence[str]) -> Iterator[SettingsError]:
    """What the arguments say against each other or leave out."""
    given = [*targets, *views]
    checked_view = targets == ["--check"] and len(views) == 1 and not views[0].startswith("--show")
    if len(given) > 1 and not checked_view:
        yield SettingsError(given[0], f"contradicts {given[1]}", "give one of the two")
    if not files and views != ["--show settings"]:
        yield SettingsError("FILE", "none given", "name a text file, or - for standard input")
    if files.count(STDIN) > 1:
        yield SettingsError(STDIN, "standard input can be read only once", "give it once")
    if "--write" in targets and STDIN in files:
        yield SettingsError("--write", "standard input cannot be edited in place", "use --out FILE")
    if "--out" in targets and len(files) > 1:
        yield SettingsError("--out", f"takes the text of one file, not of {len(files)}", "use --write, or one run a file")
