"""Describe things, articles with their claims, and the dataset in terms of schema.org, embedded in their pages.

A claim is a ``schema:Claim`` with its voice, the article in which it appears, and the verdict in words. It is never an
event, and never a ``schema:ClaimReview``: the editors judge what enters the data, they review nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from publisher.rdf.ntriples import NTriple, name_of
from publisher.rdf.vocab import DCTERMS, FOAF, OWL, SCHEMA, SKOS
from publisher.site.claims import Claim
from publisher.site.index import without_unseen
from publisher.site.model import CONCEPT, SCHEME, Model
from publisher.site.statements import MOST
from publisher.site.vocabulary import ISSUED, PUBLISHER, SUBCLASS, term

CONTEXT: Final = "https://schema.org/"
_SCHEMA: Final = (SCHEMA.iri, CONTEXT)
_EXACT, _CLOSE = (term(SKOS, f"{kind}Match") for kind in ("exact", "close"))
_MATCHES: Final = (_EXACT, term(OWL, "equivalentClass"), SUBCLASS, _CLOSE)
_SAME: Final = (term(OWL, "sameAs"), _EXACT)
# Classes of other vocabularies that people use without aligning them.
_KNOWN: Final = {
    term(FOAF, "Person"): "Person",
    term(FOAF, "Organization"): "Organization",
    term(DCTERMS, "Location"): "Place",
    CONCEPT: "DefinedTerm",
    SCHEME: "DefinedTermSet",
}


class Descriptions:
    """Describe things in terms of schema.org; ``alignments`` say which of its classes those of the ontology mean."""

    def __init__(self, model: Model, alignments: Iterable[NTriple]) -> None:
        self.model, self.index = model, model.index
        self._types: dict[str, str] = dict(_KNOWN)
        found = [(_MATCHES.index(p), s, name_of(o)) for s, p, o in alignments if p in _MATCHES]
        for _, cls, name in sorted(found, reverse=True):
            if name.startswith(_SCHEMA):
                self._types[cls] = name.rpartition("/")[2]
        self._type = cache(self._closest_type)

    def type_of(self, node: str) -> str:
        """Return the class of schema.org that is closest to the classes of a thing: at least ``Thing``."""
        return next(filter(None, map(self._type, self.index.classes(node))), "Thing")

    def _closest_type(self, cls: str) -> str:
        name = name_of(cls)
        own = name.rpartition("/")[2] if name.startswith(_SCHEMA) else self._types.get(cls, "")
        above = self.index.superclasses(cls) - {cls}
        near = sorted(above, key=lambda sup: (-len(self.index.superclasses(sup)), sup))
        return own or next((self._types[sup] for sup in near if sup in self._types), "")

    def of_thing(self, node: str, url: str, summary: str) -> dict[str, Any]:
        """Return the description of a thing, a fact or an article."""
        index, label = self.index, self.index.label(node)
        kind = self.type_of(node)
        names = dict.fromkeys(text.value for text in (*index.names(node), *index.other_names(node)))
        names.pop(label.value, None)
        described: dict[str, Any] = {
            "@context": CONTEXT,
            "@id": name_of(node),
            "@type": kind,
            "name": label.value,
            "alternateName": list(names),
            "description": summary,
            "sameAs": [name_of(o) for p in _SAME for o in index.objects(node, p) if o[0] == "<"],
            "mainEntityOfPage": url,
            "subjectOf": {"@type": "Dataset", "@id": self.model.config.base},
        }
        if kind.endswith("Event") and (time := self.model.facts.get(node)):
            described["startDate"] = time.first.isoformat() if time.first and time.first == time.began_by else ""
            described["endDate"] = time.last.isoformat() if time.last and time.last == time.lasted_to else ""
        if kind.endswith("Article"):
            described |= {
                "headline": label.value,
                "datePublished": index.literal(node, ISSUED),
                "publisher": [self._agent(o) for o in index.objects(node, PUBLISHER) if o[0] == "<"],
            }
        return {key: value for key, value in described.items() if value}

    def of_article(self, node: str, url: str, summary: str) -> dict[str, Any]:
        """Return the description of an article and of its claims, other than facts."""
        article = self.of_thing(node, url, summary)
        said = [claim for claim in self.model.claims.by_article[node] if not claim.is_fact][:MOST]
        return {"@context": article.pop("@context"), "@graph": [article, *(self._claim(claim, node) for claim in said)]}

    def _claim(self, claim: Claim, article: str) -> dict[str, Any]:
        described = {
            "@id": name_of(claim.node),
            "@type": "Claim",
            "text": without_unseen(self.model.claims.stated(claim)),
            "author": [{"@id": name_of(voice)} for voice in claim.voices],
            "appearance": {"@id": name_of(article)},
            "creativeWorkStatus": without_unseen(self.model.claims.verdict_words(claim)),
        }
        return {key: value for key, value in described.items() if value}

    def _agent(self, node: str) -> dict[str, str]:
        kind = self.type_of(node)
        return {
            "@id": name_of(node),
            "@type": kind if kind != "Thing" else "Organization",
            "name": str(self.index.label(node)),
        }

    def of_vocabulary(self, iri: str, title: str, summary: str) -> dict[str, Any]:
        """Return the description of an ontology or a code list."""
        config = self.model.config
        return {
            "@context": CONTEXT,
            "@id": iri,
            "@type": "DefinedTermSet",
            "name": title,
            **({"description": summary} if summary else {}),
            "license": config.license,
            "version": config.version,
            "publisher": {"@type": "Organization", "name": config.publisher},
        }
