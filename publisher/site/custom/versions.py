"""Read earlier versions of vocabularies: the RDF files below ``site/versions/`` of a workspace.

The path of a file below that folder is the path of the IRI of its version below the base: ``ns/0.1.0.ttl``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from publisher.errors import SourceError
from publisher.rdf.ntriples import NTriple, to_ntriples
from publisher.site.model import safe_name
from publisher.workspace.config import Config
from publisher.workspace.files import find, within
from publisher.workspace.pages.markdown import FOLDER
from publisher.workspace.sources import read_triples

VERSIONS: Final = "versions"


def read_versions(config: Config, taken: frozenset[str]) -> Iterator[tuple[str, list[NTriple]]]:
    """Yield the address of each version, without extension, and its triples, sorted; ``taken`` are other addresses.

    Raises ``SourceError`` for a file that cannot be read, and for a path that can be no address, or is one of another
    page or document of the site.
    """
    folder = config.root / FOLDER / VERSIONS
    for path in find(folder, recursive=True):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if any(safe_name(part) != part for part in name.split("/")):
            raise SourceError("its path can be no address; use letters, digits, '-', '.' and '_'", path)
        if name in taken:
            raise SourceError(f"the site has another document {name}; remove the file of the version in force", path)
        taken |= {name}
        yield name, sorted(set(to_ntriples(read_triples(within(path, config.root), config.prefixes))))
