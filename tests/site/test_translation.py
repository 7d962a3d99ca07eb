"""The site's own words in other languages than English."""

from __future__ import annotations

import io
import json
import re
import runpy
import shutil
import string
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from babel.messages.pofile import read_po, write_po
from playwright.sync_api import Page

from publisher.errors import SourceError
from publisher.site.index import SiteIndex
from publisher.site.output import TEMPLATES
from publisher.site.site import WrittenSite, write_site
from publisher.site.translation.catalogue import TEMPLATE, read_messages, read_words
from publisher.workspace.config import Config, load_config
from tests.conftest import ROOT
from tests.site.conftest import SKOS, serving, write_workspace
from tests.site.reading import parse

SCRIPTS = [*sorted((ROOT / "browser" / "src").glob("*.js")), *(TEMPLATES / name for name in ("search.js", "text.js"))]
# A string of a script, and what stands before one that is a message.
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`\n]*)`')
MESSAGE = re.compile(r'(?:\b_|\bngettext)\(\s*$|\bngettext\("[^"\n]*", $')
# Strings of several words that are not for people: classes, styles, keywords, and the names of texts of CodeMirror.
NO_TEXT = re.compile(
    r"use strict|note sideways|map bare|\S+ (solid|wavy) .*|\.cm-.*|SELECT DISTINCT .*"
    "|Control character|Selection deleted|No diagnostics"
)
STYLES = [
    *(TEMPLATES / "style.css", ROOT / "browser" / "src" / "sparql.css"),
    ROOT / "publisher" / "serve" / "templates" / "preview.css",
]
# Rules that name a side.
SIDES = (
    "legend{float:left;",  # takes it out of the border of its fieldset; the line in which it stands ignores the side
    "unicode-bidi:plaintext;text-align:right}",  # of a text whose own direction would move it to the other side
)
# Elements of texts in their own direction, of programs, and of links one beside the other.
ISOLATED = ("bdi", "code", "pre", "mark", "script", "nav")
# What a translation of a message keeps: fields and HTML.
FIELD = re.compile(r"(%\([a-z_]+\)s|\{[a-z_]*\}|<[^>]*>|&[a-z]+;)")
# What is the same in all languages.
SAME = {"CSV", "JSON", "Turtle", "SHA-256", "SHA256SUMS", "VoID and DCAT", "kB", "publisher query"}
ARABIC = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "Search"
msgstr "بحث"

msgid "%(count)s row"
msgid_plural "%(count)s rows"
msgstr[0] "لا صفوف"
msgstr[1] "صف واحد"
msgstr[2] "صفان"
msgstr[3] "%(count)s صفوف"
msgstr[4] "%(count)s صفًا"
msgstr[5] "%(count)s صف"
"""


class _Texts(HTMLParser):
    """Collect the texts of a page or of a template: between tags, and in attributes that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_script = tag in ("script", "style", "pre", "code")
        read = (value for name, value in attrs if name in ("aria-label", "placeholder", "title", "alt"))
        self.texts += [value for value in read if value]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (the signature of HTMLParser)
        self._is_script = False

    def handle_data(self, data: str) -> None:
        if not self._is_script:
            self.texts.append(data)


def _texts(html: str) -> Iterator[str]:
    parser = _Texts()
    parser.feed(html)
    parser.close()
    yield from filter(None, (" ".join(text.split()).strip(" ·.,:") for text in parser.texts))


def _config(tmp_path: Path, languages: tuple[str, ...], interface: str = "", catalogue: str = "") -> Config:
    """Return the configuration of the thesaurus with other languages, and with a catalogue of the first of them."""
    root = write_workspace(tmp_path / "workspace", SKOS.read_text(encoding="utf-8"))
    if catalogue:
        path = root / "site" / "locale" / f"{interface or languages[0]}.po"
        path.parent.mkdir(parents=True)
        path.write_text(catalogue, encoding="utf-8")
    config = load_config(root)
    site = replace(config.site, languages=languages, interface=interface, search=False, sparql=False)
    return replace(config, site=site)


def _written(config: Config, thesaurus: Path, folder: Path) -> WrittenSite:
    shutil.copytree(thesaurus / "dumps", folder / "dumps")
    return write_site(config, folder)


def test_the_catalogues_have_all_messages_of_the_site_and_no_others() -> None:
    extract = runpy.run_path(str(ROOT / "docs" / "collect_messages.py"))["extract"]
    messages = {message.id for message in extract() if message.id}
    assert {message.id for message in read_messages()} == messages, "run 'make messages'"
    with (TEMPLATE.parent / "de.po").open("rb") as file:
        german = [message for message in read_po(file, locale="de", abort_invalid=True) if message.id]
    assert {message.id for message in german} == messages, "run 'make messages'"
    assert [
        m.id for m in german if m.fuzzy or not all(m.string if isinstance(m.string, (tuple, list)) else [m.string])
    ] == []
    site = replace(load_config(Path(__file__).parents[2]).site, languages=("de",))
    config = replace(load_config(Path(__file__).parents[2]), site=site)
    assert read_words(config).untranslated == ""


