"""Compare two published datasets, and serialise the difference as text, RDF Patch or SPARQL Update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyoxigraph as ox

from publisher.dump.reader import PublishedDump, open_dump
from publisher.rdf.curies import turtle_name
from publisher.rdf.io import format_of


@dataclass(frozen=True)
class DatasetDiff:
    """The quads that only the old dataset has and those that only the new one has, sorted as in N-Quads.

    ``rewritten`` are all new quads of each graph in which blank nodes differ, by the name of the graph: SPARQL Update
    cannot delete blank nodes (SPARQL 1.1 Update, section 3.1.2), and has to replace the graph.
    """

    removed: tuple[ox.Quad, ...]
    added: tuple[ox.Quad, ...]
    rewritten: Mapping[str, tuple[ox.Quad, ...]]

    @property
    def is_empty(self) -> bool:
        """Whether the datasets are the same, apart from the labels of blank nodes."""
        return not (self.removed or self.added)


def diff(old: Path, new: Path) -> DatasetDiff:
    """Compare two published folders, or files of RDF; blank nodes get canonical labels (RDFC-1.0).

    When one of them is a file in a format without graphs, the triples are compared. Raises ``UsageError`` when there is
    no dataset at a path, ``SourceError`` when it cannot be read.
    """
    dumps = open_dump(old), open_dump(new)
    digests, new_digests = (dump.list_graphs() for dump in dumps)
    formats = [format_of(dump.path) for dump in dumps]
    has_graphs = all(rdf_format and rdf_format.supports_datasets for rdf_format in formats)
    equal = frozenset(f"<{name}>" for name, digest in digests.items() if new_digests.get(name) == digest)
    before, after = (_quads(dump, equal, has_graphs=has_graphs) for dump in dumps)
    removed, added = sorted(before - after, key=str), sorted(after - before, key=str)
    replaced = {str(quad.graph_name) for quad in (*removed, *added) if _has_blank_node(quad)}
    rewritten = {
        name: tuple(sorted((quad for quad in after if str(quad.graph_name) == name), key=str))
        for name in sorted(replaced)
    }
    return DatasetDiff(tuple(removed), tuple(added), rewritten)


def _quads(dump: PublishedDump, equal: Set[str], *, has_graphs: bool) -> set[ox.Quad]:
    """Return the quads of a dump, of the graphs ``equal`` only those with blank nodes; else all, without their graphs.

    The canonical label of a blank node depends on all quads with blank nodes.
    """
    plain: set[ox.Quad] = set()
    blank = ox.Dataset()
    for quad in dump.quads():
        if not has_graphs:
            quad = ox.Quad(quad.subject, quad.predicate, quad.object)  # noqa: PLW2901 (the same, without its graph)
        if _has_blank_node(quad):
            blank.add(quad)
        elif str(quad.graph_name) not in equal:
            plain.add(quad)
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return plain | set(blank)


def _has_blank_node(quad: ox.Quad) -> bool:
    return any(isinstance(term, ox.BlankNode) for term in (quad.subject, quad.object, quad.graph_name))


def format_diff(change: DatasetDiff, name: str, prefixes: Mapping[str, str]) -> str:
    """Return a difference in the format ``text``, ``rdf-patch`` or ``sparql-update``; ``prefixes`` are for ``text``."""
    if name == "rdf-patch":
        return _patch(change)
    return _update(change) if name == "sparql-update" else _text(change, prefixes)


def _text(change: DatasetDiff, prefixes: Mapping[str, str]) -> str:
    """Return lines by subject, removed ones with ``-`` and added ones with ``+``."""
    marked = [("-", quad) for quad in change.removed] + [("+", quad) for quad in change.added]
    marked.sort(key=lambda item: (str(item[1].subject), str(item[1].predicate), item[0] == "+", str(item[1])))
    lines = []
    for _, group in groupby(marked, key=lambda item: str(item[1].subject)):
        changes = list(group)
        lines.append(_term(changes[0][1].subject, prefixes))
        lines += [f"  {mark} {_term(q.predicate, prefixes)} {_term(q.object, prefixes)}" for mark, q in changes]
    lines.append(f"{len(change.removed)} triples removed, {len(change.added)} added")
    return "".join(f"{line}\n" for line in lines)


def _term(term: object, prefixes: Mapping[str, str]) -> str:
    return turtle_name(term.value, prefixes) if isinstance(term, ox.NamedNode) else str(term)


def _patch(change: DatasetDiff) -> str:
    """Return RDF Patch: one transaction of ``D`` and ``A`` rows."""
    rows = [f"D {quad} .\n" for quad in change.removed] + [f"A {quad} .\n" for quad in change.added]
    return "".join(["TX .\n", *rows, "TC .\n"])


def _update(change: DatasetDiff) -> str:
    operations = []
    for verb, quads in (("DELETE", change.removed), ("INSERT", change.added)):
        plain = sorted((quad for quad in quads if _graph(quad) not in change.rewritten), key=_graph)
        operations += [_data(verb, name, group) for name, group in groupby(plain, key=_graph)]
    for name, whole in change.rewritten.items():
        target = "DEFAULT" if name == str(ox.DefaultGraph()) else f"GRAPH {name}"
        operations.append(f"DROP SILENT {target}")
        operations += [_data("INSERT", name, whole)] if whole else []
    return "".join(f"{operation} ;\n" for operation in operations)


def _graph(quad: ox.Quad) -> str:
    return str(quad.graph_name)


def _data(verb: str, graph: str, quads: Iterable[ox.Quad]) -> str:
    body = "".join(f"  {quad.triple} .\n" for quad in quads)
    if graph == str(ox.DefaultGraph()):
        return f"{verb} DATA {{\n{body}}}"
    return f"{verb} DATA {{ GRAPH {graph} {{\n{body}}} }}"
