"""Describe where the identifiers of a site lead: a rule for most of them, and a table of the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.serve.negotiation import REPRESENTATIONS, Representation, available_in
from publisher.serve.published import PublishedSite
from publisher.workspace.config import Config

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,79}")


@dataclass(frozen=True)
class RoutingTable:
    """Where the identifiers of a site lead.

    An identifier in one of the ``folders``, whose path consists of plain names, leads to the documents at its path
    with the extensions of ``formats``. ``irregular`` has the documents of the other identifiers, ``nested`` the regular
    ones that are deeper than a folder, and ``gone`` the withdrawn ones with what replaces them. All are paths below
    the base of the dataset.
    """

    config: Config
    dist: Path
    formats: tuple[Representation, ...]
    folders: tuple[str, ...]
    irregular: dict[str, dict[Representation, str]]
    nested: tuple[str, ...]
    gone: dict[str, str]


def routing_table(config: Config, dist: Path) -> RoutingTable:
    """Read the routes of the site in the folder ``dist``; raise ``UsageError`` where there is none."""
    site = PublishedSite(config, dist)
    formats = available_in(r.media_type for r in REPRESENTATIONS if r.extension in ("html", *config.site.formats))
    irregular, regular = dict[str, dict[Representation, str]](), list[str]()
    for path, documents in site.identifiers():
        if _is_plain(path) and documents == {r: f"{path}.{r.extension}" for r in formats}:
            regular.append(path)
        else:
            irregular[path] = documents
    folders = sorted({path.partition("/")[0] for path in regular})
    nested = tuple(path for path in regular if path.count("/") > 1)
    return RoutingTable(config, dist.resolve(), formats, tuple(folders), irregular, nested, site.withdrawn())


def _is_plain(path: str) -> bool:
    return "/" in path and all(_NAME.fullmatch(part) for part in path.split("/"))
