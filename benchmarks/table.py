"""Write what was measured as Markdown, ratios first, between two markers of a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.measure import Run
from benchmarks.tasks import MANY, SLIM, US

BEGIN: Final = "<!-- results: written by python -m benchmarks, not by hand -->"
END: Final = "<!-- end of results -->"
_SHACL: Final = "http://www.w3.org/ns/shacl#"
_NO_START: Final = ("Jena", "TopBraid")  # whose start is left out


@dataclass(frozen=True)
class Measured:
    """Medians by (articles, step, peer), how many runs each rests on, and who sees which mistakes."""

    medians: Mapping[tuple[int, str, str], Run]
    runs: Mapping[tuple[int, str, str], int]
    sown: frozenset[str]

    def wall(self, articles: int, step: str, peer: str) -> float | None:
        """Return seconds of wall time, without the start of a JVM; ``None`` for what failed or did not run."""
        run = self.medians.get((articles, step, peer))
        if run is None or run.error:
            return None
        start = self.medians.get((0, "start", peer)) if peer.startswith(_NO_START) else None
        return run.wall - (start.wall if start else 0.0)

    def sizes(self, step: str, peer: str = US) -> list[int]:
        """Return the sizes at which a peer did a step."""
        return sorted(size for size, s, p in self.medians if (s, p) == (step, peer) and size)

    def peers(self, articles: int, step: str) -> list[str]:
        """Return who was measured, fastest first, failures last."""
        found = [peer for size, s, peer in self.medians if (size, s) == (articles, step)]
        return sorted(
            found, key=lambda peer: (self.wall(articles, step, peer) is None, self.wall(articles, step, peer))
        )


def put(path: Path, begin: str, end: str, content: str) -> None:
    """Replace what stands between two markers of a document; raises ``ValueError`` when they are not there once."""
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{path}: expected one line '{begin}' and after it one line '{end}'")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}", encoding="utf-8")


def show(text: str, document: Path | None, begin: str = BEGIN, end: str = END) -> None:
    """Write tables between two markers of a document, or print them where there is none."""
    if document:
        put(document, begin, end, text)
        print(f"written into {document}")
    else:
        print(text)


def render(measured: Measured, machine: str) -> str:
    """Return all tables."""
    parts = [f"> {machine}", _targets(measured), _growth(measured, SLIM), _growth(measured, US)]
    for step, title in (("build", "Clean build"), ("validate", "Parse and validate only")):
        parts += [_comparison(measured, size, step, title) for size in measured.sizes(step)]
    parts += [_stages(measured), _trust(measured)]
    return "\n\n".join(part for part in parts if part)


# --- targets -------------------------------------------------------------------------------------------


def _targets(m: Measured) -> str:
    rows = [
        ("clean build, 1,000 articles, against the naive script (100 articles; per article)", "≥ 70 ×", _naive(m)),
        ("the same, with two compressed formats against the six of the script", "", _naive(m, SLIM)),
        (
            "clean build, 1,000 articles, against Jena, start of the JVM left out",
            "≥ 2.6 ×",
            _times(m, 1000, "build", "Jena"),
        ),
        (_fastest_title(m), "", _times(m, 1000, "validate", fastest(m, 1000))),
        (
            "validation of 1,000 articles with a mistake in every second one, against the same without",
            "≤ 1.3 ×",
            _mistakes(m),
        ),
        ("rebuild after one change, 10,000 articles, two formats", "≤ 3 %", _rebuild(m)),
        ("time per article, 100,000 articles against 1,000, two formats", "within 15 %", _change(m)),
        ("memory of the largest process, 100,000 articles, two formats", "≤ 600 MiB", _memory(m)),
    ]
    return "### Ratios\n\n" + grid(("work", "target", "measured"), "lrr", rows)


def _naive(m: Measured, own: str = US) -> str:
    naive, ours = m.wall(100, "build", "naive script"), m.wall(1000, "build", own)
    return times(naive / 100 / (ours / 1000)) if naive and ours else "not measured"


def _times(m: Measured, size: int, step: str, peer: str) -> str:
    theirs, ours = m.wall(size, step, peer), m.wall(size, step, US)
    return times(theirs / ours) if theirs and ours else "not measured"


def _fastest_title(m: Measured) -> str:
    told = fastest(m, 1000)
    work = "parse and validate only, 1,000 articles, against the fastest engine that is right"
    return f"{work} ({told})" if told else work


def fastest(m: Measured, articles: int) -> str:
    """Return who else validates fastest among those that see all mistakes and invent none; empty if nobody."""
    right = [p for p in m.peers(articles, "validate") if p != US and verdict(m, articles, "validate", p) == "right"]
    return next((peer for peer in right if m.wall(articles, "validate", peer)), "")


def _rebuild(m: Measured) -> str:
    one, whole = m.wall(10_000, "rebuild", SLIM), m.wall(10_000, "build", SLIM)
    return f"{100 * one / whole:.1f} %" if one and whole else "not measured"


def _mistakes(m: Measured) -> str:
    with_mistakes, without = m.wall(MANY, "validate with mistakes", US), m.wall(MANY, "validate", US)
    return f"{with_mistakes / without:.2f} ×" if with_mistakes and without else "not measured"


def _change(m: Measured) -> str:
    few, many = (m.wall(size, "build", SLIM) for size in (1000, 100_000))
    return f"{100 * (many / 100 / few - 1):+.0f} %" if few and many else "not measured"


def _memory(m: Measured) -> str:
    run = m.medians.get((100_000, "build", SLIM))
    return f"{run.peak:,.0f} MiB" if run and not run.error else "not measured"


# --- tables --------------------------------------------------------------------------------------------


def _growth(m: Measured, own: str) -> str:
    rows = []
    for size in m.sizes("build", own):
        run = m.medians[size, "build", own]
        alone, again = m.wall(size, "build, one process", own), m.wall(size, "rebuild", own)
        rows.append(
            (
                f"{size:,}",
                run.error or f"{1000 * run.wall / size:.2f}",
                f"{100 * again / run.wall:.1f} %" if again else "",
                times(alone / run.wall) if alone else "",
                seconds(run.wall),
                seconds(run.cpu),
                seconds(again),
                f"{run.peak:,.0f}",
                count((run.asserted or 0) + (run.inferred or 0)),
                str(m.runs[size, "build", own]),
            )
        )
    head = (
        "articles",
        "ms/article",
        "rebuild/build",
        "one process/all",
        "build s",
        "CPU s",
        "rebuild s",
        "MiB",
        "triples",
    )
    what = "two compressed formats" if own == SLIM else "six formats, compressed too"
    return f"### How a build grows: {what}\n\n" + grid((*head, "runs"), "r" * 10, rows) if rows else ""


def _comparison(m: Measured, size: int, step: str, title: str) -> str:
    ours = m.wall(size, step, US)
    rows = []
    for peer in m.peers(size, step):
        run, wall = m.medians[size, step, peer], m.wall(size, step, peer)
        rows.append(
            (
                peer,
                times(wall / ours) if wall and ours else "",
                seconds(wall),
                seconds(run.cpu),
                f"{run.peak:,.0f}",
                count(run.inferred) if step == "build" else "",
                verdict(m, size, step, peer),
                str(m.runs[size, step, peer]),
            )
        )
    head = ("who", "ratio", "s", "CPU s", "MiB", "inferred", "result", "runs")
    return f"### {title}, {size:,} articles\n\n" + grid(head, "lrrrrrlr", rows)


def _stages(m: Measured) -> str:
    rows = [
        (f"{size:,}", step, peer, ", ".join(f"{name} {seconds(value)}" for name, value in run.stages.items()))
        for (size, step, peer), run in sorted(m.medians.items())
        if run.stages and size and step != "mistakes"
    ]
    return (
        "### Stages of the peers, in seconds\n\n" + grid(("articles", "step", "who", "stages"), "rlll", rows)
        if rows
        else ""
    )


def _trust(m: Measured) -> str:
    rows = []
    for (_, step, peer), run in sorted(m.medians.items()):
        if step == "mistakes":
            found, expected = set(run.findings or ()), expected_of(m, peer)
            rows.append((peer, run.error or f"{len(expected & found)} of {len(expected)}", str(len(found - expected))))
    return (
        "### Who sees the mistakes\n\n" + grid(("who", "sown and found", "found, not sown"), "lrr", rows)
        if rows
        else ""
    )


def expected_of(m: Measured, peer: str) -> set[str]:
    """Return the mistakes that somebody can see: peers only those that a shape speaks of."""
    return {pair for pair in m.sown if peer == US or pair.partition(" ")[2].startswith(_SHACL)}


def verdict(m: Measured, size: int, step: str, peer: str) -> str:
    """Return "right", or what was wrong with a result."""
    run, check = m.medians[size, step, peer], m.medians.get((_only(m, "mistakes", peer), "mistakes", peer))
    if run.error:
        return f"failed: {run.error}"
    wrong = []
    if run.findings:
        wrong.append(f"{len(run.findings):,} findings that are none")
    wrong += [f"{n:,} {name}, others {most:,}" for name, n, most in _disagreements(m, size, step, run)]
    if step == "validate" and check and set(check.findings or ()) != expected_of(m, peer):
        wrong.append("mistakes: see below")
    if step == "validate" and not check:
        return "not checked"
    return f"wrong: {'; '.join(wrong)}" if wrong else "right"


def _only(m: Measured, step: str, peer: str) -> int:
    return next((size for size, s, p in m.medians if (s, p) == (step, peer)), 0)


def _disagreements(m: Measured, size: int, step: str, run: Run) -> Iterator[tuple[str, int, int]]:
    """Yield counts of triples that differ from what most have."""
    for name in ("asserted", "inferred"):
        told = [getattr(r, name) for (n, s, _), r in m.medians.items() if (n, s) == (size, step) and not r.error]
        counts = Counter(n for n in told if n is not None).most_common(1)
        own = getattr(run, name)
        if own is not None and counts and own != counts[0][0]:
            yield name, own, counts[0][0]


# --- cells ---------------------------------------------------------------------------------------------


def grid(head: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; ``align`` has one letter a column, l or r."""
    rule = "|".join("--:" if side == "r" else "---" for side in align)
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join((lines[0], f"|{rule}|", *lines[1:]))


def times(ratio: float) -> str:
    """Return a ratio with two digits that mean something."""
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2g} ×"


def seconds(value: float | None) -> str:
    """Return seconds with three digits that mean something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def count(value: int | None) -> str:
    """Return a number of triples."""
    return "" if value is None else f"{value:,}"
