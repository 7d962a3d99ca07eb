"""The build hook of hatch: whatever is built or installed from the sources gets the bundled scripts."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _bundle_module() -> ModuleType:
    """Return ``bundle.py`` beside this file, which hatch does not put on the path."""
    spec = importlib.util.spec_from_file_location("bundle", Path(__file__).with_name("bundle.py"))
    if spec is None or spec.loader is None:
        raise ImportError("browser/bundle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BundleHook(BuildHookInterface[Any]):
    """Bundle the scripts of the SPARQL page; without them the package works, and its sites have no such page."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return the package that has node, where it is needed and the system has none."""
        module = _bundle_module()
        return [] if module.is_current() or module.has_node() else [module.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (the interface)
        """Bundle before the files are collected."""
        module = _bundle_module()
        try:
            module.bundle()
        except module.BundleError as error:
            self.app.display_warning(f"The SPARQL page is left out, its scripts cannot be bundled: {error}")
