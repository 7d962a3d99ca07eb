"""Bring all triples of a thing to the part that owns it, and to others what they need to see of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

from publisher.build.part import is_node, names_in_triples
from publisher.build.partition import divided, holders, name_hash, table
from publisher.rdf.ntriples import NTriple


class Owners:
    """Which part owns a thing: the first one whose files describe it. Things are known by the hashes of their names."""

    def __init__(self, subjects: Sequence[bytes]) -> None:
        """Take the sorted hashes of what each part describes."""
        self._subjects = subjects
        self.ceded: list[dict[int, int]] = [{} for _ in subjects]
        for value, numbers in divided(subjects).items():
            for number in numbers[1:]:
                self.ceded[number][value] = numbers[0]

    def find(self, values: Iterable[int]) -> dict[int, int]:
        """Return the number of the part that owns each thing, without things that no file describes."""
        return holders(self._subjects, values)

    def owned(self, number: int) -> set[int]:
        """Return what a part owns."""
        return set(table(self._subjects[number])) - self.ceded[number].keys()

    def deliver(self, triples: Iterable[NTriple]) -> dict[int, list[NTriple]]:
        """Return triples by the part that owns their subject, without those about what no file describes."""
        by_subject: dict[int, list[NTriple]] = defaultdict(list)
        for triple in triples:
            by_subject[name_hash(triple[0])].append(triple)
        delivered: dict[int, list[NTriple]] = defaultdict(list)
        for value, number in self.find(by_subject).items():
            delivered[number] += by_subject[value]
        return delivered


def wanted(owners: Owners, named: Sequence[set[int]]) -> list[list[int]]:
    """Return for each part which of its things others name; ``named`` is what each names and does not own."""
    found: list[list[int]] = [[] for _ in named]
    for value, number in owners.find(set[int]().union(*named)).items():
        found[number].append(value)
    return [sorted(values) for values in found]


class Offers:
    """What the parts offer of things that others name: asserted and inferred triples."""

    def __init__(self) -> None:
        self._things: dict[int, tuple[list[NTriple], list[NTriple]]] = {}

    def add(self, asserted: Iterable[NTriple], inferred: Iterable[NTriple]) -> None:
        """Take in what one part offers."""
        for kind, triples in enumerate((asserted, inferred)):
            for triple in triples:
                self._things.setdefault(name_hash(triple[0]), ([], []))[kind].append(triple)

    def fringe(self, named: set[int], owned: Container[int], depth: int) -> tuple[list[NTriple], list[NTriple]]:
        """Return what a part sees of things that it does not own, up to ``depth`` steps away from its own."""
        asserted, inferred = list[NTriple](), list[NTriple]()
        level, seen = named & self._things.keys(), set[int]()
        for _ in range(depth):
            following = set[int]()
            for value in sorted(level):
                one, other = self._things[value]
                asserted += one
                inferred += other
                following.update(name_hash(name) for name in names_in_triples((*one, *other)) if is_node(name))
            seen |= level
            level = {value for value in (following & self._things.keys()) - seen if value not in owned}
        return asserted, inferred
