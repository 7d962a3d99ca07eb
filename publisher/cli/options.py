"""Options that several commands share, and the types of their values."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from publisher.errors import UsageError
from publisher.progress import Progress
from publisher.workspace.config import Config, load_config

if TYPE_CHECKING:
    from publisher.build.executors import Mapper

F = TypeVar("F", bound=Callable[..., Any])
Job = TypeVar("Job")
Result = TypeVar("Result")

PATH: Final = click.Path(path_type=Path)


def _seconds(value: str) -> float:
    """Return a duration in seconds, from above zero to a day; refuse text, infinity and what is no number."""
    with suppress(ValueError):
        if 0 < (seconds := float(value)) <= 86_400:
            return seconds
    raise click.BadParameter(f"'{value}': expected a number of seconds above 0, at most 86400")


def _workspace(context: click.Context, _: click.Parameter, folder: Path | None) -> Path:
    """Return the folder; for a step of a command, by default the folder that was given to the command."""
    outer: Path | None = context.parent.params.get("workspace") if context.parent else None
    return folder or outer or Path()


workspace = click.option(
    "-w",
    "--workspace",
    type=PATH,
    callback=_workspace,
    metavar="DIR",
    help="The folder with publisher.toml.",
    show_default="here",
)


def config(command: F) -> F:
    """Add the option ``--workspace`` to a command, which receives the configuration there as ``config``."""

    @functools.wraps(command)
    def call(*, workspace: Path, **values: Any) -> Any:
        return command(config=load_config(workspace), **values)

    return workspace(call)  # type: ignore[return-value]  # click passes the values by name


def output_format(
    *names: str, of: str, default: str | None = None, show_default: str | bool = True
) -> Callable[[F], F]:
    """Return the option ``--format``, whose value is the parameter ``form``; ``of`` is what is written."""
    choice = click.Choice(names)
    return click.option(
        "--format", "form", type=choice, default=default, show_default=show_default, help=f"How to write {of}."
    )


def timeout(default: int, of: str) -> Callable[[F], F]:
    """Return the option ``--timeout``; ``of`` is what is waited for."""
    return click.option(
        "--timeout",
        type=_seconds,
        default=default,
        show_default=True,
        metavar="SECONDS",
        help=f"How long to wait for {of}.",
    )


max_findings = click.option(
    "--max-findings",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show at most N findings, violations before others, and say how many there are.",
    show_default="all",
)
published = click.option(
    "--out",
    type=PATH,
    metavar="DIR",
    help="The folder that 'build' wrote.",
    show_default="dist in the workspace",
)
profile = click.option(
    "--profile",
    type=click.Choice(("oxigraph", "fuseki", "virtuoso", "rdf4j", "graphdb", "qlever", "sparql")),
    help="The kind of store, for a URL.",
)
insecure = click.option("--insecure", is_flag=True, help="Let user and password go over plain http to another machine.")


@dataclass(frozen=True)
class Execution:
    """How the work on the articles is distributed, and whether its results are cached."""

    jobs: int | None
    no_cache: bool
    executor: str
    scheduler: str | None

    def cache(self, config: Config) -> Path | None:
        """Return the folder of the cache, or ``None`` when nothing is to be cached."""
        from publisher.build.cache import FOLDER

        return None if self.no_cache else config.root.resolve() / FOLDER

    @contextmanager
    def mapper(self, progress: Progress) -> Iterator[Mapper]:
        """Yield the executor of tasks, which reports each task as a part of the current step.

        Raises ``UsageError`` when the options contradict each other.
        """
        with self._executor() as executor:

            def run(function: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
                progress.expect(len(jobs))
                for result in executor(function, jobs):
                    progress.advance()
                    yield result

            yield run

    def _executor(self) -> AbstractContextManager[Mapper]:
        from publisher.build import executors

        if self.executor == "processes":
            if self.scheduler:
                raise UsageError("--scheduler is for Dask: add '--executor dask'")
            return executors.processes(self.jobs)
        if not self.scheduler:
            raise UsageError("--executor dask needs to know where: add '--scheduler ADDRESS'")
        if self.jobs:
            raise UsageError("how many jobs run at once on a cluster is for its workers to say; leave out '--jobs'")
        return executors.dask(self.scheduler)


_EXECUTION: Final = (
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many processes work on the articles.",
        show_default="one a core",
    ),
    click.option("--no-cache", is_flag=True, help="Compute everything again, and write no cache."),
    click.option(
        "--executor",
        type=click.Choice(("processes", "dask")),
        default="processes",
        show_default=True,
        help="Where the work is done: in processes here, or on a Dask cluster.",
    ),
    click.option(
        "--scheduler", metavar="ADDRESS", help="The address of the Dask scheduler, such as tcp://127.0.0.1:8786."
    ),
)


def execution(command: F) -> F:
    """Add the options of ``Execution`` to a command, which receives their values as ``execution``."""

    @functools.wraps(command)
    def call(*, jobs: int | None, no_cache: bool, executor: str, scheduler: str | None, **values: Any) -> Any:
        return command(execution=Execution(jobs, no_cache, executor, scheduler), **values)

    for option in reversed(_EXECUTION):
        call = option(call)
    return call  # type: ignore[return-value]  # click passes the values by name


def announce_engine() -> None:
    """Say on stderr when the default engine is not the native one, because it is not installed."""
    from publisher.validate.engines import default_engine

    if default_engine() != "native":
        print("publisher: there is no package 'shacl' here; pySHACL validates, which takes longer", file=sys.stderr)
