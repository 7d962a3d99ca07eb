"""The formats of answers by the extensions of their addresses, with their media types."""

from __future__ import annotations

from typing import Final

ROW_MEDIA: Final = {
    "json": "application/sparql-results+json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xml": "application/sparql-results+xml",
}
GRAPH_MEDIA: Final = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
# Of answers of /sparql, beside other names for some of them.
SPARQL_MEDIA: Final = (*ROW_MEDIA.values(), *GRAPH_MEDIA.values(), "application/n-quads", "application/trig")
