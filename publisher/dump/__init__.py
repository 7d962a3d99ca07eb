"""Write the dumps of a dataset and read them again: sorted, byte-identical for equal input, in six formats.

>>> import tempfile
>>> from pathlib import Path
>>> from publisher import dump
>>> graphs = {"http://example.org/graph": [("<http://example.org/s>", "<http://example.org/p>", '"o"')]}
>>> with tempfile.TemporaryDirectory() as folder:
...     (file,) = dump.write(dump.Dump("all", "Everything", graphs, ("nq",)), Path(folder), {}, {})
...     [quad.object.value for quad in dump.open(file.path).quads()]
['o']
"""

from publisher.dump.formats import Distribution, Dump
from publisher.dump.formats import write_dump as write
from publisher.dump.reader import PublishedDump
from publisher.dump.reader import open_dump as open  # noqa: A004 (as in tarfile and gzip)

__all__ = ["Distribution", "Dump", "PublishedDump", "open", "write"]
