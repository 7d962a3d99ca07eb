"""Read a page by axe-core, which finds what makes it hard to use with assistive technology."""

from __future__ import annotations

import json
from typing import Any, Final

from playwright.sync_api import Page

from tests.conftest import ROOT, Requirement

MODULES: Final = ROOT / "tests" / "web" / "node_modules"
INSTALL: Final = "npm ci --prefix tests/web"
_AXE: Final = MODULES / "axe-core" / "axe.min.js"
# WCAG 2.2 AA and what axe calls best practice.
_RULES: Final = {"runOnly": ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")}
CONTRAST: Final = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


class Axe:
    """Finds violations of WCAG 2.2 AA and of best practice, or of other ``rules``, on pages."""

    def __init__(self, require: Requirement) -> None:
        require("axe-core", INSTALL, found=_AXE.is_file())
        self._script = _AXE.read_text(encoding="utf-8")

    def violations(self, page: Page, rules: Any = None) -> list[tuple[str, str, list[str]]]:
        """Return what is found on a page: rule, its meaning, and the first elements."""
        page.evaluate(self._script)
        options = json.dumps({**(rules or _RULES), "resultTypes": ["violations"]})
        found = page.evaluate(f"axe.run({options})")["violations"]
        return [(one["id"], one["help"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]
