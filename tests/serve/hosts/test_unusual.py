"""Identifiers that are no file names lead to their documents on every host."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from publisher.serve.hosting import HostSettings
from publisher.serve.published import PublishedSite
from publisher.workspace.config import Config, load_config
from tests.conftest import Requirement
from tests.running import free_port
from tests.serve.hosts.servers import PROGRAMS, readable_folder, running_host, write_configuration
from tests.site.conftest import build_site, write_workspace

NAMES = (
    *(
        "Case",
        "case",
        "имя",
        "%3Cscript%3E",
        "a/b/c",
        "CON",
        "n" * 300,
        "a.b",
        "it's",
        "(x)$1",
        "50%25",
        "a+b",
        "c,d;e=f",
    ),
    *("&amp", "~t", "*", "end.", "x!y", "@h"),
)
SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.fixture(scope="module")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Config:
    things = "".join(
        f'<https://example.org/t/id/{name}> a skos:Concept ; skos:prefLabel "{number}"@en .\n'
        for number, name in enumerate(NAMES)
    )
    root = write_workspace(tmp_path_factory.mktemp("unusual") / "w", f"@prefix skos: <{SKOS}> .\n{things}")
    (root / "site").mkdir()
    base = "https://example.org/t/id"
    (root / "site" / "gone.txt").write_text(f"{base}/it's-gone\n{base}/a+b*c {base}/имя\n", encoding="utf-8")
    build_site(root)
    return load_config(root)


@pytest.mark.parametrize("host", ["nginx", "apache", "caddy"])
def test_unusual_identifiers(small_site: Config, host: str, require: Requirement) -> None:
    require(host, PROGRAMS[host].install, found=PROGRAMS[host].is_here())
    with readable_folder() as folder:
        dist = folder / "dist"
        (small_site.root / "dist").rename(dist)
        try:
            _compare(host, small_site, dist, folder)
        finally:
            dist.rename(small_site.root / "dist")


def _compare(host: str, config: Config, dist: Path, folder: Path) -> None:
    site, port = PublishedSite(config, dist), free_port()
    write_configuration(host, config, dist, HostSettings(folder, port))
    with running_host(host, folder, port) as url, httpx.Client(base_url=url, timeout=60) as client:
        for name in (*NAMES, "it's-gone", "a+b*c", "nobody", "case/x"):
            path = quote(f"/id/{name}", safe="/%!$&'()*+,;=:@~[]")
            for accept in ("text/html", "text/turtle"):
                expected = site.answer("GET", path, accept)
                answer = client.get(path, headers={"Accept": accept})
                assert answer.status_code == expected.status, (path, accept)
                location = urlsplit(answer.headers.get("Location", "")).path
                assert location == expected.headers.get("Location", ""), (path, accept)
                if answer.status_code == 303:
                    assert client.get(location).status_code == 200, location
