"""What holds for the whole source tree: small packages with a face each, type names with one meaning, live examples."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import publisher

PACKAGE = Path(publisher.__file__).parent
TEXTS = {path.relative_to(PACKAGE): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
WITH_EXAMPLES = [path for path, text in TEXTS.items() if ">>> " in text]

PACKAGES = sorted(path.parent.name for path in TEXTS if path.name == "__init__.py" and len(path.parts) == 2)


def _public_types(module: ast.Module) -> Iterator[str]:
    """Yield the public classes and type aliases of a module: names in capitalised words, such as ``GraphDigest``."""
    for node in module.body:
        match node:
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                names = []
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                names = []
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def test_modules_stand_in_packages_of_a_command() -> None:
    top = {path.stem for path in TEXTS if len(path.parts) == 1}
    assert top <= {"__init__", "__main__", "errors", "progress"}
    modules = Counter(path.parent.as_posix() for path in TEXTS if path.name != "__init__.py")
    assert {package: count for package, count in modules.items() if count > 16} == {}


@pytest.mark.parametrize("path", [path for path, text in TEXTS.items() if text.count("\n") > 350], ids=str)
def test_a_long_module_says_why(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(TEXTS[path])) or ""
    assert "module is longer" in docstring


@pytest.mark.parametrize("name", [name for name in PACKAGES if name != "cli"])
def test_a_package_hands_on_a_few_names(name: str) -> None:
    package = importlib.import_module(f"publisher.{name}")
    assert 2 <= len(package.__all__) <= 6
    assert all(hasattr(package, exported) for exported in package.__all__)
    assert ">>> " in (package.__doc__ or "")


def test_a_public_type_name_has_one_meaning() -> None:
    modules = defaultdict(list)
    for path, text in TEXTS.items():
        for name in _public_types(ast.parse(text)):
            modules[name].append(path.as_posix())
    shared = {name: paths for name, paths in modules.items() if len(paths) > 1}
    assert len(modules) > 100
    assert shared == {}


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_examples_in_docstrings(path: Path) -> None:
    name = ".".join((PACKAGE.name, *path.with_suffix("").parts)).removesuffix(".__init__")
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


def test_the_map_of_the_packages_is_complete_and_true() -> None:
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    starts = dict(re.findall(r"^\| `([a-z]+)` \|.*\| `([a-z_]+\.py)` \|$", page, re.MULTILINE))
    assert sorted(starts) == PACKAGES
    assert [name for name, module in starts.items() if Path(name, module) not in TEXTS] == []
