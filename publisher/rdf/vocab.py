"""Name the terms of the vocabularies that the stages speak of.

Only terms that code needs are here; the vocabulary itself is in ``ontology/``.
"""

from __future__ import annotations

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

Term = NamedNode | BlankNode | Literal | Triple


class Namespace:
    """Mint ``NamedNode`` values: ``RDF.type``, ``GP["supportedBy"]``."""

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.iri + name)

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        node = NamedNode(self.iri + name)
        setattr(self, name, node)  # the next time it is found at once
        return node


DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")

GP: Final = Namespace("https://w3id.org/geopol/ns#")
GPT: Final = Namespace("https://w3id.org/geopol/terms#")
GPS: Final = Namespace("https://w3id.org/geopol/shapes#")

EDTF_LEVEL_1: Final = NamedNode("http://id.loc.gov/datatypes/edtf/EDTF-level1")

STANDARD_PREFIXES: Final[dict[str, str]] = {
    "dcat": DCAT.iri,
    "dcterms": DCTERMS.iri,
    "foaf": FOAF.iri,
    "owl": OWL.iri,
    "prov": PROV.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "sh": SH.iri,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": SPDX.iri,
    "void": VOID.iri,
    "xsd": XSD.iri,
}


def plain(term: Term) -> str:
    """Return the IRI, the label of the blank node, or the lexical form; sources hold no triple terms."""
    return str(term) if isinstance(term, Triple) else term.value


def shorten(iri: str, prefixes: dict[str, str]) -> str:
    """Return the CURIE of ``iri`` by the longest matching namespace, or the IRI itself.

    For people to read; a local name that Turtle would have to escape is kept whole only in the IRI form.
    """
    best = max((p for p, ns in prefixes.items() if iri.startswith(ns)), key=lambda p: len(prefixes[p]), default=None)
    if best is None or iri == prefixes[best]:
        return iri
    return f"{best}:{iri[len(prefixes[best]) :]}"
