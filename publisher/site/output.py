"""Render pages by the templates, serialise the documents of things, and write both as files.

Everything is escaped that comes from the data. A file that did not change stays the same file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape

from publisher.dump.formats import SerializedUnion, Serializers, frame
from publisher.dump.jsonld import JsonLdContext
from publisher.rdf.ntriples import NTriple, format_ntriples
from publisher.rdf.vocab import OWL
from publisher.site.custom.overrides import escaped, make_environment, template_error
from publisher.site.custom.versions import read_versions
from publisher.site.index import Text
from publisher.site.model import Model, Ref, external, safe_name, vocabularies
from publisher.site.statements import Statement
from publisher.site.vocabulary import SELECTOR, term
from publisher.site.words import Words, shortened
from publisher.workspace.atomic import SITE_FILES

_VERSION_IRI: Final = term(OWL, "versionIRI")
_DEPTH: Final = 4  # of blank nodes within blank nodes
_CACHED: Final = 1 << 16  # rendered names, and as many facts and claims: many pages show the same
TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """A page to be rendered: its address, title, template and what that shows.

    ``node`` is the thing that it describes, if any; ``summary`` says in a sentence what it is. Pages with a ``kind``
    are found by the search, which has the kinds as filters.
    """

    path: str
    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    node: str = ""
    kind: str = ""
    summary: str = ""


class Entry(NamedTuple):
    """An entry in the table of contents of a page; ``level`` is 0 or 1."""

    href: str
    text: str
    number: int
    level: int


class Contents(NamedTuple):
    """The table of contents of a page; ``is_numbers`` when the entries are numbers of sentences."""

    title: str
    entries: tuple[Entry, ...]
    is_numbers: bool = False


def contents(title: str, sections: Iterable[tuple[str, str, int]], *, is_numbers: bool = False) -> Contents:
    """Return a table of contents; a text that begins with a space is below the one before it."""
    entries = tuple(Entry(href, text.strip(), n, text[:1] == " ") for href, text, n in sections)
    return Contents(shortened(title, 60), entries, is_numbers)


class Renderer:
    """Render pages of one site; ``shared`` is what all of them show, and ``root`` the workspace with its templates."""

    def __init__(self, shared: Mapping[str, Any], root: Path, words: Words) -> None:
        self._language, self._direction, self._root = words.language.partition("-")[0], words.direction, root
        self._isolated = words.isolated
        self._links = lru_cache(maxsize=_CACHED)(self._link)
        self._environment = make_environment(TEMPLATES, root, words)
        self._template = lru_cache(self._loaded)
        self._macros = lru_cache(lambda root: self._template("marks.html").make_module({"root": root}))
        self._statements = lru_cache(maxsize=_CACHED)(self._statement)
        self._environment.filters |= {
            "show": self._show,
            "text": self._text,
            "parts": self._parts,
            "data": _data,
            "number": words.number,
            "within": words.within,
        }
        self._environment.filters |= {"statement": self._show_statement, "runs": _runs}
        self._environment.globals |= dict(shared)

    def render(self, page: Page, head: object = None) -> str:
        """Return the page as HTML; ``head`` has the links and the description for programs.

        Raises ``SourceError`` for an error in a template of the workspace.
        """
        root = "../" * page.path.count("/")
        stem = page.path.rpartition("/")[2].removesuffix(".html")
        try:
            own = {"page": page, "head": head, "root": root, "stem": stem, "m": self._macros(root)}
            return self._template(page.template).render({**own, "icons": self._icons, **page.context})
        except Exception as error:
            if (located := template_error(error, self._root)) is None:
                raise
            raise located from error

    def _loaded(self, name: str) -> jinja2.Template:
        template = self._environment.get_template(name)
        template.globals = dict(template.globals)  # which each page copies; a ChainMap takes ten times as long
        return template

    @cached_property
    def _icons(self) -> Markup:
        """The icons, which are the same on all pages."""
        return _markup(self._template("icons.html").render())

    @jinja2.pass_context
    def _show(self, context: Context, part: object) -> Markup:
        """Return a name as a link where it leads to something."""
        return self._links(part, context["root"]) if isinstance(part, Ref) else self._text(part)

    def _link(self, ref: Ref, root: str) -> Markup:
        text = self._text(ref.text)
        if not ref.href:
            return text
        if ref.is_external:
            return _markup(f'<a href="{escaped(ref.href)}" rel="external">{text}</a>') if external(ref.href) else text
        return _markup(f'<a href="{escaped(root + ref.href)}">{text}</a>')

    @jinja2.pass_context
    def _show_statement(self, context: Context, statement: Statement, anchored: bool) -> Markup:
        """Return a fact or a claim, which several pages show alike."""
        return self._statements(statement, anchored, context["root"])

    def _statement(self, statement: Statement, anchored: bool, root: str) -> Markup:
        return _markup(vars(self._macros(root))["statement"](statement, anchored))

    def _text(self, text: object) -> Markup:
        """Return a text, with its language and direction where they are not those of the page; a plain one isolated."""
        if not isinstance(text, Text):
            return escape(self._isolated(text) if type(text) is str else text)
        primary = text.language.partition("-")[0]
        marks = f' lang="{escape(text.language)}"' if primary and primary != self._language else ""
        if text.direction != self._direction:
            return _markup(f'<bdi{marks} dir="{text.direction}">{escape(text.value)}</bdi>')
        return _markup(f"<span{marks}>{escape(text.value)}</span>") if marks else escape(text.value)

    @jinja2.pass_context
    def _parts(self, context: Context, line: Iterable[object]) -> Markup:
        root = context["root"]
        parts = [self._links(part, root) if isinstance(part, Ref) else self._text(part) for part in line]
        return _markup("".join(parts))


def _runs(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Return the runs of facts and of claims in a list."""
    return [list(run) for _, run in groupby(statements, attrgetter("is_fact"))]


