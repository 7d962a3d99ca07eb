"""Read a page as a parser of HTML does: its text, links, identifiers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib

_BLOCK = {"p", "li", "h1", "h2", "h3", "h4", "tr", "td", "th", "div", "dt", "dd", "summary", "caption"}
_UNSEEN = {"script", "style", "svg", "head"}


def parse(path: Path) -> Element:
    """Return the tree of a page. Raises an error where it is not well-formed HTML."""
    return _parse(path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=1000)
def _parse(page: str) -> Element:
    root: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return root


def text(node: Element) -> str:
    """Return what is read aloud, one line for each block."""
    lines = "".join(_pieces(node)).splitlines()
    return "\n".join(line for line in (re.sub(r"\s+", " ", line).strip() for line in lines) if line)


def _pieces(node: Element) -> Iterator[str]:
    if not isinstance(node.tag, str) or node.tag in _UNSEEN:
        return
    is_block = node.tag in _BLOCK
    yield "\n" if is_block else ""
    yield (node.text or "").replace("\n", " ")
    for child in node:
        yield from _pieces(child)
        yield (child.tail or "").replace("\n", " ")
    yield "\n" if is_block else ""


def page_text(path: Path) -> str:
    """Return the text of a page."""
    return text(parse(path))


def links(path: Path) -> list[str]:
    """Return the targets of all links, styles, scripts, pictures and forms of a page."""
    root = parse(path)
    return [
        node.get(name, "") for node in root.iter() for name in ("href", "src", "action") if node.get(name) is not None
    ]


def anchors(path: Path) -> list[str]:
    """Return the identifiers in a page."""
    return [node.get("id", "") for node in parse(path).iter() if node.get("id")]
