"""The commands ``publisher build`` and ``publisher serve``."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Final

import click

from publisher.cli import options
from publisher.cli.terminal import print_findings, progress_bar, width
from publisher.errors import SourceError, UsageError, requires_extra
from publisher.workspace.config import Config

_COUNT: Final = click.IntRange(min=1)
_MEGABYTES: Final = click.IntRange(16, 1 << 20)


@click.command()
@options.config
@click.option("--out", type=options.PATH, metavar="DIR", help="Where to publish.", show_default="dist in the workspace")
@options.max_findings
@options.execution
def build(config: Config, out: Path | None, max_findings: int | None, execution: options.Execution) -> int:
    """Validate and publish into dist/.

    Validate the workspace and write dumps, checksums and a description. All of it appears in one step; when anything
    fails, the previous result stays as it was.
    """
    from publisher.build import pipeline
    from publisher.validate.baseline import Compared
    from publisher.validate.reporters import REPORTERS, Naming
    from publisher.workspace.atomic import ensure_apart

    target = out or config.root / "dist"
    ensure_apart(target, config.root)
    options.announce_engine()
    with progress_bar() as progress, execution.mapper(progress) as mapper:
        built = pipeline.build(config, target, progress, mapper=mapper, cache=execution.cache(config))
    if built.report.findings:
        compared = Compared(built.report, most=max_findings)
        print_findings(REPORTERS["text"](compared, Naming(config.prefixes, config.root, width(sys.stdout))))
    if built.folder is None:
        print(f"publisher: nothing was published; {target} is as it was", file=sys.stderr)
        return SourceError.exit_code if any(finding.is_of_shapes for finding in built.report.findings) else 1
    print(pipeline.summary_text(built))
    return 0


@click.command()
@click.option("--watch", is_flag=True, help="Serve the workspace as it is, and reload pages when a file changes.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option("--open", "is_opened", is_flag=True, help="Open the site in a browser.")
@click.option("--access-log", type=click.Choice(("combined", "json")), help="Print a line about each request.")
@click.option("--log-queries", is_flag=True, help="Have the text of queries in the log; it can have secrets.")
@click.option("--proxy", "proxies", multiple=True, metavar="ADDRESS", help="Believe the X-Forwarded-For of this proxy.")
@options.timeout(30, "a query")
@click.option("--memory", type=_MEGABYTES, default=1024, show_default=True, help="MB that a query may take.")
@click.option("--max-rows", type=_COUNT, default=1_000_000, show_default=True, help="Rows that an answer may have.")
@click.option("--workers", type=_COUNT, show_default="one a core", help="How many queries run at once.")
@click.option("--queue", type=_COUNT, default=32, show_default=True, help="How many queries wait for others to end.")
@click.option("--endpoint", metavar="URL|STORE", help="Pass queries on to this endpoint, or store of publisher.toml.")
@options.insecure
@options.published
@options.config
@requires_extra("serve", "this command", "a web server")
def serve(
    watch: bool,
    host: str,
    port: int,
    is_opened: bool,
    access_log: str | None,
    log_queries: bool,
    proxies: tuple[str, ...],
    timeout: float,
    memory: int,
    max_rows: int,
    workers: int | None,
    queue: int,
    endpoint: str | None,
    insecure: bool,
    out: Path | None,
    config: Config,
) -> int:
    """Serve the site, or the workspace under work.

    Serve the site of the last build: identifiers lead to documents in the format that a client wants most, /sparql
    answers queries, here or by the store of --endpoint, and queries/NAME.csv?PARAMETER=VALUE the saved ones. With
    --watch, serve the workspace under work: a page is rendered when it is asked for, shows the findings of 'validate'
    with file and line, and is reloaded when a file changes. Files that cannot be read keep the last state. Ctrl-C ends
    the command.
    """
    from publisher.build.cache import FOLDER
    from publisher.cli.query import find_endpoint
    from publisher.query.requests import Limits
    from publisher.serve.access_log import AccessLog
    from publisher.serve.direct import end_process
    from publisher.serve.server import Operation, run_preview, run_published
    from publisher.serve.sparql.queries import QueryOptions

    def ready(url: str) -> None:
        print(f"publisher: serving {url}; Ctrl-C ends it", file=sys.stderr, flush=True)
        if is_opened:
            webbrowser.open(url)

    if log_queries and not access_log:
        raise UsageError("--log-queries says what the log has; add '--access-log json'")
    if watch:
        if out:
            raise UsageError("--watch serves the workspace and no build; leave out '--out'")
        if access_log or proxies or endpoint:
            raise UsageError("--watch serves its author; leave out '--access-log', '--proxy' and '--endpoint'")
        run_preview(config.root, host, port, ready, config.root.resolve() / FOLDER)
    else:
        queries = QueryOptions(workers or 0, Limits(timeout, memory << 20, max_rows, queue=queue))
        log = AccessLog(access_log, log_queries) if access_log else None
        store = find_endpoint(config, endpoint, insecure=insecure)[:2] if endpoint else None
        operation = Operation(log, proxies, queries, store)
        run_published(config, out or config.root / "dist", host, port, ready, operation)
    print("publisher: no longer serving", file=sys.stderr)
    if not watch:
        end_process()
    return 0
