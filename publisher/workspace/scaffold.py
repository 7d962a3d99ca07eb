"""Create a new workspace: the ontology with its shapes and rules, one short article, and a README."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import publisher
from publisher.errors import ConfigError, UsageError
from publisher.workspace.atomic import staging
from publisher.workspace.config import EXAMPLE_BASE, load_config

_PACKAGE: Final = Path(publisher.__file__).parent
_TEMPLATE: Final = _PACKAGE / "workspace" / "template"
# In a wheel the ontology is in the template, in a checkout of the repository it is beside the package.
_ONTOLOGIES: Final = (_TEMPLATE / "ontology", _PACKAGE.parent / "ontology")


def make_workspace(folder: Path, base: str = EXAMPLE_BASE) -> None:
    """Write a workspace into ``folder``, which must be new or empty; it can be built without changes.

    ``base`` is the namespace of the new dataset, an http(s) IRI that ends in ``/``. Raises ``UsageError`` when the
    folder holds anything, ``ConfigError`` for another base, ``OutputError`` when the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: already exists and is not empty; name a new folder")
    folder = folder.absolute()
    ontology = next(path for path in _ONTOLOGIES if path.is_dir())
    with staging(folder) as new:
        shutil.copytree(_TEMPLATE, new, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "ontology"))
        shutil.copytree(ontology, new / "ontology", ignore=shutil.ignore_patterns("examples"))
        for path in (new / "publisher.toml", *(new / "data").rglob("*.ttl")):
            path.write_text(path.read_text(encoding="utf-8").replace(EXAMPLE_BASE, base), encoding="utf-8")
        try:
            load_config(new)
        except ConfigError as error:  # with the place in a folder that is removed now
            expected = str(error).partition("; expected ")[2] or "an absolute http(s) IRI that ends in '/'"
            raise ConfigError(f"--base is '{base}'; expected {expected}") from None
