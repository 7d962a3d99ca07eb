from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.validate.report import Finding, Report, Terms, merge


def _finding(severity: str = "violation", focus: str = "https://e.org/id/x") -> Finding:
    return Finding(focus, "", "c", "", severity, "s", "Mend it.")  # type: ignore[arg-type]


def test_warnings_do_not_stop_publication_and_violations_do() -> None:
    assert Report(()).conforms
    assert Report((_finding("warning"), _finding("info"))).conforms
    assert not Report((_finding("warning"), _finding("violation"))).conforms


@pytest.mark.parametrize(
    ("severity", "on", "fails"),
    [
        ("info", "info", True),
        ("info", "warning", False),
        ("warning", "warning", True),
        ("warning", "violation", False),
        ("violation", "info", True),
    ],
)
def test_a_report_fails_on_what_is_asked_or_worse(severity: str, on: str, fails: bool) -> None:
    assert Report((_finding(severity),)).fails(on) is fails  # type: ignore[arg-type]


def test_merging_says_the_same_thing_once() -> None:
    assert merge(Report((_finding(),)), Report((_finding(), _finding(focus="b")))).findings == (
        _finding(focus="b"),
        _finding(),
    )


def test_constraints_of_one_shape_that_say_the_same_are_one_finding() -> None:
    assert len(merge(Report((_finding(), replace(_finding(), component="d")))).findings) == 1
    assert len(merge(Report((_finding(), replace(_finding(), message="other")))).findings) == 2


def test_values_that_differ_in_datatype_alone_are_two_findings() -> None:
    one, other = (replace(_finding(), value="42", terms=Terms("<x>", value, "<s>")) for value in ('"42"', '"42"^^<d>'))
    assert merge(Report((other, one)), Report((one,))).findings == (one, other)
    assert [f.terms and f.terms.value for f in merge(Report((other, one))).findings] == ['"42"', '"42"^^<d>']
