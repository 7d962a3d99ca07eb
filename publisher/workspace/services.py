"""Read the table ``[wikidata]`` of ``publisher.toml``: where Wikidata's services are, and how often they are asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlsplit

from publisher.workspace.toml import TomlFile

# Seconds between two requests to a service on another machine, at least.
_SHORTEST_INTERVAL: Final = 0.5


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


KEYS: Final = tuple(field.name for field in fields(Services))
_ADDRESSES: Final = ("api", "reconcile", "sparql")


def read_services(toml: TomlFile, table: Mapping[str, Any]) -> Services:
    """Return the services of the table, with defaults for missing keys. Raises ``ConfigError`` for a wrong value."""

    def error(key: str, message: str) -> Exception:
        return toml.error(f"wikidata.{key} is {message}", "wikidata", key)

    for key, value in table.items():
        if key == "interval":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
                raise error(key, f"{value!r}; expected seconds, such as 1.0")
        elif not isinstance(value, str) or not value.strip():
            raise error(key, f"{value!r}; expected a text in quotation marks")
        elif key in _ADDRESSES and not _is_url(value):
            raise error(key, f"'{value}'; expected a URL such as {getattr(Services, key)}")
    services = replace(Services(), **table)
    are_local = all(is_local(getattr(services, key)) for key in _ADDRESSES)
    if services.interval < _SHORTEST_INTERVAL and not are_local:
        raise error("interval", f"{services.interval}; a service of others gets {_SHORTEST_INTERVAL} or more")
    return services


def _is_url(text: str) -> bool:
    try:
        return urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)
    except ValueError:
        return False


def is_local(url: str) -> bool:
    """Return whether a service is on this machine.

    >>> is_local("http://127.0.0.1:8080/api"), is_local("https://www.wikidata.org/w/api.php")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
