"""The published ontology, its code lists, and its alignments keep what they promise.

Most checks are queries in ``ontology_hygiene/``: each selects what is wrong, so an empty answer is good, and each names
in its header counterexamples that it must find. The names are those of the OOPS! pitfalls (https://oops.linkeddata.es),
of the FOOPS! tests (https://w3id.org/foops), of the OWL 2 RL profile, and of our own style.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import owlrl
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from publisher.rdf.interop import to_rdflib
from publisher.workspace.sssom import Mapping, read_mappings, triples

ROOT: Final = Path(__file__).parent.parent.parent
ONTOLOGY: Final = ROOT / "ontology" / "geopol.ttl"
TERMS: Final = ROOT / "ontology" / "terms.ttl"
ALIGNMENTS: Final = sorted((ROOT / "ontology" / "alignments").glob("*.sssom.tsv"))
EXAMPLES: Final = ROOT / "ontology" / "examples"
CHECKS: Final = sorted((Path(__file__).parent / "ontology_hygiene").glob("*.rq"))

NS: Final = "https://w3id.org/geopol/ns#"
TERMS_NS: Final = "https://w3id.org/geopol/terms#"
PREFIXES: Final = f"@prefix gp: <{NS}> . @prefix gpt: <{TERMS_NS}> . @prefix ex: <https://example.org/> .\n"
LOGIC: Final = (str(rdflib.RDF), str(rdflib.OWL), *(f"{rdflib.RDFS}{name}" for name in ("sub", "domain", "range")))
ERROR: Final = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")

# Pitfalls of OOPS! that no query of ours looks for, and why.
OOPS_WITHOUT_CHECK: Final = {
    "P01": "whether a term is polysemous is a judgement; negative examples tell confusable senses apart",
    "P09": "missing domain information shows in competency questions, which are the query files and their tests",
    "P13": "inverses are left out on purpose, as in gist; style-no-inverses holds that",
    "P14": "allValuesFrom is not used: restrictions are for the shapes",
    "P15": "complements are not used",
    "P16": "defined classes are not used: types are stated, not inferred from restrictions",
    "P18": "whether a domain or range is too narrow is a judgement, which the data puts to the test",
    "P23": "whether a property is a data property by mistake is a judgement",
    "P31": "whether equivalent classes are equivalent is a judgement; none are declared",
    "P37": "whether the ontology is on the Web needs the network",
}
# Tests of FOOPS! that need the network or a server, or are not queries.
FOOPS_WITHOUT_CHECK: Final = {
    "FIND2": "whether the prefix is in prefix.cc or LOV needs the network",
    "FIND3": "whether a registry knows the ontology needs the network",
    "FIND_3_BIS": "whether a registry keeps the metadata needs the network",
    "URI1": "that the IRI resolves is for the server",
    "VER2": "that the version IRI resolves is for the server",
    "CN1": "content negotiation is for the server",
    "RDF1": "that RDF is available is test_parses_alike",
    "DOC1": "that there is documentation in HTML is for the site",
    "OM4.2": "that the licence resolves needs the network",
}


def _store(*paths: Path) -> ox.Store:
    store = ox.Store()
    for path in paths:
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in _triples(path))
    return store


def _triples(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path))]


def _select(store: ox.Store, query: str) -> list[str]:
    answer = store.query(query)
    assert isinstance(answer, ox.QuerySolutions)
    return sorted(" ".join(str(value) for value in row) for row in answer)


def _data() -> list[Path]:
    return sorted([*(ROOT / "data").rglob("*.ttl"), *(EXAMPLES / "valid").rglob("*.ttl")])


def _counterexamples() -> Iterator[tuple[Path, int, str]]:
    """Yield the check, a number, and the Turtle of each counterexample in the headers of the checks."""
    for check in CHECKS:
        text = check.read_text(encoding="utf-8")
        prefixes = "".join(re.findall(r"^PREFIX .*\n", text, re.MULTILINE))
        for n, block in enumerate(re.findall(r"^# Counterexample:\n((?:#   .*\n)+)", text, re.MULTILINE), start=1):
            yield check, n, prefixes + re.sub(r"^#   ", "", block, flags=re.MULTILINE)


COUNTEREXAMPLES: Final = tuple(_counterexamples())


@pytest.fixture(scope="module")
def published(built: Path) -> list[Path]:
    """The ontology and the code lists as they are published."""
    return [built / "ns.ttl", built / "terms.ttl"]


@pytest.fixture(scope="module")
def ontology(published: list[Path]) -> ox.Store:
    return _store(*published)


@pytest.fixture(scope="module")
def everything(published: list[Path]) -> ox.Store:
    return _store(*published, *_data())


@pytest.fixture(scope="module")
def mappings() -> list[Mapping]:
    assert ALIGNMENTS
    return [mapping for path in ALIGNMENTS for mapping in read_mappings(path)]


# ----- hygiene


def _checks(group: str) -> list[object]:
    """Return the checks of a group as parameters, and fail where there are none."""
    found = [
        pytest.param(path, id=path.stem.removeprefix(f"{group}-")) for path in CHECKS if path.stem.startswith(group)
    ]
    assert found, group
    return list(found)


def _wrong(check: Path, store: ox.Store) -> list[str]:
    return _select(store, check.read_text(encoding="utf-8"))


@pytest.mark.parametrize("check", _checks("oops"))
def test_oops(check: Path, ontology: ox.Store, everything: ox.Store) -> None:
    # Only whether a class is ever used is a question to the data.
    assert _wrong(check, everything if "P17" in check.stem else ontology) == []


@pytest.mark.parametrize("check", _checks("foops"))
def test_foops(check: Path, ontology: ox.Store) -> None:
    assert _wrong(check, ontology) == []


@pytest.mark.parametrize("check", _checks("rl"))
def test_owl2_rl(check: Path, ontology: ox.Store) -> None:
    assert _wrong(check, ontology) == []


@pytest.mark.parametrize("check", _checks("style"))
def test_style(check: Path, ontology: ox.Store) -> None:
    assert _wrong(check, ontology) == []


@pytest.mark.parametrize(
    ("check", "turtle"),
    [pytest.param(check, turtle, id=f"{check.stem}-{n}") for check, n, turtle in COUNTEREXAMPLES],
)
def test_counterexample_is_found(check: Path, turtle: str) -> None:
    store = ox.Store()
    store.load(turtle.encode(), format=ox.RdfFormat.TURTLE)
    assert _wrong(check, store)


def test_every_check_has_a_counterexample() -> None:
    assert CHECKS
    assert {check for check, _, _ in COUNTEREXAMPLES} == set(CHECKS)


def test_every_oops_pitfall_is_accounted_for() -> None:
    checked = {match[1] for check in CHECKS if (match := re.match(r"oops-(P\d\d)", check.stem))}
    assert not checked & set(OOPS_WITHOUT_CHECK)
    assert checked | set(OOPS_WITHOUT_CHECK) == {f"P{n:02}" for n in range(1, 42)}


def test_every_foops_test_is_accounted_for() -> None:
    checked = {match[1] for check in CHECKS if (match := re.match(r"foops-([A-Z]+[\d.]+)-", check.stem))}
    assert not checked & set(FOOPS_WITHOUT_CHECK)
    assert len(checked | set(FOOPS_WITHOUT_CHECK)) == 24


# ----- form


@pytest.mark.parametrize("path", [ONTOLOGY, TERMS], ids=lambda path: path.name)
def test_parses_alike(path: Path) -> None:
    assert isomorphic(to_rdflib(_triples(path)), rdflib.Graph().parse(path))


@pytest.mark.parametrize("path", [ONTOLOGY, TERMS], ids=lambda path: path.name)
def test_blank_nodes_only_in_disjointness(path: Path) -> None:
    graph = rdflib.Graph().parse(path)
    lists = {
        node
        for head in graph.objects(None, rdflib.OWL.members)
        for node in graph.transitive_objects(head, rdflib.RDF.rest)
    }
    sets = set(graph.subjects(rdflib.RDF.type, rdflib.OWL.AllDisjointClasses))
    assert {node for node in graph.all_nodes() if isinstance(node, rdflib.BNode)} <= lists | sets


def test_is_small(ontology: ox.Store) -> None:
    def count(kind: str) -> int:
        return len(_select(ontology, f"SELECT ?t {{ ?t a <{rdflib.OWL}{kind}> FILTER(STRSTARTS(STR(?t), '{NS}')) }}"))

    assert 35 <= count("Class") <= 45
    assert 50 <= count("ObjectProperty") + count("DatatypeProperty") + count("AnnotationProperty") <= 80


def test_has_no_imports(ontology: ox.Store) -> None:
    assert not list(ontology.quads_for_pattern(None, ox.NamedNode(f"{rdflib.OWL}imports"), None))


# ----- reasoning


def _graph(more: Iterable[ox.Triple] = ()) -> rdflib.Graph:
    """Return the axioms; labels and definitions only slow a closure down."""
    axioms = [t for t in _triples(ONTOLOGY) if t.predicate.value.startswith(LOGIC)]
    return to_rdflib([*axioms, *more])


def _contradictions(graph: rdflib.Graph) -> list[str]:
    """Close the graph under OWL 2 RL and return what owlrl reports as inconsistent."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return sorted(str(message) for message in graph.objects(None, ERROR))


