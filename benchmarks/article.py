"""One generated article: what it is, the facts that it tells, who says what in it, and where.

It depends on the seed and its own number only, not on how many articles there are. Nothing in it is about anybody:
names are numbers, quotations are our own.
"""

from __future__ import annotations

import datetime
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from benchmarks.entities import BASE, COUNTRIES, ORGANIZATIONS, OUTLETS, PERSONS, TOPICS, WEAPONS, text

_FIRST_DAY: Final = datetime.date(2001, 1, 1)
_A_DAY: Final = 13  # articles
_LINKED: Final = 4  # every so many articles one comes back to what an earlier one tells
SENTENCES: Final = 7
Pairs = list[tuple[str, str]]


def slug(number: int) -> str:
    """Return the name of an article in identifiers."""
    return f"article-{number:06d}"


def issued(number: int) -> datetime.date:
    """Return the day on which an article appeared; later articles have higher numbers."""
    return _FIRST_DAY + datetime.timedelta(days=number // _A_DAY)


def day(date: datetime.date) -> str:
    """Return a day in Turtle."""
    return f'"{date}"^^xsd:date'


def edtf(value: object) -> str:
    """Return a time in Turtle."""
    return f'"{value}"^^edtf:EDTF-level1'


@dataclass(frozen=True)
class Member:
    """Which country an article says to be a member of which organisation, and whether that has ended."""

    country: int
    organization: int
    ended: bool


def member(seed: int, number: int) -> Member:
    """Return the membership that an article tells; others can come back to it."""
    rng = random.Random(f"{seed}/{number}/member")  # noqa: S311 - a corpus is repeatable, not secret
    organization = rng.randrange(ORGANIZATIONS.at(number) // 5) * 5 + rng.randrange(2)
    country = _paired(rng, number, organization // 5 % 2)
    return Member(country, organization, ended=rng.random() < 0.2)


def _paired(rng: random.Random, number: int, parity: int) -> int:
    """Return a country with an even or an odd number: what is true of one half is never true of the other."""
    return rng.randrange(COUNTRIES.at(number) // 2) * 2 + parity


@dataclass
class Article:
    """An article while it is written: the blocks of its file in order, and the words of its sentences."""

    seed: int
    number: int
    linked: Callable[[int], bool]
    blocks: dict[str, Pairs] = field(default_factory=dict)
    claims: list[list[str]] = field(default_factory=lambda: [[] for _ in range(SENTENCES)])

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed}/{self.number}")  # noqa: S311 - a corpus is repeatable, not secret
        self.slug = slug(self.number)
        self.iri = f"id:{self.slug}"
        self.issued = issued(self.number)
        self.event = self.issued - datetime.timedelta(days=self.rng.randrange(2, 20))
        self.host, self.guest = _paired(self.rng, self.number, 0), _paired(self.rng, self.number, 1)
        self.speaker = self.rng.randrange(PERSONS.at(self.number) // 2) * 2
        self.other = self.rng.randrange(PERSONS.at(self.number) // 2) * 2 + 1
        self.topic, self.matter = (self.rng.randrange(TOPICS.at(self.number) // 2) * 2 + k for k in range(2))
        self.outlet = self.rng.randrange(OUTLETS.at(self.number))

    def name(self, local: str) -> str:
        """Return the name of a thing that only this article has."""
        return f"{self.slug}:{local}"

    def position(self, sentence: int) -> str:
        """Return the name of the position of a passage."""
        return f"<{BASE}id/{self.slug}/s{sentence:02d}#position>"

    def add(self, subject: str, *pairs: tuple[str, str]) -> None:
        """Describe a thing, or add to its description."""
        self.blocks.setdefault(subject, []).extend(pairs)

    def fact(self, local: str, kind: str, label: str, *pairs: tuple[str, str]) -> str:
        """Add a situation and return its name; labels of facts are told apart by the article."""
        name = self.name(local)
        label = f"{label} ({self.slug})"
        self.add(name, ("a", f"gp:{kind}"), ("skos:prefLabel", text(label)), *pairs)
        self.add(name, ("dcterms:description", text(f"There was a {label}.")))
        return name

    def on(self, date: datetime.date) -> Pairs:
        """Return the time of something that happened on one day."""
        return [("gp:edtfTime", edtf(date)), ("gp:earliestBegin", day(date)), ("gp:latestEnd", day(date))]


def write_article(seed: int, number: int, linked: Callable[[int], bool]) -> Article:
    """Return an article without any mistake; ``linked`` tells which earlier ones it may come back to."""
    article = Article(seed, number, linked)
    _describe(article)
    _tell_facts(article)
    _tell_more(article)
    _make_claims(article)
    _quote_others(article)
    if number % _LINKED == _LINKED - 1:
        _come_back(article)
    _set_passages(article)
    return article


def _describe(a: Article) -> None:
    a.add(
        a.iri,
        ("a", "gp:Article"),
        ("skos:prefLabel", text(f"Outlet {a.outlet}: generated article {a.number}")),
        ("dcterms:title", text(f"Generated article {a.number}")),
        ("dcterms:publisher", f"id:outlet-{a.outlet}"),
        ("dcterms:issued", day(a.issued)),
        ("dcterms:language", '"en"'),
        ("dcterms:subject", f"id:topic-{a.topic}"),
    )
    a.add(a.name("author"), ("a", "gp:Agent"), ("skos:prefLabel", text(f"author of {a.slug}")))
    source = a.issued - datetime.timedelta(days=1)
    a.add(
        a.name("source"),
        ("a", "gp:Document"),
        ("skos:prefLabel", text(f"item of {source} ({a.slug})")),
        ("dcterms:publisher", f"id:outlet-{(a.outlet + 1) % OUTLETS.start}"),
        ("dcterms:issued", day(source)),
        ("dcterms:bibliographicCitation", f'"Outlet {(a.outlet + 1) % OUTLETS.start}, {source}"'),
        ("gp:isYearInferred", "false"),
    )


def _tell_facts(a: Article) -> None:
    author, speaker, other = a.name("author"), f"id:person-{a.speaker}", f"id:person-{a.other}"
    a.fact("publication", "CommunicativeAct", "publication", ("gp:hasSpeaker", author), *a.on(a.issued))
    visit = a.fact(
        "visit",
        "Visit",
        f"visit of Person {a.speaker} to Country {a.host}",
        ("gp:hasActor", speaker),
        ("gp:hasHost", f"id:country-{a.host}"),
        ("gp:hasPlace", f"id:territory-of-country-{a.host}"),
        *a.on(a.event),
        ("gp:hasEventType", "gpt:consult"),
        ("gp:supportedBy", a.name("s02-c1")),
    )
    a.fact(
        "remarks",
        "CommunicativeAct",
        f"remarks of Person {a.speaker}",
        ("gp:hasSpeaker", speaker),
        ("gp:hasAddressee", f"id:country-{a.guest}"),
        *a.on(a.event),
        ("dcterms:isPartOf", visit),
        ("gp:supportedBy", a.name("s05-c1")),
    )
    a.fact(
        "meeting",
        "Meeting",
        f"meeting of Person {a.speaker} and Person {a.other}",
        ("gp:hasParticipant", f"{speaker} , {other}"),
        *a.on(a.event),
        ("dcterms:isPartOf", visit),
        ("gp:supportedBy", a.name("s02-c2")),
    )
    a.fact(
        "tenure",
        "Tenure",
        f"Person {a.speaker} in Office {a.speaker}",
        ("gp:hasHolder", speaker),
        ("gp:ofOffice", f"id:office-{a.speaker}"),
        ("gp:latestBegin", day(a.event)),
        ("gp:earliestEnd", day(a.event)),
        ("gp:supportedBy", a.name("s03-c1")),
    )


def _tell_more(a: Article) -> None:
    told = member(a.seed, a.number)
    a.fact(
        "membership",
        "Membership",
        f"membership of Country {told.country} in Organization {told.organization}",
        ("gp:hasMember", f"id:country-{told.country}"),
        ("gp:inOrganization", f"id:organization-{told.organization}"),
        ("gp:latestBegin", day(a.event - datetime.timedelta(days=400))),
        *([("gp:latestEnd", day(a.event))] if told.ended else []),
        ("gp:supportedBy", a.name("s03-c2")),
    )
    label = f"agreement of Country {a.host} and Country {a.guest} ({a.slug})"
    a.add(a.name("agreement"), ("a", "gp:Agreement"), ("skos:prefLabel", text(label)))
    a.fact(
        "signing",
        "Signing",
        "signing of the agreement",
        ("gp:hasActor", f"id:country-{a.host} , id:country-{a.guest}"),
        ("gp:hasInstrument", a.name("agreement")),
        ("gp:hasPlace", f"id:city-{a.host}"),
        *a.on(a.event),
        ("gp:supportedBy", a.name("s04-c1")),
    )
    kind, label, pairs, _ = _further(a)
    a.fact("further", kind, label, *pairs, *a.on(a.event), ("gp:supportedBy", a.name("s04-c2")))


def _further(a: Article) -> tuple[str, str, Pairs, tuple[str, str]]:
    """Return kind, label and properties of the fact that differs from article to article, and what is said of it."""
    host, guest = f"id:country-{a.host}", f"id:country-{a.guest}"
    ring = a.number % (ORGANIZATIONS.at(a.number) // 5) * 5
    party, body, school = (f"id:organization-{ring + k}" for k in (2, 3, 4))
    weapon = f"id:weapon-{a.number % WEAPONS.at(a.number)}"
    match a.number % 5:
        case 0:
            arms = [("gp:hasSupplier", host), ("gp:hasRecipient", guest), ("gp:hasWeapon", weapon)]
            status = ("gp:hasTransferStatus", "gpt:delivered")
            return "ArmsTransfer", "arms transfer", [*arms, status], ("gp:hasWeapon", weapon)
        case 1:
            election = [("gp:inOrganization", body), ("gp:hasWinner", party), ("gp:winnerShareAtLeast", "51.5")]
            return "Election", "election", election, ("gp:hasWinner", party)
        case 2:
            graduation = [("gp:hasActor", f"id:person-{a.other}"), ("gp:inOrganization", school)]
            return "Graduation", "graduation", graduation, ("gp:inOrganization", school)
        case 3:
            measure = [("gp:hasActor", host), ("gp:hasTarget", guest), ("gp:hasEventType", "gpt:sanction")]
            return "SanctionMeasure", "measure", measure, ("gp:hasActor", host)
        case _:
            talks = [("gp:hasHost", body), ("gp:hasParticipant", guest), ("gp:hasPlace", f"id:city-{a.host}")]
            return "Meeting", "talks", talks, ("gp:hasHost", body)


def _claim(
    a: Article, sentence: int, kind: str, label: str, content: tuple[str, str, str], *pairs: tuple[str, str]
) -> None:
    """Add a claim of the author, or of whom ``pairs`` name."""
    a.claims[sentence - 1].append(label)
    name = a.name(f"s{sentence:02d}-c{len(a.claims[sentence - 1])}")
    given = {predicate for predicate, _ in pairs}
    defaults = (
        ("gp:hasClaimant", a.name("author")),
        ("gp:isExpressedIn", a.name("publication")),
        ("gp:statedOn", day(a.issued)),
        ("gp:isAtPassage", a.name(f"s{sentence:02d}")),
        ("gp:hasModality", "gpt:certain"),
        ("gp:hasVerdict", "gpt:accepted"),
    )
    said = zip(("rdf:subject", "rdf:predicate", "rdf:object"), content, strict=True)
    rest = [pair for pair in defaults if pair[0] not in given]
    a.add(name, ("a", f"gp:{kind}"), ("skos:prefLabel", text(label)), *said, *rest, *pairs)


def _make_claims(a: Article) -> None:
    """Let the author say what the facts rest on."""
    told = member(a.seed, a.number)
    speaker, other, host = f"id:person-{a.speaker}", f"id:person-{a.other}", f"id:country-{a.host}"
    title = text(f"Generated article {a.number}")
    _claim(a, 1, "Assertion", f"The article is entitled Generated article {a.number}.", (a.iri, "dcterms:title", title))
    _claim(
        a,
        2,
        "Assertion",
        f"Person {a.speaker} came to Country {a.host}.",
        (speaker, "gp:visited", f"id:territory-of-country-{a.host}"),
        ("gp:citesSource", a.name("source")),
    )
    _claim(a, 2, "Assertion", f"Person {a.speaker} met Person {a.other}.", (speaker, "gp:metWith", other))
    _claim(
        a,
        3,
        "Assertion",
        f"Person {a.speaker} holds Office {a.speaker}.",
        (speaker, "gp:holdsOffice", f"id:office-{a.speaker}"),
    )
    _claim(
        a,
        3,
        "Assertion",
        f"Country {told.country} belongs to Organization {told.organization}.",
        (f"id:country-{told.country}", "gp:memberOf", f"id:organization-{told.organization}"),
    )
    _claim(
        a,
        3,
        "Assertion",
        f"Country {told.country ^ 1} does not belong to Organization {told.organization}.",
        (f"id:country-{told.country ^ 1}", "gp:memberOf", f"id:organization-{told.organization}"),
        ("gp:isNegated", "true"),
    )
    _claim(a, 4, "Assertion", f"Country {a.host} signed the agreement.", (host, "gp:signed", a.name("agreement")))
    _, label, _, (predicate, value) = _further(a)
    _claim(
        a,
        4,
        "Assertion",
        f"The source says who or what was part of the {label}.",
        (a.name("further"), predicate, value),
        ("gp:citesSource", a.name("source")),
    )
    _claim(a, 5, "Assertion", f"It was Person {a.speaker} who spoke.", (a.name("remarks"), "gp:hasSpeaker", speaker))


def _quote_others(a: Article) -> None:
    """Let others speak, and the author judge and foresee; nothing of this is a fact."""
    host, guest, topic, matter = (
        f"id:country-{a.host}",
        f"id:country-{a.guest}",
        f"id:topic-{a.topic}",
        f"id:topic-{a.matter}",
    )
    own = [
        ("gp:hasClaimant", f"id:person-{a.speaker}"),
        ("gp:isExpressedIn", a.name("remarks")),
        ("gp:statedOn", day(a.event)),
        ("gp:citesSource", a.name("source")),
    ]
    open_, judged = ("gp:hasVerdict", "gpt:unassessed"), ("gp:hasVerdict", "gpt:notAssessable")
    _claim(
        a,
        5,
        "Evaluation",
        f"Person {a.speaker} finds Country {a.host} to be an example in words.",
        (host, "gp:isCharacterizedAs", text("an example in words")),
        *own,
        judged,
        ("gp:quotation", text("an example in words")),
    )
    _claim(
        a,
        5,
        "PositionStatement",
        f"Person {a.speaker} says that Country {a.guest} is for Topic {a.topic}.",
        (guest, "gp:supports", topic),
        *own,
        judged,
        ("dcterms:subject", topic),
    )
    _claim(
        a,
        5,
        "Evaluation",
        f"Person {a.speaker} gives the stand of Country {a.guest} as the reason for the praise.",
        (a.name("s05-c3"), "gp:isReasonFor", a.name("s05-c2")),
        *own,
        judged,
    )
    _claim(
        a,
        6,
        "Allegation",
        f"Person {a.speaker} puts down to Country {a.guest} what Topic {a.matter} suffers.",
        (guest, "gp:harms", matter),
        *own,
        open_,
        ("gp:hasAccused", guest),
    )
    _claim(
        a,
        6,
        "Assertion",
        f"The author ascribes to Person {a.other} that Topic {a.topic} is of use to Country {a.host}.",
        (topic, "gp:benefits", host),
        ("gp:isViewOf", f"id:person-{a.other}"),
        ("gp:hasVerdict", "gpt:disputed"),
    )
    _claim(
        a,
        6,
        "Evaluation",
        f"The author sets the use to Country {a.host} against what Topic {a.matter} suffers.",
        (a.name("s06-c2"), "gp:isComparedWith", a.name("s06-c1")),
        judged,
        ("gp:hasDegree", "gpt:unlike"),
    )
    _claim(
        a,
        7,
        "Forecast",
        f"The author expects Country {a.guest} to supply Country {a.host}.",
        (guest, "gp:suppliedArmsTo", host),
        ("gp:edtfTime", edtf(f"{a.issued}/..")),
        ("gp:hasModality", "gpt:possible"),
        ("gp:hasVerdict", "gpt:pending"),
    )


def _come_back(a: Article) -> None:
    """Let the author bear out what an earlier article tells of a membership."""
    earlier = a.rng.randrange(a.number)
    if not a.linked(earlier):
        return
    told = member(a.seed, earlier)
    iri, label = (
        f"id:{slug(earlier)}",
        f"Country {told.country} belongs to Organization {told.organization}, as {slug(earlier)} has it.",
    )
    content = (f"id:country-{told.country}", "gp:memberOf", f"id:organization-{told.organization}")
    _claim(
        a,
        7,
        "Assertion",
        label,
        content,
        ("gp:citesSource", iri),
    )
    a.add(a.iri, ("dcterms:source", iri))
    a.add(f"<{BASE}id/{slug(earlier)}/membership>", ("gp:supportedBy", a.name("s07-c2")))


def _set_passages(a: Article) -> None:
    """Add where each sentence stands; the text is the labels of its claims."""
    start = 0
    sentences = [" ".join(labels) for labels in a.claims]
    a.add(a.iri, ("gp:textDigest", f'"{_digest(" ".join(sentences))}"'))
    for number, sentence in enumerate(sentences, 1):
        position = a.position(number)
        a.add(
            a.name(f"s{number:02d}"),
            ("a", "gp:Sentence"),
            ("oa:hasSource", a.iri),
            ("gp:sentenceNumber", str(number)),
            ("gp:paragraphNumber", str((number + 2) // 3)),
            ("gp:textDigest", f'"{_digest(sentence)}"'),
            ("oa:hasSelector", position),
        )
        end = start + len(sentence)
        a.add(position, ("a", "oa:TextPositionSelector"), ("oa:start", str(start)), ("oa:end", str(end)))
        start = end + 1


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
