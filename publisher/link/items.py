"""Read items from Wikidata's JSON.

The format is that of ``wbgetentities`` and ``Special:EntityData``, as documented under
https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ENTITY: Final = "http://www.wikidata.org/entity/"
_QID: Final = re.compile(r"Q[0-9]+")
_TIME: Final = re.compile(r"\+(\d{4})-(\d\d)-(\d\d)T00:00:00Z")
_DAY, _MONTH, _YEAR = 11, 10, 9

INSTANCE_OF, SUBCLASS_OF, COUNTRY, CITIZENSHIP = "P31", "P279", "P17", "P27"
MEMBER_OF, POSITION, START, END = "P463", "P39", "P580", "P582"
DATES: Final = ("P585", "P571", "P580", "P582")


# The English labels by QID of the classes of an item, then of the classes above, level by level.
ClassLevels = tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class ItemValue:
    """A value of a statement.

    ``kind`` is item, time, place, text or none. ``text`` is the QID, the date (a day, month or year in EDTF), the
    latitude and longitude in degrees (``40.5,49.9``), or the text.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class ItemStatement:
    """A statement of an item; ``rank`` is preferred, normal or deprecated, and ``qualifiers`` are by property."""

    id: str
    value: ItemValue
    rank: str
    qualifiers: Mapping[str, tuple[ItemValue, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """An item: names and descriptions by language, and statements by property.

    ``requested`` is the QID of the request; it differs from ``id`` when it redirects.
    """

    id: str
    requested: str
    exists: bool
    labels: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    descriptions: Mapping[str, str]
    statements: Mapping[str, tuple[ItemStatement, ...]]

    @property
    def name(self) -> str:
        """The English label, else that of another language, else the QID."""
        return self.labels.get("en") or next(iter(self.labels.values()), self.id)

    @property
    def description(self) -> str:
        """The English description, or ``""``."""
        return self.descriptions.get("en", "")

    def best(self, prop: str) -> tuple[ItemStatement, ...]:
        """Return the statements of a property that have the best rank, as Wikidata's ``wdt:`` does."""
        statements = self.statements.get(prop, ())
        preferred = tuple(s for s in statements if s.rank == "preferred")
        return preferred or tuple(s for s in statements if s.rank == "normal")

    def values(self, *props: str) -> tuple[str, ...]:
        """Return the texts of the values that the best statements of some properties have."""
        return tuple(s.value.text for prop in props for s in self.best(prop) if s.value.kind != "none")


def is_qid(text: str) -> bool:
    """Return whether a text is the identifier of an item, such as ``Q227``."""
    return _QID.fullmatch(text) is not None


def qid_of(iri: str) -> str:
    """Return the QID in the IRI of an item, or ``""`` for any other IRI.

    >>> qid_of("http://www.wikidata.org/entity/Q227"), qid_of("http://www.wikidata.org/entity/P36")
    ('Q227', '')
    """
    local = iri.removeprefix(ENTITY)
    return local if local != iri and is_qid(local) else ""


def read_items(document: Any, qids: list[str]) -> Iterator[Item]:
    """Yield an item for each of ``qids`` that the answer of ``wbgetentities`` has, also as one that redirects.

    Raises ``ValueError`` for any other document.
    """
    try:
        entities = document["entities"]
        redirects = {entity["redirects"]["from"]: entity for entity in entities.values() if "redirects" in entity}
        for requested in qids:
            if (entity := entities.get(requested) or redirects.get(requested)) is not None:
                yield _item(entity, requested)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"not the JSON of entities: {error!r}") from None


def _item(entity: dict[str, Any], requested: str) -> Item:
    def values(key: str) -> dict[str, Any]:
        # an empty map is written as an empty list
        return dict(entity.get(key) or {})

    return Item(
        id=entity["id"],
        requested=requested,
        exists="missing" not in entity,
        labels={language: label["value"] for language, label in values("labels").items()},
        aliases={language: tuple(a["value"] for a in aliases) for language, aliases in values("aliases").items()},
        descriptions={language: text["value"] for language, text in values("descriptions").items()},
        statements={prop: tuple(map(_statement, claims)) for prop, claims in values("claims").items()},
    )


def _statement(claim: dict[str, Any]) -> ItemStatement:
    qualifiers = {prop: tuple(map(_value, snaks)) for prop, snaks in (claim.get("qualifiers") or {}).items()}
    return ItemStatement(claim["id"], _value(claim["mainsnak"]), claim["rank"], qualifiers)


def _value(snak: dict[str, Any]) -> ItemValue:
    if snak["snaktype"] != "value":
        return ItemValue("none", "")
    value, kind = snak["datavalue"]["value"], snak["datavalue"]["type"]
    if kind == "wikibase-entityid":
        return ItemValue("item", value["id"])
    if kind == "time":
        return ItemValue("time", _date(value))
    if kind == "globecoordinate":
        return ItemValue("place", f"{value['latitude']},{value['longitude']}")
    if kind == "monolingualtext":
        return ItemValue("text", value["text"])
    return ItemValue("text", str(value["amount"] if kind == "quantity" else value))


def _date(value: dict[str, Any]) -> str:
    """Return a day, month or year; ``""`` for a time that is less precise, before the common era, or after 9999."""
    match, precision = _TIME.fullmatch(value["time"].replace("-00", "-01")), value["precision"]
    if not match:
        return ""
    return {_DAY: "-".join(match.groups()), _MONTH: f"{match[1]}-{match[2]}", _YEAR: match[1]}.get(precision, "")
