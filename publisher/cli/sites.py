"""The commands ``publisher host-config`` and ``publisher check-deref``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from publisher.cli import options
from publisher.errors import UsageError
from publisher.workspace.config import Config

_LARGEST: Final = 1 << 25  # bytes of a document
_INTERVAL: Final = 0.1  # seconds between two requests to a public host


@click.command("host-config")
@click.argument("host", type=click.Choice(("nginx", "apache", "caddy", "netlify", "cloudflare", "w3id")))
@click.option(
    "--output", type=options.PATH, metavar="DIR", help="Where to write it.", show_default="the terminal, for one file"
)
@click.option("--port", type=click.IntRange(1, 65535), default=80, show_default=True, help="The port to listen at.")
@click.option("--site", "address", default="", metavar="URL", help="Where w3id.org is to redirect to.")
@click.option("--maintainer", "maintainers", multiple=True, metavar="TEXT", help="Whom the README of w3id.org names.")
@options.published
@options.config
def host_config(
    host: str,
    output: Path | None,
    port: int,
    address: str,
    maintainers: tuple[str, ...],
    out: Path | None,
    config: Config,
) -> int:
    """Write the configuration of another web server.

    With it, the server answers for the site of the last build as 'serve' does: identifiers lead to documents in the
    format that a client wants most, and withdrawn ones say so. Write it again after each build.
    """
    from publisher.serve.hosting import HostSettings, configuration, routing_table
    from publisher.workspace.atomic import write_atomically

    table = routing_table(config, out or config.root / "dist")
    files = configuration(host, table, HostSettings(output or Path(), port, address, maintainers))
    if output is None:
        if len(files) > 1:
            raise UsageError(f"{host} needs {len(files)} files; say where to write them with '--output DIR'")
        print(*files.values(), sep="", end="")
        return 0
    for name, content in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        print(path)
    return 0


@click.command("check-deref")
@click.argument("url")
@click.option(
    "--level",
    type=click.Choice(("full", "static")),
    default="full",
    show_default=True,
    help="Whether formats are chosen by Accept, or are at addresses with extensions alone.",
)
@click.option("--gone", default="", metavar="URL", help="Something that was withdrawn, which must be told.")
@click.option("--namespace", "namespaces", multiple=True, metavar="URL", help="A namespace with # to test, too.")
@click.option(
    "--host", type=click.Choice(("apache", "caddy", "w3id")), help="Report what such a host cannot do as known."
)
@click.option("--identifier", default="", metavar="IRI", help="What the data call the thing, where that is not URL.")
@options.output_format("text", "json", of="the results", default="text")
@options.timeout(30, "one answer")
def check_deref(
    url: str,
    level: str,
    gone: str,
    namespaces: tuple[str, ...],
    identifier: str,
    host: str | None,
    form: str,
    timeout: float,
) -> int:
    """Test how a site answers for its things.

    URL is the identifier of a thing, of any site; or the address of a site, ending in /, that names things in its
    sitemap or its VoID description. Each case says what was asked, what came, what is expected and why, by the clause
    of a standard. Exit code 1 if a case fails.
    """
    from publisher.http import Client
    from publisher.serve.deref import Probe, check_site, find_sample, is_private, report_json, report_text

    with Client(timeout, limit=_LARGEST, interval=0.0 if is_private(url) else _INTERVAL) as client:
        probe = Probe(client, url)
        sample = find_sample(probe, url, namespaces, identifier)
        results = check_site(probe, sample, level, gone=gone, host=host or "")
    write = report_json if form == "json" else report_text
    print(write(sample, results), end="")
    return 1 if any(result.is_failure for result in results) else 0
