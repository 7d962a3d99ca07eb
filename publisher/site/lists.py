"""Make the lists of a site: the things of each class, the claims of each kind, an alphabetical index, a tree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from publisher.rdf.vocab import SKOS
from publisher.site.index import Text, natural_key, sorting_key
from publisher.site.model import CONCEPT, IN_SCHEME, SCHEME, Model, Ref, claim_anchor, safe_name
from publisher.site.output import Page, contents
from publisher.site.statements import Statements
from publisher.site.vocabulary import BROADER, local_name, term
from publisher.site.words import capitalised

_ENTRIES: Final = 500  # on one page of a list
_CLAIMS: Final = 150
_LETTERS: Final = 1500  # entries from which each letter of the index has a page of its own
_DEPTH: Final = 30  # of a tree
NARROWER: Final = term(SKOS, "narrower")
TOP: Final = (term(SKOS, "topConceptOf"), term(SKOS, "hasTopConcept"))


class ListEntry(NamedTuple):
    """An entry of a list: a thing, when it was, its names in other languages, and what it is."""

    ref: Ref
    when: str = ""
    names: tuple[Text, ...] = ()
    remark: str = ""


class Branch(NamedTuple):
    """A concept with those below it."""

    ref: Ref
    below: tuple[Branch, ...]


class ListPages:
    """Make the lists of a dataset."""

    def __init__(self, model: Model, statements: Statements) -> None:
        self.model, self.statements, self.index = model, statements, model.index
        for cls in model.counts:
            model.addresses.add_page(f"list:{cls}", f"lists/{safe_name(local_name(cls))}")
        for kind in sorted({claim.kind for claim in model.claims.all.values()}):
            model.addresses.add_page(f"claims:{kind}", f"claims/{safe_name(local_name(kind))}")

    def pages(self) -> Iterator[Page]:
        """Yield all lists."""
        for cls in self.model.counts:
            yield from self._class(cls)
        for kind in sorted({claim.kind for claim in self.model.claims.all.values()}):
            yield from self._claims(kind)
        yield from self._alphabet()
        if tree := self.tree():
            title = self.model.words.gettext("Concepts")
            yield Page("tree.html", title, "tree.html", {"title": title, "schemes": tree})

    def class_ref(self, cls: str) -> Ref:
        """Return the name of a class in the plural, with the address of its list."""
        label = self.model.class_name(cls)
        name = label._replace(value=capitalised(self.index.plural(cls) or self.model.words.plural(label)))
        return Ref(name, self.model.addresses.href(f"list:{cls}") if cls in self.model.counts else "")

    def subclasses(self, cls: str) -> list[tuple[Ref, int]]:
        """Return the classes just below a class that have members, with the number of those."""
        below = self._below(cls)
        above = {sub: self.index.superclasses(sub).intersection(below) for sub in below}
        direct = [sub for sub in below if all(sub in self.index.superclasses(other) for other in above[sub])]
        refs = [(self.class_ref(sub), self.model.counts[sub]) for sub in direct]
        return sorted(refs, key=lambda row: sorting_key(str(row[0])))

    def _below(self, cls: str) -> list[str]:
        """Return the classes with members that are below a class, and not above it as well."""
        above = self.index.superclasses(cls)
        return [sub for sub in self.model.counts if sub not in above and cls in self.index.superclasses(sub)]

    def top_classes(self) -> list[tuple[Ref, int, list[tuple[Ref, int]]]]:
        """Return the classes with members that are below no other, the largest first, each with those below it."""
        tops = [
            cls for cls in self.model.counts if not (self.index.superclasses(cls) - {cls}) & self.model.counts.keys()
        ]
        tops = sorted(map(self._narrowed, tops), key=lambda cls: (-self.model.counts[cls], cls))
        return [(self.class_ref(cls), self.model.counts[cls], self.subclasses(cls)) for cls in tops]

    def _narrowed(self, cls: str) -> str:
        """Return the class below ``cls`` that has all of its members, if there is one."""
        counts = self.model.counts
        below = next((sub for sub in self._below(cls) if counts[sub] == counts[cls]), "")
        return self._narrowed(below) if below else cls

    def _class(self, cls: str) -> Iterator[Page]:
        entries = [self._entry(node, cls) for node in self.model.ordered(self.model.members[cls])]
        above = sorted((self.index.superclasses(cls) - {cls}) & self.model.counts.keys())
        context = {
            "title": self.class_ref(cls).text,
            "definition": self.index.texts(cls, term(SKOS, "definition"))[:1],
            "term": Ref(Text(self.model.words.gettext("In the vocabulary")), self.model.addresses.href(cls)),
            "above": list(map(self.class_ref, above)),
            "subclasses": self.subclasses(cls),
            "count": len(entries),
        }
        yield from self._paged(self.model.addresses.name(f"list:{cls}"), "list.html", context, entries, _ENTRIES)

    def _entry(self, node: str, cls: str) -> ListEntry:
        others = (name for name in self.index.names(node) if name.value != self.index.label(node).value)
        names = tuple(name for name, _ in self.model.words.by_text(others)[:2] if name.language)
        kind = "" if cls in self.index.classes(node) else self.model.words.within(self.model.class_label(node))
        time = self.model.facts.get(node)
        return ListEntry(self.model.ref(node), time.words if time else "", names if not time else (), kind)

    def _claims(self, kind: str) -> Iterator[Page]:
        claims = self.model.claims.by_kind.get(kind, [])
        accepted = sum(claim.kind == kind and claim.is_fact for claim in self.model.claims.all.values())
        unplaced = [c for c in self.model.claims.all.values() if c.kind == kind and c.is_fact and not c.place.article]
        context = {
            "title": self.model.claims.plural(kind),
            "icon": self.model.claims.icon(kind),
            "definition": self.index.texts(kind, term(SKOS, "definition"))[:1],
            "term": Ref(Text(self.model.words.gettext("In the vocabulary")), self.model.addresses.href(kind)),
            "count": len(claims),
            "accepted": accepted,
        }
        statements = [
            self.statements.of_claim(claim)._replace(anchor="" if claim.place.article else claim_anchor(claim))
            for claim in (*claims, *unplaced)
        ]
        yield from self._paged(self.model.addresses.name(f"claims:{kind}"), "claims.html", context, statements, _CLAIMS)

    def _paged(
        self, name: str, template: str, context: dict[str, Any], items: Sequence[object], size: int
    ) -> Iterator[Page]:
        """Yield a list in pages of at most ``size`` items."""
        count = max(-(-len(items) // size), 1)
        paths = [f"{name}.html", *(f"{name}-{number}.html" for number in range(2, count + 1))]
        links = [Ref(Text(str(number)), path) for number, path in enumerate(paths, 1)]
        for number, path in enumerate(paths):
            own = {"entries": items[number * size : (number + 1) * size], "links": links if count > 1 else []}
            title = self.model.words.title(str(context["title"]), number)
            yield Page(path, title, template, {**context, **own, "number": number})

    # --- alphabet ------------------------------------------------------------------------------------------------

    def _alphabet(self) -> Iterator[Page]:
        entries: list[tuple[tuple[str, str], Ref, Ref | None]] = []
        title = self.model.words.gettext("A to Z")
        for node in self.model.things:
            ref = self.model.ref(node)
            entries.append((sorting_key(str(ref)), ref, None))
            others = {
                name.value: name
                for name in (*self.index.names(node), *self.index.other_names(node))
                if self.index.rank(name)[0] < len(self.index.languages) and name.value != str(ref)
            }
            entries += [(sorting_key(value), Ref(name), ref) for value, name in others.items()]
        letters: defaultdict[str, list[tuple[Ref, Ref | None]]] = defaultdict(list)
        for key, ref, see in sorted(entries, key=lambda entry: entry[0]):
            first = key[0][:1].upper()
            letters[first if first.isalpha() else "#"].append((ref, see))
        if len(entries) <= _LETTERS:
            sections = [(f"letter-{_letter(letter)}", letter, refs) for letter, refs in letters.items()]
            links = contents(title, ((f"#{a}", letter, 0) for a, letter, _ in sections), is_numbers=True)
            yield Page(
                "a-z.html", title, "alphabet.html", {"sections": sections, "contents": links, "count": len(entries)}
            )
            return
        hrefs = {letter: f"a-z/{_letter(letter)}" for letter in letters}
        index = [(Ref(Text(letter), f"{hrefs[letter]}.html"), len(refs)) for letter, refs in letters.items()]
        yield Page("a-z.html", title, "letters.html", {"letters": index, "count": len(entries)})
        for letter, refs in letters.items():
            context = {"letter": letter, "count": len(refs)}
            yield from self._paged(hrefs[letter], "letter.html", {**context, "title": Text(letter)}, refs, _ENTRIES)

    # --- tree ----------------------------------------------------------------------------------------------------

    def tree(self) -> list[tuple[Ref, tuple[Branch, ...]]]:
        """Return the concepts of the data as trees, one for each scheme; empty where no concept has a broader one."""
        concepts = [node for node in self.model.things if self.index.is_a(node, CONCEPT)]
        own, children = set(concepts), defaultdict[str, set[str]](set)
        for node in concepts:
            for other in self.index.objects(node, BROADER):
                children[other].add(node)
            children[node].update(own.intersection(self.index.objects(node, NARROWER)))
        narrower = set[str]().union(*children.values())
        if not narrower:
            return []
        roots = [node for node in concepts if node not in narrower or any(self.index.objects(node, t) for t in TOP)]
        schemes = [node for node in self.model.things if self.index.is_a(node, SCHEME)] or [""]
        found = []
        for scheme in schemes:
            tops = [node for node in roots if len(schemes) == 1 or scheme in self._schemes(node)]
            ref = self.model.ref(scheme) if scheme else Ref(Text(self.model.words.gettext("All concepts")))
            found.append((ref, tuple(self._branch(node, children, frozenset()) for node in self._sorted(tops))))
        return found

    def _schemes(self, node: str) -> set[str]:
        return {o for name in (IN_SCHEME, TOP[0]) for o in self.index.objects(node, name)}

    def _branch(self, node: str, children: dict[str, set[str]], above: frozenset[str]) -> Branch:
        above |= {node}
        below = [] if len(above) > _DEPTH else self._sorted(children.get(node, set()) - above)
        return Branch(self.model.ref(node), tuple(self._branch(child, children, above) for child in below))

    def _sorted(self, nodes: Iterable[str]) -> list[str]:
        return sorted(nodes, key=lambda node: (self.index.name_key(node), natural_key(node)))


def _letter(letter: str) -> str:
    return letter if letter.isascii() and letter.isalpha() else f"u{ord(letter):04x}"
