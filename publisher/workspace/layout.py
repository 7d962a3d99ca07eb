"""Find the source files of a workspace and tell what each is for.

Every file becomes one named graph: ``data/articles/a.ttl`` is ``<base>graph/articles/a``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from publisher.errors import ConfigError, SourceError
from publisher.workspace.config import Config
from publisher.workspace.files import find

MAPPINGS: Final = ".sssom.tsv"
# The folders below ontology/shapes, in the order of the fields of ``ShapesGraphs``.
SHAPES_FOLDERS: Final = (".", "asserted", "derived", "corpus")
_EXTERNAL: Final = "wikidata"  # statements of others: they are no part of the dataset


@dataclass(frozen=True)
class Files:
    """The paths of the source files of a workspace by purpose; each group is sorted.

    ``shapes`` has one group for each of ``SHAPES_FOLDERS``; ``shared`` are data files outside of ``data/articles``.
    """

    ontology: tuple[Path, ...]
    alignments: tuple[Path, ...]
    shapes: tuple[tuple[Path, ...], ...]
    rules: tuple[Path, ...]
    shared: tuple[Path, ...] = ()
    articles: tuple[Path, ...] = ()
    links: tuple[Path, ...] = ()

    @property
    def data(self) -> tuple[Path, ...]:
        """The data files: shared ones and articles, without links."""
        return tuple(sorted((*self.shared, *self.articles)))


def find_ontology_files(config: Config) -> Files:
    """Return the files under ``ontology``: ontology, alignments, shapes and rules, but no data.

    Raises ``SourceError`` as ``find_files`` does.
    """
    ontology = config.root / "ontology"
    return Files(
        ontology=_check_graph_names(find(ontology), config.root),
        alignments=_check_graph_names(find(ontology / "alignments"), config.root),
        shapes=tuple(_check_graph_names(find(ontology / "shapes" / name), config.root) for name in SHAPES_FOLDERS),
        rules=tuple(find(ontology / "rules")),
    )


def find_files(config: Config) -> Files:
    """Return all source files of the workspace.

    Raises ``ConfigError`` when there are no data, ``SourceError`` for a file or folder that cannot be read and for two
    files whose graphs would have one name.
    """
    data = config.root / "data"
    own = [path for path in find(data, recursive=True) if path.parent.name != _EXTERNAL]
    paths = _check_graph_names(own, config.root)
    # identity links never reach the reasoner
    links = tuple(path for path in paths if path.parent.name == "links")
    entities = [path for path in paths if path.parent.name != "links"]
    if not entities:
        raise ConfigError(f"{data}: no RDF file in it; put at least one .ttl file there")
    articles = os.fspath(data / "articles" / "x")[:-1]
    return replace(
        find_ontology_files(config),
        shared=tuple(path for path in entities if not os.fspath(path).startswith(articles)),
        articles=tuple(path for path in entities if os.fspath(path).startswith(articles)),
        links=links,
    )


def _check_graph_names(paths: list[Path], root: Path) -> tuple[Path, ...]:
    """Return the paths; raise ``SourceError`` when two of them would name the same graph."""
    if len({os.path.splitext(path)[0].removesuffix(".sssom") for path in paths}) == len(paths):  # noqa: PTH122 (fast)
        return tuple(paths)
    by_name: dict[str, Path] = {}
    for path in paths:
        if (other := by_name.setdefault(graph_name(path.relative_to(root)), path)) != path:
            raise SourceError(f"its graph would have the name of that of {other.name}; rename one of the two", path)
    return tuple(paths)


def graph_name(path: Path) -> str:
    """Return the part of the graph's IRI after ``<base>graph/``, from the path of a file below the workspace.

    >>> graph_name(Path("data/articles/summit.ttl")), graph_name(Path("ontology/alignments/schema.sssom.tsv"))
    ('articles/summit', 'ontology/alignments/schema')
    """
    parts = path.parts[1:] if path.parts[0] == "data" else path.parts
    return quote("/".join((*parts[:-1], path.name.removesuffix(MAPPINGS).removesuffix(path.suffix))), safe="/")
