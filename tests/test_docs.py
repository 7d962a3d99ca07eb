"""Run what the documentation shows, and compare what it says with the data."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from pyoxigraph import RdfFormat, parse

from publisher.build.cache import FOLDER as CACHE
from publisher.cli.main import main
from publisher.workspace.config import Config
from publisher.workspace.sources import Workspace, triples_of
from tests.conftest import IN_CI, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENVIRONMENT = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
# A page whose blocks are steps of one walk, and its blocks.
WALKED = "your-own-vocabulary.md"
WALK = re.compile(r"^```(console|ttl|rq)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TURTLE = re.compile(r"^```turtle\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _blocks(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [(page.name, block) for page in PAGES for block in pattern.findall(page.read_text(encoding="utf-8"))]


def test_there_is_something_to_check() -> None:
    assert len(_blocks(TURTLE)) >= 5
    assert len(_blocks(CONSOLE)) >= 3


@pytest.mark.parametrize(("page", "block"), _blocks(TURTLE))
def test_turtle_examples_are_triples_of_the_dataset(
    page: str, block: str, config: Config, workspace: Workspace
) -> None:
    prefixes = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in config.prefixes.items())
    found = {quad.triple for quad in parse(prefixes + block, format=RdfFormat.TURTLE)}
    missing = found - set(triples_of(workspace.data))
    assert not missing, f"{page}: {missing}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Path:
    """A folder that looks like a fresh clone in which ``make`` has run."""
    clone = tmp_path_factory.mktemp("docs") / "clone"
    clone.mkdir()
    for name in ("publisher.toml", "ontology", "data", "queries", "CONTRIBUTING.md", "tests", ".vscode"):
        (clone / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "docs", clone / "docs")  # pages are not read through links that lead elsewhere
    for path in (built, built.parent / CACHE):  # copied, for commands replace them
        shutil.copytree(path, clone / path.name)
    return clone


@pytest.mark.parametrize(("page", "block"), [found for found in _blocks(CONSOLE) if found[0] != WALKED])
def test_console_examples_print_what_they_say(
    page: str, block: str, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _run(page, block, place, capfd)


def test_a_walk_through_works_from_top_to_bottom(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Blocks that begin with the name of a file are written, the others are run, all of them in one folder."""
    folder = tmp_path
    for kind, block in WALK.findall((ROOT / "docs" / WALKED).read_text(encoding="utf-8")):
        if kind == "console":
            folder = _run(WALKED, block, folder, capfd)
        else:
            name, _, content = block.removeprefix("# ").partition("\n")
            (folder / name).write_text(content, encoding="utf-8")


def _run(page: str, block: str, cwd: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """Run each ``$ command``; return the folder of the last.

    The lines up to the next command are its output, ``…`` stands for any lines. In CI a shell runs all of them, else
    those that need one: a process of its own takes a second to start.
    """
    for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = example.partition("\n")
        if shlex.split(command)[0] == "cd":
            cwd = cwd / shlex.split(command)[1]
            continue
        if IN_CI or not command.startswith("publisher ") or re.search(r"[|<>&;$`*]", command):
            ran = subprocess.run(
                ["bash", "-c", command], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False
            )
            out, err = ran.stdout, ran.stderr
        else:
            with contextlib.chdir(cwd), patch.dict(os.environ, ENVIRONMENT, clear=True):
                main(shlex.split(command)[1:])
            out, err = capfd.readouterr()
            out = out.replace("\r\n", "\n")  # the line ends of CSV
        pattern = re.escape(expected.strip()).replace("…", "(?s:.*)")
        assert re.fullmatch(pattern, out.strip()), f"{page}: {command}\n{out}{err}"
    return cwd


def test_the_index_of_the_docs_names_every_page() -> None:
    folder = ROOT / "docs"
    listed = re.findall(r"\]\(([a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(page.name for page in folder.glob("*.md") if page.name != "README.md")


def test_generated_pages_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for path, text in module.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date; run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))  # code may show links of other workspaces
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
