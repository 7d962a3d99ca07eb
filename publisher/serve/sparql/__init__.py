"""Answer queries on the published dataset by HTTP: each of them ends, and a client cannot take all workers.

``PublishedQueries`` has the workers, ``publisher.serve.sparql.endpoint`` the SPARQL 1.1 Protocol.

>>> from publisher.query.requests import Limits
>>> from publisher.serve.sparql import QueryOptions
>>> QueryOptions(workers=3, limits=Limits(seconds=10)).number
3
"""

from publisher.serve.sparql.queries import PublishedQueries, QueryOptions

__all__ = ["PublishedQueries", "QueryOptions"]
