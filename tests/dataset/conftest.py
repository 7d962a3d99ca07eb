"""The published dataset, loaded once for the tests of queries and questions."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from publisher.query import local


@pytest.fixture(scope="session")
def dump(built: Path) -> Path:
    """The whole dataset, without graphs."""
    return built / "dumps" / "all.nt"


@pytest.fixture(scope="session")
def store(dump: Path) -> ox.Store:
    return local.load_store([dump])
