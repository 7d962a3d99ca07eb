"""Measure this tool and its peers side by side: ``python -m benchmarks --articles 100,1000``.

Everything that was measured is kept in benchmarks/.work/results.json and not measured again, unless this tool was
committed to since, or --again asks for it. Install the peers first: benchmarks/install.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks import table
from benchmarks.measure import Results, Run, median, run
from benchmarks.tasks import LARGE, PEERS, SLIM, US, WORK, Corpus, Task, checks, sown, tasks

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "performance.md"


def main(argv: list[str] | None = None) -> int:
    """Measure what is selected, keep it, and write the tables."""
    options = _options(argv)
    results = Results(WORK / "results.json")
    todo = [t for t in (*checks(), *(t for n in options.articles for t in tasks(n))) if _is_wanted(t, options)]
    if not options.table:
        if not PEERS.exists() and not (options.peers and {*options.peers} <= {US, SLIM}):
            print("The peers are not installed: run benchmarks/install, or choose --peers publisher", file=sys.stderr)
            return 2
        for size in dict.fromkeys(task.articles for task in todo):
            measure([task for task in todo if task.articles == size], results, options)
            if size >= LARGE:  # such results are not left lying about
                Corpus(size, is_slim=True).forget_build()
    text = table.render(collect(results), f"{machine()}; {engines()}")
    table.show(text, DOCUMENT if options.write else None)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--articles", type=_numbers, default=[100, 1000], metavar="N,N", help="sizes of corpora (default: 100,1000)")
    add("--peers", type=_names, default=[], metavar="A,B", help="only these, such as publisher,Jena")
    add("--only", type=_names, default=[], metavar="A,B", help="only these steps, such as build,rebuild,validate")
    add("--rounds", type=int, default=3, help="runs of each command (default: 3)")
    add("--patience", type=float, default=40, metavar="S", help="no further run of what took longer (default: 40)")
    add("--timeout", type=float, default=7200, metavar="S", help="a run is stopped after this (default: 7200)")
    add("--again", action="store_true", help="measure what is selected again")
    add("--table", action="store_true", help="measure nothing")
    add("--write", action="store_true", help="write the tables into docs/performance.md")
    return parser.parse_args(argv)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _is_wanted(task: Task, options: argparse.Namespace) -> bool:
    return (not options.peers or task.peer in options.peers) and (not options.only or task.step in options.only)


def measure(todo: list[Task], results: Results, options: argparse.Namespace) -> None:
    """Run the tasks of one size in rounds, so that what else the machine does falls on all of them."""
    if options.again:
        for task in todo:
            results.forget(task.key)
    for _ in range(options.rounds):
        for task in todo:
            rounds = 1 if task.step == "mistakes" else options.rounds  # what is found matters there, not when
            if needs_run(results.get(task.key, task.version), rounds, options.patience):
                task.prepare()
                done = run(task.command, options.timeout)
                results.add(task.key, task.version, done)
                print(f"{done.wall:9.2f} s {done.peak:8.0f} MiB  {task.key}  {done.error}", flush=True)


def needs_run(runs: list[Run], rounds: int, patience: float) -> bool:
    """Tell whether one more run is worth its time: never after an error, nor when the runs so far took long."""
    return len(runs) < rounds and not any(r.error for r in runs) and sum(r.wall for r in runs) < patience


def collect(results: Results) -> table.Measured:
    """Return the medians of everything that was measured."""
    kept = {key: results.latest(key) for key in results}
    names = {key: _parts(key) for key, runs in kept.items() if runs}
    return table.Measured(
        medians={name: median(kept[key]) for key, name in names.items()},
        runs={name: len(kept[key]) for key, name in names.items()},
        sown=frozenset(sown()),
    )


def _parts(key: str) -> tuple[int, str, str]:
    articles, step, peer = key.split(" | ")
    return int(articles), step, peer


def machine() -> str:
    """Describe what the figures depend on, but for the versions of engines."""
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; {system}"


def engines() -> str:
    """Return names and versions of what is compared."""
    own = [f"{name} {version(name)}" for name in ("pyoxigraph", "shacl", "pyshacl", "owlrl", "rdflib")]
    return ", ".join(dict.fromkeys([*own, *peers()]))


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def peers() -> list[str]:
    """Return names and versions of the peers that are installed."""
    jars = [next(iter(PEERS.glob(pattern)), None) for pattern in ("jena/jena-arq-*.jar", "topbraid/shacl-*.jar")]
    text = (Path(__file__).parent / "peers" / "requirements.txt").read_text(encoding="utf-8")
    return [*(line.replace("==", " ") for line in text.split()), *(jar.stem for jar in jars if jar)]


if __name__ == "__main__":
    sys.exit(main())
