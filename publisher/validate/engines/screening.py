"""Ask pyshifty which nodes it flags. Only ``publisher.build.screen`` needs this, and it goes with it."""

from __future__ import annotations

import functools

import pyoxigraph as ox
import rdflib
from pyoxigraph import Triple

try:
    import shifty
except ImportError:  # an extra: every result is the same without it, only later
    shifty = None  # type: ignore[assignment]


def flagged(data: bytes, shapes: tuple[Triple, ...]) -> frozenset[str] | None:
    """Return the focus nodes that the fast engine flags in N-Triples; ``None`` when its word does not count."""
    if shifty is None:
        return None
    try:
        validator = _prepare_validator(shapes)
        # Inference is switched off, and shapes are no data: both as in the reference.
        result = validator.validate_algebra(
            data, graph_mode="data", infer=False, sort_results=False, on_unsupported="error"
        )
    except Exception:  # noqa: BLE001 - whatever it cannot do, the reference does
        return None
    nodes = frozenset(violation.focus_node for violation in result.violations)
    if validator.diagnostics or result.diagnostics or result.conforms == bool(nodes):
        return None
    return nodes


def fast_report(data: tuple[Triple, ...], shapes: tuple[Triple, ...]) -> rdflib.Graph:
    """Return the validation report of pyshifty as a graph. Raises ``ValueError`` when it rejects the shapes."""
    content = ox.serialize(data, format=ox.RdfFormat.N_TRIPLES) or b""
    _, report, _ = _prepare_validator(shapes).validate(content, graph_mode="data", infer=False)
    return report


@functools.lru_cache(maxsize=4)
def _prepare_validator(shapes: tuple[Triple, ...]) -> shifty.PreparedValidator:
    return shifty.PreparedValidator(ox.serialize(shapes, format=ox.RdfFormat.N_TRIPLES) or b"")
