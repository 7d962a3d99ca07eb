"""Load with the bulk loader of a store: that of Virtuoso, through SQL, or a program that opens the database itself.

Oxigraph and Fuseki (TDB2) are loaded while their server is stopped; queries and updates then go through their programs
too. Graphs are staged, counted and moved as over HTTP.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from publisher.errors import EndpointError
from publisher.http import Client
from publisher.load import virtuoso
from publisher.load.client import FetchedGraph, StoreClient, fetch_from_dump
from publisher.load.graphs import GraphPart
from publisher.load.ledger import STAGING
from publisher.load.profiles import Target

_FILE: Final = "staged.nq"
_FOLDER: Final = "publisher-"  # the prefix of the folders that are made for Virtuoso
_DONE: Final = "publisher: loaded"
_FAILED: Final = "publisher: failed: "
_WAITING: Final = "publisher: waits: "


class BulkClient(StoreClient):
    """A client of a store that loads whole files; ``timeout`` is in seconds, for one run of a program."""

    def __init__(self, target: Target, http: Client, timeout: float) -> None:
        super().__init__(target, http)
        self._timeout = timeout

    def load_files(self, quads: Sequence[Path]) -> None:
        """Add the content of files of N-Quads. Raises ``EndpointError`` when the loader reports a failure."""
        raise NotImplementedError


def open_client(target: Target, http: Client, timeout: float) -> BulkClient:
    """Return a client that uses the bulk loader of a target."""
    return (VirtuosoClient if target.profile.name == "virtuoso" else OfflineClient)(target, http, timeout)


def plan(target: Target) -> list[str]:
    """Return the commands that load all graphs, a line each; nothing is run."""
    if target.profile.name == "virtuoso":
        folder = Path(target.tool("folder"))
        return [shlex.join(virtuoso.command(target)), *load_statements(folder), *result_statements(folder)]
    return [shlex.join(load_command(target, Path(_FILE)))]


# --- Virtuoso -------------------------------------------------------------------------------------------


class VirtuosoClient(BulkClient):
    """Virtuoso: its loader reads files in a folder that the server may read, and is run by ``isql-vt``."""

    def load_files(self, quads: Sequence[Path]) -> None:
        """See ``BulkClient.load_files``. The loader reports no errors itself: its list is read afterwards."""
        shared = Path(self.target.tool("folder"))
        with virtuoso.SqlConsole(self.target, self._timeout) as console:
            _clear_load_list(console, self.target.name)
            try:
                with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=shared) as name:
                    folder = Path(name).resolve()
                    folder.chmod(0o755)  # the server is another user
                    for number, path in enumerate(quads):
                        shutil.copyfile(path, folder / f"{number}-{_FILE}")
                    output = console.run([*load_statements(folder), *result_statements(folder)])
            except OSError as error:
                raise EndpointError(f"{shared}: cannot be written: {error.strerror}") from None
        self._ensure_loaded(output)

    def _ensure_loaded(self, output: str) -> None:
        lines = output.splitlines()
        if failed := [line for line in lines if line.startswith(_FAILED)]:
            raise EndpointError(f"{self.target.name}: {failed[0].removeprefix('publisher: ').strip()}")
        if _DONE not in output:
            errors = [line for line in lines if line.startswith("*** Error")]
            is_denied = "FA003" in output
            hint = "; add its folder to DirsAllowed in virtuoso.ini, and restart the server" if is_denied else ""
            reason = " ".join(errors[-1:]) or output[-300:]
            raise EndpointError(f"{self.target.name}: isql-vt did not load: {reason}{hint}")


def waiting_files(console: virtuoso.SqlConsole) -> list[Path]:
    """Return the files in the list of Virtuoso's loader that it has not loaded yet."""
    query = f"select concat('{_WAITING}', ll_file) from DB.DBA.load_list where ll_state <> 2;"  # noqa: S608 (a constant)
    lines = console.run([query]).splitlines()
    return [Path(line.removeprefix(_WAITING).strip()) for line in lines if line.startswith(_WAITING)]


def _clear_load_list(console: virtuoso.SqlConsole, name: str) -> None:
    """Delete what an interrupted load left in the list of Virtuoso's loader, which loads everything in that list.

    Raises ``EndpointError`` when there are other files in it.
    """
    waiting = waiting_files(console)
    gone = [path for path in waiting if path.parent.name.startswith(_FOLDER) and not path.is_file()]
    if others := [path for path in waiting if path not in gone]:
        raise EndpointError(
            f"{name}: {others[0]} waits in DB.DBA.load_list, and would be loaded too; have it loaded first, or delete "
            "the file if it is of a load that was cut off"
        )
    names = (virtuoso.quoted(str(path)) for path in gone)
    console.run([f"delete from DB.DBA.load_list where ll_file = '{name}';" for name in names])  # noqa: S608 (quoted)


def load_statements(folder: Path) -> list[str]:
    """Return the SQL statements that add the files of a folder to the list of the loader, and load them.

    One loader keeps two cores busy; two at once were no faster, and failed now and then ("deadlock", "non unique
    primary key") when both met a graph or a datatype that was new to the store.
    """
    arguments = f"'{virtuoso.quoted(str(folder))}', '%{_FILE}', '{STAGING}'"  # each line names a graph of its own
    return [f"ld_dir({arguments});", "rdf_loader_run();"]


