"""The command ``publisher coverage``."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli import options


@click.command()
@click.argument("article", type=options.PATH, metavar="ARTICLE.txt")
@click.option(
    "--encoding",
    type=options.PATH,
    metavar="FILE",
    help="The encoding, when it is of another edition.",
    show_default="by the digest of the text",
)
@options.workspace
def coverage(article: Path, encoding: Path | None, workspace: Path) -> int:
    """Compare an encoding with its text.

    List the sentences of a plain text in UTF-8 without a claim, and the passages that do not match it. The encoding
    is found by the digest of the text. Exit code 1 when anything is missing or wrong.
    """
    from publisher.draft.coverage import cover, coverage_text, find_encoding
    from publisher.draft.sentences import read_text
    from publisher.workspace.config import load_config
    from publisher.workspace.sources import read_triples, read_workspace

    config, text = load_config(workspace), read_text(article)
    if encoding:
        triples = read_triples(encoding, config.prefixes)
    else:
        source = find_encoding(text, read_workspace(config).data)
        encoding, triples = source.path, list(source.triples)
    result = cover(text, triples, config.prefixes)
    print(coverage_text(result, encoding))
    return 0 if result.is_complete else 1
