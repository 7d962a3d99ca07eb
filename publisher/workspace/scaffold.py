"""Create a new workspace from a template: articles and claims, a thesaurus in SKOS, or a vocabulary of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import publisher
from publisher.errors import ConfigError, UsageError
from publisher.workspace.atomic import staging
from publisher.workspace.config import EXAMPLE_BASE, load_config

_PACKAGE: Final = Path(publisher.__file__).parent
_TEMPLATES: Final = _PACKAGE / "workspace" / "templates"
# In a wheel the ontology of geopolitics is in its template, in a checkout of the repository it is beside the package.
_CHECKOUT: Final = _PACKAGE.parent / "ontology"

GEOPOL: Final = "geopol"
TEMPLATES: Final = (GEOPOL, "skos", "bare")


def make_workspace(folder: Path, base: str = EXAMPLE_BASE, template: str = GEOPOL) -> None:
    """Write a workspace into ``folder``, which must be new or empty; it can be built without changes.

    ``base`` is the namespace of the new dataset, an http(s) IRI that ends in ``/``; ``template`` is one of
    ``TEMPLATES``. Raises ``UsageError`` when the folder holds anything, ``ConfigError`` for another base,
    ``OutputError`` when the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: already exists and is not empty; name a new folder")
    folder = folder.absolute()
    with staging(folder) as new:
        source = _TEMPLATES / template
        shutil.copytree(source, new, dirs_exist_ok=True)
        if template == GEOPOL:
            if not (new / "ontology").is_dir():
                shutil.copytree(_CHECKOUT, new / "ontology")
            shutil.rmtree(new / "ontology" / "examples")  # of this repository, and none of the new workspace
        for path in filter(Path.is_file, new.rglob("*")):
            text = path.read_text(encoding="utf-8")
            if EXAMPLE_BASE in text:
                path.write_text(text.replace(EXAMPLE_BASE, base), encoding="utf-8")
        try:
            load_config(new)
        except ConfigError as error:  # with the place in a folder that is removed now
            expected = str(error).partition("; expected ")[2] or "an absolute http(s) IRI that ends in '/'"
            raise ConfigError(f"--base is '{base}'; expected {expected}") from None
