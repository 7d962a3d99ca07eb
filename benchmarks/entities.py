"""The things that generated articles share: their number grows slowly, and what an article sees depends on it alone.

All names are invented and say so: "Country 12", "Person 481".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

Block = tuple[str, list[tuple[str, str]]]
BASE: Final = "https://example.org/corpus/"


@dataclass(frozen=True)
class Pool:
    """Things of one kind: so many from the start, and a few more every so many articles."""

    start: int
    every: int
    step: int = 1

    def at(self, article: int) -> int:
        """Return how many there are for this article."""
        return self.start + article // self.every * self.step

    def first(self, thing: int) -> int:
        """Return the first article that sees this thing."""
        return max(0, (thing - self.start) // self.step + 1) * self.every


COUNTRIES: Final = Pool(24, 1000, 2)  # pairs: who supplies is even, who receives is odd
ORGANIZATIONS: Final = Pool(20, 500, 5)  # one of each kind at a time
PERSONS: Final = Pool(40, 40, 2)  # every other one holds an office
OUTLETS: Final = Pool(12, 2000)
WEAPONS: Final = Pool(8, 4000)
TOPICS: Final = Pool(16, 200)

ORGANIZATION_KINDS: Final = (
    "InternationalOrganization",
    "MilitaryAlliance",
    "PoliticalParty",
    "GovernmentBody",
    "Organization",
)
EDITORS: Final = "id:dataset-editors"


def country_of(person: int) -> int:
    """Return the country of a person, one that was there before the person."""
    return person * 7 % COUNTRIES.at(PERSONS.first(person))


def files(articles: int) -> Iterator[tuple[str, Iterator[Block]]]:
    """Yield the name and the content of each file of entities that so many articles can mention."""
    last = max(0, articles - 1)
    yield "states", _countries(COUNTRIES.at(last))
    yield "places", _places(COUNTRIES.at(last))
    yield "organizations", _organizations(ORGANIZATIONS.at(last))
    yield "persons", _persons(PERSONS.at(last))
    yield "offices", _offices(PERSONS.at(last))
    yield "media", _named("outlet", "MediaOrganization", "Outlet", OUTLETS.at(last))
    yield "weapons", _named("weapon", "WeaponSystem", "Weapon system", WEAPONS.at(last))
    yield "topics", _topics(TOPICS.at(last))


def text(value: str) -> str:
    """Return an English literal in Turtle."""
    return f'"{value}"@en'


def _block(iri: str, kind: str, label: str, *more: tuple[str, str]) -> Block:
    return iri, [("a", f"gp:{kind}"), ("skos:prefLabel", text(label)), *more]


def _named(slug: str, kind: str, label: str, number: int) -> Iterator[Block]:
    note = ("skos:scopeNote", text("Generated test data."))
    return (_block(f"id:{slug}-{k}", kind, f"{label} {k}", note) for k in range(number))


def _topics(number: int) -> Iterator[Block]:
    for k, (iri, pairs) in enumerate(_named("topic", "Topic", "Topic", number)):
        yield iri, [*pairs, ("dcterms:subject", f"id:country-{k % COUNTRIES.start}")]


def _countries(number: int) -> Iterator[Block]:
    for k in range(number):
        yield _block(
            f"id:country-{k}",
            "SovereignState",
            f"Country {k}",
            ("skos:hiddenLabel", text(f"of Country {k}")),
            ("skos:scopeNote", text("Generated test data: the state as an actor.")),
            ("skos:editorialNote", text("Generated test data.")),
            ("gp:hasMetonym", f"id:city-{k}"),
        )


def _places(number: int) -> Iterator[Block]:
    for k in range(number):
        territory = f"id:territory-of-country-{k}"
        yield _block(territory, "Territory", f"territory of Country {k}", ("gp:isOfState", f"id:country-{k}"))
        yield _block(f"id:city-{k}", "Place", f"City {k}", ("dcterms:isPartOf", territory))


def _organizations(number: int) -> Iterator[Block]:
    yield _block(EDITORS, "Organization", "editors of this generated dataset")
    for k in range(number):
        kind = ORGANIZATION_KINDS[k % 5]
        home = [("gp:isOfState", f"id:country-{k % COUNTRIES.start}")] if k % 5 > 1 else []
        yield _block(f"id:organization-{k}", kind, f"Organization {k}", ("skos:altLabel", text(f"O{k}")), *home)


def _persons(number: int) -> Iterator[Block]:
    for k in range(number):
        yield _block(
            f"id:person-{k}",
            "Person",
            f"Person {k}",
            ("skos:altLabel", text(f"P. {k}")),
            ("gp:isOfState", f"id:country-{country_of(k)}"),
        )


def _offices(persons: int) -> Iterator[Block]:
    for k in range(0, persons, 2):
        country = country_of(k)
        label = f"Office {k} of Country {country}"
        yield _block(f"id:office-{k}", "Office", label, ("gp:isOfficeOf", f"id:country-{country}"))
