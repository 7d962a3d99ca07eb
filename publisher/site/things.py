"""Make the page of a thing: its names, what happened, what is said of it, what it says, and its relations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from more_itertools import map_reduce

from publisher.rdf.ntriples import iri, name_of, split_literal
from publisher.rdf.vocab import OWL, RDF, SKOS, XSD
from publisher.site.claims import Claim
from publisher.site.index import Text, natural_key, sorting_key, text_of
from publisher.site.model import Model, Ref
from publisher.site.output import Page, contents
from publisher.site.statements import MOST, Part, Statements
from publisher.site.vocabulary import (
    BROADER,
    DESCRIPTION,
    INVERSE,
    INVERSE_OF,
    INVERSES,
    NOTES,
    SYMMETRIC,
    TYPE,
    local_name,
    spaced,
    term,
)
from publisher.site.words import capitalised, shortened, time_of

_LINKS: Final = {
    term(OWL, "sameAs"),
    *(term(SKOS, f"{kind}Match") for kind in ("exact", "close", "broad", "narrow", "related")),
}
_LEDE: Final = NOTES[:5]
_MOST_VALUES: Final = 60
SUMMARY: Final = 300  # characters
_STANDARD: Final = (XSD.iri, RDF.iri)


class Value(NamedTuple):
    """A value of a field, with a remark."""

    ref: Part
    remark: str = ""


class Field(NamedTuple):
    """A property of a thing in words, its values, and how many more there are."""

    name: str
    values: tuple[Value, ...]
    more: int = 0


class ThingPages:
    """Make the pages of things that are no articles."""

    def __init__(self, model: Model, statements: Statements) -> None:
        self.model, self.statements, self.index = model, statements, model.index
        self._hidden = {*model.vocabulary.hidden(), *_LINKS}
        self.property_name, self._inverses = cache(self._property_name), cache(self._find_inverses)

    def page(self, node: str) -> Page:
        """Return the page of a thing."""
        _ = self.model.words.gettext
        model, claims, statements = self.model, self.model.claims, self.statements
        incoming = self.index.incoming.get(node, ())
        facts = model.ordered({s for s, p in incoming if s in model.facts and p not in self._hidden})
        about = claims.about.get(node, [])
        by = [claim for claim in claims.by_voice.get(node, []) if not claim.is_fact]
        cited = claims.by_source.get(node, [])
        own_fact, name = node in model.facts, model.index.label(node).value.partition(" (")[0]
        context: dict[str, Any] = {
            **heading(model, node),
            "fact": statements.of_fact(node) if own_fact else None,
            "fields": self.fields(node),
            **(self._support(node) if own_fact else {"support": [], "support_place": ()}),
            "facts": [statements.of_fact(fact, node) for fact in facts[:MOST]],
            "facts_omitted": max(len(facts) - MOST, 0),
            "table": self._table(node, facts[:MOST]),
            "said": statements.said(about),
            "says": statements.said(by),
            "cited": [statements.of_claim(claim, lines=1) for claim in cited[:MOST]],
            "cited_count": len(cited),
            "relations": self.relations(node),
            "links": self.links(node),
            "aliases": model.words.by_text(aliases := self.index.other_names(node)),
            "hidden": [name.value for name in self.index.other_names(node, hidden=True) if name not in aliases],
            "notes": notes(model, node),
            "name": name if len(name) <= 32 else _("it"),
            "denied": [statements.of_claim(c) for c in about if c.is_fact and c.is_negated][:MOST],
        }
        is_related = context["relations"] or context["links"] or context["aliases"]
        context["relations_title"] = _("Relations and names") if is_related else _("Notes") if context["notes"] else ""
        sections = self._sections(context)
        context["contents"] = contents(context["title"].value, sections)
        kind = _("fact") if own_fact else model.words.within(model.class_label(node)) or _("thing")
        stated = " ".join(map(str, [context["fact"].text] if own_fact else context["lede"]))
        summary = shortened(stated or _in_a_line(context["fields"]), SUMMARY)
        path = f"{model.addresses.name(node)}.html"
        return Page(path, context["title"].value, "thing.html", context, node, kind, summary)

    def _sections(self, context: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
        said, says, name, _ = context["said"], context["says"], context["name"], self.model.words.gettext
        yield from (("#rests", _("What it rests on"), len(context["support"])),) if context["support"] else ()
        yield from (("#happened", _("What happened"), len(context["facts"])),) if context["facts"] else ()
        if said:
            yield "#said", self.model.words.filled(_("What is said of {name}"), name=name), said.count
            yield from ((f"#said-{kind.anchor}", f" {kind.word}", kind.count) for kind in said.kinds)
        yield from (("#denied", _("What is not so"), len(context["denied"])),) if context["denied"] else ()
        title = self.model.words.filled(_("What {name} says"), name=name)
        yield from (("#says", title, says.count),) if says else ()
        yield from (("#cited", _("What it is cited for"), context["cited_count"]),) if context["cited"] else ()
        if context["relations_title"]:
            yield "#relations", context["relations_title"], 0

    def _table(self, node: str, facts: list[str]) -> list[tuple[str, str, Ref, list[tuple[str, Ref]], int]]:
        rows = []
        for fact in facts:
            support = self.model.claims.supporting.get(fact, [])
            roles = [(self.property_name(p), self.model.ref(o)) for p, o in self._relations(fact) if o != node]
            kind = self.model.words.within(self.model.class_label(fact))
            rows.append((self.model.facts[fact].words, kind, self.model.ref(fact), roles, len(support)))
        return rows

    def _relations(self, fact: str) -> list[tuple[str, str]]:
        """Return the things to which a fact relates, each with the most specific property alone."""
        pairs: dict[str, str] = {}
        for _, p, o in self.index.triples(fact):
            if p in self._hidden or not self.model.addresses.name(o):
                continue
            if o not in pairs or (fact, pairs[o], o) in self.index.inferred:
                pairs[o] = p
        return [(p, o) for o, p in pairs.items()]

    def _support(self, fact: str) -> dict[str, Any]:
        """Return the claims on which a fact rests; those of one sentence with their place in it."""
        claims = self.model.claims.supporting.get(fact, [])
        if len({(claim.place.article, claim.place.sentence) for claim in claims}) == 1 and claims[0].place.article:
            place = next(iter(self.statements.evidence(claims[0])))
            return {"support": self.statements.strips(claims), "support_place": place}
        return {"support": [self.statements.of_claim(claim, lines=1) for claim in claims], "support_place": ()}

    # --- fields --------------------------------------------------------------------------------------------------

    def _property_name(self, name: str) -> str:
        """Return a property in words, as the head of a line: ``Supplier`` for ``has supplier``."""
        label = self.index.label(name).value
        if label == local_name(name):
            return self.model.words.name(capitalised(spaced(local_name(name))))
        words = label.removeprefix("has ").removeprefix("is ") if " " in label else label
        return capitalised(words)

    def fields(self, node: str) -> list[Field]:
        """Return what the data state of a thing, property by property; what is inferred says so."""
        rows, times = [], self.model.facts
        if (time := times.get(node) or time_of(self.index, self.model.vocabulary, node, self.model.words)).is_known:
            rows.append(Field(self.model.words.gettext("When"), (Value(time.words),)))
        for p, objects in self.index.values.get(node, {}).items():
            own = [o for o in objects if (node, p, o) not in self.index.inferred]
            if p not in self._hidden and own:
                rows.append(self._field(self.property_name(p), own))
        remark = self.model.words.gettext("inferred")
        for p, objects in self.index.values.get(node, {}).items():
            if p not in self._hidden and (new := self._new(node, p, objects)):
                field = self._field(self.property_name(p), new)
                rows.append(field._replace(values=tuple(value._replace(remark=remark) for value in field.values)))
        return rows

    def _new(self, node: str, p: str, objects: list[str]) -> list[str]:
        """Return the inferred values of a property that no asserted property of the thing has, too."""
        new = [o for o in objects if (node, p, o) in self.index.inferred]
        if not new:
            return []
        stated = {o for q, os in self.index.values[node].items() for o in os if (node, q, o) not in self.index.inferred}
        return [o for o in new if o not in stated]

    def _field(self, name: str, objects: Iterable[str]) -> Field:
        refs = sorted(map(self._value, objects), key=lambda value: sorting_key(str(value.ref)))
        return Field(name, tuple(refs[:_MOST_VALUES]), max(len(refs) - _MOST_VALUES, 0))

    def _value(self, term: str) -> Value:
        if term[0] == '"':
            text = text_of(term)
            if term.endswith(("#date>", "#gYear>", "#gYearMonth>", "#dateTime>")):
                return Value(Text(self.model.words.date(text.value)))
            datatype = split_literal(term)[2]
            code = "" if datatype.startswith(_STANDARD) else self.index.label(iri(datatype)).value
            return Value(Text(self.model.words.boolean(text.value), text.language), code)
        definition = self.index.texts(term, NOTES[0]) if term not in self.model.addresses.pages else []
        return Value(self.model.ref(term), definition[0].value if definition else "")

    def relations(self, node: str) -> list[Field]:
        """Return the things, other than facts and claims, that refer to a thing, by property and class."""
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for s, p in self.index.incoming.get(node, ()):
            if s in self.model.facts or not self.model.addresses.name(s) or p in self._hidden:
                continue
            if not any((node, q, s) in self.index for q in self._inverses(p)):
                groups[capitalised(self._inverse_name(p, s))].append(s)
        return [self._field(name, dict.fromkeys(found)) for name, found in sorted(groups.items())]

    def _inverse_name(self, name: str, subject: str) -> str:
        """Return what a property is called at its value, with the class of its subject where only that is known."""
        words = self.model.words
        if name in INVERSE:
            return words.gettext(INVERSE[name])
        kind = self.model.class_label(subject) or words.gettext("Thing")
        return f"{words.isolated(kind)}: {words.isolated(words.within(self.property_name(name)))}"

    def _find_inverses(self, name: str) -> list[str]:
        """Return the properties that say the same as one from the other side; a page shows one of the two."""
        pair = (*self.index.objects(name, INVERSE_OF), *self.index.subjects(name, INVERSE_OF))
        same = [name] if SYMMETRIC in self.index.objects(name, TYPE) else []
        return [*filter(None, [INVERSES.get(name, "")]), *pair, *same]

    def links(self, node: str) -> list[Field]:
        """Return the links to other datasets, and the other direction of those within this one."""
        found = ((p, self.index.objects(node, p)) for p in sorted(_LINKS))
        return [Field(self.property_name(p), tuple(Value(self.model.ref(o)) for o in os)) for p, os in found if os]


def _in_a_line(fields: list[Field]) -> str:
    """Return the first values of the first fields, for a thing that the data do not describe in words."""
    return "; ".join(f"{field.name}: {', '.join(str(value.ref) for value in field.values[:3])}" for field in fields[:3])


def heading(model: Model, node: str) -> dict[str, Any]:
    """Return the head of the page of a thing: its classes, names, and what it is in a few words."""
    lede = next(filter(None, (model.index.texts(node, note) for note in _LEDE)), [])
    if node in model.facts and model.index.texts(node, DESCRIPTION):
        lede = []  # it is the sentence of the fact
    return {
        "node": name_of(node),
        "kicker": model.class_label(node),
        "trail": [model.ref(o) for o in model.index.path_above(node, BROADER, model.addresses.name)],
        "title": model.index.label(node)._replace(value=capitalised(model.index.label(node).value)),
        "names": model.words.by_text(model.index.names(node)),
        "lede": lede,
    }


def notes(model: Model, node: str) -> list[tuple[str, list[Text]]]:
    """Return the notes on a thing that are not at its head, in all languages, by their kinds."""
    shown = next((note for note in _LEDE if model.index.texts(node, note)), "")
    head = model.index.texts(node, shown)
    rows: dict[str, list[Text]] = {}
    for note in NOTES:
        texts = sorted(model.index.literals(node, note), key=model.index.rank)
        texts.sort(key=lambda text: text.value.startswith("Negative example"))  # what a term is not, after what it is
        for text in texts:
            if text not in head:
                other = text.language if text.language and model.index.rank(text)[0] else ""
                name = model.words.name(capitalised(spaced(local_name(note))))
                rows.setdefault(f"{name}, {model.words.language_name(other)}" if other else name, []).append(text)
    return list(rows.items())


def by_sentence(claims: list[Claim]) -> dict[int, list[Claim]]:
    """Return the claims of an article by the number of their sentence, in the order of the text."""
    ordered = sorted(claims, key=lambda claim: (claim.place.sentence, natural_key(claim.node)))
    return map_reduce(ordered, lambda claim: claim.place.sentence)
