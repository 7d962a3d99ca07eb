"""RDF terms, syntaxes and queries, independent of any workspace.

Terms and triples are those of pyoxigraph (``Term``) or, in loops over many triples, strings (``NTriple``). Parsers and
checks raise ``SourceError`` with line and column.

>>> from pyoxigraph import Triple
>>> from publisher.rdf.vocab import FOAF, RDF
>>> triple = Triple(FOAF.me, RDF.type, FOAF.Person)
>>> to_ntriples([triple])[0][1]
'<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>'
>>> shorten(triple.object.value, {"foaf": FOAF.iri})
'foaf:Person'
>>> len(to_rdflib([triple]))
1
"""

from publisher.rdf.curies import shorten
from publisher.rdf.interop import to_rdflib
from publisher.rdf.ntriples import NTriple, to_ntriples
from publisher.rdf.vocab import Term

__all__ = ["NTriple", "Term", "shorten", "to_ntriples", "to_rdflib"]