# What the vocabularies aligned with hold disjoint, and where their properties lead.
EXTERNAL_AXIOMS: Final = """
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
foaf:Person owl:disjointWith foaf:Organization , foaf:Project .
foaf:Document owl:disjointWith foaf:Organization , foaf:Project .
prov:Entity owl:disjointWith prov:Activity , prov:InstantaneousEvent .
prov:Agent owl:disjointWith prov:InstantaneousEvent .
geo:Feature owl:disjointWith geo:Geometry .
org:Organization owl:equivalentClass foaf:Organization .
org:Membership owl:disjointWith org:Organization , org:Post .
org:member rdfs:domain org:Membership ; rdfs:range foaf:Agent .
org:memberOf rdfs:domain foaf:Agent ; rdfs:range org:Organization .
org:holds rdfs:domain foaf:Agent ; rdfs:range org:Post .
prov:wasAttributedTo rdfs:domain prov:Entity ; rdfs:range prov:Agent .
"""


def _populated(ontology: ox.Store) -> str:
    """Return Turtle with one individual of each class, and one statement of each property with a domain and range."""
    classes = _select(ontology, f"SELECT ?t {{ ?t a <{rdflib.OWL.Class}> FILTER(STRSTARTS(STR(?t), '{NS}')) }}")
    links = _select(
        ontology,
        f"""SELECT ?p ?d ?r {{ ?p a <{rdflib.OWL.ObjectProperty}> ; <{rdflib.RDFS.domain}> ?d ; <{rdflib.RDFS.range}> ?r
            FILTER(STRSTARTS(STR(?p), '{NS}')) }}""",
    )
    assert classes
    assert links
    lines = [f"ex:i{n} a {iri} ." for n, iri in enumerate(classes)]
    for n, (link, domain, range_) in enumerate(row.split() for row in links):
        lines.append(f"ex:s{n} a {domain} ; {link} ex:o{n} . ex:o{n} a {range_} .")
    return PREFIXES + "\n".join(lines)


