"""How long each stage of restoring takes, in CPU seconds: the stages' functions are timed while the pipeline runs as it always does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any

#: Stage to the functions that do its work, as module and name. A stage that calls itself is counted once. A function that is no longer there is left out.
STAGES: Mapping[str, Sequence[tuple[str, str]]] = {
    "screen (is it spun at all)": (("family", "Screen.look"),),
    "tokenise": (("tokens", "Tokens.__init__"),),
    "protect": (("pipeline", "Restorer.mark"),),
    "match (dictionary)": (("lexicon", "Lexicon.scan"),),
    "match (names)": (("gazetteer", "Gazetteer.find"),),
    "candidates and channel": (("channel", "candidates"), ("channel", "Channel.__init__"), ("channel", "Channel.score"), ("channel", "Channel.own")),
    "lattice": (("lattice", "frame"), ("lattice", "Scorer.__init__"), ("lattice", "Pairs.of"), ("lattice", "connect")),
    "decode": (
        ("decode", "Schedule.of"),
        ("decode", "best_through"),
        ("decode", "Sweep.__init__"),
        ("decode", "Sweep.totals"),
        ("decode", "Sweep.posteriors"),
        ("decode", "Sweep.path"),
        ("spinrate", "estimate"),
    ),
    "suggest": (("suggest", "suggest"),),
}


class Stopwatch:
    """CPU seconds by stage; time inside a nested call of the same stage is not counted twice."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._depth: dict[str, int] = {}

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, with its time counted under ``stage``."""

        @wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            self._depth[stage] = self._depth.get(stage, 0) + 1
            began = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self._depth[stage] -= 1
                if not self._depth[stage]:
                    self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - began

        return measured


@contextmanager
def watched() -> Iterator[Stopwatch]:
    """Every stage timed inside the block; afterwards all is as it was."""
    watch, undo = Stopwatch(), []
    try:
        for stage, functions in STAGES.items():
            for module, name in functions:
                undo += list(_replace(watch, stage, module, name))
        yield watch
    finally:
        for place, attribute, function in reversed(undo):
            setattr(place, attribute, function)


def _replace(watch: Stopwatch, stage: str, module: str, name: str) -> Iterator[tuple[Any, str, Any]]:
    """Put the timed function wherever the original is known by name; yields what undoes it."""
    holder: Any = sys.modules.get(f"restore.{module}")
    *outer, attribute = name.split(".")
    for step in outer:
        holder = getattr(holder, step, None)
    function = vars(holder).get(attribute) if holder is not None else None
    if function is None:
        return
    bare = function.__func__ if isinstance(function, classmethod) else function
    timed: Any = watch.timed(stage, bare)
    timed = classmethod(timed) if isinstance(function, classmethod) else timed
    places = [holder] if outer else [m for key, m in sys.modules.items() if key.startswith("restore.") and vars(m).get(attribute) is function]
    for place in places:
        setattr(place, attribute, timed)
        yield place, attribute, function
