"""Write the results of a test of a site as text or JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from publisher.serve.deref.checks import DerefResult
from publisher.serve.deref.samples import Sample

_WORDS: Final = {
    "pass": "passed",
    "fail": "failed",
    "warn": "could be better",
    "known": "known differences",
    "skip": "not applicable",
}


def report_json(sample: Sample, results: Sequence[DerefResult]) -> str:
    """Return the results for programs: the thing, whether it conforms, and each case."""
    content = {
        "url": sample.url,
        "identifier": sample.identifier,
        "conforms": not any(result.is_failure for result in results),
        "results": [asdict(result) for result in results],
    }
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n"


def report_text(sample: Sample, results: Sequence[DerefResult]) -> str:
    """Return the results for people: a line for each case, and the reasons of those that did not pass."""
    lines = [f"{sample.url}\n"]
    for result in results:
        lines.append(f"{result.status:<5} {result.case:<32} {' '.join(result.came.split())}\n")
        if result.status not in ("pass", "skip"):
            fields = {"asked": result.asked, "expected": result.expected, "why": f"{result.why} ({result.clause})"}
            lines += (f"      {name:<9} {value}\n" for name, value in fields.items())
    counts = Counter(result.status for result in results)
    lines.append(", ".join(f"{counts[status]} {words}" for status, words in _WORDS.items() if counts[status]) + "\n")
    return "".join(lines)
