"""The command ``publisher validate``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from publisher.cli import options
from publisher.cli.terminal import print_findings, progress_bar, width
from publisher.errors import PublisherError
from publisher.workspace.config import load_config

if TYPE_CHECKING:
    from publisher.build.review import Request


@click.command()
@click.argument("paths", nargs=-1, type=options.PATH, metavar="[PATH]...")
@options.output_format("text", "json", "sarif", "github", "turtle", of="the findings", default="text")
@options.max_findings
@click.option(
    "--fail-on",
    type=click.Choice(("violation", "warning", "info")),
    default="violation",
    show_default=True,
    help="Exit with 1 on this or worse.",
)
@click.option(
    "--engine",
    type=click.Choice(("native", "pyshacl", "both")),
    default=None,
    help="The SHACL engine; both compares the two.  [default: native]",
)
@click.option("--baseline", type=options.PATH, metavar="FILE", help="Fail only on findings that are not in this file.")
@click.option("--write-baseline", is_flag=True, help="Write the current findings into the baseline.")
@click.option(
    "--for",
    "store",
    type=click.Choice(("virtuoso", "oxigraph", "fuseki", "rdf4j")),
    help="Warn of what this store changes.",
)
@click.option("--watch", is_flag=True, help="Validate again whenever a source file changes; stop with Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="Tell which shapes and rules need the whole dataset, and why.")
@options.execution
@options.workspace
def validate(
    paths: tuple[Path, ...],
    form: str,
    max_findings: int | None,
    fail_on: Literal["violation", "warning", "info"],
    engine: Literal["native", "pyshacl", "both"] | None,
    baseline: Path | None,
    write_baseline: bool,
    store: str | None,
    watch: bool,
    verbose: bool,
    execution: options.Execution,
    workspace: Path,
) -> int:
    """Check the data against the shapes.

    Check the asserted data with inference off, then the data with what follows from them, then queries, prefixes,
    names and labels. Each finding has its line and column. With PATHs, show only what concerns these files or folders.
    """
    from publisher.build.review import Request

    if engine is None:
        options.announce_engine()
    request = Request(paths, fail_on, engine, baseline, is_baseline_written=write_baseline, store=store)
    if verbose:
        from publisher.build.pipeline import levels

        config = load_config(workspace)
        print(levels(config, execution.cache(config)), file=sys.stderr)
    check = partial(_validate, workspace, request, form, max_findings, execution)
    return _watch(workspace, check) if watch else check()


def _watch(workspace: Path, check: Callable[[], int]) -> int:
    """Validate after each change until Ctrl-C, and return the exit code of the last time."""
    from publisher.workspace.watch import changes

    code = 0
    try:
        for _ in changes(workspace):
            print("publisher: validating", file=sys.stderr)  # editors look for these two lines
            try:
                code = check()
            except PublisherError as error:
                print(f"publisher: {error}", file=sys.stderr)
                code = error.exit_code
            sys.stdout.flush()
            print("publisher: validated; watching for changes", file=sys.stderr)
    except KeyboardInterrupt:
        print("publisher: no longer watching", file=sys.stderr)
    return code


def _validate(workspace: Path, request: Request, form: str, most: int | None, execution: options.Execution) -> int:
    from publisher.build import review
    from publisher.errors import plural
    from publisher.validate.reporters import FOR_CODE_HOSTS, REPORTERS, Naming
    from publisher.validate.text import source_text

    config = load_config(workspace)
    with progress_bar() as progress, execution.mapper(progress) as mapper:
        verdict = review.judge(config, request, progress, mapper=mapper, cache=execution.cache(config))
    compared = replace(verdict.compared, most=most)
    if verdict.recorded is not None:
        known = f"{plural(verdict.recorded, 'finding')} {'is' if verdict.recorded == 1 else 'are'} known from now on"
        print(f"{known}; keep {request.baseline} under version control")
    elif verdict.errors and form == "text":
        for error in verdict.errors[:most]:
            print(source_text(f"publisher: {error}", error.path, error.line, error.column), file=sys.stderr)
        if compared.omission:
            print(f"publisher: {compared.omission}", file=sys.stderr)
    else:
        top = Path.cwd() if form in FOR_CODE_HOSTS else config.root
        text = REPORTERS[form](compared, Naming(config.prefixes, top, width(sys.stdout)))
        (print_findings if form == "text" else sys.stdout.write)(text)
    return verdict.exit_code
