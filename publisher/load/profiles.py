"""Describe triple stores: their URLs, how they take data, and their limits.

A target is a store of ``publisher.toml`` (``[stores.NAME]``), or a URL together with the name of a profile.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from publisher.errors import ConfigError, UsageError
from publisher.workspace.config import StoreTable

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
    union_switch: str = ""
    """The option that makes the default graph the union of all graphs; empty where it is so by default."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """The commands that load, query, update and dump a database while its server is stopped, less the file."""
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


_WITH_BULK: Final = ("gsp", "update", "bulk")
_RDF4J: Final = Profile("rdf4j", "", "/statements", "/rdf-graphs/service", quads="{update}", takes_form_updates=False)
PROFILES: Final = {
    profile.name: profile
    for profile in (
        Profile(
            *("oxigraph", "/query", "/update", "/store", _WITH_BULK, "{data}?no_transaction"),
            union_switch="--union-default-graph",
            programs={
                "load": "{program} load --location {location} --file",
                "query": "{program} query --location {location} --results-format json --query-file",
                "update": "{program} update --location {location} --update-file",
                "dump": "{program} dump --location {location} --format nq",
            },
            request_size=50_000,
            concurrency=2,
        ),
        Profile(
            *("fuseki", "/query", "/update", "/data", _WITH_BULK, "{data}"),
            union_switch="--set=tdb:unionDefaultGraph=true",
            programs={
                "load": "java -cp {program} tdb2.tdbloader --loc={location}",
                "query": "java -cp {program} tdb2.tdbquery --loc={location} --results=JSON --query",
                "update": "java -cp {program} tdb2.tdbupdate --loc={location} --update",
                "dump": "java -cp {program} tdb2.tdbdump --loc={location}",
            },
            request_size=250_000,
            counts_together=True,
            copy_size=100_000,
        ),
        Profile(
            *("virtuoso", "/sparql-auth", "/sparql-auth", "/sparql-graph-crud-auth", _WITH_BULK),
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
        replace(_RDF4J, request_size=250_000, counts_together=True),
        replace(_RDF4J, name="graphdb"),
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
    def is_offline(self) -> bool:
        """Whether the store is loaded while its server is stopped."""
        return self.method == "bulk" and bool(self.profile.programs)

    @property
    def batch_size(self) -> int:
        """The most triples in one request with data."""
        return self.profile.update_size if self.method == "update" else self.profile.request_size

    def tool(self, key: str) -> str:
        """Return a value of ``tools``. Raises ``ConfigError`` when it is missing or empty."""
        if value := self.tools.get(key):
            return value
        raise ConfigError(
            f"{self.name}: method '{self.method}' of {self.profile.name} needs to know the {key}; "
            f'write {key} = "…" in [stores.NAME] of publisher.toml, as docs/stores.md tells'
        )


def find_target(
    stores: Mapping[str, StoreTable],
    name: str,
    profile: str | None = None,
    method: str | None = None,
    *,
    insecure: bool = False,
) -> Target:
    """Return the store ``name`` of ``stores``, the tables of ``publisher.toml``, or the one at the URL ``name``.

    ``profile`` and ``method`` override those of the table; with ``insecure``, a password may go over plain http.
    Raises ``UsageError`` when there is no such store or method, ``ConfigError`` with the place of
    the key when its table is incomplete or wrong.

    >>> from publisher.workspace.config import StoreTable
    >>> table = StoreTable("mine", {"profile": "fuseki", "url": "http://127.0.0.1:3030/ds"})
    >>> find_target({"mine": table}, "mine").update
    'http://127.0.0.1:3030/ds/update'
    """
    is_url = name.startswith(("http://", "https://"))
    if name not in stores and not is_url:
        names = ", ".join(sorted(stores)) or "none"
        raise UsageError(f"there is no store '{name}' in publisher.toml (there: {names}), and it is no URL")
    if name not in stores and profile is None:
        raise UsageError(f"{name}: say which kind of store this is, with '--profile {'|'.join(PROFILES)}'")
    table = stores[name] if name in stores else StoreTable(name, {"url": name})
    kind = PROFILES.get(profile or table.get("profile", ""))
    if kind is None:
        expected = f"expected one of {', '.join(PROFILES)}"
        raise table.error(f"profile is {table.get('profile')!r}; {expected}", "profile")
    if (auth := table.get("auth", "basic")) not in ("basic", "digest"):
        raise table.error(f"auth is '{auth}'; expected basic or digest", "auth")
    if "auth" in table:
        kind = replace(kind, uses_digest_auth=auth == "digest")
    possible = f"{kind.name} is not loaded by '{{}}'; possible: {', '.join(kind.methods)}"
    if method and method not in kind.methods:
        raise UsageError(f"{name}: {possible.format(method)}")
    method = method or table.get("method", kind.methods[0])
    if method not in kind.methods:
        raise table.error(possible.format(method), "method")
    tools = {key: table[key] for key in ("location", "program", "folder", "sql") if key in table}
    urls = _urls(table, kind)
    places = [*urls, f"//{tools['sql']}" if "sql" in tools else ""]
    found = credentials(name, places, is_digest=kind.uses_digest_auth, insecure=insecure)
    return Target(name, kind, *urls, method, found, tools)


def _urls(table: StoreTable, profile: Profile) -> tuple[str, str, str]:
    """Return the URLs for queries, updates and the Graph Store. Raises ``ConfigError`` for what is not a URL."""
    base = table.get("url", "").rstrip("/")
    if "?" in base or "#" in base:
        raise table.error(f"url is '{base}'; expected one that ends in a path, without ? and #", "url")
    paths = {"query": profile.query, "update": profile.update, "data": profile.data}
    urls = {key: table.get(key) or (base + path if base else "") for key, path in paths.items()}
    if not (urls["query"] and urls["update"]) and "index" not in profile.methods:
        raise table.error("expected the key 'url', or both 'query' and 'update'")
    for key, url in urls.items():
        place = key if key in table else "url"
        if url and not url.startswith(("http://", "https://")):
            raise table.error(f"{key} is '{url}'; expected a URL of http or https", place)
        try:
            parts = urlsplit(url)
            if parts.port == 0:
                raise ValueError("nobody listens on port 0")  # noqa: TRY301 (as for ports out of range)
        except ValueError as error:
            raise table.error(f"'{url}' is no URL: {error}", place) from None
        if "@" in parts.netloc:
            raise table.error("keep user and password out of the URL; see docs/stores.md", place)
    return urls["query"], urls["update"], urls["data"]


def union_warning(name: str, profile: Profile | None = None) -> str:
    """Return the warning about a store whose default graph is not the union of all graphs, and how to change that."""
    profiles = [profile] if profile else PROFILES.values()
    switches = [f"start {kind.name} with '{kind.union_switch}'" for kind in profiles if kind.union_switch]
    return (
        f"warning: {name}: the default graph is not the union of the named graphs, which the queries of the dataset "
        f"ask; {', '.join(switches) or 'configure it so'} (docs/stores.md)"
    )


def credentials(name: str, urls: Iterable[str], *, is_digest: bool, insecure: bool = False) -> Credentials | None:
    """Return user and password of a store from the environment, else from the keyring, else ``None``.

    ``PUBLISHER_NAME_USER`` and ``PUBLISHER_NAME_PASSWORD`` are those of the store ``name``; with
    ``PUBLISHER_NAME_HOST`` they are for that host alone. ``PUBLISHER_USER`` and ``PUBLISHER_PASSWORD`` are for the host
    ``PUBLISHER_HOST``, and for this machine when that is not set. The entry of the keyring is that of
    ``publisher:NAME``. ``urls`` are all to which they would be sent; empty ones are passed over. Raises ``ConfigError``
    when only one of the two is set, or the store is not at its host.
    """
    from publisher.http import Credentials

    places = [urlsplit(url) for url in urls if url]
    own = f"PUBLISHER_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"
    for prefix in (own, "PUBLISHER"):
        user, password, host = (os.environ.get(f"{prefix}_{part}") for part in ("USER", "PASSWORD", "HOST"))
        if bool(user) != bool(password):
            raise ConfigError(f"set both {prefix}_USER and {prefix}_PASSWORD, or neither")
        if not (user and password):
            continue
        strange = [place.netloc for place in places if not _is_meant(place, host, is_named=prefix == own)]
        if not strange:
            return Credentials(user, password, is_digest, insecure)
        if prefix == own:
            raise ConfigError(f"{name} is at {strange[0]}, and {own}_HOST is {host}: user and password are not sent")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:  # an optional dependency
        return None
    with suppress(KeyringError):  # as of one that stays locked
        if entry := keyring.get_credential(f"publisher:{name}", None):
            return Credentials(entry.username, entry.password, is_digest, insecure)
    return None


def _is_meant(place: SplitResult, host: str | None, *, is_named: bool) -> bool:
    """Return whether credentials for ``host``, with or without a port, may go to a place."""
    from publisher.http.urls import is_local

    if host:
        return host.lower() in (place.netloc.rpartition("@")[2].lower(), place.hostname)
    return is_named or is_local(place.geturl())
