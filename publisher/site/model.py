"""Join what the pages of a site are made from: index, claims, facts; and give each thing the address of its page.

Addresses are made of letters, digits and ``-._~`` alone, whatever the IRIs are made of, and no two of them differ only
in case, so that they are file names on every system and need no escapes in links.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from publisher.rdf.curies import shorten
from publisher.rdf.ntriples import name_of
from publisher.rdf.vocab import OWL, RDF, RDFS, SKOS
from publisher.site.claims import Claim, ClaimMarks, Claims
from publisher.site.index import SiteIndex, Text, sorting_key, text_of
from publisher.site.vocabulary import (
    ISSUED,
    LICENSES,
    NAMES,
    NOTES,
    SELECTOR,
    TYPE,
    SiteVocabulary,
    local_name,
    spaced,
    term,
)
from publisher.site.words import Time, Words, capitalised, time_of
from publisher.workspace.config import Config

ONTOLOGY: Final = term(OWL, "Ontology")
CLASSES: Final = (term(OWL, "Class"), term(RDFS, "Class"))
PROPERTIES: Final = (term(RDF, "Property"), *(term(OWL, f"{k}Property") for k in ("Object", "Datatype", "Annotation")))
SCHEME, CONCEPT, IN_SCHEME = (term(SKOS, name) for name in ("ConceptScheme", "Concept", "inScheme"))

_SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,79}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]+")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?|.*\.", re.IGNORECASE)  # on Windows
_LINKED: Final = re.compile(r"(https?://|mailto:)[^\s<>\"']+", re.IGNORECASE)
_PAGE: Final = ".html"


class Addresses:
    """The addresses of pages by term, without ``.html``; ``anchors`` are addresses within the page of another term."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._names: dict[str, str] = {}
        self._anchors: dict[str, str] = {}
        self._taken: set[str] = set()

    def add(self, terms: Iterable[str]) -> None:
        """Give each term a page of its own; terms below the base of the dataset keep their path."""
        for node in terms:
            if node not in self._names:
                self.add_page(node, self._path(name_of(node)))

    def add_page(self, term: str, name: str) -> str:
        """Give a term the page ``name``, or one of a similar name where that is taken; return the name."""
        name = f"{name}-{_digest(term)}" if name.casefold() in self._taken else name
        self._taken.add(name.casefold())
        self._names[term] = name
        return name

    def add_anchor(self, term: str, page: str, anchor: str) -> None:
        """Give a term a place within the page ``page``."""
        self._anchors[term] = f"{page}{_PAGE}#{anchor}"

    def name(self, term: str) -> str:
        """Return the name of the page of a term; empty where it has none."""
        return self._names.get(term, "")

    def href(self, term: str) -> str:
        """Return the address of a term below the root of the site; empty where it has none."""
        if term in self._anchors:
            return self._anchors[term]
        return f"{self._names[term]}{_PAGE}" if term in self._names else ""

    @property
    def pages(self) -> Collection[str]:
        """The terms that have a page of their own."""
        return self._names.keys()

    def candidates(self, iri: str) -> tuple[str, str]:
        """Return the names that the page of a thing of the dataset can have; the first is for one that was taken."""
        name = self._path(iri)
        return f"{name}-{_digest(f'<{iri}>')}", name

    def _path(self, iri: str) -> str:
        is_own = iri.startswith(self._base) and len(iri) > len(self._base)
        rest = iri[len(self._base) :] if is_own else iri.partition("://")[2] or iri
        parts = [part for part in re.split(r"[/#?]", rest) if part]
        safe = "/".join(safe_name(part) for part in parts[-4:]) or safe_name(iri)
        return safe if is_own and "/" in safe else f"id/{safe}"


def safe_name(text: str) -> str:
    """Return a text as a name in an address and in a folder: unchanged where it can be one.

    >>> safe_name("armenia"), safe_name("../a b")
    ('armenia', 'a-b-2c2c791a')
    """
    if _SAFE.fullmatch(text) and not _RESERVED.fullmatch(text):
        return text
    return f"{_UNSAFE.sub('-', text[:60]).strip('-')}-{_digest(text)}".lstrip("-")


def external(iri: str) -> str:
    """Return an IRI if a page may link to it: of the web or a mail address; else an empty string.

    >>> external("javascript:alert(1)"), external("https://example.org/")
    ('', 'https://example.org/')
    """
    return iri if _LINKED.fullmatch(iri) else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class Ref(NamedTuple):
    """A name that leads to ``href``, an address below the root of the site, or outside of it; or to nothing."""

    text: Text
    href: str = ""
    is_external: bool = False

    def __str__(self) -> str:
        return self.text.value