def test_closure_is_consistent() -> None:
    assert _contradictions(_graph()) == []


def test_closure_with_alignments_is_consistent(mappings: list[Mapping], ontology: ox.Store) -> None:
    graph = _graph(triples(mappings))
    graph.parse(data=EXTERNAL_AXIOMS, format="turtle").parse(data=_populated(ontology), format="turtle")
    assert _contradictions(graph) == []


@pytest.mark.parametrize(
    "turtle",
    [
        pytest.param("ex:x a gp:Agent , gp:Place .", id="agent-and-place"),
        pytest.param("ex:x a gp:Topic , gp:Claim .", id="topic-and-claim"),
        pytest.param("ex:x a gp:Visit , gp:Passage .", id="below-two-tops"),
        pytest.param("ex:x a gp:Person , gp:SovereignState .", id="person-and-state"),
        pytest.param("ex:x a gp:GovernmentBody , gp:MilitaryAlliance .", id="body-and-alliance"),
        pytest.param("ex:x a gp:Tenure , gp:Election .", id="relation-and-event"),
        pytest.param("ex:x a gp:Allegation , gp:Assertion .", id="two-kinds-of-claim"),
        pytest.param("ex:t gp:hasHolder ex:x . ex:x a gp:SovereignState .", id="holder-by-range"),
        pytest.param("ex:t gp:hasSupplier ex:x ; gp:hasRecipient ex:x .", id="supplier-and-recipient"),
        pytest.param("ex:t gp:hasActor ex:x ; gp:hasTarget ex:x .", id="actor-and-target"),
        pytest.param("ex:x gp:isConditionalOn ex:x .", id="condition-of-itself"),
        pytest.param("ex:x gp:metWith ex:x .", id="met-with-itself"),
        pytest.param("ex:x gp:suppliedArmsTo ex:x .", id="supplied-itself"),
        pytest.param("ex:x gp:isResponseTo ex:y . ex:y gp:isResponseTo ex:x .", id="responses-in-a-circle"),
    ],
)
def test_closure_finds_contradiction(turtle: str) -> None:
    graph = _graph()
    graph.parse(data=PREFIXES + turtle, format="turtle")
    assert _contradictions(graph)


