"""Read the command line, call the stages, print, and exit: nothing else.

Exit codes: 0 good · 1 the data do not conform · 2 usage or configuration · 3 a source or an endpoint · 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import Progress as RichProgress

from publisher import __version__
from publisher.cli import link, load
from publisher.cli.interrupt import interruptible, limited
from publisher.errors import PublisherError, SourceError, UsageError, reason
from publisher.progress import SILENT, Progress
from publisher.workspace.config import EXAMPLE_BASE, Config, load_config

if TYPE_CHECKING:
    from publisher.build.executors import Mapper
    from publisher.explain.explain import FocusExplained
    from publisher.query.results import Answer

    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

_EPILOG: Final = (
    "exit codes: 0 good, 1 the data do not conform, 2 usage or configuration, 3 a source, an endpoint or a query that "
    "takes too long, 130 interrupted by Ctrl-C"
)
_INTERRUPTED: Final = "interrupted; nothing was changed"
_INTERRUPTED_CODE: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _speak_utf_8()
    # rdflib logs a traceback for each literal outside its datatype; the shapes report those properly.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.run is not _query:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        with interruptible(lambda: _give_up(_INTERRUPTED, _INTERRUPTED_CODE)):
            return int(arguments.run(arguments, rest) if arguments.run is _query else arguments.run(arguments))
    except PublisherError as error:
        print(f"publisher: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 0
    except OSError as error:  # what no stage foresaw, such as a name that is too long
        print(f"publisher: {error.filename or 'the system'}: {reason(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"publisher: {_INTERRUPTED}", file=sys.stderr)
        return _INTERRUPTED_CODE


def _give_up(message: str, code: int) -> None:
    """End the process from another thread, since the main one is in native code that does not listen."""
    if sys.stderr.isatty():
        Console(stderr=True).show_cursor()  # a progress bar hid it
    print(f"publisher: {message}", file=sys.stderr, flush=True)
    os._exit(code)


def _speak_utf_8() -> None:
    """Read and write UTF-8 whatever the locale says, and survive streams that are closed."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _patience(text: str) -> float:
    """Read a number of seconds, from a moment to a day."""
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise ValueError(text)
    return seconds


