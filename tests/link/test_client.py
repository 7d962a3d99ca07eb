"""The client of Wikidata against a server of the same protocols, with all the faults that such a server has."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import ConfigError, EndpointError
from publisher.http import AnswerCache, Client
from publisher.link.client import Wikidata, connect, open_client, read_json
from publisher.link.items import ItemValue, read_items
from publisher.workspace.config import Services, load_config
from tests.wikidata_standin import Standin, entity, state


class Naps:
    """Count the seconds that the client would wait."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


Clients = Callable[..., tuple[Client, Naps]]


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Make clients that do not wait, and close them in the end."""
    with ExitStack() as stack:

        def make(cache: Path | None = None, interval: float = 0.0, lifetime: float = 60) -> tuple[Client, Naps]:
            naps, kept = Naps(), AnswerCache(cache, lifetime) if cache else None
            made = open_client("tests", interval, cache=kept, timeout=120, patience=1, tries=3, sleep=naps)
            return stack.enter_context(made), naps

        yield make


def _get(standin: Standin, client: Client, path: str = "/w/api.php") -> object:
    asked = {"action": "wbsearchentities", "search": "Baku", "language": "en", "limit": "5", "format": "json"}
    return client.read(read_json, "GET", f"{standin.url}{path}", params=asked)


TRANSIENT = ["429", "429 7", "503", "503 7", "slow", "truncated", "cut", "html", "maxlag"]


@pytest.mark.parametrize("fault", [*TRANSIENT, "redirect"])
def test_a_fault_that_passes_is_survived(standin: Standin, fault: str, clients: Clients) -> None:
    client, naps = clients()
    standin.faults = [fault]
    assert _get(standin, client) == {"search": [{"id": "Q9248", "label": "Baku"}], "success": 1}
    assert len(standin.asked) == 2
    asked_to_wait = {"429 7": [7.0], "503 7": [7.0], "maxlag": [5.0], "redirect": []}
    assert naps.taken == asked_to_wait.get(fault, [0.0])


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("429", "HTTP 429"),
        ("503", "HTTP 503"),
        ("slow", "no answer within 1 s"),
        ("truncated", "expected JSON, got application/json that is none or was cut off"),
        ("cut", "the connection broke"),
        ("html", "expected JSON, got text/html"),
        ("maxlag", "the service is behind (maxlag)"),
    ],
)
def test_a_fault_that_stays_is_reported_after_some_tries(
    standin: Standin, tmp_path: Path, fault: str, message: str, clients: Clients
) -> None:
    client, _ = clients(tmp_path)
    standin.faults = [fault] * 9
    with pytest.raises(EndpointError) as error:
        _get(standin, client)
    assert message in str(error.value)
    assert "gave up after 3 tries" in str(error.value)
    assert len(standin.asked) == 3
    standin.faults = []
    _get(standin, client)
    assert len(standin.asked) == 4, "no fault is kept"


def test_redirects_in_a_circle_end(standin: Standin, clients: Clients) -> None:
    standin.faults = ["redirect"] * 9
    with pytest.raises(EndpointError, match="redirects again and again"):
        _get(standin, clients()[0])


def test_a_refusal_is_not_tried_again(standin: Standin, clients: Clients) -> None:
    standin.faults = ["refused"]
    with pytest.raises(EndpointError, match="the service refuses: Unrecognized value"):
        _get(standin, clients()[0])
    with pytest.raises(EndpointError, match="HTTP 404"):
        _get(standin, clients()[0], "/w/apy.php")
    assert len(standin.asked) == 2


def test_a_server_that_is_not_there(clients: Clients) -> None:
    with pytest.raises(EndpointError, match="cannot be reached"):
        clients()[0].request("GET", "http://127.0.0.1:9/w/api.php")


def test_waiting_has_an_end(standin: Standin, clients: Clients) -> None:
    standin.faults = ["429 3600"]
    client, naps = clients()
    with pytest.raises(EndpointError, match="asks to wait 3600 s; try again after that"):
        _get(standin, client)
    assert naps.taken == []


def test_a_date_to_wait_for_is_understood(standin: Standin, clients: Clients) -> None:
    soon = format_datetime(datetime.now(tz=UTC) + timedelta(seconds=60), usegmt=True)
    standin.faults = [f"503 {soon}"]
    client, naps = clients()
    _get(standin, client)
    (nap,) = naps.taken
    assert 30 < nap <= 60


def test_each_try_waits_longer_and_requests_keep_their_distance(standin: Standin, clients: Clients) -> None:
    client, naps = clients(interval=2.0)
    standin.faults = ["503", "503"]
    _get(standin, client)
    assert naps.taken == [4.0, 8.0]
    _get(standin, client)
    assert 1.0 < naps.taken[2] <= 2.0


def test_what_was_asked_is_not_asked_again(standin: Standin, tmp_path: Path, clients: Clients) -> None:
    for _ in range(2):
        with clients(tmp_path)[0] as client:
            assert _get(standin, client) == _get(standin, client)
    assert len(standin.asked) == 1


def test_what_is_old_is_asked_again(standin: Standin, tmp_path: Path, clients: Clients) -> None:
    client, _ = clients(tmp_path, lifetime=0.2)
    _get(standin, client)
    time.sleep(0.3)
    _get(standin, client)
    assert len(standin.asked) == 2


@pytest.mark.parametrize("damage", ["no answer", "a folder", "no folder"])
def test_a_damaged_cache_is_as_good_as_none(
    damage: str, standin: Standin, tmp_path: Path, clients: Clients, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cache"
    if damage == "no folder":
        folder.write_text("a file is in its place", encoding="utf-8")
    client, _ = clients(folder)
    answer = _get(standin, client)
    for path in folder.iterdir() if folder.is_dir() else ():
        path.unlink()
        if damage == "a folder":
            path.mkdir()
        else:
            path.write_bytes(b"\xff{'search': [" * 100)
    assert _get(standin, clients(folder)[0]) == answer
    assert len(standin.asked) == 2
    assert capfd.readouterr() == ("", "")


def test_answers_that_are_old_are_removed(standin: Standin, tmp_path: Path, clients: Clients) -> None:
    _get(standin, clients(tmp_path)[0])
    assert len(list(tmp_path.iterdir())) == 1
    clients(tmp_path, lifetime=0)
    assert list(tmp_path.iterdir()) == []


def test_the_client_says_who_it_is_and_asks_in_batches(standin: Standin, wikidata: Wikidata) -> None:
    qids = [f"Q{n}" for n in range(200_000, 200_120)]
    found = wikidata.items(qids)
    assert [item.exists for item in found.values()] == [False] * 120
    sizes = [len(fields["ids"].split("|")) for _, fields, _ in standin.asked]
    assert sizes == [50, 50, 20]
    assert all(fields["maxlag"] == "5" for _, fields, _ in standin.asked)
    assert {agent for _, _, agent in standin.asked} == {wikidata.client.agent}
    assert "(tests@example.org)" in wikidata.client.agent
    wikidata.items(qids)
    assert len(standin.asked) == 3, "an item is fetched once"


def test_search_and_reconciliation_find(wikidata: Wikidata) -> None:
    assert wikidata.search("karabakh c", "en") == ("Q16954835",)
    assert wikidata.search("karabakh c", "hy") == ()
    assert wikidata.search("karabakh c", "fa-arab") == (), "a language that Wikidata does not have"
    names = ["Security Council of Belarus", *["Minsk"] * 11]
    found = wikidata.reconcile(names)
    assert found[0][:2] == ("Q672108", "Q37470")
    assert found[1:] == (("Q2280",),) * 11


def test_an_item_that_was_merged_is_found_by_both_names(standin: Standin, wikidata: Wikidata) -> None:
    standin.redirects = {"Q999999": "Q9248"}
    found = wikidata.items(["Q999999", "Q9248", "not an item"])
    assert {asked: item.id for asked, item in found.items()} == {"Q999999": "Q9248", "Q9248": "Q9248"}


@pytest.mark.parametrize("fault", ["other json"])
def test_json_of_another_service_is_reported(standin: Standin, wikidata: Wikidata, fault: str) -> None:
    for ask in (
        lambda: wikidata.search("Baku", "en"),
        lambda: wikidata.reconcile(["Baku"]),
        lambda: wikidata.items(["Q1"]),
    ):
        standin.faults = [fault]
        with pytest.raises(EndpointError, match=r"not that of this service|is it the URL of a w/api\.php"):
            ask()


def test_values_of_all_kinds_are_read() -> None:
    item = entity("Q10", "a thing", ["it"], "for tests")
    for value in ("Q20", "2018-12-09", "2018-12", "2018", "@40.5,49.9", "XY"):
        state(item, "P1", value, {"P580": "1994"})
    item["claims"]["P1"].append(
        {"id": "Q10$n", "rank": "normal", "mainsnak": {"snaktype": "novalue", "property": "P1"}}
    )
    (found,) = read_items({"entities": {"Q10": item}}, ["Q10"])
    kinds = [(s.value.kind, s.value.text) for s in found.best("P1")]
    assert kinds == [
        ("item", "Q20"), ("time", "2018-12-09"), ("time", "2018-12"), ("time", "2018"), ("place", "40.5,49.9"),
        ("text", "XY"), ("none", ""),
    ]  # fmt: skip
    assert found.best("P1")[0].qualifiers == {"P580": (ItemValue("time", "1994"),)}
    assert found.values("P1")[-1] == "XY"


def test_the_best_rank_counts() -> None:
    item = entity("Q10", "a thing", [], "")
    state(item, "P1", "old", rank="deprecated")
    state(item, "P1", "usual")
    state(item, "P2", "usual")
    state(item, "P2", "best", rank="preferred")
    (found,) = read_items({"entities": {"Q10": item}}, ["Q10"])
    assert (found.values("P1"), found.values("P2")) == (("usual",), ("best",))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["entities", "Q1", "id", "labels", "claims", "redirects", "from"]), inner, max_size=4
        )
    ),
)


@given(json_values)
@example({"entities": {"Q1": {"id": "Q1", "labels": "0"}}})
def test_any_json_is_read_or_refused(document: object) -> None:
    try:
        found = list(read_items(json.loads(json.dumps(document)), ["Q1"]))
    except ValueError as error:
        assert "not the JSON of entities" in str(error)
    else:
        assert [item.requested for item in found] in ([], ["Q1"])


# --- configuration --------------------------------------------------------------------------------


def _configure(small: Path, lines: str) -> Services:
    path = small / "publisher.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[wikidata]\n{lines}\n", encoding="utf-8")
    return load_config(small).wikidata


def test_the_default_is_wikidata_itself(small: Path) -> None:
    services = load_config(small).wikidata
    assert services.api == "https://www.wikidata.org/w/api.php"
    assert not services.are_local


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('apy = "http://127.0.0.1/"', "unknown key 'apy' in [wikidata]; did you mean 'api'?"),
        ('api = "wikidata"', "wikidata.api is 'wikidata'; expected a URL such as https://www.wikidata.org/w/api.php"),
        ("api = 3", "wikidata.api is 3; expected a URL such as"),
        ('interval = "1"', "wikidata.interval is '1'; expected seconds"),
        ("interval = true", "wikidata.interval is True; expected seconds"),
        ("interval = 0.1", "a service of others gets 0.5 or more"),
    ],
)
def test_a_bad_table_is_explained(small: Path, lines: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        _configure(small, lines)
    assert message in str(error.value)


def test_nobody_asks_wikidata_without_saying_who_they_are(small: Path) -> None:
    services = load_config(small).wikidata
    with pytest.raises(ConfigError, match=r"publisher\.toml says no contact"):
        connect(services)
    known = _configure(small, 'contact = "editors@example.org"')
    assert "editors@example.org" in connect(known).client.agent