# ----- use


# What the guard against typos is shown to find.
TYPOS_ON_PURPOSE = {
    ROOT / "ontology" / "examples" / "invalid" / f"{name}.ttl"
    for name in ("declared-class", "declared-property", "retired-term")
}


def _users() -> list[Path]:
    """Return every file of data, shapes, examples, rules and queries."""
    folders = [ROOT / "ontology", ROOT / "data", ROOT / "queries"]
    files = {path for folder in folders for path in folder.rglob("*") if path.suffix in {".ttl", ".rq"}}
    return sorted(files - TYPOS_ON_PURPOSE)


def _undeclared(path: Path, declared: set[str]) -> set[str]:
    """Return the terms of our namespaces that a file uses, or names in a text or comment, and nothing declares."""
    named = {
        (NS if prefix == "gp" else TERMS_NS) + name
        for prefix, name in re.findall(r"\b(gpt?):([A-Za-z]\w*)", path.read_text(encoding="utf-8"))
    }
    triples = _triples(path) if path.suffix == ".ttl" else []
    nodes = (node for t in triples for node in (t.subject, t.predicate, t.object) if isinstance(node, ox.NamedNode))
    return (named | {node.value for node in nodes if node.value.startswith((NS, TERMS_NS))}) - declared


@pytest.fixture(scope="module")
def declared(ontology: ox.Store) -> set[str]:
    query = (
        f"SELECT DISTINCT ?t {{ ?t a ?kind FILTER(STRSTARTS(STR(?t), '{NS}') || STRSTARTS(STR(?t), '{TERMS_NS}')) }}"
    )
    return {row.strip("<>") for row in _select(ontology, query)}


@pytest.mark.parametrize("path", _users(), ids=lambda path: str(path.relative_to(ROOT)))
def test_uses_declared_terms_only(path: Path, declared: set[str]) -> None:
    assert _undeclared(path, declared) == set()


def test_undeclared_term_is_found(tmp_path: Path, declared: set[str]) -> None:
    (tmp_path / "x.ttl").write_text(PREFIXES + f"ex:x a gp:Vist ; <{NS}hasActr> ex:y ; gp:hasEventType gpt:consutl .")
    (tmp_path / "x.rq").write_text("SELECT ?x { ?x a gp:Metting ; gp:hasPlace ?y }")
    assert _undeclared(tmp_path / "x.ttl", declared) == {f"{NS}Vist", f"{NS}hasActr", f"{TERMS_NS}consutl"}
    assert _undeclared(tmp_path / "x.rq", declared) == {f"{NS}Metting"}


