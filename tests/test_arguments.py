"""Plain arguments mean what Typer makes of them, and are taken without its validator; what is wrong with the others is still Typer's to say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from typer.main import get_command

from restore.arguments import take_plain

app = typer.Typer(add_completion=False)


@app.command()
def command(
    words: Annotated[list[str] | None, typer.Argument()] = None,
    kind: Annotated[Literal["a", "b"] | None, typer.Option()] = None,
    number: Annotated[int, typer.Option(min=0, max=9)] = 1,
    share: Annotated[float | None, typer.Option()] = None,
    path: Annotated[Path | None, typer.Option()] = None,
    folder: Annotated[Path | None, typer.Option(exists=True, file_okay=False)] = None,
    size: Annotated[list[int] | None, typer.Option(min=1)] = None,
    loud: Annotated[bool, typer.Option("--loud")] = False,
) -> Any:
    return words, kind, number, share, path, folder, size, loud


CASES = [
    "", "x y", "--kind a", "--kind c", "--number 3", "--number 10", "--number -1", "--number 03", "--number 1.0", "--number x", "--share 0.25", "--share .5",
    "--share 1e3", "--share inf", "--share x", "--path nowhere", "--path .", "--path ''", "--folder .", "--folder nowhere", "--size 1 --size 2", "--size 0",
    "--loud x", "--number", "--unknown",
]  # fmt: skip


def outcome(arguments: list[str], *, plain: bool) -> object:
    made = get_command(app)
    if plain:
        take_plain(made)
    try:
        return made.main(args=arguments, prog_name="x", standalone_mode=False)
    except typer.TyperException as error:
        return type(error), error.format_message()


@pytest.mark.parametrize("line", CASES)
def test_it_is_what_typer_makes_of_it(line: str) -> None:
    arguments = ["" if part == "''" else part for part in line.split()]
    assert outcome(arguments, plain=True) == outcome(arguments, plain=False)


def test_a_run_with_plain_arguments_imports_no_validator(tmp_path: Path) -> None:
    program = "import sys; from restore.cli import main; code = main(sys.argv[1:]); print(code, 'pydantic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "missing.txt"), "--diff", "--threshold", "0.5", "--fast"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "3 False\n"
