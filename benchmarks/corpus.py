"""Write a workspace of generated articles: ``python benchmarks/corpus.py FOLDER --articles 1000 --seed 1``.

It looks like the real ones: shared entities, and in each article claims with voices, facts with evidence, passages
with positions and digests. One seed gives the same bytes everywhere, and an article does not depend on how many
there are. Generated test data: nothing in it is about anybody.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import entities
from benchmarks.article import Article, slug, write_article
from benchmarks.entities import BASE, Block
from benchmarks.mistakes import sow

ROOT: Final = Path(__file__).parent.parent
SOWN: Final = "violations.tsv"
_FOLDER: Final = 1000  # articles in one folder

_CONFIG: Final = f"""# Generated test data: nothing in it is about anybody.

[dataset]
base = "{BASE}"
title = "Generated corpus of {{articles}} articles"
description = "Generated test data: {{articles}} articles of the seed {{seed}}, share of broken ones {{violations}}."
license = "https://creativecommons.org/publicdomain/zero/1.0/"
publisher = "Generator of test data"
version = "0.1.0"
issued = 2026-01-01

[prefixes]
bibo = "http://purl.org/ontology/bibo/"
edtf = "http://id.loc.gov/datatypes/edtf/"
gp = "https://w3id.org/geopol/ns#"
gpt = "https://w3id.org/geopol/terms#"
id = "{BASE}id/"
oa = "http://www.w3.org/ns/oa#"
schema = "http://schema.org/"
vann = "http://purl.org/vocab/vann/"
wd = "http://www.wikidata.org/entity/"
"""
_PREFIXES: Final = f"""@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix gp: <https://w3id.org/geopol/ns#> .
@prefix gpt: <https://w3id.org/geopol/terms#> .
@prefix id: <{BASE}id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def main(argv: list[str] | None = None) -> int:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="corpus.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
    parser.add_argument("--articles", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="which corpus (default: 1)")
    parser.add_argument("--violations", type=float, default=0.0, help="share of articles with a mistake (default: 0)")
    options = parser.parse_args(argv)
    if options.folder.exists():
        parser.error(f"{options.folder} exists; name a folder that does not")
    if options.articles < 1 or not 0 <= options.violations <= 1:
        parser.error("--articles is 1 or more, --violations is from 0 to 1")
    sown = write_corpus(options.folder, options.articles, options.seed, options.violations)
    print(f"{options.folder}: {options.articles:,} articles, {sown:,} mistakes sown")
    return 0


def write_corpus(folder: Path, articles: int, seed: int, violations: float = 0.0) -> int:
    """Write a whole workspace into a new folder, article after article; return how many findings were sown.

    They stand in ``violations.tsv``: file, focus node, constraint component. The i-th article is broken or not
    whatever the number of articles.
    """
    shutil.copytree(ROOT / "ontology", folder / "ontology", ignore=shutil.ignore_patterns("examples"))
    config = _CONFIG.format(articles=articles, seed=seed, violations=violations)
    (folder / "publisher.toml").write_text(config, encoding="utf-8")
    (folder / "data" / "entities").mkdir(parents=True)
    for name, blocks in entities.files(articles):
        (folder / "data" / "entities" / f"{name}.ttl").write_text(_turtle(_PREFIXES, blocks), encoding="utf-8")
    return _write_articles(folder, articles, seed, violations)


def _write_articles(folder: Path, articles: int, seed: int, violations: float) -> int:
    count = 0
    with (folder / SOWN).open("w", encoding="utf-8") as report:
        report.write("file\tfocus\tcomponent\n")
        for number in range(articles):
            path = folder / "data" / "articles" / f"{number // _FOLDER:02d}" / f"{slug(number)}.ttl"
            if number % _FOLDER == 0:
                path.parent.mkdir(parents=True)
            content, sown = make_article(seed, number, violations)
            path.write_text(content, encoding="utf-8")
            for focus, component in sown:
                report.write(f"{path.relative_to(folder).as_posix()}\t{focus}\t{component}\n")
                count += 1
    return count


def make_article(seed: int, number: int, violations: float) -> tuple[str, list[tuple[str, str]]]:
    """Return the Turtle of an article, and what a validator must find in it: (focus node, constraint component)."""
    article = write_article(seed, number, lambda earlier: not is_broken(earlier, violations))
    sown = sow(article) if is_broken(number, violations) else []
    prefixes = f"@prefix {article.slug}: <{BASE}id/{article.slug}/> .\n{_PREFIXES}"
    return _turtle(prefixes, article.blocks.items()), [(_iri(article, name), found) for name, found in sown]


def is_broken(number: int, violations: float) -> bool:
    """Tell whether an article gets a mistake: evenly spread, and the share is exact."""
    return int((number + 1) * violations + 0.5) > int(number * violations + 0.5)


def _iri(article: Article, name: str) -> str:
    if name.startswith("<"):
        return name[1:-1]
    return f"{BASE}id/{article.slug}/{name.removeprefix(f'{article.slug}:')}"


def _turtle(prefixes: str, blocks: Iterable[Block]) -> str:
    return "\n".join((prefixes, *_paragraphs(blocks)))


def _paragraphs(blocks: Iterable[Block]) -> Iterator[str]:
    for subject, pairs in blocks:
        yield f"{subject} " + " ;\n  ".join(f"{predicate} {value}" for predicate, value in pairs) + " .\n"


if __name__ == "__main__":
    sys.exit(main())
