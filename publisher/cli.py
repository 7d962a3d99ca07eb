"""Read the command line, call the stages, print, and exit: nothing else.

Exit codes: 0 good · 1 the data do not conform · 2 usage or configuration · 3 a source or an endpoint.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import Progress as RichProgress

from publisher import __version__
from publisher.config import Config, load_config
from publisher.errors import PublisherError, UsageError
from publisher.progress import SILENT, Progress

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

_EPILOG: Final = "exit codes: 0 good, 1 the data do not conform, 2 usage or configuration, 3 a source or an endpoint"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # rdflib logs a traceback for each literal outside its datatype; the shapes report those properly.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.run is not _query:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(arguments.run(arguments, rest) if arguments.run is _query else arguments.run(arguments))
    except PublisherError as error:
        print(f"publisher: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 0
    except OSError as error:  # what no stage foresaw, such as a name that is too long
        print(f"publisher: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("publisher: interrupted; nothing was changed", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="publisher",
        description="Publish a git folder of RDF as a validated, inferred, attributed, loadable dataset.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"publisher {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_init(verbs)
    _add_validate(verbs)
    _add_build(verbs)
    _add_query(verbs)
    return parser


def _add_verb(verbs: Verbs, name: str, summary: str, description: str) -> argparse.ArgumentParser:
    """Add a command; no abbreviations, they would hide the parameters of queries."""
    verb = verbs.add_parser(name, help=summary, description=description, epilog=_EPILOG, allow_abbrev=False)
    verb.set_defaults(run=_RUN[name])
    return verb


def _add_init(verbs: Verbs) -> None:
    verb = _add_verb(verbs, "init", "make a new workspace", "Make a new workspace that builds at once.")
    verb.add_argument("folder", type=Path, metavar="DIR", help="a folder that does not exist yet, or is empty")
    verb.add_argument(
        "--base",
        default="https://example.org/dataset/",
        metavar="IRI",
        help="the namespace of the dataset, ending in / (default: https://example.org/dataset/)",
    )


def _add_validate(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "validate",
        "check the data against the shapes",
        "Check the asserted data with inference off, then the data with what follows from them.",
    )
    _add_workspace(verb)


def _add_build(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "build",
        "validate and publish into dist/",
        "Validate the workspace and write dumps, checksums and a description. All of it appears in one step; when "
        "anything fails, the previous result stays as it was.",
    )
    _add_workspace(verb)
    verb.add_argument("--out", type=Path, metavar="DIR", help="where to publish (default: dist in the workspace)")


def _add_query(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "query",
        "ask the published dataset",
        "Run a query of queries/, any .rq file, or '-' for standard input, on the dumps of the last build. "
        "Parameters of a query are given as --NAME VALUE or --param NAME=VALUE.",
    )
    add = verb.add_argument
    add("name", nargs="?", metavar="NAME", help="a query of queries/, the path of an .rq file, or -")
    add("--list", action="store_true", help="list the queries and their parameters")
    add("--param", action="append", default=[], metavar="NAME=VALUE", help="set a parameter; repeatable")
    add("--format", choices=("table", "csv", "tsv", "json", "xml", "ttl"), help="default: table, or ttl for a graph")
    add("--endpoint", metavar="URL", help="ask this SPARQL endpoint instead of the dumps")
    add("--timeout", type=float, default=30.0, metavar="SECONDS", help="patience with an endpoint (default: 30)")
    add("--out", type=Path, metavar="DIR", help="where 'build' published (default: dist in the workspace)")
    _add_workspace(verb)


def _add_workspace(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "-w",
        "--workspace",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the folder with publisher.toml (default: here)",
    )


def _init(arguments: argparse.Namespace) -> int:
    from publisher.scaffold import make_workspace

    make_workspace(arguments.folder, arguments.base)
    print(f"A new workspace is in {arguments.folder}. Next: cd {arguments.folder} && publisher build")
    return 0


def _validate(arguments: argparse.Namespace) -> int:
    from publisher import publish
    from publisher.report import report_text

    config = load_config(arguments.workspace)
    with _bar(publish.CHECK_STEPS) as progress:
        report = publish.check(config, progress).report
    print(report_text(report, config.prefixes, config.root))
    return 0 if report.conforms else 1


def _build(arguments: argparse.Namespace) -> int:
    from publisher import publish
    from publisher.report import report_text

    config = load_config(arguments.workspace)
    target = arguments.out or config.root / "dist"
    with _bar(publish.STEPS) as progress:
        built = publish.build(config, target, progress)
    if built.report.findings:
        print(report_text(built.report, config.prefixes, config.root))
    if built.folder is None:
        print(f"publisher: nothing was published; {target} is as it was", file=sys.stderr)
        return 1
    print(publish.summary_text(built))
    return 0


def _query(arguments: argparse.Namespace, options: Sequence[str]) -> int:
    from publisher import answers, queries

    config = load_config(arguments.workspace)
    folder = config.root / "queries"
    if arguments.list:
        print(queries.list_text(queries.discover(folder)), end="")
        return 0
    if arguments.name is None:
        raise UsageError("name a query; 'publisher query --list' shows them")
    query = queries.parse_query(sys.stdin.read()) if arguments.name == "-" else queries.find(arguments.name, folder)
    text = queries.bind(query, queries.read_options(arguments.param, options), config.prefixes)
    form = answers.choose_format(query.form, arguments.format)
    if arguments.endpoint:
        from publisher import endpoint

        answer = endpoint.select(arguments.endpoint, text, arguments.timeout)
    else:
        answer = queries.run(text, queries.load_store([_published(config, arguments.out)]), query.path)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(answers.write(answer, form, config.prefixes, width))
    return 0


def _published(config: Config, out: Path | None) -> Path:
    path = (out or config.root / "dist") / "dumps" / "all.nt"
    if not path.is_file():
        raise UsageError(f"{path}: nothing is published yet; run 'publisher build' first")
    return path


_RUN: Final = {"init": _init, "validate": _validate, "build": _build, "query": _query}


class _Bar:
    """Move a Rich progress bar on standard error."""

    def __init__(self, bar: RichProgress, total: int) -> None:
        self._bar, self._task = bar, bar.add_task("start", total=total)

    def step(self, label: str) -> None:
        """Count the step before as done and show the next one."""
        self._bar.update(self._task, description=label, advance=1)


@contextmanager
def _bar(total: int) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield SILENT
        return
    with RichProgress(console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar, total)
