"""Know the triple stores: where each listens, how it takes data, and what it can bear.

A target is a store of ``publisher.toml`` (``[stores.NAME]``) or a URL with a profile.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from publisher.errors import ConfigError, UsageError
from publisher.http import Credentials


@dataclass(frozen=True)
class Profile:
    """How a kind of store is spoken to.

    ``query``, ``update`` and ``data`` are paths below its URL; ``data`` is its Graph Store. ``methods`` are the ways
    to load it, the best first. ``batch`` is how many triples one update may hold, ``part`` one Graph Store request.
    ``quads`` makes the URL that takes N-Quads of many graphs at once out of those of ``data`` and
    ``update``; it is empty where there is none. ``swaps`` is how many graphs one update may move.
    ``longest`` is the line, in bytes, that the Graph Store still takes; longer ones go by update. 0: any.
    ``hangs_up`` gives each request a connection of its own.
    ``copies`` is how many to copy at a time where MOVE loses triples; 0 where it does not.
    ``lanes`` is how many requests with data it works on at once.
    """

    name: str
    query: str
    update: str
    data: str
    methods: tuple[str, ...] = ("gsp", "update")
    quads: str = ""
    media_type: str = "application/n-triples"
    batch: int = 5_000
    part: int = 100_000
    swaps: int = 1_000_000  # all
    counts_all: bool = False  # sooner than many one by one
    longest: int = 0
    copies: int = 0
    lanes: int = 1
    hangs_up: bool = False
    is_digest: bool = False
    takes_blank_nodes: bool = True  # in INSERT DATA
    takes_forms: bool = True  # of any length, as the body of an update


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
            part=50_000,
            lanes=2,
        ),
        Profile(
            "fuseki",
            "/query",
            "/update",
            "/data",
            ("gsp", "update", "bulk"),
            "{data}",
            part=250_000,
            counts_all=True,
            copies=100_000,
        ),
        Profile(
            "virtuoso",
            "/sparql-auth",
            "/sparql-auth",
            "/sparql-graph-crud-auth",
            methods=("gsp", "update", "bulk"),
            media_type="text/turtle",  # of which N-Triples is a part
            batch=1_000,
            part=20_000,
            swaps=200,
            counts_all=True,
            longest=50_000,  # 65,000 were taken, 100,000 not
            hangs_up=True,  # on a kept one, each small answer took 40 ms longer
            is_digest=True,
            takes_blank_nodes=False,
        ),
        Profile(
            "rdf4j",
            "",
            "/statements",
            "/rdf-graphs/service",
            quads="{update}",
            part=250_000,
            counts_all=True,
            takes_forms=False,
        ),
        Profile("graphdb", "", "/statements", "/rdf-graphs/service", quads="{update}", takes_forms=False),
        Profile("qlever", "", "", "", methods=("index",)),
        Profile("sparql", "", "", "", methods=("update",), batch=1_000),
    )
}


@dataclass(frozen=True)
class Target:
    """One store: its profile, and the URLs for queries, updates and the Graph Store; ``data`` is empty without one.

    Where it is built from files, URLs may be empty. ``tools`` tells bulk loaders where the database, the program, the
    shared folder and the SQL port are.
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
        """The URL that takes N-Quads of many graphs, or nothing."""
        return self.profile.quads.format(data=self.data, update=self.update) if self.data else ""

    def tool(self, key: str) -> str:
        """Return what ``tools`` says; raise ``ConfigError`` when it is silent."""
        if found := self.tools.get(key):
            return found
        raise ConfigError(
            f"{self.name}: method '{self.method}' of {self.profile.name} needs to know the {key}; "
            f'write {key} = "…" in [stores.NAME] of publisher.toml, as docs/stores.md tells'
        )

    @property
    def takes_quads(self) -> bool:
        """Whether the method sends N-Quads as they are."""
        return self.method == "bulk" or (self.method == "gsp" and bool(self.quads))


