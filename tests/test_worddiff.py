"""The view shows each changed sentence with its line, old and new words, and nothing that steers the terminal."""

from __future__ import annotations

import doctest
import io
import subprocess
import sys

from rich.console import Console

from restore import worddiff
from restore.nouns import Action, Alternative, Evidence, Restoration, Suggestion
from restore.worddiff import excerpts, plain_words, render_words

TEXT = "The battle ended. He “left” them. Nobody came.\n\nShe mentioned so: “The army won.”\nThe end of\nthe road.\n"


def suggest(text: str, before: str, replacement: str, probability: float = 0.97, action: Action = "apply") -> Suggestion:
    start = text.index(before)
    readings = (Alternative(replacement, probability), Alternative(before, 1 - probability))
    return Suggestion(start, start + len(before), before, replacement, probability, action, readings, Evidence("word"))


def restoration(text: str, *suggestions: Suggestion) -> Restoration:
    return Restoration(text, suggestions, 0.97, "A")


SAMPLE = restoration(
    TEXT,
    suggest(TEXT, "battle", "war"),
    suggest(TEXT, "Nobody", "None", 0.2, "leave"),
    suggest(TEXT, "mentioned", "said"),
    suggest(TEXT, "army", "troops", 0.61, "ask"),
)


def shown(sample: Restoration, width: int = 80, *, colour: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None, legacy_windows=False)
    console.print(render_words(sample, "article.txt", width=width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_plain() -> None:
    assert plain_words(SAMPLE, "article.txt") == (
        "article.txt\n1: The [-battle-]{+war+} 0.97 ended.\n   …\n3: She [-mentioned-]{+said+} 0.97 so: “The army (troops?) 0.61 won.”\n"
    )


def test_colour() -> None:
    out = shown(SAMPLE, colour=True)
    assert "\x1b[9;31mbattle\x1b[0m \x1b[1;32mwar\x1b[0m\x1b[2m 0.97\x1b[0m" in out
    assert "\x1b[33marmy (troops?)\x1b[0m" in out
    assert "\x1b[2m…" in out
    assert "None" not in out


def test_long_sentences_wrap_beside_the_line_number() -> None:
    text = "\n" * 11 + "the battle of the words goes on " * 8
    lines = shown(restoration(text, suggest(text, "battle", "war")), 40).splitlines()
    assert len(lines) > 5
    assert lines[1].startswith("12 the battle war 0.97")
    assert all(len(line) <= 40 and line.startswith("   ") for line in lines[2:])


def test_a_word_wider_than_the_terminal_is_folded() -> None:
    text = "x" * 50 + " battle"
    assert all(len(line) <= 20 for line in shown(restoration(text, suggest(text, "battle", "war")), 20).splitlines())


def test_nothing_to_show() -> None:
    left = restoration(TEXT, suggest(TEXT, "Nobody", "None", 0.2, "leave"))
    assert plain_words(left, "a") == plain_words(restoration(""), "a") == ""
    assert shown(left).strip() == ""


def test_a_phrase_over_the_end_of_a_sentence_stays_whole() -> None:
    text = "It was the U.S.\nArmy base that fell. More."
    sample = restoration(text, suggest(text, "U.S.\nArmy", "US army"))
    assert plain_words(sample, "a") == "a\n1: It was the [-U.S. Army-]{+US army+} 0.97 base that fell.\n"


def test_neighbouring_sentences_have_no_ellipsis_between() -> None:
    text = "The battle ended. They mentioned it. “Fine,” they mentioned."
    sample = restoration(text, suggest(text, "battle", "war"), suggest(text, "mentioned", "said"))
    assert [text[e.start : e.end] for e in excerpts(sample)] == ["The battle ended.", "They mentioned it."]
    assert "…" not in plain_words(sample, "a")


def test_the_opening_quotation_mark_belongs_to_its_sentence() -> None:
    text = "He came. “The battle ended.” She left."
    assert plain_words(restoration(text, suggest(text, "battle", "war")), "a") == "a\n1: “The [-battle-]{+war+} 0.97 ended.”\n"


def test_deletion_and_insertion() -> None:
    text = "He came to to town"
    gone, asked = suggest(text, "to ", ""), suggest(text, "to ", "", 0.5, "ask")
    assert "came [-to -] 0.97to town" in plain_words(restoration(text, gone), "a")
    assert "came to  (delete?) 0.50to town" in plain_words(restoration(text, asked), "a")
    added = Suggestion(len(text), len(text), "", " hall", 0.9, "apply", (), Evidence("word"))
    assert plain_words(restoration(text, added), "a") == "a\n1: He came to to town{+ hall+} 0.90\n"


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = "The \x1b[31m battle\x00 \u202e \udcff\r\nended"
    sample = restoration(text, suggest(text, "battle", "war"))
    for out in (plain_words(sample, "a\x1bb"), shown(sample)):
        assert not {"\x1b", "\x00", "\u202e", "\r"} & set(out)
        out.encode()


def test_brackets_are_no_markup() -> None:
    text = "The [red]battle[/red] :war: ended"
    assert "[red]battle war 0.97[/red] :war: ended" in shown(restoration(text, suggest(text, "battle", "war")))


def test_rich_is_imported_where_it_is_used() -> None:
    code = "import sys, restore.worddiff; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(worddiff).failed == 0
