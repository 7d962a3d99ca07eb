"""A smoke of ``python -m tests.fuzz``: no reader crashes, hangs or raises what is no error for people."""

from __future__ import annotations

import pytest

from tests.fuzz import READERS, fuzz


@pytest.mark.parametrize("name", READERS)
def test_damaged_input_is_read_or_refused(name: str) -> None:
    assert list(fuzz(name, 1, 60)) == []
