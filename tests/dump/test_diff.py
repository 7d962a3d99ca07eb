"""A change written as SPARQL Update or RDF Patch turns the old dataset into the new one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli import main
from publisher.dump import diff
from publisher.errors import SourceError, UsageError
from tests.conftest import ROOT
from tests.published import published

PREFIXES = {"e": "https://e.org/"}
IRIS = st.sampled_from([ox.NamedNode(f"https://e.org/{name}") for name in "abc"])
BLANKS = st.sampled_from([ox.BlankNode(name) for name in "xyz"])
LITERALS = st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=3))
QUADS = st.builds(ox.Quad, IRIS | BLANKS, IRIS, IRIS | BLANKS | LITERALS, IRIS | st.just(ox.DefaultGraph()))

NAMED = st.builds(ox.Quad, IRIS | BLANKS, IRIS, IRIS | BLANKS | LITERALS, IRIS)


def saved(quads: set[ox.Quad], path: Path) -> Path:
    ox.serialize(quads, str(path), format=ox.RdfFormat.N_QUADS)
    return path


def canonical(quads: set[ox.Quad]) -> set[ox.Quad]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


@given(old=st.sets(QUADS, max_size=6), new=st.sets(QUADS, max_size=6))
def test_update_makes_the_new_of_the_old(
    old: set[ox.Quad], new: set[ox.Quad], tmp_path_factory: pytest.TempPathFactory
) -> None:
    # blank nodes that several graphs share cannot be replaced in one of them
    old, new = ({q for q in quads if _is_within(q, quads)} for quads in (old, new))
    folder = tmp_path_factory.mktemp("diff")
    change = diff.diff(saved(old, folder / "old.nq"), saved(new, folder / "new.nq"))
    store = ox.Store()
    store.extend(canonical(old))
    store.update(diff.format_diff(change, "sparql-update", PREFIXES))
    assert canonical(set(store)) == canonical(new)
    assert change.is_empty == (canonical(old) == canonical(new))


@given(old=st.sets(NAMED, max_size=8), new=st.sets(NAMED, max_size=8))
def test_builds_are_compared_as_their_dumps_are(
    old: set[ox.Quad], new: set[ox.Quad], tmp_path_factory: pytest.TempPathFactory
) -> None:
    dists, dumps = [], []
    for quads in (old, new):
        folder = tmp_path_factory.mktemp("dist")
        dumps.append(saved(quads, folder / "all.nq"))
        dists.append(published(folder, "all.nq", b"".join(sorted(dumps[-1].read_bytes().splitlines(keepends=True)))))
    assert diff.diff(*dists) == diff.diff(*dumps)


def test_a_build_that_was_changed_is_not_compared(tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:g> .\n")
    assert diff.diff(dist, dist).is_empty
    (dist / "dumps" / "all.nq").write_bytes(b"<urn:s> <urn:p> <urn:other> <urn:g> .\n")
    with pytest.raises(SourceError, match="not what SHA256SUMS tells"):
        diff.diff(dist, dist)


def _is_within(quad: ox.Quad, quads: set[ox.Quad]) -> bool:
    blank = {term for term in (quad.subject, quad.object) if isinstance(term, ox.BlankNode)}
    return not blank or (len({q.graph_name for q in quads if blank & {q.subject, q.object}}) == 1 and len(blank) == 1)


def test_text_goes_by_thing(tmp_path: Path) -> None:
    a, b, p = (ox.NamedNode(f"https://e.org/{name}") for name in "abp")
    one, two = ox.Quad(a, p, ox.Literal("old"), b), ox.Quad(a, p, ox.Literal("new"), b)
    change = diff.diff(saved({one}, tmp_path / "1.nq"), saved({two}, tmp_path / "2.nq"))
    assert diff.format_diff(change, "text", PREFIXES) == (
        'e:a\n  - e:p "old"\n  + e:p "new"\n1 triples removed, 1 added\n'
    )
    assert diff.format_diff(change, "rdf-patch", PREFIXES) == (
        'TX .\nD <https://e.org/a> <https://e.org/p> "old" <https://e.org/b> .\n'
        'A <https://e.org/a> <https://e.org/p> "new" <https://e.org/b> .\nTC .\n'
    )


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a folder made by"):
        diff.diff(tmp_path, tmp_path)


def test_exit_code_tells_whether_they_differ(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = ["-w", str(ROOT)]
    assert main.main(["diff", str(built), str(built), *workspace]) == 0
    lines = (built / "dumps" / "all.nq").read_text(encoding="utf-8").splitlines(keepends=True)
    less = tmp_path / "less.nq"
    less.write_text("".join(lines[1:]), encoding="utf-8")
    assert main.main(["diff", str(less), str(built), *workspace]) == 1
    assert "0 triples removed, 1 added" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["all.ttl", "all.nt.gz", "all.rdf"])
def test_triples_are_compared_with_triples(built: Path, name: str, tmp_path: Path) -> None:
    dump = built / "dumps" / name
    assert diff.diff(dump, built).is_empty
    assert diff.diff(built, dump).is_empty
    less = tmp_path / "less.nt"
    less.write_text("".join((built / "dumps" / "all.nt").read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    change = diff.diff(less, built)
    assert (len(change.removed), len(change.added)) == (0, 1)


def test_queries_that_change_their_answers(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changing, same = ("events-as-schema-org", "members-of-organizations"), "outlets-by-number-of-citations"
    (tmp_path / "queries").mkdir()
    shutil.copy(ROOT / "publisher.toml", tmp_path)
    for name in (*changing, same):
        shutil.copy(ROOT / "queries" / f"{name}.rq", tmp_path / "queries")
    asked = ["diff", "--queries", "-w", str(tmp_path), str(built)]
    assert main.main([*asked, str(built)]) == 0
    assert capsys.readouterr().out == "0 of 3 queries change their answers\n"
    text = (built / "dumps" / "all.nq").read_text(encoding="utf-8")
    renamed = tmp_path / "new.nq"
    text = text.replace('"Belarus"@en', '"Byelorussia"@en').replace('"High Level Revitalization Forum', '"Forum')
    renamed.write_text(text, encoding="utf-8")
    assert main.main([*asked, str(renamed)]) == 1
    assert capsys.readouterr().out.splitlines() == [*changing, "2 of 3 queries change their answers"]
