"""Describe a published dataset with VoID, DCAT 3 and PROV-O.

VoID: https://www.w3.org/TR/void/ · DCAT 3: https://www.w3.org/TR/vocab-dcat-3/ · PROV-O: https://www.w3.org/TR/prov-o/
No time stamp is written, so that equal input gives equal bytes; the date of issue comes from ``publisher.toml``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from operator import itemgetter
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from publisher.dump.formats import MEDIA_TYPES, Distribution
from publisher.rdf.curies import shorten
from publisher.rdf.io import format_turtle
from publisher.rdf.ntriples import NTriple, iri, name_of
from publisher.rdf.vocab import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SPDX, VOID, XSD
from publisher.workspace.config import Config

# The software of a build, by the names of the distributions that it is installed from; not every system has all.
_SOFTWARE: Final = {
    "geopol-publisher": "publisher",
    "owlrl": "owlrl",
    "pyoxigraph": "pyoxigraph",
    "pyshacl": "pyshacl",
    "rdflib": "rdflib",
    "shacl": "shacl",
}
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
    classes: dict[str, int]
    properties: dict[str, int]

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            triples=self.triples + other.triples,
            subjects=self.subjects + other.subjects,
            objects=None,
            entities=self.entities + other.entities,
            classes=Counter(self.classes) + Counter(other.classes),
            properties=Counter(self.properties) + Counter(other.properties),
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
    description = _Description(config)
    description.add_dataset(ontologies, sources)
    for dump in dumps:
        node = description.dataset if dump.name == "all" else description.add_subset(dump)
        description.add_statistics(node, dump.counts)
        if dump.name == "links":
            description.add_linksets(node, dump.counts)
    for distribution in distributions:
        description.add_distribution(distribution)
    return sorted(description.triples, key=str)


def write(triples: list[Triple], path: Path, prefixes: dict[str, str]) -> None:
    """Write a description as Turtle."""
    path.write_bytes(format_turtle(triples, prefixes).encode())


def _installed() -> Iterator[tuple[str, str]]:
    """Yield name and version of the software of a build."""
    for package, name in _SOFTWARE.items():
        with suppress(PackageNotFoundError):
            yield name, version(package)


class _Description:
    """The triples of a description, which grow node by node."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.dataset = NamedNode(f"{config.base}dataset")
        self.triples: set[Triple] = set()

    def _add(self, subject: NamedNode, *pairs: tuple[NamedNode, NamedNode | Literal | str | int]) -> NamedNode:
        """Add triples with a subject, which is returned."""
        for predicate, value in pairs:
            term = value if isinstance(value, NamedNode | Literal) else Literal(value)
            self.triples.add(Triple(subject, predicate, term))
        return subject

    def add_dataset(self, ontologies: Iterable[NamedNode], sources: Iterable[tuple[str, str]]) -> None:
        """Add the dataset, with its publisher and its build."""
        config = self._config
        agent = NamedNode(f"{config.base}dataset#publisher")
        self._add(agent, (RDF.type, FOAF.Organization), (RDF.type, PROV.Agent), (FOAF.name, config.publisher))
        self._add(
            self.dataset,
            (RDF.type, DCAT.Dataset),
            (RDF.type, VOID.Dataset),
            (DCTERMS.title, Literal(config.title, language=config.language)),
            (DCTERMS.description, Literal(config.description, language=config.language)),
            (DCTERMS.license, NamedNode(config.license)),
            (DCTERMS.issued, Literal(config.issued.isoformat(), datatype=XSD.date)),
            (DCTERMS.publisher, agent),
            *((DCTERMS.conformsTo, ontology) for ontology in ontologies),
            (DCAT.version, config.version),
            (VOID.uriSpace, config.things),
            (VOID.feature, NamedNode("http://www.w3.org/ns/formats/Turtle")),
            (PROV.wasGeneratedBy, self._add_build(sources)),
        )

    def _add_build(self, sources: Iterable[tuple[str, str]]) -> NamedNode:
        tools = [self._add_software(name, number) for name, number in _installed()]
        used = [self._add_source(path, digest) for path, digest in sources]
        return self._add(
            NamedNode(f"{self.dataset.value}#build"),
            (RDF.type, PROV.Activity),
            (RDFS.label, Literal(f"build of version {self._config.version}", language="en")),
            *((PROV.wasAssociatedWith, tool) for tool in tools),
            *((PROV.used, source) for source in used),
        )

    def _add_software(self, name: str, installed: str) -> NamedNode:
        return self._add(
            NamedNode(f"{self.dataset.value}#software-{name}"),
            (RDF.type, PROV.SoftwareAgent),
            (RDFS.label, Literal(name, language="en")),
            (DCTERMS.hasVersion, installed),
        )

    def _add_source(self, path: str, digest: str) -> NamedNode:
        node = NamedNode(f"{self.dataset.value}#source-{quote(os.fsencode(path), safe='').replace('%2F', '-')}")
        checksum = self._add_checksum(node, digest)
        return self._add(
            node, (RDF.type, PROV.Entity), (RDFS.label, Literal(path, language="en")), (SPDX.checksum, checksum)
        )

    def _add_checksum(self, node: NamedNode, digest: str) -> NamedNode:
        return self._add(
            NamedNode(f"{node.value}-sha256"),
            (RDF.type, SPDX.Checksum),
            (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
            (SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary)),
        )

    def add_subset(self, dump: DumpStatistics) -> NamedNode:
        """Add a dump as a part of the dataset, and return its node."""
        node = NamedNode(f"{self.dataset.value}/{dump.name}")
        self._add(self.dataset, (VOID.subset, node), (DCTERMS.hasPart, node))
        return self._add(
            node,
            (RDF.type, VOID.Dataset),
            (RDF.type, DCAT.Dataset),
            (DCTERMS.title, Literal(dump.title, language="en")),
            (DCTERMS.description, Literal(f"{dump.title}: a part of “{self._config.title}”.", language="en")),
            (DCTERMS.license, NamedNode(self._config.license)),
            (DCTERMS.isPartOf, self.dataset),
        )

    def add_statistics(self, part: NamedNode, counts: Counts) -> None:
        """Add the statistics of a part, with its partitions by class and by property."""
        terms = [name_of(term) for term in (*counts.classes, *counts.properties)]
        self._add(
            part,
            (VOID.triples, counts.triples),
            (VOID.distinctSubjects, counts.subjects),
            *([] if counts.objects is None else [(VOID.distinctObjects, counts.objects)]),
            (VOID.entities, counts.entities),
            (VOID.classes, len(counts.classes)),
            (VOID.properties, len(counts.properties)),
            *((VOID.vocabulary, NamedNode(ns)) for ns in self._vocabularies(terms)),
        )
        for kind, name, counter, unit in (
            (VOID.classPartition, VOID["class"], counts.classes, VOID.entities),
            (VOID.propertyPartition, VOID.property, counts.properties, VOID.triples),
        ):
            for term, number in counter.items():
                partition = NamedNode(f"{part.value}#{kind.value.rpartition('#')[2]}-{self._fragment(term)}")
                self._add(part, (kind, partition))
                self._add(partition, (name, NamedNode(name_of(term))), (unit, number))

    def _vocabularies(self, terms: list[str]) -> Iterator[str]:
        for namespace in sorted(self._config.prefixes.values()):
            if not namespace.startswith(self._config.things) and any(term.startswith(namespace) for term in terms):
                yield namespace

    def add_linksets(self, links: NamedNode, counts: Counts) -> None:
        """Add a link set for each predicate of the links."""
        for predicate, number in counts.properties.items():
            linkset = NamedNode(f"{links.value}#{self._fragment(predicate)}")
            self._add(self.dataset, (VOID.subset, linkset))
            self._add(
                linkset,
                (RDF.type, VOID.Linkset),
                (VOID.subjectsTarget, self.dataset),
                (VOID.objectsTarget, NamedNode(_SAME_AS_TARGET)),
                (VOID.linkPredicate, NamedNode(name_of(predicate))),
                (VOID.triples, number),
            )

    def add_distribution(self, d: Distribution) -> None:
        """Add a file as a distribution of its dump."""
        part = self.dataset if d.dump == "all" else NamedNode(f"{self.dataset.value}/{d.dump}")
        url = NamedNode(f"{self._config.base}dumps/{d.path.name}")
        extension, _, packed = d.extension.partition(".")
        node = NamedNode(f"{self.dataset.value}#file-{d.path.name}")
        self._add(part, (DCAT.distribution, node), (VOID.dataDump, url))
        self._add(
            node,
            (RDF.type, DCAT.Distribution),
            (DCTERMS.title, Literal(d.path.name, language="en")),
            (DCTERMS.license, NamedNode(self._config.license)),
            (DCAT.accessURL, url),
            (DCAT.downloadURL, url),
            (DCAT.mediaType, NamedNode(_IANA + MEDIA_TYPES[extension])),
            (DCAT.byteSize, Literal(str(d.size), datatype=XSD.nonNegativeInteger)),
            (SPDX.checksum, self._add_checksum(node, d.sha256)),
            *([(DCAT.compressFormat, NamedNode(f"{_IANA}application/gzip"))] if packed else []),
        )

    def _fragment(self, term: str) -> str:
        """Return the CURIE of a class or property as a part of the fragment of an IRI, such as ``gp-memberOf``."""
        return quote(shorten(name_of(term), self._config.prefixes).replace(":", "-", 1), safe="")
