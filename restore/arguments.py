"""Arguments of the command line that need no checking, taken as they are.

Typer hands every argument, also one that was not given, to a validator of pydantic, whose import and making take 0.16 s of a run. What is plainly right
(a text, a number in digits within its limits, a word out of those listed, a file) means the same without it; all else still goes to Typer, which words
what is wrong with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, get_origin

_WHOLE, _DECIMAL = re.compile(r"-?[0-9]{1,15}"), re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_UNKNOWN = object()


class _Coercion(Protocol):
    """What Typer keeps for a parameter, to turn its argument into a value."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any: ...


def take_plain(command: Any) -> None:
    """Have a Typer command, and those below it, take plain arguments as they are. A Typer made otherwise than this one is left as it is."""
    typers_own = command.get_params

    def get_params(context: Any) -> list[Any]:
        """The command's parameters, its help option, which is made on the way, among them."""
        parameters: list[Any] = typers_own(context)
        for parameter in parameters:
            descriptor = getattr(parameter, "type_descriptor", None)
            known = all(hasattr(descriptor, part) for part in ("annotation", "parameter_info")) and hasattr(parameter, "get_runtime_param")
            if known and "get_runtime_param" not in vars(parameter):
                parameter.get_runtime_param = _PlainFirst(descriptor, parameter.get_runtime_param).itself
        return parameters

    command.get_params = get_params
    for below in getattr(command, "commands", {}).values():
        take_plain(below)


class _PlainFirst:
    """Takes an argument as it is where it is plain, and asks Typer's own coercion where it is not."""

    def __init__(self, descriptor: Any, typers_own: Callable[[], _Coercion]) -> None:
        self._kind, self._info, self._typers_own = descriptor.annotation, descriptor.parameter_info, typers_own

    def itself(self) -> _PlainFirst:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        if several and get_origin(self._kind) is list and isinstance(value, list | tuple):
            (kind,) = get_args(self._kind)
            plain: Any = [self._plain(kind, item) for item in value]
            known = _UNKNOWN not in plain
        else:
            plain = self._plain(self._kind, value)
            known = plain is not _UNKNOWN
        return plain if known else self._typers_own().coerce(value, param=param, ctx=ctx)

    def _plain(self, kind: Any, value: Any) -> Any:
        """The value of an argument, or _UNKNOWN."""
        info = self._info
        if getattr(info, "parser", None) or not isinstance(value, str):
            return value if type(value) is kind and self._within(value) else _UNKNOWN
        if kind is str:
            return value
        if get_origin(kind) is Literal:
            return value if value in get_args(kind) else _UNKNOWN
        if kind is Path and _unconditional(info):
            path = Path(value)
            return path if os.access(path, os.R_OK) or not path.exists() else _UNKNOWN
        if (kind is int and _WHOLE.fullmatch(value)) or (kind is float and _DECIMAL.fullmatch(value)):
            number = kind(value)
            return number if self._within(number) else _UNKNOWN
        return _UNKNOWN

    def _within(self, number: Any) -> bool:
        least, most = self._info.min, self._info.max
        return (least is None or least <= number) and (most is None or number <= most)


def _unconditional(info: Any) -> bool:
    """Whether nothing is asked of a path but that it can be read if it is there."""
    return info.file_okay and info.dir_okay and info.readable and not (info.exists or info.writable or info.resolve_path or info.path_type)
