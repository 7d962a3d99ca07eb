"""Publish a workspace: validate, infer and write it part by part, then swap the result into place.

``build`` writes dumps only if no finding is a violation; ``judge`` finds the same and writes nothing. What either
returns depends on the sources alone, not on the number of processes, the parts or the cache.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from publisher.workspace import load_config
>>> from publisher.workspace.scaffold import make_workspace
>>> with TemporaryDirectory() as folder:
...     make_workspace(Path(folder, "workspace"))
...     built = build(load_config(Path(folder, "workspace")), Path(folder, "dist"))
...     Path(folder, "dist", "dumps", "all.nq").is_file(), built.report.conforms
(True, True)
"""

from publisher.build.pipeline import Built, build
from publisher.build.review import Request, Verdict, judge

__all__ = ["Built", "Request", "Verdict", "build", "judge"]
