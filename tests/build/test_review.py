"""Paths, severities, engines, baselines and files that cannot be read, by the command line where it prints."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.build.cache import FOLDER as CACHE
from publisher.build.review import Request, judge
from publisher.cli.main import main
from publisher.errors import ConfigError, UsageError
from publisher.rdf.vocab import CHECK, GP
from publisher.validate import lints
from publisher.workspace.config import load_config
from publisher.workspace.switches import SWITCHABLE


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def wrong(small: Path) -> Path:
    """A workspace with a violation in one file and a warning in another."""
    _replace(small / "data" / "articles" / "un-charter.ttl", "gp:hasPlace id:san", "gp:hasPlase id:san")
    _replace(small / "data" / "entities" / "entities.ttl", '"Harry S. Truman"@en', '"Harry S. Trumаn"@en')
    return small


def test_paths_choose_what_is_shown(wrong: Path) -> None:
    config = load_config(wrong)
    entities = judge(config, Request(paths=(wrong / "data" / "entities",)), cache=wrong / CACHE)
    assert [f.severity for f in entities.compared.new.findings] == ["warning"]
    assert entities.exit_code == 0
    articles = judge(config, Request(paths=(wrong / "data" / "articles" / "un-charter.ttl",)), cache=wrong / CACHE)
    assert {f.severity for f in articles.compared.new.findings} == {"violation"}
    assert articles.exit_code == 1
    with pytest.raises(UsageError, match="no such file or folder"):
        judge(config, Request(paths=(wrong / "none.ttl",)), cache=wrong / CACHE)
    with pytest.raises(UsageError, match="outside of the workspace"):
        judge(config, Request(paths=(Path(__file__),)), cache=wrong / CACHE)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "turtle"])
@pytest.mark.parametrize("name", ["data/caf\udce9.ttl", "queries/caf\udce9.rq", "ontology/shapes/caf\udce9.ttl"])
def test_a_file_name_that_is_not_utf_8_is_told(
    small: Path, name: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / name).write_text("", encoding="utf-8")
    assert main(["validate", "-w", str(small), "--format", form]) == 3
    assert "the name of the file is not UTF-8; rename it" in "".join(capsys.readouterr())


@pytest.mark.parametrize("paths", [[], ["data/entities"]])
def test_without_shapes_nothing_is_said_to_conform(
    small: Path, paths: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (small / "ontology" / "shapes").rglob("*.ttl"):
        path.unlink()
    assert main(["validate", "-w", str(small), *(str(small / path) for path in paths)]) == 0
    told = capsys.readouterr().out
    assert "There are no shapes, so nothing in the data was checked against any." in told
    assert told.endswith("1 warning. The data were not checked: there are no shapes.\n")
    assert "conform" not in told
    main(["validate", "-w", str(small), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["shape"] == "urn:publisher:check:missing-shapes"


@pytest.mark.parametrize(("fail_on", "code"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_fail_on_sets_the_exit_code(fail_on: str, code: int, wrong: Path) -> None:
    folder = str(wrong / "data" / "entities")
    assert main(["validate", folder, "-w", str(wrong), "--fail-on", fail_on]) == code


def test_the_exit_code_is_that_of_all_findings(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = wrong / "known.json"
    command = ["validate", "-w", str(wrong), "--max-findings", "1"]
    assert main([*command, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["conforms"], document["total"], document["omitted"]) == (False, 3, 2)
    assert main([*command, "--baseline", str(known), "--write-baseline"]) == 0
    assert len(json.loads(known.read_text(encoding="utf-8"))["findings"]) == 3
    capsys.readouterr()
    assert main(["build", "-w", str(wrong), "--max-findings", "1"]) == 1
    assert "\nShowing 1 of 3 findings, chosen by severity; " in capsys.readouterr().out


def test_of_files_that_cannot_be_read_so_many_are_shown(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (small / "data" / f"{name}.ttl").write_text("no", encoding="utf-8")
    assert main(["validate", "-w", str(small), "--max-findings", "1"]) == 3
    told = capsys.readouterr().err
    assert ("a.ttl" in told, "b.ttl" in told) == (True, False)
    assert "publisher: Showing 1 of 2 findings" in told


def test_a_baseline_lets_only_new_findings_fail(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = wrong / "known.json"
    command = ["validate", "-w", str(wrong), "--baseline", str(known)]
    assert main(command) == 2
    assert main([*command, "--write-baseline"]) == 0
    recorded = json.loads(known.read_text(encoding="utf-8"))["findings"]
    assert len(recorded) == 3  # one of them is about what follows from the data
    assert main([*command, "--fail-on", "info"]) == 0
    _replace(wrong / "data" / "articles" / "un-charter.ttl", "gp:hasPlase", "# moved by a line\n  gp:hasPlase")
    assert main([*command, "--fail-on", "info"]) == 0
    capsys.readouterr()
    _replace(wrong / "data" / "articles" / "un-charter.ttl", "gp:hasVerdict gpt:notAss", "gp:hasVerdict gpt:notAs")
    assert main(command) == 1
    told = capsys.readouterr().out
    assert "gpt:notAsessable" in told
    assert "gp:hasPlase" not in told
    assert "3 findings of the baseline not shown." in told


def test_with_known_violations_what_follows_is_checked_too(wrong: Path) -> None:
    config = load_config(wrong)
    known = wrong / "known.json"
    judge(config, Request(baseline=known, is_baseline_written=True), cache=wrong / CACHE)
    _replace(
        wrong / "data" / "articles" / "un-charter.ttl",
        "gp:supportedBy un-charter:s03-c1 .",
        "gp:supportedBy un-charter:s03-c1 , un-charter:s02-c2 .",
    )
    (finding,) = judge(config, Request(baseline=known), cache=wrong / CACHE).compared.new.findings
    assert finding.path == GP.supportedBy.value


def test_entries_that_find_nothing_are_told(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = wrong / "known.json"
    judge(load_config(wrong), Request(baseline=known, is_baseline_written=True), cache=wrong / CACHE)
    _replace(wrong / "data" / "articles" / "un-charter.ttl", "gp:hasPlase", "gp:hasPlace")
    assert main(["validate", "-w", str(wrong), "--baseline", str(known)]) == 0
    assert "2 entries of the baseline found nothing" in capsys.readouterr().out


def test_writing_a_baseline_needs_a_file(small: Path) -> None:
    with pytest.raises(UsageError, match="--baseline FILE"):
        judge(load_config(small), Request(is_baseline_written=True), cache=small / CACHE)
    (small / "known.json").write_text("no", encoding="utf-8")
    with pytest.raises(ConfigError, match="not a baseline"):
        judge(load_config(small), Request(baseline=small / "known.json"), cache=small / CACHE)


def test_every_file_that_cannot_be_read_is_told(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "data" / "a.ttl").write_text("id:x\n", encoding="utf-8")
    (small / "data" / "b.ttl").write_text("<http://e/a> <b> 1 .\n", encoding="utf-8")
    assert main(["validate", "-w", str(small)]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "a.ttl:1:1: " in printed.err
    assert "b.ttl:1:14: " in printed.err
    assert "<http://e/a> <b> 1 .\n" in printed.err
    assert main(["validate", "-w", str(small), "--format", "github"]) == 3
    assert capsys.readouterr().out.count("::error file=") == 2


def test_a_file_that_the_system_does_not_give_is_told(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, read_bytes = small / "data" / "secret.ttl", Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == secret:
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    secret.write_text("<http://e/a> <http://e/b> 1 .\n", encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["validate", "-w", str(small), "--format", "github"]) == 3
    assert "secret.ttl: cannot be read: Permission denied" in capsys.readouterr().out.replace("%3A", ":")


def test_both_engines_say_the_same(wrong: Path) -> None:
    config = load_config(wrong)
    default, reference = (judge(config, Request(engine=engine)).compared.new for engine in (None, "pyshacl"))
    assert [(f.key, f.place) for f in default.findings] == [(f.key, f.place) for f in reference.findings]


# --- hostile input --------------------------------------------------------------------------------------

_HEAD = "@prefix gp: <https://w3id.org/geopol/ns#> .\n@prefix id: <https://example.org/dataset/id/> .\n"
_WHOLE = (
    f"{_HEAD}id:x a gp:Person ; gp:isOfState id:y , [ gp:p ( 1 \"a\"@en '''b\nc'''^^gp:d ) ] ; "
    'gp:q "\\u0041\u202e\u0301"@fa .\n'
)
_STRANGE = st.text(
    alphabet='aé\u0301\u0489\u202e\u2066\u200f\u05d0\u0634\u3042\U0001f600\x00\x1b\u2028\ufeff\t\r\n"\\<>@^[](){};,.:#'
)
_DEEP = st.tuples(st.sampled_from(["[ gp:p ", "( ", "{ "]), st.integers(1, 20_000)).map(
    lambda d: f"{_HEAD}id:x gp:p {d[0] * d[1]}"
)
_HUGE = st.integers(1, 200_000).map(lambda size: f'{_HEAD}id:x gp:p "{"ß" * size}" .')
_CONTENT = st.one_of(
    st.binary(max_size=200),
    st.integers(0, len(_WHOLE)).map(lambda cut: _WHOLE[:cut].encode()),
    st.tuples(st.integers(0, len(_WHOLE)), _STRANGE).map(lambda t: f"{_WHOLE[: t[0]]}{t[1]}{_WHOLE[t[0] :]}".encode()),
    _STRANGE.map(lambda text: f"{_HEAD}id:x gp:p {json.dumps(text, ensure_ascii=False)} .".encode()),
    st.one_of(_DEEP, _HUGE).map(str.encode),
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one class and one shape: quick to validate."""
    root = tmp_path_factory.mktemp("tiny") / "w"
    assert main(["init", str(root)]) == 0
    shutil.rmtree(root / "data")
    shutil.rmtree(root / "ontology")
    for path, text in {
        "ontology/o.ttl": f"{_HEAD}@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "<https://w3id.org/geopol/ns> a owl:Ontology . gp:Person a owl:Class . gp:p a owl:ObjectProperty .\n",
        "ontology/shapes/s.ttl": f"{_HEAD}@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "gp:S a sh:NodeShape ; sh:targetSubjectsOf gp:p ; sh:property gp:P .\n"
        "gp:P a sh:PropertyShape ; sh:path gp:p ; sh:class gp:Person ; sh:maxCount 1 .\n",
        "data/ok.ttl": "<https://example.org/dataset/id/y> a <https://w3id.org/geopol/ns#Person> .\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    content=_CONTENT,
    name=st.sampled_from(["x.ttl", "x.trig", "x.nt", "x.jsonld", "x.rdf", "x.sssom.tsv"]),
    kind=st.sampled_from(["text", "json", "sarif", "github", "turtle"]),
)
def test_no_data_file_brings_a_traceback(content: bytes, name: str, kind: str, tiny: Path) -> None:
    path = tiny / "data" / name
    path.write_bytes(content)
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(["validate", "-w", str(tiny), "--format", kind])
    path.unlink()
    assert code in (0, 1, 3)
    assert "Traceback" not in out.getvalue() + err.getvalue()
    assert (kind != "text") == bool(out.getvalue()) or kind == "github" or code != 3


