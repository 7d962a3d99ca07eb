"""Serve the site of a workspace by HTTP: the one that a build wrote, or the workspace under work.

A preview renders a page when it is asked for, shows the findings of ``validate`` in it, and reloads it on each change.

>>> from pathlib import Path
>>> from publisher.serve import Preview
>>> Preview(Path("nowhere")).page("index.html").status  # nothing was read yet
503
"""

from publisher.serve.preview import Preview
from publisher.serve.server import free_address, run

__all__ = ["Preview", "free_address", "run"]