def result_statements(folder: Path) -> list[str]:
    """Return the SQL statements that report which files of a folder were not loaded, and delete them from the list."""
    entries = f"from DB.DBA.load_list where ll_file like '{virtuoso.quoted(str(folder))}/%'"
    failed = "(ll_state <> 2 or ll_error is not null)"
    return [
        "checkpoint;",
        f"select concat('{_FAILED}', ll_file, ' ', coalesce(ll_error, 'not loaded')) {entries} and {failed};",
        f"select concat('publisher: ', 'loaded') from (select count(*) as n {entries}) as t where n > 0;",  # noqa: S608 (paths are quoted)
        f"delete {entries};",
    ]


# --- Oxigraph and Fuseki --------------------------------------------------------------------------------


class OfflineClient(BulkClient):
    """A database on this disk whose server is stopped, and the programs that open it."""

    def __init__(self, target: Target, http: Client, timeout: float) -> None:
        super().__init__(target, http, timeout)
        self._counts_together = True  # each query starts a program

    def add(self, graph: str, part: GraphPart) -> None:
        """See ``StoreClient.add``; for few triples, an update is faster than the loader."""
        self.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {part.content.decode()} }} }}")

    def _select(self, query: str) -> bytes:
        with tempfile.NamedTemporaryFile("w", suffix=".rq", encoding="utf-8") as file:
            file.write(query)
            file.flush()
            return self._run(query_command(self.target, Path(file.name))).encode()

    def update(self, *operations: str) -> None:
        """Run SPARQL Update operations in one run of the program."""
        with tempfile.NamedTemporaryFile("w", suffix=".ru", encoding="utf-8") as file:
            file.write(" ;\n".join(operations))
            file.flush()
            self._run(update_command(self.target, Path(file.name)))

    def fetch(self, graphs: Iterable[str]) -> Iterator[FetchedGraph]:
        """Yield the content of graphs from a dump of the whole database, which is one run of the program."""
        with tempfile.NamedTemporaryFile(suffix=".nq") as dump:
            self._run(dump_command(self.target), out=dump)
            yield from fetch_from_dump(self.target.name, Path(dump.name), list(graphs))

    def load_files(self, quads: Sequence[Path]) -> None:
        """See ``BulkClient.load_files``; all files are loaded in one run of the program."""
        self._run(load_command(self.target, *quads))

    def _run(self, command: Sequence[str], out: IO[bytes] | None = None) -> str:
        """Run a program and return its output; empty when that goes to the file ``out``."""
        try:
            done = subprocess.run(  # noqa: S603 (a list, never a shell)
                command,
                stdin=subprocess.DEVNULL,
                stdout=out or subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                timeout=self._timeout,
                check=False,
            )
        except OSError as error:
            raise EndpointError(f"{command[0]}: cannot be started: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            message = f"{command[0]}: not done within {self._timeout:g} s; allow more time with '--timeout'"
            raise EndpointError(message) from None
        if done.returncode:
            reason = " ".join((done.stderr or done.stdout or "").split())[:400] or "no reason given"
            is_locked = "lock" in reason.lower()
            hint = "; stop the server first: only one program may have the database open" if is_locked else ""
            raise EndpointError(f"{self.target.name}: {Path(command[0]).name} failed: {reason}{hint}")
        return done.stdout or ""


def load_command(target: Target, *quads: Path) -> list[str]:
    """Return the command that loads files of N-Quads."""
    if target.profile.name == "oxigraph":
        return _oxigraph(target, "load", "--file", *map(str, quads))
    return _jena(target, "tdbloader", *map(str, quads))


def query_command(target: Target, query: Path) -> list[str]:
    """Return the command that answers a query with SPARQL results in JSON."""
    if target.profile.name == "oxigraph":
        return _oxigraph(target, "query", "--query-file", str(query), "--results-format", "json")
    return _jena(target, "tdbquery", "--results=JSON", f"--query={query}")


def update_command(target: Target, update: Path) -> list[str]:
    """Return the command that runs an update."""
    if target.profile.name == "oxigraph":
        return _oxigraph(target, "update", "--update-file", str(update))
    return _jena(target, "tdbupdate", f"--update={update}")


def dump_command(target: Target) -> list[str]:
    """Return the command that writes the whole database as N-Quads."""
    if target.profile.name == "oxigraph":
        return _oxigraph(target, "dump", "--format", "nq")
    return _jena(target, "tdbdump")


def _oxigraph(target: Target, name: str, *options: str) -> list[str]:
    installed = Path(sys.executable).with_name("oxigraph")
    program = target.tools.get("program") or (str(installed) if installed.is_file() else "oxigraph")
    return [program, name, "--location", target.tool("location"), *options]


def _jena(target: Target, name: str, *options: str) -> list[str]:
    return ["java", "-cp", target.tool("program"), f"tdb2.{name}", f"--loc={target.tool('location')}", *options]