def _append(path: Path, text: str) -> None:
    """Add to the file, of which [lints] is the last table."""
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "severities"),
    [
        ("", ["warning"]),
        ('mixed-scripts = "violation"', ["violation"]),
        ('mixed-scripts = "off"', []),
        ('[lints."data/articles/**"]\nmixed-scripts = "off"', ["warning"]),
        ('mixed-scripts = "off"\n[lints."data/entities/*"]\nmixed-scripts = "info"', ["info"]),
    ],
)
def test_publisher_toml_sets_the_severity_of_a_check(
    settings: str, severities: list[str], tiny: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "w"))
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    entity = f'{_HEAD}id:x a gp:Person ; {label} "Harry S. Trum\u0430n"@en .\n'
    (folder / "data" / "entities").mkdir()
    (folder / "data" / "entities" / "entities.ttl").write_text(entity, encoding="utf-8")
    _append(folder / "publisher.toml", settings)
    verdict = judge(load_config(folder), Request(paths=(folder / "data" / "entities",)))
    assert [f.severity for f in verdict.compared.new.findings if f.shape == CHECK["mixed-scripts"].value] == severities
    assert verdict.exit_code == ("violation" in severities)


def test_publisher_toml_does_not_touch_the_severity_of_shapes(wrong: Path) -> None:
    def found() -> list[tuple[str, str]]:
        verdict = judge(load_config(wrong), Request(), cache=wrong / CACHE)
        return [(f.shape, f.severity) for f in verdict.compared.new.findings]

    before = found()
    _append(
        wrong / "publisher.toml", "".join(f'{check} = "off"\n' for check in SWITCHABLE if check != "disjoint-classes")
    )
    assert found() == [(shape, severity) for shape, severity in before if not shape.startswith("urn:publisher:")]


def test_a_check_that_is_off_does_not_run(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: object) -> NoReturn:
        raise AssertionError("the check ran")

    table = tuple(replace(lint, find=never) if lint.id == "name-pattern" else lint for lint in lints.LINTS)
    monkeypatch.setattr(lints, "LINTS", table)
    with pytest.raises(AssertionError):
        judge(load_config(small), Request())
    _append(small / "publisher.toml", 'name-pattern = "off"\n')
    assert judge(load_config(small), Request()).exit_code == 0
