"""Compile each SHACL shape to a closure over a graph and a node that tells whether the node conforms (SHACL, 3.4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from publisher.build.screen.constraints import FALSE, SETS, TRUE, VALUE, WANTING, Check, SetCheck, of_sets, of_values
from publisher.build.screen.paths import TYPE, Description, Graph, Path
from publisher.build.screen.reader import CLASS, SH, TARGETS, LeftError, Shapes, number, one

_SILENT: Final = {"name", "description", "order", "group", "message", "severity", "defaultValue"}
_ELSEWHERE: Final = {"path", "deactivated", "qualifiedMinCount", "qualifiedMaxCount", "ignoredProperties"}
_WITH_SHAPES: Final = {"property", "node", "not", "and", "or", "xone"}
_MANY: Final = _WITH_SHAPES | {"class", "hasValue", "equals", "disjoint", "lessThan", "lessThanOrEquals"}
_PATH_ONLY: Final = {
    *("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"),
    *("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount"),
}
_KNOWN: Final = {*_ELSEWHERE, *_WITH_SHAPES, *VALUE, *SETS, "qualifiedValueShape", "closed"}
_TYPES: Final = {SH + "NodeShape>", SH + "PropertyShape>", CLASS}


class _Property(NamedTuple):
    """The checks of a property shape; ``wanting`` are those of the sets that matter where there are no values."""

    predicate: str
    wanting: tuple[SetCheck, ...]
    sets: tuple[SetCheck, ...]
    values: tuple[Check, ...]


class Compiler:
    """Compile the shapes of a graph, each once."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._done: dict[str, Check | None] = {}
        # Property shapes whose path is a predicate: the description of a focus node is looked up once for them all.
        self._properties: dict[str, _Property] = {}

    def check(self, shape: str) -> Check:
        """Compile a shape. Raises ``LeftError``, also for one that refers to itself."""
        if shape in self._done:
            done = self._done[shape]
            if done is None:
                raise LeftError(shape)
            return done
        said = self.shapes.graph.describe(shape)
        if self.shapes.is_custom or not said:
            raise LeftError(shape)
        self._done[shape] = None
        self._done[shape] = found = self._shape(shape, said)
        return found

    def _shape(self, shape: str, said: Description) -> Check:
        known = _parameters(shape, said)
        values: list[Check] = []
        sets: dict[str, list[SetCheck]] = {}
        for name in sorted(known - _ELSEWHERE - {"property"}):
            for o in said[SH + name + ">"]:
                if name in VALUE:
                    values.append(of_values(self.shapes, name, o))
                elif name in SETS:
                    sets.setdefault(name, []).append(of_sets(name, o))
                elif name == "qualifiedValueShape":
                    sets[name] = [self._qualified(o, said)]
                else:
                    values += self._closed(o, said) if name == "closed" else self._nested(name, o)
        values += self._all_properties(said.get(SH + "property>", ()))
        every = tuple(each for name in sets for each in sets[name])
        path = self.shapes.path(one(said, "path")) if "path" in known else None
        if said.get(SH + "deactivated>") == [TRUE]:
            return lambda _graph, _node: True
        if path is None:
            return _node_shape(tuple(values), every)
        if (predicate := one(said, "path"))[0] == "<":
            wanting = tuple(each for name in sets if name in WANTING for each in sets[name])
            self._properties[shape] = _Property(predicate, wanting, every, tuple(values))
        return _property_shape(path, tuple(values), every)

    def _all_properties(self, names: Iterable[str]) -> list[Check]:
        checks: list[Check] = []
        simple: list[_Property] = []
        for name in names:
            if SH + "path>" not in self.shapes.graph.describe(name):
                raise LeftError(name)
            check = self.check(name)
            if name in self._properties:
                simple.append(self._properties[name])
            else:
                checks.append(check)
        return [_simple(tuple(simple)), *checks] if simple else checks

    def _nested(self, name: str, o: str) -> list[Check]:
        if name == "node":
            return [self.check(o)]
        if name == "not":
            inner = self.check(o)
            return [lambda graph, node: not inner(graph, node)]
        checks = [self.check(item) for item in self.shapes.items(o)]
        if name == "and":
            return checks
        if name == "or":
            return [lambda graph, node: any(check(graph, node) for check in checks)]
        return [lambda graph, node: sum(check(graph, node) for check in checks) == 1]

    def _closed(self, o: str, said: Description) -> list[Check]:
        if o not in (TRUE, FALSE):
            raise LeftError(o)
        describe = self.shapes.graph.describe
        own = [p for each in said.get(SH + "property>", ()) for p in describe(each).get(SH + "path>", ())]
        ignored = [p for head in said.get(SH + "ignoredProperties>", ()) for p in self.shapes.items(head)]
        allowed = {*own, *ignored}
        return [lambda graph, node: graph.describe(node).keys() <= allowed] if o == TRUE else []

    def _qualified(self, o: str, said: Description) -> SetCheck:
        inner = self.check(o)
        least = number(one(said, "qualifiedMinCount")) if SH + "qualifiedMinCount>" in said else 0
        most = number(one(said, "qualifiedMaxCount")) if SH + "qualifiedMaxCount>" in said else 1 << 60
        return lambda graph, _focus, values: least <= sum(inner(graph, value) for value in values) <= most


def _parameters(shape: str, said: Description) -> set[str]:
    """Return the parameters of a shape. Raises ``LeftError`` for a combination that is not understood exactly."""
    names = {p[len(SH) : -1] for p in said if p.startswith(SH)}
    known = names - _SILENT - TARGETS.keys()
    types, flag = set(said.get(TYPE, ())), said.get(SH + "deactivated>", [FALSE])
    is_property = "path" in known
    is_odd = (
        not known <= _KNOWN
        or any(len(said[SH + name + ">"]) > 1 for name in known - _MANY)
        or (not is_property and known & _PATH_ONLY)
        or types - _TYPES
        or (SH + "NodeShape>" if is_property else SH + "PropertyShape>") in types
        or ("qualifiedValueShape" in known and not known & {"qualifiedMinCount", "qualifiedMaxCount"})
        or flag not in ([TRUE], [FALSE])
    )
    if is_odd:
        raise LeftError(shape)
    return known


def _node_shape(values: tuple[Check, ...], sets: tuple[SetCheck, ...]) -> Check:
    if len(values) == 1 and not sets:
        return values[0]

    def check(graph: Graph, node: str) -> bool:
        for value_check in values:
            if not value_check(graph, node):
                return False
        return not sets or all(each(graph, node, [node]) for each in sets)

    return check


def _property_shape(path: Path, values: tuple[Check, ...], sets: tuple[SetCheck, ...]) -> Check:
    return lambda graph, node: _holds(graph, node, path(graph, node), sets, values)


def _simple(properties: tuple[_Property, ...]) -> Check:
    def check(graph: Graph, node: str) -> bool:
        said = graph.describe(node)
        for predicate, wanting, sets, values in properties:
            found = said.get(predicate)
            if found is not None:
                if not _holds(graph, node, found, sets, values):
                    return False
            elif wanting and not _holds(graph, node, [], wanting, ()):
                return False
        return True

    return check


def _holds(graph: Graph, node: str, found: list[str], sets: tuple[SetCheck, ...], values: tuple[Check, ...]) -> bool:
    for each in sets:
        if not each(graph, node, found):
            return False
    for value in found:
        for check in values:
            if not check(graph, value):
                return False
    return True
