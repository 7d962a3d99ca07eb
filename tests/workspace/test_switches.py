"""The table [lints] of publisher.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import ConfigError
from publisher.validate.lints import FINDING_KINDS
from publisher.workspace.switches import ALWAYS_ON, SWITCHABLE, Switches, read_switches
from publisher.workspace.toml import parse_toml


def _read(text: str) -> Switches:
    toml = parse_toml(text, Path("publisher.toml"))
    return read_switches(toml, toml.values["lints"])


def test_each_check_can_be_set_or_is_always_on() -> None:
    assert sorted((*ALWAYS_ON, *SWITCHABLE)) == sorted(kind.id for kind in FINDING_KINDS)


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        ("data/a.ttl", "off"),
        ("data/v/a.ttl", "info"),
        ("data/v/w/a.ttl", "info"),
        ("data/v/w/x.ttl", "violation"),
        ("other/data/v/a.ttl", "off"),
    ],
)
def test_the_last_pattern_that_matches_counts(path: str, setting: str) -> None:
    text = '[lints]\nsame-label = "off"\n[lints."data/v/**"]\nsame-label = "info"\n'
    switches = _read(f'{text}[lints."**/x.*"]\nsame-label = "violation"\n')
    assert switches.setting("same-label", path) == setting
    assert switches.setting("name-pattern", path) is None
    assert not switches.is_off("same-label")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [("*.ttl", "a.ttl", True), ("*.ttl", "a/b.ttl", False), ("a/?.ttl", "a/b.ttl", True), ("a.ttl", "axttl", False)],
)
def test_a_star_stays_within_a_folder(pattern: str, path: str, matches: bool) -> None:
    assert (Switches({}, {pattern: {"same-label": "off"}}).setting("same-label", path) == "off") == matches


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[lints]\nunused-entitty = "off"',
            "publisher.toml:2:1: unknown check 'unused-entitty'; did you mean 'unused-e",
        ),
        ('[lints]\nsame-label = "of"', "publisher.toml:2:1: same-label is 'of'; did you mean 'off'?"),
        ("[lints]\nsame-label = false", "same-label is False; expected one of violation, warning, info, off"),
        ('[lints."data/**"]\nsame-label = "off"\nx = "off"', "publisher.toml:3:1: unknown check 'x'; known: unsupp"),
        ('[lints]\nunreadable-file = "off"', "publisher.toml:2:1: the check 'unreadable-file' is always a violation"),
        ("[lints.same-label]\nx = 1", "lints.same-label is a table; write 'same-label = \"off\"'"),
    ],
)
def test_what_is_unknown_is_an_error_at_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _read(text)
    assert message in str(raised.value)
