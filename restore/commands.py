"""The main command: every file is read, restored, checked and shown or written, in turn; a file that fails does not stop the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restore.errors import InputError, RestoreError, SettingsError
from restore.options import Request
from restore.report import Report
from restore.streams import STDIN, complain, emit, emit_text, encode, progress_line, read_standard_input, say
from restore.textfile import FOLDER, TextFile, read_text_file, write_atomically

if TYPE_CHECKING:
    from restore.nouns import Restoration
    from restore.pipeline import Restorer
    from restore.settings import LayeredSettings, Settings


class Run:
    """One run over the files of a request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        makes = request.view == "text" and not request.check
        self.report = Report(check=request.check, diff=not makes)
        self.documents: list[dict[str, Any]] = []
        self._restorers: dict[Settings, Restorer] = {}
        self._shown = False

    def execute(self) -> int:
        """Do it, and give the exit code. Raises SettingsError for what is wrong with the run and not with one file."""
        request = self.request
        for name in request.files:
            if name != STDIN and Path(name).is_dir():
                raise SettingsError(name, *FOLDER)
        settings = {name: self._settings(name) for name in request.files or (STDIN,)}
        if request.view == "settings":
            emit_text("\n\n".join(_describe(name, layered, len(settings) > 1) for name, layered in settings.items()))
            return 0
        for name in request.files:
            emit(self._attempt(name, settings[name].settings))
        if request.view == "json":
            self._emit_json()
        self._sum_up()
        return self.report.exit_code

    def _settings(self, name: str) -> LayeredSettings:
        from restore.settings import load_settings

        start = Path() if name == STDIN else Path(name).parent
        return load_settings(start, config=self.request.config, isolated=self.request.isolated, overrides=self.request.overrides or {})

    def _attempt(self, name: str, settings: Settings) -> bytes:
        """What goes to standard output for one file; whatever is wrong with that file is told and counted."""
        try:
            return self._handle(name, settings)
        except SettingsError:
            raise
        except RestoreError as error:
            self._fail(error)
        except MemoryError:
            self._fail(InputError(name, "too large for the memory that is free", "split the file"))
        except OSError as error:
            self._fail(InputError(name, error.strerror or str(error)))
        return b""

    def _handle(self, name: str, settings: Settings) -> bytes:
        from restore.views import SPACED, VIEWS

        file = read_standard_input() if name == STDIN else read_text_file(Path(name))
        restorer = self._restorer(settings)
        view = self.request.view
        if view in ("tokens", "lattice"):
            text = restorer.describe_tokens(file.text) if view == "tokens" else restorer.describe_lattice(file.text)
            return encode(text + "\n") if text else b""
        restoration = restorer.restore(file.text)
        shown = self._deliver(file, name, restoration) if view == "text" else b""
        if view == "json":
            self._collect(name, restoration)
        elif view != "text":
            shown = VIEWS[view](file, name, restoration)
        self.report.add(name, restoration)
        gap = b"\n" if shown and self._shown and view in SPACED else b""
        self._shown = self._shown or bool(shown)
        return gap + shown

    def _deliver(self, file: TextFile, name: str, restoration: Restoration) -> bytes:
        """Bring the restored text where the request wants it; what is left for standard output."""
        from restore.views import restored_bytes

        request, data = self.request, restored_bytes(file, name, restoration)
        if request.out:
            write_atomically(request.out, data)
        elif request.write and restoration.edits:
            write_atomically(Path(name), data)
            if not request.quiet:
                say(Report.written(name, restoration))
        elif not request.write and not request.check:
            return data
        return b""

    def _restorer(self, settings: Settings) -> Restorer:
        """One restorer for all files that have the same settings."""
        from restore.pipeline import Restorer

        if settings not in self._restorers:
            restorer = self._restorers[settings] = Restorer(settings)
            if not self.request.quiet:
                restorer.progress = progress_line()
        return self._restorers[settings]

    def _collect(self, name: str, restoration: Restoration) -> None:
        from restore.jsonreport import to_json

        self.documents.append(to_json(name, restoration))

    def _emit_json(self) -> None:
        """A document for one file, none if it failed; a list for several."""
        from restore.jsonreport import dumps

        several = len(self.request.files) > 1
        if several or self.documents:
            emit_text(dumps(self.documents if several else self.documents[0]))

    def _fail(self, error: RestoreError) -> None:
        self.report.fail(error)
        complain(error)

    def _sum_up(self) -> None:
        """The summary, unless the one line about the one file has said it all."""
        request = self.request
        told = len(request.files) == 1 and bool(self.report.errors)
        if not told and not request.quiet and request.view not in ("score", "tokens", "lattice"):
            say(self.report.summary())
            if advice := self._advice():
                say(advice)

    def _advice(self) -> str:
        """What installing a language model would bring; nothing for those who do without on purpose."""
        advice = self.report.advice()
        if not advice or any(s.fast for s in self._restorers):
            return ""
        from restore.neural.store import default_folder, usable

        return "" if usable(default_folder()) else advice


def _describe(name: str, layered: LayeredSettings, titled: bool) -> str:
    """The settings in effect, as the TOML that would set them, each with its origin."""

    def lines() -> Iterator[str]:
        if titled:
            yield f"# {name}"
        for key, value, source in layered.rows:
            yield f"{key.replace('_', '-')} = {json.dumps(value, ensure_ascii=False)}  # {source}"

    return "\n".join(lines())
