"""Make the pages of vocabularies: an entry for each class, property and code, with its use in the data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from more_itertools import map_reduce

from publisher.dump.formats import MEDIA_TYPES
from publisher.rdf.ntriples import name_of
from publisher.rdf.vocab import OWL, RDFS, SCHEMA
from publisher.site.index import Text
from publisher.site.model import CLASSES, IN_SCHEME, ONTOLOGY, PROPERTIES, SCHEME, Model, Ref, vocabularies
from publisher.site.output import Page, contents
from publisher.site.things import Field, Value, notes
from publisher.site.vocabulary import NOTES, PREDICATE, SUBCLASS, TYPE, local_name, term, translatable
from publisher.site.words import shortened

_DOMAIN, _RANGE, _SUBPROPERTY = (term(RDFS, name) for name in ("domain", "range", "subPropertyOf"))
_INCLUDES: Final = {_DOMAIN: term(SCHEMA, "domainIncludes"), _RANGE: term(SCHEMA, "rangeIncludes")}
_VERSION: Final = term(OWL, "versionInfo")
_CLASSES, _PROPERTIES = translatable("Classes"), translatable("Properties")


class ClassPicture(NamedTuple):
    """A class among others: those above and just below it, its properties, what it inherits, and what leads to it.

    A property stands with the classes or datatypes of its values, one that leads to the class with those of its things.
    """

    above: list[Ref]
    below: list[Ref]
    properties: list[tuple[Ref, list[Ref]]]
    inherited: list[tuple[Ref, list[Ref]]]
    incoming: list[tuple[Ref, list[Ref]]]


class TermEntry(NamedTuple):
    """A term of a vocabulary: its anchor, name, definition, fields, examples and use in the data.

    ``example`` are two things that a property relates in the data, ``claimed`` is how many claims use it.
    """

    anchor: str
    ref: Ref
    name: str
    kind: str
    names: list[tuple[Text, str]]
    definition: list[Text]
    fields: list[Field]
    notes: list[tuple[str, list[Text]]]
    used: int
    uses: list[Ref]
    picture: ClassPicture | None
    example: tuple[Ref, Ref] | None
    claimed: int
    depth: int = 0


class VocabularyPages:
    """Make the pages of the ontology and the code lists."""

    def __init__(self, model: Model) -> None:
        self.model, self.index = model, model.index

    def pages(self) -> Iterator[Page]:
        """Yield a page for each namespace of the ontology."""
        for namespace, terms in vocabularies(self.index).items():
            yield self._page(namespace, terms)

    def titles(self) -> list[tuple[Ref, int]]:
        """Return the vocabularies by title, with the number of their terms."""
        return [
            (Ref(self._title(namespace, terms), self.model.addresses.href(f"vocabulary:{namespace}")), len(terms))
            for namespace, terms in vocabularies(self.index).items()
        ]

    def _whole(self, terms: list[str]) -> str:
        return next((node for node in terms if ONTOLOGY in self.index.objects(node, TYPE)), "")

    def _title(self, namespace: str, terms: list[str]) -> Text:
        whole = self._whole(terms)
        return self.index.label(whole) if whole else Text(namespace)

    def _page(self, namespace: str, terms: list[str]) -> Page:
        whole, _ = self._whole(terms), self.model.words.gettext
        groups = map_reduce((node for node in terms if node != whole), self._group)
        sections: list[tuple[str, str, list[TermEntry]]] = []
        for heading in sorted(groups, key=lambda name: (name not in (_CLASSES, _PROPERTIES), name)):
            order = self._hierarchy(groups[heading]) if heading == _CLASSES else self._sorted(groups[heading])
            sections.append(
                (_(heading), f"list-{len(sections) + 1}", [self._entry(node, depth) for node, depth in order])
            )
        classes = next((entries for heading, _anchor, entries in sections if heading == _(_CLASSES)), [])
        title = self._title(namespace, terms)
        context: dict[str, Any] = {
            "title": title,
            "namespace": next((name_of(node)[: len(namespace) + 1] for node in terms if node != whole), namespace),
            "node": name_of(whole) if whole else namespace,
            "documents": [(name, MEDIA_TYPES[name]) for name in self.model.config.site.formats],
            "lede": next(filter(None, (self.index.texts(whole, note) for note in NOTES)), []) if whole else [],
            "version": self.index.literal(whole, _VERSION) if whole else "",
            "sections": sections,
            "tree": classes if any(entry.depth for entry in classes) else [],
            "contents": contents(_("Vocabulary"), ((f"#{a}", name, len(found)) for name, a, found in sections)),
        }
        path = f"{self.model.addresses.name(f'vocabulary:{namespace}')}.html"
        summary = str(context["lede"][0]) if context["lede"] else ""
        return Page(path, title.value, "terms.html", context, whole, _("vocabulary"), summary)

    def _group(self, node: str) -> str:
        types = set(self.index.objects(node, TYPE))
        if types & set(CLASSES):
            return _CLASSES
        if types & set(PROPERTIES):
            return _PROPERTIES
        scheme = self.index.first(node, IN_SCHEME) or (node if SCHEME in types else "")
        if not scheme:
            return translatable("Other terms")
        return self.model.words.filled(self.model.words.gettext("Code list: {name}"), name=self.index.label(scheme))

    def _sorted(self, nodes: list[str]) -> list[tuple[str, int]]:
        schemes = {node for node in nodes if SCHEME in self.index.objects(node, TYPE)}
        ordered = sorted(nodes, key=lambda node: (node not in schemes, self.index.name_key(node)))
        return [(node, 0 if node in schemes or not schemes else 1) for node in ordered]

    def _hierarchy(self, classes: list[str]) -> list[tuple[str, int]]:
        """Return classes depth first, each once, with the depth of each."""
        own, placed, order = set(classes), set[str](), list[tuple[str, int]]()
        below: defaultdict[str, list[str]] = defaultdict(list)
        for node in classes:
            above = [sup for sup in self.index.objects(node, SUBCLASS) if sup in own and sup != node]
            below[above[0] if above else ""].append(node)
        agenda = [(node, 0) for node in sorted(below[""], key=self.index.name_key, reverse=True)]
        while agenda:
            node, depth = agenda.pop()
            if node not in placed:
                placed.add(node)
                order.append((node, depth))
                agenda += [(child, depth + 1) for child in sorted(below[node], key=self.index.name_key, reverse=True)]
        return order + [(node, 0) for node in classes if node not in placed]

    @cached_property
    def _used(self) -> Counter[str]:
        data = (values for node, values in self.index.values.items() if node not in self._terms)
        return Counter(p for values in data for p, objects in values.items() for _ in objects)

    @cached_property
    def _terms(self) -> frozenset[str]:
        return frozenset(self.index.terms)

    def _entry(self, node: str, depth: int) -> TermEntry:
        index, kind = self.index, self._group(node)
        if kind == _CLASSES:
            members = index.subjects(node, TYPE)
            used = max(self.model.counts.get(node, 0), len(members))
        elif kind == _PROPERTIES:
            members, used = [], self._used[node]
        else:
            subjects = (s for s, _ in index.incoming.get(node, ()) if s not in self._terms)
            members = [s for s in subjects if self.model.addresses.href(s)]
            used = len(members)
        shown = [self.model.ref(s) for s in members if self.model.addresses.href(s)][:3]
        return TermEntry(
            anchor=self.model.addresses.href(node).partition("#")[2],
            ref=self.model.ref(node),
            name=local_name(node),
            kind=kind,
            names=self.model.words.by_text(index.names(node)),
            definition=next(filter(None, (index.texts(node, note) for note in NOTES)), []),
            fields=list(self._fields(node)),
            notes=notes(self.model, node),
            used=used,
            uses=shown,
            picture=self._picture(node) if kind == _CLASSES else None,
            example=self._example(node) if kind == _PROPERTIES else None,
            claimed=len(index.subjects(node, PREDICATE)),
            depth=min(depth, 5),
        )

    def _fields(self, node: str) -> Iterator[Field]:
        _ = self.model.words.gettext
        for name, predicate in ((_("Kind of"), _SUBPROPERTY), (_("Of"), _DOMAIN), (_("Value"), _RANGE)):
            if refs := self._ends(node, predicate):
                yield Field(name, tuple(map(Value, refs)))

    def _ends(self, node: str, predicate: str) -> list[Ref]:
        """Return what a property has as a value of a property of RDFS, or of the one of schema.org that is like it."""
        objects = [*self.index.objects(node, predicate), *self.index.objects(node, _INCLUDES.get(predicate, ""))]
        return [self.model.ref(o) for o in dict.fromkeys(objects) if o[0] == "<"]

    def _picture(self, cls: str) -> ClassPicture | None:
        """Return the picture of a class; nothing for one that stands alone."""
        above = self.index.path_above(cls, SUBCLASS, lambda o: o[0] == "<")
        inherited = [(self.model.ref(one), [ref for ref, _ in self._properties(one, _DOMAIN)]) for one in above]
        below = sorted(self.index.subjects(cls, SUBCLASS), key=self.index.name_key)
        picture = ClassPicture(
            [self.model.ref(one) for one in above],
            [self.model.ref(one) for one in below if one[0] == "<"],
            self._properties(cls, _DOMAIN),
            [(one, properties) for one, properties in inherited if properties],
            self._properties(cls, _RANGE),
        )
        return picture if any(picture) else None

    def _properties(self, cls: str, side: str) -> list[tuple[Ref, list[Ref]]]:
        """Return the properties that have a class on one side, each with what is on the other."""
        other = _RANGE if side == _DOMAIN else _DOMAIN
        found = {s for s, p in self.index.incoming.get(cls, ()) if p in (side, _INCLUDES[side])}
        return [(self.model.ref(node), self._ends(node, other)) for node in sorted(found, key=self.index.name_key)]

    @cached_property
    def _examples(self) -> dict[str, tuple[str, str]]:
        """By property, the first two terms that it relates in the data, the first with a page; stated if any is."""
        found: dict[tuple[bool, str], tuple[str, str]] = {}
        for s in self.model.things:
            for _, p, o in self.index.triples(s):
                if o[0] != "_":
                    found.setdefault(((s, p, o) in self.index.inferred, p), (s, o))
        return {p: pair for (_, p), pair in sorted(found.items(), reverse=True)}

    def _example(self, name: str) -> tuple[Ref, Ref] | None:
        pair = self._examples.get(name)
        if not pair:
            return None
        subject, value = map(self.model.ref, pair)
        short = shortened(value.text.value, 120)
        return subject, value._replace(text=value.text._replace(value=short))
