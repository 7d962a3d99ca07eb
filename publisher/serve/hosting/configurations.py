"""Render the configuration of a web server from the routes of a site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jinja2
from more_itertools import map_reduce

from publisher.errors import UsageError
from publisher.serve.hosting.accept_patterns import accept_patterns
from publisher.serve.hosting.routing import RoutingTable
from publisher.serve.media import TYPES
from publisher.serve.negotiation import REPRESENTATIONS, Representation
from publisher.serve.published import METHODS, OPEN, PREFLIGHT, SAFE

_TEMPLATES: Final = Path(__file__).with_name("templates")
_PRELOADED: Final = ("irregular", "gone")  # what of the table grows with the dataset


ConfigurationFiles = dict[str, str]


@dataclass(frozen=True)
class HostSettings:
    """What a configuration is written for: the folder it will be in, the port, and the address of the site."""

    folder: Path
    port: int = 80
    site: str = ""
    maintainers: tuple[str, ...] = ()


def configuration(host: str, table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    """Return the files of a configuration by their names; ``host`` is one of ``HOSTS``.

    Raises ``UsageError`` where w3id.org is to redirect nobody knows where.
    """
    return HOSTS[host](table, target)


def _nginx(table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    content = _content(table)
    return {
        "publisher.conf": _render("nginx.conf", table, target),
        "nginx.js": _script("nginx.js"),
        **_scripts({name: value for name, value in content.items() if name not in _PRELOADED}),
        "identifiers.json": json.dumps({name: content[name] for name in _PRELOADED}, indent=1),
    }


def _apache(table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    irregular = enumerate(table.irregular.values(), 1)
    maps = {f"maps/{number}.var": _type_map(str(number), documents) for number, documents in irregular}
    return {
        "publisher.conf": _render("apache.conf", table, target),
        "maps/thing.var": _type_map("thing", table.formats),
        "maps/406.txt": "None of the formats of the header Accept is here. There are those of the header Link.\n",
        **maps,
    }


def _caddy(table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    available = dict.fromkeys([table.formats, *map(tuple, table.irregular.values())])
    sets = {formats: [*accept_patterns(formats)] for formats in available}
    numbers = {path: [*sets].index(tuple(documents)) + 1 for path, documents in table.irregular.items()}
    return {"Caddyfile": _render("Caddyfile", table, target, sets=sets, numbers=numbers)}


def _netlify(table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    scripts = {f"edge-functions/publisher/{name}": content for name, content in _scripts(_content(table)).items()}
    return {
        "netlify.toml": _render("netlify.toml", table, target),
        "edge-functions/netlify.js": _script("netlify.js"),
        **scripts,
    }


def _cloudflare(table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    return {
        "wrangler.toml": _render("wrangler.toml", table, target, worker=_slug(table)),
        "cloudflare.js": _script("cloudflare.js"),
        **_scripts(_content(table)),
    }


def _w3id(table: RoutingTable, target: HostSettings) -> ConfigurationFiles:
    if not target.site:
        raise UsageError("where is the site that w3id.org is to redirect to? say it with '--site URL'")
    values = {
        "site": f"{target.site.rstrip('/')}/",
        "patterns": [*accept_patterns(table.formats)],
        "extensions": sorted(set(TYPES) - {"html"}),
    }
    slug = _slug(table)
    return {
        f"{slug}/.htaccess": _render("htaccess", table, target, **values),
        f"{slug}/README.md": _render("w3id.md", table, target, **values),
    }


HOSTS: Final[dict[str, Callable[[RoutingTable, HostSettings], ConfigurationFiles]]] = {
    "nginx": _nginx,
    "apache": _apache,
    "caddy": _caddy,
    "netlify": _netlify,
    "cloudflare": _cloudflare,
    "w3id": _w3id,
}


def _slug(table: RoutingTable) -> str:
    """Return a name for the site: the last part of its base."""
    return re.sub(r"[^a-z0-9-]+", "-", table.config.base.rstrip("/#").rpartition("/")[2].lower()).strip("-") or "site"


def _type_map(name: str, available: Iterable[Representation]) -> str:
    """Return a type map of mod_negotiation; of equal weights, the greater quality of the source decides."""
    variants = (
        f"URI: {name}.{r.extension}\nContent-Type: {r.media_type}; qs={1 - place / 1000:g}\n"
        for place, r in enumerate(available)
    )
    return "\n".join((f"URI: {name}\n", *variants))


# --- scripts -----------------------------------------------------------------------------------------------------


def _scripts(content: Mapping[str, Any]) -> ConfigurationFiles:
    """Return the scripts that nginx and the edge functions share, and their table."""
    text = f"export default {json.dumps(content, indent=1)};\n"
    return {"negotiation.js": _script("negotiation.js"), "table.js": text}


def _content(table: RoutingTable) -> dict[str, Any]:
    return {
        "base": table.config.base,
        "basePath": table.config.site.base_path,
        "representations": [{"mediaType": r.media_type, "extension": r.extension} for r in REPRESENTATIONS],
        "formats": [r.extension for r in table.formats],
        "folders": table.folders,
        "irregular": {
            path: {r.extension: address for r, address in documents.items()}
            for path, documents in table.irregular.items()
        },
        "gone": _gone(table),
        "types": TYPES,
        "links": {r.extension: _link(table, r, "{path}", "{name}") for r in table.formats},
        "methods": METHODS,
        "preflight": {**PREFLIGHT, "Allow": METHODS},
    }


def _script(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


# --- templates ---------------------------------------------------------------------------------------------------


def _render(name: str, table: RoutingTable, target: HostSettings, **values: Any) -> str:
    environment = jinja2.Environment(  # noqa: S701 - no HTML
        loader=jinja2.FileSystemLoader(_TEMPLATES), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["regex"] = _escape
    types = map_reduce(TYPES, TYPES.__getitem__)  # extensions by media type
    return environment.get_template(name).render(
        table=table,
        target=target,
        folder=target.folder.resolve(),
        folders="|".join(map(_escape, table.folders)),
        types=types,
        texts=sorted(name for name in types if name.startswith("text/") and name != "text/html"),
        headers=OPEN,
        preflight=PREFLIGHT,
        methods=METHODS,
        base_path=f"(?:{_escape(table.config.site.base_path)}|/)" if table.config.site.base_path != "/" else "/",
        prefix=f"({_escape(table.config.site.base_path.rstrip('/'))})?" if table.config.site.base_path != "/" else "()",
        gone=_gone(table),
        alternates=_alternates,
        regular=lambda stem: {r: f"{stem}.{r.extension}" for r in table.formats},
        link=lambda representation, path, name: _link(table, representation, path, name),
        **values,
    )


def _gone(table: RoutingTable) -> dict[str, str]:
    """Return where withdrawn identifiers lead, or nothing; ``{prefix}`` stands for the path of the site."""
    return {path: iri and _location(table, iri) for path, iri in table.gone.items()}


def _location(table: RoutingTable, iri: str) -> str:
    if not iri.startswith(table.config.base):
        return quote(iri, safe=SAFE)
    return f"{{prefix}}/{quote(iri.removeprefix(table.config.base), safe=SAFE)}"


def _alternates(documents: Mapping[Representation, str], prefix: str) -> str:
    """Return the header ``Link`` of a redirect, and of its refusal."""
    return ", ".join(f'<{prefix}{url}>; rel="alternate"; type="{r.media_type}"' for r, url in documents.items())


def _link(table: RoutingTable, representation: Representation, path: str, name: str) -> str:
    """Return the header ``Link`` of a document at a path, whose name is without its extension."""
    page, *data = table.formats
    if representation == page:
        links = [f'<{name}.{r.extension}>; rel="alternate describedby"; type="{r.media_type}"' for r in data]
    else:
        links = [f'<{name}.{page.extension}>; rel="describes"; type="{page.media_type}"']
    cited = f'<{table.config.base}{path}{name}>; rel="cite-as"'
    return ", ".join([*links, cited, f'<{table.config.license}>; rel="license"'])


def _escape(text: str) -> str:
    """Return a text as a regular expression within quotes of any kind, in PCRE and RE2."""
    escaped = re.sub(r"[.*+?^$()\[\]{}|\\]", r"\\\g<0>", text)
    return re.sub(r"[\x00-\x20\"'`#%<>]", lambda match: f"\\x{ord(match[0]):02x}", escaped)
