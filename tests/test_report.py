from __future__ import annotations

from pathlib import Path

from publisher.report import Finding, Report, merge, report_text
from publisher.vocab import GP


def _finding(severity: str = "violation", focus: str = "https://e.org/id/x") -> Finding:
    return Finding(focus, "", "c", "", severity, "s", "Mend it.")  # type: ignore[arg-type]


def test_warnings_do_not_stop_publication_and_violations_do() -> None:
    assert Report(()).conforms
    assert Report((_finding("warning"), _finding("info"))).conforms
    assert not Report((_finding("warning"), _finding("violation"))).conforms


def test_merging_says_the_same_thing_once() -> None:
    assert merge(Report((_finding(),)), Report((_finding(), _finding(focus="b")))).findings == (
        _finding(focus="b"),
        _finding(),
    )


def test_the_text_names_file_thing_message_and_sum(tmp_path: Path) -> None:
    found = Finding(
        "https://e.org/id/x", GP.hasHost.value, "c", "", "violation", "s", "Mend it.", tmp_path / "data/a.ttl"
    )
    text = report_text(Report((found, _finding("warning"))), {"id": "https://e.org/id/", "gp": GP.iri}, tmp_path)
    assert "data/a.ttl\n  violation: id:x · gp:hasHost\n    Mend it." in text
    assert text.endswith("1 warning, 1 violation. The data do not conform to the shapes.")