# ----- code lists


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("modality", "certain likely possible"),
        ("degree", "partly mainly wholly strongly alike unlike less more muchMore most"),
        ("verdict", "accepted unassessed notExpressible disputed rejected notAssessable pending fulfilled unfulfilled"),
        ("transferStatus", "announced contracted partlyDelivered delivered"),
        ("paymentTerms", "credit discount cash"),
        (
            "eventType",
            "agree consult support concede cooperate aid retreat demand "
            "accuse reject threaten protest sanction mobilize coerce assault",
        ),
        ("instrumentStep", "adoption ratification accession entryIntoForce termination"),
        ("sanctionKind", "assetFreeze travelBan armsEmbargo tradeRestriction diplomaticRestriction"),
        ("usage", "derivedOnly claimOnly"),
    ],
)
def test_code_list(name: str, codes: str, ontology: ox.Store) -> None:
    found = _select(ontology, f"SELECT ?c {{ ?c <{rdflib.SKOS.inScheme}> <{TERMS_NS}{name}> }}")
    assert found == sorted(f"<{TERMS_NS}{code}>" for code in codes.split())


def test_every_code_is_in_a_tested_list(ontology: ox.Store) -> None:
    assert (
        len(_select(ontology, f"SELECT ?c {{ ?c a <{rdflib.SKOS.Concept}> }}")) == 3 + 10 + 9 + 4 + 3 + 16 + 5 + 5 + 2
    )
    assert len(_select(ontology, f"SELECT ?c {{ ?c a <{rdflib.SKOS.ConceptScheme}> }}")) == 9


@pytest.mark.parametrize(
    ("usage", "properties"),
    [
        (
            "derivedOnly",
            "memberOf holdsOffice suppliedArmsTo agreedToSupplyArmsTo visited metWith signed graduatedFrom",
        ),
        (
            "claimOnly",
            "leads occupies supports opposes requests intends seeks isPartnerOf isConcernedWith providesFor hasFeature "
            "causes benefits harms isCharacterizedAs isReasonFor isComparedWith",
        ),
    ],
)
def test_usage(usage: str, properties: str, ontology: ox.Store) -> None:
    found = _select(ontology, f"SELECT ?p {{ ?p <{NS}hasUsage> <{TERMS_NS}{usage}> }}")
    assert found == sorted(f"<{NS}{name}>" for name in properties.split())


# ----- alignments

# The vocabularies that the alignments speak of.
ALIGNED: Final = {
    "bibo": "http://purl.org/ontology/bibo/",
    "cito": "http://purl.org/spar/cito/",
    "crm": "http://www.cidoc-crm.org/cidoc-crm/",
    "dcterms": "http://purl.org/dc/terms/",
    "fabio": "http://purl.org/spar/fabio/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "lode": "http://linkedevents.org/ontology/",
    "nif": "http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "prov": "http://www.w3.org/ns/prov#",
    "schema": "http://schema.org/",
    "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
    "time": "http://www.w3.org/2006/time#",
    "wd": "http://www.wikidata.org/entity/",
}
SKOS_MAPPINGS: Final = {str(rdflib.SKOS) + f"{kind}Match" for kind in ("exact", "close", "related", "narrow", "broad")}


def _misaligned(mappings: list[Mapping], ontology: ox.Store) -> list[str]:
    """Return what is wrong with the mappings, one line for each fault."""
    classes, properties = (
        {row.strip("<>") for row in _select(ontology, f"SELECT ?t {{ VALUES ?k {{ {kinds} }} ?t a ?k }}")}
        for kinds in (f"<{rdflib.OWL.Class}>", f"<{rdflib.OWL.ObjectProperty}> <{rdflib.OWL.DatatypeProperty}>")
    )
    faults = []
    for m in mappings:
        allowed = SKOS_MAPPINGS | {str(rdflib.RDFS.subClassOf if m.subject in classes else rdflib.RDFS.subPropertyOf)}
        upper = m.object.removeprefix(next((ns for ns in ALIGNED.values() if m.object.startswith(ns)), ""))
        if m.subject not in classes | properties:
            faults.append(f"line {m.line}: {m.subject} is no class or property of the ontology")
        if m.predicate not in allowed:
            faults.append(f"line {m.line}: {m.predicate} does not go with {m.subject}")
        if upper == m.object:
            faults.append(f"line {m.line}: {m.object} is in no vocabulary that we align with")
        # In each of them classes begin with a capital letter; in CIDOC CRM it is E, in Wikidata it is Q.
        letters = next((c for name, c in (("crm", "E"), ("wd", "Q")) if m.object.startswith(ALIGNED[name])), "A-Z")
        is_class = re.match(f"[{letters}]", upper)
        if bool(is_class) != (m.subject in classes):
            faults.append(f"line {m.line}: {m.subject} and {m.object} are not of one kind")
        if m.columns["mapping_justification"] != "semapv:ManualMappingCuration":
            faults.append(f"line {m.line}: not curated by hand")
        if not 0 < float(m.columns["confidence"]) <= 1:
            faults.append(f"line {m.line}: confidence {m.columns['confidence']}")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", m.columns["mapping_date"]):
            faults.append(f"line {m.line}: date {m.columns['mapping_date']}")
    return faults


