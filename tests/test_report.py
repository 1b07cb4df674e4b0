"""The wording, the counts and the exit code of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from restore.errors import InputError
from restore.nouns import Action, Alternative, Evidence, Restoration, Suggestion, Telltale, Window
from restore.report import Report, verdict

TEXT = "Yes.\nThe battle ended, he mentioned.\nFact\nSocial"
CLEAN = Restoration("All is well.", (), 0.0, "")


def suggest(before: str, replacement: str, probability: float = 0.97, action: Action = "apply", evidence: Evidence | None = None) -> Suggestion:
    start = TEXT.index(before)
    readings = (Alternative(replacement, probability), Alternative(before, 0.02), Alternative("fight", 0.01))
    return Suggestion(start, start + len(before), before, replacement, probability, action, readings, evidence or Evidence("word"))


WAR = suggest("battle", "war", evidence=Evidence("word", "words.tsv:812", "A", 3.21, -0.9163, 14))
SAID = suggest("mentioned", "said", 0.61, "ask", Evidence("word", "words.tsv:90", gain=-1.25))
TRUTH = suggest("Fact\nSocial", "Truth\nSocial", 0.3, "leave", Evidence("name", "names.tsv:3", name="Truth Social"))
SPUN = Restoration(TEXT, (WAR, SAID, TRUTH), 0.97, "A", (("B", 0.09), ("A", 0.91)), (Telltale("said", 0, 11.0), Telltale("according to", 12, 3.46)))


def windows(*probabilities: float) -> tuple[Window, ...]:
    return tuple(Window(i, i + 1, p, p) for i, p in enumerate(probabilities))


class Clock:
    """Gives 0 s when the report begins and 0.41 s from then on."""

    def __init__(self) -> None:
        self.times = [0.0]

    def __call__(self) -> float:
        return self.times.pop() if self.times else 0.41


def report(*restorations: Restoration, failed: int = 0, check: bool = False, diff: bool = False) -> Report:
    made = Report(check=check, diff=diff, clock=Clock())
    for restoration in restorations:
        made.add("article.txt", restoration)
    for _ in range(failed):
        made.fail(InputError("gone.txt", "no such file"))
    return made


@pytest.mark.parametrize(
    ("restoration", "expected"),
    [
        (CLEAN, "clean"),
        (SPUN, "spun"),
        (replace(SPUN, windows=windows(0.5, 0.9)), "spun"),
        (replace(SPUN, windows=windows(0.49, 0.5)), "partly spun"),
        (replace(CLEAN, windows=windows(0.1, 0.2)), "clean"),
        (replace(SPUN, windows=windows(0.1, 0.49)), "clean"),  # a rate of some hundredths, since nothing is certain
    ],
)
def test_verdict(restoration: Restoration, expected: str) -> None:
    assert verdict(restoration) == expected


def test_summary_of_one_spun_file() -> None:
    many = replace(SPUN, suggestions=(WAR,) * 251 + (SAID,) * 8 + (TRUTH,) * 3)
    assert report(many).summary() == "restored 251 of 262 suggestions in 1 file (spin rate 0.97, family A); 8 to ask about; 0.41 s"


def test_summary_of_a_clean_file() -> None:
    assert report(CLEAN).summary() == "article.txt: clean (spin rate 0.00), nothing to change"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (report(replace(SPUN, suggestions=(WAR,))), "restored 1 of 1 suggestion in 1 file (spin rate 0.97, family A); 0.41 s"),
        (report(replace(SPUN, suggestions=(WAR,)), diff=True), "would restore 1 of 1 suggestion in 1 file (spin rate 0.97, family A); 0.41 s"),
        (report(SPUN, check=True), "would restore 1 of 3 suggestions in 1 file (spin rate 0.97, family A); 1 to ask about; 0.41 s"),
        (report(replace(SPUN, suggestions=(TRUTH,))), "article.txt: spun (spin rate 0.97, family A), nothing to change"),
        (report(SPUN, CLEAN, CLEAN), "restored 1 of 3 suggestions in 3 files (1 spun, 2 clean); 1 to ask about; 0.41 s"),
        (report(CLEAN, CLEAN), "2 files (2 clean), nothing to change"),
        (report(CLEAN, failed=1), "article.txt: clean (spin rate 0.00), nothing to change; 1 file could not be processed"),
        (report(failed=2), "2 files could not be processed"),
        (report(), "no files, nothing to do"),
    ],
)
def test_other_summaries(made: Report, expected: str) -> None:
    assert made.summary() == expected


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (report(SPUN), 0),
        (report(CLEAN, check=True), 0),
        (report(replace(SPUN, suggestions=(SAID,)), check=True), 0),
        (report(SPUN, CLEAN, check=True), 1),
        (report(SPUN, check=True, failed=1), 3),
        (report(failed=1), 3),
    ],
)
def test_exit_code(made: Report, code: int) -> None:
    assert made.exit_code == code


def test_errors_are_kept_in_order() -> None:
    assert [str(error) for error in report(failed=1).errors] == ["gone.txt: no such file"]


def test_explain() -> None:
    assert Report.explain("article.txt", SPUN) == (
        "article.txt: spun, spin rate 0.97\n"
        "families: A 0.91, B 0.09\n"
        "\n"
        "tell-tale words:\n"
        "  said           0 seen,  11 expected\n"
        "  according to  12 seen, 3.5 expected\n"
        "\n"
        '2:5 "battle" -> "war" 0.97 apply\n'
        '    or: "battle" (as it is) 0.02, "fight" 0.01\n'
        "    why: dictionary row words.tsv:812 (family A); the language model prefers it by 3.2 nats; "
        "a spinner puts it with probability 0.4; the pair occurs 14 times in this text\n"
        "\n"
        '2:22 "mentioned" -> "said" 0.61 ask\n'
        '    or: "mentioned" (as it is) 0.02, "fight" 0.01\n'
        "    why: dictionary row words.tsv:90; the language model is against it by 1.2 nats; the pair occurs once in this text\n"
        "\n"
        '3:1 "Fact Social" -> "Truth Social" 0.30 leave\n'
        '    or: "Fact Social" (as it is) 0.02, "fight" 0.01\n'
        '    why: gazetteer row names.tsv:3; matches the name "Truth Social"; the pair occurs once in this text'
    )


def test_explain_clean_text() -> None:
    assert Report.explain("a\x1b.txt", CLEAN) == "a␛.txt: clean, spin rate 0.00"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("litter", "litter that spinners leave"), ("article", "a or an, as the next word asks"), ("spelling", "a near spelling")],
)
def test_explain_gives_other_reasons(kind: str, words: str) -> None:
    alone = WAR._replace(evidence=Evidence(kind), replacement="", alternatives=())
    assert Report.explain("a", replace(SPUN, suggestions=(alone,))).endswith(
        f'2:5 "battle" -> nothing 0.97 apply\n    why: {words}; the pair occurs once in this text'
    )


def test_score_line() -> None:
    assert Report.score_line("article.txt", SPUN) == "article.txt\t0.9700\tA\tspun"
    assert Report.score_line("été.txt", CLEAN) == "été.txt\t0.0000\t-\tclean"
    assert Report.score_line("a\tb", replace(SPUN, windows=windows(0, 1))) == '"a\\tb"\t0.9700\tA\tpartly spun'


def test_github() -> None:
    place = "line=2,col=5,endLine=2,endColumn=11"
    assert Report.github("article.txt", SPUN).split("\n") == [
        f'::warning file=article.txt,{place},title=spun text::"battle" probably stands for "war" (0.97)',
        '::warning file=article.txt,line=2,col=22,endLine=2,endColumn=31,title=spun text::"mentioned" perhaps stands for "said" (0.61)',
    ]
    assert Report.github("article.txt", CLEAN) == ""


def test_github_escapes() -> None:
    odd = replace(SPUN, suggestions=(WAR._replace(replacement="100%, war: now\r\n"),))
    line = Report.github("a,b:c%\n.txt", odd)
    assert line.startswith("::warning file=a%2Cb%3Ac%25%0A.txt,line=2,")
    assert line.endswith('::"battle" probably stands for "100%25, war: now%0D%0A" (0.97)')


def test_github_gives_no_columns_over_several_lines() -> None:
    odd = replace(SPUN, suggestions=(TRUTH._replace(action="apply"),))
    assert Report.github("a", odd) == '::warning file=a,line=3,endLine=4,title=spun text::"Fact%0ASocial" probably stands for "Truth%0ASocial" (0.30)'
