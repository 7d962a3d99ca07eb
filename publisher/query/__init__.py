"""Find the queries of a workspace and run them: here on dumps, or at a SPARQL endpoint (``publisher.query.endpoint``).

Nothing here uses the network, and no query changes data or asks other services.

>>> import pyoxigraph
>>> from publisher import query
>>> store = pyoxigraph.Store()
>>> store.load(b"<urn:a> <urn:knows> <urn:b> .", format=pyoxigraph.RdfFormat.TURTLE)
>>> answer = query.run("SELECT ?who { ?who <urn:knows> ?whom }", store)
>>> [row["who"].value for row in answer.rows()]
['urn:a']
"""

from publisher.query.files import Query, find
from publisher.query.local import load_store, run
from publisher.query.parameters import bind
from publisher.query.results import Answer

__all__ = ["Answer", "Query", "bind", "find", "load_store", "run"]
