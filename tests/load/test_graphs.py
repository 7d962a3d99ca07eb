"""Graphs are sorted for a load: canonical lines are split, others parsed, and both give the same graphs."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import SourceError
from publisher.load.graphs import GraphSet, has_blank_node, read_graphs, split_long_lines, to_nquads, write_nquads
from publisher.rdf.digest import INDEX
from tests.published import published

IRIS = st.sampled_from([ox.NamedNode(f"https://e.org/{name}") for name in ("a", "b%20c", "Ä", "d#e", "f?g=h&i")])
BLANKS = st.sampled_from([ox.BlankNode(name) for name in ("x", "y1", "z_2")])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
LITERALS = st.one_of(
    st.builds(ox.Literal, TEXTS),
    st.builds(ox.Literal, TEXTS, language=st.sampled_from(["en", "de-CH", "fa-Arab"])),
    st.builds(ox.Literal, TEXTS, datatype=IRIS),
)
QUADS = st.builds(ox.Quad, IRIS | BLANKS, IRIS, IRIS | BLANKS | LITERALS, IRIS)


def graphs(path: Path) -> dict[str, str]:
    folder = path.with_suffix("")
    folder.mkdir()
    return lines(read_graphs(path, "urn:void", folder))


def lines(graphs: GraphSet) -> dict[str, str]:
    return {file.name: file.read().decode() for file in graphs.files(graphs.names)}


@given(quads=st.sets(QUADS, max_size=8))
def test_lines_and_parser_agree(quads: set[ox.Quad], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("graphs")
    for name, kind in (("lines.nq", ox.RdfFormat.N_QUADS), ("parsed.trig", ox.RdfFormat.TRIG)):
        ox.serialize(quads, str(folder / name), format=kind)
    found = graphs(folder / "lines.nq")
    assert found == graphs(folder / "parsed.trig")
    expected: dict[str, set[str]] = {}
    for quad in quads:
        expected.setdefault(quad.graph_name.value, set()).add(f"{quad.triple} .\n")  # type: ignore[union-attr]
    assert found == {name: "".join(sorted(lines)) for name, lines in expected.items()}
    dist = published(folder, "all.nq", "".join(sorted(f"{quad} .\n" for quad in quads)).encode())
    (folder / "apart").mkdir()
    built, sorted_anew = (
        read_graphs(dist, "urn:void", dist),
        read_graphs(folder / "lines.nq", "urn:void", folder / "apart"),
    )
    assert lines(built) == found
    assert [graph.digest for graph in built.graphs] == [graph.digest for graph in sorted_anew.graphs]


@pytest.mark.parametrize(
    "line",
    [
        '<urn:s>  <urn:p>\t"a\\u0041\tb"^^<http://www.w3.org/2001/XMLSchema#string> <urn:g>. # said',
        '<urn:s> <urn:p> "aA\\tb"@EN <urn:g> .',
        '# nothing\n<urn:s> <urn:p> "one" <urn:g> .\r\n\n<urn:s> <urn:p> "one" <urn:g> .',
    ],
)
def test_other_ways_to_write(line: str, tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    path.write_bytes(line.encode())
    expected = sorted({f"{quad.triple} .\n" for quad in ox.parse(line, format=ox.RdfFormat.N_QUADS)})
    assert graphs(path) == {"urn:g": "".join(expected)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<urn:s> <urn:p> <urn:g> .\n", "expected every triple in a named graph"),
        (b"<urn:s> <urn:p> <urn:o> _:g .\n", "expected every triple in a named graph"),
        (b'<urn:s> <urn:p> "a" <urn:g> .\n<urn:s> <urn:p> "a <urn:g> .\n', r"all\.nq:2:.*not valid"),
        (b"<urn:s> <urn:p> <o> <urn:g> .\n", r"all\.nq:1:.*not valid"),
        (b'<urn:s> <urn:p> "\xff" <urn:g> .\n', r"all\.nq:1:18: not valid: Invalid UTF-8"),
    ],
)
def test_what_cannot_be_read(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        graphs(path)


def test_triples_are_sorted_and_each_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    lines = [f'<urn:s> <urn:p> "{n % 60}" <urn:g{n % 3}> .\n' for n in range(100)]
    path.write_text("".join(lines), encoding="utf-8")
    assert graphs(path) == {
        f"urn:g{first}": "".join(sorted(f'<urn:s> <urn:p> "{n}" .\n' for n in range(first, 60, 3)))
        for first in range(3)
    }


def test_more_triples_than_memory_may_hold(tmp_path: Path) -> None:
    dump, folder = tmp_path / "all.nq", tmp_path / "sorted"
    folder.mkdir()
    text = "x" * 1_000
    with dump.open("w", encoding="utf-8") as out:
        out.writelines(f'<urn:s{n}> <urn:p> "{text}" <urn:g{n % 300}> .\n' for n in range(40_000))
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom publisher.load.graphs import read_graphs\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(len(read_graphs(Path(sys.argv[1]), 'urn:void', Path(sys.argv[2]), cache=1_000).graphs))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    command = [sys.executable, "-c", code, str(dump), str(folder)]
    count, kibibytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(count) == 300
    assert int(kibibytes) < 20_000 < dump.stat().st_size / 1024


def test_long_lines_go_apart() -> None:
    lines = [
        b"<urn:s> <urn:p> <urn:o> .\n",
        b'<urn:s> <urn:p> "%s" .\n' % (b"x" * 50),
        b'_:b <urn:p> "%s" .\n' % (b"y" * 50),
    ]
    part = b"".join(lines)
    assert split_long_lines(part, 1_000) == ([], part)
    assert split_long_lines(part, 40) == ([lines[1]], lines[0] + lines[2])


def test_parts_keep_blank_nodes_together(tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    lines = [f'<urn:s{n}> <urn:p> "{n} _:" <urn:g> .\n' for n in range(25)]
    path.write_text("".join([*lines, *(f"<urn:s> <urn:p> _:b{n} <urn:g> .\n" for n in range(20))]), encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (file,) = read_graphs(path, "urn:void", tmp_path / "parts").files(["urn:g"])
    assert [(part.count(b"\n"), has_blank_node(part)) for part in file.parts(10)] == [
        *((10, False), (10, False), (5, False), (20, True))
    ]
    (whole,) = file.parts(45)
    assert sorted(to_nquads(whole, "urn:g").decode().splitlines()) == sorted(
        path.read_text(encoding="utf-8").splitlines()
    )


@pytest.mark.parametrize("name", ["all.nq", "all.nq.gz"])
def test_what_was_built_is_taken_as_it_is(name: str, tmp_path: Path) -> None:
    content = b"".join(b'<urn:s> <urn:p> "%d" <urn:g%d> .\n' % (n, n % 3) for n in range(50))
    (tmp_path / "all.nq").write_bytes(content)
    (tmp_path / "dist").mkdir()
    dist = published(tmp_path / "dist", name, content)
    (tmp_path / "sorted").mkdir()
    found = read_graphs(dist, "urn:void", tmp_path / "sorted")
    assert [graph.triples for graph in found.graphs] == [17, 17, 16]
    assert not any((tmp_path / "sorted").iterdir())  # nothing is sorted before it is asked for
    (only,) = found.files(["urn:g1"])
    expected = graphs(tmp_path / "all.nq")
    assert only.read().decode() == expected["urn:g1"]
    assert lines(found) == expected


@pytest.mark.parametrize("name", ["all.nq", "all.nq.gz"])
def test_files_that_hold_the_graphs_already(name: str, tmp_path: Path) -> None:
    dist = published(tmp_path, name, b'<urn:s> <urn:p> "1" <urn:g> .\n_:b <urn:p> "2" <urn:g> .\n')
    (dist / "dumps" / "void.ttl").write_text("<urn:dataset> <urn:triples> 2 ; <urn:part> [ <urn:p> 1 ] .", "utf-8")
    found = read_graphs(dist, "urn:void", tmp_path)
    assert found.names == ["urn:g", "urn:void"]
    held = ox.Dataset(quad for path in found.quads for quad in ox.parse(path=path))
    again = ox.Dataset(
        ox.parse(path=write_nquads({g.name: g for g in found.files(found.names)}, tmp_path / "joined.nq"))
    )
    assert len(again) == 5
    for dataset in (held, again):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    assert held == (ox.Dataset() if name.endswith(".gz") else again)


@pytest.mark.parametrize("is_indexed", [True, False])
def test_the_place_of_the_description_is_taken(is_indexed: bool, tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:void> .\n")
    assert read_graphs(dist, "urn:void", tmp_path).names == ["urn:void"]
    (dist / "dumps" / "void.ttl").write_text("<urn:dataset> <urn:triples> 1 .", "utf-8")
    if not is_indexed:
        (dist / "dumps" / INDEX).unlink()
    with pytest.raises(SourceError, match=r"has a graph <urn:void>, which is the place of void\.ttl; rename"):
        read_graphs(dist, "urn:void", tmp_path)


@pytest.mark.parametrize("is_indexed", [True, False])
def test_description_that_is_empty(is_indexed: bool, tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:g> .\n")
    (dist / "dumps" / "void.ttl").write_text("# nothing\n", "utf-8")
    if not is_indexed:
        (dist / "dumps" / INDEX).unlink()
    assert lines(read_graphs(dist, "urn:void", tmp_path)) == {"urn:g": "<urn:s> <urn:p> <urn:o> .\n"}


def test_files_that_change_after_they_were_listed(tmp_path: Path) -> None:
    content = b"<urn:s> <urn:p> <urn:o> <urn:g> .\n"
    dists = [tmp_path / "old", tmp_path / "new"]
    for dist, value in zip(dists, (b"old", b"new"), strict=True):
        dist.mkdir()
        published(dist, "all.nq", content.replace(b"urn:o", value))
    found = read_graphs(dists[0], "urn:void", tmp_path)
    found.write(tmp_path / "copy.nq")
    dists[0].rename(tmp_path / "older")
    dists[1].rename(dists[0])
    for use in (found.check_quads, lambda: found.write(tmp_path / "copy.nq")):
        with pytest.raises(SourceError, match=r"all\.nq: changed while it was read; run the command again"):
            use()


@given(
    kinds=st.lists(
        st.sampled_from(['<urn:s%d> <urn:p> "_:" <urn:g> .', "<urn:s%d> <urn:p> _:b <urn:g> ."]), max_size=12
    ),
    size=st.integers(1, 5),
)
def test_parts_of_what_was_built(kinds: list[str], size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("parts")
    content = "".join(f"{kind % number}\n" for number, kind in enumerate(kinds))
    dist = published(folder, "all.nq", content.encode())
    parts = [part.decode().splitlines() for part in read_graphs(dist, "urn:void", folder).quad_parts(size)]
    assert sorted(line for part in parts for line in part) == sorted(content.splitlines())
    with_blank_nodes = [number for number, part in enumerate(parts) if any("> _:b" in line for line in part)]
    assert with_blank_nodes in ([], [len(parts) - 1])
    assert all(len(part) <= size for number, part in enumerate(parts) if number not in with_blank_nodes)


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "all.nq").write_bytes(b"<urn:s> <urn:p> <urn:o> <urn:\xff> .\n")
    with pytest.raises(SourceError, match=r"all\.nq:1:29: not valid: Invalid UTF-8"):
        graphs(tmp_path / "all.nq")


def test_without_an_index_the_dump_is_sorted(tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:g> .\n")
    (dist / "dumps" / INDEX).unlink()
    found = read_graphs(dist, "urn:void", tmp_path)
    assert (found.quads, lines(found)) == ((), {"urn:g": "<urn:s> <urn:p> <urn:o> .\n"})
    (dist / "dumps" / "all.nq").write_bytes(b"<urn:s> <urn:p> <urn:o> <urn:h> .\n")
    with pytest.raises(SourceError, match="not what SHA256SUMS tells"):
        read_graphs(dist, "urn:void", tmp_path)


@pytest.mark.parametrize("name", ["all.nq", INDEX])
def test_what_was_changed_after_the_build_is_not_loaded(name: str, tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:g> .\n")
    file = dist / "dumps" / name
    file.write_bytes(file.read_bytes() * 2)
    with pytest.raises(SourceError, match=rf"{name}.*not what SHA256SUMS tells.*run 'publisher build'"):
        read_graphs(dist, "urn:void", tmp_path)


def rewrite(dist: Path, old: str, new: str) -> None:
    """Change the index and its checksum."""
    dumps = dist / "dumps"
    before, told = ((dumps / name).read_text("utf-8") for name in (INDEX, "SHA256SUMS"))
    after = before.replace(old, new)
    was, now = (hashlib.sha256(text.encode()).hexdigest() for text in (before, after))
    (dumps / INDEX).write_text(after, "utf-8")
    (dumps / "SHA256SUMS").write_text(told.replace(was, now), "utf-8")


@pytest.mark.parametrize(("old", "new"), [("\t1\t", "\tmany\t"), ("\t1\t", " 1\t"), ("graph", "graphs")])
def test_an_index_that_is_none(old: str, new: str, tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:g> .\n")
    rewrite(dist, old, new)
    with pytest.raises(SourceError, match=r"graphs\.tsv: cannot be read as a list of graphs; run 'publisher build'"):
        read_graphs(dist, "urn:void", tmp_path)


@pytest.mark.parametrize(("old", "new"), [("\t1\t", "\t2\t"), ("<urn:g>", "<urn:h>")])
def test_an_index_that_is_wrong(old: str, new: str, tmp_path: Path) -> None:
    dist = published(tmp_path, "all.nq", b"<urn:s> <urn:p> <urn:o> <urn:g> .\n")
    rewrite(dist, old.strip("<>"), new.strip("<>"))
    found = read_graphs(dist, "urn:void", tmp_path)
    with pytest.raises(SourceError, match=r"all\.nq: not what graphs\.tsv tells of the graph <urn:[gh]>"):
        found.files(found.names)


@pytest.mark.parametrize("content", [gzip.compress(b"<urn:s>", mtime=0)[:-9], b"no gzip"])
def test_what_cannot_be_unpacked(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "all.nq.gz"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be read"):
        read_graphs(path, "urn:void", tmp_path)
