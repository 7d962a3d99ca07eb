"""Describe triple stores: their URLs, how they take data, and their limits.

A target is a store of ``publisher.toml`` (``[stores.NAME]``), or a URL together with the name of a profile.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from publisher.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from publisher.http import Credentials


@dataclass(frozen=True)
class Profile:
    """The protocol and the limits of one kind of store.

    ``query``, ``update`` and ``data`` are the paths, below the URL of the store, of the SPARQL query service, the
    SPARQL update service and the Graph Store (SPARQL 1.1 Graph Store HTTP Protocol). ``methods`` are the ways to load
    data, the default first. ``quads`` is a template of the URL that takes N-Quads of many graphs, made of ``{data}`` or
    ``{update}``; it is empty where there is none. ``media_type`` is the one in which the Graph Store takes N-Triples.
    """

    name: str
    query: str
    update: str
    data: str
    methods: tuple[str, ...] = ("gsp", "update")
    quads: str = ""
    media_type: str = "application/n-triples"
    update_size: int = 5_000
    """The most triples in one update."""
    request_size: int = 100_000
    """The most triples in one request with data that is not an update."""
    moves_per_update: int = 1_000_000
    """The most graphs that one update moves; the default means all."""
    counts_together: bool = False
    """Whether to count all graphs of the store at once is faster than many of them one by one."""
    max_line: int = 0
    """The most bytes in a line of N-Triples that the Graph Store takes; longer ones go by update. 0: no limit."""
    copy_size: int = 0
    """How many triples to copy at a time where MOVE loses triples; 0 where it does not."""
    concurrency: int = 1
    """How many requests with data the store processes at once."""
    closes_connections: bool = False
    """Whether to open a connection for each request."""
    uses_digest_auth: bool = False
    """Whether the store expects Digest in place of Basic authentication."""
    inserts_blank_nodes: bool = True
    """Whether INSERT DATA takes blank nodes."""
    takes_form_updates: bool = True
    """Whether the store takes an update of any length as a parameter of a form."""


PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile(
            "oxigraph",
            "/query",
            "/update",
            "/store",
            ("gsp", "update", "bulk"),
            "{data}?no_transaction",
            request_size=50_000,
            concurrency=2,
        ),
        Profile(
            "fuseki",
            "/query",
            "/update",
            "/data",
            ("gsp", "update", "bulk"),
            "{data}",
            request_size=250_000,
            counts_together=True,
            copy_size=100_000,
        ),
        Profile(
            "virtuoso",
            "/sparql-auth",
            "/sparql-auth",
            "/sparql-graph-crud-auth",
            methods=("gsp", "update", "bulk"),
            media_type="text/turtle",  # which includes N-Triples
            update_size=1_000,
            request_size=20_000,
            moves_per_update=200,
            counts_together=True,
            max_line=50_000,  # it took 65,000 and refused 100,000
            closes_connections=True,  # on a kept connection, each small answer took 40 ms longer
            uses_digest_auth=True,
            inserts_blank_nodes=False,
        ),
        Profile(
            "rdf4j",
            "",
            "/statements",
            "/rdf-graphs/service",
            quads="{update}",
            request_size=250_000,
            counts_together=True,
            takes_form_updates=False,
        ),
        Profile("graphdb", "", "/statements", "/rdf-graphs/service", quads="{update}", takes_form_updates=False),
        Profile("qlever", "", "", "", methods=("index",)),
        Profile("sparql", "", "", "", methods=("update",), update_size=1_000),
    )
}


@dataclass(frozen=True)
class Target:
    """A store to load: its profile, the URLs of its services, the method and the credentials.

    ``data`` is empty for a store without a Graph Store; all URLs may be empty for one that is built from files.
    ``tools`` are the keys of ``publisher.toml`` about bulk loaders: ``location``, ``program``, ``folder`` and ``sql``.
    """

    name: str
    profile: Profile
    query: str
    update: str
    data: str
    method: str
    credentials: Credentials | None = None
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def quads(self) -> str:
        """The URL that takes N-Quads of many graphs; empty if there is none."""
        return self.profile.quads.format(data=self.data, update=self.update) if self.data else ""

    @property
    def takes_quads(self) -> bool:
        """Whether the method sends N-Quads."""
        return self.method == "bulk" or (self.method == "gsp" and bool(self.quads))

    def tool(self, key: str) -> str:
        """Return a value of ``tools``. Raises ``ConfigError`` when it is missing or empty."""
        if value := self.tools.get(key):
            return value
        raise ConfigError(
            f"{self.name}: method '{self.method}' of {self.profile.name} needs to know the {key}; "
            f'write {key} = "…" in [stores.NAME] of publisher.toml, as docs/stores.md tells'
        )


def find_target(
    stores: Mapping[str, Mapping[str, str]], name: str, profile: str | None = None, method: str | None = None
) -> Target:
    """Return the store ``name`` of ``stores``, the tables of ``publisher.toml``, or the one at the URL ``name``.

    ``profile`` and ``method`` override those of the table. Raises ``UsageError`` when there is no such store or method,
    ``ConfigError`` when its table is incomplete or wrong.

    >>> find_target({"mine": {"profile": "fuseki", "url": "http://127.0.0.1:3030/ds"}}, "mine").update
    'http://127.0.0.1:3030/ds/update'
    """
    table: Mapping[str, str]
    if name in stores:
        table = stores[name]
    elif name.startswith(("http://", "https://")):
        if profile is None:
            raise UsageError(f"{name}: say which kind of store this is, with '--profile {'|'.join(PROFILES)}'")
        table = {"url": name}
    else:
        names = ", ".join(sorted(stores)) or "none"
        raise UsageError(f"there is no store '{name}' in publisher.toml (there: {names}), and it is no URL")
    return _target(name, {**table, **({"profile": profile} if profile else {})}, method)


def _target(name: str, table: Mapping[str, str], method: str | None) -> Target:
    profile = PROFILES.get(table.get("profile", ""))
    if profile is None:
        raise ConfigError(
            f"[stores.{name}]: profile is {table.get('profile')!r}; expected one of {', '.join(PROFILES)}"
        )
    if table.get("auth", "basic") not in ("basic", "digest"):
        raise ConfigError(f"[stores.{name}]: auth is '{table['auth']}'; expected basic or digest")
    if "auth" in table:
        profile = replace(profile, uses_digest_auth=table["auth"] == "digest")
    urls = _urls(name, table, profile)
    method = method or table.get("method") or profile.methods[0]
    if method not in profile.methods:
        raise UsageError(f"{name}: {profile.name} is not loaded by '{method}'; possible: {', '.join(profile.methods)}")
    tools = {key: table[key] for key in ("location", "program", "folder", "sql") if key in table}
    return Target(name, profile, *urls, method, credentials(name, profile.uses_digest_auth), tools)


def _urls(name: str, table: Mapping[str, str], profile: Profile) -> tuple[str, str, str]:
    """Return the URLs for queries, updates and the Graph Store. Raises ``ConfigError`` for what is not a URL."""
    url = table.get("url", "").rstrip("/")
    if "?" in url or "#" in url:
        raise ConfigError(f"[stores.{name}]: url is '{url}'; expected one that ends in a path, without ? and #")

    def service(key: str, path: str) -> str:
        return table.get(key) or (url + path if url else "")

    urls = service("query", profile.query), service("update", profile.update), service("data", profile.data)
    if not (urls[0] and urls[1]) and "index" not in profile.methods:
        raise ConfigError(f"[stores.{name}]: expected the key 'url', or both 'query' and 'update'")
    for key, value in zip(("query", "update", "data"), urls, strict=True):
        if value and not value.startswith(("http://", "https://")):
            raise ConfigError(f"[stores.{name}]: {key} is '{value}'; expected a URL of http or https")
        if "@" in _authority(name, value):
            raise ConfigError(f"[stores.{name}]: keep user and password out of the URL; see docs/stores.md")
    return urls


def _authority(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"[stores.{name}]: '{url}' is no URL: {error}") from None
    if port == 0:
        raise ConfigError(f"[stores.{name}]: '{url}' is no URL: nobody listens on port 0")
    return parts.netloc


def credentials(name: str, is_digest: bool) -> Credentials | None:
    """Return user and password of a store from the environment, else from the keyring, else ``None``.

    ``PUBLISHER_NAME_USER`` and ``PUBLISHER_NAME_PASSWORD`` go before ``PUBLISHER_USER`` and ``PUBLISHER_PASSWORD``.
    Raises ``ConfigError`` when only one of the two is set.
    """
    from publisher.http import Credentials

    own = f"PUBLISHER_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"
    for prefix in (own, "PUBLISHER"):
        user, password = os.environ.get(f"{prefix}_USER"), os.environ.get(f"{prefix}_PASSWORD")
        if user and password:
            return Credentials(user, password, is_digest)
        if user or password:
            raise ConfigError(f"set both {prefix}_USER and {prefix}_PASSWORD, or neither")
    return _from_keyring(name, is_digest) if name else None


def _from_keyring(name: str, is_digest: bool) -> Credentials | None:
    """Return the entry ``publisher:NAME`` of the system's keyring; ``None`` if there is none or it stays locked."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:  # an optional dependency
        return None
    try:
        entry = keyring.get_credential(f"publisher:{name}", None)
    except KeyringError:
        return None
    from publisher.http import Credentials

    return Credentials(entry.username, entry.password, is_digest) if entry else None
