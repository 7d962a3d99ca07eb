"""Read ``publisher.toml`` into a frozen ``Config``; unknown keys are errors."""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from publisher.errors import ConfigError, reason
from publisher.rdf.vocab import STANDARD_PREFIXES
from publisher.workspace.services import KEYS as _WIKIDATA_KEYS
from publisher.workspace.services import Services, read_services

_TOML_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")

FILE_NAME: Final = "publisher.toml"
# The namespace of a new workspace, and in the files that it is made from.
EXAMPLE_BASE: Final = "https://example.org/dataset/"

# PN_PREFIX of Turtle, less the rarer letters.
_PREFIX: Final = re.compile(r"[A-Za-z](?:[\w.-]*[\w-])?")

_TEXT_KEYS: Final = ("base", "title", "description", "license", "publisher", "version")
_STORE_KEYS: Final = (
    *("profile", "url", "query", "update", "data", "method", "auth"),
    *("location", "program", "folder", "sql"),  # where bulk loaders find things
)
_KEYS: Final[dict[str, tuple[str, ...] | None]] = {
    "dataset": (*_TEXT_KEYS, "issued"),
    "prefixes": None,
    "dumps": ("formats", "compressed"),
    "stores": None,
    "wikidata": _WIKIDATA_KEYS,
}

# The formats of dumps by their extensions, in the order in which they are written.
FORMATS: Final = ("ttl", "trig", "nt", "nq", "jsonld", "rdf")
# Whether compressed dumps stand beside the plain ones, or are the only ones.
_COMPRESSED: Final = ("beside", "only")


