"""The command line: which command is meant, what its errors look like, and the exit code.

Every error is one line on standard error. Exit codes: 0 fine, 1 something would change, 2 usage or settings, 3 a file failed, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import cast

import typer
from typer.main import get_command

from restore.arguments import take_plain
from restore.errors import InputError, RestoreError, SettingsError
from restore.options import Job, app, spell_out
from restore.streams import complain, drop_output

#: The sub-commands, each with the module that holds its Typer ``app``; imported when wanted.
COMMANDS = {
    "apply": "restore.apply_command",
    "corpus": "restore.corpus_commands",
    "dictionary": "restore.dictionary_commands",
    "learn": "restore.learn_commands",
    "model": "restore.model_commands",
    "report": "restore.report_commands",
    "review": "restore.review_command",
    "train": "restore.train_commands",
}
FINE, USAGE, FAILED, INTERRUPTED = 0, 2, 3, 130
#: New objects after which the collector looks for garbage. At its own 700, it looks 100 times while things are loaded (25 ms) and finds none.
GARBAGE = 50_000
#: Least similarity (difflib ratio) at which the name of a missing file passes for a mistyped sub-command: "dictonary" has 0.95, "brain" for
#: "train" 0.8, "report" for "restore" 0.62.
NEAR = 0.7


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; ``arguments`` are those of the process unless given. Whatever goes wrong becomes one line."""
    gc.set_threshold(GARBAGE)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no product here is worth a thread, and starting them takes numpy's import 20 ms
    try:
        return _obey(list(sys.argv[1:] if arguments is None else arguments))
    except typer.TyperException as error:
        complain(_usage(error))
        return USAGE
    except RestoreError as error:
        complain(error)
        return USAGE if isinstance(error, SettingsError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough, as in `restore FILE | head`
        drop_output()
        return FINE
    except MemoryError:
        complain("out of memory; give it fewer or smaller files")
        return FAILED
    except OSError as error:
        complain(f"{error.filename or 'system'}: {error.strerror or error}")
        return FAILED


def _obey(arguments: list[str]) -> int:
    """Find the command, let Typer read its arguments, run the job that comes of it."""
    first = arguments[0] if arguments else ""
    if first in COMMANDS and not Path(first).is_file():
        job = _parse(import_module(COMMANDS[first]).app, arguments[1:], f"restore {first}")
    else:
        _refuse_mistyped(first)
        job = _parse(app, spell_out(arguments), "restore")
    return job()


def _parse(commands: typer.Typer, arguments: list[str], name: str) -> Job:
    """The job that the arguments ask for; help and version are no jobs, Typer has printed them."""
    command = get_command(commands)
    take_plain(command)
    result: object = command.main(args=arguments, prog_name=name, standalone_mode=False)
    if callable(result):
        return cast(Job, result)
    code = result if isinstance(result, int) else FINE
    return lambda: code


def _refuse_mistyped(name: str) -> None:
    """A first argument that is no file but nearly a sub-command was meant to be one; the arguments after it would only be more missing files."""
    near = get_close_matches(name, COMMANDS, n=1, cutoff=NEAR)
    if near and not name.startswith("-") and not Path(name).exists():  # --model is an option
        raise InputError(name, "no such file", f"did you mean 'restore {near[0]}'?")


def _usage(error: typer.TyperException) -> str:
    """Typer's message as one line: ``no such option: --dif; try 'restore --help'``."""
    message = " ".join(error.format_message().split()).removesuffix(".").replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    name = context.command_path if context else "restore"
    return f"{message[:1].lower()}{message[1:]}; try '{name} --help'"
