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

from publisher.errors import ConfigError, EndpointError
from publisher.http import Client
from publisher.load.client import FetchedGraph, StoreClient, fetch_from_dump
from publisher.load.ledger import STAGING
from publisher.load.profiles import Target

_FILE: Final = "staged.nq"
_FOLDER: Final = "publisher-"  # the prefix of the folders that are made for Virtuoso
_DONE: Final = "publisher: loaded"
_FAILED: Final = "publisher: failed: "
_WAITING: Final = "publisher: waits: "
_LOGIN: Final = "CL034"  # isql-vt reports the login that it tries without a password


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
    return (OfflineClient if target.profile.programs else VirtuosoClient)(target, http, timeout)


def plan(target: Target) -> list[str]:
    """Return the commands that load all graphs, a line each; nothing is run."""
    if target.profile.programs:
        return [shlex.join(command(target, "load", _FILE))]
    return [shlex.join(isql_command(target)), *_load_statements(Path(target.tool("folder")))]


def run(name: str, command: Sequence[str], timeout: float, out: IO[bytes] | None = None, stdin: str = "") -> str:
    """Run a program and return its output; empty when that goes to the file ``out``.

    ``name`` is that of the store, for errors. Raises ``EndpointError`` when the program cannot be started, fails, or
    takes longer than ``timeout`` seconds.
    """
    try:
        done = subprocess.run(  # noqa: S603 (a list, never a shell)
            command,
            input=stdin,
            stdout=out or subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        raise EndpointError(f"{command[0]}: cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        message = f"{command[0]}: not done within {timeout:g} s; allow more time with '--timeout'"
        raise EndpointError(message) from None
    if done.returncode:
        reason = " ".join(f"{done.stderr} {done.stdout or ''}".split())[:400] or "no reason given"
        is_locked = "lock" in reason.lower()
        hint = "; stop the server first: only one program may have the database open" if is_locked else ""
        raise EndpointError(f"{name}: {Path(command[0]).name} failed: {reason}{hint}")
    return done.stdout or ""


# --- Virtuoso -------------------------------------------------------------------------------------------


class VirtuosoClient(BulkClient):
    """Virtuoso: its loader reads files in a folder that the server may read, and is run by ``isql-vt``."""

    def load_files(self, quads: Sequence[Path]) -> None:
        """See ``BulkClient.load_files``. The loader reports no errors itself: its list is read afterwards."""
        shared = Path(self.target.tool("folder"))
        _clear_load_list(self.target, self._timeout)
        try:
            with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=shared) as name:
                folder = Path(name).resolve()
                folder.chmod(0o755)  # the server is another user
                for number, path in enumerate(quads):
                    shutil.copyfile(path, folder / f"{number}-{_FILE}")
                output = run_sql(self.target, _load_statements(folder), self._timeout)
        except OSError as error:
            raise EndpointError(f"{shared}: cannot be written: {error.strerror}") from None
        lines = [line.strip() for line in output.splitlines()]
        if failed := [line for line in lines if line.startswith(_FAILED)]:
            raise EndpointError(f"{self.target.name}: {failed[0].removeprefix('publisher: ')}")
        if _DONE not in lines:
            errors = [line for line in lines if line.startswith("*** Error") and _LOGIN not in line]
            hint = (
                "; add its folder to DirsAllowed in virtuoso.ini, and restart the server" if "FA003" in output else ""
            )
            reason = " ".join(errors[-1:]) or output[-300:]
            raise EndpointError(f"{self.target.name}: isql-vt did not load: {reason}{hint}")


def waiting_files(target: Target, timeout: float) -> list[Path]:
    """Return the files in the list of Virtuoso's loader that it has not loaded yet."""
    query = f"select concat('{_WAITING}', ll_file) from DB.DBA.load_list where ll_state <> 2;"  # noqa: S608 (a constant)
    lines = run_sql(target, [query], timeout).splitlines()
    return [Path(line.removeprefix(_WAITING).strip()) for line in lines if line.startswith(_WAITING)]


def _clear_load_list(target: Target, timeout: float) -> None:
    """Delete what an interrupted load left in the list of Virtuoso's loader, which loads everything in that list.

    Raises ``EndpointError`` when there are other files in it.
    """
    waiting = waiting_files(target, timeout)
    gone = [path for path in waiting if path.parent.name.startswith(_FOLDER) and not path.is_file()]
    if others := [path for path in waiting if path not in gone]:
        raise EndpointError(
            f"{target.name}: {others[0]} waits in DB.DBA.load_list, and would be loaded too; have it loaded first, or "
            "delete the file if it is of a load that was cut off"
        )
    if gone:
        names = ", ".join(_quoted(path) for path in gone)
        run_sql(target, [f"delete from DB.DBA.load_list where ll_file in ({names});"], timeout)  # noqa: S608 (quoted)


def _load_statements(folder: Path) -> list[str]:
    """Return the SQL statements that load the files of a folder, and report which of them were not loaded.

    One loader keeps two cores busy; two at once were no faster, and failed now and then ("deadlock", "non unique
    primary key") when both met a graph or a datatype that was new to the store.
    """
    entries = f"from DB.DBA.load_list where ll_file like {_quoted(folder / '%')}"
    failed = "(ll_state <> 2 or ll_error is not null)"
    return [
        f"ld_dir({_quoted(folder)}, '%{_FILE}', '{STAGING}');",  # each line names a graph of its own
        "rdf_loader_run();",
        "checkpoint;",
        f"select concat('{_FAILED}', ll_file, ' ', coalesce(ll_error, 'not loaded')) {entries} and {failed};",
        f"select '{_DONE}' from (select count(*) as n {entries}) as t where n > 0;",  # noqa: S608 (paths are quoted)
        f"delete {entries};",
    ]


def run_sql(target: Target, statements: Sequence[str], timeout: float) -> str:
    """Run SQL statements, a line each, in Virtuoso, and return the output, errors of the statements included.

    Raises ``ConfigError`` without credentials, ``EndpointError`` as ``run`` does, also for a wrong password.
    """
    if target.credentials is None:
        raise ConfigError(f"{target.name}: set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment")
    lines = [target.credentials.password, *statements, ""]  # isql-vt asks for the password first
    return run(target.name, isql_command(target), timeout, stdin="\n".join(lines))


def isql_command(target: Target) -> list[str]:
    """Return the command that starts ``isql-vt``; the password is not in it."""
    user = target.credentials.user if target.credentials else "dba"
    options = ["VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF", "ERRORS=STDOUT"]
    return [target.tools.get("program", "isql-vt"), target.tools.get("sql", "127.0.0.1:1111"), user, *options]


def _quoted(path: Path) -> str:
    """Return a path as an SQL string."""
    return "'" + str(path).replace("'", "''") + "'"


# --- Oxigraph and Fuseki --------------------------------------------------------------------------------


class OfflineClient(BulkClient):
    """A database on this disk whose server is stopped, and the programs that open it."""

    def _select(self, query: str) -> bytes:
        return self._run_text("query", query).encode()

    def update(self, *operations: str) -> None:
        """Run SPARQL Update operations in one run of the program."""
        self._run_text("update", " ;\n".join(operations))

    def fetch(self, graphs: Iterable[str]) -> Iterator[FetchedGraph]:
        """Yield the content of graphs from a dump of the whole database, which is one run of the program."""
        yield from fetch_from_dump(self.target.name, self._dump, list(graphs))

    def _dump(self, path: Path) -> None:
        with path.open("wb") as out:
            run(self.target.name, command(self.target, "dump"), self._timeout, out=out)

    def load_files(self, quads: Sequence[Path]) -> None:
        """See ``BulkClient.load_files``; all files are loaded in one run of the program."""
        run(self.target.name, command(self.target, "load", *quads), self._timeout)

    def _run_text(self, purpose: str, text: str) -> str:
        with tempfile.NamedTemporaryFile("w", suffix=".rq", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            return run(self.target.name, command(self.target, purpose, file.name), self._timeout)


def command(target: Target, purpose: str, *files: str | Path) -> list[str]:
    """Return the command that loads files, answers a query, runs an update or writes a dump.

    ``purpose`` is a key of ``Profile.programs``.
    """
    installed = Path(sys.executable).with_name("oxigraph")
    program = target.tools.get("program") or (str(installed) if installed.is_file() else "oxigraph")
    if target.profile.name != "oxigraph":
        program = target.tool("program")
    words = target.profile.programs[purpose].split()
    return [*(word.format(program=program, location=target.tool("location")) for word in words), *map(str, files)]
