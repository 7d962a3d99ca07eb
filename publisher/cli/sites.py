"""The commands ``publisher host-config`` and ``publisher check-deref``."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli import options
from publisher.errors import UsageError


@click.command("host-config")
@click.argument("host", type=click.Choice(("nginx", "apache", "caddy", "netlify", "cloudflare", "w3id")))
@click.option(
    "--output", type=options.PATH, metavar="DIR", help="Where to write it.", show_default="the terminal, for one file"
)
@click.option("--port", type=click.IntRange(1, 65535), default=80, show_default=True, help="The port to listen at.")
@click.option("--site", "address", default="", metavar="URL", help="Where w3id.org is to redirect to.")
@click.option("--maintainer", "maintainers", multiple=True, metavar="TEXT", help="Whom the README of w3id.org names.")
@options.published
@options.workspace
def host_config(
    host: str,
    output: Path | None,
    port: int,
    address: str,
    maintainers: tuple[str, ...],
    out: Path | None,
    workspace: Path,
) -> int:
    """Write the configuration of another web server.

    With it, the server answers for the site of the last build as 'serve' does: identifiers lead to documents in the
    format that a client wants most, and withdrawn ones say so. Write it again after each build.
    """
    from publisher.serve.hosting import HostSettings, configuration, routing_table
    from publisher.workspace.atomic import write_atomically
    from publisher.workspace.config import load_config

    config = load_config(workspace)
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
