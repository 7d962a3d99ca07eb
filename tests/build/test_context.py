from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.build.cache import Cache
from publisher.build.context import Rulebook, read_rulebook
from publisher.errors import SourceError
from publisher.workspace.config import Config
from publisher.workspace.layout import find_ontology_files
from publisher.workspace.sources import Rule, Source


@pytest.fixture
def book(config: Config, tmp_path: Path) -> Rulebook:
    cache = Cache(tmp_path / "cache")
    cache.prepare()
    return read_rulebook(config, find_ontology_files(config), "0" * 64, cache)


def test_inference_looks_at_what_rules_match_and_not_at_what_they_derive(book: Rulebook) -> None:
    gp = book.config.prefixes["gp"]
    assert book.inferring is not None
    assert f"<{gp}hasParticipant>" in book.inferring
    assert f"<{gp}metWith>" not in book.inferring


def test_a_rule_that_may_match_anything_looks_at_everything(book: Rulebook) -> None:
    rule = Rule(Path("any.rq"), "CONSTRUCT { ?o <urn:of> ?s } WHERE { ?s ?p <urn:o> BIND(<urn:o> AS ?o) }")
    more = replace(book, workspace=replace(book.workspace, rules=(*book.workspace.rules, rule)))
    assert more.inferring is None
    assert more.is_inferred_from(("<urn:s>", "<urn:p>", "<urn:o>"))


def test_a_query_across_articles_must_say_what_it_looks_at(book: Rulebook) -> None:
    shapes = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:Loose> a sh:NodeShape ; sh:targetNode <urn:all> ; sh:sparql <urn:Loose-query> .
<urn:Loose-query> sh:select "SELECT $this ?value WHERE { ?value ?path <urn:x> }" ."""
    loose = Source(Path("loose.ttl"), "urn:g", tuple(q.triple for q in ox.parse(shapes, format=ox.RdfFormat.TURTLE)))
    assert book.spanning.reads
    changed = replace(book.workspace.shapes, corpus=(loose,))
    with pytest.raises(SourceError, match=r"^loose\.ttl: .*name the predicates"):
        _ = replace(book, workspace=replace(book.workspace, shapes=changed)).spanning
