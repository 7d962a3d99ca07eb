"""Measure loading beside the bulk loader of each store: ``python -m benchmarks.load --articles 1000 --rounds 3``.

Each run has a store of its own, with nothing in it. Rounds take turns, and medians are told. Get the stores first:
tests/stores/install.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import httpx

from benchmarks.__main__ import DOCUMENT, machine
from benchmarks.corpus import write_corpus
from benchmarks.table import grid, show
from benchmarks.tasks import SEED, WORK
from publisher.build.pipeline import build
from publisher.load import bulk, load
from publisher.load.profiles import PROFILES, Target
from publisher.workspace.config import Config, load_config
from tests.running import PASSWORD, STORES, Running, fuseki_jar, is_installed, rdf4j, running

BEGIN: Final = "<!-- load results: written by python -m benchmarks.load, not by hand -->"
END: Final = "<!-- end of load results -->"
OWN: Final = "own loader"
_PATIENCE: Final = 3600.0  # seconds
_DUMP: Final = "all.nq"


class Case(NamedTuple):
    """A way to load a store: a method of ours, verified in full or not, or the store's own loader."""

    store: str
    method: str
    is_verified: bool = False


class Dataset(NamedTuple):
    """What is loaded."""

    config: Config
    dist: Path

    @property
    def dump(self) -> Path:
        """The file that the stores' own loaders get."""
        return self.dist / "dumps" / _DUMP


def main(argv: list[str] | None = None) -> int:
    """Measure what is selected, and print or write the table."""
    options = _options(argv)
    if missing := [store for store in options.stores if not is_installed(store)]:
        print(f"Not installed: {', '.join(missing)}; run tests/stores/install, or choose --stores", file=sys.stderr)
        return 2
    dataset = _dataset(options.articles)
    seconds: dict[Case, list[float]] = defaultdict(list)
    for _ in range(options.rounds):
        for case in (case for store in options.stores for case in cases(store)):
            if sum(seconds[case]) > options.patience:
                continue
            seconds[case].append(measure(case, dataset))
            print(f"{seconds[case][-1]:9.2f} s  {' '.join(map(str, case[:2]))}{_told(case)}", flush=True)
    with dataset.dump.open("rb") as lines:
        triples = sum(1 for _ in lines)
    text = render({case: statistics.median(runs) for case, runs in seconds.items()}, triples, options)
    show(text, DOCUMENT if options.write else None, BEGIN, END)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--articles", type=int, default=1000, metavar="N", help="size of the corpus (default: 1000)")
    add("--rounds", type=int, default=3, help="runs of each way to load (default: 3)")
    add("--patience", type=float, default=60, metavar="S", help="a way is not run again after so many seconds (60)")
    add("--stores", type=lambda text: text.split(","), default=list(STORES), metavar="A,B", help="only these")
    add("--write", action="store_true", help="write the table into docs/performance.md")
    return parser.parse_args(argv)


def _told(case: Case) -> str:
    return ", verified in full" if case.is_verified else ""


def _dataset(articles: int) -> Dataset:
    """Build a corpus, once for all measurements."""
    folder = WORK / f"load-{articles}"
    if not folder.exists():
        write_corpus(folder, articles, SEED)
        with (folder / "publisher.toml").open("a", encoding="utf-8") as settings:
            settings.write('[dumps]\nformats = ["ttl", "nq"]\n')
    dataset = Dataset(load_config(folder), folder / "dist")
    if not dataset.dump.is_file():
        build(dataset.config, dataset.dist)
    return dataset


def cases(store: str) -> Iterator[Case]:
    """Yield the ways to load a store, its own loader first."""
    yield Case(store, OWN)
    for method in PROFILES[store].methods:
        yield Case(store, method)
        yield Case(store, method, is_verified=True)


