from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from publisher.explain.targets import ShapeTarget, shape_names, targets, within
from publisher.rdf.vocab import SH

SHAPES = """PREFIX e: <http://e/> PREFIX sh: <http://www.w3.org/ns/shacl#>
e:DogShape a sh:NodeShape ; sh:targetClass e:Dog ; sh:property e:DogShape-name ; sh:node e:Base .
e:DogShape-name a sh:PropertyShape ; sh:path e:name .
e:Base a sh:NodeShape .
e:Knower a sh:NodeShape ; sh:targetSubjectsOf e:knows .
e:Known a sh:NodeShape ; sh:targetObjectsOf e:knows .
e:Rex a sh:NodeShape ; sh:targetNode e:rex .
"""
DATA = "PREFIX e: <http://e/> e:rex a e:Dog ; e:knows e:tim , e:ann ."


def _triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)]


def _e(name: str) -> NamedNode:
    return NamedNode("http://e/" + name)


@pytest.mark.parametrize(
    ("focus", "found"),
    [
        ("rex", [("DogShape", SH.targetClass), ("Knower", SH.targetSubjectsOf), ("Rex", SH.targetNode)]),
        ("tim", [("Known", SH.targetObjectsOf)]),
        ("eve", []),
    ],
)
def test_shapes_look_at_their_targets(focus: str, found: list[tuple[str, NamedNode]]) -> None:
    looking = list(targets(_e(focus), _triples(SHAPES), _triples(DATA)))
    assert [(target.shape, target.by) for target in looking] == [("http://e/" + name, by) for name, by in found]


def test_a_target_has_the_triple_that_makes_it_one() -> None:
    data = _triples(DATA)
    (known,) = targets(_e("tim"), _triples(SHAPES), data)
    assert known == ShapeTarget("http://e/Known", SH.targetObjectsOf, Triple(_e("rex"), _e("knows"), _e("tim")))


def test_a_shape_has_parts() -> None:
    parts = {name.rpartition("/")[2] for name in within("http://e/DogShape", _triples(SHAPES))}
    assert parts >= {"DogShape", "DogShape-name", "Base"}
    assert not parts & {"Knower", "Rex", "Dog"}


def test_all_shapes_are_known_by_name() -> None:
    assert shape_names(_triples(SHAPES)) == {
        f"http://e/{name}" for name in ("DogShape", "DogShape-name", "Base", "Knower", "Known", "Rex")
    }
