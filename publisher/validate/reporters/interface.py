"""The interface of reporters, and how they name IRIs and files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from publisher.rdf.curies import shorten
from publisher.validate.baseline import Compared
from publisher.validate.report import Finding, relative
from publisher.validate.text import display_prefixes, shape_name, shorten_iris


@dataclass(frozen=True)
class Naming:
    """How a report names things: IRIs by ``prefixes``, files from the folder ``root``; and its width in columns."""

    prefixes: dict[str, str]
    root: Path
    width: int | None = None

    def curie(self, iri: str) -> str:
        """Return an IRI as people write it."""
        return shorten(iri, display_prefixes(self.prefixes))

    def shape(self, shape: str) -> str:
        """Return the name of a shape as people write it."""
        return shape_name(shape, display_prefixes(self.prefixes))

    def file(self, f: Finding) -> str:
        """Return the path of the file of a finding, or ``""``."""
        return relative(f.file, self.root) if f.file else ""

    def message(self, f: Finding) -> str:
        """Return the message of a finding on one line, with what was expected, the hint and the derivation."""
        parts = [f.message]
        if f.expected:
            parts.append(f"Expected: {f.expected}.")
        if f.hint:
            parts.append(f"Hint: {f.hint}{'' if f.hint.endswith('?') else '.'}")
        parts += [f"Because: {reason}." for reason in f.because]
        return shorten_iris(" ".join(part for part in parts if part), display_prefixes(self.prefixes))


class Reporter(ABC):
    """An output format of ``publisher validate``."""

    is_for_code_host: bool = False
    """Whether a code host reads the output: files are then named from where the command runs, the top of a checkout."""

    @abstractmethod
    def write(self, compared: Compared, naming: Naming) -> str:
        """Return the findings that are not in the baseline, in this format."""


def ordered(compared: Compared) -> list[Finding]:
    """Return the findings that are not in the baseline by file, line and column."""
    return sorted(compared.new.findings, key=lambda f: (f.place, f))
