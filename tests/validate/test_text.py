from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.rdf.vocab import GP
from publisher.validate.report import Finding, Report
from publisher.validate.text import Naming, printable, report_text, shorten_iris, source_text

PREFIXES = {"id": "https://e.org/id/", "gp": GP.iri}


def _finding(severity: str = "violation") -> Finding:
    return Finding("https://e.org/id/x", "", "c", "", severity, "s", "Mend it.")  # type: ignore[arg-type]


def test_the_text_names_file_thing_message_and_sum(tmp_path: Path) -> None:
    found = replace(_finding(), path=GP.hasHost.value, file=tmp_path / "data/a.ttl")
    text = report_text(Report((found, _finding("warning"))), Naming(PREFIXES, tmp_path))
    assert "data/a.ttl\n  violation: id:x · gp:hasHost\n    Mend it." in text
    assert text.endswith("1 violation, 1 warning. The data do not conform to the shapes.")


def _shown(line: str, column: int, tmp_path: Path) -> list[str]:
    file = tmp_path / "a.ttl"
    file.write_text(f"# one\n{line}\n", encoding="utf-8")
    finding = replace(_finding(), file=file, line=2, column=column, expected="e", hint="h", because=("b",))
    return report_text(Report((finding,)), Naming(PREFIXES, tmp_path)).splitlines()


def test_the_token_at_fault_is_underlined(tmp_path: Path) -> None:
    assert _shown('id:x gp:hasHost "a b"@en , id:y .', 17, tmp_path)[1:9] == [
        "  a.ttl:2:17: violation: id:x",
        '       2 │ id:x gp:hasHost "a b"@en , id:y .',
        "         │                 ^^^^^^^^",
        "    Mend it.",
        "    Expected: e",
        "    Hint: h",
        "    Because: b",
        "    (s)",
    ]


@pytest.mark.parametrize(
    ("line", "column", "marks"),
    [
        ("id:x gp:hasHost id:y.", 17, "                ^^^^"),
        ("\tid:x gp:a <http://e/a> ;", 12, "           ^^^^^^^^^^^^"),
        ('id:x gp:a "日本" , id:y', 18, "                   ^^^^"),  # two columns for each
        ("id:e\u0301 gp:a id:y", 12, "          ^^^^"),  # a combining accent fills none
        ("id:x", 40, "    ^"),
    ],
)
def test_the_caret_counts_columns_of_the_screen(line: str, column: int, marks: str, tmp_path: Path) -> None:
    assert _shown(line, column, tmp_path)[3].partition("│ ")[2] == marks


def test_long_lines_are_cut_around_the_token(tmp_path: Path) -> None:
    shown = _shown(f"{'id:y , ' * 60}id:z .", 421, tmp_path)
    assert shown[2].partition("│ ")[2].startswith("…")
    assert shown[2][shown[3].index("^") :].startswith("id:z")


def test_findings_at_one_place_show_it_once(tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text("id:x gp:a id:y .\n", encoding="utf-8")
    one = replace(_finding(), file=file, line=1, column=1)
    text = report_text(Report((one, replace(one, shape="t"))), Naming(PREFIXES, tmp_path))
    assert text.count("id:x gp:a id:y") == 1
    assert text.count("Mend it.") == 2


@given(st.text())
def test_nothing_steers_the_terminal(text: str) -> None:
    assert not {"\x1b", "\u202e", "\u2066", "\x07", "\n"} & set(printable(text))
    assert len(printable(text)) == len(text)


@given(st.text(), st.integers(0, 5), st.integers(0, 300))
def test_no_source_and_no_place_bring_a_traceback(text: str, line: int, column: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_, **__: text)
        assert source_text("told", Path("a.ttl"), line, column).startswith("told")


def test_iris_in_messages_are_shortened() -> None:
    assert shorten_iris("No property https://e.org/id/x, sorry. <https://e.org/id/y>!", PREFIXES) == (
        "No property id:x, sorry. id:y!"
    )
    assert shorten_iris("See <https://other.org/>.", PREFIXES) == "See <https://other.org/>."


def test_lines_are_wrapped_for_a_terminal(tmp_path: Path) -> None:
    line = f"id:x gp:hasHost {', '.join(f'id:n{number}' for number in range(40))} ."
    file = tmp_path / "a.ttl"
    file.write_text(f"{line}\n", encoding="utf-8")
    message = "One word follows the other " * 9 + "https://w3id.org/geopol/id/" + "long-" * 20
    finding = replace(_finding(), file=file, line=1, column=170, message=message.strip(), hint="a hint " * 20)
    wide, narrow = (
        report_text(Report((finding,)), Naming(PREFIXES, tmp_path, width)).splitlines() for width in (None, 80)
    )
    assert narrow[1] == wide[1]
    assert max(len(line) for line in narrow[2:] if "long-" not in line) <= 80
    assert narrow[3].endswith(" ^^^")
    assert narrow[2][narrow[3].index("^") :].startswith(line[169:172])
    assert " ".join(" ".join(narrow[4:]).split()) == " ".join(" ".join(wide[4:]).split())
