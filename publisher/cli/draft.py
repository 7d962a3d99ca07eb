"""The commands ``publisher draft`` and ``publisher coverage``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from publisher.cli import options
from publisher.workspace.config import Config


@click.command()
@click.argument("article", type=options.PATH, metavar="ARTICLE.txt")
@click.option("--published", metavar="DATE", help="2018-12-10, 2018-12 or 2018: resolves dates without a year.")
@click.option(
    "--lang",
    default="en",
    show_default=True,
    metavar="TAG",
    help="The language of the text; speakers, citations and dates in words are found in English alone.",
)
@click.option("--slug", help="The name of the article in identifiers.", show_default="of its file", metavar="SLUG")
@click.option("--out", type=options.PATH, help="Where to write.", show_default="standard output", metavar="FILE")
@options.config
def draft(article: Path, published: str | None, lang: str, slug: str | None, out: Path | None, config: Config) -> None:
    """Begin the encoding of an article.

    Find sentences, known names, dates, citations and quotations in a plain text in UTF-8, and write a skeleton of its
    encoding as Turtle, for an editor to complete. No sentence of the text is in it.
    """
    from publisher.draft import analysis, skeleton
    from publisher.draft.sentences import read_text
    from publisher.workspace.sources import read_workspace

    text, sources = read_text(article), read_workspace(config)
    analysis.check_vocabulary(sources)
    result = analysis.draft(text, sources, published, lang)
    slug = slug or skeleton.slug_of(article.stem)
    turtle = skeleton.write(result, slug, config)
    if out is None:
        sys.stdout.write(turtle)
    else:
        skeleton.ensure_apart(slug, out, sources.data, config)
        skeleton.save(turtle, out)
    print(analysis.summary_text(result), file=sys.stderr if out is None else sys.stdout)


@click.command()
@click.argument("article", type=options.PATH, metavar="ARTICLE.txt")
@click.option(
    "--encoding",
    type=options.PATH,
    metavar="FILE",
    help="The encoding, when it is of another edition.",
    show_default="by the digest of the text",
)
@options.config
def coverage(article: Path, encoding: Path | None, config: Config) -> int:
    """Compare an encoding with its text.

    List the sentences of a plain text in UTF-8 without a claim, and the passages that do not match it. The encoding
    is found by the digest of the text. Exit code 1 when anything is missing or wrong.
    """
    from publisher.draft.analysis import check_vocabulary
    from publisher.draft.coverage import cover, coverage_text, find_encoding
    from publisher.draft.sentences import read_text
    from publisher.workspace.sources import read_triples, read_workspace

    text = read_text(article)
    if encoding:
        triples = read_triples(encoding, config.prefixes)
    else:
        sources = read_workspace(config)
        check_vocabulary(sources)
        source = find_encoding(text, sources.data)
        encoding, triples = source.path, list(source.triples)
    result = cover(text, triples, config.prefixes)
    print(coverage_text(result, encoding))
    return 0 if result.is_complete else 1
