"""Answer requests for a site that a build wrote: 303 from things to documents, documents with their exact media types.

The files are those of the lists of checksums, which are read again when a build has replaced them.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urljoin

from publisher.errors import UsageError
from publisher.rdf.ntriples import iri, name_of
from publisher.serve.coding import CODINGS, LARGEST, SMALLEST, choose_coding, is_compressible
from publisher.serve.media import media_type
from publisher.serve.negotiation import MARKDOWN, REPRESENTATIONS, Representation, available_in, choose
from publisher.site.custom.gone import GONE, GONE_PAGE
from publisher.site.model import ONTOLOGY, Addresses, safe_name
from publisher.workspace.atomic import MARKER, SITE_FILES
from publisher.workspace.config import Config

_SUFFIX: Final = ".html"
_INDEX: Final = "index.html"
_LOST: Final = "404.html"
_VOID: Final = ".well-known/void"
METHODS: Final = "GET, HEAD, OPTIONS"
# Relations of the head of a page that its HTTP header repeats (FAIR Signposting).
_RELATIONS: Final = frozenset(
    ("alternate", "author", "canonical", "cite-as", "collection", "describedby", "item", "license", "type")
)
_MOST_LINKS: Final = 40  # so that a header stays below the limits of proxies
OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Vary",
    "X-Content-Type-Options": "nosniff",
}
PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
SAFE: Final = "/%:@!$&'()*+,;=~"
_UNSAFE: Final = re.compile(r"[^\x21-\x7e]|[<>\"]")


@dataclass(frozen=True)
class HttpAnswer:
    """The answer to a request: status, headers, and a body or the file that is it.

    The file, which has a digest, is to be sent in a content coding, unless that is empty.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: Path | None = None
    digest: str = ""
    coding: str = ""


class HeadLink(NamedTuple):
    """A typed link in the head of a page."""

    relations: tuple[str, ...]
    href: str
    media_type: str

    def header(self, page: str) -> str:
        """Return the link as a value of the header ``Link`` (RFC 8288), with an address from the root."""
        kind = f'; type="{self.media_type}"' if self.media_type else ""
        target = _UNSAFE.sub(lambda match: quote(match[0]), urljoin(page, self.href))
        return f'<{target}>; rel="{" ".join(self.relations)}"{kind}'


