"""Read the table ``[lints]`` of publisher.toml: how severe the findings of a check are, and where.

::

    [lints]
    unused-entity = "off"

    [lints."data/vocabulary/**"]
    name-pattern = "info"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from publisher.workspace.toml import TomlFile, suggestion

# Without these checks nobody could tell whether the others ran, so they are always violations.
ALWAYS_ON: Final = ("unreadable-file", "ill-formed-shape", "engine-stopped")
SWITCHABLE: Final = (
    *("unsupported-shape", "engines-disagree", "undescribed-thing", "ill-formed-literal", "edtf-bounds"),
    *("disjoint-classes", "irreflexive-property", "asymmetric-property", "disjoint-properties"),
    *("negative-assertion", "forbidden-property"),
    *("missing-shapes", "unapplied-axiom", "axiom-in-data", "passed-over", "undeclared-term", "deprecated-term"),
    *("query-term", "query-thing", "query-syntax", "query-header", "query-parameter", "expected-result"),
    *("page-link", "page-query"),
    *("prefix-bound-twice", "linked-thing", "name-pattern", "same-label", "mixed-scripts", "unused-entity"),
    "store-limit",
)
SETTINGS: Final = ("violation", "warning", "info", "off")
_PART: Final = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_PATTERNS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Switches:
    """The settings of checks: those for every file, and those for the files that a pattern matches."""

    everywhere: Mapping[str, str] = field(default_factory=dict)
    by_pattern: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
        return tuple((_compile(pattern), settings) for pattern, settings in self.by_pattern.items())

    def setting(self, check: str, path: str = "") -> str | None:
        """Return the severity of a check or ``"off"``, ``None`` where nothing is set; the last pattern counts.

        >>> switches = Switches({"same-label": "off"}, {"data/articles/**": {"same-label": "info"}})
        >>> switches.setting("same-label", "data/x.ttl"), switches.setting("same-label", "data/articles/2018/x.ttl")
        ('off', 'info')
        """
        for pattern, settings in reversed(self._patterns):
            if check in settings and pattern.fullmatch(path):
                return settings[check]
        return self.everywhere.get(check)

    def is_off(self, check: str) -> bool:
        """Tell whether a check is off for every file, so that it need not run."""
        is_on_somewhere = any(settings.get(check, "off") != "off" for settings in self.by_pattern.values())
        return self.everywhere.get(check) == "off" and not is_on_somewhere


def read_switches(toml: TomlFile, table: Mapping[str, Any]) -> Switches:
    """Return the settings of the table. Raises ``ConfigError`` for an unknown check or severity."""
    everywhere = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    by_pattern = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    for key in by_pattern:
        if key in SWITCHABLE or key in ALWAYS_ON:
            raise toml.error(f"lints.{key} is a table; write '{key} = \"off\"', or name files first", "lints", key)
    _check(toml, everywhere, "lints")
    for pattern, settings in by_pattern.items():
        _check(toml, settings, "lints", pattern)
    return Switches(everywhere, by_pattern)


def _check(toml: TomlFile, settings: Mapping[str, Any], *path: str) -> None:
    for check, setting in settings.items():
        if check in ALWAYS_ON:
            raise toml.error(f"the check '{check}' is always a violation; it cannot be set", *path, check)
        if check not in SWITCHABLE:
            hint = suggestion(check, SWITCHABLE, f"known: {', '.join(SWITCHABLE)}")
            raise toml.error(f"unknown check '{check}'; {hint}", *path, check)
        if setting not in SETTINGS:
            hint = suggestion(setting, SETTINGS, f"expected one of {', '.join(SETTINGS)}")
            raise toml.error(f"{check} is {setting!r}; {hint}", *path, check)


def _compile(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern of paths: ``**`` is any folders, ``*`` and ``?`` stay within one."""
    expression = _PART.sub(lambda part: _PATTERNS.get(part[0]) or re.escape(part[0]), pattern)
    return re.compile(expression, re.DOTALL)