def _count(text: str) -> int:
    """Read how many there shall be of something."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


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
    _add_fmt(verbs)
    _add_build(verbs)
    _add_query(verbs)
    _add_load(verbs)
    _add_diff(verbs)
    _add_explain(verbs)
    _add_draft(verbs)
    _add_coverage(verbs)
    _add_link(verbs)
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
        default=EXAMPLE_BASE,
        metavar="IRI",
        help=f"the namespace of the dataset, ending in / (default: {EXAMPLE_BASE})",
    )


def _add_validate(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "validate",
        "check the data against the shapes",
        "Check the asserted data with inference off, then the data with what follows from them, then queries, "
        "prefixes, names and labels. Each finding has its line and column.",
    )
    add = verb.add_argument
    add("paths", nargs="*", type=Path, metavar="PATH", help="show only what concerns these files or folders")
    add("--format", choices=("text", "json", "sarif", "github", "turtle"), default="text", help="default: text")
    add(
        "--fail-on",
        choices=("violation", "warning", "info"),
        default="violation",
        help="exit with 1 on this or worse (default: violation)",
    )
    add("--engine", choices=("auto", "pyshacl"), default="auto", help="auto screens with a fast engine (default: auto)")
    add("--baseline", type=Path, metavar="FILE", help="fail only on findings that this file does not know")
    add("--write-baseline", action="store_true", help="record the findings of today in the baseline")
    add(
        "--for",
        dest="store",
        choices=("virtuoso", "oxigraph", "fuseki", "rdf4j"),
        help="warn of what this store changes",
    )
    add("--watch", action="store_true", help="validate again whenever a source file changes; stop with Ctrl-C")
    _add_means(verb)
    _add_workspace(verb)


def _add_fmt(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "fmt",
        "lay out Turtle files",
        "Write Turtle files in one layout, made for small diffs: prefixes, predicates and objects sorted, one "
        "predicate a line. Comments are kept, and the graph stays as it is.",
    )
    verb.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders (default: ontology, data)")
    verb.add_argument("--check", action="store_true", help="only list the files that would change; exit 1 if any")
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
    add = verb.add_argument
    add("--out", type=Path, metavar="DIR", help="where to publish (default: dist in the workspace)")
    _add_means(verb)


def _add_means(verb: argparse.ArgumentParser) -> None:
    """Add with what the work on many articles is done."""
    add = verb.add_argument
    add("--jobs", type=_count, metavar="N", help="how many processes work on the articles (default: one a core)")
    add("--no-cache", action="store_true", help="do everything anew, and keep nothing for the next time")
    add("--executor", choices=("processes", "dask"), default="processes", help="default: processes")
    add("--scheduler", metavar="ADDRESS", help="the address of a Dask scheduler, such as tcp://127.0.0.1:8786")


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
    add("--endpoint", metavar="URL", help="ask this SPARQL endpoint, or store of publisher.toml, instead of the dumps")
    add("--local-service", action="store_true", help="let the snapshot of Wikidata stand for its service")
    add("--timeout", type=_patience, default=60.0, metavar="SECONDS", help="patience with the query (default: 60)")
    add("--out", type=Path, metavar="DIR", help="where 'build' published (default: dist in the workspace)")
    _add_workspace(verb)


def _add_load(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "load",
        "load the published dataset into a triple store",
        "Stage the graphs of the last build in a store, count them, and put them in service in one step. The old data "
        "stay in service until then; graphs of others are never touched. User and password come from the environment "
        "variables PUBLISHER_USER and PUBLISHER_PASSWORD, or from the system's keyring.",
    )
    load.add_load(verb)
    verb.add_argument(
        "--timeout", type=_patience, default=600.0, metavar="SECONDS", help="patience with one answer (default: 600)"
    )
    _add_workspace(verb)


def _add_diff(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "diff",
        "compare two published datasets",
        "List what was added and removed between two builds, by thing, or write it as a patch. Exit code 1 when they "
        "differ. With --migrate, send the difference to a store instead, and write down there what it now holds; a "
        "store that was not given the older one is left as it is, and the exit code is 3.",
    )
    load.add_diff(verb)
    verb.add_argument(
        "--timeout", type=_patience, default=600.0, metavar="SECONDS", help="patience with one answer (default: 600)"
    )
    _add_workspace(verb)


def _add_draft(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "draft",
        "begin the encoding of an article",
        "Find sentences, known names, dates, citations and quotations in a plain text, and write a skeleton of its "
        "encoding as Turtle, for an editor to complete. No sentence of the text is in it.",
    )
    verb.add_argument("article", type=Path, metavar="ARTICLE.txt", help="the plain text of the article, in UTF-8")
    verb.add_argument("--published", metavar="DATE", help="2018-12-10, 2018-12 or 2018: resolves dates without a year")
    verb.add_argument("--slug", metavar="SLUG", help="the name of the article in identifiers (default: of its file)")
    verb.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: standard output)")
    _add_workspace(verb)


def _add_coverage(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "coverage",
        "compare an encoding with its text",
        "List the sentences of a text without a claim and the passages that do not match it. The encoding is found by "
        "the digest of the text. Exit code 1 when anything is missing or wrong.",
    )
    verb.add_argument("article", type=Path, metavar="ARTICLE.txt", help="the plain text of the article, in UTF-8")
    verb.add_argument("--encoding", type=Path, metavar="FILE", help="the encoding, when it is of another edition")
    _add_workspace(verb)


def _add_explain(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "explain",
        "say why a triple is there, or why a node violates a shape",
        "With a triple: where it is asserted, or by which rules it follows from what is; if it is not in the data, "
        "which claims say it. With a node alone: what it violates, and which shapes look at it.",
    )
    add = verb.add_argument
    add("subject", metavar="SUBJECT", help="a CURIE such as id:belarus, or an <IRI>")
    add("predicate", nargs="?", metavar="PREDICATE", help="a property; a stands for rdf:type")
    add("object", nargs="?", metavar="OBJECT", help="a CURIE, an <IRI>, or a literal as in Turtle")
    add("--shape", metavar="SHAPE", help="with a node: only this shape and its parts")
    add("--format", choices=("text", "json"), default="text", help="default: text")
    _add_workspace(verb)


def _add_link(verbs: Verbs) -> None:
    verb = _add_verb(
        verbs,
        "link",
        "link things to Wikidata",
        "Suggest, review and check links to Wikidata. They are rows of data/links/wikidata.sssom.tsv, rejected "
        "look-alikes and things without an item included.",
    )
    link.add(verb)


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
    from publisher.workspace.scaffold import make_workspace

    make_workspace(arguments.folder, arguments.base)
    print(f"A new workspace is in {arguments.folder}. Next: cd {arguments.folder} && publisher build")
    return 0


def _validate(arguments: argparse.Namespace) -> int:
    if not arguments.watch:
        return _validate_once(arguments)
    from publisher.workspace.watch import changes

    code = 0
    try:
        for _ in changes(arguments.workspace):
            print("publisher: validating", file=sys.stderr)  # editors look for these two lines
            try:
                code = _validate_once(arguments)
            except PublisherError as error:
                print(f"publisher: {error}", file=sys.stderr)
                code = error.exit_code
            sys.stdout.flush()
            print("publisher: validated; watching for changes", file=sys.stderr)
    except KeyboardInterrupt:
        print("publisher: no longer watching", file=sys.stderr)
    return code


def _validate_once(arguments: argparse.Namespace) -> int:
    from publisher.build import pipeline, review
    from publisher.validate.report import source_text
    from publisher.validate.reporters import FORMATS, Page, plural

    config = load_config(arguments.workspace)
    request = review.Request(
        paths=tuple(arguments.paths),
        fail_on=arguments.fail_on,
        engine=arguments.engine,
        baseline=arguments.baseline,
        is_baseline_written=arguments.write_baseline,
        store=arguments.store,
    )
    with _bar(pipeline.REVIEW_STEPS) as progress, _mapper(arguments) as mapper:
        found = review.judge(config, request, progress, mapper=mapper, cache=_cache_of(config, arguments))
    if found.recorded is not None:
        known = f"{plural(found.recorded, 'finding')} {'is' if found.recorded == 1 else 'are'} known from now on"
        print(f"{known}; keep {arguments.baseline} under version control")
    elif found.errors and arguments.format == "text":
        for error in found.errors:
            told = source_text(f"publisher: {error}", error.path, error.line, error.column)
            print(told, file=sys.stderr)
    else:
        # what code hosts read has paths from where the command runs: the top of the checkout
        top = Path.cwd() if arguments.format in ("sarif", "github") else config.root
        sys.stdout.write(FORMATS[arguments.format](found.compared, Page(config.prefixes, top)))
    return found.exit_code


def _fmt(arguments: argparse.Namespace) -> int:
    from publisher.workspace import formatter

    config = load_config(arguments.workspace)
    paths = formatter.find(arguments.paths, config.root)
    changed = formatter.rewrite(paths, config.prefixes, check=arguments.check)
    for path in changed:
        print(path)
    told = "would change" if arguments.check else "changed"
    hint = "; run 'publisher fmt'" if arguments.check and changed else ""
    print(f"publisher: {len(changed)} of {len(paths)} files {told}{hint}", file=sys.stderr)
    return 1 if arguments.check and changed else 0


def _build(arguments: argparse.Namespace) -> int:
    from publisher.build import pipeline
    from publisher.validate.report import report_text
    from publisher.workspace.atomic import ensure_apart

    config = load_config(arguments.workspace)
    target = arguments.out or config.root / "dist"
    ensure_apart(target, config.root)
    cache = _cache_of(config, arguments)
    with _bar(pipeline.STEPS) as progress, _mapper(arguments) as mapper:
        built = pipeline.build(config, target, progress, mapper=mapper, cache=cache)
    if built.report.findings:
        print(report_text(built.report, config.prefixes, config.root))
    if built.folder is None:
        print(f"publisher: nothing was published; {target} is as it was", file=sys.stderr)
        return 1
    print(pipeline.summary_text(built))
    return 0


def _cache_of(config: Config, arguments: argparse.Namespace) -> Path | None:
    from publisher.build.cache import FOLDER

    return None if arguments.no_cache else config.root.resolve() / FOLDER


def _mapper(arguments: argparse.Namespace) -> AbstractContextManager[Mapper]:
    from publisher.build import executors

    if arguments.executor == "processes":
        if arguments.scheduler:
            raise UsageError("--scheduler is for Dask: add '--executor dask'")
        return executors.processes(arguments.jobs)
    if not arguments.scheduler:
        raise UsageError("--executor dask needs to know where: add '--scheduler ADDRESS'")
    if arguments.jobs:
        raise UsageError("how many jobs run at once on a cluster is for its workers to say; leave out '--jobs'")
    return executors.dask(arguments.scheduler)


def _query(arguments: argparse.Namespace, options: Sequence[str]) -> int:
    from publisher.query import files, parameters, results

    config = load_config(arguments.workspace)
    folder = config.root / "queries"
    if arguments.list:
        print(files.list_text(files.discover(folder)), end="")
        return 0
    if arguments.name is None:
        raise UsageError("name a query; 'publisher query --list' shows them")
    query = files.parse_query(sys.stdin.read()) if arguments.name == "-" else files.find(arguments.name, folder)
    text = files.bind(query, parameters.read_options(arguments.param, options), config.prefixes)
    form = results.choose_format(query.form, arguments.format)
    if arguments.endpoint and arguments.local_service:
        raise UsageError("'--local-service' answers here, and '--endpoint' elsewhere; choose one")
    if arguments.local_service:
        answer = _federated(config, arguments.out, text, query.path)
    elif arguments.endpoint:
        from publisher.query import endpoint

        url, credentials = load.service(config, arguments.endpoint)
        answer = endpoint.select(url, text, arguments.timeout, credentials)
    else:
        store = files.load_store([_published(config, arguments.out)])
        told = f"{query.path}: no answer within {arguments.timeout:g} seconds; ask for less, or allow more by --timeout"
        with limited(arguments.timeout, lambda: _give_up(told, SourceError.exit_code)):
            answer = files.run(text, store, query.path)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    sys.stdout.write(results.write(answer, form, config.prefixes, width))
    return 0


def _federated(config: Config, out: Path | None, text: str, path: Path) -> Answer:
    from publisher.link import snapshot
    from publisher.query import federation, files

    copy, graph = snapshot.read(config), snapshot.graph(config)
    text = federation.localize(text, (federation.WIKIDATA, config.wikidata.sparql), graph, path)
    return federation.run(text, files.load_store([_published(config, out)]), copy, graph, path)


def _draft(arguments: argparse.Namespace) -> int:
    from publisher.draft import draft, skeleton
    from publisher.draft.sentences import read_text
    from publisher.workspace.sources import read_workspace

    config, target = load_config(arguments.workspace), arguments.out
    found = draft.draft(read_text(arguments.article), read_workspace(config), arguments.published)
    turtle = skeleton.write(found, arguments.slug or skeleton.slug_of(arguments.article.stem), config)
    if target is None:
        sys.stdout.write(turtle)
    else:
        skeleton.save(turtle, target)
    summary = draft.summary_text(found)
    print(summary, file=sys.stderr if target is None else sys.stdout)
    return 0


def _coverage(arguments: argparse.Namespace) -> int:
    from publisher.draft import coverage
    from publisher.draft.sentences import read_text
    from publisher.workspace.sources import read_triples, read_workspace

    config, text, path = load_config(arguments.workspace), read_text(arguments.article), arguments.encoding
    if path:
        triples = read_triples(path, config.prefixes)
    else:
        source = coverage.find_encoding(text, read_workspace(config).data)
        path, triples = source.path, list(source.triples)
    found = coverage.cover(text, triples, config.prefixes)
    print(coverage.coverage_text(found, path))
    return 0 if found.is_complete else 1


def _explain(arguments: argparse.Namespace) -> int:
    from publisher.explain import explain
    from publisher.explain import text as explanations
    from publisher.rdf import terms

    config = load_config(arguments.workspace)
    prefixes = explain.prefixes_of(config)
    asked = [part for part in (arguments.subject, arguments.predicate, arguments.object) if part is not None]
    if len(asked) == 2 or (len(asked) == 3 and arguments.shape):
        raise UsageError("explain takes a triple of three terms, or one node, with '--shape' if you like")
    if len(asked) == 3:
        triple = terms.read_triple(asked[0], asked[1], asked[2], prefixes)
        print(explanations.write(explain.explainer(config).triple(triple), prefixes, arguments.format))
    else:
        told = _explain_focus(config, arguments.subject, arguments.shape)
        print(explanations.write(told, prefixes, arguments.format))
    return 0


def _explain_focus(config: Config, subject: str, shape: str | None) -> FocusExplained:
    from publisher.build import pipeline
    from publisher.explain import explain
    from publisher.rdf import terms

    prefixes = explain.prefixes_of(config)
    focus = terms.read_node(subject, prefixes)
    name = terms.read_node(shape, prefixes).value if shape else None
    with _bar(pipeline.CHECK_STEPS) as progress:
        checked = pipeline.check(config, progress, may_go_on=lambda _: True)
    return explain.Explainer(config, checked.workspace, checked.schema).focus(focus, checked.report, name)


def _published(config: Config, out: Path | None) -> Path:
    folder = (out or config.root / "dist") / "dumps"
    names = (f"all.{extension}{packed}" for extension in ("nt", *config.formats) for packed in ("", ".gz"))
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{folder / 'all.nt'}: nothing is published yet; run 'publisher build' first")


_RUN: Final = {
    "init": _init,
    "validate": _validate,
    "fmt": _fmt,
    "build": _build,
    "query": _query,
    "load": load.run_load,
    "diff": load.run_diff,
    "draft": _draft,
    "coverage": _coverage,
    "explain": _explain,
    "link": link.run,
}


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
