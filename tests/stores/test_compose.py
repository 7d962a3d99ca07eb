"""The stores in containers are those of the tests: same settings, and nobody else reaches them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.running import STORES, Running

FOLDER = ROOT / "tests" / "stores"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    told = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return dict(told["services"])


def test_every_store_on_loopback(services: dict[str, Any]) -> None:
    assert set(services) == set(STORES)
    ports = [port for service in services.values() for port in service["ports"]]
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)
    page = (ROOT / "docs" / "stores.md").read_text(encoding="utf-8")
    for service in services.values():
        assert service["ports"][0].removesuffix(f":{service['ports'][0].rpartition(':')[2]}") in page
        assert re.search(r":[\w.-]*\d", service["image"]), "a version of an image"


@pytest.mark.parametrize("name", ["oxigraph", "fuseki"])
def test_default_graph_is_the_union(name: str, services: dict[str, Any], tmp_path: Path) -> None:
    asked = [option for option in Running(name, tmp_path).command() if "union" in option.lower()]
    assert len(asked) == 1
    assert asked[0] in services[name]["command"].split()


def test_fuseki_is_the_one_that_is_tested(services: dict[str, Any]) -> None:
    version = re.findall(r"^FUSEKI=(\S+)", (FOLDER / "install").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"/opt/fuseki/jena-fuseki-server-{version[0]}.jar" in services["fuseki"]["command"].split()
    assert "./lib:/opt/fuseki:ro" in services["fuseki"]["volumes"]


def test_password_comes_from_the_environment(services: dict[str, Any]) -> None:
    assert services["virtuoso"]["environment"]["DBA_PASSWORD"].startswith("${PASSWORD:?")
    assert "PASSWORD" not in str({name: told for name, told in services.items() if name != "virtuoso"})
