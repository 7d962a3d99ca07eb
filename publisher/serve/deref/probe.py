"""Ask a site, and follow its redirects step by step."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

import pyoxigraph as ox

from publisher.errors import EndpointError
from publisher.http import Client
from publisher.http.exchange import RawResponse
from publisher.rdf.safety import check_foreign

_MOST_REDIRECTS: Final = 10
_REDIRECTING: Final = (301, 302, 303, 307, 308)
RDF_FORMATS: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_LINK: Final = re.compile(r'<([^>]*)>((?:[^,"]|"[^"]*")*)')


@dataclass(frozen=True)
class Hop:
    """A request and what was answered; or why nothing was."""

    method: str
    url: str
    accept: str
    exchange: RawResponse
    fault: str = ""

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.exchange.status

    @property
    def media_type(self) -> str:
        """The media type of the answer without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def location(self) -> str:
        """Where the answer leads, as an absolute URL; empty where it leads nowhere."""
        target = self.header("location")
        return _joined(self.url, target) if target and self.status in _REDIRECTING else ""

    def header(self, name: str) -> str:
        """Return the value of a header; empty where there is none."""
        return self.exchange.headers.get(name, "")

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the content of a document whose media type is one of ``RDF_FORMATS``.

        Raises ``SyntaxError`` or ``ValueError`` where it cannot be read, and ``KeyError`` for another media type.
        """
        syntax = RDF_FORMATS[self.media_type]
        check_foreign(self.exchange.body, syntax)
        yield from ox.parse(self.exchange.body, format=syntax, base_iri=self.url)

    def links(self, relation: str) -> list[str]:
        """Return the targets of the header ``Link`` with a relation (RFC 8288)."""
        relations = re.compile(rf'rel="?(?:[^";]* )?{re.escape(relation)}(?: [^";]*)?(?:"|;|$)')
        return [
            _joined(self.url, target)
            for target, parameters in _LINK.findall(self.header("link"))
            if relations.search(parameters.strip())
        ]


class Trail(tuple[Hop, ...]):
    """The steps from an identifier to what it leads to, in their order."""

    @property
    def last(self) -> Hop:
        """The last answer."""
        return self[-1]

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses of all answers."""
        return tuple(step.status for step in self)

    def __str__(self) -> str:
        """Return what came, in one line."""
        targets = "".join(f"{step.status} to {step.location}, then " for step in self[:-1])
        return f"{targets}{self.last.fault or f'{self.last.status} {self.last.media_type}'.strip()}"


@dataclass
class Probe:
    """A site that is asked; all steps are recorded, and documents are read once for each address and header."""

    client: Client
    origin: str
    steps: list[Hop] = field(default_factory=list)
    _trails: dict[tuple[str, ...], Trail] = field(default_factory=dict)

    def ask(self, url: str, accept: str = "*/*", method: str = "GET", headers: Mapping[str, str] | None = None) -> Hop:
        """Send one request; raise ``EndpointError`` where nothing is answered."""
        exchange = self.client.exchange(method, urldefrag(url).url, {"Accept": accept, **(headers or {})})
        step = Hop(method, url, accept, exchange)
        self.steps.append(step)
        return step

    def follow(self, url: str, accept: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Trail:
        """Ask for a URL, and for what its redirects lead to.

        The last step has the status 0 and says why, where nothing is answered, and for redirects without end, to what
        is no address of the web, with a password, and from a public server into a private network.
        """
        key = (url, accept, method, *(headers or {}))
        if key not in self._trails:
            self._trails[key] = Trail(self._steps(url, accept, method, headers or {}))
        return self._trails[key]

    def _steps(self, url: str, accept: str, method: str, headers: Mapping[str, str]) -> Iterator[Hop]:
        for _ in range(_MOST_REDIRECTS):
            try:
                self._ensure_harmless(url)
                step = self.ask(url, accept, method, headers)
            except EndpointError as error:
                yield Hop(method, url, accept, RawResponse(0, {}, b""), str(error))
                return
            yield step
            if not step.location:
                return
            url = step.location
        yield Hop(method, url, accept, RawResponse(0, {}, b""), "redirects again and again")

    def _ensure_harmless(self, url: str) -> None:
        """Raise ``EndpointError`` for an address to which no public site has reason to lead."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise EndpointError(f"{url} is no address of the web") from None
        if parts.scheme not in ("http", "https"):
            raise EndpointError(f"{url} is no address of the web")
        if parts.username is not None:
            raise EndpointError("a redirect to an address with a user name")
        if is_private(url) and not is_private(self.origin):
            raise EndpointError(f"{url} is in a private network")


def _joined(base: str, target: str) -> str:
    """Return an absolute URL; the target as it is where that is none, such as one with ``[`` in its host."""
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def is_private(url: str) -> bool:
    """Tell whether the host of a URL is this machine, or an address of a private network.

    >>> is_private("http://10.0.0.1/"), is_private("http://127.1/"), is_private("https://example.org/")
    (True, True, False)
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    try:
        return not ipaddress.ip_address(socket.inet_aton(host)).is_global  # as "127.1" and "2130706433"
    except OSError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
