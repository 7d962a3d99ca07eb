"""Start other web servers with their generated configurations, each at a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from publisher.serve.hosting import HostSettings, configuration, routing_table
from publisher.workspace.config import Config

MODULES = ("mpm_event", "authz_core", "alias", "dir", "headers", "mime", "negotiation", "rewrite")
APACHE_MODULES = Path("/usr/lib/apache2/modules")
NGINX_MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")


class Program(NamedTuple):
    """A web server: how to get it, whether it is here, and how to start it."""

    install: str
    is_here: Callable[[], bool]
    command: Callable[[Path, int], list[str]]


@contextmanager
def readable_folder() -> Iterator[Path]:
    """Yield a folder that servers can read that give up the rights of root."""
    with tempfile.TemporaryDirectory(prefix="publisher-hosts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def write_configuration(host: str, config: Config, dist: Path, target: HostSettings) -> None:
    for name, content in configuration(host, routing_table(config, dist), target).items():
        path = target.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def nginx(folder: Path, port: int) -> list[str]:
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    path = folder / "nginx.conf"
    path.write_text(
        f"load_module {NGINX_MODULE}; daemon off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}} http {{ access_log off; client_body_temp_path {folder}/body; {temporary}\n"
        f"include {folder}/publisher.conf; }}\n"
    )
    del port
    return ["nginx", "-p", str(folder), "-c", str(path)]


def apache_conf(folder: Path, port: int, rest: str) -> list[str]:
    modules = "".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n" for name in MODULES)
    user = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
    path = folder / "apache2.conf"
    path.write_text(
        f"ServerName localhost\nServerRoot {folder}\nPidFile {folder}/pid\nListen 127.0.0.1:{port}\n"
        f"ErrorLog /dev/stderr\n{user}{modules}TypesConfig /etc/mime.types\n{rest}"
    )
    return ["apache2", "-DFOREGROUND", "-f", str(path)]


def apache(folder: Path, port: int) -> list[str]:
    return apache_conf(folder, port, f"Include {folder}/publisher.conf\n")


def w3id(folder: Path, port: int) -> list[str]:
    """Apache as w3id.org runs it: a folder for each name, with redirects in ``.htaccess``."""
    options = "AllowOverride All\nRequire all granted\n"
    return apache_conf(folder, port, f"DocumentRoot {folder}\n<Directory {folder}>\n{options}</Directory>\n")


def caddy(folder: Path, port: int) -> list[str]:
    del port
    path = folder / "test.Caddyfile"
    path.write_text("{\nadmin off\nauto_https off\n}\n" + (folder / "Caddyfile").read_text())
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(path)]


PROGRAMS = {
    "nginx": Program(
        "apt-get install libnginx-mod-http-js nginx-light",
        lambda: bool(shutil.which("nginx")) and NGINX_MODULE.exists(),
        nginx,
    ),
    "apache": Program("apt-get install apache2", lambda: bool(shutil.which("apache2")), apache),
    "caddy": Program("apt-get install caddy", lambda: bool(shutil.which("caddy")), caddy),
    "w3id": Program("apt-get install apache2", lambda: bool(shutil.which("apache2")), w3id),
}


@contextmanager
def running_host(host: str, folder: Path, port: int) -> Iterator[str]:
    """Run a web server whose configuration is in a folder, and yield its URL."""
    log = folder / "log"
    environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with log.open("wb") as output:
        command = PROGRAMS[host].command(folder, port)
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment)
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))
