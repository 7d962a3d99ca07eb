from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from publisher.errors import ConfigError
from publisher.workspace.config import load_config

GOOD = """
[dataset]
base = "https://e.org/"
title = "T"
description = "D"
license = "https://creativecommons.org/licenses/by/4.0/"
publisher = "P"
version = "1"
issued = 2026-11-24
[prefixes]
ex = "https://e.org/ns#"
"""


def _load(tmp_path: Path, text: str) -> None:
    (tmp_path / "publisher.toml").write_text(text, encoding="utf-8")
    load_config(tmp_path)


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_text(GOOD, encoding="utf-8")
    config = load_config(tmp_path)
    assert config.things == "https://e.org/id/"
    assert config.graph("entities/states") == "https://e.org/graph/entities/states"
    assert config.issued == datetime.date(2026, 11, 24)
    assert config.prefixes["ex"] == "https://e.org/ns#"
    assert config.prefixes["skos"].endswith("core#"), "standard prefixes are there without being declared"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title", "titel"), "unknown key 'titel' in [dataset]; did you mean 'title'?"),
        (("[prefixes]", "[prefix]"), "unknown table 'prefix'; did you mean 'prefixes'?"),
        (('title = "T"', ""), "dataset.title is missing"),
        (('title = "T"', "title = 3"), "dataset.title is 3; expected a text"),
        (('title = "T"', 'title = "  "'), "dataset.title is '  '"),
        (("2026-11-24", '"2026-11-24"'), "dataset.issued is '2026-11-24'; expected a date without quotation marks"),
        (("2026-11-24", "2026-11-24T00:00:00Z"), "expected a date"),
        (('base = "https://e.org/"', 'base = "https://e.org"'), "ends in '/'"),
        (('base = "https://e.org/"', 'base = "https://user:password@e.org/"'), "ends in '/'"),
        (('base = "https://e.org/"', 'base = "https://e.org/#"'), "ends in '/'"),
        (
            ('base = "https://e.org/"', 'base = "https://e. org/"'),
            "dataset.base is 'https://e. org/'; expected an absolute http(s) IRI that",
        ),
        (
            ('"https://creativecommons.org/licenses/by/4.0/"', '"CC BY"'),
            "dataset.license is 'CC BY'; expected an absolute",
        ),
        (('"https://e.org/ns#"', '"not an iri:"'), "prefixes.ex is 'not an iri:'; expected an absolute IRI"),
        (("ex = ", '"e x" = '), "the prefix 'e x' is none that Turtle knows"),
        (("ex = ", "rdf = "), "'rdf' always means http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
        (('"P"', "[" * 5000), "not valid TOML"),
        (('"P"', "9" * 5000), "not valid TOML"),
        (('base = "https://e.org/"', 'base = "e.org/"'), "absolute http(s) IRI"),
        (('"https://e.org/ns#"', "1"), "prefixes.ex is 1; expected a namespace IRI"),
        (("[dataset]", "dataset = 1\n[other]"), "unknown table 'other'"),
        (("[prefixes]", "prefixes = ["), "not valid TOML"),
    ],
)
def test_a_bad_file_is_explained(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = GOOD.replace(*change, 1)
    assert text != GOOD
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, text)
    assert message in str(error.value)
    assert str(tmp_path / "publisher.toml") in str(error.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('[stores.a]\nurl = "http://a/"\n[stores.b]\nurl = 7878\n', "14:1: stores.b.url is 7878; expected a text"),
        (
            '[stores.a]\nlocation = "/data\\u0000"\n',
            "12:1: stores.a.location is '/data\\x00'; expected a text on one line",
        ),
        ('[wikidata]\napi = "http://a b/"\n', "12:1: wikidata.api is 'http://a b/'; expected a URL"),
        ('[wikidata]\napi = "http://a:99999/"\n', "12:1: wikidata.api is 'http://a:99999/'; expected a URL"),
        (
            "[stores]\na = { url = 'http://a/', urn = '' }\n",
            "12:26: unknown key 'urn' in [stores.a]; did you mean",
        ),
        ("[stores]\na.url = 'http://a/'\nb = 1\n", "13:1: stores.b is no table; write it as [stores.b]"),
        ("[wikidata]\ninterval = -1\n", "12:1: wikidata.interval is -1; expected seconds, such as 1.0"),
        ("[wikidata]\ninterval = 0.1\n", "12:1: wikidata.interval is 0.1; a service of others gets 0.5 or more"),
        ("[wikidata]\napi = 'no'\n", "12:1: wikidata.api is 'no'; expected a URL such as https"),
        ("[wikidata]\ncontact = 1\n", "12:1: wikidata.contact is 1; expected a text in quotation marks"),
        ("[dumps]\nformats = ['x']\n", "12:1: dumps.formats is ['x']; expected a list of some of ttl"),
        ("[dumps]\ncompressed = 1\n", "12:1: dumps.compressed is 1; expected one of beside, only"),
        ('"e x" = "https://e.org/"\n', "11:1: the prefix 'e x' is none that Turtle knows"),
    ],
)
def test_an_error_has_the_place_of_its_key(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, GOOD.lstrip() + more)
    assert str(error.value).startswith(f"{tmp_path / 'publisher.toml'}:{message}")


def test_a_missing_key_is_told_at_its_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"publisher\.toml:2:2: dataset\.title is missing"):
        _load(tmp_path, GOOD.replace('title = "T"', ""))


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "publisher.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load_config(tmp_path).title == "T"
    path.write_text("[datasets]\n", encoding="utf-8-sig")
    with pytest.raises(ConfigError, match=r"publisher\.toml:1:2: unknown table 'datasets'"):
        load_config(tmp_path)


def test_a_value_where_a_table_belongs_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'dataset' is a single value"):
        _load(tmp_path, "dataset = 1")


def test_a_folder_without_the_file_tells_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="publisher init DIR"):
        load_config(tmp_path)


def test_a_file_that_is_not_text_is_explained(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path)
