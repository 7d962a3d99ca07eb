"""Generate docs/ontology.md, docs/queries.md and the table of required properties in docs/adding-an-article.md.

    make docs

A test fails when a page differs from what this script writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import rdflib
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from publisher.query.files import Query, discover
from publisher.rdf.curies import shorten
from publisher.rdf.vocab import STANDARD_PREFIXES

ROOT = Path(__file__).parent.parent
GP = rdflib.Namespace("https://w3id.org/geopol/ns#")
PREFIXES = {
    **STANDARD_PREFIXES,
    "gp": str(GP),
    "gpt": "https://w3id.org/geopol/terms#",
    "gps": "https://w3id.org/geopol/shapes#",
    "oa": "http://www.w3.org/ns/oa#",
}
SHAPES = ROOT / "ontology" / "shapes"
GUIDE = ROOT / "docs" / "adding-an-article.md"
BEGIN, END = "<!-- The table is written by `make docs` from the shapes. -->", "<!-- End of the table. -->"
NOTE = "<!-- Written by `make docs`; change the sources instead. -->\n"


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {
        ROOT / "docs" / "ontology.md": "\n".join(ontology_page()),
        ROOT / "docs" / "queries.md": "\n".join(queries_page(discover(ROOT / "queries"))),
        GUIDE: _between(GUIDE.read_text(encoding="utf-8"), "\n".join(needs(_read(SHAPES, "**/*.ttl")))),
    }


def _between(page: str, table: str) -> str:
    """Return a page with the table between its markers replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def needs(shapes: Graph) -> Iterator[str]:
    """Yield a table of the required properties of each class, as its shapes state them."""
    yield "| kind of thing | must have |\n| --- | --- |"
    required: dict[Node, list[str]] = {}
    for shape, target in sorted(shapes.subject_objects(SH.targetClass)):
        properties = (_need(shapes, part) for part in sorted(shapes.objects(shape, SH.property)))
        required.setdefault(target, []).extend([*filter(None, properties), *_choices(shapes, shape)])
    for target, texts in sorted(required.items()):
        if texts:
            yield f"| `{shorten(str(target), PREFIXES)}` | {', '.join(texts)} |"


def _need(shapes: Graph, part: Node) -> str:
    """Return a required property with its minimum count; an empty string for an optional one."""
    counts = (shapes.value(part, count) for count in (SH.minCount, SH.qualifiedMinCount))
    least = max((int(str(count)) for count in counts if count), default=0)
    path = shapes.value(part, SH.path)
    if not least or not isinstance(path, URIRef) or shapes.value(part, SH.severity) not in (None, SH.Violation):
        return ""
    return f"`{shorten(str(path), PREFIXES)}`" + (f" ({least} or more)" if least > 1 else "")


def _choices(shapes: Graph, shape: Node) -> Iterator[str]:
    """Yield the alternatives of each ``sh:or`` of required properties."""
    for head in shapes.objects(shape, SH["or"]):
        alternatives = [_need(shapes, part) for part in Collection(shapes, head)]
        if any(alternatives):
            yield " or ".join(text or "what its shape says" for text in alternatives)


def ontology_page() -> Iterator[str]:
    """Yield the reference of classes, properties, code lists and shapes."""
    graph = _read(ROOT / "ontology", "*.ttl")
    classes = _terms(graph, OWL.Class)
    properties = _terms(graph, OWL.ObjectProperty) + _terms(graph, OWL.DatatypeProperty)
    yield f"# Ontology reference\n\n{NOTE}"
    ontology = URIRef(str(GP)[:-1])
    yield f"{_text(graph, ontology, rdflib.DCTERMS.description)}\n"
    version = graph.value(ontology, OWL.versionInfo)
    yield f"Namespace `{GP}`, version {version}: {len(classes)} classes, {len(properties)} properties.\n"
    yield "## Classes\n"
    for term in _tree(graph, classes):
        yield from _class(graph, term)
    yield "## Properties\n"
    yield "A property marked *derived* is inferred by rules and never written by hand. One marked *claim only* occurs"
    yield "in claims and is never the predicate of a triple.\n"
    for term in sorted(properties):
        yield from _property(graph, term)
    yield from _code_lists(graph)
    yield from _shapes(_read(SHAPES, "**/*.ttl"))


