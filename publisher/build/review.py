"""Decide what of a report an editor asked for, what is new in it, and whether it fails."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from publisher.build import pipeline
from publisher.build.executors import Mapper, here
from publisher.errors import SourceError, UsageError
from publisher.progress import SILENT, Progress
from publisher.rdf.turtle_tokens import tokens
from publisher.validate.baseline import Compared, compare, read_baseline, write_baseline
from publisher.validate.engines import Engine
from publisher.validate.lint_context import Problem
from publisher.validate.lints import READABLE
from publisher.validate.report import Finding, FindingKey, Report, Severity, merge, relative
from publisher.validate.store_limits import check_store_limits
from publisher.workspace.atomic import ensure_inside
from publisher.workspace.config import Config
from publisher.workspace.files import read_text
from publisher.workspace.sources import find_read_errors, read_workspace

_FAILED: Final = 1


@dataclass(frozen=True)
class Request:
    """What to validate with, what to show, and what to fail on; without ``paths`` everything is shown.

    ``store`` is the profile of a triple store whose limits count, too.
    """

    paths: tuple[Path, ...] = ()
    fail_on: Severity = "violation"
    engine: Engine | None = None
    baseline: Path | None = None
    is_baseline_written: bool = False
    store: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What is shown, the exit code, the errors that kept files from being read, and how many findings were recorded."""

    compared: Compared
    exit_code: int
    errors: tuple[SourceError, ...] = ()
    recorded: int | None = None


def judge(
    config: Config,
    request: Request,
    progress: Progress = SILENT,
    *,
    mapper: Mapper = here,
    cache: Path | None = None,
) -> Verdict:
    """Validate the workspace and return what was asked for.

    Files that cannot be read are findings too. Raises ``UsageError`` for a path that is not there, ``ConfigError``
    for a baseline that is none.
    """
    paths = tuple(_existing(path, config.root) for path in request.paths)
    known = _known(request)
    try:
        report = pipeline.review(config, progress, request.engine, mapper=mapper, cache=cache)
    except SourceError as error:
        errors = tuple(_refined(e) for e in find_read_errors(config)) or (error,)
        report = Report(tuple(_of_error(e, config.root) for e in errors))
        return Verdict(Compared(report), SourceError.exit_code, errors)
    if request.store:
        limited = check_store_limits(config, read_workspace(config), request.store)
        report = merge(report, limited)
    if request.baseline and request.is_baseline_written:
        ensure_inside(request.baseline, config.root)
        recorded = write_baseline(request.baseline, report.findings)
        return Verdict(Compared(Report(()), recorded), 0, recorded=recorded)
    compared = compare(report, known)
    if paths:
        shown = (f for f in compared.new.findings if f.is_of_workspace or _is_within(f, paths))
        compared = replace(compared, new=Report(tuple(shown)))
    if any(finding.is_of_shapes for finding in compared.new.findings):
        return Verdict(compared, SourceError.exit_code)
    return Verdict(compared, _FAILED if compared.new.fails(request.fail_on) else 0)


def _existing(path: Path, root: Path) -> Path:
    advice = "name files of the workspace to see only what concerns them"
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder; {advice}")
    resolved, top = path.resolve(), root.resolve()
    is_linked = Path(os.path.abspath(path)).is_relative_to(os.path.abspath(root))  # noqa: PTH100 - follows no link
    if not (is_linked or resolved.is_relative_to(top) or top.is_relative_to(resolved)):
        raise UsageError(f"{path}: outside of the workspace {root}; {advice}")
    return resolved


def _known(request: Request) -> Counter[FindingKey]:
    if request.is_baseline_written and request.baseline is None:
        raise UsageError("--write-baseline needs to know where: add '--baseline FILE'")
    if request.baseline is None or request.is_baseline_written:
        return Counter()
    return read_baseline(request.baseline)


def _is_within(finding: Finding, paths: tuple[Path, ...]) -> bool:
    return finding.file is not None and any(finding.file.resolve().is_relative_to(path) for path in paths)


def _refined(error: SourceError) -> SourceError:
    """Return the error at the beginning of what is no token; the parser stops at its end."""
    if error.path.suffix not in (".ttl", ".trig") or error.line is None or error.column is None:
        return error
    try:
        for _ in tokens(read_text(error.path), error.path):
            pass
    except SourceError as ours:
        if ours.line and ours.column and (ours.line, ours.column) < (error.line, error.column):
            return SourceError(error.message, error.path, ours.line, ours.column)
    return error


def _of_error(error: SourceError, root: Path) -> Finding:
    column = error.column or (1 if error.line else None)
    problem = Problem(relative(error.path, root), error.message, file=error.path, line=error.line, column=column)
    return READABLE.finding(problem)
