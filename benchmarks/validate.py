"""Measure validation of one article with both engines, side by side: ``python benchmarks/validate.py``.

CPU seconds after start-up: parsing is done, modules are loaded. The engines take turns within each round, so that
what else the machine does falls on both, and the ratio is the median over the rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import Triple

from publisher.infer import close, materialize
from publisher.validate.engines import Engine, compile_shapes
from publisher.validate.report import Finding
from publisher.workspace.config import load_config
from publisher.workspace.sources import read_workspace, triples_of

ROOT: Final = Path(__file__).parent.parent
ENGINES: Final[tuple[Engine, ...]] = ("native", "pyshacl")


@dataclass(frozen=True)
class Stage:
    """What is validated together."""

    name: str
    data: tuple[Triple, ...]
    shapes: tuple[Triple, ...]


def main() -> int:
    """Print the table; the exit code tells whether both engines found nothing."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--rounds", type=int, default=7, help="rounds, each in a process of its own (default: 7)")
    arguments.add_argument("--once", action="store_true", help="measure one round and print its seconds")
    arguments.add_argument("--article", default="edm-15-177", help="which; entities always (default: edm-15-177)")
    options = arguments.parse_args()
    stages = read_stages(ROOT, options.article)
    if options.once:
        print(*(f"{seconds:.4f}" for seconds in measure(stages)))
        return 0
    good = not any(validate(stage, engine) for stage in stages for engine in ENGINES)
    print_table(stages, [one_round(options.article) for _ in range(options.rounds)])
    print("\nBoth engines find the same: nothing." if good else "\nAn engine has findings.")
    return 0 if good else 1


def validate(stage: Stage, engine: Engine) -> list[Finding]:
    """Compile the shapes and validate the data."""
    content = ox.serialize(stage.data, format=ox.RdfFormat.N_TRIPLES) or b""
    return compile_shapes(stage.shapes, engine).validate([content])


def read_stages(root: Path, article: str) -> tuple[Stage, ...]:
    """Return the two stages of ``publisher validate`` for an article with all entities and the ontology."""
    workspace = read_workspace(load_config(root))
    ontology, shapes = triples_of(workspace.ontology), workspace.shapes
    asserted = triples_of(s for s in workspace.data if s.path.parent.name != "articles" or s.path.stem == article)
    inferred = materialize(asserted, close(workspace.ontology), workspace.rules)
    return (
        Stage("asserted", (*asserted, *ontology), tuple(triples_of(shapes.common, shapes.asserted))),
        Stage("derived", (*asserted, *inferred, *ontology), tuple(triples_of(shapes.common, shapes.derived))),
    )


def measure(stages: tuple[Stage, ...]) -> list[float]:
    """Return the CPU seconds of each stage and engine: first run, then the median of three more as an editor sees."""
    seconds = []
    for stage in stages:
        for engine in ENGINES:
            runs = [cpu(stage, engine) for _ in range(4)]
            seconds += [runs[0], statistics.median(runs[1:])]
    return seconds


def cpu(stage: Stage, engine: Engine) -> float:
    """Return the CPU seconds of one validation."""
    start = time.process_time()
    validate(stage, engine)
    return time.process_time() - start


def one_round(article: str) -> list[float]:
    """Measure in a process of its own, so that a first run finds nothing in any cache."""
    command = [sys.executable, __file__, "--once", "--article", article]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this file
    return [float(part) for part in done.stdout.split()]


def print_table(stages: tuple[Stage, ...], rounds: list[list[float]]) -> None:
    """Print medians over the rounds, in milliseconds, and the medians of the ratios within a round."""
    print(machine())
    print(f"{len(rounds)} rounds; CPU milliseconds after start-up, medians\n")
    print("| stage | triples | run | native | pySHACL | ratio |")
    print("|---|--:|---|--:|--:|--:|")
    for run, name in enumerate(("first", "again")):
        columns = [(run, 2 + run), (4 + run, 6 + run)]
        for stage, (fast, slow) in zip(stages, columns, strict=True):
            print_row(f"{stage.name} | {len(stage.data):,} | {name}", [(r[fast], r[slow]) for r in rounds])
        pairs = [(sum(r[fast] for fast, _ in columns), sum(r[slow] for _, slow in columns)) for r in rounds]
        print_row(f"both | | {name}", pairs)


def print_row(name: str, pairs: list[tuple[float, float]]) -> None:
    """Print a line for pairs of seconds (fast engine, reference), one pair a round."""
    fast, slow = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(reference / quick for quick, reference in pairs)
    print(f"| {name} | {fast:.0f} | {slow:,.0f} | {ratio:.0f} × |")


def machine() -> str:
    """Describe what the figures depend on."""
    engines = ", ".join(f"{name} {version(name)}" for name in ("shacl", "pyshacl", "rdflib", "pyoxigraph"))
    host = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return f"{host}; {engines}"


if __name__ == "__main__":
    sys.exit(main())
