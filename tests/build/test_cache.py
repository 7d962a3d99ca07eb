from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from publisher.build.cache import FOLDER as CACHE
from publisher.build.cache import Cache, key_of
from publisher.build.pipeline import build, review
from publisher.build.task import Stage
from publisher.errors import OutputError, SourceError
from publisher.workspace.config import FILE_NAME, load_config

KEY = key_of("a")
LINKS = "data/links/wikidata.sssom.tsv"
_LINKS = """#curie_map:
#  id: https://w3id.org/geopol/id/
#  wd: http://www.wikidata.org/entity/
subject_id\tpredicate_id\tobject_id\tmapping_justification
id:harry-s-truman\tskos:exactMatch\twd:Q11613\tsemapv:ManualMappingCuration
"""


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    found = Cache(tmp_path / "cache")
    found.prepare()
    return found


def test_what_is_put_is_there(cache: Cache) -> None:
    cache.put("segments", KEY, b"content")
    assert cache.get("segments", KEY) == b"content"
    assert cache.get("ties", KEY) is None
    assert cache.get("segments", key_of("b")) is None


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 31, b"x" * 40])
def test_what_is_broken_is_not_there(cache: Cache, content: bytes) -> None:
    cache.put("segments", KEY, b"content")
    (path,) = cache.folder.glob("segments-*")
    path.write_bytes(content)
    assert cache.get("segments", KEY) is None


def test_the_entry_of_another_kind_or_key_is_not_taken_for_it(cache: Cache) -> None:
    cache.put("segments", KEY, b"content")
    (path,) = cache.folder.glob("segments-*")
    for kind, key in (("ties", KEY), ("segments", key_of("b"))):
        (cache.folder / f"{kind}-{key}").write_bytes(path.read_bytes())
        assert cache.get(kind, key) is None


def test_only_what_is_used_is_kept(cache: Cache) -> None:
    cache.put("segments", KEY, b"1")
    cache.put("ties", KEY, b"2")
    (cache.folder / ".publisher-killed~").write_bytes(b"half")
    (cache.folder / "of-a-user").write_bytes(b"3")
    cache.keep_only({f"ties-{KEY}"})
    names = {path.name for path in cache.folder.iterdir()}
    assert names == {f"ties-{KEY}", "of-a-user", "CACHEDIR.TAG", ".gitignore"}


def test_nothing_is_removed_that_another_build_may_use(cache: Cache) -> None:
    cache.put("segments", KEY, b"1")
    (cache.folder / ".publisher-another~").write_bytes(b"half, so far")
    with cache.in_use():
        other = Cache(cache.folder)
        with other.in_use():
            other.keep_only(())
        assert cache.get("segments", KEY) == b"1"
        assert (cache.folder / ".publisher-another~").exists()
    with other.in_use():
        other.keep_only(())
    assert not list(cache.folder.glob("*-*"))


def test_keys_tell_parts_apart() -> None:
    assert key_of("a", "bc") != key_of("ab", "c")
    assert key_of("a") == key_of(b"a")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="--no-cache"):
        Cache(tmp_path / "file" / "cache").prepare()


def test_the_link_in_the_place_of_an_entry_is_replaced(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"of the user")
    (cache.folder / f"ties-{KEY}").symlink_to(tmp_path / "precious")
    cache.put("ties", KEY, b"1")
    assert cache.get("ties", KEY) == b"1"
    (cache.folder / f"ties-{KEY}").unlink()
    (cache.folder / f"ties-{KEY}").symlink_to(tmp_path / "precious")
    cache.keep_only(())
    assert (tmp_path / "precious").read_bytes() == b"of the user"


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("data/entities/entities.ttl", Stage.INDEX),
        (LINKS, Stage.INDEX),
        (LINKS, Stage.SUMMARY),
        ("data/entities/entities.ttl", Stage.PLACES),  # of a claim of an article about one of them
    ],
)
def test_what_changes_while_it_is_read_leaves_no_wrong_result(
    name: str, stage: Stage, small: Path, tmp_path: Path
) -> None:
    """A file is saved after its digest was taken and before it is parsed, then set back: the key is the same again."""
    path, cache, article = small / name, small / CACHE, small / "data" / "articles" / "un-charter.ttl"
    (small / "data" / "links").mkdir()
    (small / LINKS).write_text(_LINKS, encoding="utf-8")
    if stage == Stage.PLACES:
        text = article.read_text(encoding="utf-8")
        article.write_text(
            text.replace("rdf:subject id:signing-of-the-un-charter", "rdf:subject id:san-francisco"), encoding="utf-8"
        )
    config, content = load_config(small), path.read_bytes()
    expected = review(config, cache=cache)

    def saving(function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        if isinstance(function, partial) and function.args == (stage,):
            path.write_bytes(b"# later\n" + content)
        return map(function, jobs)

    with pytest.raises(SourceError, match=f"{name}: changed while it was read"):
        build(config, tmp_path / "dist", cache=cache, mapper=saving, size=1)
    path.write_bytes(content)
    assert review(config, cache=cache, size=1) == expected


def test_a_configuration_that_changes_after_it_was_read_is_told(small: Path) -> None:
    path = small / FILE_NAME
    path.write_text(f"{path.read_text(encoding='utf-8')}# of this test alone\n", encoding="utf-8")
    config = load_config(small)
    path.write_text(f"{config.text}# later\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"publisher\.toml or a file of ontology/ changed while it was read"):
        review(config, cache=small / CACHE)