@dataclass(frozen=True)
class Model:
    """A dataset as the pages show it."""

    config: Config
    index: SiteIndex
    claims: Claims
    addresses: Addresses

    @property
    def url(self) -> str:
        """The address of the site on the web, by which it refers to itself."""
        return self.config.site.url or self.config.base

    @property
    def vocabulary(self) -> SiteVocabulary:
        """The terms of claims and facts."""
        return self.claims.vocabulary

    @property
    def words(self) -> Words:
        """The site's own words in its language."""
        return self.claims.words

    @cached_property
    def articles(self) -> list[str]:
        """The articles whose sentences the claims encode, the newest first."""
        found = sorted(article for article in self.claims.by_article if self.addresses.name(article))
        return sorted(found, key=lambda article: self.index.literal(article, ISSUED), reverse=True)

    @cached_property
    def things(self) -> list[str]:
        """The things that have a page of their own, sorted by IRI."""
        return [node for node in self.index.described if self.addresses.name(node)]

    @cached_property
    def by_page(self) -> dict[str, str]:
        """The things by the names of their pages."""
        return {self.addresses.name(node): node for node in self.things}

    @cached_property
    def facts(self) -> dict[str, Time]:
        """The facts with their times, in chronological order."""
        cls = self.vocabulary["fact"]
        below = self.index.subclasses(cls) if cls in self.index.values else set[str]()
        nodes = {node for kind in below for node in self.index.members.get(kind, ())}
        times = {node: time_of(self.index, self.vocabulary, node, self.words) for node in sorted(nodes)}
        return dict(sorted(times.items(), key=lambda item: (item[1].order, item[0])))

    @cached_property
    def marks(self) -> ClaimMarks | None:
        """What marks the rows of answers; ``None`` where the vocabulary has no claims."""
        return ClaimMarks(self.claims, self.facts, self.class_label) if self.claims.kinds else None

    @cached_property
    def _fact_order(self) -> dict[str, int]:
        return {node: number for number, node in enumerate(self.facts)}

    def ordered(self, nodes: Collection[str]) -> list[str]:
        """Return things as lists show them: facts in the order of time, others by name."""
        order = self._fact_order
        return sorted(nodes, key=order.__getitem__ if all(n in order for n in nodes) else self.index.name_key)

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """The things with a page that are of each class or of one below it."""
        members: defaultdict[str, list[str]] = defaultdict(list)
        for node in self.things:
            for cls in frozenset[str]().union(*map(self.index.superclasses, self.index.classes(node))):
                members[cls].append(node)
        return dict(sorted(members.items()))

    @cached_property
    def counts(self) -> dict[str, int]:
        """The numbers of ``members``."""
        return {cls: len(nodes) for cls, nodes in self.members.items()}

    def has_page(self, node: str) -> bool:
        """Tell whether a term has a page of its own, and is no article."""
        return bool(self.addresses.name(node)) and node not in self.claims.by_article

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The things and terms by the sorting keys of all their names."""
        return self.named([*self.things, *self.index.terms])

    def named(self, nodes: Iterable[str]) -> dict[str, list[str]]:
        """Return nodes by the sorting keys of all their names."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for node in nodes:
            for key in dict.fromkeys(sorting_key(name)[0] for name in self.names(node)):
                found[key].append(node)
        return dict(found)

    def names(self, node: str) -> Iterator[str]:
        """Yield all names of a node."""
        index = self.index
        yield from map(str, (index.label(node), *index.names(node), *index.other_names(node, hidden=True)))

    def ref(self, node: str) -> Ref:
        """Return a term as a name with the address to which it leads; a literal leads nowhere."""
        if node[0] == '"':
            return Ref(text_of(node))
        if node not in self._refs:
            self._refs[node] = self._ref(node)
        return self._refs[node]

    @cached_property
    def _refs(self) -> dict[str, Ref]:
        return {}

    def _ref(self, node: str) -> Ref:
        label = self.index.label(node)
        if href := self.addresses.href(node):
            return Ref(label, href)
        iri = name_of(node)
        if node not in self.index.values and external(iri):
            short = LICENSES.get(iri) or self.curie(node)
            return Ref(Text(short if len(short) < 100 else f"{short[:99]}…"), iri, is_external=True)
        return Ref(label)

    def curie(self, node: str) -> str:
        """Return the IRI of a node, with a prefix where it has one."""
        return shorten(name_of(node), self.config.prefixes)

    def short(self, article: str) -> Text:
        """Return the short name of an article: the part of its name before a colon, if that is long enough."""
        label = self.index.label(article)
        head, colon, _ = label.value.partition(": ")
        return Text(head, label.language) if colon and 8 <= len(head) <= 60 else label

    def class_name(self, cls: str) -> Text:
        """Return the name of a class; one without a label has its local name as words."""
        label = self.index.label(cls)
        return label if label.language else label._replace(value=self.words.name(spaced(label.value)))

    def class_label(self, node: str) -> str:
        """Return the names of the classes of a thing, such as ``Sovereign state``."""
        classes = tuple(self.index.classes(node))
        if classes not in self._class_labels:
            self._class_labels[classes] = capitalised(", ".join(self.class_name(cls).value for cls in classes))
        return self._class_labels[classes]

    @cached_property
    def _class_labels(self) -> dict[tuple[str, ...], str]:
        return {}


