"""Compile single constraints to closures (SHACL, 4.1 to 4.5, 4.8): on one value, or on all values of a focus node."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from publisher.build.screen.paths import TYPE, Graph
from publisher.build.screen.reader import SH, LeftError, Shapes, number
from publisher.build.screen.values import (
    UnsureError,
    compare,
    compile_pattern,
    has_datatype,
    literal_of,
    matches,
    text_of,
)

Check = Callable[[Graph, str], bool]
SetCheck = Callable[[Graph, str, list[str]], bool]

TRUE: Final = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'
FALSE: Final = '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'
_KINDS: Final = {"IRI": "<", "BlankNode": "_", "Literal": '"'}


def of_values(shapes: Shapes, name: str, o: str) -> Check:
    """Compile a constraint on each value. Raises ``LeftError`` for what is not understood exactly."""
    return _VALUE[name](shapes, o)


def of_sets(name: str, o: str) -> SetCheck:
    """Compile a constraint on the values together. Raises ``LeftError`` for what is not understood exactly."""
    match name:
        case "minCount":
            least = number(o)
            return lambda _graph, _focus, values: len(values) >= least
        case "maxCount":
            most = number(o)
            return lambda _graph, _focus, values: len(values) <= most
        case "hasValue":
            return lambda _graph, _focus, values: o in values
        case "uniqueLang" if o in (TRUE, FALSE):
            return _unique if o == TRUE else lambda _graph, _focus, _values: True
        case "equals" | "disjoint" | "lessThan" | "lessThanOrEquals" if o[0] == "<":
            return partial(_PAIRS[name], o)
    raise LeftError(o)


def _class(shapes: Shapes, o: str) -> Check:
    if o[0] != "<":
        raise LeftError(o)
    kinds = frozenset(shapes.subclasses(o))
    return lambda graph, node: not kinds.isdisjoint(graph.describe(node).get(TYPE, ()))


def _datatype(_shapes: Shapes, o: str) -> Check:
    if o[0] != "<":
        raise LeftError(o)
    return lambda _graph, node: has_datatype(node, o[1:-1])


def _node_kind(_shapes: Shapes, o: str) -> Check:
    names = o[len(SH) : -1].split("Or")
    if not o.startswith(SH) or not _KINDS.keys() >= set(names):
        raise LeftError(o)
    starts = tuple(_KINDS[name] for name in names)
    return lambda _graph, node: node[0] in starts


def _in(shapes: Shapes, o: str) -> Check:
    members = frozenset(shapes.items(o))
    return lambda _graph, node: node in members


def _pattern(_shapes: Shapes, o: str) -> Check:
    pattern = compile_pattern(literal_of(o)[0]) if o[0] == '"' else None
    if pattern is None:
        raise LeftError(o)
    return lambda _graph, node: matches(node, pattern)


def _length(right: Callable[[int, int], bool]) -> Callable[[Shapes, str], Check]:
    def build(_shapes: Shapes, o: str) -> Check:
        bound = number(o)
        return lambda _graph, node: (text := text_of(node)) is not None and right(len(text), bound)

    return build


def _range(right: Callable[[int], bool]) -> Callable[[Shapes, str], Check]:
    def build(_shapes: Shapes, o: str) -> Check:
        try:
            compare(o, o)
        except UnsureError:
            raise LeftError(o) from None
        return lambda _graph, node: right(compare(node, o))

    return build


def _language_in(shapes: Shapes, o: str) -> Check:
    ranges = [literal_of(item)[0].lower() for item in shapes.items(o) if item[0] == '"']
    if "*" in ranges or len(ranges) != len(shapes.items(o)):
        raise LeftError(o)

    def check(_graph: Graph, node: str) -> bool:
        language = literal_of(node)[1] if node[0] == '"' else ""
        return bool(language) and any(language == r or language.startswith(r + "-") for r in ranges)

    return check


def _unique(_graph: Graph, _focus: str, values: list[str]) -> bool:
    if len(values) == 1:
        return True
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
_VALUE: Final[dict[str, Callable[[Shapes, str], Check]]] = {
    "class": _class,
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
VALUE: Final = _VALUE.keys()
SETS: Final = {"minCount", "maxCount", "hasValue", "uniqueLang", *_PAIRS}
# Of no values at all these alone can be wrong.
WANTING: Final = {"minCount", "hasValue", "equals", "qualifiedValueShape"}
