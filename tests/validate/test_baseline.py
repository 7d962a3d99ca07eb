from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ConfigError, OutputError
from publisher.validate.baseline import compare, read_baseline, write_baseline
from publisher.validate.report import Finding, Report


def _finding(value: str = "", message: str = "m") -> Finding:
    return Finding("f", "p", "c", value, "violation", "s", message)


FINDINGS = st.lists(st.builds(_finding, st.text(max_size=3), st.text(max_size=3)), max_size=8)


@given(FINDINGS, FINDINGS)
def test_what_is_recorded_is_known_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, old: list[Finding], new: list[Finding]
) -> None:
    path = tmp_path_factory.mktemp("baseline") / "known.json"
    assert write_baseline(path, old) == len(old)
    known = read_baseline(path)
    assert compare(Report(tuple(old)), known).new.findings == ()
    compared = compare(Report((*old, *new)), known)
    assert len(compared.new.findings) == len(new)
    assert compared.known == len(old)
    assert compared.stale == ()


def test_an_entry_that_finds_nothing_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    write_baseline(path, [_finding("a"), _finding("b")])
    compared = compare(Report((_finding("b", "worded otherwise, on another line"),)), read_baseline(path))
    assert compared.stale == (("s", "f", "p", "a"),)
    assert (compared.known, compared.new.findings) == (1, ())


def test_more_of_the_same_is_new(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    write_baseline(path, [_finding("a")])
    assert len(compare(Report((_finding("a", "1"), _finding("a", "2"))), read_baseline(path)).new.findings) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a baseline in JSON"),
        ("[" * 100_000, "not a baseline in JSON"),
        ("[]", "not a baseline of version 1"),
        ('{"version": 2, "findings": []}', "not a baseline of version 1"),
        ('{"version": 1, "findings": [{"shape": "s"}]}', r"findings\[0\] needs the texts"),
        ('{"version": 1, "findings": [{"shape": "s", "focus": "", "path": "", "value": "", "count": 0}]}', "needs"),
        ('{"version": 1, "findings": [7]}', "needs the texts"),
    ],
)
def test_what_is_no_baseline_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        read_baseline(path)


def test_missing_and_unwritable_files_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--write-baseline"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory; name a file$"):
        read_baseline(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        write_baseline(tmp_path / "no" / "folder.json", [])


def test_a_check_under_its_former_name_is_known(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    entry = '{"shape": "https://w3id.org/geopol/shapes#%s", "focus": "f", "path": "p", "value": ""}'
    entries = ", ".join(entry % name for name in ("UndeclaredTerm", "Described", "DeclaredProperty"))
    path.write_text(f'{{"version": 1, "findings": [{entries}]}}', encoding="utf-8")
    assert [shape for shape, *_ in read_baseline(path)] == [
        "urn:publisher:check:undeclared-term",
        "urn:publisher:check:undescribed-thing",
        "https://w3id.org/geopol/shapes#DeclaredProperty",
    ]
