"""Read Wikidata's JSON of items into values.

The format is that of ``wbgetentities`` and ``Special:EntityData``, as documented under
https://doc.wikimedia.org/Wikibase/master/php/docs_topics_json.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ENTITY: Final = "http://www.wikidata.org/entity/"
_QID: Final = re.compile(r"Q\d+")
_TIME: Final = re.compile(r"\+(\d{4,})-(\d\d)-(\d\d)T00:00:00Z")
_DAY, _MONTH, _YEAR = 11, 10, 9

INSTANCE_OF, SUBCLASS_OF, COUNTRY, CITIZENSHIP = "P31", "P279", "P17", "P27"
MEMBER_OF, POSITION, START, END = "P463", "P39", "P580", "P582"
DATES: Final = ("P585", "P571", "P580", "P582")


@dataclass(frozen=True)
class ItemValue:
    """A value of a statement: an item, a time (EDTF: as precise as it is known), a place, or a text.

    ``kind`` is item, time, place, text or none; ``text`` is the QID, the date, ``lat,lon``, or the text.
    """

    kind: str
    text: str
    language: str = ""


@dataclass(frozen=True)
class ItemStatement:
    """A statement of an item: its identifier, value, rank, and qualifiers by property."""

    id: str
    value: ItemValue
    rank: str
    qualifiers: Mapping[str, tuple[ItemValue, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """An item; ``asked`` is the QID that was looked for, another one when it redirects. Maps are by language."""

    id: str
    asked: str
    exists: bool
    labels: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    descriptions: Mapping[str, str]
    statements: Mapping[str, tuple[ItemStatement, ...]]

    @property
    def name(self) -> str:
        """The English label, another one, or the QID."""
        return self.labels.get("en") or next(iter(self.labels.values()), self.id)

    @property
    def description(self) -> str:
        """The English description, or nothing."""
        return self.descriptions.get("en", "")

    def best(self, prop: str) -> tuple[ItemStatement, ...]:
        """Return the statements of the best rank that the property has, as Wikidata's ``wdt:`` does."""
        found = self.statements.get(prop, ())
        preferred = tuple(s for s in found if s.rank == "preferred")
        return preferred or tuple(s for s in found if s.rank == "normal")

    def texts(self, *props: str) -> tuple[str, ...]:
        """Return the values of the best statements of some properties."""
        return tuple(s.value.text for prop in props for s in self.best(prop) if s.value.kind != "none")


def is_qid(text: str) -> bool:
    """Tell whether a text is the identifier of an item."""
    return _QID.fullmatch(text) is not None


def qid(iri: str) -> str:
    """Return the QID of the IRI of an item, or nothing when it is none."""
    local = iri.removeprefix(ENTITY)
    return local if local != iri and is_qid(local) else ""


def read_items(document: Any, asked: list[str]) -> Iterator[Item]:
    """Yield an item for each QID of ``asked`` that the answer of ``wbgetentities`` has, under its own name or another.

    Raises ``ValueError`` for what is no such answer.
    """
    try:
        entities = document["entities"]
        moved = {entity["redirects"]["from"]: entity for entity in entities.values() if "redirects" in entity}
        for wanted in asked:
            if (entity := entities.get(wanted) or moved.get(wanted)) is not None:
                yield _item(entity, wanted)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"not the JSON of entities: {error!r}") from None


def _item(entity: dict[str, Any], asked: str) -> Item:
    def values(key: str) -> dict[str, Any]:
        # an empty map is written as an empty list
        return dict(entity.get(key) or {})

    return Item(
        id=entity["id"],
        asked=asked,
        exists="missing" not in entity,
        labels={language: found["value"] for language, found in values("labels").items()},
        aliases={language: tuple(a["value"] for a in found) for language, found in values("aliases").items()},
        descriptions={language: found["value"] for language, found in values("descriptions").items()},
        statements={prop: tuple(map(_statement, found)) for prop, found in values("claims").items()},
    )


def _statement(found: dict[str, Any]) -> ItemStatement:
    qualifiers = {prop: tuple(map(_value, snaks)) for prop, snaks in (found.get("qualifiers") or {}).items()}
    return ItemStatement(found["id"], _value(found["mainsnak"]), found["rank"], qualifiers)


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
        return ItemValue("text", value["text"], value["language"])
    return ItemValue("text", str(value["amount"] if kind == "quantity" else value))


def _date(value: dict[str, Any]) -> str:
    """Return a day, month or year; nothing where the time is vaguer, or before the common era."""
    match, precision = _TIME.fullmatch(_pad(value["time"])), value["precision"]
    if not match:
        return ""
    return {_DAY: "-".join(match.groups()), _MONTH: f"{match[1]}-{match[2]}", _YEAR: match[1]}.get(precision, "")


def _pad(time: str) -> str:
    return time.replace("-00", "-01")