def test_alignments(mappings: list[Mapping], ontology: ox.Store) -> None:
    assert _misaligned(mappings, ontology) == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("gp:Agnt\trdfs:subClassOf\tprov:Agent\tsemapv:ManualMappingCuration\t2026-11-24\t0.9", "no class or property"),
        ("gp:Agent\trdfs:subPropertyOf\tprov:Agent\tsemapv:ManualMappingCuration\t2026-11-24\t0.9", "does not go with"),
        ("gp:Agent\trdfs:subClassOf\tgp:Person\tsemapv:ManualMappingCuration\t2026-11-24\t0.9", "in no vocabulary"),
        ("gp:hasPlace\tskos:closeMatch\tprov:Agent\tsemapv:ManualMappingCuration\t2026-11-24\t0.9", "not of one kind"),
        ("gp:Agent\tskos:closeMatch\tprov:Agent\tsemapv:LexicalMatching\t2026-11-24\t0.9", "not curated"),
        ("gp:Agent\tskos:closeMatch\tprov:Agent\tsemapv:ManualMappingCuration\t2026-11-24\t90", "confidence"),
        ("gp:Agent\tskos:closeMatch\tprov:Agent\tsemapv:ManualMappingCuration\ttoday\t0.9", "date"),
    ],
)
def test_bad_alignment_is_found(row: str, fault: str, tmp_path: Path, ontology: ox.Store) -> None:
    head = f"#curie_map:\n#  gp: {NS}\n#  prov: {ALIGNED['prov']}\n"
    columns = "subject_id\tpredicate_id\tobject_id\tmapping_justification\tmapping_date\tconfidence\n"
    (tmp_path / "bad.sssom.tsv").write_text(head + columns + row + "\n", encoding="utf-8")
    assert fault in "\n".join(_misaligned(list(read_mappings(tmp_path / "bad.sssom.tsv")), ontology))


def test_alignments_reach_every_vocabulary(mappings: list[Mapping]) -> None:
    assert {prefix for prefix, ns in ALIGNED.items() if any(m.object.startswith(ns) for m in mappings)} == set(ALIGNED)


def test_alignments_are_unique(mappings: list[Mapping]) -> None:
    pairs = [(m.subject, m.object) for m in mappings]
    assert len(pairs) == len(set(pairs))


def test_alignment_labels_are_those_of_the_ontology(mappings: list[Mapping], ontology: ox.Store) -> None:
    query = f"SELECT ?t ?l {{ ?t <{rdflib.RDFS.label}> ?l FILTER(LANG(?l) = 'en') }}"
    labels = {iri.strip("<>"): label for iri, label in (row.split(" ", 1) for row in _select(ontology, query))}
    assert {m.subject: labels[m.subject] for m in mappings} == {
        m.subject: f'"{m.columns["subject_label"]}"@en' for m in mappings
    }


def test_superproperties_outside_keep_domains_and_ranges(mappings: list[Mapping]) -> None:
    """Whatever a subproperty axiom makes of our individuals must be what our classes are aligned with as well."""
    graph = _graph(triples(mappings))
    graph.parse(data=EXTERNAL_AXIOMS, format="turtle")
    above = {(m.subject, m.object) for m in mappings if m.predicate == str(rdflib.RDFS.subPropertyOf)}
    assert above
    for subject, obj in above:
        for axiom in (rdflib.RDFS.domain, rdflib.RDFS.range):
            ours, theirs = graph.value(rdflib.URIRef(subject), axiom), graph.value(rdflib.URIRef(obj), axiom)
            assert theirs in set(graph.transitive_objects(ours, rdflib.RDFS.subClassOf)), (subject, obj)