def queries_page(queries: list[Query]) -> Iterator[str]:
    """Yield the list of queries with their questions and parameters."""
    yield f"# Queries\n\n{NOTE}"
    yield "Run a query with `publisher query NAME`, or use its file in any SPARQL 1.1 tool that has loaded `all.ttl`.\n"
    yield "| query | question | parameters |\n| --- | --- | --- |"
    for query in queries:
        parameters = "<br>".join(f"`--{p.name}` ({p.type}): {p.description}" for p in query.parameters)
        yield f"| [{query.name}](../queries/{query.name}.rq) | {query.question} | {parameters} |"
    yield ""


def _read(folder: Path, pattern: str) -> Graph:
    graph = Graph()
    for path in sorted(folder.glob(pattern)):
        graph.parse(path)
    return graph


def _terms(graph: Graph, kind: URIRef) -> list[URIRef]:
    return sorted(s for s in graph.subjects(RDF.type, kind) if isinstance(s, URIRef) and s.startswith(GP))


def _text(graph: Graph, node: Node, predicate: URIRef) -> str:
    texts = [o for o in graph.objects(node, predicate) if getattr(o, "language", None) == "en"]
    return " ".join(str(texts[0]).split()) if texts else ""


def _names(graph: Graph, term: Node, predicate: URIRef) -> str:
    return ", ".join(
        f"`{shorten(str(o), PREFIXES)}`"
        for o in sorted(graph.objects(term, predicate), key=str)
        if isinstance(o, URIRef)
    )


def _tree(graph: Graph, classes: list[URIRef]) -> list[URIRef]:
    """Order classes so that each follows its superclass."""

    def below(parent: URIRef) -> Iterator[URIRef]:
        yield parent
        for child in sorted(c for c in classes if (c, RDFS.subClassOf, parent) in graph):
            yield from below(child)

    tops = [c for c in classes if not any((c, RDFS.subClassOf, other) in graph for other in classes)]
    return [term for top in tops for term in below(top)]


def _class(graph: Graph, term: URIRef) -> Iterator[str]:
    yield f"### {shorten(term, PREFIXES)}\n"
    yield _text(graph, term, SKOS.definition)
    if parents := _names(graph, term, RDFS.subClassOf):
        yield f"\n- subclass of {parents}"
    yield f"- example: {_text(graph, term, SKOS.example)}\n"


def _property(graph: Graph, term: URIRef) -> Iterator[str]:
    usage = {"derivedOnly": " *(derived)*", "claimOnly": " *(claim only)*"}
    mark = usage.get(str(graph.value(term, GP.hasUsage)).rpartition("#")[2], "")
    yield f"### {shorten(term, PREFIXES)}{mark}\n"
    yield f"{_text(graph, term, SKOS.definition)}\n"
    domain = (
        _names(graph, term, RDFS.domain)
        or _names(graph, term, URIRef("http://schema.org/domainIncludes"))
        or "anything"
    )
    values = (
        _names(graph, term, RDFS.range) or _names(graph, term, URIRef("http://schema.org/rangeIncludes")) or "anything"
    )
    yield f"- subject: {domain}; value: {values}"
    if parents := _names(graph, term, RDFS.subPropertyOf):
        yield f"- implies {parents}"
    yield f"- example: {_text(graph, term, SKOS.example)}\n"


def _code_lists(graph: Graph) -> Iterator[str]:
    yield "## Code lists\n"
    for scheme in sorted(graph.subjects(RDF.type, SKOS.ConceptScheme), key=str):
        yield f"### {_text(graph, scheme, SKOS.prefLabel)}\n\n| code | meaning |\n| --- | --- |"
        for concept in sorted(graph.subjects(SKOS.inScheme, scheme), key=str):
            yield f"| `{shorten(str(concept), PREFIXES)}` | {_text(graph, concept, SKOS.definition)} |"
        yield ""


def _shapes(graph: Graph) -> Iterator[str]:
    yield "## Shapes\n\nThe constraints of the data, with the message of each.\n"
    yield "| shape | severity | message |\n| --- | --- | --- |"
    for shape, message in sorted(graph.subject_objects(SH.message)):
        if isinstance(shape, URIRef):
            severity = str(graph.value(shape, SH.severity) or SH.Violation).rpartition("#")[2].lower()
            text = " ".join(str(message).split()).replace("|", "\\|")
            yield f"| `{shorten(shape, PREFIXES)}` | {severity} | {text} |"
    yield ""


def main() -> int:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
