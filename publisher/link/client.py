"""Query the services of Wikidata: search by name, reconcile, fetch items, select related items."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from more_itertools import chunked
from pyoxigraph import Literal, NamedNode

from publisher.errors import ConfigError, EndpointError
from publisher.http import AnswerCache, Client, Response, Retry, TransientError
from publisher.link.items import ENTITY, INSTANCE_OF, SUBCLASS_OF, ClassLevels, Item, is_qid, qid_of, read_items
from publisher.progress import SILENT, Progress
from publisher.query import endpoint
from publisher.workspace.config import Services

_BATCH: Final = 50  # what wbgetentities takes at once from a client without special rights
_RECONCILE_BATCH: Final = 10
_LIMIT: Final = 10  # candidates for a name
_LAG: Final = "5"  # seconds that the replicas may be behind, as Wikimedia asks of automatic clients
_CLASS_LEVELS: Final = 3
_ACCEPT: Final = {"Accept": "application/json"}
_TIMEOUT: Final = 180.0  # seconds for a request with its retries and the pauses that the service asks for
_LIFETIME: Final = 7 * 86_400.0  # seconds
_UNKNOWN_LANGUAGE: Final = 'Unrecognized value for parameter "language"'
_SPARQL: Final = Path(__file__).parent / "queries"


def read_json(response: Response) -> Any:
    """Return the JSON of an answer.

    Raises ``TransientError`` for an answer that is not JSON, and when the service is busy; ``EndpointError`` when it
    refuses the request.
    """
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        media_type = response.media_type or "something without a media type"
        raise TransientError(f"expected JSON, got {media_type} that is none or was cut off") from None
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict) and error.get("code") in ("maxlag", "ratelimited"):
        raise TransientError(f"the service is behind ({error['code']})", response.retry_after)
    if error:
        reason = error.get("info") or error.get("code") if isinstance(error, dict) else error
        raise EndpointError(f"the service refuses: {reason}")
    return answer


def _read_hits(response: Response) -> Any:
    """Return the JSON of a search as ``read_json`` does, without hits for an unknown language."""
    try:
        return read_json(response)
    except EndpointError as error:
        if _UNKNOWN_LANGUAGE in str(error):
            return {"search": []}
        raise


@dataclass
class Wikidata:
    """The services of Wikidata, and the items that were fetched; none is fetched twice.

    Labels, aliases and descriptions are fetched in ``languages``. All methods raise ``EndpointError`` when a service
    does not answer as documented.
    """

    services: Services
    client: Client
    languages: tuple[str, ...] = ("en",)
    _items: dict[str, Item] = field(default_factory=dict, repr=False)

    def search(self, text: str, language: str) -> tuple[str, ...]:
        """Return the QIDs of items whose label or alias begins with ``text`` (``wbsearchentities``), best first.

        There are none in a language that Wikidata does not have.
        """
        parameters = {"search": text, "language": language, "type": "item", "uselang": "en", "limit": str(_LIMIT)}
        document = self._api({"action": "wbsearchentities", **parameters}, _read_hits)
        return _qids(self.services.api, document, "search")

    def reconcile(self, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Return, for each name, the QIDs that the service proposes (Reconciliation Service API 0.2, section 4)."""
        proposed: list[tuple[str, ...]] = []
        for batch in chunked(names, _RECONCILE_BATCH):
            queries = {f"q{n}": {"query": name, "limit": _LIMIT} for n, name in enumerate(batch)}
            data = {"queries": json.dumps(queries, ensure_ascii=False)}
            document = self.client.read(read_json, "POST", self.services.reconcile, data=data, headers=_ACCEPT)
            proposed += (_qids(self.services.reconcile, document, key, "result") for key in queries)
        return tuple(proposed)

    def items(self, qids: Iterable[str], progress: Progress = SILENT) -> dict[str, Item]:
        """Return the items by requested QID; ``Item.exists`` tells those that Wikidata lacks."""
        requested = [qid for qid in dict.fromkeys(qids) if is_qid(qid)]
        missing = [qid for qid in requested if qid not in self._items]
        progress.expect(len(missing))
        for batch in chunked(missing, _BATCH):
            self._fetch(batch)
            # the answer does not name an item that was merged into another of the same batch
            for qid in [qid for qid in batch if qid not in self._items]:
                self._fetch([qid])
            progress.advance(len(batch))
        return {qid: self._items[qid] for qid in requested}

    def _fetch(self, qids: list[str]) -> None:
        props = {"props": "info|labels|aliases|descriptions|claims", "languages": "|".join(self.languages)}
        document = self._api({"action": "wbgetentities", "ids": "|".join(qids), "redirects": "yes", **props})
        try:
            self._items.update({item.requested: item for item in read_items(document, qids)})
        except ValueError as error:
            raise EndpointError(f"{self.services.api}: {error}; is it the URL of a w/api.php?") from None
        if len(qids) == 1 and qids[0] not in self._items:
            raise EndpointError(f"{self.services.api}: the answer says nothing of {qids[0]}, which was asked for")

    def class_levels(self, item: Item) -> ClassLevels:
        """Return the classes of an item, and two levels of superclasses."""
        levels: list[dict[str, str]] = []
        qids = item.values(INSTANCE_OF)
        for _ in range(_CLASS_LEVELS):
            classes = self.items(qids)
            levels.append({qid: cls.labels.get("en", "") for qid, cls in classes.items()})
            qids = tuple(superclass for cls in classes.values() for superclass in cls.values(SUBCLASS_OF))
        return tuple(levels)

    def labelled(self, labels: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Return the QIDs of items that have exactly one of the labels, given as text and language (SPARQL)."""
        values = " ".join(str(Literal(text, language=language)) for text, language in labels)
        return self._select("labelled", values)

    def around(self, qids: Iterable[str]) -> tuple[str, ...]:
        """Return the QIDs of items related to one of the items by a property in ``queries/around.rq`` (SPARQL)."""
        return self._select("around", " ".join(str(NamedNode(ENTITY + qid)) for qid in qids))

    def _select(self, name: str, values: str) -> tuple[str, ...]:
        if not values:
            return ()
        query = (_SPARQL / f"{name}.rq").read_text(encoding="utf-8").replace("UNDEF", values)
        answer = endpoint.send(self.client, self.services.sparql, query)
        nodes = (row["item"] for row in answer.rows())  # type: ignore[union-attr] # of the class for SELECT
        return tuple(filter(None, (qid_of(node.value) for node in nodes if isinstance(node, NamedNode))))

    def _api(self, parameters: dict[str, str], read: Callable[[Response], Any] = read_json) -> Any:
        params = {**parameters, "format": "json", "formatversion": "1", "maxlag": _LAG}
        return self.client.read(read, "GET", self.services.api, params=params, headers=_ACCEPT)


def _qids(url: str, document: Any, *keys: str) -> tuple[str, ...]:
    """Return the QIDs among the identifiers in the list that an answer of a service has below the keys."""
    try:
        for key in keys:
            document = document[key]
        return tuple(entry["id"] for entry in document if is_qid(entry["id"]))
    except (KeyError, TypeError, AttributeError):
        raise EndpointError(f"{url}: the answer is JSON, but not that of this service; is the URL right?") from None


def connect(services: Services, languages: tuple[str, ...] = ("en",), *, fresh: bool = False) -> Wikidata:
    """Return a client of Wikidata as the workspace configures it; with ``fresh``, without the cache.

    Raises ``ConfigError`` when a service is on another machine and the configuration has no contact.
    """
    if not services.contact and not services.are_local:
        raise ConfigError(
            "publisher.toml says no contact, and Wikidata wants to know who asks; add to it: "
            '[wikidata] with contact = "you@example.org"'
        )
    cache = None if fresh else AnswerCache(cache_folder(), _LIFETIME)
    return Wikidata(services, open_client(services.contact, services.interval, cache=cache), languages)


def open_client(
    contact: str,
    interval: float,
    *,
    cache: AnswerCache | None = None,
    timeout: float = _TIMEOUT,
    patience: float = 30.0,
    tries: int = 5,
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """Return an HTTP client that keeps to the User-Agent policy of Wikimedia and to its limits for automatic clients.

    ``interval`` is the least time between two requests, ``timeout`` the time for an exchange with its retries, and
    ``patience`` the time for one try, all in seconds.
    """
    statuses = frozenset({429, 500, 502, 503, 504})
    retry = Retry(tries, 2 * interval, statuses, after_faults=True, patience=patience)
    return Client(
        timeout,
        contact=contact,
        retry=retry,
        interval=interval,
        cache=cache,
        advise=lambda status, _: "" if status in statuses else "; is the URL in publisher.toml right?",
        sleep=sleep,
    )


def cache_folder() -> Path:
    """Return the folder of cached answers, by the XDG Base Directory Specification."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "geopol-publisher" / "wikidata"
