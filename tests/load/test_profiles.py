"""A target comes from a table or a URL, and its credentials from the environment or the keyring."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.credentials import SimpleCredential
from keyring.errors import KeyringLocked

from publisher.errors import ConfigError, UsageError
from publisher.http import Credentials
from publisher.load import profiles
from publisher.workspace.config import StoreTable, load_config
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"url": "http://127.0.0.1"}, "profile is None; expected one of oxigraph"),
        ({"profile": "fuseki"}, "expected the key 'url'"),
        ({"profile": "fuseki", "url": "ftp://e.org"}, "expected a URL of http"),
        ({"profile": "fuseki", "url": "http://me:secret@e.org"}, "keep user and password out"),
        ({"profile": "fuseki", "url": "http://[::1"}, "is no URL: Invalid IPv6 URL"),
        ({"profile": "qlever", "url": "http://e.org:70190"}, "is no URL: Port out of range"),
        ({"profile": "qlever", "url": "http://e.org:0"}, "is no URL: nobody listens on port 0"),
        ({"profile": "fuseki", "url": "http://e.org/ds?query="}, r"without \? and #"),
        ({"profile": "fuseki", "url": "http://e.org", "auth": "none"}, "expected basic or digest"),
    ],
)
def test_entry_that_says_too_little(entry: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        profiles.find_target({"mine": StoreTable("mine", entry)}, "mine")


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ('profile = "none"', "3:1: [stores.mine]: profile is 'none'; expected one of oxigraph, "),
        ('url = "http://e.org"', "2:9: [stores.mine]: profile is None; expected one of oxigraph, "),
        ('profile = "fuseki"\nurl = "http://e.org:x"', "4:1: [stores.mine]: 'http://e.org:x/query' is no URL: "),
        ('profile = "fuseki"\nauth = "none"\nurl = "http://e.org"', "4:1: [stores.mine]: auth is 'none'; expected"),
        ('profile = "sparql"\nquery = "x"\nupdate = "x"', "4:1: [stores.mine]: query is 'x'; expected a URL of http"),
        ('method = "gsp"\nprofile = "qlever"', "3:1: [stores.mine]: qlever is not loaded by 'gsp'; possible: index"),
    ],
)
def test_error_has_the_place_of_the_key(entry: str, place: str, small: Path) -> None:
    file = small / "publisher.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"[stores.other]\n[stores.mine]\n{entry}\n{before}", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        profiles.find_target(load_config(small).stores, "mine")
    assert str(caught.value).startswith(f"{file}:{place}")


def test_unknown_store() -> None:
    with pytest.raises(UsageError, match="there is no store 'x'"):
        profiles.find_target({}, "x")
    with pytest.raises(UsageError, match="which kind of store"):
        profiles.find_target({}, "http://127.0.0.1")
    with pytest.raises(UsageError, match="not loaded by 'gsp'; possible: update"):
        profiles.find_target({}, "http://127.0.0.1", "sparql", "gsp")


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISHER_USER", "all")
    with pytest.raises(ConfigError, match="set both"):
        profiles.credentials("my-store", [], is_digest=False)
    monkeypatch.setenv("PUBLISHER_PASSWORD", "s3cret")
    monkeypatch.setenv("PUBLISHER_MY_STORE_USER", "own")
    monkeypatch.setenv("PUBLISHER_MY_STORE_PASSWORD", "s3cret")
    assert profiles.credentials("other", [], is_digest=False) == Credentials("all", "s3cret")
    found = profiles.credentials("my-store", [], is_digest=True)
    assert found == Credentials("own", "s3cret", is_digest=True)
    assert "s3cret" not in repr(found)


def _set(monkeypatch: pytest.MonkeyPatch, prefix: str, host: str | None = None) -> None:
    for part, value in (("USER", "me"), ("PASSWORD", "s3cret"), ("HOST", host)):
        if value:
            monkeypatch.setenv(f"{prefix}_{part}", value)


@pytest.mark.parametrize(
    ("url", "host", "is_sent"),
    [
        ("http://127.0.0.1:7878", None, True),
        ("http://[::1]:7878", None, True),
        ("https://store.example", None, False),
        ("https://store.example", "store.example", True),
        ("https://Store.example:8443/x", "store.example", True),
        ("https://store.example:8443", "store.example:8443", True),
        ("https://store.example:9", "store.example:8443", False),
        ("https://store.example.evil.example", "store.example", False),
        ("https://store.example@evil.example", "store.example", False),
        ("http://127.0.0.1:7878", "store.example", False),
        ("http://127.0.0.1.evil.example", None, False),
    ],
)
def test_credentials_without_a_name_are_for_one_host(
    url: str, host: str | None, is_sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, "PUBLISHER", host)
    assert bool(profiles.credentials(url, [url], is_digest=False)) == is_sent


def test_all_urls_of_a_store_are_at_the_host_of_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, "PUBLISHER")
    table = {"profile": "virtuoso", "url": "http://127.0.0.1:9"}
    for key, value in (
        ("update", "https://evil.example/"),
        ("data", "https://evil.example/"),
        ("sql", "evil.example:1"),
    ):
        stores = {"mine": StoreTable("mine", table | {key: value})}
        assert profiles.find_target(stores, "mine").credentials is None


def test_credentials_of_a_name_may_be_bound_to_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    stores = {"mine": StoreTable("mine", {"profile": "fuseki", "url": "https://evil.example/ds"})}
    _set(monkeypatch, "PUBLISHER_MINE")
    assert profiles.find_target(stores, "mine").credentials
    monkeypatch.setenv("PUBLISHER_MINE_HOST", "store.example")
    with pytest.raises(ConfigError, match=r"mine is at evil\.example, and PUBLISHER_MINE_HOST is store\.example"):
        profiles.find_target(stores, "mine")


class Memory(KeyringBackend):
    """A keyring that forgets; it may be asked without a name, as those of the systems may."""

    priority = 0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._kept: dict[str, tuple[str, str]] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self._kept[service] = (username, password)

    def get_password(self, service: str, username: str) -> str | None:
        found = self._kept.get(service)
        return found[1] if found and found[0] == username else None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        found = self._kept.get(service)
        return SimpleCredential(*found) if found and username in (None, found[0]) else None


class Locked(Memory):
    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        raise KeyringLocked(f"{service} {username}")


@pytest.fixture
def kept() -> Iterator[None]:
    """Put the keyring back in the end."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("kept")
def test_credentials_come_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(Memory())
    keyring.set_password("publisher:mine", "me", "s3cret")
    entry = {"mine": StoreTable("mine", {"profile": "virtuoso", "url": "http://127.0.0.1:9"})}
    assert profiles.find_target(entry, "mine").credentials == Credentials("me", "s3cret", is_digest=True)
    assert profiles.credentials("other", [], is_digest=False) is None
    monkeypatch.setenv("PUBLISHER_MINE_USER", "someone")
    monkeypatch.setenv("PUBLISHER_MINE_PASSWORD", "else")
    assert profiles.credentials("mine", [], is_digest=False) == Credentials("someone", "else")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("backend", [Locked, fail.Keyring, null.Keyring])
def test_keyring_that_tells_nothing(backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    assert profiles.credentials("mine", [], is_digest=False) is None


def test_without_keyring() -> None:
    code = (
        "import sys; sys.modules['keyring'] = None\n"
        "from publisher.load.profiles import credentials\n"
        "assert credentials('mine', [], is_digest=False) is None"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
