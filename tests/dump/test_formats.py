from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Triple, parse

from publisher.dump.checksums import CHECKSUMS, write_checksums
from publisher.dump.formats import MEDIA_TYPES, Dump, write_dump
from publisher.dump.jsonld import make_context
from publisher.rdf.ntriples import to_ntriples
from tests.conftest import Requirement
from tests.dump.test_jsonld import canonical
from tests.strategies import xml_triples

FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
}
PREFIXES = {"e": "https://e.org/ns#"}


def _read(path: Path) -> list[Triple]:
    extension = path.name.removesuffix(".gz").rpartition(".")[2]
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [quad.triple for quad in parse(content, format=FORMATS[extension])]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(xml_triples)
def test_every_format_holds_the_same_triples(tmp_path: Path, triples: list[Triple]) -> None:
    dump = Dump("d", "D", {"https://e.org/g1": to_ntriples(triples), "https://e.org/g2": to_ntriples(triples[:2])})
    for written in write_dump(dump, tmp_path, PREFIXES, make_context(PREFIXES, [])):
        assert canonical(list(set(_read(written.path)))) == canonical(list(set(triples))), written.path.name


def test_the_order_of_the_input_does_not_show(tmp_path: Path, built: Path) -> None:
    triples = tuple(_read(built / "dumps" / "asserted.nt"))
    digests = []
    for name, order in (("one", triples), ("two", tuple(reversed(triples)))):
        folder = tmp_path / name
        folder.mkdir()
        dump = Dump("d", "D", {"https://e.org/g": to_ntriples(order)})
        digests.append([w.sha256 for w in write_dump(dump, folder, PREFIXES, make_context(PREFIXES, []))])
    assert digests[0] == digests[1]
    assert len(digests[0]) > len(MEDIA_TYPES), "large dumps are also there compressed"


def test_lines_are_sorted_so_that_differences_are_small(built: Path) -> None:
    for name in ("all.nt", "all.nq"):
        lines = (built / "dumps" / name).read_text(encoding="utf-8").splitlines()
        assert lines == sorted(set(lines))


@pytest.mark.parametrize("part", ["asserted", "inferred", "all"])
def test_all_formats_of_a_dump_agree(built: Path, part: str) -> None:
    reference = canonical(_read(built / "dumps" / f"{part}.nt"))
    assert reference
    for extension in MEDIA_TYPES:
        triples = _read(built / "dumps" / f"{part}.{extension}")
        assert canonical(list(set(triples))) == reference, extension
        packed = built / "dumps" / f"{part}.{extension}.gz"
        if packed.exists():
            assert gzip.decompress(packed.read_bytes()) == packed.with_suffix("").read_bytes()


@pytest.mark.parametrize("part", ["asserted", "inferred", "all"])
def test_trig_and_nquads_are_equal_after_canonicalisation(built: Path, part: str) -> None:
    trig, nquads = (
        Dataset(parse(path=built / "dumps" / f"{part}.{extension}", format=FORMATS[extension]))
        for extension in ("trig", "nq")
    )
    for dataset in (trig, nquads):
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    assert trig == nquads
    assert len(trig) > 0


def test_checksums_are_those_that_sha256sum_checks(built: Path) -> None:
    lines = (built / "dumps" / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = {p.name for p in (built / "dumps").iterdir()} - {CHECKSUMS}
    assert set(listed) == files
    for name, digest in listed.items():
        assert hashlib.sha256((built / "dumps" / name).read_bytes()).hexdigest() == digest


def test_a_changed_file_changes_the_checksums(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1", encoding="utf-8")
    before = write_checksums(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert write_checksums(tmp_path).read_text(encoding="utf-8") != before


_SERD = {"ttl": "turtle", "trig": "trig", "nt": "ntriples", "nq": "nquads"}
_RAPTOR = {"ttl": "turtle", "trig": "trig", "nt": "ntriples", "nq": "nquads", "rdf": "rdfxml"}


@pytest.mark.parametrize("extension", _SERD)
def test_serd_accepts_every_dump_that_it_can_read(built: Path, extension: str, require: Requirement) -> None:
    require("serdi", "apt-get install serdi", found=shutil.which("serdi") is not None)
    files = sorted((built / "dumps").glob(f"*.{extension}"))
    assert files
    for path in files:
        checked = subprocess.run(
            ["serdi", "-q", "-i", _SERD[extension], "-o", "nquads", path], check=False, capture_output=True
        )
        assert checked.returncode == 0, checked.stderr.decode()
        assert checked.stdout.count(b"\n") == len(list(parse(path=path, format=FORMATS[extension])))


@pytest.mark.parametrize("extension", _RAPTOR)
def test_raptor_accepts_every_dump_that_it_can_read(built: Path, extension: str, require: Requirement) -> None:
    require("rapper", "apt-get install raptor2-utils", found=shutil.which("rapper") is not None)
    files = sorted((built / "dumps").glob(f"*.{extension}"))
    assert files
    for path in files:
        command = ["rapper", "-i", _RAPTOR[extension], "-c", str(path)]
        checked = subprocess.run(command, check=False, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        count = len(set(parse(path=path, format=FORMATS[extension])))
        assert f"returned {count} triples" in checked.stderr, checked.stderr
