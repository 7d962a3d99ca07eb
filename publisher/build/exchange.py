"""Bring all triples of a thing to the part that owns it, and to others what they need to see of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

from publisher.build.part import names_in_triples
from publisher.build.partition import divided, holders, name_hash, table
from publisher.build.plan import ANY, BLANK, TYPE
from publisher.rdf.ntriples import NTriple


class Owners:
    """Which part owns a thing: the first one whose files describe it. Things are known by the hashes of their names."""

    def __init__(self, subjects: Sequence[bytes]) -> None:
        """Take the sorted hashes of what each part describes."""
        self._subjects = subjects
        self.foreign: list[dict[int, int]] = [{} for _ in subjects]
        for value, numbers in divided(subjects).items():
            for number in numbers[1:]:
                self.foreign[number][value] = numbers[0]

    def find(self, values: Iterable[int]) -> dict[int, int]:
        """Return the number of the part that owns each thing, without things that no file describes."""
        return holders(self._subjects, values)

    def owned(self, number: int) -> set[int]:
        """Return what a part owns."""
        return set(table(self._subjects[number])) - self.foreign[number].keys()

    def wanted(self, named: Sequence[bytes]) -> list[list[int]]:
        """Return for each part which of its things others name; ``named`` has what each names and does not own."""
        found: list[list[int]] = [[] for _ in named]
        for value, number in self.find(set[int]().union(*map(table, named))).items():
            found[number].append(value)
        return found

    def find_subjects(self, triples: Iterable[NTriple]) -> dict[str, int]:
        """Return the number of the part that owns each subject, without subjects that no file describes."""
        names = {name_hash(name): name for name in {s for s, _, _ in triples}}
        return {names[value]: number for value, number in self.find(names).items()}


class Things:
    """Asserted and inferred triples by the things that they are about."""

    def __init__(self) -> None:
        self._things: dict[int, tuple[list[NTriple], list[NTriple]]] = {}

    def add(self, *groups: Iterable[NTriple]) -> None:
        """Take in asserted and inferred triples."""
        by_name: dict[str, tuple[list[NTriple], list[NTriple]]] = {}
        for kind, triples in enumerate(groups):
            for triple in triples:
                by_name.setdefault(triple[0], ([], []))[kind].append(triple)
        self._things.update((name_hash(name), lists) for name, lists in by_name.items())

    def near(
        self, start: set[int], depth: int, predicates: Container[str] | None = None, without: Container[int] = ()
    ) -> tuple[list[NTriple], list[NTriple]]:
        """Return the triples of things up to ``depth`` steps away; the first step leads to ``start``.

        With ``predicates`` only those with one of these, and types. Nothing is returned of things ``without``.
        """
        found = list[NTriple](), list[NTriple]()
        level, seen = start & self._things.keys(), set[int]()
        for steps in reversed(range(depth)):
            names = set[str]()
            for value in sorted(level):
                for number, group in enumerate(self._things[value]):
                    near = [t for t in group if predicates is None or t[1] in predicates or t[1] == TYPE]
                    found[number].extend(near)
                    if steps:
                        names |= names_in_triples(near)
            seen |= level
            following = self._things.keys() & map(name_hash, names)
            level = {value for value in following - seen if value not in without}
        return found


def select_triples(triples: list[NTriple], keys: Iterable[str]) -> list[list[NTriple]]:
    """Return for each of the keys under which triples are read those that it stands for, sorted."""
    selected: dict[str, list[NTriple]] = defaultdict(list)
    for triple in triples:
        selected[triple[1]].append(triple)
    for triple in selected[TYPE]:
        selected[f"a {triple[2]}"].append(triple)
    selected[ANY] = triples
    selected[BLANK] = [triple for triple in triples if "_" in (triple[0][0], triple[2][0])]
    return [sorted(selected[key]) for key in keys]
