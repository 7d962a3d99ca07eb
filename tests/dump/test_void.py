from __future__ import annotations

import hashlib
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest
import rdflib
from rdflib import DCTERMS, RDF, XSD, Namespace, URIRef
from rdflib.term import Node

from publisher.validate.engines import default_engine
from publisher.workspace.config import Config

DCAT = Namespace("http://www.w3.org/ns/dcat#")
PROV = Namespace("http://www.w3.org/ns/prov#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VOID = Namespace("http://rdfs.org/ns/void#")


@pytest.fixture(scope="module")
def void(built: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(built / "dumps" / "void.ttl")


def _number(graph: rdflib.Graph, subject: Node | None, predicate: Node) -> int:
    return int(str(graph.value(subject, predicate)))


def _part(config: Config, name: str) -> URIRef:
    return URIRef(f"{config.base}dataset" if name == "all" else f"{config.base}dataset/{name}")


def _dump(built: Path, name: str) -> rdflib.Graph:
    return rdflib.Graph().parse(built / "dumps" / f"{name}.ttl")


@pytest.mark.parametrize("name", ["asserted", "inferred", "links", "ontology", "all"])
def test_counts_equal_the_dump(void: rdflib.Graph, built: Path, config: Config, name: str) -> None:
    part, dump = _part(config, name), _dump(built, name)
    classes = Counter(dump.objects(None, RDF.type))
    properties = Counter(dump.predicates())
    things = {s for s in dump.subjects() if s.startswith(config.things)}  # type: ignore[attr-defined]
    expected = {
        VOID.triples: len(dump),
        VOID.distinctSubjects: len(set(dump.subjects())),
        VOID.distinctObjects: len(set(dump.objects())),
        VOID.entities: len(things),
        VOID.classes: len(classes),
        VOID.properties: len(properties),
    }
    assert {p: void.value(part, p).toPython() for p in expected} == expected  # type: ignore[union-attr]
    assert _partition(void, part, VOID.classPartition, VOID["class"], VOID.entities) == classes
    assert _partition(void, part, VOID.propertyPartition, VOID.property, VOID.triples) == properties


def _partition(void: rdflib.Graph, part: Node, kind: Node, key: Node, unit: Node) -> dict[Node | None, int]:
    return {void.value(p, key): _number(void, p, unit) for p in void.objects(part, kind)}


def test_every_dump_is_a_distribution_with_its_checksum(void: rdflib.Graph, built: Path, config: Config) -> None:
    media_types = {}
    for node in void.subjects(RDF.type, DCAT.Distribution):
        name = str(void.value(node, DCAT.downloadURL)).removeprefix(f"{config.base}dumps/")
        content = (built / "dumps" / name).read_bytes()
        checksum = void.value(node, SPDX.checksum)
        assert str(void.value(checksum, SPDX.checksumValue)) == hashlib.sha256(content).hexdigest()
        assert _number(void, node, DCAT.byteSize) == len(content)
        assert bool(void.value(node, DCAT.compressFormat)) == name.endswith(".gz")
        media_types[name] = str(void.value(node, DCAT.mediaType))
    others = {"SHA256SUMS", "void.ttl", "context.jsonld", "graphs.tsv"}
    files = {p.name for p in (built / "dumps").iterdir()} - others
    assert set(media_types) == files
    assert media_types["all.ttl"].endswith("/text/turtle")


def test_the_dataset_says_what_the_configuration_says(void: rdflib.Graph, config: Config) -> None:
    dataset = _part(config, "all")
    assert str(void.value(dataset, DCTERMS.title)) == config.title
    assert void.value(dataset, DCTERMS.license) == URIRef(config.license)
    assert void.value(dataset, DCTERMS.issued) == rdflib.Literal(config.issued.isoformat(), datatype=XSD.date)
    assert {DCAT.Dataset, VOID.Dataset} <= set(void.objects(dataset, RDF.type))


def test_the_build_names_its_tools_and_its_sources(void: rdflib.Graph, config: Config) -> None:
    build = void.value(_part(config, "all"), PROV.wasGeneratedBy)
    tools = {
        str(void.value(tool, rdflib.RDFS.label)): str(void.value(tool, DCTERMS.hasVersion))
        for tool in void.objects(build, PROV.wasAssociatedWith)
    }
    assert tools.pop("publisher") == version("geopol-publisher")
    assert tools.keys() >= {"owlrl", "pyshacl", "rdflib", "pyoxigraph"}
    assert ("shacl" in tools) == (default_engine() == "native")
    assert tools == {name: version(name) for name in tools}
    for source in void.objects(build, PROV.used):
        path = config.root / str(void.value(source, rdflib.RDFS.label))
        digest = str(void.value(void.value(source, SPDX.checksum), SPDX.checksumValue))
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_links_are_a_linkset(void: rdflib.Graph, built: Path) -> None:
    links = _dump(built, "links")
    counts = {
        void.value(node, VOID.linkPredicate): _number(void, node, VOID.triples)
        for node in void.subjects(RDF.type, VOID.Linkset)
    }
    assert counts == Counter(links.predicates())
