"""Load with the bulk loader that comes with a store: Virtuoso's, through SQL, or a program beside the database.

Oxigraph and Fuseki (TDB2) are loaded while their server is stopped; then every question and change goes through their
programs too. Graphs are staged, counted and moved as over HTTP.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

from publisher.errors import ConfigError, EndpointError
from publisher.ledger import STAGING
from publisher.session import Fetched, Session, from_dump
from publisher.spool import GraphFile, Part
from publisher.stores import Target
from publisher.wire import Wire

Staged = Mapping[str, GraphFile]  # by the graph that each becomes
_JOINED: Final = 100_000  # triples in memory at once

_FILE: Final = "staged.nq"
_LOADERS: Final = 2  # at work in Virtuoso at once; each takes one file after the other
_DONE: Final = "publisher: loaded"
_FAILED: Final = "publisher: failed: "
# the loader runs whatever is in its list
_OTHERS: Final = (
    f"select concat('{_FAILED}', ll_file, ' of somebody else waits in DB.DBA.load_list; have it loaded first') "  # noqa: S608 (a constant)
    "from DB.DBA.load_list where ll_state <> 2;",
    "select concat('publisher: ', 'loaded');",
)


class Bulk(Session):
    """A store that takes whole files at once; ``patience`` is in seconds, for one run of a program."""

    def __init__(self, target: Target, wire: Wire, patience: float) -> None:
        super().__init__(target, wire)
        self._patience = patience

    def add(self, graph: str, part: Part) -> None:
        """See ``Session.add``; what is little goes by update."""
        self.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {part.content.decode()} }} }}")

    def load(self, files: Staged) -> None:
        """Add the files to their graphs; raise ``EndpointError`` when the loader reports a failure."""
        raise NotImplementedError

    def _run(self, command: Sequence[str], told: str = "", out: IO[bytes] | None = None) -> str:
        """Run a program that is told something, and return what it says, unless it goes into a file."""
        try:
            done = subprocess.run(  # noqa: S603 (a list, never a shell)
                command,
                input=told,
                stdout=out or subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                timeout=self._patience,
                check=False,
            )
        except OSError as error:
            raise EndpointError(f"{command[0]}: cannot be started: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            message = f"{command[0]}: not done within {self._patience:g} s; allow more time with '--timeout'"
            raise EndpointError(message) from None
        if done.returncode:
            said = " ".join((done.stderr or done.stdout or "").split())[:400] or "no reason given"
            locked = "lock" in said.lower()
            hint = "; stop the server first: only one program may have the database open" if locked else ""
            raise EndpointError(f"{self.target.name}: {Path(command[0]).name} failed: {said}{hint}")
        return done.stdout or ""


def open_bulk(target: Target, wire: Wire, patience: float) -> Bulk:
    """Return the bulk loader of a target; raise ``ConfigError`` when its entry does not say where things are."""
    return (Isql if target.profile.name == "virtuoso" else Programs)(target, wire, patience)


def plan(target: Target) -> list[str]:
    """Return the commands that load all graphs, a line each; nothing is run."""
    if target.profile.name == "virtuoso":
        register, run, conclude = statements(Path(_tool(target, "folder")))
        return [shlex.join(isql(target)), *register, *([run] * _LOADERS), *conclude]
    return [shlex.join(loader(target, Path(_FILE)))]


def _join(files: Staged, path: Path) -> Path:
    """Write graphs into one file of N-Quads: one run loads them."""
    with path.open("wb") as out:
        for graph, file in files.items():
            out.writelines(part.in_graph(graph) for part in file.parts(_JOINED))
    return path


def _tool(target: Target, key: str) -> str:
    if found := target.tools.get(key):
        return found
    raise ConfigError(
        f"{target.name}: the bulk loader of {target.profile.name} needs to know the {key}; "
        f'write {key} = "…" in [stores.NAME] of publisher.toml, as docs/stores.md tells'
    )


# --- Virtuoso -------------------------------------------------------------------------------------------


class Isql(Bulk):
    """Virtuoso, through ``isql-vt``: a file in a folder that the server may read."""

    def load(self, files: Staged) -> None:
        """See ``Bulk.load``. Errors of Virtuoso's loader are silent: its list is read afterwards."""
        shared = Path(_tool(self.target, "folder"))
        self._check(self._isql(_OTHERS))
        try:
            with tempfile.TemporaryDirectory(prefix="publisher-", dir=shared) as name:
                folder = Path(name).resolve()
                folder.chmod(0o755)  # the server is another user
                for number, some in enumerate(shares(files, _LOADERS)):
                    _join(some, folder / f"{number}-{_FILE}")
                register, run, conclude = statements(folder)
                said = [self._isql(register)]
                with ThreadPoolExecutor(_LOADERS) as pool:
                    said += pool.map(self._isql, [[run]] * _LOADERS)
                said.append(self._isql(conclude))
                self._check("\n".join(said))
        except OSError as error:
            raise EndpointError(f"{shared}: cannot be written: {error.strerror}") from None

    def _isql(self, lines: Sequence[str]) -> str:
        """Run statements, after the password, for which the program asks."""
        if self.target.credentials is None:
            raise ConfigError(f"{self.target.name}: set PUBLISHER_USER and PUBLISHER_PASSWORD in the environment")
        return self._run(isql(self.target), "\n".join([self.target.credentials.password, *lines, ""]))

    def _check(self, said: str) -> None:
        if failed := [line for line in said.splitlines() if line.startswith(_FAILED)]:
            raise EndpointError(f"{self.target.name}: {failed[0].removeprefix('publisher: ').strip()}")
        if _DONE not in said:
            errors = [line for line in said.splitlines() if line.startswith("*** Error")]
            hint = "; add its folder to DirsAllowed in virtuoso.ini, and restart the server" if "FA003" in said else ""
            errors = [line for line in errors if "Bad login" not in line] or errors  # it tries without a password first
            told = " ".join(errors[-1:]) or said[-300:]
            raise EndpointError(f"{self.target.name}: isql-vt did not load: {told}{hint}")


