"""What a workspace adds to its site: Markdown pages with answers, templates, style; hostile Markdown is inert."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.build.pipeline import Built, build, review
from publisher.errors import ConfigError, SourceError
from publisher.site import write_site
from publisher.site.custom.overrides import make_environment, static_files, style_sheet
from publisher.site.translation.catalogue import read_words
from publisher.site.words import ENGLISH
from publisher.workspace.config import Config, load_config
from publisher.workspace.pages.markdown import read_pages
from publisher.workspace.watch import snapshot
from tests.site.conftest import SKOS, write_workspace
from tests.site.reading import anchors, links, page_text, parse

QUERY = """#+ summary: What is narrower?
#+ tags: [concepts]
#+ parameters:
#+   - name: broad
#+     type: iri
#+     description: The broader concept.
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?narrow { VALUES ?broad { UNDEF } ?narrow skos:broader ?broad } ORDER BY ?narrow
"""
METHOD = """# How *we* work

Read about [the cat](t:cat), [its kin](t:cat-like), [what is narrower](../queries/narrower.rq), [every name](a-z.html),
[more](guide/more.md#two-words), [a list](lists/none.html), [the shapes](../ontology/ontology.ttl) or
[elsewhere](https://example.org/?a=1&b=2 "A title").

![The sign](static/sign.svg)

## Questions

```sparql
narrower --broad t:mammal
```

1. And this one?

   ```sparql
   SELECT (COUNT(*) AS ?names) { ?concept skos:prefLabel ?name }
   ```

```console
$ publisher query narrower
```

| a | b |
| --- | ---: |
| x<br>y | 1 |
"""
HOSTILE = """# <script>alert(1)</script>

<script>alert(2)</script> <img src=x onerror=alert(3)> <b onclick=alert(4)>bold</b> <!-- hidden -->

<!-- a comment
over lines -->

<iframe src="https://example.org/"></iframe>

[a](javascript:alert(5)) [b](JaVaScRiPt:alert(6)) [c](data:text/html,x) [d](vbscript:x) [e](//example.org/)
[f](../../../../etc/passwd) [g](<java\tscript:alert(7)>) [h](&#106;avascript:alert(8)) <javascript:alert(9)>
[i](file:///etc/passwd) ![j](https://example.org/track.png) ![k](javascript:alert(10)) [l](t:x"onmouseover="alert(11))
[m][n] ![o](../publisher.toml) [p]()

[n]: javascript:alert(12) "x\\" onclick=alert(13)"

## Main

{{ 7 * 7 }} {% raw %} turned \u202egnp.exe

```html" onclick="alert(14)
</pre><script>alert(15)</script>
```
"""
BASE = """{% extends "publisher/base.html" %}
{% block licence %}<p id="own">Made by {{ publisher }} & friends. {{ "<i>" }}</p>{{ super() }}{% endblock %}
"""


def _workspace(folder: Path, files: dict[str, str]) -> Path:
    write_workspace(folder, SKOS.read_text(encoding="utf-8"), queries={"narrower": QUERY})
    toml = folder / "publisher.toml"
    settings = toml.read_text(encoding="utf-8").replace(
        "[site]", '[prefixes]\nt = "https://example.org/t/id/"\n\n[site]\npages = ["docs"]'
    )
    toml.write_text(settings, encoding="utf-8")
    for name, text in {"docs/one.md": "# The first\n", "docs/two.md": "No title, [one](one.md).\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def custom(tmp_path_factory: pytest.TempPathFactory) -> Built:
    files = {
        "site/method.md": METHOD,
        "site/hostile.md": HOSTILE,
        "site/guide/more.md": "# More\n\n## Two words\n\n# Again\n\n## Two words\n",
        "site/static/sign.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "site/static/.hidden": "",
        "site/style.css": ":root{--fact:#004}",
        "site/templates/base.html": BASE,
    }
    root = _workspace(tmp_path_factory.mktemp("custom") / "w", files)
    built = build(load_config(root), root / "dist")
    assert built.folder, [finding.message for finding in built.report.findings]
    return built


@pytest.fixture(scope="module")
def dist(custom: Built) -> Path:
    assert custom.folder
    return custom.folder


def test_a_page_has_its_title_and_links_that_lead_to_pages_of_the_site(dist: Path) -> None:
    root = parse(dist / "method.html")
    assert "".join(next(root.iter("h1")).itertext()) == "How we work"
    assert next(root.iter("title")).text == "How we work – Thesaurus"
    text = {"".join(node.itertext()): node.get("href") for node in root.iter("a")}
    assert text["the cat"] == "id/cat.html"
    assert text["what is narrower"] == "queries/narrower.html"
    assert text["every name"] == "a-z.html"
    assert text["more"] == "guide/more.html#two-words"
    assert text["elsewhere"] == "https://example.org/?a=1&b=2"
    assert text["narrower"] == "queries/narrower.html"  # below the console
    assert not {"its kin", "a list", "the shapes"} & text.keys()
    assert [node.get("src") for node in root.iter("img")] == ["static/sign.svg"]
    assert (dist / "static" / "sign.svg").is_file()
    assert not (dist / "static" / ".hidden").exists()


def test_links_of_all_pages_lead_to_files_and_places(dist: Path) -> None:
    for page in ("method.html", "guide/more.html", "docs/one.html", "docs/two.html", "docs/index.html"):
        for link in links(dist / page):
            address, _, fragment = link.partition("#")
            if not address.startswith("https:"):
                target = (dist / page).parent / address if address else dist / page
                assert target.is_file(), (page, link)
                assert not fragment or fragment in anchors(target), (page, link)


def test_what_leads_nowhere_is_a_finding_with_its_place(custom: Built) -> None:
    found = {(f.file.name, f.value or f.message): (f.line, f.column) for f in custom.report.findings if f.file}
    lines = METHOD.split("\n")
    assert found["method.md", "https://example.org/t/id/cat-like"] == (3, lines[2].index("t:cat-like") + 1)
    (dead,) = [place for (file, value), place in found.items() if "lists/none.html" in value]
    assert dead == (4, lines[3].index("lists/none.html") + 1)
    hostile = [value for file, value in found if file == "hostile.md"]
    assert len(hostile) == 15, hostile
    assert {f.severity for f in custom.report.findings} == {"warning"}


def test_blocks_of_sparql_are_answered(dist: Path) -> None:
    text = page_text(dist / "method.html")
    assert "What is narrower?" in text
    assert "3 rows.\nWhat is narrower?\nNarrow\ncat\nmouse\n" in text
    assert "1 row.\nAnswer 2\nNames\n14\n" in text
    assert "SELECT (COUNT(*) AS ?names)" in text


def test_hostile_markdown_is_inert(dist: Path) -> None:
    root = parse(dist / "hostile.html")
    for node in root.iter():
        assert node.tag not in ("iframe", "img"), node.tag
        assert node.tag != "script" or (node.get("src", "").endswith("keys.js") and not node.text)
        assert not any(name.startswith("on") or name == "style" for name in node.attrib)
        target = node.get("href", "")
        assert ":" not in target or target.startswith(("https://", "http://")), target
        assert "etc" not in target
    content = (dist / "hostile.html").read_text(encoding="utf-8")
    assert "\u202e" not in content
    words = page_text(dist / "hostile.html")
    assert "<script>alert(2)</script>" in words
    assert "{{ 7 * 7 }}" in words
    assert "hidden" not in words.replace("aria-hidden", "")
    assert "over lines" not in words
    assert len(set(anchors(dist / "hostile.html"))) == len(anchors(dist / "hostile.html"))


def test_pages_are_in_the_navigation_and_folders_have_an_index(dist: Path) -> None:
    head = next(node for node in parse(dist / "id" / "cat.html").iter("nav"))
    entries = {"".join(node.itertext()): node.get("href") for node in head.iter("a")}
    assert entries["How we work"] == "../method.html"
    assert entries["Docs"] == "../docs/index.html"
    assert "More" not in entries
    assert "The first\nTwo" in page_text(dist / "docs" / "index.html")
    assert page_text(dist / "docs" / "one.html").count("Docs") == 2  # head and kicker


def test_templates_extend_those_of_the_site_and_escape(dist: Path) -> None:
    for page in ("index.html", "id/cat.html", "404.html"):
        content = (dist / page).read_text(encoding="utf-8")
        assert "Made by Its editors & friends. &lt;i&gt;" in content
        assert "version 1.0" in content


def test_the_style_sheet_of_the_workspace_follows(dist: Path) -> None:
    style = (dist / "style.css").read_text(encoding="utf-8")
    assert style.index("--paper") < style.index("/* site/style.css */\n:root{--fact:#004}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("thing.html", "<p>\n{% if %}", r"thing\.html:2: the template fails: Expected an expression"),
        ("thing.html", "\n\n{{ nothing.at.all }}", r"thing\.html:3: the template fails: 'nothing' is undefined"),
        ("thing.html", "{{ 1 // 0 }}", r"thing\.html:1: the template fails: ZeroDivisionError"),
        ("thing.html", "\n{{ page.__class__.__mro__ }}", r"thing\.html:2: the template fails: access to attribute"),
        ("question.html", "{{ query.path.read_text() }}", "the template fails: .* is not safely callable"),
        ("question.html", "{{ question.answer.rows() }}", "the template fails: .* is not safely callable"),
        ("thing.html", '{% extends "none.html" %}', r"thing\.html:1: the template fails: .*none\.html"),
    ],
)
def test_an_error_in_a_template_is_told_with_its_place(
    name: str, text: str, message: str, dist: Path, tmp_path: Path
) -> None:
    root = _workspace(tmp_path / "w", {f"site/templates/{name}": text})
    shutil.copytree(dist / "dumps", root / "dist" / "dumps")
    with pytest.raises(SourceError, match=message):
        write_site(load_config(root), root / "dist")


def test_a_dead_link_stops_the_release_where_it_is_a_violation(tmp_path: Path) -> None:
    root = _workspace(tmp_path / "w", {"site/a.md": "[x](id/none.html)\n"})
    toml = root / "publisher.toml"
    settings = toml.read_text(encoding="utf-8").replace("[lints]", '[lints]\npage-link = "violation"')
    toml.write_text(settings, encoding="utf-8")
    built = build(load_config(root), root / "dist")
    assert built.folder is None
    assert [(f.file, f.line) for f in built.report.findings if f.file] == [(root / "site" / "a.md", 1)]
    assert not (root / "dist").exists()


def test_addresses_that_are_taken_are_refused(dist: Path, tmp_path: Path) -> None:
    root = _workspace(tmp_path / "w", {"site/about.md": "# Mine\n"})
    shutil.copytree(dist / "dumps", root / "dist" / "dumps")
    with pytest.raises(SourceError, match=r"about\.md: the site has another page about\.html"):
        write_site(load_config(root), root / "dist")
    (root / "site" / "docs").mkdir()
    (root / "site" / "docs" / "one.md").write_text("# Another\n")
    with pytest.raises(ConfigError, match="the address of that of"):
        read_pages(load_config(root))


def _esperanto(config: Config) -> Config:
    return replace(config, site=replace(config.site, interface="eo"))


READERS: dict[str, Callable[[Path], object]] = {
    "page.md": lambda root: read_pages(load_config(root)),
    "style.css": lambda root: style_sheet(root.parent, root, ENGLISH),
    "templates/list.html": lambda root: make_environment(root.parent, root, ENGLISH),
    "locale/eo.po": lambda root: read_words(_esperanto(load_config(root))),
    "static/a.txt": lambda root: list(static_files(root)),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("target", ["outside.txt", "w/.git/config"])
def test_no_link_publishes_what_is_outside_of_the_workspace_or_hidden(name: str, target: str, tmp_path: Path) -> None:
    (tmp_path / "w" / ".git").mkdir(parents=True)
    for secret in ("outside.txt", "w/.git/config", "style.css"):
        (tmp_path / secret).write_text("secret", encoding="utf-8")
    root = write_workspace(tmp_path / "w", "")
    link = root / "site" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / target)
    with pytest.raises(SourceError, match="the link leads out of the workspace"):
        READERS[name](root)


def test_a_folder_of_pages_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = _workspace(tmp_path / "w", {})
    (root / "docs").rename(root / "doc")
    found = [f for f in review(load_config(root)).findings if f.file]
    assert [(f.file, f.line, f.message) for f in found] == [
        (root / "publisher.toml", 14, "There is no folder 'docs' for pages of the site.")
    ]


def test_pages_and_templates_are_watched(tmp_path: Path) -> None:
    root = _workspace(tmp_path / "w", {"site/templates/thing.html": ""})
    before = snapshot(root)
    (root / "site" / "templates" / "thing.html").write_text("new")
    middle = snapshot(root)
    (root / "docs" / "two.md").write_text("# New\n")
    assert before != middle != snapshot(root)


def test_the_documentation_of_this_repository_is_part_of_its_site(site: Path) -> None:
    pages = sorted(path.stem for path in (Path(__file__).parents[2] / "docs").glob("*.md") if path.stem != "README")
    assert pages == sorted(path.stem for path in (site / "docs").glob("*.html") if path.stem != "index")
    assert "8 facts and 2 claims" in page_text(site / "docs" / "site.html")


def test_earlier_versions_of_a_vocabulary_stay_at_their_addresses(
    thesaurus: Path, tmp_path: Path, thesaurus_config: Config
) -> None:
    workspace, folder = tmp_path / "w", tmp_path / "dist"
    shutil.copytree(thesaurus_config.root, workspace, ignore=lambda *_: ["dist"])
    version = workspace / "site" / "versions" / "ns" / "0.1.0.ttl"
    version.parent.mkdir(parents=True)
    version.write_text("@base <https://example.org/t/> .\n<ns#old> <ns#p> [ <ns#q> 'é' ] .\n", encoding="utf-8")
    shutil.copytree(thesaurus / "dumps", folder / "dumps")
    write_site(load_config(workspace), folder)
    for extension in ("ttl", "jsonld", "nt", "rdf"):
        quads = list(ox.parse(path=folder / "ns" / f"0.1.0.{extension}"))
        assert {str(quad.predicate) for quad in quads} == {
            "<https://example.org/t/ns#p>",
            "<https://example.org/t/ns#q>",
        }
    for name, message in (("a-z.ttl", "another document a-z"), ("a b.ttl", "can be no address")):
        other = version.parent.with_name(name)
        version.rename(other)
        with pytest.raises(SourceError, match=message):
            write_site(load_config(workspace), folder)
        other.rename(version)
