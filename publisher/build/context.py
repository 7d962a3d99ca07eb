"""Hold what every article is measured by: the ontology, its closure, the rules and the shapes.

Read once in each process. Its digest stands for all of it, for the engines, and for the code that runs them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import publisher
from publisher.build.cache import Cache, key_of
from publisher.dump import jsonld
from publisher.dump.formats import Serializers
from publisher.errors import SourceError
from publisher.infer.schema import Schema, close, read_schema, write_schema
from publisher.rdf.ntriples import NTriple, iri, to_ntriples
from publisher.rdf.sparql import as_select, predicates_read, union_predicates
from publisher.rdf.vocab import RDF, RDFS
from publisher.validate.sparql_constraints import Constraints, split
from publisher.workspace.config import FILE_NAME, Config, load_config
from publisher.workspace.layout import Files, find_ontology_files
from publisher.workspace.sources import ShapesGraphs, Workspace, read_workspace, triples_of

# Another version of one of these may find something else, or write it otherwise.
ENGINES: Final = ("elementpath", "owlrl", "pyoxigraph", "pyshacl", "pyshifty", "rdflib", "shacl")


@dataclass(frozen=True)
class Rulebook:
    """A workspace without its data, and the closure of its ontology."""

    config: Config
    workspace: Workspace
    schema: Schema
    digest: str

    @property
    def shapes(self) -> ShapesGraphs:
        """The shapes of all stages."""
        return self.workspace.shapes

    @cached_property
    def ontology(self) -> list[NTriple]:
        """What the ontology states; shapes look up classes there."""
        return to_ntriples(triples_of(self.workspace.ontology))

    def is_inferred_from(self, fact: NTriple) -> bool:
        """Tell whether what follows from an article may depend on a fact about a shared thing.

        Only rules and transitive properties bring facts together; from a label or a date nothing follows elsewhere.
        """
        return self.inferring is None or fact[1] in self.inferring

    @cached_property
    def inferring(self) -> frozenset[str] | None:
        """The predicates that rules and transitive properties look at; ``None`` for all."""
        found = union_predicates(predicates_read(as_select(rule.text), {}) for rule in self.workspace.rules)
        return None if found is None else found.union((iri(RDF.type.value), *map(str, self.schema.transitive)))

    @cached_property
    def asserted(self) -> Constraints:
        """The shapes for what people wrote."""
        return split((*self.shapes.common, *self.shapes.asserted), self.shapes.all)

    @cached_property
    def derived(self) -> Constraints:
        """The shapes for what people wrote together with what follows from it."""
        return split((*self.shapes.common, *self.shapes.derived), self.shapes.all)

    @cached_property
    def looked_at(self) -> frozenset[str]:
        """The predicates that queries among the shapes name, but for labels, which they only read near by."""
        label = RDFS.label
        labels = {str(p) for p, others in self.schema.superproperties.items() if label in others} | {str(label)}
        return (self.asserted.named | self.derived.named) - labels

    @cached_property
    def spanning(self) -> Constraints:
        """The shapes that set articles against each other.

        Raises ``SourceError`` for one that looks at single things, or that does not say what it looks at.
        """
        found = split(self.shapes.corpus, self.shapes.all)
        if found.shapes:
            raise SourceError(
                "a shape that is more than one query with one sh:targetNode; what looks from single things outwards "
                "belongs one folder up",
                self.shapes.corpus[0].path,
            )
        if found.reads is None:
            raise SourceError(
                "a query with a variable or a negation in the place of a predicate; what it looks at is brought "
                "together from all articles, so name the predicates",
                self.shapes.corpus[0].path,
            )
        return found

    @cached_property
    def context(self) -> jsonld.JsonLdContext:
        """The JSON-LD context of all dumps."""
        return jsonld.make_context(self.config.prefixes, triples_of(self.workspace.ontology))

    @cached_property
    def forms(self) -> Serializers:
        """The formats of the dumps."""
        return Serializers(self.config.prefixes, self.context)


def digest_of(config: Config, files: Files) -> str:
    """Return the digest of the rulebook that ``files`` hold, without reading it."""
    return key_of(*_engines(), *_code(), *_contents(config.root, files))


def read_rulebook(config: Config, files: Files, digest: str, cache: Cache) -> Rulebook:
    """Return the rulebook of a workspace; the closure of its ontology comes from the cache when it is there."""
    own = Files(files.ontology, files.alignments, files.shapes, files.rules)
    workspace = read_workspace(config, files=own)
    kept = cache.get("schema", digest)
    if kept is None:
        schema = close(workspace.ontology)
        cache.put("schema", digest, json.dumps(write_schema(schema)).encode())
    else:
        schema = read_schema(json.loads(kept))
    return Rulebook(config, workspace, schema, digest)


@functools.lru_cache(maxsize=2)
def rulebook_at(root: Path, digest: str, cache: Path) -> Rulebook:
    """Return the rulebook of the workspace at ``root``, in whatever process asks, for as long as it is the same."""
    config = load_config(root)
    return read_rulebook(config, find_ontology_files(config), digest, Cache(cache))


def _engines() -> Iterator[str]:
    for name in ENGINES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"no {name}"


@functools.cache
def _code() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(Path(publisher.__file__).parent.rglob("*.py")))


def _contents(root: Path, files: Files) -> Iterator[str | bytes]:
    groups: Iterable[tuple[Path, ...]] = (files.ontology, files.alignments, *files.shapes, files.rules)
    for path in (root / FILE_NAME, *(path for group in groups for path in group)):
        yield path.relative_to(root).as_posix()
        yield path.read_bytes()
