"""Check how a site answers for one thing, case by case, each with its reason and the clause of a standard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from urllib.parse import urldefrag

import pyoxigraph as ox

from publisher.serve.deref.cases import ACCEPT_CASES, KNOWN_DIFFERENCES, RULES, AcceptCase
from publisher.serve.deref.probe import RDF_FORMATS, Hop, Probe, Trail
from publisher.serve.deref.samples import Sample
from publisher.serve.negotiation import REPRESENTATIONS, Representation, preferences

_MOST_STEPS: Final = 4  # answers: of w3id.org, of the site, perhaps of its https, and the document
_MISSING: Final = "-no-such-thing-a7f3"
# What servers send for formats that they do not know.
_VAGUE: Final = ("", "text/plain", "application/octet-stream", "application/xml", "text/xml", "application/json")
_REMOTE: Final = "the JSON-LD has a context at another address, which is not read"
_NOT_OFFERED: Final = "the site does not offer this format"


@dataclass(frozen=True)
class DerefResult:
    """What a case came to. ``status`` is pass, fail, warn, known or skip.

    ``warn`` is for what no standard demands, ``known`` for what a host cannot do, and ``skip`` for what does not apply.
    """

    case: str
    status: str
    asked: str
    came: str
    expected: str
    why: str
    clause: str

    @property
    def is_failure(self) -> bool:
        """Whether the site fails by this case."""
        return self.status == "fail"


def check_site(
    probe: Probe, sample: Sample, level: str = "full", *, gone: str = "", host: str = ""
) -> list[DerefResult]:
    """Return the results of all cases of a level, ``full`` or ``static``; ``gone`` is the URL of what was withdrawn.

    ``host`` is one of ``KNOWN_DIFFERENCES``: what such a host cannot do is known, and no failure. Raises
    ``EndpointError`` where the site answers nothing to the first request.
    """
    checker = SiteChecker(probe, sample, gone)
    known = KNOWN_DIFFERENCES.get(host, {})
    return [
        replace(result, status="known", why=f"{result.why}; {host}: {known[result.case]}")
        if result.is_failure and result.case in known
        else result
        for result in (checker.full() if level == "full" else checker.static())
    ]


@dataclass
class SiteChecker:
    """The cases for one thing of a site."""

    probe: Probe
    sample: Sample
    gone: str = ""

    def full(self) -> Iterator[DerefResult]:
        """Yield the results for a site with content negotiation."""
        self.probe.ask(self.sample.url)
        yield self._redirect()
        for representation in REPRESENTATIONS:
            trail = self.probe.follow(self.sample.url, representation.media_type)
            yield self._format(f"format-{representation.extension}", representation, trail)
        yield self._data()
        for case in ACCEPT_CASES:
            yield self._accept(case)
        yield from self._of_redirect(self.probe.follow(self.sample.url, "text/turtle"))
        for namespace in self.sample.namespaces:
            yield from self._namespace(urldefrag(namespace).url)
        yield from self._rest(
            next((trail.last for r, trail in self._offered.items() if r.media_type in RDF_FORMATS), None)
        )

    def static(self) -> Iterator[DerefResult]:
        """Yield the results for a site at which only addresses with extensions can be had."""
        stem, document = urldefrag(self.sample.url).url, None
        self.probe.ask(stem)
        for representation in REPRESENTATIONS:
            trail = self.probe.follow(f"{stem}.{representation.extension}", "*/*")
            result = self._format(f"document-{representation.extension}", representation, trail)
            document = trail.last if result.status == "pass" else document
            yield result
        yield from self._rest(document)

    # --- the thing -----------------------------------------------------------------------------------------------

    def _redirect(self) -> DerefResult:
        trail = self.probe.follow(self.sample.url, "text/html")
        if "#" in self.sample.url:
            return self._result("hash", trail, trail.last.status == 200)
        return self._result("redirect", trail, 303 in trail.statuses and trail.last.status == 200)

    def _format(self, case: str, representation: Representation, trail: Trail) -> DerefResult:
        """Judge the answer to a request for one format: its media type, and whether it is about the thing."""
        step, media_type = trail.last, representation.media_type
        expected = f"200 {media_type}, about {self.sample.identifier}"
        is_other = step.status == 200 and step.media_type not in (media_type, *_VAGUE)
        if step.status == 406 or (is_other and case.startswith("format")) or (step.status == 404 and trail[0] is step):
            return self._result(case, trail, None, expected=expected, why=_NOT_OFFERED)
        if step.status != 200 or step.media_type != media_type:
            return self._result(case, trail, False, expected=expected)
        fault = self._fault(step)
        return self._result(case, trail, None if fault == _REMOTE else not fault, expected=expected, why=fault)

    def _fault(self, step: Hop) -> str:
        """Return what is wrong with the content of a document; empty where it is about the thing."""
        if step.media_type not in RDF_FORMATS:
            return "" if step.exchange.body.strip() else "the document is empty"
        try:
            terms = (term for quad in step.quads() for term in (quad.subject, quad.object))
            names = {term.value for term in terms if isinstance(term, ox.NamedNode)}
        except (SyntaxError, ValueError) as error:
            is_remote = step.media_type == "application/ld+json" and "context" in str(error).lower()
            return _REMOTE if is_remote else f"the content cannot be read: {error}"
        return "" if {self.sample.identifier, self.sample.url} & names else "the content says nothing about the thing"

    @cached_property
    def _offered(self) -> dict[Representation, Trail]:
        """What can be had by asking for a media type alone, with the steps to it."""
        trails = {r: self.probe.follow(self.sample.url, r.media_type) for r in REPRESENTATIONS}
        return {r: t for r, t in trails.items() if t.last.status == 200 and t.last.media_type == r.media_type}

    def _data(self) -> DerefResult:
        offered = [r.media_type for r in self._offered if r.media_type in RDF_FORMATS]
        trail = self.probe.follow(self.sample.url, "text/turtle")
        return self._result("data", trail, "text/turtle" in offered, came=", ".join(offered) or "no data")

    def _accept(self, case: AcceptCase) -> DerefResult:
        """Judge an answer by the weights of what is offered: of equal ones, any is right."""
        weights = {r.media_type: weight for r, (weight, _) in preferences(case.header, self._offered).items()}
        best = max(weights.values(), default=0.0)
        wanted = [media_type for media_type, weight in weights.items() if weight == best > 0]
        trail = self.probe.follow(self.sample.url, case.header)
        step = trail.last
        if len(weights) < 2:
            return self._result(case.id, trail, None, why="there are no formats to choose from")
        if not wanted:  # the header may be disregarded then (RFC 9110, 12.4.1)
            return self._result(case.id, trail, step.status in (200, 406), expected="406, or any format")
        is_right = step.status == 200 and step.media_type in wanted
        return self._result(case.id, trail, is_right, expected=" or ".join(wanted))

    def _of_redirect(self, trail: Trail) -> Iterator[DerefResult]:
        """Judge the answers on the way to a document."""
        is_downgraded = any(step.url.startswith("https:") and step.location.startswith("http:") for step in trail)
        yield self._result("chain", trail, len(trail) <= _MOST_STEPS and not is_downgraded)
        negotiated = [step for step in trail if step.location] or [trail.last]
        values = [{name.strip().lower() for name in step.header("vary").split(",")} for step in negotiated]
        is_right = any({"accept", "*"} & value for value in values) if len(self._offered) > 1 else None
        came = "; ".join(f"{step.status} with Vary: {step.header('vary') or 'none'}" for step in negotiated)
        yield self._result("vary", trail, is_right, came=came)
        links = [link for step in trail for name in ("alternate", "describedby") for link in step.links(name)]
        yield self._result("link", trail, bool(links), came=f"{len(links)} such links")
        head = self.probe.follow(self.sample.url, "text/turtle", "HEAD")
        is_same = trail.statuses == head.statuses and trail[0].location == head[0].location
        yield self._result("head", head, is_same, expected=str(trail))

    def _namespace(self, url: str) -> Iterator[DerefResult]:
        for extension, media_type in (("html", "text/html"), ("ttl", "text/turtle")):
            trail = self.probe.follow(url, media_type)
            is_right = trail.last.status == 200 and trail.last.media_type == media_type
            yield self._result(f"namespace-{extension}", trail, is_right, expected=f"at last 200 {media_type}")

    # --- any site ------------------------------------------------------------------------------------------------

    def _rest(self, document: Hop | None) -> Iterator[DerefResult]:
        """Yield the results of cases that hold for any site; ``document`` is one of its documents."""
        if document is None:
            trail = self.probe.follow(self.sample.url, "*/*")
            yield self._result("document", trail, False, came="none", why="no document with data was found")
        else:
            yield from self._of_document(document)
        missing = self.probe.follow(f"{urldefrag(self.sample.url).url}{_MISSING}", "text/html")
        yield self._result("not-found", missing, missing.last.status == 404)
        if self.gone:
            trail = self.probe.follow(self.gone, "text/html")
            yield self._result("gone", trail, trail.last.status == 410 or trail[0].status in (301, 308))
        steps = self.probe.steps
        asking = [step for step in steps if step.status in (401, 407) or step.header("set-cookie")]
        came = f"{asking[0].status} with a cookie or for a password" if asking else f"neither in {len(steps)} answers"
        yield self._result("credentials", Trail(asking[:1] or steps[:1]), not asking, came=came)

    def _of_document(self, step: Hop) -> Iterator[DerefResult]:
        tag, date = step.header("etag"), step.header("last-modified")
        came = f"ETag: {tag}" if tag else f"Last-Modified: {date}" if date else "neither"
        yield self._result("validator", Trail([step]), bool(tag or date), came=came)
        if tag or date:
            condition = {"If-None-Match": tag} if tag else {"If-Modified-Since": date}
            again = self.probe.follow(step.url, step.accept, headers=condition)
            yield self._result("conditional", again, again.last.status == 304)
        head = self.probe.follow(step.url, step.accept, "HEAD")
        is_right = (head.last.status, head.last.media_type) == (200, step.media_type)
        yield self._result("head-of-document", head, is_right, expected=f"200 {step.media_type}")
        origin = step.header("access-control-allow-origin")
        came = f"Access-Control-Allow-Origin: {origin or 'none'}"
        yield self._result("cors", Trail([step]), origin == "*", came=came)

    # --- results -------------------------------------------------------------------------------------------------

    def _result(
        self, case: str, trail: Trail, is_right: bool | None, *, came: str = "", expected: str = "", why: str = ""
    ) -> DerefResult:
        """Return a result by the rule of a case; without a judgement, the case does not apply."""
        rule = RULES.get(case) or RULES[case.partition("-")[0]]
        status = {True: "pass", False: "warn" if rule.is_advice else "fail", None: "skip"}[is_right]
        first = trail[0]
        asked = f"{first.method} {first.url}" + (f" with Accept: {first.accept}" if first.accept != "*/*" else "")
        return DerefResult(
            case, status, asked, came or str(trail), expected or rule.expected, why or rule.why, rule.clause
        )
