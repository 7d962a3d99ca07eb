"""Speak HTTP: the one client of stores, of SPARQL endpoints and of the services of Wikidata.

Each exchange has one deadline, for the name look-up, the connection, redirects, the whole answer, retries and the
pauses between them. Each answer has a bound on its size. Credentials and request bodies never go to another origin
(RFC 6454: scheme, host and port) than that of the URL that the caller gave, and never appear in an error; a password
does not cross a network unencrypted. Cookies are neither kept nor sent.

>>> with Client(timeout=1) as client:
...     client.request("GET", "ftp://e.org/")
Traceback (most recent call last):
publisher.errors.EndpointError: ftp://e.org/: not the URL of a service; expected a URL such as http://127.0.0.1:7878/query
"""

from publisher.http.cache import AnswerCache
from publisher.http.client import Client
from publisher.http.exchange import Credentials, Response, Retry, TransientError

__all__ = ["AnswerCache", "Client", "Credentials", "Response", "Retry", "TransientError"]
