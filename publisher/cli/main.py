"""Group the commands, run one of them, and report what went wrong.

The exit codes are those of ``EXIT_CODES``.
"""

from __future__ import annotations

import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import click
from click.shell_completion import shell_complete

import publisher as package
from publisher.cli.completion import COMPLETION_VARIABLE
from publisher.cli.interrupt import end_process, interruptible
from publisher.cli.terminal import guard_terminals
from publisher.errors import PublisherError, reason

EXIT_CODES: Final = (
    "Exit codes: 0 good, 1 findings or differences, 2 wrong usage or configuration, 3 a source, an endpoint or a store "
    "that failed, or a query that took too long, 130 Ctrl-C."
)
# In a wheel the documentation is in the package, in a checkout of the repository it is beside it.
_DOCS: Final = next(
    (docs for folder in Path(package.__file__).parents[:2] if (docs := folder / "docs").is_dir()),
    "docs/ of the repository",
)
_INTERRUPTED: Final = "interrupted; nothing was changed"
_INTERRUPTED_LOAD: Final = (
    "interrupted; the store may hold a part of the new data: run 'publisher load --sync', with '--break-lease' if "
    "another load seems to be at work"
)
_INTERRUPTED_CODE: Final = 130


class CommandEntry(NamedTuple):
    """What the help says of a command, its page of the documentation, and the module and function where it is.

    The summary stands here, too, for a command is imported only when it runs: the libraries behind the commands take
    seconds to import. By default, module and function have the name of the command.
    """

    summary: str
    page: str = ""
    place: str = ""


# The commands under the headings of the help.
SECTIONS: Final[dict[str, dict[str, CommandEntry]]] = {
    "Write": {
        "init": CommandEntry("Make a new workspace.", "your-own-vocabulary.md", place="workspace:init"),
        "fmt": CommandEntry("Format Turtle files.", "workspace.md", place="workspace:fmt"),
        "draft": CommandEntry("Begin the encoding of an article.", "adding-an-article.md"),
        "coverage": CommandEntry("Compare an encoding with its text.", "adding-an-article.md", place="draft:coverage"),
    },
    "Check and publish": {
        "validate": CommandEntry("Check the data against the shapes.", "validating.md"),
        "explain": CommandEntry("Say why a triple is there, or why a node violates a shape.", "explaining.md"),
        "build": CommandEntry("Validate and publish into dist/.", "workspace.md"),
        "serve": CommandEntry("Serve the site, or the workspace under work.", "serving.md", place="build:serve"),
        "host-config": CommandEntry(
            "Write the configuration of another web server.", "serving.md", place="sites:host_config"
        ),
        "check-deref": CommandEntry("Test how a site answers for its things.", "serving.md", place="sites:check_deref"),
    },
    "Ask and load": {
        "show": CommandEntry("Show what the published dataset has on a thing.", "site.md"),
        "list": CommandEntry(
            "List the classes of the published dataset, or the things of one.", "site.md", place="show:list_"
        ),
        "query": CommandEntry("Query the published dataset.", "queries.md"),
        "mcp": CommandEntry("Serve the published dataset to agents.", "api.md", place="show:mcp"),
        "load": CommandEntry("Load the published dataset into a triple store.", "stores.md"),
        "diff": CommandEntry("Compare two published datasets.", "stores.md"),
    },
    "Link": {
        "link": CommandEntry("Link things to Wikidata.", "linking.md"),
    },
    "Set up": {
        "completion": CommandEntry("Print the completion script of a shell."),
    },
}
_ENTRIES: Final = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


class LazyGroup(click.Group):
    """Import a command when it is run or asked for its help; list all of them without an import."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the names of the commands in the order of the help."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click calls it
        """Import the command."""
        if (entry := _ENTRIES.get(cmd_name)) is None:
            return None
        module, _, function = (entry.place or f"{cmd_name}:{cmd_name}").partition(":")
        command: click.Command = getattr(importlib.import_module(f"publisher.cli.{module}"), function)
        command.epilog = f"{EXIT_CODES}\n\n\b\nDocumentation: {Path(_DOCS) / entry.page}"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the summaries of the commands under their headings, in columns of one width."""
        width = max(map(len, self.commands))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), entry.summary) for name, entry in commands.items()])

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run a command as ``main`` of this module does, and exit; ``click.testing.CliRunner`` calls this."""
        sys.exit(main(args))


@click.group(
    cls=LazyGroup,
    commands={name: click.Command(name) for name in _ENTRIES},  # imported later
    epilog=f"{EXIT_CODES}\n\n\b\nDocumentation: {_DOCS}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="geopol-publisher", message="%(prog)s %(version)s")
def publisher() -> None:
    """Publish a git folder of RDF as a validated, inferred, attributed, loadable dataset."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _use_utf_8()
    guard_terminals()
    # rdflib logs a traceback for each literal outside its datatype; the shapes report those properly.
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)
    arguments = sys.argv[1:] if argv is None else list(argv)
    interruption = _interruption(arguments)
    try:
        with interruptible(lambda: end_process(interruption, _INTERRUPTED_CODE)):
            return _run(arguments)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        _report_usage(error)
        return error.exit_code
    except PublisherError as error:
        print(f"publisher: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # 'head', for one, stops reading before the end
        sys.stderr.close()
        return 0
    except OSError as error:  # that no command handles, such as a name that is too long
        print(f"publisher: {error.filename or 'the system'}: {reason(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print("publisher:", f"interrupted: {interrupt}" if interrupt.args else interruption, file=sys.stderr)
        return _INTERRUPTED_CODE


def _interruption(arguments: Sequence[str]) -> str:
    """Return what to say on Ctrl-C: all but the changes of a store are made in one step."""
    is_load = arguments[:1] == ["load"] or (arguments[:1] == ["diff"] and "--migrate" in " ".join(arguments))
    return _INTERRUPTED_LOAD if is_load and "--show" not in arguments else _INTERRUPTED


def _run(arguments: list[str]) -> int:
    if request := os.environ.get(COMPLETION_VARIABLE):  # set by the script of 'publisher completion'
        return shell_complete(publisher, {}, "publisher", COMPLETION_VARIABLE, request)
    with publisher.make_context("publisher", arguments) as context:
        return publisher.invoke(context) or 0


def _report_usage(error: click.ClickException) -> None:
    """Print what is wrong with the arguments, and where their description is."""
    print(f"publisher: {error.format_message()}", file=sys.stderr)
    if isinstance(error, click.UsageError) and error.ctx:
        print(f"Try '{error.ctx.command_path} --help' for help.", file=sys.stderr)


def _use_utf_8() -> None:
    """Read and write UTF-8 in any locale, and replace standard streams that are closed."""
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
