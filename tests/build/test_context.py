from __future__ import annotations

from pathlib import Path

import pytest

from publisher.build.cache import Cache
from publisher.build.context import digest_of, read_context
from publisher.workspace.config import Config
from publisher.workspace.layout import find_ontology_files


def test_an_unchanged_ontology_is_not_closed_again(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    cache.prepare()
    files = find_ontology_files(config)
    digest = digest_of(config, files)
    first = read_context(config, files, digest, cache)
    monkeypatch.setattr("publisher.build.context.close", lambda _: pytest.fail("closed again"))
    assert read_context(config, files, digest, cache).schema == first.schema
