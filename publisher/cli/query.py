"""The command ``publisher query``."""

from __future__ import annotations

import sys
import textwrap
import time
from codecs import iterdecode
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from publisher.cli import options
from publisher.cli.completion import query_names, query_parameters, store_names
from publisher.cli.interrupt import GRACE, end_process
from publisher.cli.terminal import width
from publisher.errors import EndpointError, SourceError, UsageError
from publisher.workspace.config import Config

if TYPE_CHECKING:
    from publisher.http import Credentials
    from publisher.load.profiles import Profile
    from publisher.query.files import Query
    from publisher.query.process import QueryWorker
    from publisher.query.results import Answer

_PATIENCE: Final = 5.0  # seconds to wait until an endpoint says what its default graph is
_NARROW: Final = 28  # columns for names on a narrow terminal; the text of a longer name begins on the next line


class _QueryCommand(click.Command):
    """Complete the parameters of the query that was named like options."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the options and parameters that begin as typed."""
        return [*super().shell_complete(ctx, incomplete), *query_parameters(ctx, incomplete)]


# Options that click does not know are the parameters of the query.
@click.command(cls=_QueryCommand, context_settings={"ignore_unknown_options": True})
@click.argument(
    "arguments",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="[NAME] [--PARAMETER VALUE]...",
    shell_complete=query_names,
)
@click.option("--list", "is_list", is_flag=True, help="List the queries and their parameters.")
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="Set a parameter; repeatable.")
@options.output_format(
    *("table", "csv", "tsv", "json", "xml", "ttl"), of="the answer", show_default="table, or ttl for a graph"
)
@click.option(
    "--endpoint",
    metavar="URL",
    shell_complete=store_names,
    help="Query this SPARQL endpoint, or store of publisher.toml, instead of the dumps. Its default graph must be "
    "the union of all graphs (docs/stores.md).",
)
@click.option("--local-service", is_flag=True, help="Let the snapshot of Wikidata stand for its service.")
@click.option("--marks", "is_marked", is_flag=True, help="Add columns that tell claims from facts in each row.")
@options.timeout(60, "the answer")
@options.insecure
@options.published
@options.config
def query(
    arguments: tuple[str, ...],
    is_list: bool,
    param: tuple[str, ...],
    form: str | None,
    endpoint: str | None,
    local_service: bool,
    is_marked: bool,
    timeout: float,
    insecure: bool,
    out: Path | None,
    config: Config,
) -> int:
    """Query the published dataset.

    Run a query of queries/, any .rq file, or '-' for standard input, on the dumps of the last build. Parameters of a
    query are given as --NAME VALUE or --param NAME=VALUE; a thing is named by its IRI, with a prefix, or by any of its
    names.
    """
    from publisher.query import files, marks, parameters, results
    from publisher.query.index import index_folder, opened_index
    from publisher.query.requests import QueryRequest
    from publisher.site import terminal
    from publisher.workspace.time_limit import limited

    folder = config.root / "queries"
    if is_list:
        if arguments:
            raise UsageError(f"'--list' lists all queries; leave out '{arguments[0]}'")
        return _list(files.query_paths(folder))
    name, values = parameters.read_arguments(arguments, param)
    if not name:
        raise UsageError("name a query; 'publisher query --list' shows them")
    if endpoint and local_service:
        raise UsageError("'--local-service' answers here, and '--endpoint' elsewhere; choose one")
    chosen = files.parse_query(sys.stdin.read()) if name == "-" else files.find(name, folder)
    open_model = cache(lambda: terminal.open_model(config, out or config.root / "dist"))  # which takes its time
    text = parameters.bind(chosen, values, config.prefixes, lambda value: terminal.resolve(open_model(), value))
    output = results.choose_format(chosen.form, form)
    message = f"{chosen.path}: no answer within {timeout:g} seconds; ask for less, or allow more by --timeout"
    end = time.monotonic() + timeout
    # at an endpoint or in a worker, their deadlines come first
    with limited(timeout + GRACE, lambda: end_process(message, SourceError.exit_code)):
        if endpoint:
            answer = _ask_endpoint(config, endpoint, text, timeout, insecure=insecure)
        else:
            dump = _dump(config, out, text)
            index: AbstractContextManager[Path] = opened_index(dump, index_folder(config))
            if local_service:
                index, text = _federated(config, dump, text, chosen.path)
            with _worker(index, message, end) as worker:
                if output in results.STREAMED and not is_marked:
                    parts = worker.run(QueryRequest(text, output, path=chosen.path))
                    sys.stdout.writelines(iterdecode(parts, "utf-8"))  # as it comes: it may be of any size
                    return 0
                answer = worker.answer(text, chosen.path)
        if is_marked:
            answer = marks.mark_rows(answer, open_model().marks)
        written = results.write(answer, output, config.prefixes, width(sys.stdout))
    sys.stdout.write(written)
    return 0


def _list(paths: Iterable[Path]) -> int:
    """Print the queries that can be read, and the errors of the others."""
    from publisher.query.files import Query, read_query

    queries, errors = list[Query](), list[SourceError]()
    for path in paths:
        try:
            queries.append(read_query(path))
        except SourceError as error:
            errors.append(error)
    sys.stdout.write(list_text(queries, width(sys.stdout)))
    print("".join(f"publisher: {error}\n" for error in errors), end="", file=sys.stderr)
    return SourceError.exit_code if errors else 0


