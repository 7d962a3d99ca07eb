"""Give the tests clients of the stores that they load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from publisher.load.client import StoreClient, connect
from tests.stores.helpers import (
    Opened,
)


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open clients of stores, which are closed in the end."""
    with ExitStack() as stack:
        yield lambda target: StoreClient(target, stack.enter_context(connect(target, 60)))
