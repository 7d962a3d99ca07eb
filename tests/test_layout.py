"""What holds for the whole source tree: a public type name has one meaning, and examples in docstrings run."""

from __future__ import annotations

import ast
import doctest
import importlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import publisher

PACKAGE = Path(publisher.__file__).parent
TEXTS = {path.relative_to(PACKAGE): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
WITH_EXAMPLES = [path for path, text in TEXTS.items() if ">>> " in text]

# Names with several meanings that are still to be renamed; none may be added.
AMBIGUOUS = {"Graph", "Target"}  # of publisher.build.screen


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


def test_a_public_type_name_has_one_meaning() -> None:
    modules = defaultdict(list)
    for path, text in TEXTS.items():
        for name in _public_types(ast.parse(text)):
            modules[name].append(path.as_posix())
    shared = {name: paths for name, paths in modules.items() if len(paths) > 1 and name not in AMBIGUOUS}
    assert len(modules) > 100
    assert shared == {}


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_examples_in_docstrings(path: Path) -> None:
    name = ".".join((PACKAGE.name, *path.with_suffix("").parts)).removesuffix(".__init__")
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0