@dataclass(frozen=True)
class Config:
    """A workspace and what its ``publisher.toml`` says of the dataset.

    ``base`` ends in ``/``; things live under ``base + "id/"``, graphs under ``base + "graph/"``.
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

    @property
    def things(self) -> str:
        """The namespace of the things that the dataset describes."""
        return f"{self.base}id/"

    def graph(self, name: str) -> str:
        """Return the IRI of a named graph of the dataset."""
        return f"{self.base}graph/{name}"


def load_config(root: Path) -> Config:
    """Return the configuration of the workspace at ``root``.

    Raises ``ConfigError`` when the file is missing or is not TOML, and for each key that is unknown,
    missing, or of the wrong kind.
    """
    path = root / FILE_NAME
    document = _read_toml(path)
    _refuse_unknown(document, tuple(_KEYS), path, "table")
    for table in _KEYS:
        if not isinstance(document.get(table, {}), dict):
            raise ConfigError(f"{_place(path, table)}: '{table}' is a single value; write it as a table: [{table}]")
    dataset = document.get("dataset", {})
    _refuse_unknown(dataset, _KEYS["dataset"] or (), path, "key", "dataset")
    texts = {key: _text(dataset, key, path) for key in _TEXT_KEYS}
    _check_base(texts["base"], path)
    _check_iri(texts["license"], "dataset.license", path)
    dumps, services = document.get("dumps", {}), document.get("wikidata", {})
    _refuse_unknown(dumps, _KEYS["dumps"] or (), path, "key", "dumps")
    _refuse_unknown(services, _WIKIDATA_KEYS, path, "key", "wikidata")
    return Config(
        root=root,
        issued=_date(dataset, path),
        prefixes=_prefixes(document, path),
        formats=_formats(dumps, path),
        is_plain_written=_compressed(dumps, path) == "beside",
        stores=_stores(document, path),
        wikidata=read_services(services, path),
        **texts,
    )


def _check_base(base: str, path: Path) -> None:
    if not base.startswith(("http://", "https://")) or not base.endswith("/") or "#" in base or "?" in base:
        raise ConfigError(
            f"{_place(path, 'base')}: dataset.base is '{base}'; expected an absolute http(s) IRI that ends in '/'"
        )
    _check_iri(f"{base}id/x", "dataset.base", path)


def _check_iri(iri: str, key: str, path: Path) -> None:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise ConfigError(
            f"{_place(path, key.rpartition('.')[2])}: {key} is '{iri}'; expected an absolute IRI: {error}"
        ) from None


def _read_toml(path: Path) -> dict[str, Any]:
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path}: not a regular file")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file. A workspace is a folder with a {FILE_NAME}; "
            "make one with 'publisher init DIR', or name yours with '--workspace DIR'"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {reason(error)}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    except (ValueError, RecursionError) as error:
        told, place = str(error), path.as_posix()
        if match := _TOML_PLACE.search(told):
            told, place = _TOML_PLACE.sub("", told), f"{path}:{match[1]}:{match[2]}"
        raise ConfigError(f"{place}: not valid TOML: {told}") from None


def _refuse_unknown(found: dict[str, Any], known: tuple[str, ...], path: Path, kind: str, table: str = "") -> None:
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
            where = f" in [{table}]" if table else ""
            raise ConfigError(f"{_place(path, key)}: unknown {kind} '{key}'{where}; {hint}")


def _place(path: Path, key: str) -> str:
    """Return the file with the line and column at which a key or a table first stands in it."""
    pattern = re.compile(rf"^[ \t]*\[*[ \t]*[\"']?({re.escape(key)})(?![\w-])", re.MULTILINE)
    text = path.read_text(encoding="utf-8-sig")
    if not (match := pattern.search(text)):
        return str(path)
    before = text[: match.start(1)].split("\n")
    return f"{path}:{len(before)}:{len(before[-1]) + 1}"


def _text(dataset: dict[str, Any], key: str, path: Path) -> str:
    value = dataset.get(key)
    if not isinstance(value, str) or not value.strip():
        found = "missing" if value is None else f"{value!r}"
        raise ConfigError(f"{_place(path, key)}: dataset.{key} is {found}; expected a text in quotation marks")
    return value


def _date(dataset: dict[str, Any], path: Path) -> datetime.date:
    value = dataset.get("issued")
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        found = "missing" if value is None else f"{value!r}"
        raise ConfigError(
            f"{_place(path, 'issued')}: dataset.issued is {found}; "
            "expected a date without quotation marks, such as 2026-11-24"
        )
    return value


def _formats(dumps: dict[str, Any], path: Path) -> tuple[str, ...]:
    found = dumps.get("formats", list(FORMATS))
    if not isinstance(found, list) or not found or any(extension not in FORMATS for extension in found):
        raise ConfigError(
            f"{_place(path, 'formats')}: dumps.formats is {found!r}; expected a list of some of {', '.join(FORMATS)}"
        )
    return tuple(extension for extension in FORMATS if extension in found)


def _compressed(dumps: dict[str, Any], path: Path) -> str:
    found = dumps.get("compressed", "beside")
    if found not in _COMPRESSED:
        raise ConfigError(
            f"{_place(path, 'compressed')}: dumps.compressed is {found!r}; expected one of {', '.join(_COMPRESSED)}"
        )
    return str(found)


def _prefixes(document: dict[str, Any], path: Path) -> dict[str, str]:
    prefixes = document.get("prefixes", {})
    for prefix, namespace in prefixes.items():
        if not isinstance(namespace, str):
            raise ConfigError(
                f"{path}: prefixes.{prefix} is {namespace!r}; expected a namespace IRI in quotation marks"
            )
        if not _PREFIX.fullmatch(prefix):
            raise ConfigError(f"{path}: the prefix '{prefix}' is none that Turtle knows; use letters, digits and '-'")
        standard = STANDARD_PREFIXES.get(prefix, namespace)
        if standard != namespace:
            raise ConfigError(f"{path}: prefixes.{prefix} is '{namespace}', but '{prefix}' always means {standard}")
        _check_iri(namespace, f"prefixes.{prefix}", path)
    return {**STANDARD_PREFIXES, **prefixes}


def _stores(document: dict[str, Any], path: Path) -> dict[str, dict[str, str]]:
    """Return the triple stores; what their keys mean is for ``stores.py`` to say."""
    stores: dict[str, dict[str, str]] = document.get("stores", {})
    for name, entry in stores.items():
        if not isinstance(entry, dict):
            raise ConfigError(f"{_place(path, name)}: stores.{name} is no table; write it as [stores.{name}]")
        _refuse_unknown(entry, _STORE_KEYS, path, "key", f"stores.{name}")
        for key, value in entry.items():
            if not isinstance(value, str):
                raise ConfigError(f"{_place(path, key)}: stores.{name}.{key} is {value!r}; expected a text")
    return stores
