"""Find things of a site to test: the one that is given, or some that the site itself names."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urldefrag, urljoin

import pyoxigraph as ox

from publisher.errors import UsageError
from publisher.serve.deref.probe import Probe

_VOID: Final = "http://rdfs.org/ns/void#"
_LOCATION: Final = re.compile(r"<loc>\s*([^<]+?)\s*</loc>")
_TURTLE: Final = "text/turtle, application/n-triples;q=0.9, application/rdf+xml;q=0.8"


@dataclass(frozen=True)
class Sample:
    """What is tested: the URL at which a thing is asked for, its identifier, and the namespaces of its ontology.

    The identifier differs from the URL where a site is tested at another address than that which it is published for.
    """

    url: str
    identifier: str
    namespaces: tuple[str, ...] = ()


def find_sample(probe: Probe, url: str, namespaces: Sequence[str] = (), identifier: str = "") -> Sample:
    """Return the thing at a URL or, where it ends in ``/``, a thing of the site there; and ``namespaces`` beside it.

    Raises ``UsageError`` where the URL is none or the site names no thing, and ``EndpointError`` where it does not
    answer.
    """
    if not re.match("https?://[^/?#]+", url, re.IGNORECASE):
        raise UsageError(f"{url}: expected a URL such as https://example.org/id/thing")
    if not urldefrag(url).url.endswith("/"):
        return Sample(url, identifier or url, tuple(namespaces))
    probe.ask(url)  # a site that is not there is an error, whatever else is missing
    void, locations = _void(probe, url), _sitemap(probe, url)
    base = min((location for location in locations if location.endswith("/")), key=len, default=url)
    spaces, examples = _values(void, "uriSpace"), _values(void, "exampleResource")
    pages = [
        location.removesuffix(".html")
        for location in locations
        if location.endswith(".html") and location.startswith(tuple(spaces) or f"{base}id/")
    ]
    things = [thing for thing in (*examples, *pages) if thing.startswith(base)]
    if not things:
        raise UsageError(
            f"{url}: neither .well-known/void (void:exampleResource) nor sitemap.xml names a thing; test the URL of one"
        )
    own = sorted(name for name in set(_values(void, "vocabulary")) if name.startswith(base) and name.endswith("#"))
    moved = (url + name.removeprefix(base) for name in own)
    return Sample(url + things[0].removeprefix(base), things[0], tuple(dict.fromkeys((*namespaces, *moved))))


def _values(void: list[ox.Quad], name: str) -> list[str]:
    """Return the texts and IRIs that a property of VoID has."""
    objects = (quad.object for quad in void if quad.predicate.value == f"{_VOID}{name}")
    return [term.value for term in objects if isinstance(term, ox.NamedNode | ox.Literal)]


def _void(probe: Probe, url: str) -> list[ox.Quad]:
    """Return the description of the dataset, where there is one that can be read."""
    try:
        step = probe.follow(urljoin(url, ".well-known/void"), _TURTLE).last
        return list(step.quads()) if step.status == 200 else []
    except (KeyError, SyntaxError, ValueError):
        return []


def _sitemap(probe: Probe, url: str) -> list[str]:
    step = probe.follow(urljoin(url, "sitemap.xml"), "*/*").last
    text = step.exchange.body.decode(errors="replace") if step.status == 200 else ""
    return [html.unescape(location) for location in _LOCATION.findall(text)]
