"""Each template makes a workspace that validates, builds and has a site; the shapes for SKOS do what they say."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.rdf.ntriples import parse_ntriples
from publisher.rdf.vocab import RDF, SH
from publisher.workspace.scaffold import TEMPLATES, make_workspace
from publisher.workspace.sources import read_triples
from tests.site.reading import page_text
from tests.workspace.skos_examples import ONTOLOGY, SHAPES, camel, report, split

VALID = sorted((ONTOLOGY / "examples" / "valid").glob("*.ttl"))
INVALID = sorted((ONTOLOGY / "examples" / "invalid").glob("*.ttl"))
# What belongs to the ontology of geopolitics or to claims, and to no other workspace.
FOREIGN = ("gp:", "gpt:", "gps:", "geopol", "claim", "verdict", "allegation")


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A built workspace of each template."""
    folders = {name: tmp_path_factory.mktemp("templates") / name for name in TEMPLATES}
    for name, folder in folders.items():
        assert main(["init", str(folder), "--template", name]) == 0
        with contextlib.chdir(folder):
            assert main(["validate", "--fail-on", "info"]) == 0
            assert main(["build"]) == 0
    return folders


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_a_site_and_every_query_an_answer(
    template: str, workspaces: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = workspaces[template]
    assert (workspace / "dist" / "index.html").is_file()
    assert (workspace / "README.md").is_file()
    queries = sorted(path.stem for path in (workspace / "queries").glob("*.rq"))
    assert queries
    for name in queries:
        assert main(["query", name, "-w", str(workspace)]) == 0
        out, err = capsys.readouterr()
        assert "row" in out + err or name.startswith("missing"), name


@pytest.mark.parametrize("template", ["skos", "bare"])
def test_nothing_of_geopolitics_is_in_other_workspaces(template: str, workspaces: dict[str, Path]) -> None:
    for path in filter(Path.is_file, workspaces[template].rglob("*")):
        if {".publisher-cache", "pagefind", "browser"} & set(path.parts) or path.suffix in (".gz", ".js", ".css"):
            continue
        if path.name.startswith("."):
            continue
        text = page_text(path) if path.suffix == ".html" else path.read_text(encoding="utf-8")
        assert [word for word in FOREIGN if word in text.casefold()] == [], path


@pytest.mark.parametrize("template", ["skos", "bare"])
def test_messages_of_other_workspaces_do_not_speak_of_claims(
    template: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / template
    make_workspace(folder, template=template)
    (folder / "data" / "wrong.ttl").write_text(
        "@prefix id: <https://example.org/dataset/id/> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "id:x a skos:Concpt ; skos:broader id:nowhere ; skos:prefLabel 'x' .\n"
    )
    (folder / "text.txt").write_text("A text.\n")
    for command in (
        ["validate"],
        ["explain", "id:x"],
        ["explain", "id:x", "skos:broader", "id:y"],
        ["explain", "id:x", "'no property'", "id:y"],
    ):
        main([*command, "-w", str(folder)])
        printed = "".join(capsys.readouterr())
        assert printed
        assert [word for word in FOREIGN if word in printed.casefold()] == [], command
    for verb in ("draft", "coverage"):
        assert main([verb, str(folder / "text.txt"), "-w", str(folder)]) == 2
        assert "the ontology of this workspace has no class of claims" in capsys.readouterr().err


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_base_of_ones_own_replaces_that_of_the_template(template: str, tmp_path: Path) -> None:
    make_workspace(tmp_path / "w", "https://data.example/x/", template)
    for path in filter(Path.is_file, (tmp_path / "w").rglob("*")):
        assert "example.org/dataset" not in path.read_text(encoding="utf-8"), path
    if template != "geopol":  # which has a test of its own
        assert main(["validate", "--fail-on", "info", "-w", str(tmp_path / "w")]) == 0


def test_the_language_of_title_and_description_is_configured(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w", template="bare")
    toml = tmp_path / "w" / "publisher.toml"
    text = toml.read_text(encoding="utf-8").replace('language = "en"', 'language = "de"')
    toml.write_text(text.replace('languages = ["en"]', ""), encoding="utf-8")
    assert main(["build", "-w", str(tmp_path / "w")]) == 0
    void = (tmp_path / "w" / "dist" / "dumps" / "void.ttl").read_text(encoding="utf-8")
    assert '"My dataset"@de' in void
    assert '<html lang="de"' in (tmp_path / "w" / "dist" / "index.html").read_text(encoding="utf-8")


# --- the shapes of the thesaurus -------------------------------------------------------------------------------------


def test_every_shape_has_an_example_that_passes_and_one_that_fails() -> None:
    paths = sorted((ONTOLOGY / "shapes").rglob("*.ttl"))
    triples = [t for path in paths for t in read_triples(path)]
    shapes = {str(t.subject).strip("<>").removeprefix(SHAPES) for t in triples if t.object == SH.NodeShape}
    shapes = {name for name in shapes if not name.startswith("_:")}
    assert len(shapes) >= 17
    assert {camel(path.stem) for path in VALID} == {camel(path.stem) for path in INVALID} == shapes
    parts = {str(t.object).strip("<>") for t in triples if t.predicate in (SH.property, SH.sparql)}
    parts = {name.removesuffix("-sparql") for name in parts}
    reported = {result.shape for path in INVALID for result in split(read_triples(path))[1]}
    assert {part for part in parts if "Translated" not in part} <= reported


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_example_passes_its_shape(path: Path) -> None:
    shape = SHAPES + camel(path.stem)
    assert [result for result in report(list(read_triples(path))) if result.shape.startswith(shape)] == []


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_reports_what_it_says(path: Path) -> None:
    data, expected = split(read_triples(path))
    shape = SHAPES + camel(path.stem)
    assert expected
    assert [result for result in report(data) if result.shape.startswith(shape)] == expected


def test_inverse_relations_are_inferred(workspaces: dict[str, Path]) -> None:
    inferred = (workspaces["skos"] / "dist" / "dumps" / "inferred.nt").read_text(encoding="utf-8")
    found = set(parse_ntriples(inferred))
    core = "http://www.w3.org/2004/02/skos/core#"
    base = "https://example.org/dataset/id/"
    for subject, predicate, obj in (
        ("precipitation", "narrower", "rain"),
        ("thundercloud", "related", "hail"),
        ("weather", "hasTopConcept", "wind"),
        ("wind", "inScheme", "weather"),
    ):
        assert (f"<{base}{subject}>", f"<{core}{predicate}>", f"<{base}{obj}>") in found
    assert not any(predicate == str(RDF.type) for _, predicate, _ in found)