def measure(case: Case, dataset: Dataset) -> float:
    """Return how many seconds it takes to load a fresh store."""
    with (
        tempfile.TemporaryDirectory(prefix="publisher-benchmark-") as folder,
        running(case.store, Path(folder)) as store,
    ):
        if case.method == OWN:
            command = _LOADERS[case.store](store, dataset.dump)
            with store.bulk() if case.store in ("oxigraph", "fuseki") else _as_it_is(store):
                return _timed(command)
        with store.bulk() if case.method == "bulk" else _as_it_is(store) as found:
            target = replace(found, method=case.method)
            return _timed(
                lambda: load(dataset.config, dataset.dist, target, _PATIENCE, full=case.is_verified).exit_code
            )


@contextmanager
def _as_it_is(store: Running) -> Iterator[Target]:
    yield store.target()


def _timed(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    code = work()
    if code:
        raise RuntimeError(f"ended with {code}")
    return time.perf_counter() - start


# --- the stores' own loaders -----------------------------------------------------------------------------


def _program(store: Running, dump: Path) -> Callable[[], int]:
    command = bulk.command(store.target("bulk"), "load", dump)
    return lambda: subprocess.run(command, capture_output=True, check=True).returncode  # noqa: S603 (ours)


def _isql(store: Running, dump: Path) -> Callable[[], int]:
    place = store.folder / _DUMP
    place.write_bytes(dump.read_bytes())  # where the server may read; not measured
    said = f"{PASSWORD}\nld_dir('{store.folder}', '{_DUMP}', 'urn:none');\nrdf_loader_run();\ncheckpoint;\n"
    command = bulk.isql_command(store.target("bulk"))
    return lambda: subprocess.run(command, input=said, text=True, capture_output=True, check=True).returncode  # noqa: S603 (ours)


def _post(store: Running, dump: Path) -> Callable[[], int]:
    content, url = dump.read_bytes(), store.target().update
    headers = {"Content-Type": "application/n-quads"}
    return lambda: int(not httpx.post(url, content=content, headers=headers, timeout=_PATIENCE).is_success)


_LOADERS: Final = {"oxigraph": _program, "fuseki": _program, "virtuoso": _isql, "rdf4j": _post}
_NAMES: Final = {
    "oxigraph": "`oxigraph load`",
    "fuseki": "`tdb2.tdbloader`",
    "virtuoso": "`rdf_loader_run`",
    "rdf4j": "none: one `POST` of the file",
}


# --- the table -------------------------------------------------------------------------------------------


def render(medians: dict[Case, float], triples: int, options: argparse.Namespace) -> str:
    """Return the table and what it depends on."""
    head = (
        "store",
        "its loader",
        "method",
        "rate / its loader",
        "triples/s",
        "its loader, triples/s",
        "with `--verify full`",
    )
    rows = []
    for store in options.stores:
        own = medians[Case(store, OWN)]
        for method in PROFILES[store].methods:
            ours, verified = medians[Case(store, method)], medians[Case(store, method, is_verified=True)]
            rates = (f"{triples / taken:,.0f}" for taken in (ours, own, verified))
            rows.append((store, _NAMES[store], f"`{method}`", f"{own / ours:.0%}".replace("%", " %"), *rates))
    rounds = f"{options.rounds} rounds; none is run again after more than {options.patience:g} s"
    told = f"{options.articles:,} articles, {triples:,} triples; {rounds}; {machine()}; {_versions()}"
    return f"> {told}\n\n{grid(head, 'lllrrrr', rows)}"


def _versions() -> str:
    jars = [jar.stem for jar in (fuseki_jar(), rdf4j()[1]) if jar]
    told = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)  # noqa: S607 (on PATH)
    virtuoso = re.findall(r"Version (\S+)", told.stdout + told.stderr)
    return ", ".join([f"Oxigraph {version('oxigraph')}", *jars, *(f"Virtuoso {number}" for number in virtuoso[:1])])


if __name__ == "__main__":
    sys.exit(main())
