"""Load with the bulk loader that comes with a store: Virtuoso's, through SQL, or a program beside the database.

Oxigraph and Fuseki (TDB2) are loaded while their server is stopped; then every question and change goes through their
programs too. Graphs are staged, counted and moved as over HTTP.
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

from publisher.dump.reader import Part
from publisher.errors import EndpointError
from publisher.http import Wire
from publisher.load import virtuoso
from publisher.load.client import Fetched, Session, from_dump
from publisher.load.ledger import STAGING
from publisher.load.profiles import Target

_FILE: Final = "staged.nq"
_DONE: Final = "publisher: loaded"
_FAILED: Final = "publisher: failed: "
_WAITS: Final = "publisher: waits: "
_WAITING: Final = f"select concat('{_WAITS}', ll_file) from DB.DBA.load_list where ll_state <> 2;"  # noqa: S608 (a constant)
_FOLDER: Final = "publisher-"  # how the names of our folders begin


class Bulk(Session):
    """A store that takes whole files at once; ``patience`` is in seconds, for one run of a program."""

    def __init__(self, target: Target, wire: Wire, patience: float) -> None:
        super().__init__(target, wire)
        self._patience = patience

    def load(self, quads: Sequence[Path]) -> None:
        """Add files of N-Quads to what there is; raise ``EndpointError`` when the loader reports a failure."""
        raise NotImplementedError

    def _run(self, command: Sequence[str], out: IO[bytes] | None = None) -> str:
        """Run a program, and return what it says, unless it goes into a file."""
        try:
            done = subprocess.run(  # noqa: S603 (a list, never a shell)
                command,
                stdin=subprocess.DEVNULL,
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
    """Return the bulk loader of a target."""
    return (Isql if target.profile.name == "virtuoso" else Programs)(target, wire, patience)


def plan(target: Target) -> list[str]:
    """Return the commands that load all graphs, a line each; nothing is run."""
    if target.profile.name == "virtuoso":
        folder = Path(target.tool("folder"))
        return [shlex.join(virtuoso.command(target)), *loading(folder), *concluding(folder)]
    return [shlex.join(loader(target, Path(_FILE)))]


# --- Virtuoso -------------------------------------------------------------------------------------------


class Isql(Bulk):
    """Virtuoso, through ``isql-vt``: a file in a folder that the server may read."""

    def load(self, quads: Sequence[Path]) -> None:
        """See ``Bulk.load``. Errors of Virtuoso's loader are silent: its list is read afterwards."""
        shared = Path(self.target.tool("folder"))
        with virtuoso.Console(self.target, self._patience) as console:
            _forget_what_is_gone(console, self.target.name)
            try:
                with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=shared) as name:
                    folder = Path(name).resolve()
                    folder.chmod(0o755)  # the server is another user
                    for number, path in enumerate(quads):
                        shutil.copyfile(path, folder / f"{number}-{_FILE}")
                    said = console.run([*loading(folder), *concluding(folder)])
            except OSError as error:
                raise EndpointError(f"{shared}: cannot be written: {error.strerror}") from None
        self._check(said)

    def _check(self, said: str) -> None:
        if failed := [line for line in said.splitlines() if line.startswith(_FAILED)]:
            raise EndpointError(f"{self.target.name}: {failed[0].removeprefix('publisher: ').strip()}")
        if _DONE not in said:
            errors = [line for line in said.splitlines() if line.startswith("*** Error")]
            hint = "; add its folder to DirsAllowed in virtuoso.ini, and restart the server" if "FA003" in said else ""
            told = " ".join(errors[-1:]) or said[-300:]
            raise EndpointError(f"{self.target.name}: isql-vt did not load: {told}{hint}")


