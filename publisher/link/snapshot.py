"""Write and read the snapshot: a small copy of the linked items, in the vocabulary of Wikidata's own RDF.

The snapshot, ``data/wikidata/snapshot.ttl``, is not part of the dataset: neither the inference nor the queries read it.
It serves comparisons, and federated queries without a network. The format is that of
https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.errors import UsageError
from publisher.link.items import (
    CITIZENSHIP,
    COUNTRY,
    END,
    ENTITY,
    INSTANCE_OF,
    MEMBER_OF,
    POSITION,
    START,
    Item,
    ItemStatement,
    ItemValue,
)
from publisher.rdf.io import format_turtle
from publisher.rdf.vocab import DCAT, DCTERMS, OWL, RDF, RDFS, SCHEMA, SKOS, XSD, Namespace
from publisher.workspace.config import Config
from publisher.workspace.formatter import format_text
from publisher.workspace.sources import read_triples

FILE: Final = Path("data") / "wikidata" / "snapshot.ttl"
_LICENSE: Final = NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")

WD: Final = Namespace(ENTITY)
WDT: Final = Namespace("http://www.wikidata.org/prop/direct/")
P: Final = Namespace("http://www.wikidata.org/prop/")
PS: Final = Namespace("http://www.wikidata.org/prop/statement/")
PQ: Final = Namespace("http://www.wikidata.org/prop/qualifier/")
WDS: Final = Namespace("http://www.wikidata.org/entity/statement/")
GEO: Final = Namespace("http://www.opengis.net/ont/geosparql#")

_WEBSITE: Final = "P856"
# Properties whose best values are copied (wdt:): class, country, capital; ISO 3166 codes, GeoNames, VIAF, web site;
# coordinates; inception, point in time.
_DIRECT: Final = (
    INSTANCE_OF, COUNTRY, CITIZENSHIP, "P36", "P297", "P298", "P1566", "P214", _WEBSITE, "P625", "P571", "P585",
    MEMBER_OF, POSITION,
)  # fmt: skip
_QUALIFIED: Final = (MEMBER_OF, POSITION)  # whose statements are copied with begin and end (p:, ps:, pq:)
_ITEM_VALUED: Final = (INSTANCE_OF, COUNTRY, CITIZENSHIP, "P36", *_QUALIFIED)
_PREFIXES: Final = {
    "dcat": DCAT.iri, "dcterms": DCTERMS.iri, "geo": GEO.iri, "owl": OWL.iri, "p": P.iri, "pq": PQ.iri,
    "ps": PS.iri, "rdfs": RDFS.iri, "schema": SCHEMA.iri, "skos": SKOS.iri, "wd": WD.iri, "wds": WDS.iri,
    "wdt": WDT.iri, "xsd": XSD.iri,
}  # fmt: skip


def mentioned(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the QIDs of the classes, countries, offices and organizations in the statements of the items."""
    return tuple(dict.fromkeys(qid for item in items for qid in item.values(*_ITEM_VALUED)))


def write(items: Collection[Item], related: Mapping[str, Item], day: datetime.date, config: Config) -> str:
    """Return the snapshot as Turtle: the items, and the English labels of ``related`` ones.

    Equal items give equal text, whatever their order; one that redirects is ``owl:sameAs`` the other. ``day`` is that
    of the download.
    """
    triples = set(_metadata(config, day))
    for item in items:
        triples |= {*_labels(item), *_statements(item)}
    for item in (*items, *related.values()):
        if item.id != item.requested:
            triples.add(Triple(WD[item.requested], OWL.sameAs, WD[item.id]))
    for item in related.values():
        if label := item.labels.get("en"):
            triples.add(Triple(WD[item.requested], RDFS.label, Literal(label, language="en")))
    text = format_turtle(sorted(triples, key=str), _PREFIXES)
    head = (
        f"# Facts of Wikidata, fetched on {day}; not of this dataset. Made by 'publisher link fetch', do not edit.\n\n"
    )
    return format_text(head + text)


def read(config: Config) -> list[Triple]:
    """Return the triples of the snapshot. Raises ``UsageError`` when there is none."""
    path = config.root / FILE
    if not path.is_file():
        raise UsageError(f"{path}: there is no snapshot of Wikidata yet; make one with 'publisher link fetch'")
    return read_triples(path, config.prefixes)


def graph(config: Config) -> NamedNode:
    """Return the name of the graph that holds the snapshot in federated queries."""
    return NamedNode(config.graph("wikidata/snapshot"))


def _metadata(config: Config, day: datetime.date) -> Iterator[Triple]:
    node = graph(config)
    yield Triple(node, RDF.type, DCAT.Dataset)
    yield Triple(node, DCTERMS.title, Literal("Facts of Wikidata on the linked items", language="en"))
    yield Triple(node, DCTERMS.source, NamedNode("http://www.wikidata.org/"))
    yield Triple(node, DCTERMS.license, _LICENSE)
    yield Triple(node, DCTERMS.date, Literal(day.isoformat(), datatype=XSD.date))


def _labels(item: Item) -> Iterator[Triple]:
    node = WD[item.id]
    for language, text in item.labels.items():
        yield Triple(node, RDFS.label, Literal(text, language=language))
    for language, texts in item.aliases.items():
        yield from (Triple(node, SKOS.altLabel, Literal(text, language=language)) for text in texts)
    for language, text in item.descriptions.items():
        yield Triple(node, SCHEMA.description, Literal(text, language=language))


def _statements(item: Item) -> Iterator[Triple]:
    for prop in _DIRECT:
        for statement in item.best(prop):
            if (term := _term(prop, statement.value)) is not None:
                yield Triple(WD[item.id], WDT[prop], term)
                if prop in _QUALIFIED:
                    yield from _statement(item, prop, statement, term)


def _statement(item: Item, prop: str, statement: ItemStatement, term: NamedNode | Literal) -> Iterator[Triple]:
    node = WDS[statement.id.replace("$", "-")]
    yield Triple(WD[item.id], P[prop], node)
    yield Triple(node, PS[prop], term)
    for qualifier in (START, END):
        for value in statement.qualifiers.get(qualifier, ()):
            if (date := _term(qualifier, value)) is not None:
                yield Triple(node, PQ[qualifier], date)


def _term(prop: str, value: ItemValue) -> NamedNode | Literal | None:
    """Return a value as in Wikidata's RDF; ``None`` for one that is unknown, and for a web site that is no IRI."""
    if value.kind == "item":
        return WD[value.text]
    if value.kind == "time" and value.text:
        return Literal(f"{value.text}{'-01-01'[len(value.text) - 4 :]}T00:00:00Z", datatype=XSD.dateTime)
    if value.kind == "place":
        latitude, _, longitude = value.text.partition(",")
        return Literal(f"Point({longitude} {latitude})", datatype=GEO.wktLiteral)
    if value.kind != "text":
        return None
    if prop == _WEBSITE:
        with suppress(ValueError):
            return NamedNode(value.text)
        return None
    return Literal(value.text)
