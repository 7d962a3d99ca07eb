"""Where Wikidata's services are, and how often they are asked: the table ``[wikidata]`` of ``publisher.toml``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

# Seconds between two requests to a service on another machine, at least.
SHORTEST_INTERVAL: Final = 0.5
ADDRESSES: Final = ("api", "reconcile", "sparql")


@dataclass(frozen=True)
class Services:
    """The addresses of Wikidata's services, the contact of the user, and seconds between two requests.

    ``contact`` is a mail address or a web page at which the operators of Wikidata reach the user; their User-Agent
    policy asks for one.
    """

    api: str = "https://www.wikidata.org/w/api.php"
    reconcile: str = "https://wikidata.reconci.link/en/api"
    sparql: str = "https://query.wikidata.org/sparql"
    contact: str = ""
    interval: float = 1.0

    @property
    def are_local(self) -> bool:
        """Whether all services are on this machine."""
        return all(is_local(getattr(self, address)) for address in ADDRESSES)


def is_local(url: str) -> bool:
    """Return whether a service is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
