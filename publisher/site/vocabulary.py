"""Say by which terms a workspace states claims, facts and times; nothing else in this package names them.

The defaults are the terms of ``gp:``, the vocabulary that the rest of the publisher knows; ``[site.terms]`` in
publisher.toml replaces them. A workspace whose ontology does not declare the class of claims has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from publisher.rdf.ntriples import iri
from publisher.rdf.vocab import DCTERMS, GP, GPT, OA, OWL, RDF, RDFS, SKOS, Namespace

FOAF_NAME: Final = "http://xmlns.com/foaf/0.1/name"
SCHEMA_NAMES: Final = ("http://schema.org/name", "https://schema.org/name")


def term(namespace: Namespace, name: str) -> str:
    """Return a term of a namespace as in N-Triples."""
    return iri(namespace[name].value)


TYPE: Final = term(RDF, "type")
SUBJECT, PREDICATE, OBJECT = (term(RDF, name) for name in ("subject", "predicate", "object"))
SUBCLASS: Final = term(RDFS, "subClassOf")
PREF_LABEL, ALT_LABEL, HIDDEN_LABEL = (term(SKOS, f"{name}Label") for name in ("pref", "alt", "hidden"))
TITLE, DESCRIPTION, PART_OF = (term(DCTERMS, name) for name in ("title", "description", "isPartOf"))
ISSUED, PUBLISHER, LICENSE = (term(DCTERMS, name) for name in ("issued", "publisher", "license"))
# How people call licences that they often meet.
LICENSES: Final = {
    "https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0",
    "https://creativecommons.org/licenses/by-sa/4.0/": "CC BY-SA 4.0",
    "https://creativecommons.org/publicdomain/zero/1.0/": "CC0 1.0",
    "https://opendatacommons.org/licenses/by/1-0/": "ODC-By 1.0",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL 1.0",
}
# Claims were set against each other by this property before claims could do so with a voice of their own.
CONTRAST: Final = term(GP, "contrastsWith")
# Properties of names, the preferred ones first, and of notes, in the order in which a page shows them.
NAMES: Final = (PREF_LABEL, term(RDFS, "label"), TITLE, iri(FOAF_NAME), *map(iri, SCHEMA_NAMES))
NOTES: Final = tuple(
    term(namespace, name)
    for namespace, name in (
        *((SKOS, "definition"), (DCTERMS, "abstract"), (DCTERMS, "description"), (RDFS, "comment")),
        *((SKOS, name) for name in ("scopeNote", "note", "example", "historyNote", "changeNote", "editorialNote")),
    )
)


def translatable(message: str) -> str:
    """Return a message that is translated where it is shown, so that the catalogues have it."""
    return message


# How a page names the other direction of a relation of SKOS.
INVERSE: Final = {
    term(SKOS, "broader"): translatable("narrower"),
    term(SKOS, "narrower"): translatable("broader"),
    term(SKOS, "related"): translatable("related"),
    term(SKOS, "inScheme"): translatable("concepts of the scheme"),
    term(SKOS, "topConceptOf"): translatable("top concepts"),
    term(SKOS, "hasTopConcept"): translatable("top concept of"),
    term(SKOS, "member"): translatable("member of"),
    term(DCTERMS, "isPartOf"): translatable("parts"),
    term(DCTERMS, "hasPart"): translatable("part of"),
}

# Pairs of relations of SKOS and Dublin Core that say the same from either side.
_PAIRS: Final = (
    (term(SKOS, "broader"), term(SKOS, "narrower")),
    (term(SKOS, "topConceptOf"), term(SKOS, "hasTopConcept")),
    (term(SKOS, "related"), term(SKOS, "related")),
    (term(DCTERMS, "isPartOf"), term(DCTERMS, "hasPart")),
)
INVERSES: Final = {**dict(_PAIRS), **{other: one for one, other in _PAIRS}}
# Of the vocabulary for labels that LOV lists as "label": the only one for the plural of a name that is in use.
PLURAL: Final = iri("http://purl.org/net/vocab/2004/03/label#plural")
BROADER: Final = term(SKOS, "broader")
INVERSE_OF, SYMMETRIC = term(OWL, "inverseOf"), term(OWL, "SymmetricProperty")

# By the local names of classes of claims: the order of the kinds, their icons, words and plurals. Kinds that are not
# here follow by name, with an icon of their own and the label of the class.
KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "Allegation": ("blame", translatable("allegation"), translatable("allegations")),
    "Assertion": ("say", translatable("assertion"), translatable("assertions")),
    "FactualClaim": ("say", translatable("assertion"), translatable("assertions")),
    "PositionStatement": ("flag", translatable("position"), translatable("positions")),
    "Forecast": ("arrow", translatable("forecast"), translatable("forecasts")),
    "Evaluation": ("wave", translatable("evaluation"), translatable("evaluations")),
}
# By the local names of codes: the verdict in words, where the label of the code would say less.
VERDICTS: Final[Mapping[str, str]] = {
    "accepted": translatable("Accepted by the editors."),
    "unassessed": translatable("Not judged."),
    "disputed": translatable("Disputed; no side is taken."),
    "rejected": translatable("Held to be false."),
    "notAssessable": translatable("A matter of judgement."),
    "pending": translatable("Not yet known when recorded."),
    "notExpressible": translatable("Not a kind of fact in these data."),
    "fulfilled": translatable("Has come true."),
    "unfulfilled": translatable("Has not come true."),
}
# A position is no judgement, although both have the same verdict.
STANDS: Final = {"PositionStatement": {"notAssessable": translatable("A point of view; not judged.")}}

_DEFAULTS: Final[Mapping[str, str]] = {
    "claim": GP.Claim.value,
    "claimant": GP.hasClaimant.value,
    "verdict": GP.hasVerdict.value,
    "accepted": GPT.accepted.value,
    "modality": GP.hasModality.value,
    "certain": GPT.certain.value,
    "negated": GP.isNegated.value,
    "passage": GP.isAtPassage.value,
    "source": GP.citesSource.value,
    "said-in": GP.isExpressedIn.value,
    "said-on": GP.statedOn.value,
    "quotation": GP.quotation.value,
    "view-of": GP.isViewOf.value,
    "topic": DCTERMS.subject.value,
    "matter": GP.Topic.value,
    "accused": GP.hasAccused.value,
    "against": GP.isComparedWith.value,
    "degree": GP.hasDegree.value,
    "unlike": GPT.unlike.value,
    "fact": GP.Situation.value,
    "place": GP.hasPlace.value,
    "country": GP.isOfState.value,
    "country-code": GPT.iso3166.value,
    "evidence": GP.supportedBy.value,
    "article": OA.hasSource.value,
    "digest": GP.textDigest.value,
    "sentence": GP.sentenceNumber.value,
    "time": GP.edtfTime.value,
    "earliest-begin": GP.earliestBegin.value,
    "latest-begin": GP.latestBegin.value,
    "earliest-end": GP.earliestEnd.value,
    "latest-end": GP.latestEnd.value,
}
_HUMP: Final = re.compile(r"([a-z0-9])([A-Z])(?![A-Z])")
SELECTOR, START, END = (term(OA, name) for name in ("hasSelector", "start", "end"))


@dataclass(frozen=True)
class SiteVocabulary:
    """The terms of claims and facts as in N-Triples, by the keys of ``[site.terms]``: ``vocabulary["claimant"]``."""

    terms: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return iri(self.terms.get(key) or _DEFAULTS[key])

    @property
    def bounds(self) -> tuple[str, str, str, str]:
        """The properties of the first and last day on which a fact can have begun, and can have ended."""
        return self["earliest-begin"], self["latest-begin"], self["earliest-end"], self["latest-end"]

    def hidden(self) -> Iterator[str]:
        """Yield the properties that a page shows in a way of its own, and not among the fields of a thing."""
        yield from (TYPE, *NAMES, ALT_LABEL, HIDDEN_LABEL, *NOTES, SUBJECT, PREDICATE, OBJECT)
        yield from (self[key] for key in ("evidence", "time", "digest"))
        yield from self.bounds


def spaced(name: str) -> str:
    """Return a name in camel case as words.

    >>> spaced("ConceptScheme"), spaced("topConceptOf"), spaced("UNESCO")
    ('Concept scheme', 'top concept of', 'UNESCO')
    """
    return _HUMP.sub(lambda match: f"{match[1]} {match[2].lower()}", name)


def local_name(name: str) -> str:
    """Return the last part of an IRI or of its term: ``Claim`` of ``<https://e.org/ns#Claim>``."""
    return name.strip("<>").rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
