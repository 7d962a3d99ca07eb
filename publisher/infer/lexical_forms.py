"""Keep the lexical forms of literals that rules copy: Oxigraph stores values, so ``"1.50"`` comes back as ``"1.5"``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import pyoxigraph as ox

from publisher.infer.tracing import TracedRule, fill, rows, trace
from publisher.rdf.ntriples import NTriple, format_ntriples, to_ntriples
from publisher.rdf.vocab import Term
from publisher.workspace.sources import Rule


class LexicalForms:
    """The literals of some triples that a store writes in another form.

    The triples are read when a rule first derives a typed literal, and must not change until then.
    """

    def __init__(self, triples: Iterable[NTriple]) -> None:
        self._triples = triples

    @cached_property
    def _objects(self) -> Mapping[str, Mapping[tuple[str, str], set[str]]]:
        """The forms of literals by the form in which a store returns them, and by subject and predicate."""
        literals = [triple for triple in self._triples if _is_typed(triple[2])]
        canonical = _stored({o for _, _, o in literals})
        objects = {form: defaultdict[tuple[str, str], set[str]](set) for o, form in canonical.items() if form != o}
        for s, p, o in literals:
            if canonical[o] in objects:
                objects[canonical[o]][s, p].add(o)
        return objects

    def restore(self, rule: Rule, derived: set[NTriple], store: ox.Store) -> set[NTriple]:
        """Return what a rule derives from ``store`` with the lexical forms of the triples that it matched.

        A literal that the rule computes stays as it is.
        """
        typed = {triple for triple in derived if _is_typed(triple[2])}
        copied = {triple for triple in typed if triple[2] in self._objects}
        traced = trace(rule) if copied else None
        if traced is None:
            return derived
        return (derived - copied) | set(self._copies(traced, copied, store))

    def _copies(self, rule: TracedRule, copied: set[NTriple], store: ox.Store) -> Iterator[NTriple]:
        for bound in rows(store, rule.select):
            for pattern in rule.template:
                triple = fill(pattern, bound)
                for s, p, o in to_ntriples([triple]) if triple else ():
                    if (s, p, o) in copied:
                        yield from ((s, p, form) for form in self._forms(rule, pattern[2], o, bound))

    def _forms(self, rule: TracedRule, variable: object, literal: str, bound: dict[str, Term]) -> set[str]:
        """Return the forms that all patterns with ``variable`` as their object match."""
        found = []
        for s, p, o in (pattern for group in rule.groups for pattern in group if pattern[2] == variable):
            subject, predicate = (str(bound.get(slot, "")) if isinstance(slot, str) else str(slot) for slot in (s, p))
            if o == variable and (forms := self._objects[literal].get((subject, predicate))):
                found.append(forms)
        return set.intersection(*found) if found else {literal}


def _is_typed(term: str) -> bool:
    return term[0] == '"' and term[-1] == ">"


def _stored(literals: set[str]) -> dict[str, str]:
    """Return each literal with the form in which a store returns it."""
    ordered, store = sorted(literals), ox.Store()
    lines = format_ntriples((f"<urn:x:{number}>", "<urn:x>", literal) for number, literal in enumerate(ordered))
    store.bulk_load(lines.encode(), format=ox.RdfFormat.N_TRIPLES)
    forms = to_ntriples(quad.triple for quad in store)
    return {ordered[int(s[len("<urn:x:") : -1])]: o for s, _, o in forms}
