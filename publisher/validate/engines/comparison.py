"""Validate with both engines, and report each disagreement between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from publisher.rdf.vocab import CHECK, SH
from publisher.validate.engines.native import NativeValidator
from publisher.validate.engines.reference import ReferenceValidator
from publisher.validate.engines.shapes_graph import ShapesGraph
from publisher.validate.report import Finding

# What the specification says where the two are known to differ, by component of SHACL; docs/validating.md lists them.
_COMPARED: Final = "values are compared by SPARQL 1.1, 17.3; those that have no order are results"
CLAUSES: Final = {
    "Datatype": "an ill-formed literal is of no datatype (SHACL 4.1.2)",
    **{f"{end}{kind}": f"{_COMPARED} (SHACL 4.3)" for end in ("Min", "Max") for kind in ("Inclusive", "Exclusive")},
    **{f"LessThan{end}": f"{_COMPARED} (SHACL 4.5.3)" for end in ("", "OrEquals")},
    "Pattern": "patterns and flags are those of XPath (SHACL 4.4.3)",
    "LanguageIn": "a range matches each tag that continues it (RFC 4647, 3.3.1)",
    "UniqueLang": "only true has an effect, not 1 (SHACL 4.4.5)",
    "": "the result of an ASK query has the value node (SHACL 6.3)",
}
_SHAPE: Final = CHECK["engines-disagree"].value
_STOPPED: Final = CHECK["engine-stopped"].value


class ComparingValidator:
    """Shapes that both engines loaded once, to validate any number of data graphs."""

    def __init__(self, graph: ShapesGraph) -> None:
        """Compile the shapes for both engines."""
        self._native, self._reference = NativeValidator(graph), ReferenceValidator(graph)
        alone = (
            f for f in self._reference.faults if f not in self._native.faults
        )  # shapes that the native one applies
        self.faults = (
            *self._native.faults,
            *(replace(f.under("unsupported-shape"), severity="warning") for f in alone),
        )

    def validate(self, parts: Iterable[bytes]) -> list[Finding]:
        """Return what the native engine finds, and a warning for each result that only one of the two has."""
        whole = list(parts)
        native, reference = self._native.validate(whole), self._reference.validate(whole)
        if interruptions := [finding for finding in reference if finding.shape == _STOPPED]:  # nothing to compare
            return [*native, *interruptions]
        return [*native, *_only(native, reference, "the native engine"), *_only(reference, native, "pySHACL")]


def _only(findings: list[Finding], others: list[Finding], engine: str) -> list[Finding]:
    """Return a disagreement for each of ``findings`` that is not among ``others``, counted."""
    left = Counter(map(_key, others))
    disagreements = []
    for finding in findings:
        if left[_key(finding)] > 0:
            left[_key(finding)] -= 1
            continue
        clause = CLAUSES.get(_component(finding.component))
        disagreements.append(
            replace(
                finding,
                severity="warning",
                shape=_SHAPE,
                component=_SHAPE,
                message=f"Only {engine} finds this, by {finding.shape}: {finding.message}",
                hint=f"compare with the specification: {clause}" if clause else "",
            )
        )
    return disagreements


def _component(iri: str) -> str:
    """Return the name of a component of SHACL; ``""`` for one that a shapes graph declares."""
    return iri.removeprefix(SH.iri).removesuffix("ConstraintComponent") if iri.startswith(SH.iri) else ""


def _key(finding: Finding) -> tuple[str, ...]:
    return *finding.key, finding.component, finding.severity