class PublishedSite:
    """The site in the folder ``dist``; requests may name its addresses with or without the path of the site.

    With ``has_markdown``, identifiers lead to Markdown as well, which another application makes.
    """

    def __init__(self, config: Config, dist: Path, *, has_markdown: bool = False) -> None:
        self._config, self._dist, self._has_markdown = config, dist, has_markdown
        self._lists = (dist / MARKER, dist / SITE_FILES)
        self._base_path = config.site.base_path
        self._addresses = Addresses(config.base)
        self._mark: tuple[int, ...] = ()
        self._digests: dict[str, str] = {}
        self._depth = 0  # the most parts that the path of a file has
        self._read()
        if _INDEX not in self._digests:
            raise UsageError(f"{dist}: there is no site; add [site] to publisher.toml and run 'publisher build'")

    def mark(self) -> tuple[int, ...]:
        """Return what changes when a build replaces the site; nothing while there is none."""
        try:
            statuses = [os.stat(path) for path in self._lists]  # noqa: PTH116 - for each request; a Path takes longer
        except FileNotFoundError:
            return ()
        return tuple(value for status in statuses for value in (status.st_ino, status.st_mtime_ns))

    def digest(self) -> str:
        """Return a digest of all files of the site, which is the same on each machine that serves them."""
        self._read()
        return "".join(self._digests[path.relative_to(self._dist).as_posix()] for path in self._lists)

    def _read(self) -> None:
        """Read the lists of files where they have changed."""
        mark = self.mark()
        if not mark and not self._digests:
            raise UsageError(f"{self._dist}: there is no site; run 'publisher build' with [site] in publisher.toml")
        if mark and mark != self._mark:
            self._digests = dict(entry for path in self._lists for entry in _listed(path, self._dist))
            self._depth = max((name.count("/") + 1 for name in self._digests), default=0)
            self._mark = mark

    # --- requests ------------------------------------------------------------------------------------------------

    def answer(
        self, method: str, path: str, accept: str = "", if_none_match: str = "", accept_encoding: str = ""
    ) -> HttpAnswer:
        """Return the answer to a request for a path, which is percent-encoded."""
        if method == "OPTIONS":
            return HttpAnswer(204, {**OPEN, **PREFLIGHT, "Allow": METHODS})
        if method not in ("GET", "HEAD"):
            return _text(405, f"Only {METHODS} are answered here.\n", {"Allow": METHODS})
        if not path.startswith("/"):
            return self._lost()
        self._read()
        prefix = self._base_path if path.startswith(self._base_path) else "/"
        address = unquote(path[len(prefix) :])
        name = address + _INDEX if not address or address.endswith("/") else address
        if name in self._digests:
            return self._document(name, prefix, if_none_match, accept_encoding)
        if address == _VOID:
            return _text(303, "", {"Location": f"{prefix}{MARKER.parent}/void.ttl"})
        names = dict.fromkeys((address, path[len(prefix) :]))  # an identifier can have escapes of its own
        gone = self.withdrawn()
        if (withdrawn := next((name for name in names if name in gone), None)) is not None:
            return self._withdrawn(gone[withdrawn], prefix)
        things = (self._thing(name, prefix, accept) for name in names if name)
        return next(filter(None, things), None) or self._lost()

    def _document(self, name: str, prefix: str, if_none_match: str, accept_encoding: str) -> HttpAnswer:
        coded = self._coded(name, accept_encoding)
        coding = coded.headers.get("Content-Encoding", "")
        digest = self._digests[name][:32]
        # another coding is another representation, with a tag of its own (RFC 9110, 8.8.3.3)
        tag = f'"{digest}-{coding}"' if coding else f'"{digest}"'
        headers = {**OPEN, "ETag": tag, "Cache-Control": "no-cache", **coded.headers}
        if links := self._links(name, prefix):
            headers["Link"] = ", ".join(links)
        if _matches(if_none_match, tag):
            return HttpAnswer(304, {name: value for name, value in headers.items() if not name.startswith("Content-")})
        return replace(coded, headers=headers)

    def _coded(self, name: str, accept_encoding: str) -> HttpAnswer:
        """Return the answer that sends a file in the coding that the client wants, or as it is."""
        file, digest, media = self._dist / name, self._digests[name], media_type(name)
        packed = f"{name}.gz"
        is_packed = packed in self._digests
        plain = {"Content-Type": media}
        if not (is_compressible(media) and SMALLEST <= _size(file, digest) <= (math.inf if is_packed else LARGEST)):
            return HttpAnswer(200, plain, file=file, digest=digest)
        coding = choose_coding(accept_encoding, ("gzip",) if is_packed else CODINGS)
        headers = {**plain, "Vary": "Accept-Encoding"} | ({"Content-Encoding": coding} if coding else {})
        if coding and is_packed:
            return HttpAnswer(200, headers, file=self._dist / packed, digest=self._digests[packed])
        return HttpAnswer(200, headers, file=file, digest=digest, coding=coding)

    def _lost(self, status: int = 404, name: str = _LOST) -> HttpAnswer:
        headers = {**OPEN, "Content-Type": media_type(name), "Cache-Control": "no-cache"}
        return HttpAnswer(status, headers, file=self._dist / name)

    def _withdrawn(self, replacement: str, prefix: str) -> HttpAnswer:
        """Redirect from an identifier for good, or tell that nothing replaces it."""
        if not replacement:
            return self._lost(410, GONE_PAGE)
        base = self._config.base
        own = f"{prefix}{quote(replacement.removeprefix(base), safe=SAFE)}" if replacement.startswith(base) else ""
        return _text(301, "", {"Location": own or _UNSAFE.sub(lambda match: quote(match[0]), replacement)})

    # --- things --------------------------------------------------------------------------------------------------

    def _thing(self, path: str, prefix: str, accept: str) -> HttpAnswer | None:
        """Return the answer for the identifier of a thing, or nothing where the site has nothing on it."""
        identifier = self._config.base + path
        for page, anchor in self._pages(path):
            if f"{page}{_SUFFIX}" in self._digests:
                links = self._head(f"{page}{_SUFFIX}")
                if anchor or _cites(links, identifier):
                    return self._negotiated(page, anchor, links, prefix, accept)
        return None

    def _pages(self, path: str) -> Iterable[tuple[str, str]]:
        """Yield the pages that may describe what has a path below the base, each with a place in it."""
        yield from ((page, "") for page in self._addresses.candidates(self._config.base + path))
        yield "/".join(map(safe_name, path.split("/"))), ""  # a vocabulary
        parts = path.split("/")
        # a claim or a passage is within the page of its article
        for number in range(min(len(parts) - 1, self._depth), 1, -1):
            page = "/".join(map(safe_name, parts[:number]))
            if f"{page}{_SUFFIX}" in self._digests and (anchor := self._place(page, path, parts[number:])) is not None:
                yield page, anchor

    def _place(self, page: str, path: str, rest: list[str]) -> str | None:
        """Return the place of a part of an article, ``#`` for the whole page; nothing where it has no such part."""
        anchor = safe_name(rest[0] if len(rest) == 1 else rest[-1])
        if f'id="{anchor}"' in self._text(f"{page}{_SUFFIX}"):
            return anchor
        document = f"{page}.nt"
        is_described = document in self._digests and f"\n{iri(self._config.base + path)} " in self._text(document)
        return "#" if is_described else None

    def _negotiated(self, page: str, anchor: str, links: tuple[HeadLink, ...], prefix: str, accept: str) -> HttpAnswer:
        """Redirect to the document that the client wants most, or list those that there are."""
        documents = self._documents(f"{page}{_SUFFIX}", links)
        is_vocabulary = any(link.href == name_of(ONTOLOGY) for link in links)
        if self._has_markdown and len(documents) > 1 and not is_vocabulary:
            # no browser names it, and agents that do often want HTML as much
            is_named = MARKDOWN.media_type in accept.lower()
            own = {MARKDOWN: f"{page}.{MARKDOWN.extension}"}
            documents = own | documents if is_named else documents | own
        urls = {r: f"{prefix}{quote(target)}" for r, target in documents.items()}
        headers = {**OPEN, "Vary": "Accept"}
        headers["Link"] = ", ".join(f'<{url}>; rel="alternate"; type="{r.media_type}"' for r, url in urls.items())
        chosen = choose(accept, tuple(urls))
        if chosen is None:
            return _text(406, _choices(urls), headers)
        fragment = f"#{anchor}" if anchor.strip("#") and chosen == REPRESENTATIONS[0] else ""
        return _text(303, f"{urls[chosen]}{fragment}\n", {**headers, "Location": f"{urls[chosen]}{fragment}"})

    def _documents(self, page: str, links: Iterable[HeadLink]) -> dict[Representation, str]:
        """Return the address of each document of what a page describes."""
        targets = {REPRESENTATIONS[0].media_type: page} | {
            link.media_type: urljoin(page, link.href)
            for link in links
            if {"alternate", "describedby"} <= set(link.relations)
        }
        available = available_in(media for media, target in targets.items() if target in self._digests)
        return {r: targets[r.media_type] for r in available}

    # --- the whole site ------------------------------------------------------------------------------------------

    def identifiers(self) -> Iterator[tuple[str, dict[Representation, str]]]:
        """Yield each identifier that has a page, by its path below the base, with the addresses of its documents."""
        base = self._config.base
        for name in sorted(self._digests):
            if name.endswith(_SUFFIX):
                links = self._head(name)
                cited = (unquote(link.href) for link in links if "cite-as" in link.relations)
                for identifier in cited:
                    if identifier.startswith(base) and len(identifier) > len(base):
                        yield identifier.removeprefix(base), self._documents(name, links)

    def withdrawn(self) -> dict[str, str]:
        """Return the withdrawn identifiers by their paths below the base, each with what replaces it, or nothing."""
        return _read_gone(self._dist / GONE, self._digests[GONE]) if GONE in self._digests else {}

    # --- files ---------------------------------------------------------------------------------------------------

    def _text(self, name: str) -> str:
        return _read_text(self._dist / name, self._digests[name])

    def _head(self, name: str) -> tuple[HeadLink, ...]:
        return _head_links(self._dist / name, self._digests[name])

    def _links(self, name: str, prefix: str) -> list[str]:
        """Return the header ``Link`` of a page; that of another document of a thing leads to its page."""
        page = f"{name.rpartition('.')[0]}{_SUFFIX}"
        if name.endswith(_SUFFIX):
            return [link.header(f"{prefix}{name}") for link in self._head(name)[:_MOST_LINKS]]
        if page not in self._digests or "/" not in name or name.startswith(f"{MARKER.parent}/"):
            return []
        own = [link for link in self._head(page) if {"cite-as", "license"} & set(link.relations)]
        described = HeadLink(("describes",), page.rpartition("/")[2], REPRESENTATIONS[0].media_type)
        return [link.header(f"{prefix}{page}") for link in (described, *own)]


