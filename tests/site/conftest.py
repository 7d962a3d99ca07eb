"""Give the tests the site of this repository and small sites of other data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.build.pipeline import build
from publisher.workspace.config import load_config

SKOS = Path(__file__).parent / "thesaurus.ttl"
Make = Callable[..., Path]


@pytest.fixture(scope="session")
def site(built: Path) -> Path:
    """The folder of the site of this repository's workspace."""
    assert (built / "index.html").is_file()
    return built


def write_workspace(folder: Path, data: str, *, ontology: str = "", queries: dict[str, str] | None = None) -> Path:
    """Write a workspace of another vocabulary with a site."""
    (folder / "data").mkdir(parents=True)
    (folder / "ontology").mkdir()
    (folder / "queries").mkdir()
    (folder / "data" / "data.ttl").write_text(data, encoding="utf-8")
    (folder / "ontology" / "ontology.ttl").write_text(
        ontology or "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n<https://example.org/t/ns> a owl:Ontology .\n",
        encoding="utf-8",
    )
    for name, text in (queries or {}).items():
        (folder / "queries" / f"{name}.rq").write_text(text, encoding="utf-8")
    (folder / "publisher.toml").write_text(
        """[dataset]
base = "https://example.org/t/"
title = "Thesaurus"
description = "A small thesaurus."
license = "https://creativecommons.org/publicdomain/zero/1.0/"
publisher = "Its editors"
version = "1.0"
issued = 2026-11-24

[site]
languages = ["en", "de"]

[lints]
undescribed-thing = "off"
""",
        encoding="utf-8",
    )
    return folder


def build_site(folder: Path) -> Path:
    """Build a workspace and return its ``dist``."""
    result = build(load_config(folder), folder / "dist")
    assert result.folder is not None, [finding.message for finding in result.report.findings]
    return result.folder


@pytest.fixture(scope="session")
def thesaurus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a thesaurus in three languages, without claims."""
    return build_site(write_workspace(tmp_path_factory.mktemp("thesaurus") / "w", SKOS.read_text(encoding="utf-8")))