def isql(target: Target) -> list[str]:
    """Return the command; the password is not in it."""
    user = target.credentials.user if target.credentials else "dba"
    options = ["VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF", "ERRORS=STDOUT"]
    return [target.tools.get("program", "isql-vt"), target.tools.get("sql", "127.0.0.1:1111"), user, *options]


def shares(files: Staged, number: int) -> list[Staged]:
    """Return graphs in at most ``number`` lots of about one size: one of its loaders at work leaves Virtuoso idle.

    A graph stays whole: the label of a blank node means nothing in the next file.
    """
    lots: list[dict[str, GraphFile]] = [{} for _ in range(number)]
    sizes = [0] * number
    for graph, file in sorted(files.items(), key=lambda item: -item[1].triples):
        least = sizes.index(min(sizes))
        lots[least][graph] = file
        sizes[least] += file.triples
    return [lot for lot in lots if lot]


def statements(folder: Path) -> tuple[list[str], str, list[str]]:
    """Return the SQL that lists the files in ``folder``, loads what is listed, and says what could not be loaded.

    Sessions that load at once take the next file each.
    """
    ours = f"from DB.DBA.load_list where ll_file like '{_quoted(str(folder))}/%'"
    failed = "(ll_state <> 2 or ll_error is not null)"
    register = [f"ld_dir('{_quoted(str(folder))}', '%{_FILE}', '{STAGING}');"]  # each line has a graph of its own
    conclude = [
        "checkpoint;",
        f"select concat('{_FAILED}', ll_file, ' ', coalesce(ll_error, 'not loaded')) {ours} and {failed};",
        f"select concat('publisher: ', 'loaded') from (select count(*) as n {ours}) as t where n > 0;",  # noqa: S608 (paths are quoted)
        f"delete {ours};",
    ]
    return register, "rdf_loader_run();", conclude


def _quoted(text: str) -> str:
    return text.replace("'", "''")


# --- Oxigraph and Fuseki --------------------------------------------------------------------------------


class Programs(Bulk):
    """A database on this disk, whose server is stopped, and the programs that work on it."""

    def __init__(self, target: Target, wire: Wire, patience: float) -> None:
        super().__init__(target, wire, patience)
        self.counts_all = True  # in one run, for each costs a start of the program

    def _ask(self, query: str) -> bytes:
        with tempfile.NamedTemporaryFile("w", suffix=".rq", encoding="utf-8") as file:
            file.write(query)
            file.flush()
            return self._run(questions(self.target, Path(file.name))).encode()

    def update(self, *operations: str) -> None:
        """Run SPARQL Update operations in one go."""
        with tempfile.NamedTemporaryFile("w", suffix=".ru", encoding="utf-8") as file:
            file.write(" ;\n".join(operations))
            file.flush()
            self._run(updates(self.target, Path(file.name)))

    def fetch_all(self, graphs: Iterable[str]) -> Iterator[Fetched]:
        """Yield the content of graphs out of a dump of the whole database: each run costs a start of the program."""
        with tempfile.NamedTemporaryFile(suffix=".nq") as dump:
            self._run(dumping(self.target), out=dump)
            yield from from_dump(self.target.name, Path(dump.name), list(graphs))

    def load(self, files: Staged) -> None:
        """See ``Bulk.load``; all graphs go in one file of N-Quads, hence in one run."""
        with tempfile.TemporaryDirectory(prefix="publisher-bulk-") as folder:
            self._run(loader(self.target, _join(files, Path(folder) / _FILE)))


def loader(target: Target, joined: Path) -> list[str]:
    """Return the command that loads a file of N-Quads."""
    if target.profile.name == "oxigraph":
        return [_oxigraph(target), "load", "--location", _tool(target, "location"), "--file", str(joined)]
    return _jena(target, "tdbloader", str(joined))


def questions(target: Target, query: Path) -> list[str]:
    """Return the command that answers a query as JSON."""
    if target.profile.name == "oxigraph":
        place = ["--location", _tool(target, "location"), "--query-file", str(query), "--results-format", "json"]
        return [_oxigraph(target), "query", *place]
    return _jena(target, "tdbquery", "--results=JSON", f"--query={query}")


def dumping(target: Target) -> list[str]:
    """Return the command that writes the whole database as N-Quads."""
    if target.profile.name == "oxigraph":
        return [_oxigraph(target), "dump", "--location", _tool(target, "location"), "--format", "nq"]
    return _jena(target, "tdbdump")


def updates(target: Target, update: Path) -> list[str]:
    """Return the command that runs an update."""
    if target.profile.name == "oxigraph":
        return [_oxigraph(target), "update", "--location", _tool(target, "location"), "--update-file", str(update)]
    return _jena(target, "tdbupdate", f"--update={update}")


def _oxigraph(target: Target) -> str:
    beside = Path(sys.executable).with_name("oxigraph")
    return target.tools.get("program") or (str(beside) if beside.is_file() else "oxigraph")


def _jena(target: Target, name: str, *options: str) -> list[str]:
    return ["java", "-cp", _tool(target, "program"), f"tdb2.{name}", f"--loc={_tool(target, 'location')}", *options]