def _listed(sums: Path, dist: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of a list of checksums by their addresses, and the list itself."""
    content, folder = sums.read_bytes(), sums.parent.relative_to(dist)
    yield sums.relative_to(dist).as_posix(), hashlib.sha256(content).hexdigest()
    for digest, _, name in (line.partition("  ") for line in content.decode().splitlines()):
        yield (folder / name).as_posix(), digest


def _cites(links: Iterable[HeadLink], identifier: str) -> bool:
    """Tell whether a page says by ``cite-as`` that it describes what has an identifier."""
    cited = (unquote(link.href) for link in links if "cite-as" in link.relations)
    return any(href == unquote(identifier) for href in cited)


def _matches(header: str, tag: str) -> bool:
    """Tell whether ``If-None-Match`` has an entity tag; the comparison is weak (RFC 9110, 13.1.2)."""
    tags = (part.strip().removeprefix("W/") for part in header.split(","))
    return header.strip() == "*" or any(part == tag for part in tags)


def _text(status: int, text: str, headers: Mapping[str, str]) -> HttpAnswer:
    return HttpAnswer(status, {**OPEN, **headers, "Content-Type": "text/plain; charset=utf-8"}, text.encode())


def _choices(urls: Mapping[Representation, str]) -> str:
    lines = (f"{r.media_type:<24} {url}\n" for r, url in urls.items())
    return f"None of the formats of the header Accept is here. There are:\n\n{''.join(lines)}"


@lru_cache(maxsize=1)
def _read_gone(path: Path, _digest: str) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: replacement for name, _, replacement in (line.partition("\t") for line in lines)}


@lru_cache(maxsize=4096)
def _size(path: Path, _digest: str) -> int:
    return path.stat().st_size


@lru_cache(maxsize=256)
def _read_text(path: Path, _digest: str) -> str:
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=4096)
def _head_links(path: Path, _digest: str) -> tuple[HeadLink, ...]:
    """Return the typed links in the head of a page; the digest of its content is part of the key of the cache."""
    parser = _HeadParser()
    parser.feed(path.read_text(encoding="utf-8").partition("</head>")[0])
    return tuple(parser.links)


class _HeadParser(HTMLParser):
    def __init__(self) -> None:
        self.links: list[HeadLink] = []
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        relations = tuple(values.get("rel", "").split())
        if tag == "link" and set(relations) <= _RELATIONS and values.get("href"):
            self.links.append(HeadLink(relations, values["href"], values.get("type", "")))
