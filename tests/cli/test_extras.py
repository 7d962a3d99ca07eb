"""Run commands as they are after an installation without any extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from publisher.workspace.config import Config

_HIDDEN = ("brotli", "distributed", "granian", "keyring", "mcp", "prometheus_client", "starlette", "uvloop")


def _run(config: Config, *arguments: str) -> subprocess.CompletedProcess[str]:
    hide = f"import sys; sys.modules |= dict.fromkeys({_HIDDEN}); from publisher.cli.main import main; "
    command = [sys.executable, "-c", f"{hide}sys.exit(main({[*arguments]!r}))"]
    return subprocess.run(command, cwd=config.root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("serve", ["serve", "--port", "0"]),
        ("mcp", ["mcp"]),
        ("dask", ["validate", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"]),
    ],
)
def test_a_command_says_which_extra_it_needs(config: Config, built: Path, extra: str, arguments: list[str]) -> None:
    ran = _run(config, *arguments, *(() if extra == "dask" else ("--out", str(built))))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"; install it with: pip install 'geopol-publisher[{extra}]'\n" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_other_commands_on_sites_need_no_extra(config: Config, built: Path) -> None:
    ran = _run(config, "host-config", "caddy", "--out", str(built))
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = _run(config, "check-deref", "http://127.0.0.1:1/id/x")
    assert ran.returncode == 3, ran.stderr