def _forget_what_is_gone(console: virtuoso.Console, name: str) -> None:
    """Take out of the loader's list, all of which it runs, what a load of ours left there that was cut off.

    Raises ``EndpointError`` when there is something else.
    """
    lines = console.run([_WAITING]).splitlines()
    waiting = [Path(line.removeprefix(_WAITS).strip()) for line in lines if line.startswith(_WAITS)]
    gone = [path for path in waiting if path.parent.name.startswith(_FOLDER) and not path.is_file()]
    if others := [path for path in waiting if path not in gone]:
        raise EndpointError(
            f"{name}: {others[0]} waits in DB.DBA.load_list, and would be loaded too; have it loaded first, or delete "
            "the file if it is of a load that was cut off"
        )
    console.run([f"delete from DB.DBA.load_list where ll_file = '{virtuoso.quoted(str(path))}';" for path in gone])  # noqa: S608


def loading(folder: Path) -> list[str]:
    """Return the SQL that lists the files of a folder for the loader, and loads them.

    One loader keeps two cores busy; two at once were no faster, and got into each other's way ("deadlock", "non unique
    primary key") when both met a graph or a datatype that was new to the store.
    """
    place = f"'{virtuoso.quoted(str(folder))}', '%{_FILE}', '{STAGING}'"  # each line has a graph of its own
    return [f"ld_dir({place});", "rdf_loader_run();"]


def concluding(folder: Path) -> list[str]:
    """Return the SQL that says which files of a folder could not be loaded, and strikes them from the list."""
    ours = f"from DB.DBA.load_list where ll_file like '{virtuoso.quoted(str(folder))}/%'"
    failed = "(ll_state <> 2 or ll_error is not null)"
    return [
        "checkpoint;",
        f"select concat('{_FAILED}', ll_file, ' ', coalesce(ll_error, 'not loaded')) {ours} and {failed};",
        f"select concat('publisher: ', 'loaded') from (select count(*) as n {ours}) as t where n > 0;",  # noqa: S608 (paths are quoted)
        f"delete {ours};",
    ]


# --- Oxigraph and Fuseki --------------------------------------------------------------------------------


class Programs(Bulk):
    """A database on this disk, whose server is stopped, and the programs that work on it."""

    def __init__(self, target: Target, wire: Wire, patience: float) -> None:
        super().__init__(target, wire, patience)
        self.counts_all = True  # in one run, for each costs a start of the program

    def add(self, graph: str, part: Part) -> None:
        """See ``Session.add``; what is little goes by update."""
        self.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {part.content.decode()} }} }}")

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

    def load(self, quads: Sequence[Path]) -> None:
        """See ``Bulk.load``; all files go in one run."""
        self._run(loader(self.target, *quads))


def loader(target: Target, *quads: Path) -> list[str]:
    """Return the command that loads files of N-Quads."""
    if target.profile.name == "oxigraph":
        return [_oxigraph(target), "load", "--location", target.tool("location"), "--file", *map(str, quads)]
    return _jena(target, "tdbloader", *map(str, quads))


def questions(target: Target, query: Path) -> list[str]:
    """Return the command that answers a query as JSON."""
    if target.profile.name == "oxigraph":
        place = ["--location", target.tool("location"), "--query-file", str(query), "--results-format", "json"]
        return [_oxigraph(target), "query", *place]
    return _jena(target, "tdbquery", "--results=JSON", f"--query={query}")


def dumping(target: Target) -> list[str]:
    """Return the command that writes the whole database as N-Quads."""
    if target.profile.name == "oxigraph":
        return [_oxigraph(target), "dump", "--location", target.tool("location"), "--format", "nq"]
    return _jena(target, "tdbdump")


def updates(target: Target, update: Path) -> list[str]:
    """Return the command that runs an update."""
    if target.profile.name == "oxigraph":
        return [_oxigraph(target), "update", "--location", target.tool("location"), "--update-file", str(update)]
    return _jena(target, "tdbupdate", f"--update={update}")


def _oxigraph(target: Target) -> str:
    beside = Path(sys.executable).with_name("oxigraph")
    return target.tools.get("program") or (str(beside) if beside.is_file() else "oxigraph")


def _jena(target: Target, name: str, *options: str) -> list[str]:
    return ["java", "-cp", target.tool("program"), f"tdb2.{name}", f"--loc={target.tool('location')}", *options]
