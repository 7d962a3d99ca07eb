from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from benchmarks.article import write_article
from benchmarks.corpus import SOWN, is_broken, main, make_article, write_corpus
from benchmarks.entities import COUNTRIES, PERSONS, country_of
from benchmarks.mistakes import MISTAKES
from publisher.build.pipeline import build, review
from publisher.rdf.vocab import GP, RDF
from publisher.workspace.config import load_config

BAD = ("violation", "warning")


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_same_bytes_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        write_corpus(tmp_path / name, 6, seed, 0.5)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert content(tmp_path / "one") != content(tmp_path / "other")


def test_an_article_is_the_same_in_a_corpus_of_any_size(tmp_path: Path) -> None:
    write_corpus(tmp_path / "few", 4, 1)
    write_corpus(tmp_path / "many", 9, 1)
    few, many = (content(tmp_path / name) for name in ("few", "many"))
    articles = [name for name in few if "/articles/" in name]
    assert len(articles) == 4
    assert all(few[name] == many[name] for name in articles)


def test_no_folder_holds_all_articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.corpus._FOLDER", 2)
    write_corpus(tmp_path / "c", 5, 1)
    folders = sorted((tmp_path / "c" / "data" / "articles").iterdir())
    assert [len(list(folder.iterdir())) for folder in folders] == [2, 2, 1]


def test_corpus_conforms_builds_and_has_consequences(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c", 6, 3)
    built = build(load_config(tmp_path / "c"), tmp_path / "dist")
    assert not [finding for finding in built.report.findings if finding.severity in BAD]
    counts = dict(built.triples)
    assert counts["inferred"] > counts["asserted"] / 10


def test_article_is_as_large_and_varied_as_a_real_one() -> None:
    sizes, kinds = [], Counter[str]()
    for number in range(20):
        triples = {quad.triple for quad in ox.parse(make_article(1, number, 0)[0], format=ox.RdfFormat.TURTLE)}
        sizes.append(len(triples))
        kinds.update(t.object.value for t in triples if t.predicate == RDF.type and isinstance(t.object, ox.NamedNode))
    assert 290 <= sum(sizes) / len(sizes) <= 360
    claims = ("Assertion", "Allegation", "Forecast", "Evaluation", "PositionStatement")
    facts = ("Membership", "Tenure", "Visit", "Meeting", "Signing", "CommunicativeAct")
    some = ("ArmsTransfer", "Election", "Graduation", "SanctionMeasure")
    assert all(kinds[GP[kind].value] >= 20 for kind in (*claims, *facts))
    assert all(kinds[GP[kind].value] for kind in some)


def test_later_articles_see_more_entities_and_none_that_is_not_there() -> None:
    assert COUNTRIES.at(0) < COUNTRIES.at(100_000) < 300
    assert PERSONS.at(0) < PERSONS.at(100_000) < 10_000
    for person in range(PERSONS.at(100_000)):
        first = PERSONS.first(person)
        assert person < PERSONS.at(first)
        assert first == 0 or person >= PERSONS.at(first - 1)
        assert country_of(person) < COUNTRIES.at(first)


def test_digests_are_of_the_text() -> None:
    article = write_article(1, 12, lambda _: True)
    text = " ".join(" ".join(labels) for labels in article.claims)
    for number, labels in enumerate(article.claims, 1):
        place = dict(article.blocks[article.position(number)])
        passage = text[int(place["oa:start"]) : int(place["oa:end"])]
        assert passage == " ".join(labels)
        told = dict(article.blocks[article.name(f"s{number:02d}")])["gp:textDigest"]
        assert told == f'"{hashlib.sha256(passage.encode()).hexdigest()}"'


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.3, 1.0])
def test_share_of_broken_articles_is_exact(share: float) -> None:
    assert sum(is_broken(number, share) for number in range(1000)) == round(1000 * share)


def test_every_mistake_is_found_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = list(MISTAKES)
    monkeypatch.setattr("benchmarks.corpus.sow", lambda article: todo[article.number](article))
    write_corpus(tmp_path / "c", len(MISTAKES), 1, 1.0)
    assert found(tmp_path / "c") == sown(tmp_path / "c")


def test_sown_mistakes_are_found_and_nothing_else(tmp_path: Path) -> None:
    assert main([str(tmp_path / "c"), "--articles", "12", "--seed", "5", "--violations", "0.25"]) == 0
    assert len({file for file, _, _ in sown(tmp_path / "c")}) == 3
    assert found(tmp_path / "c") == sown(tmp_path / "c")


def found(folder: Path) -> list[tuple[str, str, str]]:
    report = review(load_config(folder))
    bad = [f for f in report.findings if f.severity in BAD]
    return sorted((f.file.relative_to(folder).as_posix() if f.file else "", f.focus, f.component) for f in bad)


def sown(folder: Path) -> list[tuple[str, str, str]]:
    rows = [tuple(line.split("\t")) for line in (folder / SOWN).read_text(encoding="utf-8").splitlines()[1:]]
    return sorted((file, focus, component) for file, focus, component in rows)


@pytest.mark.parametrize("arguments", [["--articles", "0"], ["--violations", "2"], []])
def test_bad_arguments_are_refused(tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path if not arguments else tmp_path / "new"
    with pytest.raises(SystemExit, match="2"):
        main([str(folder), *arguments])
    assert "corpus.py: error:" in capsys.readouterr().err
