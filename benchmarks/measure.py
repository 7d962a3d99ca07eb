"""Run a command as a process of its own and say what it took: wall time, CPU time, peak memory, stages, results."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

_COUNT: Final = re.compile(r"^\s*(asserted|inferred)\s+([\d,]+) triples$", re.MULTILINE)
_MIB: Final = 2**20 if sys.platform == "darwin" else 2**10  # the kernels count in bytes, and in KiB
_TOLD: Final = 400  # characters of an error that are kept


@dataclass(frozen=True)
class Run:
    """One run: seconds of wall and CPU time, MiB of the largest process, and what the command said of its work.

    ``findings`` are pairs "focus component"; ``None`` where the command does not tell them. ``error`` is empty when
    all went well.
    """

    wall: float
    cpu: float
    peak: float
    stages: dict[str, float] = field(default_factory=dict)
    asserted: int | None = None
    inferred: int | None = None
    findings: tuple[str, ...] | None = None
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the run as values that JSON knows."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Run:
        """Return the run that ``to_json`` told."""
        told = values["findings"]
        return cls(**{**values, "findings": None if told is None else tuple(told)})


def run(command: Sequence[str], timeout: float) -> Run:
    """Run a command and wait; its last line, a JSON object, may name stages, triples and findings.

    Peak memory is that of the largest process, as the kernel counts it. After ``timeout`` seconds the process and
    its children are killed, and that is the error.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True)  # noqa: S603 - ours
        watch = threading.Timer(timeout, _kill, [process.pid])
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        watch.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [_content(stream) for stream in (out, err)]
    error = "" if process.returncode in (0, 1) else _reason(process.returncode, texts[1], wall, timeout)
    told = read_report(texts[0])
    if not error and process.returncode == 1 and "findings" not in told:
        error = _reason(1, texts[1] or texts[0], wall, timeout)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _MIB, error=error, **told)


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _content(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read().decode("utf-8", "replace"))


def _reason(code: int, text: str, wall: float, timeout: float) -> str:
    if code == -signal.SIGKILL and wall >= timeout:
        return f"stopped after {timeout:.0f} s"
    last = text.strip().splitlines()[-1:] or ["no message"]
    return f"exit code {code}: {last[0]}"[:_TOLD]


def read_report(text: str) -> dict[str, Any]:
    """Return stages, triples and findings of what a command printed: our own text and JSON, or a peer's last line."""
    if text.startswith("{\n"):
        found = [f for f in json.loads(text)["findings"] if f["severity"] != "info"]
        return {"findings": tuple(sorted({f"{f['focus']} {f['component']}" for f in found}))}
    if counts := _COUNT.findall(text):
        return {name: int(count.replace(",", "")) for name, count in counts} | {"findings": ()}
    last = text.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return {}
    told = json.loads(last)
    known = {key: told[key] for key in ("stages", "asserted", "inferred", "findings") if key in told}
    return known | ({"findings": tuple(known["findings"])} if "findings" in known else {})


def median(runs: Sequence[Run]) -> Run:
    """Return the medians of several runs of one command; what it said is the same in all, or that is the error."""
    first = runs[0]
    same = {(r.asserted, r.inferred, r.findings) for r in runs}
    errors = [r.error for r in runs if r.error]
    return Run(
        wall=statistics.median(r.wall for r in runs),
        cpu=statistics.median(r.cpu for r in runs),
        peak=statistics.median(r.peak for r in runs),
        stages={name: statistics.median(r.stages.get(name, 0.0) for r in runs) for name in first.stages},
        asserted=first.asserted,
        inferred=first.inferred,
        findings=first.findings,
        error=errors[0] if errors else "" if len(same) == 1 else "the runs differ in what they found",
    )


class Results:
    """Runs that were measured, kept in a JSON file after each, so that a long measurement can go on later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._runs: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def get(self, key: str, version: str) -> list[Run]:
        """Return the runs of a task with this version of what is measured."""
        kept = self._runs.get(key, {})
        return [Run.from_json(values) for values in kept["runs"]] if kept.get("version") == version else []

    def latest(self, key: str) -> list[Run]:
        """Return the runs of a task, of whatever version."""
        return [Run.from_json(values) for values in self._runs.get(key, {}).get("runs", [])]

    def add(self, key: str, version: str, run: Run) -> None:
        """Keep one more run; those of another version go."""
        runs = [*self.get(key, version), run]
        self._runs[key] = {"version": version, "runs": [r.to_json() for r in runs]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._runs, indent=1), encoding="utf-8")
        fresh.replace(self._path)

    def __iter__(self) -> Iterator[str]:
        """Go through the names of all tasks that have runs."""
        return iter(self._runs)

    def forget(self, key: str) -> None:
        """Drop the runs of a task."""
        self._runs.pop(key, None)
