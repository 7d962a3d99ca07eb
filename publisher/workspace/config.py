"""Read ``publisher.toml`` into a frozen ``Config``; unknown keys are errors."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from publisher.errors import ConfigError
from publisher.rdf.vocab import STANDARD_PREFIXES
from publisher.workspace.services import KEYS as _WIKIDATA_KEYS
from publisher.workspace.services import Services, read_services
from publisher.workspace.switches import Switches, read_switches
from publisher.workspace.toml import TomlFile, read_toml

FILE_NAME: Final = "publisher.toml"
# The namespace of a new workspace, and in the files that it is made from.
EXAMPLE_BASE: Final = "https://example.org/dataset/"

# PN_PREFIX of Turtle, less the rarer letters.
_PREFIX: Final = re.compile(r"[A-Za-z](?:[\w.-]*[\w-])?")

_TEXT_KEYS: Final = ("base", "title", "description", "license", "publisher", "version")
_STORE_KEYS: Final = (
    *("profile", "url", "query", "update", "data", "method", "auth"),
    *("location", "program", "folder", "sql"),  # for bulk loaders
)
# The keys of each table; ``None`` where they are names that the user chooses.
_KEYS: Final[dict[str, tuple[str, ...] | None]] = {
    "dataset": (*_TEXT_KEYS, "issued"),
    "prefixes": None,
    "dumps": ("formats", "compressed"),
    "stores": None,
    "wikidata": _WIKIDATA_KEYS,
    "lints": None,
}

# The formats of dumps by their extensions, in the order in which they are written.
FORMATS: Final = ("ttl", "trig", "nt", "nq", "jsonld", "rdf")
# Whether compressed dumps stand beside the plain ones, or are the only ones.
_COMPRESSED: Final = ("beside", "only")


@dataclass(frozen=True)
class Config:
    """A workspace and the settings of its ``publisher.toml``.

    ``base`` ends in ``/``; entities are named under ``base + "id/"``, graphs under ``base + "graph/"``. ``prefixes``
    include the standard ones. ``stores`` maps the name of each store to its table, whose values ``publisher.load``
    interprets. ``lints`` says how severe the findings of checks are.
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
    formats: tuple[str, ...] = FORMATS
    is_plain_written: bool = True
    stores: dict[str, dict[str, str]] = field(default_factory=dict)
    wikidata: Services = field(default_factory=Services)
    lints: Switches = field(default_factory=Switches)

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
    return Config(
        root=root,
        **{key: _text(toml, key) for key in _TEXT_KEYS},
        issued=_date(toml),
        prefixes=_prefixes(toml, tables["prefixes"]),
        formats=_formats(toml, tables["dumps"]),
        is_plain_written=_compressed(toml, tables["dumps"]) == "beside",
        stores=_stores(toml, tables["stores"]),
        wikidata=read_services(toml, tables["wikidata"]),
        lints=read_switches(toml, tables["lints"]),
    )


def _tables(toml: TomlFile) -> dict[str, dict[str, Any]]:
    """Return the tables of the file, empty where they are left out; refuse tables and keys that are unknown."""
    _refuse_unknown(toml, toml.values, tuple(_KEYS))
    tables = {name: toml.values.get(name, {}) for name in _KEYS}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise toml.error(f"'{name}' is a single value; write it as a table: [{name}]", name)
        if (keys := _KEYS[name]) is not None:
            _refuse_unknown(toml, table, keys, name)
    return tables


def _refuse_unknown(toml: TomlFile, table: Mapping[str, Any], known: tuple[str, ...], *path: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
            kind, where = ("key", f" in [{'.'.join(path)}]") if path else ("table", "")
            raise toml.error(f"unknown {kind} '{key}'{where}; {hint}", *path, key)


def _text(toml: TomlFile, key: str) -> str:
    value = toml.values.get("dataset", {}).get(key)
    if not isinstance(value, str) or not value.strip():
        found = "missing" if value is None else f"{value!r}"
        raise toml.error(f"dataset.{key} is {found}; expected a text in quotation marks", "dataset", key)
    if key == "base":
        if not value.startswith(("http://", "https://")) or not value.endswith("/") or "#" in value or "?" in value:
            message = f"dataset.base is '{value}'; expected an absolute http(s) IRI that ends in '/'"
            raise toml.error(message, "dataset", key)
        _check_iri(toml, f"{value}id/x", "dataset", key)
    elif key == "license":
        _check_iri(toml, value, "dataset", key)
    return value


def _check_iri(toml: TomlFile, iri: str, *key: str) -> None:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise toml.error(f"{'.'.join(key)} is '{iri}'; expected an absolute IRI: {error}", *key) from None


def _date(toml: TomlFile) -> datetime.date:
    value = toml.values.get("dataset", {}).get("issued")
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        found = "missing" if value is None else f"{value!r}"
        raise toml.error(
            f"dataset.issued is {found}; expected a date without quotation marks, such as 2026-11-24",
            *("dataset", "issued"),
        )
    return value


def _formats(toml: TomlFile, dumps: Mapping[str, Any]) -> tuple[str, ...]:
    formats = dumps.get("formats", list(FORMATS))
    if not isinstance(formats, list) or not formats or any(extension not in FORMATS for extension in formats):
        message = f"dumps.formats is {formats!r}; expected a list of some of {', '.join(FORMATS)}"
        raise toml.error(message, "dumps", "formats")
    return tuple(extension for extension in FORMATS if extension in formats)


def _compressed(toml: TomlFile, dumps: Mapping[str, Any]) -> str:
    value = dumps.get("compressed", "beside")
    if value not in _COMPRESSED:
        message = f"dumps.compressed is {value!r}; expected one of {', '.join(_COMPRESSED)}"
        raise toml.error(message, "dumps", "compressed")
    return str(value)


def _prefixes(toml: TomlFile, prefixes: Mapping[str, Any]) -> dict[str, str]:
    for prefix, namespace in prefixes.items():
        key = ("prefixes", prefix)
        if not isinstance(namespace, str):
            raise toml.error(f"prefixes.{prefix} is {namespace!r}; expected a namespace IRI in quotation marks", *key)
        if not _PREFIX.fullmatch(prefix):
            raise toml.error(f"the prefix '{prefix}' is none that Turtle knows; use letters, digits and '-'", *key)
        standard = STANDARD_PREFIXES.get(prefix, namespace)
        if standard != namespace:
            raise toml.error(f"prefixes.{prefix} is '{namespace}', but '{prefix}' always means {standard}", *key)
        _check_iri(toml, namespace, *key)
    return {**STANDARD_PREFIXES, **prefixes}


def _stores(toml: TomlFile, stores: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the table of each triple store; ``publisher.load.profiles`` checks the values."""
    for name, entry in stores.items():
        if not isinstance(entry, dict):
            raise toml.error(f"stores.{name} is no table; write it as [stores.{name}]", "stores", name)
        _refuse_unknown(toml, entry, _STORE_KEYS, "stores", name)
        for key, value in entry.items():
            if not isinstance(value, str):
                raise toml.error(f"stores.{name}.{key} is {value!r}; expected a text", "stores", name, key)
    return stores
