"""Test what all commands have in common: their help, their import, and how wrong arguments are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from publisher.cli.main import SECTIONS, main, publisher
from publisher.load.profiles import PROFILES
from publisher.query.results import GRAPH_FORMATS, ROW_FORMATS
from publisher.validate.report import SEVERITIES
from publisher.validate.reporters import REPORTERS
from publisher.validate.store_limits import LIMITS
from tests.conftest import ROOT

HEAVY = ("rdflib", "pyoxigraph", "pyshacl", "owlrl", "httpx", "rich", "yaml", "publisher.rdf", "publisher.build")
NAMES = [name for section in SECTIONS.values() for name in section]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _command(name: str) -> click.Command:
    command = publisher.get_command(click.Context(publisher), name)
    assert command
    return command


@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
def test_nothing_heavy_is_imported_for_the_help(option: str) -> None:
    code = (
        f"import json, sys\nfrom publisher.cli.main import main\nmain(['{option}'])\nprint(json.dumps([*sys.modules]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *output, modules = ran.stdout.splitlines()
    assert output
    assert set(json.loads(modules)) & set(HEAVY) == set()


def test_the_help_names_the_documentation() -> None:
    (line,) = [
        line for line in CliRunner().invoke(publisher, ["--help"]).output.splitlines() if "Documentation" in line
    ]
    assert (Path(line.partition(": ")[2]) / "workspace.md").is_file()


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ("", "1:9: [stores.mine]: profile is None"),
        ('profile = "fusek"', "2:1: [stores.mine]: profile is 'fusek'; expected one of oxigraph"),
        ('profile = "fuseki"', "1:9: [stores.mine]: expected the key 'url'"),
        ('profile = "fuseki"\nurl = "ftp://e.org"', "3:1: [stores.mine]: query is 'ftp://e.org/query'"),
        ('profile = "fuseki"\nurl = "http://e.org?x"', "3:1: [stores.mine]: url is 'http://e.org?x'; expected one"),
        ('profile = "fuseki"\nurl = "http://e.org"\nauth = "no"', "4:1: [stores.mine]: auth is 'no'; expected"),
        ('profile = "fuseki"\nurl = "http://e.org"\nmethod = "no"', "4:1: [stores.mine]: fuseki is not loaded by 'no'"),
        ('profile = "fuseki"\nurl = 1', "3:1: stores.mine.url is 1; expected a text"),
    ],
)
def test_wrong_values_of_a_store_have_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, place: str
) -> None:
    assert main(["init", str(tmp_path / "w")]) == 0
    path = tmp_path / "w" / "publisher.toml"
    path.write_text(f"[stores.mine]\n{lines}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    for arguments in (["load", "mine"], ["diff", "a", "b", "--migrate", "mine"]):
        assert main([*arguments, "-w", str(tmp_path / "w")]) == 2
        assert f"publisher: {path}:{place}" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_the_summary_in_the_list_is_that_of_the_command(name: str) -> None:
    (entry,) = (section[name] for section in SECTIONS.values() if name in section)
    assert _command(name).get_short_help_str(limit=200) == entry.summary


@pytest.mark.parametrize("name", NAMES)
def test_each_help_describes_every_option_and_names_the_exit_codes(name: str) -> None:
    for command in [_command(name), *getattr(_command(name), "commands", {}).values()]:
        options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        assert all(option.help for option in options)
        assert command.epilog
        assert command.epilog.startswith("Exit codes: 0 good, 1 ")
    result = CliRunner().invoke(publisher, [name, "--help"])
    assert result.exit_code == 0
    assert "Exit codes:" in result.output


@pytest.mark.parametrize(
    ("command", "option", "values"),
    [
        ("load", "profile", PROFILES),
        ("load", "method", {method for profile in PROFILES.values() for method in profile.methods}),
        ("diff", "profile", PROFILES),
        ("validate", "form", REPORTERS),
        ("validate", "fail_on", SEVERITIES),
        ("validate", "store", LIMITS),
        ("query", "form", {*ROW_FORMATS, *GRAPH_FORMATS}),
    ],
)
def test_the_choices_are_those_of_the_package(command: str, option: str, values: Iterable[str]) -> None:
    (choices,) = (parameter.type for parameter in _command(command).params if parameter.name == option)
    assert isinstance(choices, click.Choice)
    assert set(choices.choices) == set(values)


def test_the_help_of_a_command_names_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    pages = {name: entry.page for section in SECTIONS.values() for name, entry in section.items() if entry.page}
    for name, page in pages.items():
        assert main([name, "--help"]) == 0
        assert f"Documentation: {ROOT / 'docs' / page}" in capsys.readouterr().out
        assert f"publisher {name}" in (ROOT / "docs" / page).read_text(encoding="utf-8") or page == "workspace.md"


def test_without_a_command_the_help_is_shown() -> None:
    result = CliRunner().invoke(publisher, [])
    assert result.exit_code == 2
    assert result.stderr == CliRunner().invoke(publisher, ["--help"]).stdout
    for heading, commands in SECTIONS.items():
        assert f"{heading}:\n" in result.stderr
        assert all(entry.summary in result.stderr for entry in commands.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["biuld"], "No such command 'biuld'. Did you mean 'build'?\nTry 'publisher --help'"),
        (["link", "sugest"], "No such command 'sugest'. Did you mean 'suggest'?\nTry 'publisher link --help'"),
        (["--vers"], "No such option '--vers'. Did you mean '--version'?\nTry 'publisher --help'"),
        (["build", "--job", "2"], "No such option '--job'."),
        (["link", "suggest", "--vi", "search"], "No such option '--vi'."),
        (
            ["build", "--max-findings", "0"],
            "Invalid value for '--max-findings': 0 is not in the range x>=1",
        ),
        (["validate", "--max-findings", "-1"], "Invalid value for '--max-findings': -1 is not in the range x>=1"),
        (["build", "--jobs", "0"], "Invalid value for '--jobs': 0 is not in the range x>=1."),
        (["build", "somewhere"], "Got unexpected extra argument (somewhere)\nTry 'publisher build --help'"),
        (["validate", "--format", "html"], "'html' is not one of 'text', 'json'"),
        (["init"], "Missing argument 'DIR'.\nTry 'publisher init --help' for help."),
        (["build", "--scheduler", "tcp://localhost:8786"], "--scheduler is for Dask: add '--executor dask'"),
        (["build", "--executor", "dask"], "add '--scheduler ADDRESS'"),
        (["query", "visits", "--person"], "'--person': expected --NAME VALUE"),
        (["query", "visits", "timeline"], "'timeline': expected --NAME VALUE"),
        (["explain", "id:baku", "a"], "explain takes a triple of three terms, or one node"),
    ],
)
def test_wrong_arguments_are_explained(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(publisher, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("publisher: ")
    assert message in result.stderr


def test_parameters_of_a_query_stand_before_or_after_its_name(built: Path) -> None:
    def answer(*arguments: str) -> str:
        result = CliRunner().invoke(publisher, ["query", *arguments, "--out", str(built), "--format", "csv"])
        assert result.exit_code == 0, result.stderr
        return result.stdout

    name, *parameter = "sources-by-sentence", "--outlet", "id:kommersant"
    assert "Kommersant" in answer(name, *parameter)
    assert answer(name, *parameter) == answer(*parameter, name) == answer(name, "--outlet=id:kommersant")
