"""Random shapes, rules, axioms and data, cut into files at random: one result, whatever the parts and the cache."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.build.context import BuildContext
from publisher.build.pipeline import build
from publisher.errors import SourceError
from publisher.workspace.config import load_config
from tests.conftest import IN_CI

_TOML = """[dataset]
base = "https://t.example/"
title = "T"
description = "D"
license = "https://creativecommons.org/licenses/by/4.0/"
publisher = "P"
version = "1"
issued = 2026-11-27
[dumps]
formats = ["nt"]
"""
_NAMESPACES = {
    "id": "https://t.example/id/",
    "ex": "https://t.example/ns#",
    "s": "https://t.example/shapes#",
    "sh": "http://www.w3.org/ns/shacl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in _NAMESPACES.items())
_ONTOLOGY = (
    "<https://t.example/ns> a owl:Ontology .\n"
    "ex:A a owl:Class . ex:B a owl:Class ; rdfs:subClassOf ex:A . ex:C a owl:Class .\n"
    + "".join(f"ex:{p} a owl:ObjectProperty .\n" for p in "pqrz")
    + "ex:v a owl:DatatypeProperty .\n"
)
_AXIOMS = (
    "ex:q rdfs:range ex:C .",
    "ex:p owl:inverseOf ex:z .",
    "ex:r rdfs:subPropertyOf ex:z .",
    "ex:p a owl:SymmetricProperty .",
    "ex:q a owl:TransitiveProperty .",
    "ex:z rdfs:domain ex:A .",
)
_DECLARED = 's:o sh:declare [ sh:prefix "ex" ; sh:namespace "https://t.example/ns#"^^xsd:anyURI ] .\n'
_PROLOGUE = "PREFIX ex: <https://t.example/ns#> "
_WHOLE = 10**9
_VALUES = ('"1.50"^^xsd:decimal', '"1.5"^^xsd:decimal', '"007"^^xsd:integer', '"x"@en', "true")


# --- random workspaces ---------------------------------------------------------------------------------


def _path(r: random.Random, depth: int = 2) -> str:
    def inner() -> str:
        return _path(r, depth - 1)

    if not depth:
        return f"ex:{r.choice('pqr')}"
    kinds: dict[str, Callable[[], str]] = {
        "predicate": lambda: f"ex:{r.choice('pqr')}",
        "inverse": lambda: f"[ sh:inversePath {inner()} ]",
        "sequence": lambda: f"( {inner()} {inner()} )",
        "alternative": lambda: f"[ sh:alternativePath ( {inner()} {inner()} ) ]",
        "star": lambda: f"[ sh:zeroOrMorePath {inner()} ]",
        "optional": lambda: f"[ sh:zeroOrOnePath {inner()} ]",
    }
    # most paths lead forwards: other shapes are evaluated over the whole, whatever the parts
    return kinds[r.choices(list(kinds), (6, 1, 3, 2, 1, 1))[0]]()


def _constraint(r: random.Random, depth: int = 1) -> str:
    kinds: dict[str, Callable[[], str]] = {
        "min": lambda: f"sh:minCount {r.randint(1, 2)}",
        "max": lambda: f"sh:maxCount {r.randint(0, 2)}",
        "class": lambda: f"sh:class ex:{r.choice('ABC')}",
        "disjoint": lambda: f"sh:disjoint ex:{r.choice('pqr')}",
        "equals": lambda: f"sh:equals ex:{r.choice('pqr')}",
        "nested": lambda: f"sh:node [ sh:property [ sh:path {_path(r, 1)} ; {_constraint(r, 0)} ] ]",
        "qualified": lambda: (
            f"sh:qualifiedValueShape [ sh:property [ sh:path {_path(r, 1)} ; sh:minCount 1 ] ] ; sh:qualifiedMinCount 1"
        ),
        "not": lambda: f"sh:not [ sh:path {_path(r, 1)} ; {_constraint(r, 0)} ]",
        "closed": lambda: "sh:node [ sh:closed true ; sh:ignoredProperties ( ex:p rdf:type ) ]",
    }
    return kinds[r.choice(list(kinds)[: None if depth else 5])]()


def _patterns(r: random.Random, first: str, count: int = 2, backwards: float = 0.25) -> tuple[str, list[str]]:
    names, patterns = [first], []
    for number in range(count):
        old, new = r.choice(names), f"?v{number}"
        names.append(new)
        one, other = (new, old) if r.random() < backwards else (old, new)
        patterns.append(f"{one} ex:{r.choice('pqr')} {other} .")
    if r.random() < 0.4:
        patterns.append(f"{r.choice(names)} a ex:{r.choice('ABC')} .")
    return " ".join(patterns), names


def _negation(r: random.Random, names: list[str], predicates: str = "pqr") -> str:
    one, other = r.choice([(r.choice(names), "?w"), ("?w", r.choice(names)), (r.choice(names), r.choice(names))])
    return f" FILTER NOT EXISTS {{ {one} ex:{r.choice(predicates)} {other} }}"


def _shape(r: random.Random, number: int) -> str:
    target = r.choice(
        ["sh:targetClass ex:A", "sh:targetSubjectsOf ex:p", "sh:targetObjectsOf ex:q", "sh:targetNode id:t1"]
    )
    head = f"s:S{number} a sh:NodeShape ; sh:severity sh:Warning ;"
    kind = r.random()
    if kind < 0.2:
        body, names = _patterns(r, "$this")
        more = _negation(r, names) if r.random() < 0.5 else ""
        return (
            f'{head} {target} ; sh:sparql [ sh:message "m" ; sh:prefixes s:o ; '
            f'sh:select """SELECT $this ?value WHERE {{ {body} BIND(?v1 AS ?value){more} }}""" ] .'
        )
    if kind < 0.4:  # one query over everything
        body, names = _patterns(r, "?value")
        more = _negation(r, names) if r.random() < 0.5 else ""
        return (
            f'{head} sh:targetNode ex:all ; sh:sparql [ sh:message "m" ; sh:prefixes s:o ; '
            f'sh:select """SELECT DISTINCT $this ?value WHERE {{ {body}{more} }}""" ] .'
        )
    note = 'sh:severity sh:Warning ; sh:message "m"'
    return (
        f"{head} {target} ; sh:property s:P{number} , s:Q{number} .\n"
        f"s:P{number} a sh:PropertyShape ; sh:path {_path(r)} ; {note} ; {_constraint(r)} .\n"
        f"s:Q{number} a sh:PropertyShape ; sh:path {_path(r, 0)} ; {note} ; {_constraint(r)} ."
    )


def _rule(r: random.Random) -> str:
    body, names = _patterns(r, "?v", backwards=0.4)
    if r.random() < 0.2:
        return f"{_PROLOGUE}CONSTRUCT {{ ?v ex:w ?o }} WHERE {{ ?v ex:v ?o . ?v ex:{r.choice('pqr')} ?x }}"
    more = _negation(r, names, "q") if r.random() < 0.4 else ""
    return (
        f"{_PROLOGUE}CONSTRUCT {{ {r.choice(names)} ex:{r.choice('rz')} {r.choice(names)} }} WHERE {{ {body}{more} }}"
    )


@dataclass(frozen=True)
class Case:
    """A workspace: axioms, shapes, rules, and the statements of each of four files."""

    axioms: tuple[str, ...]
    shapes: tuple[str, ...]
    rules: tuple[str, ...]
    data: tuple[tuple[int, str], ...]


def _case(r: random.Random) -> Case:
    things = [f"id:t{number}" for number in range(10)]
    home = {thing: r.randrange(4) for thing in things}
    data = []
    for thing in things:
        data.append((home[thing], f"{thing} a ex:{r.choice('ABC')} ."))
        for _ in range(r.randint(0, 3)):
            file = home[thing] if r.random() < 0.9 else r.randrange(4)
            data.append((file, f"{thing} ex:{r.choice('pqr')} {r.choice(things)} ."))
        if r.random() < 0.3:
            data.append((home[thing], f"{thing} ex:v {r.choice(_VALUES)} ."))
    axioms = r.sample(_AXIOMS, r.choice([0, 0, 1, 2, 3]))
    shapes = [_shape(r, number) for number in range(3)]
    return Case(tuple(axioms), tuple(shapes), tuple(_rule(r) for _ in range(r.randint(0, 2))), tuple(data))


# --- what is made of them ------------------------------------------------------------------------------


def _write(case: Case, root: Path, names: tuple[str, ...]) -> None:
    for folder in ("ontology", "data"):
        shutil.rmtree(root / folder, ignore_errors=True)
    for folder in ("data/entities", "data/articles", "ontology/shapes", "ontology/rules"):
        (root / folder).mkdir(parents=True)
    (root / "publisher.toml").write_text(_TOML)
    (root / "ontology/o.ttl").write_text(_PREFIXES + _ONTOLOGY + "\n".join(case.axioms))
    (root / "ontology/shapes/s.ttl").write_text(_PREFIXES + _DECLARED + "\n".join(case.shapes))
    for number, text in enumerate(case.rules):
        (root / f"ontology/rules/r{number}.rq").write_text(text)
    for number, name in enumerate(names):
        lines = [line for file, line in case.data if file == number]
        (root / "data" / name).write_text(_PREFIXES + "\n".join(["id:x a ex:A ." if not number else "", *lines]))


_FILES = ("entities/e.ttl", "articles/a1.ttl", "articles/a2.ttl", "articles/a3.ttl")
_OTHERS = ("entities/z.ttl", "b.ttl", "articles/y.ttl", "x.ttl")


def _result(root: Path, size: int, cache: Path | None = None) -> set[tuple[str, ...]]:
    """Return the findings with their places and the inferred triples of a workspace."""
    try:
        built = build(load_config(root), root / "dist", size=size, cache=cache)
    except SourceError as error:
        return {("error", str(error))}
    result = {
        ("finding", *map(str, (*f.key, f.component, f.severity, f.message, *f.place, *f.because)))
        for f in built.report.findings
    }
    if built.folder is None:
        return result | {("not built",)}
    lines = (built.folder / "dumps" / "inferred.nt").read_text("utf-8").splitlines()
    return result | {("inferred", line) for line in lines}


def _unplaced(result: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {row[:8] for row in result}


@settings(
    max_examples=100 if IN_CI else 12,  # each is built five times
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_parts_find_what_the_whole_finds(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    r = random.Random(seed)  # noqa: S311 - cases, not secrets
    case = _case(r)
    folder = tmp_path_factory.mktemp("case")
    root, cache = folder / "w", folder / "cache"
    _write(case, root, _FILES)
    with pytest.MonkeyPatch.context() as patch:  # all shapes on all data
        patch.setattr(BuildContext, "is_repeated", lambda *_: False)
        whole = _result(root, _WHOLE)
    kept = tuple(statement for statement in case.data if r.random() < 0.8)
    _write(replace(case, data=kept), root, _FILES)
    _result(root, 1, cache)
    _write(case, root, _FILES)
    assert _result(root, 1, cache) == whole, "one file a part, with what is left of a smaller dataset in the cache"
    assert _result(root, 400, cache) == whole, "some files a part"
    _write(case, root, _OTHERS)
    assert _unplaced(_result(root, 1, cache)) == _unplaced(whole), "other names and folders"
    shutil.rmtree(folder)
