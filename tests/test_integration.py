"""What other tools read: hooks for pre-commit, the workflow for CI, the problem matcher of an editor."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from publisher.cli.main import main
from tests.conftest import ROOT

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "validate.yml").read_text(encoding="utf-8"))
TASKS = json.loads((ROOT / ".vscode" / "tasks.json").read_text(encoding="utf-8"))["tasks"]
JOB = WORKFLOW["jobs"]["validate"]


def _break(root: Path) -> None:
    """Add a misspelt property, which is one violation and has no consequences."""
    article = root / "data" / "articles" / "un-charter.ttl"
    text = article.read_text(encoding="utf-8")
    article.write_text(
        text.replace("gp:hasPlace id:san", "gp:hasPlase id:san-francisco ; gp:hasPlace id:san"), encoding="utf-8"
    )


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_run_a_command_that_is_there(hook: dict[str, Any], small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small)
    program, *arguments = shlex.split(hook["entry"])
    assert program == "publisher"
    files = ["data/articles/un-charter.ttl"] if hook.get("pass_filenames", True) else []
    assert re.search(hook["files"], "data/articles/un-charter.ttl")
    assert main([*arguments, *files]) == 0


def test_the_ids_of_the_hooks_are_stable() -> None:
    assert {hook["id"] for hook in HOOKS} == {"publisher-validate", "publisher-fmt"}


def test_the_workflow_writes_annotations_and_sarif(small: Path) -> None:
    """The steps run as they stand, with a workspace below the top of the checkout."""
    _break(small)
    steps = [step["run"] for step in JOB["steps"] if step.get("run", "").startswith("publisher")]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    values = {"PATH": path, "WORKSPACE": small.name, "FAIL_ON": "violation", "BASELINE": ""}
    codes, told = [], []
    for step in steps:
        ran = subprocess.run(
            ["bash", "-e", "-c", step], cwd=small.parent, env=values, capture_output=True, text=True, check=False
        )
        codes.append(ran.returncode)
        told.append(ran.stdout)
    assert codes == [0, 1]
    assert told[1].startswith(f"::error file={small.name}/data/articles/un-charter.ttl,line=38,col=3,")
    (result,) = json.loads((small.parent / "findings.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == f"{small.name}/data/articles/un-charter.ttl"


def test_the_workflow_passes_nothing_of_the_caller_into_the_shell() -> None:
    for step in JOB["steps"]:
        assert "${{" not in step.get("run", "")
    # YAML 1.1 reads the key "on" as true
    assert "workflow_call" in WORKFLOW[True]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task["label"])
def test_the_problem_matcher_reads_the_report(
    task: dict[str, Any], small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _break(small)
    assert main([*task["args"][:1], "-w", str(small)]) == 1
    pattern = task["problemMatcher"]["pattern"]
    found = [match for line in capsys.readouterr().out.splitlines() if (match := re.match(pattern["regexp"], line))]
    assert [match[pattern["file"]] for match in found] == ["data/articles/un-charter.ttl"]
    assert [match[pattern["severity"]] for match in found] == ["violation"]
