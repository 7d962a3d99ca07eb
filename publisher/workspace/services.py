"""Say where Wikidata's services are and how gently they are asked: the table ``[wikidata]`` of ``publisher.toml``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from publisher.errors import ConfigError

# What Wikimedia asks of everybody who is not a browser: one request at a time, with pauses.
_SHORTEST: Final = 0.5


@dataclass(frozen=True)
class Services:
    """The addresses of the services, who is asking, and the pause between two requests in seconds.

    ``contact`` is an address of mail or of a page at which the operators of Wikidata reach whoever asks; their
    User-Agent policy wants one.
    """

    api: str = "https://www.wikidata.org/w/api.php"
    reconcile: str = "https://wikidata.reconci.link/en/api"
    sparql: str = "https://query.wikidata.org/sparql"
    contact: str = ""
    interval: float = 1.0


KEYS: Final = tuple(field.name for field in fields(Services))
_ADDRESSES: Final = ("api", "reconcile", "sparql")


def read_services(table: dict[str, Any], path: Path) -> Services:
    """Return what the table says, with defaults for what it does not; raise ``ConfigError`` for a value of no use."""
    for key, value in table.items():
        if key == "interval":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
                raise ConfigError(f"{path}: wikidata.interval is {value!r}; expected seconds, such as 1.0")
        elif not isinstance(value, str) or not value.strip():
            raise ConfigError(f"{path}: wikidata.{key} is {value!r}; expected a text in quotation marks")
        elif key in _ADDRESSES and not _is_address(value):
            raise ConfigError(f"{path}: wikidata.{key} is '{value}'; expected a URL such as {getattr(Services, key)}")
    found = replace(Services(), **table)
    if found.interval < _SHORTEST and not all(is_local(getattr(found, key)) for key in _ADDRESSES):
        raise ConfigError(
            f"{path}: wikidata.interval is {found.interval}; a service of others gets {_SHORTEST} or more"
        )
    return found


def _is_address(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def is_local(url: str) -> bool:
    """Tell whether a service is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
