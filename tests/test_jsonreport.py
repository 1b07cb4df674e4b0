"""The JSON is what docs/json.md says, to the byte."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from restore import jsonreport
from restore.jsonreport import dumps, to_json
from restore.nouns import Alternative, Evidence, Restoration, Suggestion, Telltale, Window

DOCS = (Path(__file__).parent.parent / "docs" / "json.md").read_text(encoding="utf-8")
READINGS = (Alternative("war", 0.97124), Alternative("battle", 0.01881))
WAR = Suggestion(4, 10, "battle", "war", 0.97124, "apply", READINGS, Evidence("word", "words.tsv:812", "A", 3.21888, -0.91629, 14))
SAMPLE = Restoration(
    "The battle ended, he mentioned.", (WAR,), 0.97, "A", (("B", 0.09), ("A", 0.91)), (Telltale("said", 0, 11.0),), (Window(0, 31, 0.97, 0.99991),)
)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key != "families":
                yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_the_documented_example() -> None:
    match = re.search(r"```json\n(.+?)\n```", DOCS, re.DOTALL)
    assert match and dumps(to_json("article.txt", SAMPLE)) == match[1]


def test_every_field_is_documented_and_no_other() -> None:
    documented = {name for row in re.findall(r"^\| (`.+?) \|", DOCS, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert documented | {"text"} == set(keys(to_json("a", SAMPLE)))


def test_an_empty_restoration_has_every_field() -> None:
    empty = to_json("-", Restoration("", (), 0.0, ""))
    assert list(empty) == list(to_json("-", SAMPLE))
    assert (empty["verdict"], empty["suggestions"], empty["families"]) == ("clean", [], {})


def test_probabilities_stay_between_0_and_1() -> None:
    high = WAR._replace(probability=1.0000002, alternatives=(Alternative("war", 1.2), Alternative("battle", -1e-9)))
    made = to_json("a", replace(SAMPLE, suggestions=(high,), spin_rate=1.00001))
    assert made["spin_rate"] == made["suggestions"][0]["probability"] == 1.0
    assert "-0.0" not in dumps(made["suggestions"][0]["alternatives"])


def test_numbers_of_numpy_are_written() -> None:
    start, half, gain, count = np.int32(4), np.float32(0.5), np.float32(-0.00001), np.int64(2)
    war, evidence = cast("Any", WAR), cast("Any", WAR.evidence)
    odd = war._replace(start=start, probability=half, evidence=evidence._replace(gain=gain, count=count))
    made = to_json("a", replace(SAMPLE, suggestions=(odd,)))["suggestions"][0]
    assert json.loads(dumps(made))["probability"] == 0.5
    assert str(made["evidence"]["gain"]) == "0.0"


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(to_json("a", replace(SAMPLE, telltales=(Telltale("said", 0, float("nan")),))))


def test_lone_surrogates_are_escaped_and_come_back() -> None:
    odd = replace(SAMPLE, suggestions=(WAR._replace(before="caf\udce9 “\u2028”"),))
    text = dumps(to_json("\udcff.txt", odd))
    assert '"\\udcff.txt"' in text and "“\u2028”" in text
    back = json.loads(text.encode("utf-8"))
    assert back["path"] == "\udcff.txt" and back["suggestions"][0]["before"] == "caf\udce9 “\u2028”"


def test_the_order_of_equal_families_does_not_depend_on_the_input() -> None:
    one, other = (replace(SAMPLE, families=families) for families in ((("A", 0.5), ("B", 0.5)), (("B", 0.5), ("A", 0.5))))
    assert dumps(to_json("a", one)) == dumps(to_json("a", other))


def test_several_documents_and_one_line_each() -> None:
    made = to_json("a", SAMPLE)
    assert json.loads(dumps([made, made])) == [made, made]
    assert "\n" not in dumps(made, indent=None)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(jsonreport).failed == 0
