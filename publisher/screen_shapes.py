"""Compile each SHACL shape to a closure over a graph and a node that tells whether the node conforms (SHACL, 3.4.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from publisher import screen_paths as paths
from publisher.screen_paths import TYPE, Graph, Path
from publisher.screen_values import (
    UnsureError,
    compare,
    compile_pattern,
    has_datatype,
    literal_of,
    matches,
    text_of,
)

Check = Callable[[Graph, str], bool]
Target = tuple[str, str]  # ("class" | "node" | "subjects" | "objects", term)

_RDF: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SH: Final = "<http://www.w3.org/ns/shacl#"
_RDFS_CLASS: Final = "<http://www.w3.org/2000/01/rdf-schema#Class>"
_TRUE: Final = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'
_FALSE: Final = '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'
_TARGETS: Final = {
    "targetClass": "class",
    "targetNode": "node",
    "targetSubjectsOf": "subjects",
    "targetObjectsOf": "objects",
}
_SILENT: Final = {"name", "description", "order", "group", "message", "severity", "defaultValue"}
_ELSEWHERE: Final = {"path", "deactivated", "qualifiedMinCount", "qualifiedMaxCount", "ignoredProperties"}
_MANY: Final = {
    *("class", "hasValue", "not", "node", "property", "and", "or", "xone"),
    *("equals", "disjoint", "lessThan", "lessThanOrEquals"),
}
_PATH_ONLY: Final = {
    *("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"),
    *("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount"),
}
_KINDS: Final = {"IRI": "<", "BlankNode": "_", "Literal": '"'}
_TYPES: Final = {_SH + "NodeShape>", _SH + "PropertyShape>", _RDFS_CLASS}


class LeftError(Exception):
    """Something that only the reference understands."""


class Compiler:
    """Shapes and the class hierarchy, with what was compiled so far."""

    def __init__(self, shapes: Graph, ontology: Graph) -> None:
        self.graph = shapes
        self.edges = ontology.edges
        self._below: dict[str, list[str]] = {}
        for sub, sup in sorted(self.edges):
            self._below.setdefault(sup, []).append(sub)
        self._done: dict[str, Check | None] = {}
        self._custom = any(
            o in (_SH + "ConstraintComponent>", _SH + "SPARQLTargetType>") or p == _SH + "entailment>"
            for _, p, o in shapes.facts
        )

    # --- the shapes graph ---------------------------------------------------------------------------

    def shapes(self) -> list[str]:
        """Return what is declared a shape or has a target."""
        marks = {_SH + name + ">" for name in _TARGETS}
        kinds = _TYPES - {_RDFS_CLASS}
        nodes = self.graph.own.items()
        return [node for node, said in nodes if marks & said.keys() or kinds & set(said.get(TYPE, ()))]

    def targets(self, shape: str) -> list[Target]:
        """Return where focus nodes are looked for (SHACL, 2.1.3)."""
        said = self.graph.describe(shape)
        found = [(kind, o) for name, kind in _TARGETS.items() for o in said.get(_SH + name + ">", ())]
        if any(name[0] != "<" for kind, name in found if kind != "node"):
            raise LeftError(shape)
        return [*found, ("class", shape)] if _RDFS_CLASS in said.get(TYPE, ()) else found

    def subclasses(self, kind: str) -> set[str]:
        """Return the class and those below it."""
        found, waiting = {kind}, [kind]
        while waiting:
            for sub in self._below.get(waiting.pop(), ()):
                if sub not in found:
                    found.add(sub)
                    waiting.append(sub)
        return found

    def items(self, head: str) -> list[str]:
        """Return the members of a list. Raises ``LeftError`` for one that is ill-formed."""
        found: list[str] = []
        seen: set[str] = set()
        while head != _RDF + "nil>":
            said = self.graph.describe(head)
            first, rest = said.get(_RDF + "first>", []), said.get(_RDF + "rest>", [])
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise LeftError(head)
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return found

    def path(self, node: str) -> Path:
        """Compile a property path (SHACL, 2.3.1)."""
        if node[0] == "<":
            return paths.predicate(node)
        said = self.graph.describe(node)
        if set(said) == {_RDF + "first>", _RDF + "rest>"}:
            steps = self.items(node)
            if len(steps) > 1:
                return paths.sequence([self.path(step) for step in steps])
        if len(said) != 1 or len(next(iter(said.values()))) != 1:
            raise LeftError(node)
        (kind, (inner,)) = next(iter(said.items()))
        match kind.removeprefix(_SH):
            case "inversePath>" if inner[0] == "<":
                return paths.inverse_predicate(inner)
            case "alternativePath>":
                choices = self.items(inner)
                if len(choices) > 1:
                    return paths.alternative([self.path(choice) for choice in choices])
            case "zeroOrMorePath>" | "oneOrMorePath>" as name:
                return paths.repeated(self.path(inner), zero=name.startswith("zero"))
            case "zeroOrOnePath>":
                return paths.optional(self.path(inner))
        raise LeftError(node)

    # --- shapes -------------------------------------------------------------------------------------

    def check(self, shape: str) -> Check:
        """Compile a shape. Raises ``LeftError``, also for one that refers to itself."""
        if shape in self._done:
            done = self._done[shape]
            if done is None:
                raise LeftError(shape)
            return done
        said = self.graph.describe(shape)
        if self._custom or not said:
            raise LeftError(shape)
        self._done[shape] = None
        self._done[shape] = found = self._shape(shape, said)
        return found

    def _shape(self, shape: str, said: dict[str, list[str]]) -> Check:
        known = self._parameters(shape, said)
        path = self.path(_one(said, "path")) if "path" in known else None
        values: list[Check] = []
        sets: list[Callable[[Graph, str, list[str]], bool]] = []
        for name in known - _ELSEWHERE:
            for o in said[_SH + name + ">"]:
                if name in ("property", "node", "not", "and", "or", "xone", "class", "closed"):
                    values += self._nested(name, o, said)
                elif name in _VALUE:
                    values.append(_VALUE[name](self, o))
                else:
                    sets.append(self._set(name, o, said))
        if said.get(_SH + "deactivated>") == [_TRUE]:
            return lambda _graph, _node: True
        if path is None:
            return _node_shape(values, sets)
        return _property_shape(path, values, sets)

    def _parameters(self, shape: str, said: dict[str, list[str]]) -> set[str]:
        names = {p[len(_SH) : -1] for p in said if p.startswith(_SH)}
        known = names - _SILENT - _TARGETS.keys()
        unknown = known - _ELSEWHERE - _MANY - _VALUE.keys() - _SETS - {"closed", "pattern"}
        doubled = [n for n in known - _MANY if len(said[_SH + n + ">"]) > 1]
        astray = known & _PATH_ONLY if "path" not in known else known & set()
        flag = said.get(_SH + "deactivated>", [_FALSE])
        odd = set(said.get(TYPE, ())) - _TYPES or (("path" in known) and _SH + "NodeShape>" in said.get(TYPE, ()))
        lone = "path" not in known and _SH + "PropertyShape>" in said.get(TYPE, ())
        half = "qualifiedValueShape" in known and not known & {"qualifiedMinCount", "qualifiedMaxCount"}
        if unknown or doubled or astray or odd or lone or half or flag not in ([_TRUE], [_FALSE]):
            raise LeftError(shape)
        return known

    def _nested(self, name: str, o: str, said: dict[str, list[str]]) -> list[Check]:
        match name:
            case "property":
                if _SH + "path>" not in self.graph.describe(o):
                    raise LeftError(o)
                return [self.check(o)]
            case "node":
                return [self.check(o)]
            case "class":
                return [_class(o, frozenset(self.subclasses(o)))]
            case "closed":
                return self._closed(o, said)
            case "not":
                inner = self.check(o)
                return [lambda graph, node: not inner(graph, node)]
        checks = [self.check(item) for item in self.items(o)]
        if name == "and":
            return checks
        if name == "or":
            return [lambda graph, node: any(check(graph, node) for check in checks)]
        return [lambda graph, node: sum(check(graph, node) for check in checks) == 1]

    def _closed(self, o: str, said: dict[str, list[str]]) -> list[Check]:
        if o not in (_TRUE, _FALSE):
            raise LeftError(o)
        own = [p for each in said.get(_SH + "property>", ()) for p in self.graph.describe(each).get(_SH + "path>", ())]
        ignored = [p for head in said.get(_SH + "ignoredProperties>", ()) for p in self.items(head)]
        allowed = {*own, *ignored}
        return [lambda graph, node: graph.describe(node).keys() <= allowed] if o == _TRUE else []

    def _set(self, name: str, o: str, said: dict[str, list[str]]) -> Callable[[Graph, str, list[str]], bool]:
        match name:
            case "minCount":
                least = _number(o)
                return lambda _graph, _focus, values: len(values) >= least
            case "maxCount":
                most = _number(o)
                return lambda _graph, _focus, values: len(values) <= most
            case "hasValue":
                return lambda _graph, _focus, values: o in values
            case "uniqueLang" if o in (_TRUE, _FALSE):
                return lambda _graph, _focus, values: o == _FALSE or _unique(values)
            case "qualifiedValueShape":
                return self._qualified(o, said)
            case "equals" | "disjoint" | "lessThan" | "lessThanOrEquals" if o[0] == "<":
                return partial(_PAIRS[name], o)
        raise LeftError(o)

    def _qualified(self, o: str, said: dict[str, list[str]]) -> Callable[[Graph, str, list[str]], bool]:
        inner = self.check(o)
        least = _number(_one(said, "qualifiedMinCount")) if _SH + "qualifiedMinCount>" in said else 0
        most = _number(_one(said, "qualifiedMaxCount")) if _SH + "qualifiedMaxCount>" in said else 1 << 60
        return lambda graph, _focus, values: least <= sum(inner(graph, value) for value in values) <= most


def _one(said: dict[str, list[str]], name: str) -> str:
    found = said.get(_SH + name + ">", [])
    if len(found) != 1:
        raise LeftError(name)
    return found[0]


def _number(term: str) -> int:
    if not term.endswith("XMLSchema#integer>") or not term[1 : term.rindex('"')].isdecimal():
        raise LeftError(term)
    return int(term[1 : term.rindex('"')])


def _node_shape(values: list[Check], sets: list[Callable[[Graph, str, list[str]], bool]]) -> Check:
    def check(graph: Graph, node: str) -> bool:
        for value_check in values:
            if not value_check(graph, node):
                return False
        return not sets or all(each(graph, node, [node]) for each in sets)

    return check


def _property_shape(path: Path, values: list[Check], sets: list[Callable[[Graph, str, list[str]], bool]]) -> Check:
    def check(graph: Graph, node: str) -> bool:
        found = path(graph, node)
        for each in sets:
            if not each(graph, node, found):
                return False
        for value in found:
            for value_check in values:
                if not value_check(graph, value):
                    return False
        return True

    return check


# --- constraint components ---------------------------------------------------------------------------


def _class(kind: str, kinds: frozenset[str]) -> Check:
    if kind[0] != "<":
        raise LeftError(kind)
    return lambda graph, node: not kinds.isdisjoint(graph.describe(node).get(TYPE, ()))


def _datatype(_compiler: Compiler, o: str) -> Check:
    if o[0] != "<":
        raise LeftError(o)
    return lambda _graph, node: has_datatype(node, o[1:-1])


def _node_kind(_compiler: Compiler, o: str) -> Check:
    starts = tuple(_KINDS[name] for name in o[len(_SH) : -1].split("Or") if name in _KINDS)
    if not starts or not o.startswith(_SH):
        raise LeftError(o)
    return lambda _graph, node: node[0] in starts


def _in(compiler: Compiler, o: str) -> Check:
    members = frozenset(compiler.items(o))
    return lambda _graph, node: node in members


def _pattern(_compiler: Compiler, o: str) -> Check:
    pattern = compile_pattern(literal_of(o)[0]) if o[0] == '"' else None
    if pattern is None:
        raise LeftError(o)
    return lambda _graph, node: matches(node, pattern)


def _length(right: Callable[[int, int], bool]) -> Callable[[Compiler, str], Check]:
    def build(_compiler: Compiler, o: str) -> Check:
        bound = _number(o)
        return lambda _graph, node: (text := text_of(node)) is not None and right(len(text), bound)

    return build


def _range(right: Callable[[int], bool]) -> Callable[[Compiler, str], Check]:
    def build(_compiler: Compiler, o: str) -> Check:
        try:
            compare(o, o)
        except UnsureError:
            raise LeftError(o) from None
        return lambda _graph, node: right(compare(node, o))

    return build


def _language_in(compiler: Compiler, o: str) -> Check:
    ranges = [literal_of(item)[0].lower() for item in compiler.items(o) if item[0] == '"']
    if "*" in ranges or len(ranges) != len(compiler.items(o)):
        raise LeftError(o)

    def check(_graph: Graph, node: str) -> bool:
        language = literal_of(node)[1] if node[0] == '"' else ""
        return bool(language) and any(language == r or language.startswith(r + "-") for r in ranges)

    return check


def _unique(values: list[str]) -> bool:
    languages = [language for value in values if value[0] == '"' and (language := literal_of(value)[1])]
    return len(languages) == len(set(languages))


def _equals(o: str, graph: Graph, focus: str, values: list[str]) -> bool:
    return set(values) == set(graph.describe(focus).get(o, ()))


def _disjoint(o: str, graph: Graph, focus: str, values: list[str]) -> bool:
    others = graph.describe(focus).get(o)
    return not others or set(values).isdisjoint(others)


def _less(o: str, graph: Graph, focus: str, values: list[str]) -> bool:
    others = graph.describe(focus).get(o, ())
    return all(compare(value, other) < 0 for value in values for other in others)


def _less_or_equal(o: str, graph: Graph, focus: str, values: list[str]) -> bool:
    others = graph.describe(focus).get(o, ())
    return all(compare(value, other) <= 0 for value in values for other in others)


_PAIRS: Final = {"equals": _equals, "disjoint": _disjoint, "lessThan": _less, "lessThanOrEquals": _less_or_equal}
_SETS: Final = {"minCount", "maxCount", "hasValue", "uniqueLang", "qualifiedValueShape", *_PAIRS}
_VALUE: Final[dict[str, Callable[[Compiler, str], Check]]] = {
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "in": _in,
    "pattern": _pattern,
    "minLength": _length(lambda length, bound: length >= bound),
    "maxLength": _length(lambda length, bound: length <= bound),
    "minInclusive": _range(lambda order: order >= 0),
    "maxInclusive": _range(lambda order: order <= 0),
    "minExclusive": _range(lambda order: order > 0),
    "maxExclusive": _range(lambda order: order < 0),
    "languageIn": _language_in,
}
