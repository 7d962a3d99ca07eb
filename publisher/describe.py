"""Describe the published dataset: VoID, DCAT 3, and the provenance of the build.

VoID: https://www.w3.org/TR/void/ · DCAT 3: https://www.w3.org/TR/vocab-dcat-3/ · PROV-O: https://www.w3.org/TR/prov-o/
No time of day is written: equal input gives equal bytes, and the date of issue comes from ``publisher.toml``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from publisher.config import Config
from publisher.dump import MEDIA_TYPES, Distribution, Dump, file_digest
from publisher.sources import Source
from publisher.vocab import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SPDX, VOID, XSD, plain, shorten

ENGINES: Final = ("geopol-publisher", "owlrl", "pyoxigraph", "pyshacl", "rdflib")
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_SAME_AS_TARGET: Final = "http://www.wikidata.org/"

Node = NamedNode | Literal


class _Description:
    """Collect triples about one node after the other."""

    def __init__(self) -> None:
        self.triples: set[Triple] = set()

    def add(self, subject: NamedNode, *pairs: tuple[NamedNode, Node | str | int]) -> NamedNode:
        for predicate, value in pairs:
            term = value if isinstance(value, NamedNode | Literal) else Literal(value)
            self.triples.add(Triple(subject, predicate, term))
        return subject


def describe(
    config: Config,
    dumps: Iterable[Dump],
    distributions: Iterable[Distribution],
    ontologies: Iterable[NamedNode],
    sources: Iterable[Source],
) -> list[Triple]:
    """Return the description of the dataset, sorted; counts are taken from the dumps themselves."""
    description = _Description()
    dataset = NamedNode(f"{config.base}dataset")
    description.add(
        dataset,
        (RDF.type, DCAT.Dataset),
        (RDF.type, VOID.Dataset),
        (DCTERMS.title, Literal(config.title, language="en")),
        (DCTERMS.description, Literal(config.description, language="en")),
        (DCTERMS.license, NamedNode(config.license)),
        (DCTERMS.issued, Literal(config.issued.isoformat(), datatype=XSD.date)),
        (DCTERMS.publisher, _agent(description, config)),
        *((DCTERMS.conformsTo, ontology) for ontology in ontologies),
        (DCAT.version, config.version),
        (VOID.uriSpace, config.things),
        (VOID.feature, NamedNode("http://www.w3.org/ns/formats/Turtle")),
        (PROV.wasGeneratedBy, _build(description, config, dataset, sources)),
    )
    for dump in dumps:
        part = dataset if dump.name == "all" else _subset(description, config, dataset, dump)
        _statistics(description, config, part, dump)
        if dump.name == "links":
            _linksets(description, config, dataset, dump)
    for distribution in distributions:
        _distribution(description, config, dataset, distribution)
    return sorted(description.triples, key=str)


def write(triples: list[Triple], path: Path, prefixes: dict[str, str]) -> None:
    """Write a description as Turtle."""
    ox.serialize(triples, path, format=ox.RdfFormat.TURTLE, prefixes=prefixes)


def _agent(description: _Description, config: Config) -> NamedNode:
    return description.add(
        NamedNode(f"{config.base}dataset#publisher"),
        (RDF.type, FOAF.Organization),
        (RDF.type, PROV.Agent),
        (FOAF.name, config.publisher),
    )


def _build(description: _Description, config: Config, dataset: NamedNode, sources: Iterable[Source]) -> NamedNode:
    tools = [_software(description, dataset, name) for name in ENGINES]
    used = [_source(description, config, dataset, source) for source in sources]
    return description.add(
        NamedNode(f"{dataset.value}#build"),
        (RDF.type, PROV.Activity),
        (RDFS.label, Literal(f"build of version {config.version}", language="en")),
        *((PROV.wasAssociatedWith, tool) for tool in tools),
        *((PROV.used, source) for source in used),
    )


def _software(description: _Description, dataset: NamedNode, name: str) -> NamedNode:
    return description.add(
        NamedNode(f"{dataset.value}#software-{name}"),
        (RDF.type, PROV.SoftwareAgent),
        (RDFS.label, Literal(name, language="en")),
        (DCTERMS.hasVersion, version(name)),
    )


def _source(description: _Description, config: Config, dataset: NamedNode, source: Source) -> NamedNode:
    path = source.path.relative_to(config.root).as_posix()
    node = NamedNode(f"{dataset.value}#source-{quote(os.fsencode(path), safe='').replace('%2F', '-')}")
    checksum = _checksum(description, node, file_digest(source.path))
    return description.add(
        node, (RDF.type, PROV.Entity), (RDFS.label, Literal(path, language="en")), (SPDX.checksum, checksum)
    )


def _checksum(description: _Description, node: NamedNode, digest: str) -> NamedNode:
    return description.add(
        NamedNode(f"{node.value}-sha256"),
        (RDF.type, SPDX.Checksum),
        (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
        (SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary)),
    )


def _subset(description: _Description, config: Config, dataset: NamedNode, dump: Dump) -> NamedNode:
    part = NamedNode(f"{dataset.value}/{dump.name}")
    description.add(dataset, (VOID.subset, part), (DCTERMS.hasPart, part))
    return description.add(
        part,
        (RDF.type, VOID.Dataset),
        (RDF.type, DCAT.Dataset),
        (DCTERMS.title, Literal(dump.title, language="en")),
        (DCTERMS.description, Literal(f"{dump.title}: a part of “{config.title}”.", language="en")),
        (DCTERMS.license, NamedNode(config.license)),
        (DCTERMS.isPartOf, dataset),
    )


def _statistics(description: _Description, config: Config, part: NamedNode, dump: Dump) -> None:
    """Count as VoID, 4.6 defines: triples, distinct subjects and objects, entities, classes, properties."""
    triples = dump.triples
    subjects = {t.subject for t in triples}
    classes = Counter(t.object for t in triples if t.predicate == RDF.type and isinstance(t.object, NamedNode))
    properties = Counter(t.predicate for t in triples)
    description.add(
        part,
        (VOID.triples, len(triples)),
        (VOID.distinctSubjects, len(subjects)),
        (VOID.distinctObjects, len({t.object for t in triples})),
        (VOID.entities, len([s for s in subjects if plain(s).startswith(config.things)])),
        (VOID.classes, len(classes)),
        (VOID.properties, len(properties)),
        *((VOID.vocabulary, NamedNode(ns)) for ns in _vocabularies(config, [*classes, *properties])),
    )
    for kind, name, counts, unit in (
        (VOID.classPartition, VOID["class"], classes, VOID.entities),
        (VOID.propertyPartition, VOID.property, properties, VOID.triples),
    ):
        for term, count in counts.items():
            label = quote(shorten(term.value, config.prefixes).replace(":", "-", 1), safe="")
            partition = NamedNode(f"{part.value}#{kind.value.rpartition('#')[2]}-{label}")
            description.add(part, (kind, partition))
            description.add(partition, (name, term), (unit, count))


def _vocabularies(config: Config, terms: list[NamedNode]) -> Iterator[str]:
    for namespace in sorted(config.prefixes.values()):
        if not namespace.startswith(config.things) and any(term.value.startswith(namespace) for term in terms):
            yield namespace


def _linksets(description: _Description, config: Config, dataset: NamedNode, dump: Dump) -> None:
    for predicate, count in Counter(t.predicate for t in dump.triples).items():
        linkset = NamedNode(
            f"{dataset.value}/links#{quote(shorten(predicate.value, config.prefixes).replace(':', '-', 1), safe='')}"
        )
        description.add(dataset, (VOID.subset, linkset))
        description.add(
            linkset,
            (RDF.type, VOID.Linkset),
            (VOID.subjectsTarget, dataset),
            (VOID.objectsTarget, NamedNode(_SAME_AS_TARGET)),
            (VOID.linkPredicate, predicate),
            (VOID.triples, count),
        )


def _distribution(description: _Description, config: Config, dataset: NamedNode, d: Distribution) -> None:
    part = dataset if d.dump == "all" else NamedNode(f"{dataset.value}/{d.dump}")
    url = NamedNode(f"{config.base}dumps/{d.path.name}")
    extension, _, packed = d.extension.partition(".")
    node = NamedNode(f"{dataset.value}#file-{d.path.name}")
    description.add(part, (DCAT.distribution, node), (VOID.dataDump, url))
    description.add(
        node,
        (RDF.type, DCAT.Distribution),
        (DCTERMS.title, Literal(d.path.name, language="en")),
        (DCTERMS.license, NamedNode(config.license)),
        (DCAT.accessURL, url),
        (DCAT.downloadURL, url),
        (DCAT.mediaType, NamedNode(_IANA + MEDIA_TYPES[extension])),
        (DCAT.byteSize, Literal(str(d.size), datatype=XSD.nonNegativeInteger)),
        (SPDX.checksum, _checksum(description, node, d.sha256)),
        *([(DCAT.compressFormat, NamedNode(f"{_IANA}application/gzip"))] if packed else []),
    )
