"""Values that a store changes are reported at their places before a load; others are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.errors import EndpointError
from publisher.load import load
from publisher.validate.store_limits import check_store_limits
from publisher.workspace.config import Config, load_config
from publisher.workspace.sources import read_workspace
from tests.running import Running

HEAD = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n@prefix geo: <http://www.opengis.net/ont/geosparql#> .\n"
CHANGED = {
    "virtuoso": (
        *('"P1Y2M"^^xsd:duration', '"PT36H"^^xsd:dayTimeDuration', '"-0044"^^xsd:gYear', '"-0044-03-15"^^xsd:date'),
        *('"POINT(27.5 53.9)"^^geo:wktLiteral', '"2147483648"^^xsd:integer'),
        *('"0.1111111111111111"^^xsd:decimal', '"0.1234567890123456"^^xsd:double'),
    ),
    "oxigraph": ('"PT36H"^^xsd:dayTimeDuration', '"P14M"^^xsd:yearMonthDuration'),
}
KEPT = {
    "virtuoso": (
        *('"0044"^^xsd:gYear', '"2147483647"^^xsd:integer', '"0.111111111111111"^^xsd:decimal'),
        *('"0.125"^^xsd:double', '"2018-01-01T10:00:00.123456Z"^^xsd:dateTime', '"P1Y"'),
    ),
    "oxigraph": ('"P1DT12H"^^xsd:dayTimeDuration', '"P1Y2M"^^xsd:duration', '"P1Y2M"^^xsd:yearMonthDuration', "5"),
}
CASES = [
    (name, value, is_changed)
    for is_changed, of in ((True, CHANGED), (False, KEPT))
    for name in of
    for value in of[name]
]


def noted(root: Path, value: str) -> Path:
    path = root / "data" / "note.ttl"
    path.write_text(f"{HEAD}<urn:s>\n  <urn:p> {value} .\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "value", "is_reported"), CASES)
def test_only_changed_values_are_reported(name: str, value: str, is_reported: bool, small: Path) -> None:
    path = noted(small, value)
    config = load_config(small)
    found = [f for f in check_store_limits(config, read_workspace(config), name).findings if f.file == path]
    assert [(f.severity, f.line, f.column) for f in found] == [("warning", 4, 11)] * is_reported
    assert all(f.hint for f in found)


@pytest.mark.parametrize("store", ["virtuoso", "oxigraph"], indirect=True, scope="module")
def test_the_store_does_what_is_reported(store: Running, config: Config, tmp_path: Path) -> None:
    for number, (_, value, is_changed) in enumerate(case for case in CASES if case[0] == store.name):
        literal = value.replace("xsd:", "<http://www.w3.org/2001/XMLSchema#") + ">" if "^^xsd:" in value else value
        if "^^geo:" in value:
            literal = value.replace("geo:", "<http://www.opengis.net/ont/geosparql#") + ">"
        literal = literal if literal.startswith('"') else f'"{literal}"^^<http://www.w3.org/2001/XMLSchema#integer>'
        (tmp_path / "all.nq").write_text(f"<urn:s> <urn:p> {literal} <urn:g{number}> .\n", encoding="utf-8")
        ours = replace(config, base=f"https://e.org/{number}/")
        try:
            done = load(ours, tmp_path / "all.nq", store.target(), 60, full=True)
        except EndpointError:
            assert is_changed, value
            continue
        assert any(difference.is_loss for difference in done.differences) == is_changed, value


@pytest.mark.parametrize(("name", "count"), [("oxigraph", 1), ("fuseki", 1), ("virtuoso", 1), ("rdf4j", 0)])
def test_two_lexical_forms_of_a_value_are_reported(name: str, count: int, small: Path) -> None:
    path = noted(small, '1, "1"^^xsd:string, 2, "01"^^xsd:integer')
    config = load_config(small)
    found = [f for f in check_store_limits(config, read_workspace(config), name).findings if f.file == path]
    assert [(f.line, f.column) for f in found] == [(4, 34)] * count
    assert all("keeps one of the two, as '1' is the same value" in f.message for f in found)


def test_command_line(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noted(small, CHANGED["virtuoso"][6])
    asked = ["validate", "-w", str(small), "--for", "virtuoso"]
    assert main.main(asked) == 0
    assert main.main([*asked, "--fail-on", "warning"]) == 1
    assert "note.ttl:4:11: warning" in capsys.readouterr().out
