"""What holds for a site as a whole: well-formed pages, links that lead somewhere, equal bytes, few files written."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from pathlib import Path
from urllib.parse import urldefrag

import pyoxigraph as ox
import pytest

from publisher.errors import OutputError
from publisher.site import write_site
from publisher.workspace.atomic import ensure_replaceable
from publisher.workspace.config import Config
from publisher.workspace.scaffold import make_workspace
from tests.site.conftest import build_site, write_workspace
from tests.site.reading import anchors, links, page_text, parse


@pytest.fixture(scope="session", params=["site", "thesaurus"])
def any_site(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


def test_pages_are_well_formed_and_identifiers_unique(any_site: Path) -> None:
    for page in sorted(any_site.rglob("*.html")):
        root = parse(page)
        names = anchors(page)
        assert sorted(set(names)) == sorted(names), page
        assert root.find("body/div/main") is not None, page
        assert len(list(root.iter("h1"))) == 1, page


def test_links_within_the_site_lead_to_pages_and_places(any_site: Path) -> None:
    known = {page: set(anchors(page)) for page in any_site.rglob("*.html")}
    for page in known:
        if page.name == "404.html":
            continue
        for link in links(page):
            target, fragment = urldefrag(link)
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            path = (page.parent / target).resolve() if target else page
            assert path.is_file(), (page, link)
            is_query = path.name == "sparql.html" and fragment.startswith("name=")  # for the script of that page
            assert not fragment or is_query or fragment in known[path], (page, link)


def test_no_page_loads_anything_from_another_host(any_site: Path) -> None:
    for page in any_site.rglob("*.html"):
        for node in parse(page).iter():
            if node.tag in ("script", "img", "iframe", "object", "embed", "source", "use", "form"):
                target = node.get("src") or node.get("href") or node.get("action") or ""
                assert "//" not in target, (page, target)
            if node.tag == "link" and node.get("rel") in ("stylesheet", "icon", "preload"):
                assert "//" not in node.get("href", ""), page
            assert not any(name.startswith("on") or name == "style" for name in node.attrib), page


def test_every_page_has_a_strict_policy(any_site: Path) -> None:
    for page in any_site.rglob("*.html"):
        policies = [n.get("content", "") for n in parse(page).iter("meta") if n.get("http-equiv")]
        assert len(policies) == 1, page
        assert policies[0].startswith("default-src 'none'"), page
        assert "unsafe-inline" not in policies[0], page
        assert "unsafe-eval" not in policies[0].replace("wasm-unsafe-eval", ""), page


def test_a_page_has_at_most_30_kb(any_site: Path) -> None:
    for page in any_site.rglob("*.html"):
        assert len(gzip.compress(page.read_bytes(), 9)) <= 30_000, page


def test_documents_of_a_thing_are_the_same_in_all_formats(site: Path) -> None:
    for name in ("armenia", "csto-in-2018", "transfer-of-iskander-to-armenia"):
        graphs = []
        for extension, form in (
            ("ttl", ox.RdfFormat.TURTLE),
            ("nt", ox.RdfFormat.N_TRIPLES),
            ("jsonld", ox.RdfFormat.JSON_LD),
            ("rdf", ox.RdfFormat.RDF_XML),
        ):
            content = (site / "id" / f"{name}.{extension}").read_bytes()
            graphs.append({str(quad.triple) for quad in ox.parse(content, format=form)})
        assert graphs[0]
        assert graphs == [graphs[0]] * 4


def test_the_list_of_files_is_complete_and_true(any_site: Path) -> None:
    lines = (any_site / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {p.relative_to(any_site).as_posix() for p in any_site.rglob("*") if p.is_file()}
    assert set(listed) == {name for name in found if not name.startswith("dumps/")} - {"SHA256SUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256((any_site / name).read_bytes()).hexdigest() == digest


def test_equal_dumps_give_equal_bytes(site: Path, config: Config, tmp_path: Path) -> None:
    shutil.copytree(site / "dumps", tmp_path / "dumps")
    write_site(config, tmp_path)
    assert (tmp_path / "SHA256SUMS").read_bytes() == (site / "SHA256SUMS").read_bytes()


def test_only_what_changed_is_written_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    thesaurus = Path(__file__).with_name("thesaurus.ttl").read_text(encoding="utf-8")
    workspace = write_workspace(tmp_path / "w", thesaurus)
    dist = build_site(workspace)
    before = {p.relative_to(dist): p.stat().st_ino for p in dist.rglob("*") if p.is_file()}
    data = workspace / "data" / "data.ttl"
    data.write_text(thesaurus.replace('"Only the domestic cat."@en', '"The domestic cat only."@en'), encoding="utf-8")
    build_site(workspace)
    after = {p.relative_to(dist): p.stat().st_ino for p in dist.rglob("*") if p.is_file()}
    changed = {p.as_posix() for p in after if after[p] != before.get(p) and p.parts[0] not in ("dumps", "pagefind")}
    documents = {f"id/cat.{extension}" for extension in ("html", "ttl", "nt", "rdf", "jsonld")}
    pages_on_the_whole = {"about.html", *(["sparql.html"] if (dist / "sparql.html").exists() else [])}
    assert changed == {*documents, *pages_on_the_whole, "SHA256SUMS"}
    data.write_text(thesaurus.replace(":mouse", ":rat"), encoding="utf-8")
    build_site(workspace)
    assert not (dist / "id" / "mouse.html").exists()
    assert (dist / "id" / "rat.html").is_file()


def test_a_file_that_no_build_wrote_is_not_removed_with_the_site(tmp_path: Path) -> None:
    workspace = write_workspace(tmp_path / "w", Path(__file__).with_name("thesaurus.ttl").read_text(encoding="utf-8"))
    dist = build_site(workspace)
    ensure_replaceable(dist)
    (dist / "id" / "mine.html").write_text("mine")
    with pytest.raises(OutputError, match=r"mine\.html: was not published here"):
        build_site(workspace)


def test_a_thesaurus_has_a_tree_names_in_all_languages_and_no_word_of_claims(thesaurus: Path) -> None:
    tree = page_text(thesaurus / "tree.html")
    places = [tree.index(f"\n{name}") for name in ("Animals", "animal", "mammal", "cat", "mouse")]
    assert places == sorted(places)
    cat = page_text(thesaurus / "id" / "cat.html")
    for words in ("Cat", "Katze German", "قط Arabic", "Also called\nhouse cat", "Broader\nmammal", "Related\nmouse"):
        assert words.casefold() in cat.casefold()
    assert "kat\n" not in cat  # hidden labels are for searching
    assert "\nRelations and names\n" in cat
    assert "\nNotes\nNote\n" in page_text(thesaurus / "id" / "unnamed.html")
    mammal = page_text(thesaurus / "id" / "mammal.html")
    assert "Narrower\ncat\nmouse" in mammal
    for page in thesaurus.rglob("*.html"):
        lowered = page_text(page).casefold()
        assert not any(word in lowered for word in ("claim", "fact", "verdict", "geopolit", "article")), page


def test_a_name_from_right_to_left_is_marked(thesaurus: Path) -> None:
    names = parse(thesaurus / "id" / "cat.html").iter("bdi")
    assert [(node.get("lang"), node.get("dir"), node.text) for node in names] == [("ar", "rtl", "قط")]
    title = next(parse(thesaurus / "id" / "unnamed.html").iter("h1"))
    assert [node.get("dir") for node in title.iter("bdi")] == ["rtl"]


def test_a_concept_shows_its_place_in_the_tree_each_relation_once_and_definitions_in_all_languages(
    tmp_path: Path,
) -> None:
    make_workspace(tmp_path / "w", template="skos")
    site = build_site(tmp_path / "w")
    drizzle, rain = page_text(site / "id" / "drizzle.html"), page_text(site / "id" / "rain.html")
    assert "hydrometeor › precipitation › rain" in " ".join(drizzle.split())
    assert "Definition, German" in drizzle
    assert "Feiner Regen, dessen Tropfen zu schweben scheinen." in drizzle
    assert [rain.count(f"\n{word}\n") for word in ("Narrower", "Broader", "Related")] == [1, 1, 1]
    assert "Nieselregen, see drizzle" in " ".join(page_text(site / "a-z.html").split())
    assert "Concept schemes" in page_text(site / "index.html")


def test_a_vocabulary_shows_each_class_among_others_and_each_term_with_its_use(site: Path) -> None:
    text = " ".join(page_text(site / "ns.html").split())
    assert "situation ◁ event ◁ meeting" in text
    assert "has host → agent" in text
    assert "properties lead to it" in text
    place = text[text.index("Relates a situation to where it happens or holds.") :][:400]
    assert "in 7 claims" in place
    assert "armed escalation along the Line of Contact in April 2016 → Karabakh" in place
