"""Define the namespaces that the code uses, and the RDF terms in them.

The dataset's own vocabulary, ``gp:``, is described in ``ontology/``.
"""

from __future__ import annotations

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

Term = NamedNode | BlankNode | Literal | Triple


class Namespace:
    """A namespace whose terms are attributes or items.

    >>> Namespace("https://e.org/ns#").knows == Namespace("https://e.org/ns#")["knows"]
    True
    """

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self.iri + name)

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        node = NamedNode(self.iri + name)
        setattr(self, name, node)  # __getattr__ is not called for it again
        return node


DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS: Final = Namespace("http://purl.org/dc/terms/")
FOAF: Final = Namespace("http://xmlns.com/foaf/0.1/")
OA: Final = Namespace("http://www.w3.org/ns/oa#")
OWL: Final = Namespace("http://www.w3.org/2002/07/owl#")
PROV: Final = Namespace("http://www.w3.org/ns/prov#")
RDF: Final = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS: Final = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA: Final = Namespace("http://schema.org/")
SEMAPV: Final = Namespace("https://w3id.org/semapv/vocab/")
SH: Final = Namespace("http://www.w3.org/ns/shacl#")
SKOS: Final = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
SSSOM: Final = Namespace("https://w3id.org/sssom/")
VOID: Final = Namespace("http://rdfs.org/ns/void#")
XSD: Final = Namespace("http://www.w3.org/2001/XMLSchema#")

GP: Final = Namespace("https://w3id.org/geopol/ns#")
GPT: Final = Namespace("https://w3id.org/geopol/terms#")
# The checks of this tool, each of which is described in docs/validating.md.
CHECK: Final = Namespace("urn:publisher:check:")

EDTF: Final = Namespace("http://id.loc.gov/datatypes/edtf/")
EDTF_LEVEL_1: Final = EDTF["EDTF-level1"]
# xsd:integer and the types derived from it (XML Schema 1.1, part 2, section 3.4), as IRIs.
INTEGER_TYPES: Final = frozenset(
    XSD.iri + name
    for name in (
        *("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger"),
        *("negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    )
)

STANDARD_PREFIXES: Final[dict[str, str]] = {
    "dcat": DCAT.iri,
    "dcterms": DCTERMS.iri,
    "foaf": FOAF.iri,
    "owl": OWL.iri,
    "prov": PROV.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "sh": SH.iri,
    "skos": SKOS.iri,
    "spdx": SPDX.iri,
    "void": VOID.iri,
    "xsd": XSD.iri,
}


def plain(term: Term) -> str:
    """Return the IRI, the label of a blank node or the lexical form of a literal, without marks."""
    return str(term) if isinstance(term, Triple) else term.value