def _markup(text: str) -> Markup:
    """Return HTML whose parts are escaped; ``Markup.format`` would do the same four times slower."""
    return Markup(text)  # noqa: S704 (escaped)


def _data(value: object) -> Markup:
    """Return JSON for a script element: no character of it can end the element."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 (escaped)


class Documents:
    """Write the documents of things: their triples, and for an article its claims and passages as well."""

    def __init__(self, model: Model, context: JsonLdContext) -> None:
        self.model, self._context = model, context
        self._prefixes = model.config.prefixes
        self._namespaces = [(f"<{iri}", prefix, iri) for prefix, iri in sorted(self._prefixes.items())]
        self._serializers = Serializers(self._prefixes, context)
        self._frames: dict[tuple[str, ...], tuple[bytes, bytes]] = {}

    def of(self, node: str) -> Iterator[tuple[str, bytes]]:
        """Yield the documents of a thing: extension and content."""
        return self.serialized(sorted(set(self._triples(node))))

    def vocabularies(self, ontology: Iterable[NTriple]) -> Iterator[tuple[list[str], list[NTriple]]]:
        """Yield the triples of each vocabulary with its addresses, without extension: its own, and that of its version.

        Each has its own terms, and the declarations and axioms that are nobody's own. Earlier versions are files of the
        workspace. Raises ``SourceError`` as ``read_versions`` does.
        """
        triples, base = sorted(set(ontology)), self.model.config.base
        own = {namespace: set(terms) for namespace, terms in vocabularies(self.model.index).items()}
        taken = {self.model.addresses.name(node) for node in self.model.addresses.pages}
        for namespace, terms in own.items():
            others = set[str]().union(*own.values()) - terms
            versions = (o for s, p, o in triples if s in terms and p == _VERSION_IRI and o.startswith(f"<{base}"))
            paths = ("/".join(map(safe_name, o[1 + len(base) : -1].strip("/").split("/"))) for o in versions)
            names = [self.model.addresses.name(f"vocabulary:{namespace}"), *paths]
            taken.update(names)
            yield names, [t for t in triples if t[0] not in others]
        yield from (([name], triples) for name, triples in read_versions(self.model.config, frozenset(taken)))

    def serialized(self, triples: list[NTriple]) -> Iterator[tuple[str, bytes]]:
        """Yield sorted triples as documents: extension and content."""
        union = SerializedUnion(triples, (), self._serializers)
        text = format_ntriples(triples)
        used = {prefix: iri for start, prefix, iri in self._namespaces if start in text}
        for extension in self.model.config.site.formats:
            if (key := (extension, *used)) not in self._frames:
                small = {name: iri for name, iri in self._context.items() if name in used or not isinstance(iri, str)}
                self._frames[key] = frame(extension, used, small)
            head, foot = self._frames[key]
            yield extension, head + union.body(extension) + foot

    def _triples(self, node: str) -> Iterator[NTriple]:
        yield from self._description(node, _DEPTH)
        for claim in self.model.claims.by_article.get(node, ()):
            yield from self._with(claim.node, (self.model.vocabulary["passage"], SELECTOR))

    def _with(self, node: str, properties: Iterable[str]) -> Iterator[NTriple]:
        """Yield the triples of a node, and of what the properties lead to."""
        yield from self._description(node, _DEPTH)
        for name in properties:
            for other in self.model.index.objects(node, name):
                yield from self._with(other, (SELECTOR,))

    def _description(self, node: str, depth: int) -> Iterator[NTriple]:
        for s, p, o in self.model.index.triples(node):
            yield s, p, o
            if o[0] == "_" and depth:
                yield from self._description(o, depth - 1)


class SiteFolder:
    """The folder of a new site. A file with the content of the same file in ``previous`` is a hard link to that.

    An unchanged file so keeps its time, and tools that copy the site to a host skip it. ``digests`` are the SHA-256 of
    all files by name, ``written`` is how many of them are no links, and ``size`` how many bytes all of them have.
    """

    def __init__(self, folder: Path, previous: Path | None = None) -> None:
        self.folder, self._previous = folder, previous
        self.digests: dict[str, str] = {}
        self._parents = set[str]()
        self.size = self.written = 0

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file; ``name`` is its path below the folder."""
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        path = self.folder / name
        self.digests[name] = hashlib.sha256(data).hexdigest()
        self.size += len(data)
        parent = name.rpartition("/")[0]
        if parent not in self._parents:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._parents.add(parent)
        if not self._link(name, data, path):
            path.write_bytes(data)
            self.written += 1

    def _link(self, name: str, data: bytes, path: Path) -> bool:
        try:
            if self._previous is None or self.earlier(name) != data:
                return False
            os.link(self._previous / name, path)
        except OSError:  # not there, or a file system without links
            return False
        return True

    def earlier(self, name: str) -> bytes:
        """Return the content of a file of the earlier site; empty where there is none."""
        path = self._previous / name if self._previous else None
        return path.read_bytes() if path and path.is_file() and not path.is_symlink() else b""

    def keep(self, prefix: str) -> None:
        """Take from the earlier site the files whose names begin with ``prefix``."""
        for line in self.earlier(SITE_FILES.as_posix()).decode().splitlines():
            name = line.partition("  ")[2]
            if name.startswith(prefix) and ".." not in PurePosixPath(name).parts:
                self.write(name, self.earlier(name))

    def close(self) -> None:
        """Write the list of the files with their SHA-256."""
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.digests.items()))
        (self.folder / SITE_FILES).write_text("".join(lines), encoding="utf-8")
