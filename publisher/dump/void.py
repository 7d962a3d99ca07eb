"""Describe a published dataset with VoID, DCAT 3 and PROV-O.

VoID: https://www.w3.org/TR/void/ · DCAT 3: https://www.w3.org/TR/vocab-dcat-3/ · PROV-O: https://www.w3.org/TR/prov-o/
No time stamp is written, so that equal input gives equal bytes; the date of issue comes from ``publisher.toml``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Triple

from publisher.dump.formats import MEDIA_TYPES, Distribution
from publisher.rdf.curies import readable_prefixes, shorten
from publisher.rdf.ntriples import NTriple, iri, name_of
from publisher.rdf.vocab import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SPDX, VOID, XSD
from publisher.workspace.config import Config

ENGINES: Final = ("geopol-publisher", "owlrl", "pyoxigraph", "pyshacl", "rdflib")
_TYPE: Final = iri(RDF.type.value)
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_SAME_AS_TARGET: Final = "http://www.wikidata.org/"


@dataclass(frozen=True)
class Counts:
    """The statistics of VoID, section 4.6: triples, distinct subjects and objects, entities, classes and properties.

    Counts of segments can be added, because no subject is in two of them; that does not hold for objects, whose number
    is then ``None``.
    """

    triples: int
    subjects: int
    objects: int | None
    entities: int
    classes: Counter[str]
    properties: Counter[str]

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            triples=self.triples + other.triples,
            subjects=self.subjects + other.subjects,
            objects=None,
            entities=self.entities + other.entities,
            classes=self.classes + other.classes,
            properties=self.properties + other.properties,
        )


def count(triples: Sequence[NTriple], things: str) -> Counts:
    """Return the statistics of distinct triples; ``things`` is the namespace of the entities.

    Classes and properties are counted under their IRIs in angle brackets.
    """
    subjects, start = set(map(itemgetter(0), triples)), f"<{things}"
    return Counts(
        triples=len(triples),
        subjects=len(subjects),
        objects=len(set(map(itemgetter(2), triples))),
        entities=sum(subject.startswith(start) for subject in subjects),
        classes=Counter([o for _, p, o in triples if p == _TYPE and o[0] == "<"]),
        properties=Counter(map(itemgetter(1), triples)),
    )


@dataclass(frozen=True)
class DumpStatistics:
    """The name, the title and the statistics of a dump, which is a subset of the dataset."""

    name: str
    title: str
    counts: Counts


class _Description:
    """A set of triples that grows node by node."""

    def __init__(self) -> None:
        self.triples: set[Triple] = set()

    def add(self, subject: NamedNode, *pairs: tuple[NamedNode, NamedNode | Literal | str | int]) -> NamedNode:
        """Add triples with a subject, which is returned."""
        for predicate, value in pairs:
            term = value if isinstance(value, NamedNode | Literal) else Literal(value)
            self.triples.add(Triple(subject, predicate, term))
        return subject


def describe(
    config: Config,
    dumps: Iterable[DumpStatistics],
    distributions: Iterable[Distribution],
    ontologies: Iterable[NamedNode],
    sources: Iterable[tuple[str, str]],
) -> list[Triple]:
    """Return the description of the dataset as sorted triples.

    ``sources`` are the paths of the source files, relative to the workspace, with their SHA-256.
    """
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
        node = dataset if dump.name == "all" else _subset(description, config, dataset, dump)
        _statistics(description, config, node, dump.counts)
        if dump.name == "links":
            _linksets(description, config, dataset, dump.counts)
    for distribution in distributions:
        _distribution(description, config, dataset, distribution)
    return sorted(description.triples, key=str)


def write(triples: list[Triple], path: Path, prefixes: dict[str, str]) -> None:
    """Write a description as Turtle."""
    readable = readable_prefixes("".join(f"{triple} .\n" for triple in triples), prefixes)
    ox.serialize(triples, path, format=ox.RdfFormat.TURTLE, prefixes=readable)


def _agent(description: _Description, config: Config) -> NamedNode:
    return description.add(
        NamedNode(f"{config.base}dataset#publisher"),
        (RDF.type, FOAF.Organization),
        (RDF.type, PROV.Agent),
        (FOAF.name, config.publisher),
    )


def _build(
    description: _Description, config: Config, dataset: NamedNode, sources: Iterable[tuple[str, str]]
) -> NamedNode:
    tools = [_software(description, dataset, name) for name in ENGINES]
    used = [_source(description, dataset, path, digest) for path, digest in sources]
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


def _source(description: _Description, dataset: NamedNode, path: str, digest: str) -> NamedNode:
    node = NamedNode(f"{dataset.value}#source-{quote(os.fsencode(path), safe='').replace('%2F', '-')}")
    checksum = _checksum(description, node, digest)
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


def _subset(description: _Description, config: Config, dataset: NamedNode, dump: DumpStatistics) -> NamedNode:
    node = NamedNode(f"{dataset.value}/{dump.name}")
    description.add(dataset, (VOID.subset, node), (DCTERMS.hasPart, node))
    return description.add(
        node,
        (RDF.type, VOID.Dataset),
        (RDF.type, DCAT.Dataset),
        (DCTERMS.title, Literal(dump.title, language="en")),
        (DCTERMS.description, Literal(f"{dump.title}: a part of “{config.title}”.", language="en")),
        (DCTERMS.license, NamedNode(config.license)),
        (DCTERMS.isPartOf, dataset),
    )


def _statistics(description: _Description, config: Config, part: NamedNode, counts: Counts) -> None:
    terms = [name_of(term) for term in (*counts.classes, *counts.properties)]
    description.add(
        part,
        (VOID.triples, counts.triples),
        (VOID.distinctSubjects, counts.subjects),
        *([] if counts.objects is None else [(VOID.distinctObjects, counts.objects)]),
        (VOID.entities, counts.entities),
        (VOID.classes, len(counts.classes)),
        (VOID.properties, len(counts.properties)),
        *((VOID.vocabulary, NamedNode(ns)) for ns in _vocabularies(config, terms)),
    )
    for kind, name, counter, unit in (
        (VOID.classPartition, VOID["class"], counts.classes, VOID.entities),
        (VOID.propertyPartition, VOID.property, counts.properties, VOID.triples),
    ):
        for term, number in counter.items():
            partition = NamedNode(f"{part.value}#{kind.value.rpartition('#')[2]}-{_fragment(term, config)}")
            description.add(part, (kind, partition))
            description.add(partition, (name, NamedNode(name_of(term))), (unit, number))


def _fragment(term: str, config: Config) -> str:
    """Return the CURIE of a class or property as it can stand in the fragment of an IRI, such as ``gp-memberOf``."""
    return quote(shorten(name_of(term), config.prefixes).replace(":", "-", 1), safe="")


def _vocabularies(config: Config, terms: list[str]) -> Iterator[str]:
    for namespace in sorted(config.prefixes.values()):
        if not namespace.startswith(config.things) and any(term.startswith(namespace) for term in terms):
            yield namespace


def _linksets(description: _Description, config: Config, dataset: NamedNode, counts: Counts) -> None:
    for predicate, number in counts.properties.items():
        linkset = NamedNode(f"{dataset.value}/links#{_fragment(predicate, config)}")
        description.add(dataset, (VOID.subset, linkset))
        description.add(
            linkset,
            (RDF.type, VOID.Linkset),
            (VOID.subjectsTarget, dataset),
            (VOID.objectsTarget, NamedNode(_SAME_AS_TARGET)),
            (VOID.linkPredicate, NamedNode(name_of(predicate))),
            (VOID.triples, number),
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
