"""How reporters name IRIs and files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from publisher.rdf.curies import shorten
from publisher.validate.report import Finding, relative
from publisher.validate.text import display_prefixes, shape_name, shorten_iris


@dataclass(frozen=True)
class Naming:
    """How a report names things: IRIs by ``prefixes``, files from the folder ``root``; and the width of a terminal."""

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
        expected = f"Expected: {f.expected}." if f.expected else ""
        hint = f"Hint: {f.hint}{'' if f.hint.endswith('?') else '.'}" if f.hint else ""
        parts = (f.message, expected, hint, *(f"Because: {reason}." for reason in f.because))
        return shorten_iris(" ".join(part for part in parts if part), display_prefixes(self.prefixes))
