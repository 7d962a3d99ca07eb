from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.validate.report import Finding, Report, merge


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
