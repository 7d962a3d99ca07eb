"""Index a published dataset in memory by one pass over its dumps: triples by subject and by object, names, classes.

Terms are strings as in N-Triples (``publisher.rdf.ntriples``).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from publisher.errors import UsageError
from publisher.rdf.io import open_rdf, read_quads
from publisher.rdf.ntriples import NTriple, name_of, parse_ntriples, split_literal
from publisher.site.vocabulary import ALT_LABEL, HIDDEN_LABEL, NAMES, PLURAL, SUBCLASS, TYPE, local_name

# From the fastest to read to the slowest.
_FORMATS: Final = ("nt", "nq", "ttl", "trig", "jsonld", "rdf")
# Control characters, which HTML forbids, and those that would turn the direction of the text around a name.
UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_ISOLATED: Final = re.compile(r"\u2068[^\u2069]*\u2069")
_RIGHT_TO_LEFT: Final = ("R", "AL")
_LONGEST: Final = 400  # characters of a name; a longer one is cut, and is whole in the documents of the thing


class Text(NamedTuple):
    """A text with the tag of its language, empty where that is not known."""

    value: str
    language: str = ""

    @property
    def direction(self) -> str:
        """The direction of the script by its first letter: ``ltr`` or ``rtl``."""
        return "ltr" if self.value.isascii() else direction_of(self.value) or "ltr"

    def __str__(self) -> str:
        return self.value


def direction_of(text: str) -> str:
    """Return the direction of the first letter that is not in an isolate (UAX 9, P2), ``ltr`` or ``rtl``, if any.

    >>> direction_of("Yerevan"), direction_of("2018"), direction_of("\u2068قط\u2069, 5 cats")
    ('ltr', '', 'ltr')
    """
    classes = map(unicodedata.bidirectional, _ISOLATED.sub("", text))
    first = next((name for name in classes if name in ("L", *_RIGHT_TO_LEFT)), "")
    return "rtl" if first in _RIGHT_TO_LEFT else "ltr" if first else ""


@lru_cache(maxsize=50_000)
def text_of(literal: str) -> Text:
    """Return the text of a literal, without characters that have no place in a page."""
    value, language, _ = split_literal(literal)
    if "\\" in value:  # the escapes that pyoxigraph writes are those of JSON
        value = json.loads(f'"{value}"', strict=False)
    return Text(without_unseen(value), language)


def without_unseen(text: str) -> str:
    """Return a text without characters that have no place in a page."""
    return UNSEEN.sub("", text)


class SiteIndex:
    """The triples of a dataset: asserted and inferred data, ontology and links.

    ``described`` are the subjects of the data, ``terms`` those of the ontology, both sorted. ``values`` has a mapping
    from predicates to objects, both sorted, for each subject, ``incoming`` the sorted pairs of subject and predicate
    for each object that is no literal.
    """

    def __init__(
        self,
        asserted: Iterable[NTriple],
        inferred: Iterable[NTriple] = (),
        ontology: Iterable[NTriple] = (),
        links: Iterable[NTriple] = (),
        languages: Sequence[str] = ("en",),
    ) -> None:
        self.languages = tuple(language.lower() for language in languages)
        self.inferred = frozenset(inferred)
        data = {*asserted, *links, *self.inferred}
        terms = set(ontology)
        self.values: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
        self.incoming: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for s, p, o in sorted(data | terms):
            self.values[s].setdefault(p, []).append(o)
            if o[0] != '"':
                self.incoming[o].append((s, p))
        self.values.default_factory = self.incoming.default_factory = None
        self.terms = sorted({s for s, _, _ in terms if s[0] == "<"})
        self.described = sorted({s for s, _, _ in data if s[0] == "<"}.difference(self.terms))
        self.size = len(data)
        self._tags = {tag: number for number, tag in enumerate((*self.languages, ""))}
        self.label, self.superclasses = cache(self._label), cache(self._superclasses)
        self._most_specific = cache(self._without_general)

    # --- triples -------------------------------------------------------------------------------------------------

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Return the values of a property, sorted; empty where there are none."""
        values = self.values.get(subject)
        return values.get(predicate, []) if values else []

    def first(self, subject: str, predicate: str) -> str:
        """Return the first value of a property, or an empty string."""
        objects = self.objects(subject, predicate)
        return objects[0] if objects else ""

    def literal(self, subject: str, predicate: str) -> str:
        """Return the lexical form of the first value of a property, or an empty string."""
        value = self.first(subject, predicate)
        return text_of(value).value if value and value[0] == '"' else ""

    def literals(self, subject: str, *predicates: str) -> list[Text]:
        """Return the values of properties that are literals, as texts."""
        values = self.values.get(subject, {})
        return [text_of(o) for predicate in predicates for o in values.get(predicate, ()) if o[0] == '"']

    def subjects(self, obj: str, predicate: str) -> list[str]:
        """Return the things that have ``obj`` as a value of the property."""
        return [s for s, p in self.incoming.get(obj, ()) if p == predicate]

    def __contains__(self, triple: NTriple) -> bool:
        return triple[2] in self.objects(triple[0], triple[1])

    def triples(self, subject: str) -> Iterator[NTriple]:
        """Yield the triples of a subject, sorted."""
        for predicate, objects in self.values.get(subject, {}).items():
            for obj in objects:
                yield subject, predicate, obj

    def path_above(self, node: str, predicate: str, is_shown: Callable[[str], object]) -> list[str]:
        """Return what is above a node by a property, from the top down; of several just above, the first by name."""
        path = [node]
        while above := [o for o in self.objects(path[-1], predicate) if o not in path and is_shown(o)]:
            path.append(min(above, key=self.name_key))
        return path[:0:-1]

    # --- names ---------------------------------------------------------------------------------------------------

    def _label(self, node: str) -> Text:
        """Return the preferred name: in the first language that has one, else in any, else the end of the IRI."""
        best = next((name for name in NAMES if self.objects(node, name)), "")
        text = min(self.literals(node, best), key=self.rank, default=Text(""))
        value = text.value.strip() or UNSEEN.sub("", local_name(name_of(node)))
        value = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
        return Text(value, text.language if text.value.strip() else "")

    def plural(self, node: str) -> str:
        """Return the ``label:plural`` of a node in the language of its preferred name; empty where it has none."""
        language = self.label(node).language
        return next((text.value for text in self.literals(node, PLURAL) if text.language == language), "")

    def rank(self, text: Text) -> tuple[int, str, str]:
        """Return the place of a text among texts of other languages: configured ones first, then those without one."""
        language, tags = text.language, self._tags
        place = tags.get(language)
        if place is None:
            place = tags.get(language.partition("-")[0], len(tags))
        return place, language, text.value

    def name_key(self, node: str) -> tuple[str, str]:
        """Return the key that sorts nodes by their preferred names."""
        return sorting_key(self.label(node).value)

    def names(self, node: str) -> list[Text]:
        """Return all preferred names but the one that ``label`` returns, sorted by language."""
        texts = {*self.literals(node, *NAMES)} - {self.label(node)}
        return sorted(texts, key=lambda text: (text.language, text.value))

    def other_names(self, node: str, *, hidden: bool = False) -> list[Text]:
        """Return alternative names, sorted by language; with ``hidden`` also those that are only for searching."""
        predicates = (ALT_LABEL, HIDDEN_LABEL) if hidden else (ALT_LABEL,)
        return sorted({*self.literals(node, *predicates)}, key=self.rank)

    def texts(self, node: str, predicate: str) -> list[Text]:
        """Return the values of a property that are texts, in the first language that has any."""
        texts = sorted(self.literals(node, predicate), key=self.rank)
        return [text for text in texts if self.rank(text)[:2] == self.rank(texts[0])[:2]] if len(texts) > 1 else texts

    # --- classes -------------------------------------------------------------------------------------------------

    @cached_property
    def _above(self) -> dict[str, list[str]]:
        return {node: values[SUBCLASS] for node, values in self.values.items() if SUBCLASS in values}

    def _superclasses(self, cls: str) -> frozenset[str]:
        """Return a class and all classes above it."""
        reached, agenda = set[str](), [cls]
        while agenda:
            reached.add(node := agenda.pop())
            agenda += [above for above in self._above.get(node, ()) if above not in reached]
        return frozenset(reached)

    def subclasses(self, cls: str) -> set[str]:
        """Return a class and all classes below it."""
        return {cls, *(node for node in self._above if cls in self.superclasses(node))}

    def classes(self, node: str) -> list[str]:
        """Return the most specific classes of a thing that have an IRI."""
        return self._most_specific(tuple(cls for cls in self.objects(node, TYPE) if cls[0] == "<"))

    def _without_general(self, types: tuple[str, ...]) -> list[str]:
        general = {above for cls in types for above in self.superclasses(cls) - {cls}}
        return [cls for cls in types if cls not in general] or list(types)

    def is_a(self, node: str, cls: str) -> bool:
        """Tell whether a thing is of a class or of one below it."""
        return any(cls in self.superclasses(own) for own in self.objects(node, TYPE))

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """The things of each class, by their most specific classes."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for node in self.described:
            for cls in self.classes(node):
                found[cls].append(node)
        return dict(found)


def read_index(dumps: Path, languages: Sequence[str] = ("en",)) -> SiteIndex:
    """Return the index of the dataset in the folder of its dumps.

    Raises ``UsageError`` when there is no dump of the data, and ``SourceError`` for one that cannot be read.
    """
    names = ("asserted", "inferred", "ontology", "links")
    asserted, inferred, ontology, links = (read_dump(dumps, name) for name in names)
    return SiteIndex(asserted, inferred, ontology, links, languages)


def read_dump(dumps: Path, name: str) -> list[NTriple]:
    """Return the triples of a dump in any of its formats; those of one that is not there are none.

    Raises ``UsageError`` when there is no dump of the data, and ``SourceError`` for one that cannot be read.
    """
    for extension in _FORMATS:
        for path in (dumps / f"{name}.{extension}", dumps / f"{name}.{extension}.gz"):
            if path.is_file():
                return list(_triples(path))
    if name == "asserted":
        raise UsageError(f"{dumps}: there is no dump of the data; run 'publisher build'")
    return []


def _triples(path: Path) -> Iterable[NTriple]:
    if path.suffixes[0] == ".nt":
        with open_rdf(path) as file:
            return parse_ntriples(file.read().decode())
    return [(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in read_quads(path)]


def sorting_key(text: str) -> tuple[str, str]:
    """Return a key that sorts names as an index of a book does: without case, marks and leading punctuation.

    >>> sorted(["Zürich", "Äbtissin", "zoo", "“Abc”"], key=sorting_key)
    ['“Abc”', 'Äbtissin', 'zoo', 'Zürich']
    """
    folded = text.lower()
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text).casefold()
        folded = "".join(c for c in decomposed if not unicodedata.combining(c))
    return folded.lstrip("\"'“”‘’«»([ "), text


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts numbers within names by value.

    >>> sorted(["s10", "s9-c10", "s9-c2"], key=natural_key)
    ['s9-c2', 's9-c10', 's10']
    """
    parts = re.split(r"([0-9]{1,18})", name)
    return tuple((1, int(part), "") if part.isdecimal() and part.isascii() else (0, 0, part) for part in parts if part)