@pytest.mark.parametrize("path", sorted((ROOT / "publisher").glob("s*/templates/*.html")), ids=lambda path: path.stem)
def test_a_template_has_no_text_outside_of_messages(path: Path) -> None:
    source = re.sub(r"{% trans.*?{% endtrans %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    source = re.sub(r"{% block policy %}.*?{% endblock %}", "", source)
    source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
    assert [text for text in _texts(source) if re.search("[a-z]{3}", text) and text not in SAME] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_text_outside_of_messages(path: Path) -> None:
    name, source = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    source = re.sub(r"^\s*(//|/\*|\*).*$", "", source, flags=re.MULTILINE)
    own = {form for m in read_messages() if name in dict(m.locations) for form in _forms(m.id)}
    texts, messages = list[str](), set[str]()
    for match in STRING.finditer(source):
        text = match[1] or match[2] or ""
        if MESSAGE.search(source, max(0, match.start() - 200), match.start()):
            messages.add(text)
        elif re.search("[A-Za-z]{2} [A-Za-z]{2}", text) and not NO_TEXT.fullmatch(text):
            texts.append(text)
    assert texts == []
    assert messages == own, "messages within others, or within a template, are not collected"


def test_a_message_with_a_number_has_a_plural_unless_there_are_always_several() -> None:
    numbered = re.compile(r"(?:%\(\w+\)s|\{\w+\}) (?:more [a-z]+s|more is|more are|are|(?!says)[a-z]{3,}s)\b")
    single = {message.id for message in read_messages() if isinstance(message.id, str) and numbered.search(message.id)}
    assert single == {
        "%(most)s facts",
        "%(part)s of %(count)s facts, earlier ones.",
        "%(part)s of %(count)s facts, the latest.",
        "%(size)s triples, %(inferred)s of them inferred",
        ", of which the first %(number)s are here",
        "All %(questions_count)s questions",
        "The %(count)s things that take part in most facts together. A solid line: a fact in which both take part. "
        "A dotted line: only claims name both, and no fact does.",
        "The %(part)s things of %(count)s with most rows.",
        "{number} of {count} passages match.",
    }


def _lines(node: Element) -> Iterator[str]:
    """Yield what stands on the lines of a page, and in its names and titles; □ for an isolated text."""
    texts = [""]

    def read(node: Element) -> None:
        tag = str(node.tag)
        is_isolated, is_block = tag in ISOLATED, tag not in ("a", "b", "i", "small", "span")
        texts.extend([*(value for name, value in node.items() if name in ("aria-label", "title")), ""] * is_block)
        texts[-1] += "□" if is_isolated else node.text or ""
        for child in node:
            if not is_isolated:
                read(child)
                texts[-1] += child.tail or ""
        texts.extend([""] * is_block)

    read(node)
    for text in texts:
        yield re.sub("\u2068[^\u2069]*\u2069", "□", " ".join(text.split()))


def test_texts_of_the_data_are_isolated_from_words_of_the_other_direction(
    small: Path, small_dist: Path, tmp_path: Path
) -> None:
    arabic = str.maketrans(string.ascii_letters, "ابتثجحخدذرزسشصضطظعغفقكلمنه" * 2)
    catalogue = read_po(io.BytesIO(TEMPLATE.read_bytes()), locale="fa")
    for message in catalogue:
        forms = [
            "".join(p if p[:1] in "%{<&" else p.translate(arabic) for p in FIELD.split(f)) for f in _forms(message.id)
        ]
        message.string = tuple(forms) if message.pluralizable else forms[0]
    path = small / "site" / "locale" / "fa.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)
    config = load_config(small)
    config = replace(config, site=replace(config.site, interface="fa", search=False))
    assert _written(config, small_dist, tmp_path / "site").untranslated == ""
    pages = sorted((tmp_path / "site").rglob("*.html"))
    lines = [line for page in pages for line in _lines(parse(page))]
    assert sum(re.search("[ا-ه] .*□", line) is not None for line in lines) > 50
    assert [line for line in lines if re.search("[A-Za-z]", line) and re.search("[ا-ي]", line)] == []


def _forms(message: object) -> tuple[str, ...]:
    return tuple(message) if isinstance(message, (tuple, list)) else (str(message),)


def test_a_thesaurus_is_german_throughout(thesaurus: Path, tmp_path: Path) -> None:
    config = _config(tmp_path, ("de", "en"))
    assert _written(config, thesaurus, tmp_path / "site").untranslated == ""
    german = read_words(config).gettext
    english = {m.id for m in read_messages() if isinstance(m.id, str) and german(m.id) != m.id}
    english -= {"inferred"}  # the name of a dump, too
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert '<html lang="de">' in text
        assert [word for word in _texts(text) if word in english] == []
    cat = (tmp_path / "site" / "id" / "cat.html").read_text(encoding="utf-8")
    assert "<h1>Katze</h1>" in cat
    assert "Oberbegriff" in cat
    assert "Version 1.0 vom 24. November 2026" in cat
    assert '<span lang="en">cat</span> <small>Englisch</small>' in cat


def test_a_language_from_right_to_left_with_a_catalogue_of_the_workspace(thesaurus: Path, tmp_path: Path) -> None:
    written = _written(_config(tmp_path, ("ar", "en"), catalogue=ARABIC), thesaurus, tmp_path / "site")
    assert re.fullmatch(r"[0-9]+ of its [0-9]+ own texts are not translated", written.untranslated)
    cat = (tmp_path / "site" / "id" / "cat.html").read_text(encoding="utf-8")
    assert '<html lang="ar" dir="rtl">' in cat
    assert "<h1>قط</h1>" in cat
    assert '<bdi lang="en" dir="ltr">cat</bdi>' in cat


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_has_no_side_that_is_left_or_right(path: Path) -> None:
    style = path.read_text(encoding="utf-8")
    for rule in SIDES:
        style = style.replace(rule, "")
    physical = (
        r"[{;](?:(?:margin|padding|border)-(?:left|right)[a-z-]*|left|right):|(?:text-align|float|clear):(?:left|right)"
    )
    assert re.findall(physical, style) == []
    shorthands = re.findall(r"[{;](?:margin|padding|inset|border-width):([^;}]*)", style)
    values = [re.findall(r"(?:[^ (]|\((?:[^()]|\([^()]*\))*\))+", value) for value in shorthands]
    assert [four for four in values if len(four) == 4 and four[1] != four[3]] == []


def test_a_page_from_right_to_left_begins_at_the_right(page: Page, thesaurus: Path, tmp_path: Path) -> None:
    _written(_config(tmp_path, ("ar", "en"), catalogue=ARABIC), thesaurus, tmp_path / "site")
    right = "node => Math.round(node.getBoundingClientRect().right)"
    with serving(tmp_path / "site") as address:
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{address}id/cat.html")
            assert page.evaluate("document.documentElement.scrollWidth") == width
            name, value, whole = (page.locator(place).first.evaluate(right) for place in ("dt", "dd", "main dl"))
            assert name + 10 >= whole > value
            assert page.locator(".site").evaluate(right) > width / 2


def test_the_words_stay_english_where_no_catalogue_has_them(tmp_path: Path) -> None:
    words = read_words(_config(tmp_path / "hy", ("hy", "de")))
    assert (words.language, words.untranslated) == (
        "en",
        "there is no catalogue of 'hy'; 'site/locale/hy.po' can be one",
    )
    with pytest.raises(SourceError, match="or change 'interface'"):
        read_words(_config(tmp_path / "eo", ("en",), interface="eo"))
    assert read_words(_config(tmp_path / "de", ("en",), interface="de-AT")).gettext("Search") == "Suche"


@pytest.mark.parametrize(
    ("catalogue", "fault"),
    [
        ('msgid "{count} more"\nmsgstr "{nombre} de plus"\n', "the translation has {nombre}"),
        ('msgid "Search\n', "cannot be read"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, catalogue: str, fault: str) -> None:
    with pytest.raises(SourceError, match=re.escape(fault)) as error:
        read_words(_config(tmp_path, ("fr",), catalogue=catalogue))
    assert str(error.value.path).endswith("site/locale/fr.po")


def test_a_plural_of_several_forms_reaches_the_scripts(tmp_path: Path) -> None:
    words = read_words(_config(tmp_path, ("ar",), catalogue=ARABIC))
    assert json.loads(json.dumps(words.forms("%(count)s row", "%(count)s rows")))[2] == "صفان"
    assert words.form_numbers[:12] == "012333333334"


def test_a_class_has_the_plural_of_its_vocabulary_in_the_language_of_its_name() -> None:
    label, plural = "<http://www.w3.org/2000/01/rdf-schema#label>", "<http://purl.org/net/vocab/2004/03/label#plural>"
    names = [("<urn:s>", label, '"Staat"@de'), ("<urn:s>", plural, '"Staaten"@de'), ("<urn:s>", plural, '"states"@en')]
    assert SiteIndex((), ontology=names, languages=("de", "en")).plural("<urn:s>") == "Staaten"
    assert SiteIndex((), ontology=names[::2], languages=("de",)).plural("<urn:s>") == ""


def test_dates_numbers_and_languages_are_those_of_the_language(tmp_path: Path) -> None:
    words = read_words(_config(tmp_path, ("de",)))
    dates = ("2018-11-19", "2018-12~", "2018-22", "../2018-11-23", "2018-06/2019")
    assert [words.edtf(text) for text in dates] == [
        "19. November 2018",
        "Dezember 2018 (etwa)",
        "Sommer 2018",
        "bis 23. November 2018",
        "Juni 2018 bis 2019",
    ]
    assert (words.number(1234567), words.number(1234.5, 1)) == ("1.234.567", "1.234,5")
    assert (words.language_name("hy"), words.within("Staat")) == ("Armenisch", "Staat")
