"""What the peers that are Python scripts share: the files of a workspace, times of stages, a report as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ONTOLOGY = "https://w3id.org/geopol/ns"
_STAGES: dict[str, float] = {}


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Measure a stage, in seconds."""
    start = time.perf_counter()
    yield
    _STAGES[name] = time.perf_counter() - start


def data_files(root: Path) -> list[Path]:
    """Return the files of facts and claims."""
    return sorted((root / "data").rglob("*.ttl"))


def ontology_files(root: Path) -> list[Path]:
    """Return the ontology and its code lists."""
    return sorted((root / "ontology").glob("*.ttl"))


def shape_files(root: Path, stage: str) -> list[Path]:
    """Return the shapes for what people wrote ("asserted") or for that with what follows ("derived")."""
    shapes = root / "ontology" / "shapes"
    return [*sorted(shapes.glob("*.ttl")), *sorted((shapes / stage).glob("*.ttl"))]


def pair(focus: object, value: object, component: object) -> str:
    """Return a finding as focus node and component; a query over the whole names the culprit as the value."""
    culprit = value if str(focus).strip("<>") == ONTOLOGY and value else focus
    return f"{str(culprit).strip('<>')} {str(component).strip('<>')}"


def tell(findings: Iterable[str] = (), **counts: int) -> None:
    """Print the report of this peer as the last line."""
    print(json.dumps({"stages": _STAGES, **counts, "findings": sorted(set(findings))}))