def find_target(
    stores: Mapping[str, Mapping[str, str]], name: str, profile: str | None = None, method: str | None = None
) -> Target:
    """Return the store ``name`` of the configuration, or the one at the URL ``name`` with ``profile``.

    Raises ``UsageError`` when there is none, ``ConfigError`` when its entry does not say enough.
    """
    entry: Mapping[str, str]
    if name in stores:
        entry = stores[name]
    elif name.startswith(("http://", "https://")):
        if profile is None:
            raise UsageError(f"{name}: say which kind of store this is, with '--profile {'|'.join(PROFILES)}'")
        entry = {"url": name}
    else:
        known = ", ".join(sorted(stores)) or "none"
        raise UsageError(f"there is no store '{name}' in publisher.toml (there: {known}), and it is no URL")
    return _target(name, {**entry, **({"profile": profile} if profile else {})}, method)


def _target(name: str, entry: Mapping[str, str], method: str | None) -> Target:
    kind = PROFILES.get(entry.get("profile", ""))
    if kind is None:
        raise ConfigError(
            f"[stores.{name}]: profile is {entry.get('profile')!r}; expected one of {', '.join(PROFILES)}"
        )
    url = entry.get("url", "").rstrip("/")
    if "?" in url or "#" in url:
        raise ConfigError(f"[stores.{name}]: url is '{url}'; expected one that ends in a path, without ? and #")
    urls = {key: entry.get(key) or (url + getattr(kind, key) if url else "") for key in ("query", "update", "data")}
    if not (urls["query"] and urls["update"]) and "index" not in kind.methods:
        raise ConfigError(f"[stores.{name}]: expected the key 'url', or both 'query' and 'update'")
    for key, found in urls.items():
        if found and not found.startswith(("http://", "https://")):
            raise ConfigError(f"[stores.{name}]: {key} is '{found}'; expected a URL of http or https")
        if "@" in _host(name, found):
            raise ConfigError(f"[stores.{name}]: keep user and password out of the URL; see docs/stores.md")
    if entry.get("auth", "basic") not in ("basic", "digest"):
        raise ConfigError(f"[stores.{name}]: auth is '{entry['auth']}'; expected basic or digest")
    if "auth" in entry:
        kind = replace(kind, is_digest=entry["auth"] == "digest")
    chosen = method or entry.get("method") or kind.methods[0]
    if chosen not in kind.methods:
        raise UsageError(f"{name}: {kind.name} is not loaded by '{chosen}'; possible: {', '.join(kind.methods)}")
    tools = {key: entry[key] for key in ("location", "program", "folder", "sql") if key in entry}
    user = credentials(name, kind.is_digest)
    return Target(name, kind, urls["query"], urls["update"], urls["data"], chosen, user, tools)


def _host(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"[stores.{name}]: '{url}' is no URL: {error}") from None
    if port == 0:
        raise ConfigError(f"[stores.{name}]: '{url}' is no URL: nobody listens on port 0")
    return parts.netloc


def credentials(name: str, is_digest: bool) -> Credentials | None:
    """Read user and password of a store from the environment, else from the keyring; ``None`` when there are none.

    ``PUBLISHER_NAME_USER`` and ``PUBLISHER_NAME_PASSWORD`` go before ``PUBLISHER_USER`` and ``PUBLISHER_PASSWORD``.
    """
    own = f"PUBLISHER_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}"
    for prefix in (own, "PUBLISHER"):
        user, password = os.environ.get(f"{prefix}_USER"), os.environ.get(f"{prefix}_PASSWORD")
        if user and password:
            return Credentials(user, password, is_digest)
        if user or password:
            raise ConfigError(f"set both {prefix}_USER and {prefix}_PASSWORD, or neither")
    return _from_keyring(name, is_digest) if name else None


def _from_keyring(name: str, is_digest: bool) -> Credentials | None:
    """Ask the system's keyring for ``publisher:NAME``; one that is not there, or not to be opened, knows nothing."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:  # an extra
        return None
    try:
        found = keyring.get_credential(f"publisher:{name}", None)
    except KeyringError:
        return None
    return Credentials(found.username, found.password, is_digest) if found else None
