"""Hold what all data of a workspace are inferred and validated with: ontology, closed schema, rules and shapes.

It is read once in each process. Its digest covers all of it, the engines, and the code of this package.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import publisher
from publisher.build.cache import Cache, decode, encode, key_of
from publisher.build.fingerprints import digest_of_file
from publisher.build.plan import BLANK, Signature, Unit
from publisher.dump import jsonld
from publisher.dump.formats import Serializers
from publisher.errors import SourceError
from publisher.infer.schema import Schema, close
from publisher.rdf.hierarchy import reachable
from publisher.rdf.ntriples import format_ntriples, to_ntriples
from publisher.rdf.vocab import RDFS, Term
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.lint_context import Vocabulary
from publisher.workspace.config import Config, load_config
from publisher.workspace.files import CHANGED, expecting
from publisher.workspace.layout import Files, find_ontology_files
from publisher.workspace.sources import Workspace, read_workspace, triples_of

# Another version of one of these may find something else, or write it otherwise.
_LIBRARIES: Final = ("elementpath", "msgspec", "owlrl", "pyoxigraph", "pyshacl", "rdflib", "shacl")


@dataclass(frozen=True)
class BuildContext:
    """A workspace without its data, the closure of its ontology, and the SHA-256 of its files."""

    config: Config
    workspace: Workspace
    schema: Schema
    digest: str
    digests: Mapping[Path, str]

    @cached_property
    def ontology(self) -> bytes:
        """What the ontology states, in N-Triples: all data are validated together with it."""
        return format_ntriples(to_ntriples(triples_of(self.workspace.ontology))).encode()

    @cached_property
    def ontology_subjects(self) -> frozenset[str]:
        """The terms that the ontology describes."""
        return frozenset(str(t.subject) for t in triples_of(self.workspace.ontology))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms of the ontology and of the shapes."""
        ontology, shapes = self.workspace.ontology, self.workspace.shapes.written
        return Vocabulary(tuple(triples_of(ontology)), tuple(triples_of(shapes)))

    @cached_property
    def shapes(self) -> tuple[ShapesGraph, ShapesGraph]:
        """The shapes for what people wrote, and for that together with what follows from it."""
        shapes = self.workspace.shapes
        asserted, derived = (shapes.asserted,), (shapes.derived, shapes.corpus)
        return ShapesGraph(triples_of(shapes.common, *asserted)), ShapesGraph(triples_of(shapes.common, *derived))

    @cached_property
    def _differing(self) -> frozenset[str]:
        """The shapes that lead to something that the two graphs of shapes describe in different ways."""
        asserted, derived = self.shapes
        different = {*asserted.triples} ^ {*derived.triples}
        start: set[Term] = {t.subject for t in different}
        referring: dict[Term, list[Term]] = defaultdict(list)
        for t in derived.triples:
            referring[t.object].append(t.subject)
        differing = reachable(start, lambda node: referring.get(node, []))
        is_of_all = any(component.node in differing for component in derived.components)
        if is_of_all or any(t.predicate == RDFS.subClassOf for t in different):
            return frozenset(map(str, derived.shapes))
        return frozenset(map(str, differing))

    def is_repeated(self, unit: Unit, new: Signature) -> bool:
        """Tell whether a shape finds in all data what it finds in asserted data, as it reads nothing that is ``new``.

        ``new`` is the signature of what follows from the asserted data.
        """
        is_same = self._differing.isdisjoint((unit.of, unit.name))
        return is_same and not any(key == BLANK or new.reads(key) for key in unit.keys(self.schema))

    @cached_property
    def context(self) -> jsonld.JsonLdContext:
        """The JSON-LD context of all dumps."""
        return jsonld.make_context(self.config.prefixes, triples_of(self.workspace.ontology))

    @cached_property
    def forms(self) -> Serializers:
        """The formats of the dumps."""
        return Serializers(self.config.prefixes, self.context)


def digest_of(config: Config, files: Files) -> str:
    """Return the digest of the build context that ``files`` hold, without reading it."""
    return _digest(config, _digests(files))


def read_context(config: Config, files: Files, digest: str, cache: Cache) -> BuildContext:
    """Return the build context of a workspace; the closure of its ontology comes from the cache when it is there."""
    own = Files(files.ontology, files.alignments, files.shapes, files.rules)
    digests = _digests(own)
    if _digest(config, digests) != digest:
        raise SourceError(f"publisher.toml or a file of ontology/ {CHANGED}", config.root)
    with expecting(digests):
        workspace = read_workspace(config, files=own)
    kept = cache.get("schema", digest)
    if kept is None:
        schema = close(workspace.ontology)
        cache.put("schema", digest, encode(schema))
    else:
        schema = decode(kept, Schema)
    return BuildContext(config, workspace, schema, digest, digests)


@functools.lru_cache(maxsize=2)
def context_at(root: Path, digest: str, cache: Path) -> BuildContext:
    """Return the build context of the workspace at ``root``; each process reads it once."""
    config = load_config(root)
    return read_context(config, find_ontology_files(config), digest, Cache(cache))


def _libraries() -> Iterator[str]:
    for name in _LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"no {name}"


@functools.cache
def _code() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(Path(publisher.__file__).parent.rglob("*.py")))


def _digests(files: Files) -> dict[Path, str]:
    groups: Iterable[tuple[Path, ...]] = (files.ontology, files.alignments, *files.shapes, files.rules)
    return {path: digest_of_file(path) for group in groups for path in group}


def _digest(config: Config, digests: Mapping[Path, str]) -> str:
    files = (part for path, digest in digests.items() for part in (path.relative_to(config.root).as_posix(), digest))
    return key_of(*_libraries(), *_code(), config.text, *files)
