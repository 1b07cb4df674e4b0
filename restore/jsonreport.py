"""A restoration as JSON, for programs; docs/json.md says what each field means and what is promised about them.

Numbers have four decimals and probabilities lie in [0, 1]. Offsets count characters (Unicode code points) of the decoded text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from restore.nouns import Evidence, Restoration, Suggestion
from restore.report import verdict

#: Raised only when a field is removed or changes its meaning; new fields come within a version.
VERSION = 1
DECIMALS = 4
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def to_json(path: str, restoration: Restoration) -> dict[str, Any]:
    """The restoration as plain dicts, lists, strings and numbers. Families come likeliest first, all else in the restoration's own order."""
    families = sorted(restoration.families, key=lambda pair: (-pair[1], pair[0]))
    return {
        "version": VERSION,
        "path": path,
        "spin_rate": _share(restoration.spin_rate),
        "family": restoration.family,
        "families": {name: _share(probability) for name, probability in families},
        "verdict": verdict(restoration),
        "engine": restoration.engine,
        "suggestions": [suggestion_to_json(s) for s in restoration.suggestions],
        "telltales": [{"word": t.word, "seen": int(t.seen), "expected": _number(t.expected)} for t in restoration.telltales],
        "windows": [
            {"start": int(w.start), "end": int(w.end), "spin_rate": _share(w.spin_rate), "probability": _share(w.probability)} for w in restoration.windows
        ],
    }


def dumps(document: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, indent: int | None = 2) -> str:
    """Deterministic JSON that encodes as UTF-8: fields in the order given, characters as they are, lone surrogates escaped.

    ``indent=None`` gives one line, for JSON lines. Raises ValueError for a number that JSON does not have (NaN, infinity).

    >>> dumps({"path": "été\\udcff.txt"}, indent=None)
    '{"path": "été\\\\udcff.txt"}'
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def suggestion_to_json(suggestion: Suggestion) -> dict[str, Any]:
    """One of a restoration's ``suggestions``."""
    return {
        "start": int(suggestion.start),
        "end": int(suggestion.end),
        "before": suggestion.before,
        "replacement": suggestion.replacement,
        "probability": _share(suggestion.probability),
        "action": suggestion.action,
        "alternatives": [{"text": a.text, "probability": _share(a.probability)} for a in suggestion.alternatives],
        "evidence": _evidence(suggestion.evidence),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.kind,
        "row": evidence.row,
        "family": evidence.family,
        "gain": _number(evidence.gain),
        "channel": _number(evidence.channel),
        "count": int(evidence.count),
        "name": evidence.name,
        "witnesses": list(evidence.witnesses),
        "model": _number(evidence.model),
        "rival": evidence.rival,
    }


def _number(value: float) -> float:
    """Rounded, as a Python float (numpy's are no JSON), and never -0.0."""
    return round(float(value), DECIMALS) + 0.0


def _share(value: float) -> float:
    """A rounded probability or rate; sums of posteriors may reach 1.0000000002."""
    return min(max(_number(value), 0.0), 1.0)