def list_text(queries: Iterable[Query], width: int | None) -> str:
    """Return the queries under their first tags, each with its question, its other tags and its parameters.

    Text is wrapped to ``width`` columns; ``None`` writes each on one line.
    """
    rows: dict[str, list[tuple[str, str]]] = {}
    for each in queries:
        heading, others = (each.tags[0], each.tags[1:]) if each.tags else ("without a tag", ())
        tags = f" [{', '.join(others)}]" if others else ""
        rows.setdefault(heading, []).append((each.name, (each.question or "(no summary)") + tags))
        rows[heading] += [
            (f"  --{p.name} {p.type.upper()}", f"{p.description.strip()} Default: {p.default or 'any'}.")
            for p in each.parameters
        ]
    longest = max((len(name) for group in rows.values() for name, _ in group), default=0)
    column = min(longest, max(_NARROW, width // 4)) if width else longest
    lists = (
        f"{heading}:\n" + "".join(_entry(name, text, column, width) for name, text in rows[heading])
        for heading in sorted(rows)
    )
    return "\n".join(lists)


def _entry(name: str, text: str, column: int, width: int | None) -> str:
    """Return a name and its text in two columns; text that begins below a name that is too long for its column."""
    margin = " " * (column + 4)
    text = textwrap.fill(
        text,
        width or sys.maxsize,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return f"  {name}{text[len(name) + 2 :]}\n" if len(name) <= column else f"  {name}\n{text}\n"


def _federated(config: Config, dump: Path, text: str, path: Path) -> tuple[AbstractContextManager[Path], str]:
    """Return the index of a dump with the snapshot of Wikidata, and the query that asks it in place of the service."""
    import pyoxigraph as ox

    from publisher.link import snapshot
    from publisher.query import local
    from publisher.query.index import extended_index

    graph = snapshot.graph(config)
    copy = [ox.Quad(t.subject, t.predicate, t.object, graph) for t in snapshot.read(config)]
    return extended_index(dump, copy), local.localize(text, (local.WIKIDATA, config.wikidata.sparql), graph, path)


def find_endpoint(config: Config, name: str, *, insecure: bool) -> tuple[str, Credentials | None, Profile | None]:
    """Return URL, credentials and profile of a store of ``publisher.toml``, or of an endpoint by its URL."""
    from publisher.load import profiles

    if name not in config.stores:
        return name, profiles.credentials(name, [name], is_digest=False, insecure=insecure), None
    target = profiles.find_target(config.stores, name, insecure=insecure)
    if not target.query:
        raise config.stores[name].error("expected the key 'url', to ask it")
    return target.query, target.credentials, target.profile


def _ask_endpoint(config: Config, name: str, text: str, timeout: float, *, insecure: bool) -> Answer:
    """Query a store of ``publisher.toml``, or an endpoint by its URL; warn when its default graph is not the union."""
    from publisher.load import profiles
    from publisher.load.client import EMPTY_DEFAULT_QUERY, union_query
    from publisher.query import endpoint, local

    url, credentials, profile = find_endpoint(config, name, insecure=insecure)
    is_wikidata = url == config.wikidata.sparql
    contact = config.wikidata.contact if is_wikidata else ""  # Wikimedia wants to know who asks
    end = time.monotonic() + timeout
    answer = endpoint.run(url, text, timeout, credentials, contact)
    if not (is_wikidata or local.names_graphs(text)):
        for check in (union_query(config.graph("load")), EMPTY_DEFAULT_QUERY):
            seconds = min(max(end - time.monotonic(), 0.1), _PATIENCE)
            with suppress(EndpointError):  # then the answer is there all the same
                hidden = endpoint.run(url, check, seconds, credentials)
                if list(hidden.rows()):  # type: ignore[arg-type] # of the class for SELECT
                    print(f"publisher: {profiles.union_warning(name, profile)}", file=sys.stderr)
                    break
    return answer


@contextmanager
def _worker(index: AbstractContextManager[Path], message: str, end: float) -> Iterator[QueryWorker]:
    """Yield a worker for an index until ``end``; then the error has the message."""
    from publisher.query.process import QueryWorker
    from publisher.query.requests import QueryStopped, unlimited

    try:
        with index as folder, QueryWorker(folder, unlimited(max(end - time.monotonic(), 0))) as worker:
            yield worker
    except QueryStopped as error:
        raise (QueryStopped("time", message) if error.limit == "time" else error) from None


def _dump(config: Config, out: Path | None, text: str) -> Path:
    """Return the published dump that holds what a query needs: all triples, or also their graphs."""
    from publisher.query import local
    from publisher.query.index import find_dump

    folder = (out or config.root / "dist") / "dumps"
    if not local.names_graphs(text):
        return find_dump(folder)
    try:
        return find_dump(folder, ("nq", "trig"))
    except UsageError:
        if not folder.is_dir():
            raise
    raise UsageError(
        f"{folder / 'all.nq'}: not there, and the query names graphs, by FROM or GRAPH; "
        'add "nq" to the formats under [dumps] in publisher.toml'
    )
