"""Find and parse the Markdown pages of a workspace: CommonMark with the tables of GitHub.

A page is a file below ``site/``, or in a folder of ``[site] pages``. Its first heading of level 1 is its title.
"""

from __future__ import annotations

import re
import shlex
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from publisher.errors import ConfigError
from publisher.workspace.config import Config
from publisher.workspace.files import read_text, within

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

FOLDER: Final = "site"
# The subfolders of site/ that hold no pages.
TEMPLATES: Final = "templates"
STATIC: Final = "static"
_INDEX: Final = ("readme", "index")
_CALL: Final = re.compile(r"[A-Za-z0-9][\w-]*(?:\s+--[\w-]+(?:=|\s+)\S+)*")
_NO_ANCHOR: Final = re.compile(r"[^\w\- ]")
_BREAKS: Final = ("softbreak", "hardbreak")


class Heading(NamedTuple):
    """A heading of a page, with its place within the page; ``inline`` are its tokens."""

    level: int
    text: str
    anchor: str
    inline: Token


class Link(NamedTuple):
    """A link or a picture of a page, with its line and column in the file, and the token that opens it."""

    href: str
    is_picture: bool
    line: int
    column: int
    token: Token


class QueryBlock(NamedTuple):
    """A fenced block ``sparql``: its text, the line of that, and the columns before it."""

    text: str
    line: int
    indent: int = 0

    @property
    def call(self) -> list[str]:
        """The name of a saved query with its options, as on the command line; empty where the text is a query.

        >>> QueryBlock("who --name O'Brien", 1).call
        ['who', '--name', "O'Brien"]
        """
        if not _CALL.fullmatch(self.text.strip()):
            return []
        try:
            return shlex.split(self.text)
        except ValueError:  # an apostrophe that opens no quotation, as in O'Brien
            return self.text.split()

    def in_place(self, prefixes: Mapping[str, str]) -> str:
        r"""Return the query at its lines and columns within the file, after declarations of the prefixes.

        >>> QueryBlock("ASK { ?s e:p ?o }", 3).in_place({"e": "https://e.org/"})
        'PREFIX e: <https://e.org/>\n\nASK { ?s e:p ?o }'
        """
        prologue = " ".join(f"PREFIX {prefix}: <{namespace}>" for prefix, namespace in prefixes.items())
        lines = (" " * self.indent + line for line in self.text.split("\n"))
        return prologue + "\n" * (self.line - 1) + "\n".join(lines)


@dataclass(frozen=True)
class MarkdownPage:
    """A page: its file, its address below the root of the site, and its text."""

    path: Path
    address: str
    text: str

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """The blocks of the page, as markdown-it parses them."""
        return parser().parse(self.text)

    @cached_property
    def headings(self) -> dict[int, Heading]:
        """The headings by the number of the token that opens them; places are named as on GitHub."""
        found, used = dict[int, Heading](), {"main": 0}  # which every page of the site has
        for number, token in enumerate(self.tokens):
            if token.type == "heading_open":
                inline = self.tokens[number + 1]
                text = plain_text(inline.children or ())
                anchor = _NO_ANCHOR.sub("", text.strip().lower()).replace(" ", "-")
                count = used[anchor] = used.get(anchor, -1) + 1
                found[number] = Heading(int(token.tag[1:]), text, f"{anchor}-{count}" if count else anchor, inline)
        return found

    @cached_property
    def title_heading(self) -> int | None:
        """The number of the token that opens the title."""
        return next((number for number, heading in self.headings.items() if heading.level == 1), None)

    @property
    def title(self) -> str:
        """The text of the first heading of level 1, or else the name of the file."""
        if self.title_heading is not None:
            return self.headings[self.title_heading].text
        return self.path.stem.replace("-", " ").capitalize()

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The places within the page to which a link can lead."""
        return frozenset(heading.anchor for heading in self.headings.values())

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links and pictures in the order of the text."""
        return tuple(self._find_links())

    def _find_links(self) -> Iterator[Link]:
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        first, cursor = 0, 0
        for token in self.tokens:
            if token.map:
                first, cursor = token.map[0], max(cursor, starts[min(token.map[0], len(starts) - 1)])
            line = first
            for child in token.children or ():
                line += child.type in _BREAKS
                href = child.attrGet("src" if child.type == "image" else "href")
                if child.type in ("link_open", "image") and href is not None:
                    place = line + 1, 1
                    if (found := self.text.find(f"]({href}", cursor)) >= 0:  # else it is defined elsewhere, or escaped
                        cursor, number = found + 2, bisect_right(starts, found)
                        place = number, found + 2 - starts[number - 1] + 1
                    yield Link(str(href), child.type == "image", *place, child)

    @cached_property
    def queries(self) -> dict[int, QueryBlock]:
        """The blocks of SPARQL by the numbers of their tokens."""
        lines, found = self.text.split("\n"), dict[int, QueryBlock]()
        for number, token in enumerate(self.tokens):
            if token.type == "fence" and token.map and token.info.split()[:1] == ["sparql"]:
                fence = lines[token.map[0]]
                indent = len(fence) - len(fence.lstrip(" "))
                found[number] = QueryBlock(token.content.rstrip("\n"), token.map[0] + 2, indent)
        return found


@cache
def parser() -> MarkdownIt:
    """Return the parser of all pages.

    It takes any destination for a link: whoever renders a page asks ``resolve`` of ``links.py``, which refuses others
    than it knows.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 (its name is part of the type)
    return parser


def plain_text(tokens: Iterable[Token]) -> str:
    """Return the text of inline tokens without their markup."""
    return "".join(
        " " if token.type in _BREAKS else plain_text(token.children) if token.children else token.content
        for token in tokens
        if token.type != "html_inline"
    )


def page_files(config: Config) -> dict[str, Path]:
    """Return the files of all pages by their addresses, sorted.

    ``site/guide.md`` is ``guide.html``, ``docs/guide.md`` is ``docs/guide.html``; ``README.md`` and ``index.md`` are
    the index of their folder. Raises ``ConfigError`` for two files of one address, and ``SourceError`` for a link that
    leads out of the workspace.
    """
    found = dict[str, Path]()
    own = config.root / FOLDER
    files = {path: own for path in _markdown(own) if path.relative_to(own).parts[0] not in (TEMPLATES, STATIC)}
    for name in config.site.pages:
        files |= dict.fromkeys(_markdown(config.root / name), config.root)
    for path, root in sorted(files.items()):
        relative = path.relative_to(root)
        name = "index" if relative.stem.lower() in _INDEX else relative.stem
        address = relative.with_name(f"{name}.html").as_posix()
        within(path, config.root)
        if address in found:
            raise ConfigError(f"{path}: its page would have the address of that of {found[address]}; rename one")
        found[address] = path
    return dict(sorted(found.items()))


def read_pages(config: Config) -> list[MarkdownPage]:
    """Return the pages of a workspace, sorted by address; there are none where it has no site.

    Raises ``SourceError`` for a file that cannot be read, and ``ConfigError`` as ``page_files`` does.
    """
    if not config.site.enabled:
        return []
    return [_read(path, address, read_text(path)) for address, path in page_files(config).items()]


@lru_cache(maxsize=1024)
def _read(path: Path, address: str, text: str) -> MarkdownPage:
    return MarkdownPage(path, address, text)


def _markdown(folder: Path) -> list[Path]:
    found = folder.rglob("*.md") if folder.is_dir() else ()
    return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))
