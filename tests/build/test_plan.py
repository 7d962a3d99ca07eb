"""The plan of evaluation is analysed again exactly when the data have what changes it."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.build.analysis import analyse
from publisher.build.cache import decode, encode
from publisher.build.plan import ANY, REIFIED, TYPE, Analysis
from publisher.infer import Schema
from publisher.workspace.sources import Rule

SHAPES = """
prefix : <urn:x:> prefix sh: <http://www.w3.org/ns/shacl#> prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
:own a sh:NodeShape ; sh:targetClass :A ; sh:property :own-p . :own-p sh:path :p ; sh:minCount 1 .
:forward a sh:NodeShape ; sh:targetClass :A ; sh:property :forward-p . :forward-p sh:path ( :p :q ) ; sh:maxCount 2 .
:inverse a sh:NodeShape ; sh:targetClass :B ; sh:property :inverse-p . :inverse-p sh:path [ sh:inversePath :r ] .
:absent a sh:NodeShape ; sh:targetSubjectsOf :p ; sh:sparql [
  sh:select "SELECT $this { $this <urn:x:p> ?o FILTER NOT EXISTS { ?o <urn:x:code> ?c . ?c a <urn:x:B> } }" ] .
:claims a sh:NodeShape ; sh:targetSubjectsOf rdf:predicate ; sh:sparql [ sh:select '''
  SELECT $this { $this <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> ?x ;
    <http://www.w3.org/1999/02/22-rdf-syntax-ns#predicate> ?p ; <http://www.w3.org/1999/02/22-rdf-syntax-ns#object> ?y .
    FILTER EXISTS { ?x ?p ?y } }''' ] .
"""
RULE = "CONSTRUCT { ?x <urn:x:derived> ?y } WHERE { ?x <urn:x:s> ?y . ?x a <urn:x:A> }"
P, Q, R, S, CODE, NOTE = (f"<urn:x:{name}>" for name in ("p", "q", "r", "s", "code", "note"))
A, B = "a <urn:x:A>", "a <urn:x:B>"
KEYS = (P, Q, R, S, CODE, NOTE, A, B, TYPE, ANY, REIFIED + P, REIFIED + NOTE, "<urn:x:derived>", "<urn:x:sub>")
SCHEMA = Schema(
    superclasses={"<urn:x:B>": frozenset({"<urn:x:A>"})},
    superproperties={"<urn:x:sub>": frozenset({CODE})},
    domains={Q: frozenset({"<urn:x:B>"})},
    ranges={NOTE: frozenset({"<urn:x:A>"})},
    inverses={S: frozenset({R})},
    transitive=frozenset({P}),
    unsupported=(),
)


def analysed(keys: set[str]) -> Analysis:
    shapes = [quad.triple for quad in ox.parse(SHAPES, format=ox.RdfFormat.TURTLE)]
    analysis = analyse(shapes, (Rule(Path("rule.rq"), RULE),), SCHEMA, keys)
    return decode(encode(analysis), Analysis)


@given(st.sets(st.sampled_from(KEYS)), st.sets(st.sampled_from(KEYS)))
def test_a_plan_that_holds_is_what_the_analysis_returns(before: set[str], after: set[str]) -> None:
    old, new = analysed(before), analysed(after)
    assert old.holds(before, SCHEMA)
    if old.holds(after, SCHEMA):
        assert old.plan == new.plan


@pytest.mark.parametrize(
    ("key", "holds"),
    [
        ("<urn:x:unheard-of>", True),
        ("a <urn:x:Unheard-of>", True),
        (REIFIED + "<urn:x:unheard-of>", False),
        (CODE, False),
        ("<urn:x:sub>", False),
        (ANY, False),
    ],
)
def test_a_predicate_that_nothing_mentions_leaves_the_plan(key: str, *, holds: bool) -> None:
    keys = {P, Q, R, S, A, REIFIED + P}
    assert analysed(keys).holds({*keys, key}, SCHEMA) == holds
