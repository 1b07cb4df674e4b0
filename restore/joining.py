"""Put together what was found in the parts of a text: offsets, windows, families, tell-tales."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from restore import family, spinrate
from restore.nouns import Restoration, Suggestion, Window
from restore.tokens import Tokens

#: What makes a stretch of text one that is spun or not; quotation marks between two sentences, or after the last one, are neither.
_WORD = re.compile(r"\w")


def windows(tokens: Tokens, spin: spinrate.Spin) -> tuple[Window, ...]:
    """Runs of sentences that are alike, as windows."""
    spun = spin.probability >= 0.5
    cuts = np.flatnonzero(np.diff(spun)) + 1
    out = []
    for low, high in zip(np.r_[0, cuts].tolist(), np.r_[cuts, len(spun)].tolist(), strict=True):
        first, last = np.searchsorted(tokens.sentence, [low, high])
        p = float(spin.probability[low:high].mean())
        out.append(Window(int(tokens.starts[first]), int(tokens.ends[last - 1]), spin.rate * p, p))
    return tuple(out)


def shift(part: Restoration, offset: int) -> Restoration:
    if not offset:
        return part
    moved = tuple([Suggestion(s[0] + offset, s[1] + offset, s[2], s[3], s[4], s[5], s[6], s[7]) for s in part.suggestions])
    windows = tuple(replace(w, start=w.start + offset, end=w.end + offset) for w in part.windows)
    return replace(part, suggestions=moved, windows=windows)


def join(text: str, parts: list[Restoration], count: int) -> Restoration:
    """The restoration of a text of ``count`` words from those of its suspicious blocks; rates are averaged by words."""
    total = max(count, 1)
    spun = [p for p in parts if p.family]
    weight: dict[str, float] = {}
    for p in spun:
        for name, probability in p.families:
            weight[name] = weight.get(name, 0.0) + probability * p.words
    mass = sum(weight.values()) or 1.0
    ranked = tuple(sorted(((f, w / mass) for f, w in weight.items()), key=lambda x: (-x[1], x[0])))
    return Restoration(
        text,
        tuple(s for p in parts for s in p.suggestions),
        min(1.0, sum(p.spin_rate * p.words for p in parts) / total),
        ranked[0][0] if ranked else "",
        ranked,
        family.merge([p.telltales for p in parts]),
        _fill(text, [w for p in spun for w in p.windows]),
        count,
        max((p.engine for p in parts), default=""),  # of one run they are all the same or ""
    )


def _fill(text: str, windows: list[Window]) -> tuple[Window, ...]:
    """Windows over the whole text: what lies between the given ones is clean."""
    out: list[Window] = []
    position = 0
    for window in windows:
        if _WORD.search(text, position, window.start):
            out.append(Window(position, window.start, 0.0, 0.0))
        out.append(window)
        position = window.end
    if windows and _WORD.search(text, position):
        out.append(Window(position, len(text), 0.0, 0.0))
    return tuple(out)
