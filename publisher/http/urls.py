"""Tell the parts of a URL that matter to safety."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import httpx


def is_local(url: str) -> bool:
    """Return whether a service is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def without_user(url: str) -> str:
    """Return a URL without user and password."""
    return re.sub(r"(?<=//)[^/?#]*@", "", url)


def origin(url: httpx.URL) -> str:
    """Return scheme, host and port (RFC 6454)."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"  # without the port that is the default of the scheme
