"""Make a new workspace: the ontology, the shapes, one tiny article, and a README."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from publisher.errors import UsageError
from publisher.swap import staging

_TEMPLATE: Final = Path(__file__).parent / "template"
# The wheel carries the ontology inside the template; in a checkout it is at the top.
_ONTOLOGIES: Final = (_TEMPLATE / "ontology", Path(__file__).parent.parent / "ontology")


def make_workspace(folder: Path) -> None:
    """Write a workspace that builds at once into ``folder``, which must be new or empty.

    Raises ``UsageError`` when the folder holds anything, ``OutputError`` when it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there and not empty; name a new folder")
    ontology = next(path for path in _ONTOLOGIES if path.is_dir())
    folder = folder.resolve()
    with staging(folder) as new:
        shutil.copytree(_TEMPLATE, new, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "ontology"))
        shutil.copytree(ontology, new / "ontology", ignore=shutil.ignore_patterns("examples"))
