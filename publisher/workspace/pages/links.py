"""Say where a link of a Markdown page leads: to a page, a thing, a saved query, a picture, or out of the site."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal
from urllib.parse import quote, unquote, urldefrag

from publisher.rdf.curies import expand
from publisher.workspace.config import Config
from publisher.workspace.pages.markdown import FOLDER, STATIC, Link, MarkdownPage

PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_EXTERNAL: Final = ("http", "https", "mailto")


class LinkError(Exception):
    """A link that leads nowhere, or that no page may have; the message says why and what to do."""


@dataclass(frozen=True)
class LinkTarget:
    """Where a link leads.

    ``address`` is a path below the root of the site, with ``fragment`` the place in it; the IRI of a thing or of
    something outside of the site; or the path of a file of the workspace that the site does not have. ``file`` is what
    is to be copied to the address.
    """

    kind: Literal["page", "generated", "external", "thing", "picture", "elsewhere"]
    address: str
    fragment: str = ""
    file: Path | None = None


def by_file(pages: Iterable[MarkdownPage]) -> dict[Path, MarkdownPage]:
    """Return pages by the paths of their files, as ``resolve`` needs them."""
    return {Path(os.path.normpath(page.path)): page for page in pages}


def resolve(config: Config, pages: Mapping[Path, MarkdownPage], page: MarkdownPage, link: Link) -> LinkTarget:
    """Return where a link of a page leads; ``pages`` are all pages by their files.

    Whether a ``generated`` page or the page of a ``thing`` is there only the site knows. Raises ``LinkError``.
    """
    href, fragment = urldefrag(link.href)
    if scheme := _SCHEME.match(href):
        return _absolute(config, link, scheme[1])
    if href.startswith("//") or "\\" in href:
        raise LinkError("an address begins with 'https://', or is a path to a file of the workspace")
    if not href:
        return LinkTarget("page", page.address, _checked(page, unquote(fragment)))
    path = Path(os.path.normpath(page.path.parent / unquote(href)))
    relative = Path(os.path.relpath(path, config.root))
    if relative.parts[:1] == ("..",):
        raise LinkError("the path leads out of the workspace")
    if other := pages.get(path):
        return LinkTarget("page", other.address, _checked(other, unquote(fragment)))
    if not path.exists():
        return _generated(page, link, href, fragment)
    return _file(link, path, relative, fragment)


def _absolute(config: Config, link: Link, scheme: str) -> LinkTarget:
    if scheme.lower() in _EXTERNAL:
        if link.is_picture:
            raise LinkError("pages load nothing from other hosts; put the picture into the workspace")
        return LinkTarget("external", link.href)
    if not link.is_picture and (iri := expand(unquote(link.href), config.prefixes)):
        return LinkTarget("thing", iri)
    known = ", ".join(f"{name}:" for name in (*_EXTERNAL, *sorted(config.prefixes)))
    raise LinkError(f"'{scheme}:' is no scheme or prefix that a page may link to; known: {known}")


def _checked(page: MarkdownPage, fragment: str) -> str:
    if fragment and fragment not in page.anchors:
        raise LinkError(f"there is no heading with the place '#{fragment}' in {page.path.name}")
    return fragment


def _generated(page: MarkdownPage, link: Link, href: str, fragment: str) -> LinkTarget:
    """Return an address on the site that a link may mean, which is below the address of the page."""
    address = os.path.normpath(PurePosixPath(page.address).parent / unquote(href))
    if link.is_picture or not href.endswith(".html") or address.startswith(".."):
        raise LinkError(f"there is no file '{unquote(href)}' beside {page.path.name}")
    return LinkTarget("generated", Path(address).as_posix(), fragment)


def _file(link: Link, path: Path, relative: Path, fragment: str) -> LinkTarget:
    if relative.parts[:1] == ("queries",) and relative.suffix == ".rq" and len(relative.parts) == 2:
        return LinkTarget("generated", f"queries/{relative.stem}.html")
    is_static = relative.parts[:2] == (FOLDER, STATIC)
    if path.is_file() and (is_static or path.suffix.lower() in PICTURES):
        if not path.resolve().is_relative_to(path.parent.resolve()) or any(p.startswith(".") for p in relative.parts):
            raise LinkError("the file is hidden, or a link to a file in another folder")
        own = PurePosixPath(*relative.parts[relative.parts[0] == FOLDER :])
        return LinkTarget("picture", own.as_posix(), fragment, path)
    if link.is_picture:
        raise LinkError(f"a picture ends in one of {', '.join(PICTURES)}")
    return LinkTarget("elsewhere", quote(relative.as_posix()), fragment)
