"""Measure the site: ``python -m benchmarks.site --articles 100,1000 --write``.

Seconds are of CPU, because pages are made by one process and another machine has other things to do. Each measurement
is a process of its own; the index of the search, which pagefind makes beside it, counts in whole builds alone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.__main__ import DOCUMENT, machine
from benchmarks.corpus import write_corpus
from benchmarks.measure import Run, run
from benchmarks.table import grid, show
from benchmarks.tasks import SEED, WORK
from publisher.build.executors import collection_at_end
from publisher.site import write_site
from publisher.workspace.config import load_config

BEGIN: Final = "<!-- site results: written by python -m benchmarks.site, not by hand -->"
END: Final = "<!-- end of site results -->"
_DUMPS: Final = '\n[dumps]\nformats = ["ttl", "nq"]\ncompressed = "only"\n'
_KINDS: Final = ("all", "pages", "again")
_HEAD: Final = (
    "articles", "pages", "other files", "pages/s with documents", "pages/s alone", "kB/page", "with gzip", "largest",
    "site s", "again s", "build s", "with site s",
)  # fmt: skip


class Measured(NamedTuple):
    """What the site of so many articles took: CPU seconds, kilobytes, and numbers of files."""

    articles: int
    pages: int
    files: int
    seconds: dict[str, float]
    sizes: tuple[float, float, float]
    builds: tuple[float, float]


def main(argv: list[str] | None = None) -> int:
    """Measure what is selected, and print or write the table."""
    options = _options(argv)
    if options.only:
        return _write(options.only, *options.folders)
    rows = [measure(articles, options.timeout) for articles in options.articles]
    text = f"> {machine()}\n\n{render(rows)}"
    show(text, DOCUMENT if options.write else None, BEGIN, END)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.site", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--articles", type=lambda text: [int(part) for part in text.split(",")], default=[100, 1000], metavar="N,N")
    add("--timeout", type=float, default=7200, metavar="S", help="a run is stopped after this (default: 7200)")
    add("--write", action="store_true", help="write the table into docs/performance.md")
    add("--only", choices=_KINDS, help=argparse.SUPPRESS)  # of a process of its own
    add("folders", nargs="*", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def measure(articles: int, timeout: float) -> Measured:
    """Build a corpus without and with a site, then write the site alone; what was written goes."""
    corpus, target = WORK / f"site-{articles}", WORK / f"site-{articles}-published"
    builds = []
    for table in ("", "\n[site]\nenabled = true\n"):
        for folder in (corpus, target):
            shutil.rmtree(folder, ignore_errors=True)
        write_corpus(corpus, articles, SEED)
        with (corpus / "publisher.toml").open("a", encoding="utf-8") as settings:
            settings.write(_DUMPS + table)
        place = ("--workspace", str(corpus), "--out", str(target))
        builds.append(_run((sys.executable, "-m", "publisher", "build", *place), timeout).cpu)
    own = (sys.executable, "-m", "benchmarks.site", "--only")
    told = {kind: _run((*own, kind, str(corpus), str(target)), timeout).stages for kind in _KINDS}
    sizes = [(path.stat().st_size, len(gzip.compress(path.read_bytes(), 9))) for path in target.rglob("*.html")]
    plain, packed = zip(*sizes, strict=True)
    shutil.rmtree(target)
    return Measured(
        articles,
        int(told["all"]["pages"]),
        int(told["all"]["files"] - told["all"]["pages"]),
        {kind: told[kind]["seconds"] for kind in _KINDS},
        (sum(plain) / len(plain) / 1e3, sum(packed) / len(packed) / 1e3, max(packed) / 1e3),
        (builds[0], builds[1]),
    )


def _run(command: tuple[str, ...], timeout: float) -> Run:
    done = run(command, timeout)
    if done.error:
        raise RuntimeError(f"{' '.join(command)}: {done.error}")
    print(f"{done.wall:9.2f} s {done.peak:8.0f} MiB  {' '.join(command[2:6])}", file=sys.stderr, flush=True)
    return done


def _write(kind: str, corpus: Path, published: Path) -> int:
    """Write the site beside that in ``published``, tell what it took, and remove it."""
    config = load_config(corpus)
    if kind == "pages":
        config = replace(config, site=replace(config.site, formats=()))
    folder = published.with_name(f"{published.name}-{kind}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "dumps").symlink_to(published.resolve() / "dumps")
    start = time.process_time()
    with collection_at_end():  # as a build does
        site = write_site(config, folder, published if kind == "again" else None)
    seconds = time.process_time() - start
    shutil.rmtree(folder)
    print(json.dumps({"stages": {"pages": site.pages, "files": site.files, "seconds": seconds}}))
    return 0


def render(rows: list[Measured]) -> str:
    """Return the table."""
    return grid(_HEAD, "r" * len(_HEAD), [tuple(_cells(row)) for row in rows])


def _cells(row: Measured) -> Iterator[str]:
    yield from (f"{number:,}" for number in (row.articles, row.pages, row.files))
    yield from (f"{row.pages / row.seconds[kind]:.0f}" for kind in ("all", "pages"))
    yield from (f"{size:.1f}" for size in row.sizes)
    yield from (f"{seconds:.1f}" for seconds in (row.seconds["all"], row.seconds["again"], *row.builds))


if __name__ == "__main__":
    sys.exit(main())
