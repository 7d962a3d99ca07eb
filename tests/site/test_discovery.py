"""What a site says to programs: typed links, schema.org, sitemap, feed; and points of FAIR assessments by their ids."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pyoxigraph as ox
import pytest

from publisher.site import write_site
from publisher.workspace.config import Config, load_config
from tests.site.reading import parse

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = "https://w3id.org/geopol/"


@functools.cache
def schema(page: Path) -> Any:
    """Return the description by schema.org that a page has."""
    (text,) = [n.text or "" for n in parse(page).iter("script") if n.get("type") == "application/ld+json"]
    return json.loads(text)


def typed(page: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the typed links of a page: targets and media types by relation."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in parse(page).iter("link"):
        for rel in node.get("rel", "").split():
            found.setdefault(rel, []).append((node.get("href", ""), node.get("type", "")))
    return found


def xml(path: Path) -> Element:
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 (a file that the test built)


def local(site: Path, page: Path, href: str) -> Path:
    return site / href.removeprefix(BASE) if href.startswith(BASE) else page.parent / href


# --- typed links ---------------------------------------------------------------------------------------------------


def test_a_page_of_a_thing_has_the_links_of_fair_signposting(site: Path) -> None:
    links = typed(site / "id" / "armenia.html")
    assert links["cite-as"] == [(f"{BASE}id/armenia", "")]
    assert {media for _, media in links["describedby"]} == {
        *("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml"),
    }
    assert all((site / "id" / href).is_file() for href, _ in links["describedby"])
    assert ("https://schema.org/AboutPage", "") in links["type"]
    assert links["license"] == [("https://creativecommons.org/licenses/by/4.0/", "")]
    assert links["collection"] == [("../about.html", "")]
    assert links["canonical"] == [(f"{BASE}id/armenia.html", "")]


def test_the_page_of_the_dataset_leads_to_its_files(site: Path) -> None:
    links = typed(site / "about.html")
    assert links["cite-as"] == [(BASE, "")]
    assert ("https://schema.org/Dataset", "") in links["type"]
    assert ("dumps/all.ttl", "text/turtle") in links["item"]
    assert all((site / href).is_file() for rel in ("item", "describedby") for href, _ in links[rel])


def test_alignments_are_there_as_mapping_sets(site: Path, config: Config) -> None:
    name = "alignments/geopol.sssom.tsv"
    assert (site / name).read_bytes() == (config.root / "ontology" / name).read_bytes()
    assert name in {node.get("href") for node in parse(site / "about.html").iter("a")}


def test_every_page_but_two_is_canonical_at_its_own_address(site: Path) -> None:
    for page in site.rglob("*.html"):
        path = page.relative_to(site).as_posix()
        expected = [] if path in ("404.html", "search.html") else [(BASE + path.removesuffix("index.html"), "")]
        assert typed(page).get("canonical", []) == expected, path


# --- schema.org ------------------------------------------------------------------------------------------------------


def test_things_have_the_classes_that_the_alignments_name(site: Path) -> None:
    types = {
        "ilham-aliyev": "Person",
        "csto": "Organization",
        "minsk": "Place",
        "edm-15-177": "NewsArticle",
        "aliyev-visit-to-belarus-2018": "Event",
    }
    for name, kind in types.items():
        if (page := site / "id" / f"{name}.html").is_file():
            described = schema(page)
            assert described.get("@graph", [described])[0]["@type"] == kind, name
    person = schema(site / "id" / "ilham-aliyev.html")
    assert person["@id"] == f"{BASE}id/ilham-aliyev"
    assert "Ильхам Алиев" in person["alternateName"]
    assert "Holds office: President of Azerbaijan" in person["description"]


def test_claims_have_voice_article_and_verdict_and_no_fact_is_among_them(site: Path) -> None:
    article, *claims = schema(site / "id" / "edm-15-177.html")["@graph"]
    items = parse(site / "id" / "edm-15-177.html").iter("li")
    facts = {f"{BASE}id/edm-15-177/{item.get('id')}" for item in items if item.get("class") == "fact"}
    assert len(claims) > 100
    for claim in claims:
        assert claim["@type"] == "Claim"
        assert claim["appearance"] == {"@id": article["@id"]}
        assert claim["author"]
        assert claim["text"]
        assert claim["creativeWorkStatus"].endswith(".")
        assert claim["@id"] not in facts


def test_descriptions_use_one_vocabulary_and_review_no_claim(site: Path, thesaurus: Path) -> None:
    vocabulary = {"@context": {"@vocab": "https://schema.org/"}}
    for page in (*site.rglob("*.html"), *thesaurus.rglob("*.html")):
        texts = [n.text or "" for n in parse(page).iter("script") if n.get("type") == "application/ld+json"]
        assert len(texts) <= 1, page
        for text in texts:
            described = json.loads(text)
            assert described.pop("@context") == "https://schema.org/"
            quads = list(ox.parse(json.dumps({**vocabulary, **described}), format=ox.RdfFormat.JSON_LD))
            assert len(quads) > 3, page
            assert not any("Review" in str(quad) and "schema.org" in str(quad.object) for quad in quads), page


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_sitemap_lists_every_page(site: Path) -> None:
    locations = [node.text or "" for node in xml(site / "sitemap.xml").iter(f"{SITEMAP}loc")]
    paths = {page.relative_to(site).as_posix() for page in site.rglob("*.html")} - {"404.html", "search.html"}
    assert sorted(locations) == sorted(BASE + path.removesuffix("index.html") for path in paths)


def test_the_feed_has_the_articles(site: Path, config: Config) -> None:
    feed = xml(site / "feed.xml")
    assert feed.findtext(f"{ATOM}updated") == f"{config.issued}T00:00:00Z"
    entries = feed.findall(f"{ATOM}entry")
    assert {entry.findtext(f"{ATOM}id") for entry in entries} >= {f"{BASE}id/edm-15-177", f"{BASE}id/csto-in-2018"}
    for entry in entries:
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert local(site, site, link.get("href", "")).is_file()
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00Z", entry.findtext(f"{ATOM}updated") or "")
    issued = {entry.findtext(f"{ATOM}id"): entry.findtext(f"{ATOM}published") for entry in entries}
    assert issued[f"{BASE}id/edm-15-177"] == "2018-12-01T00:00:00Z"
    assert typed(site / "index.html")["alternate"] == [("feed.xml", "application/atom+xml")]


def test_the_guide_leads_to_pages_that_are_there_and_tells_facts_from_claims(site: Path, thesaurus: Path) -> None:
    guide = (site / "llms.txt").read_text(encoding="utf-8")
    assert "must not be repeated without its voice and its verdict" in guide
    links = re.findall(r"\]\((.*)\)", guide)
    assert len(links) > 8
    assert all(local(site, site, href).is_file() for href in links)
    other = (thesaurus / "llms.txt").read_text(encoding="utf-8")
    assert "fact" not in other.lower()
    assert "claim" not in other.lower()
    assert not (thesaurus / "feed.xml").exists()


def test_the_address_of_the_site_may_be_another_than_its_base(
    thesaurus: Path, tmp_path: Path, thesaurus_config: Config
) -> None:
    toml = (thesaurus_config.root / "publisher.toml").read_text(encoding="utf-8")
    workspace, folder = tmp_path / "w", tmp_path / "dist"
    for name in ("data", "ontology", "queries"):
        (workspace / name).mkdir(parents=True)
    (workspace / "site").mkdir()
    (workspace / "site" / "Über & uns.md").write_text("# About us\n", encoding="utf-8")
    (workspace / "publisher.toml").write_text(
        toml.replace(
            "[site]", '[dumps]\nformats = ["nt"]\ncompressed = "only"\n[site]\nurl = "https://host.example/a/"'
        ),
        encoding="utf-8",
    )
    (folder / "dumps").mkdir(parents=True)
    for path in (thesaurus / "dumps").iterdir():
        (folder / "dumps" / path.name).write_bytes(path.read_bytes())
    write_site(load_config(workspace), folder)
    assert "Sitemap: https://host.example/a/sitemap.xml" in (folder / "robots.txt").read_text()
    locations = {node.text for node in xml(folder / "sitemap.xml").iter(f"{SITEMAP}loc")}
    assert "https://host.example/a/%C3%9Cber%20%26%20uns.html" in locations
    guide = (folder / "llms.txt").read_text(encoding="utf-8")
    assert "[Everything in N-Triples](https://host.example/a/dumps/all.nt.gz)" in guide
    assert "dumps/all.ttl" not in guide
    links = typed(folder / "id" / "cat.html")
    assert links["canonical"] == [("https://host.example/a/id/cat.html", "")]
    assert links["cite-as"] == [("https://example.org/t/id/cat", "")]


# --- FAIR ----------------------------------------------------------------------------------------------------------


class Assessed(NamedTuple):
    """What an assessment of a site looks at: the page of the dataset, that of the ontology, and the description."""

    site: Path
    data: Any
    links: dict[str, list[tuple[str, str]]]
    ontology: Any
    ontology_links: dict[str, list[tuple[str, str]]]
    terms: list[Element]
    void: str


Check = Callable[[Assessed], object]
CORE = ("creator", "name", "identifier", "publisher", "datePublished", "description", "keywords")
# What F-UJI (metrics v0.8) and FOOPS! ask for and a static site can meet. Not here: that identifiers are registered
# (FsF-F1-02MD), content negotiation (FOOPS! CN1), and registries of vocabularies (FOOPS! FIND3).
FAIR: dict[str, tuple[str, Check]] = {
    "FsF-F1-01MD": (
        "the dataset has a globally unique identifier, an HTTP IRI",
        lambda s: s.links["cite-as"][0][0] == s.data["@id"] == s.data["identifier"],
    ),
    "FsF-F2-01M": ("core metadata are stated", lambda s: all(s.data[key] for key in CORE)),
    "FsF-F3-01M": (
        "the metadata name the data with address, size and format",
        lambda s: all(d["contentUrl"] and d["contentSize"] and d["encodingFormat"] for d in s.data["distribution"]),
    ),
    "FsF-F4-01M": ("search engines read the metadata in the page", lambda s: s.data["@type"] == "Dataset"),
    "FsF-A1-01M": (
        "the conditions of access are stated",
        lambda s: s.data["isAccessibleForFree"] is True and s.data["conditionsOfAccess"],
    ),
    "FsF-A1-02MD": (
        "the data are at addresses of a standard protocol",
        lambda s: all(d["contentUrl"].startswith("https://") for d in s.data["distribution"]),
    ),
    "FsF-I1-01M": (
        "the metadata are in a formal language",
        lambda s: (
            ("dumps/void.ttl", "text/turtle") in s.links["describedby"]
            and list(ox.parse(s.void, format=ox.RdfFormat.TURTLE))
        ),
    ),
    "FsF-I2-01M": (
        "the metadata use registered vocabularies",
        lambda s: s.data["@context"] == "https://schema.org/" and "http://www.w3.org/ns/dcat#" in s.void,
    ),
    "FsF-I3-01M": (
        "the metadata link to what the data are based on",
        lambda s: s.data["isBasedOn"] and all(iri.startswith("https://") for iri in s.data["isBasedOn"]),
    ),
    "FsF-R1-01MD": (
        "the size of the content is stated, and is true",
        lambda s: all(
            (s.site / d["contentUrl"].removeprefix(BASE)).stat().st_size == int(d["contentSize"])
            for d in s.data["distribution"]
        ),
    ),
    "FsF-R1.1-01M": (
        "the licence is stated, as an address that SPDX lists",
        lambda s: (
            s.links["license"] == [("https://creativecommons.org/licenses/by/4.0/", "")]
            and s.data["license"] == s.links["license"][0][0]
        ),
    ),
    "FsF-R1.2-01M": (
        "the provenance is stated: creator, date, version, sources",
        lambda s: all(s.data[key] for key in ("creator", "version", "datePublished", "isBasedOn")),
    ),
    "FsF-R1.3-01M": ("the metadata follow a standard of the community", lambda s: "dcat:Dataset" in s.void),
    "FsF-R1.3-02D": (
        "the data are in recommended, open formats",
        lambda s: {"text/turtle", "application/n-quads"} <= {d["encodingFormat"] for d in s.data["distribution"]},
    ),
    "FOOPS-DOC1": ("the ontology has a documentation in HTML", lambda s: (s.site / "ns.html").is_file()),
    "FOOPS-RDF1": (
        "the documentation leads to the ontology in RDF",
        lambda s: ("ns.ttl", "text/turtle") in s.ontology_links["describedby"] and (s.site / "ns.ttl").is_file(),
    ),
    "FOOPS-OM1": (
        "title, description, version and licence of the ontology are stated",
        lambda s: all(s.ontology[key] for key in ("name", "description", "version", "license")),
    ),
    "FOOPS-VOC3": ("each term has a label", lambda s: s.terms and all(n.find("h3") is not None for n in s.terms)),
    "FOOPS-VOC4": ("each term has a definition", lambda s: s.terms and all(n.find("p") is not None for n in s.terms)),
    "FOOPS-URI1": (
        "the ontology is cited by its IRI",
        lambda s: s.ontology_links["cite-as"] == [(s.ontology["@id"], "")],
    ),
}


@pytest.fixture(scope="module")
def assessed(site: Path) -> Assessed:
    about, ns = site / "about.html", site / "ns.html"
    terms = [node for node in parse(ns).iter("section") if "term" in node.get("class", "").split()]
    void = (site / "dumps" / "void.ttl").read_text(encoding="utf-8")
    return Assessed(site, schema(about), typed(about), schema(ns), typed(ns), terms, void)


@pytest.mark.parametrize("name", FAIR)
def test_the_site_is_fair(name: str, assessed: Assessed) -> None:
    what, is_met = FAIR[name]
    assert is_met(assessed), what
