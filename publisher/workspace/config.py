"""Read ``publisher.toml`` into a frozen ``Config``; unknown keys are errors."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from publisher.errors import ConfigError
from publisher.rdf.vocab import STANDARD_PREFIXES
from publisher.workspace.switches import Switches, read_switches
from publisher.workspace.toml import TomlFile, read_toml

FILE_NAME: Final = "publisher.toml"
# The namespace of a new workspace, and in the files that it is made from.
EXAMPLE_BASE: Final = "https://example.org/dataset/"

# PN_PREFIX of Turtle, less the rarer letters.
_PREFIX: Final = re.compile(r"[A-Za-z](?:[\w.-]*[\w-])?")

_STORE_KEYS: Final = (
    *("profile", "url", "query", "update", "data", "method", "auth"),
    *("location", "program", "folder", "sql"),  # for bulk loaders
)
# The formats of dumps by their extensions, in the order in which they are written.
FORMATS: Final = ("ttl", "trig", "nt", "nq", "jsonld", "rdf")
# Whether compressed dumps stand beside the plain ones, or are the only ones.
_COMPRESSED: Final = ("beside", "only")

# The documents of a thing, in the order in which its page names them.
DOCUMENT_FORMATS: Final = ("ttl", "jsonld", "nt", "rdf")
# What the site shows as claims and as facts; each key is explained in docs/site.md.
TERM_KEYS: Final = (
    *("claim", "claimant", "verdict", "accepted", "modality", "certain", "negated", "passage", "source", "said-in"),
    *("said-on", "quotation", "view-of", "topic", "accused", "against", "degree", "unlike", "fact", "evidence"),
    *("matter", "article", "digest", "sentence", "place", "country", "country-code"),
    *("time", "earliest-begin", "latest-begin", "earliest-end", "latest-end"),
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_BASE_PATH: Final = re.compile(r"/([A-Za-z0-9._~-]+/)*")
_FOLDER: Final = re.compile(r"[\w~-][\w.~-]*(/[\w~-][\w.~-]*)*")
# Seconds between two requests to a service on another machine, at least.
_SHORTEST_INTERVAL: Final = 0.5
_ADDRESSES: Final = ("api", "reconcile", "sparql")


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
        from publisher.http.urls import is_local

        return all(is_local(getattr(self, address)) for address in _ADDRESSES)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_iri(value: object) -> bool:
    """Tell whether a value is the text of an absolute IRI."""
    try:
        return bool(NamedNode(str(value))) and isinstance(value, str)
    except ValueError:
        return False


def _is_base(value: object) -> bool:
    return is_iri(value) and re.fullmatch(r"https?://[^/#?@]+/(?:[^#?]*/)?", str(value)) is not None


def _is_url(value: object) -> bool:
    try:
        parts = urlsplit(str(value))
        return is_iri(value) and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _are_formats(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(extension in FORMATS for extension in value)


def _is_interval(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 3600


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_languages(value: object) -> bool:
    return _are_texts(value) and all(map(_LANGUAGE.fullmatch, cast("list[str]", value)))


_Check = tuple[Callable[[Any], bool], str]
_TEXT: Final[_Check] = (_is_text, "a text in quotation marks")
_OPTIONAL: Final = frozenset({"language"})
# What a value must be, by table and key; ``None`` where the user chooses the keys. All keys of [dataset] but those of
# ``_OPTIONAL`` are required.
_TABLES: Final[dict[str, dict[str, _Check] | None]] = {
    "dataset": {
        "base": (_is_base, "an absolute http(s) IRI that ends in '/'"),
        "title": _TEXT,
        "description": _TEXT,
        "license": (is_iri, "an absolute IRI"),
        "publisher": _TEXT,
        "version": _TEXT,
        "issued": (lambda value: type(value) is datetime.date, "a date without quotation marks, such as 2026-11-24"),
        "language": (lambda value: _are_languages([value]), 'the tag of a language, such as "en"'),
    },
    "prefixes": None,
    "dumps": {
        "formats": (_are_formats, f"a list of some of {', '.join(FORMATS)}"),
        "compressed": (lambda value: value in _COMPRESSED, f"one of {', '.join(_COMPRESSED)}"),
    },
    "stores": None,
    "wikidata": {
        **{key: (_is_url, f"a URL such as {getattr(Services, key)}") for key in _ADDRESSES},
        "contact": _TEXT,
        "interval": (_is_interval, "seconds, such as 1.0"),
    },
    "lints": None,
    "site": {
        "interface": (lambda value: _are_languages([value]), 'a language tag, such as "de"'),
        "enabled": (lambda value: isinstance(value, bool), "true or false"),
        "languages": (
            lambda value: _are_languages(value) and bool(value),
            'a list of language tags, such as ["en", "ru"]',
        ),
        "formats": (
            lambda value: _are_texts(value) and set(value) <= set(DOCUMENT_FORMATS),
            f"a list of some of {', '.join(DOCUMENT_FORMATS)}",
        ),
        "base-path": (
            lambda value: isinstance(value, str) and bool(_BASE_PATH.fullmatch(value)),
            "a path that begins and ends in '/'",
        ),
        "search": (lambda value: isinstance(value, bool), "true or false"),
        "sparql": (lambda value: isinstance(value, bool), "true or false"),
        "pages": (lambda value: _are_texts(value) and all(map(_FOLDER.fullmatch, value)), 'folders, as in ["docs"]'),
        "repository": (_is_url, "the URL of the folder of the workspace in a repository"),
        "url": (lambda value: _is_url(value) and value.endswith("/"), "the URL of the site, which ends in '/'"),
        "terms": (lambda value: isinstance(value, dict), "a table; write it as [site.terms]"),
    },
}


class StoreTable(dict[str, str]):
    """The table ``[stores.NAME]`` of a triple store, whose values ``publisher.load`` interprets.

    ``toml`` is the file that has it, if any.
    """

    def __init__(self, name: str, values: Mapping[str, str], toml: TomlFile | None = None) -> None:
        super().__init__(values)
        self.name, self._toml = name, toml

    def error(self, message: str, key: str = "") -> ConfigError:
        """Return an error at the place of a key."""
        text = f"[stores.{self.name}]: {message}"
        return self._toml.error(text, "stores", self.name, key) if self._toml else ConfigError(text)


@dataclass(frozen=True)
class SiteOptions:
    """The settings of the site.

    ``languages`` are those of titles, the preferred one first, ``interface`` is that of the site's own words where
    it is not the first of them. ``base_path`` is the path of the site on its host; only the page for addresses that
    are not there needs it. ``search`` is whether the site has one, ``sparql`` whether it has a page with a SPARQL
    engine. ``pages`` are folders of Markdown besides ``site/``, and ``repository`` is where readers find other files;
    ``url`` is the address of the site where that is not ``base``. ``terms`` map keys of ``TERM_KEYS`` to IRIs.
    """

    enabled: bool = False
    languages: tuple[str, ...] = ("en",)
    interface: str = ""
    formats: tuple[str, ...] = DOCUMENT_FORMATS
    base_path: str = "/"
    search: bool = True
    sparql: bool = True
    pages: tuple[str, ...] = ()
    repository: str = ""
    url: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """A workspace and the settings of its ``publisher.toml``.

    ``base`` ends in ``/``; entities are named under ``base + "id/"``, graphs under ``base + "graph/"``.
    ``language`` is that of title and description. ``prefixes`` include the standard ones. ``stores`` maps the name of
    each store to its table. ``lints`` says how severe the findings of checks are. ``text`` is that of the file.
    """

    root: Path
    base: str
    title: str
    description: str
    license: str
    publisher: str
    version: str
    issued: datetime.date
    prefixes: dict[str, str]
    language: str = "en"
    formats: tuple[str, ...] = FORMATS
    is_plain_written: bool = True
    stores: dict[str, StoreTable] = field(default_factory=dict)
    wikidata: Services = field(default_factory=Services)
    lints: Switches = field(default_factory=Switches)
    site: SiteOptions = field(default_factory=SiteOptions)
    text: str = field(default="", repr=False)

    @property
    def things(self) -> str:
        """The namespace of the entities that the dataset describes."""
        return f"{self.base}id/"

    def graph(self, name: str) -> str:
        """Return the IRI of a named graph of the dataset."""
        return f"{self.base}graph/{name}"


def load_config(root: Path) -> Config:
    """Return the configuration of the workspace at ``root``.

    Raises ``ConfigError`` with line and column when the file is missing or is not TOML, and for the first key that is
    unknown, missing, or of the wrong kind.
    """
    try:
        toml = read_toml(root / FILE_NAME)
    except FileNotFoundError:
        raise ConfigError(
            f"{root / FILE_NAME}: no such file. A workspace is a folder with a {FILE_NAME}; "
            "make one with 'publisher init DIR', or name yours with '--workspace DIR'"
        ) from None
    tables = _tables(toml)
    dumps, prefixes = tables["dumps"], _prefixes(toml, tables["prefixes"])
    return Config(
        root=root,
        **tables["dataset"],
        prefixes=prefixes,
        formats=tuple(extension for extension in FORMATS if extension in dumps.get("formats", FORMATS)),
        is_plain_written=dumps.get("compressed", "beside") == "beside",
        stores=_stores(toml, tables["stores"]),
        wikidata=_services(toml, tables["wikidata"]),
        lints=read_switches(toml, tables["lints"]),
        site=_site_options(toml, tables["site"], prefixes, tables["dataset"].get("language", "en")),
        text=toml.text,
    )


def _tables(toml: TomlFile) -> dict[str, dict[str, Any]]:
    """Return the tables of the file, empty where they are left out; refuse what ``_TABLES`` does not allow."""
    toml.refuse_unknown(toml.values, _TABLES)
    tables = {name: toml.values.get(name, {}) for name in _TABLES}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise toml.error(f"'{name}' is a single value; write it as a table: [{name}]", name)
        if (checks := _TABLES[name]) is not None:
            toml.refuse_unknown(table, checks, name)
            for key in [k for k in checks if k in table or (name == "dataset" and k not in _OPTIONAL)]:
                is_good, expected = checks[key]
                if key not in table or not is_good(table[key]):
                    found = repr(table[key]) if key in table else "missing"
                    raise toml.error(f"{name}.{key} is {found}; expected {expected}", name, key)
    return tables


def _prefixes(toml: TomlFile, prefixes: Mapping[str, Any]) -> dict[str, str]:
    for prefix, namespace in prefixes.items():
        message = ""
        if not isinstance(namespace, str):
            message = f"prefixes.{prefix} is {namespace!r}; expected a namespace IRI in quotation marks"
        elif not _PREFIX.fullmatch(prefix):
            message = f"the prefix '{prefix}' is none that Turtle knows; use letters, digits and '-'"
        elif (standard := STANDARD_PREFIXES.get(prefix, namespace)) != namespace:
            message = f"prefixes.{prefix} is '{namespace}', but '{prefix}' always means {standard}"
        elif not is_iri(namespace):
            message = f"prefixes.{prefix} is '{namespace}'; expected an absolute IRI"
        if message:
            raise toml.error(message, "prefixes", prefix)
    return {**STANDARD_PREFIXES, **prefixes}


def _stores(toml: TomlFile, stores: Mapping[str, Any]) -> dict[str, StoreTable]:
    for name, entry in stores.items():
        if not isinstance(entry, dict):
            raise toml.error(f"stores.{name} is no table; write it as [stores.{name}]", "stores", name)
        toml.refuse_unknown(entry, _STORE_KEYS, "stores", name)
        for key, value in entry.items():
            if not isinstance(value, str) or not value.isprintable():
                raise toml.error(f"stores.{name}.{key} is {value!r}; expected a text on one line", "stores", name, key)
    return {name: StoreTable(name, entry, toml) for name, entry in stores.items()}


def _services(toml: TomlFile, table: Mapping[str, Any]) -> Services:
    services = Services(**table)
    if services.interval < _SHORTEST_INTERVAL and not services.are_local:
        message = f"wikidata.interval is {services.interval}; a service of others gets {_SHORTEST_INTERVAL} or more"
        raise toml.error(message, "wikidata", "interval")
    return services


def _site_options(toml: TomlFile, table: Mapping[str, Any], prefixes: Mapping[str, str], language: str) -> SiteOptions:
    """Return the options of the site, which is off where there is no table."""
    terms = dict[str, str]()
    toml.refuse_unknown(table.get("terms", {}), TERM_KEYS, "site", "terms")
    for key, value in table.get("terms", {}).items():
        prefix, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
        if not colon or prefix not in prefixes:
            message = f"site.terms.{key} is {value!r}; expected a name with a prefix of [prefixes]"
            raise toml.error(message, "site", "terms", key)
        terms[key] = prefixes[prefix] + name
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    if "formats" in lists:
        lists["formats"] = tuple(name for name in DOCUMENT_FORMATS if name in lists["formats"])
    given = {"enabled": "site" in toml.values, "languages": (language,), **table, **lists, "terms": terms}
    return SiteOptions(**{key.replace("-", "_"): value for key, value in given.items()})
