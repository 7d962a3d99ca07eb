"""Test how a site answers for the identifiers of things, ours or any other, and say why by the clauses of standards."""

from publisher.serve.deref.checks import DerefResult, check_site
from publisher.serve.deref.probe import Probe, is_private
from publisher.serve.deref.report import report_json, report_text
from publisher.serve.deref.samples import Sample, find_sample

__all__ = [
    "DerefResult",
    "Probe",
    "Sample",
    "check_site",
    "find_sample",
    "is_private",
    "report_json",
    "report_text",
]