def make_model(config: Config, index: SiteIndex, words: Words | None = None) -> Model:
    """Return the model of a dataset, with an address for each thing, claim and term; ``words`` are English if none."""
    claims = Claims(index, SiteVocabulary(config.site.terms), words or Words())
    addresses = Addresses(config.base)
    for name in ("index", "404", "about", "a-z", "search", "sparql", "timeline", "network", "map", "tree"):
        addresses.add_page(f"page:{name}", name)
    _add_terms(config, index, addresses)
    parts = _parts(index, claims)
    addresses.add(node for node in index.described if node not in claims.all and node not in parts)
    for claim in claims.all.values():
        page = addresses.name(claim.place.article) or f"claims/{safe_name(local_name(claim.kind))}"
        addresses.add_anchor(claim.node, page, claim_anchor(claim))
    for article, found in claims.by_article.items():
        for claim in found:
            for passage in index.objects(claim.node, claims.vocabulary["passage"]):
                addresses.add_anchor(passage, addresses.name(article), sentence_anchor(claim.place.sentence))
    return Model(config, index, claims, addresses)


def claim_anchor(claim: Claim) -> str:
    """Return the place of a claim within its page: the end of its IRI, such as ``s04-c1``."""
    iri, article = name_of(claim.node), name_of(claim.place.article) if claim.place.article else ""
    rest = iri.removeprefix(article).lstrip("/#") if article and iri.startswith(article) else local_name(iri)
    return safe_name(rest if "/" not in rest else local_name(iri))


def sentence_anchor(number: int) -> str:
    """Return the place of a sentence within the page of its article; that of -1 is for claims without a sentence."""
    return f"s{number:02}" if number >= 0 else "unplaced"


def _parts(index: SiteIndex, claims: Claims) -> set[str]:
    """Return the passages of claims and the selectors of those, which are shown with the claims."""
    passages = {o for node in claims.all for o in index.objects(node, claims.vocabulary["passage"])}
    passages |= {node for node in index.described if index.objects(node, SELECTOR)}
    return passages | {o for node in passages for o in index.objects(node, SELECTOR)}


def _add_terms(config: Config, index: SiteIndex, addresses: Addresses) -> None:
    """Give each vocabulary a page, and each of its terms a place in it."""
    for namespace, terms in vocabularies(index).items():
        page = addresses.add_page(f"vocabulary:{namespace}", _vocabulary_page(config, namespace))
        for name in terms:
            is_whole = ONTOLOGY in index.objects(name, TYPE)
            addresses.add_anchor(name, page, "main" if is_whole else safe_name(local_name(name)))


def vocabularies(index: SiteIndex) -> dict[str, list[str]]:
    """Return the terms of the ontology by the namespace of each, without those that are only declared for tools."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in index.terms:
        if index.objects(name, TYPE) and any(index.objects(name, told) for told in (*NAMES, *NOTES)):
            iri = name_of(name)
            is_whole = ONTOLOGY in index.objects(name, TYPE)
            found[iri.rstrip("/#") if is_whole else iri[: max(iri.rfind("#"), iri.rfind("/"))]].append(name)
    return dict(sorted(found.items()))


def _vocabulary_page(config: Config, namespace: str) -> str:
    if namespace.startswith(config.base) and len(namespace) > len(config.base):
        return "/".join(map(safe_name, namespace[len(config.base) :].strip("/").split("/")))
    prefixes = {value.rstrip("/#"): prefix for prefix, value in config.prefixes.items()}
    return f"vocabulary/{safe_name(prefixes.get(namespace, local_name(namespace)))}"
