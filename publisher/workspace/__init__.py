"""The workspace: its configuration, its source files, and how they are read, formatted and written.

``load_config`` reads ``publisher.toml``, ``read_workspace`` parses every source file into one named graph.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from publisher.workspace.scaffold import make_workspace
>>> with TemporaryDirectory() as folder:
...     make_workspace(Path(folder))
...     workspace = read_workspace(load_config(Path(folder)))
>>> workspace.data[0].graph
'https://example.org/dataset/graph/articles/un-charter'
"""

from publisher.workspace.config import Config, load_config
from publisher.workspace.sources import Source, Workspace, read_workspace, triples_of

__all__ = ["Config", "Source", "Workspace", "load_config", "read_workspace", "triples_of"]
