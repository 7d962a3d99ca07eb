"""What the lints must not complain of, and the cases that the seeded mistakes leave out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Triple
from rdflib import namespace
from rdflib.namespace import DCTERMS, OWL, RDFS, SH, SKOS, XSD

from publisher.build.cache import FOLDER as CACHE
from publisher.build.review import Request, judge
from publisher.rdf.vocab import CHECK, GP, RDF, STANDARD_PREFIXES
from publisher.validate.hints import standard_terms
from publisher.validate.lint_context import QueryText, Vocabulary
from publisher.validate.lint_data import own_declarations
from publisher.validate.lints import LINTS, lint_workspace
from publisher.validate.pipeline import locate, make_hints
from publisher.validate.report import Finding, Report
from publisher.workspace.config import Config, load_config
from publisher.workspace.sources import Source, Workspace, read_workspace, triples_of

THINGS = "https://example.org/dataset/id/"
PREF_LABEL = NamedNode(f"{STANDARD_PREFIXES['skos']}prefLabel")


def _lint(config: Config, workspace: Workspace) -> Report:
    declarations = tuple(d for source in workspace.data for d in own_declarations(source.path, config))
    findings = lint_workspace(config, workspace, make_hints(config, workspace), declarations)
    return locate(findings, config, workspace)


def _run(root: Path) -> Report:
    config = load_config(root)
    return _lint(config, read_workspace(config))


def _names(findings: Iterable[Finding]) -> list[str]:
    return sorted(f.shape.removeprefix(CHECK.iri) for f in findings)


def _with_data(root: Path, *triples: Triple) -> Report:
    config = load_config(root)
    workspace = read_workspace(config)
    extra = Source(root / "data" / "extra.ttl", "g", triples)
    workspace = dataclasses.replace(workspace, data=(*workspace.data, extra))
    return _lint(config, workspace)


def test_the_lints_find_nothing_wrong_in_the_dataset(config: Config, workspace: Workspace) -> None:
    found = _lint(config, workspace).findings
    assert [f for f in found if f.severity != "info"] == []


def test_the_lints_find_nothing_in_a_new_workspace(small: Path) -> None:
    assert _run(small).findings == ()


def test_every_lint_ends_its_message_as_a_sentence(small: Path) -> None:
    """Of each lint one finding, from one workspace with everything wrong."""
    (small / "queries" / "bad.rq").write_text(
        "PREFIX gp: <https://w3id.org/geopol/ns>\nPREFIX n: <https://w3id.org/geopol/ns#>\n"
        f"SELECT * {{ VALUES ?x {{ UNDEF }} ?x n:hasNothing <{THINGS}nothing> }}",
        encoding="utf-8",
    )
    found = _with_data(
        small, Triple(NamedNode(f"{THINGS}No_Name"), PREF_LABEL, Literal("pаge", language="en"))
    ).findings
    assert {"query-header", "query-parameter", "query-term", "query-thing", "prefix-bound-twice", "name-pattern"} <= {
        *_names(found)
    }
    assert all(f.message.endswith((".", "?")) for f in found)
    assert len(LINTS) == 20


@pytest.mark.parametrize(
    "local", ["edm-15-177", "edm-15-177/s01-p1#position", "a", "2018", "un-charter/s01-c1", "doc-x-2018-11-04"]
)
def test_names_that_keep_to_the_pattern(local: str, small: Path) -> None:
    thing = Triple(NamedNode(THINGS + local), RDF.type, GP.Topic)
    assert "name-pattern" not in _names(_with_data(small, thing).findings)


@pytest.mark.parametrize(
    ("local", "better"),
    [("HarryTruman", "harry-truman"), ("a--b", "a-b"), ("a_b", "a-b"), ("é", "e"), ("a/", "a"), ("日", "name")],
)
def test_names_that_do_not(local: str, better: str, small: Path) -> None:
    thing = Triple(NamedNode(THINGS + local), RDF.type, GP.Topic)
    (finding,) = (f for f in _with_data(small, thing).findings if f.shape == CHECK["name-pattern"].value)
    assert finding.expected == f"such as '{better}'"


@pytest.mark.parametrize(
    "label",
    ["S-400 «Триумф»", "Ильхам Aliyev", "İlham Əliyev", "Հայաստան Armenia", "東京タワー", "C300", "naïve", "Ω-3"],
)
def test_several_scripts_in_one_label_are_fine(label: str, small: Path) -> None:
    thing = Triple(NamedNode(f"{THINGS}x"), PREF_LABEL, Literal(label, language="en"))
    assert "mixed-scripts" not in _names(_with_data(small, thing).findings)


@pytest.mark.parametrize(
    ("label", "odd"), [("Lukаshenka", "CYRILLIC SMALL LETTER A"), ("Москвa", "LATIN SMALL LETTER A")]
)
def test_two_scripts_in_one_word_are_not(label: str, odd: str, small: Path) -> None:
    thing = Triple(NamedNode(f"{THINGS}x"), PREF_LABEL, Literal(label, language="en"))
    (finding,) = (f for f in _with_data(small, thing).findings if f.shape == CHECK["mixed-scripts"].value)
    assert odd in finding.message


def test_two_articles_may_say_the_same(small: Path) -> None:
    def claim(article: str) -> list[Triple]:
        node = NamedNode(f"{THINGS}{article}/c1")
        return [
            Triple(node, RDF.type, GP.Assertion),
            Triple(node, RDF.predicate, GP.visited),
            Triple(node, PREF_LABEL, Literal("He came.", language="en")),
        ]

    assert "same-label" not in _names(_with_data(small, *claim("one"), *claim("two")).findings)
    again = [Triple(NamedNode(f"{THINGS}one/c2"), t.predicate, t.object) for t in claim("one")]
    assert "same-label" in _names(_with_data(small, *claim("one"), *again).findings)


def test_retired_terms_are_found_in_shapes_rules_and_queries(small: Path) -> None:
    path = small / "ontology" / "geopol.ttl"
    retired = "gp:hasActor owl:deprecated true ; dcterms:isReplacedBy gp:hasParticipant .\n"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{retired}", encoding="utf-8")
    found = [
        f
        for f in judge(load_config(small), Request(), cache=small / CACHE).compared.new.findings
        if f.shape == CHECK["deprecated-term"].value
    ]
    assert {f.file.suffix for f in found if f.file} == {".ttl", ".rq"}
    assert all(f.line and f.column and f.hint == "write gp:hasParticipant instead" for f in found)


def test_reviewed_answers_are_required_where_there_are_any(small: Path) -> None:
    folder = small / "queries" / "expected"
    folder.mkdir()
    (folder / "lost.tsv").write_text("x\n", encoding="utf-8")
    assert _names(_run(small).findings) == ["expected-result", "expected-result"]
    (folder / "lost.tsv").rename(folder / "who-says-what.tsv")
    assert _names(_run(small).findings) == []


def test_a_query_that_is_not_text_is_reported(small: Path) -> None:
    (small / "queries" / "binary.rq").write_bytes(b"\xff\xfe\x00")
    assert _names(_run(small).findings) == ["query-syntax"]


@pytest.mark.parametrize(
    ("text", "iris"),
    [
        ("PREFIX a: <http://e/> SELECT * { ?s a:b <http://e/c> }", ["http://e/b", "http://e/c"]),
        (
            "BASE <http://e/> PREFIX a:<http://e/> ASK { a:b.c 'a:no' } # a:no",
            ["http://e/", "http://e/b.c"],
        ),
        ("SELECT * { ?s unknown:b ?o }", []),
    ],
)
def test_iris_of_a_query(text: str, iris: list[str]) -> None:
    assert [iri for iri, _ in QueryText(Path("q.rq"), text).iris] == iris


def test_a_vocabulary_has_own_and_finished_vocabularies(workspace: Workspace) -> None:
    vocabulary = Vocabulary(tuple(triples_of(workspace.ontology)), tuple(triples_of(workspace.shapes.all)))
    unknown = ["https://w3id.org/geopol/ns#hasNothing", "https://w3id.org/geopol/terms#none", f"{RDF.iri}typ"]
    known = [
        GP.hasHost.value,
        f"{RDF.iri}type",
        f"{RDF.iri}_1",
        "http://schema.org/anything",
        "https://w3id.org/geopol/ns#",
    ]
    assert [iri for iri in unknown + known if vocabulary.lacks(iri)] == unknown


def test_the_terms_of_standards_are_those_of_rdflib() -> None:
    defined = (DCTERMS, OWL, namespace.RDF, RDFS, SH, SKOS, XSD)
    assert standard_terms() == {str(one): frozenset({*one.__annotations__, *one._extras}) for one in defined}
