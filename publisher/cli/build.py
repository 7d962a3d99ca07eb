"""The command ``publisher build``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from publisher.cli import options
from publisher.cli.terminal import colour_findings, progress_bar, width
from publisher.errors import SourceError


@click.command()
@options.workspace
@click.option("--out", type=options.PATH, metavar="DIR", help="Where to publish.", show_default="dist in the workspace")
@options.execution
def build(workspace: Path, out: Path | None, execution: options.Execution) -> int:
    """Validate and publish into dist/.

    Validate the workspace and write dumps, checksums and a description. All of it appears in one step; when anything
    fails, the previous result stays as it was.
    """
    from publisher.build import pipeline
    from publisher.validate.text import report_text
    from publisher.workspace.atomic import ensure_apart
    from publisher.workspace.config import load_config

    config = load_config(workspace)
    target = out or config.root / "dist"
    ensure_apart(target, config.root)
    options.announce_engine()
    with progress_bar() as progress, execution.mapper(progress) as mapper:
        built = pipeline.build(config, target, progress, mapper=mapper, cache=execution.cache(config))
    if built.report.findings:
        print(colour_findings(report_text(built.report, config.prefixes, config.root, width(sys.stdout))))
    if built.folder is None:
        print(f"publisher: nothing was published; {target} is as it was", file=sys.stderr)
        return SourceError.exit_code if any(finding.is_of_shapes for finding in built.report.findings) else 1
    print(pipeline.summary_text(built))
    return 0
