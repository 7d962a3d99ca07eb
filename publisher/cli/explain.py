"""The command ``publisher explain``."""

from __future__ import annotations

import os

import click

from publisher.cli import options
from publisher.cli.terminal import progress_bar
from publisher.errors import UsageError
from publisher.workspace.config import Config


@click.command()
@click.argument("subject", metavar="SUBJECT")
@click.argument("predicate", required=False, metavar="[PREDICATE")
@click.argument("object_", required=False, metavar="OBJECT]")
@click.option("--shape", metavar="SHAPE", help="With a node: only this shape and its parts.")
@options.output_format("text", "json", of="the explanation", default="text")
@options.config
def explain(
    subject: str, predicate: str | None, object_: str | None, shape: str | None, form: str, config: Config
) -> None:
    """Say why a triple is there, or why a node violates a shape.

    With a triple: where it is asserted, or by which rules it follows from what is; if it is not in the data, which
    claims say it. With a node alone: what it violates, and which shapes apply to it.

    Terms are CURIEs such as id:belarus, or <IRI>s. As PREDICATE, a stands for rdf:type; OBJECT may be a literal as in
    Turtle.
    """
    from publisher.build import pipeline
    from publisher.build.cache import FOLDER
    from publisher.explain import Explainer, write
    from publisher.rdf import terms
    from publisher.validate.text import display_prefixes

    prefixes = display_prefixes(config.prefixes)
    if (predicate is None) != (object_ is None) or (predicate is not None and shape):
        raise UsageError("explain takes a triple of three terms, or one node, with '--shape' if you like")
    folder = config.root.resolve() / FOLDER
    cache = folder if os.access(folder, os.W_OK) else None  # what an earlier command left
    if predicate is not None and object_ is not None:
        triple = terms.read_triple(subject, predicate, object_, prefixes)
        sources, schema = pipeline.read_closed(config, cache)
        print(write(Explainer(config, sources, schema).explain_triple(triple), prefixes, form))
        return
    focus = terms.read_node(subject, prefixes)
    name = terms.read_node(shape, prefixes).value if shape else None
    with progress_bar() as progress:
        report = pipeline.review(config, progress, cache=cache, is_linted=False)
        sources, schema = pipeline.read_closed(config, cache)
    print(write(Explainer(config, sources, schema).explain_node(focus, report, name), prefixes, form))
