"""Compare a graph in a store with what was sent, by value: stores may write a value in another way, but not lose it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import pyoxigraph as ox

from publisher.dump.reader import GraphFile, has_blank_node
from publisher.load.client import Fetched, Session
from publisher.rdf.vocab import INTEGER_TYPES, XSD

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True)
class Difference:
    """A triple that was sent and is not there (``sent``), one that was not sent (``found``), or one in another form."""

    graph: str
    sent: str
    found: str
    why: str

    @property
    def is_loss(self) -> bool:
        """Whether the value itself differs."""
        return self.why != WRITTEN_DIFFERENTLY


WRITTEN_DIFFERENTLY: Final = "the same value, written differently"


def compare(session: Session, files: Sequence[GraphFile]) -> Iterator[Difference]:
    """Yield how the graphs in the store differ from the files, in the order of the files."""
    for file, fetched in zip(files, session.fetch_all(file.name for file in files), strict=True):
        yield from _compare(file, fetched)


def _compare(file: GraphFile, fetched: Fetched) -> Iterator[Difference]:
    sent_lines = list(file)
    same = {line for line in set(sent_lines).intersection(fetched.lines) if not has_blank_node(line)}
    rest = b"".join(line for line in sent_lines if line not in same)
    sent = _by_value(quad.triple for quad in ox.parse(rest, format=ox.RdfFormat.N_TRIPLES))
    found = _by_value(fetched.triples(without=same))
    for key in sorted(sent.keys() & found.keys()):
        if sent[key] != found[key] and not _has_blank_node(sent[key]):
            yield Difference(file.name, str(sent[key]), str(found[key]), WRITTEN_DIFFERENTLY)
    lost, added = sorted(sent.keys() - found.keys()), sorted(found.keys() - sent.keys())
    for key in lost:
        near = [other for other in added if other[:2] == key[:2]]
        if near:
            added.remove(near[0])
            yield Difference(file.name, str(sent[key]), str(found[near[0]]), "the store changed the value")
        else:
            yield Difference(file.name, str(sent[key]), "", "lost")
    for key in added:
        yield Difference(file.name, "", str(found[key]), "not sent")


def _has_blank_node(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)


def _by_value(triples: Iterable[ox.Triple]) -> dict[tuple[str, str, str], ox.Triple]:
    """Return triples by what they mean; blank nodes get canonical labels (RDFC-1.0)."""
    known: dict[tuple[str, str, str], ox.Triple] = {}
    blank = ox.Dataset()
    for triple in triples:
        if _has_blank_node(triple):
            # the label depends on how the literals beside it are written: write them in one way first
            blank.add(ox.Quad(triple.subject, triple.predicate, _plain(triple.object)))
        else:
            known[_key(triple)] = triple
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    known.update((_key(quad.triple), quad.triple) for quad in blank)
    return known


def _plain(term: Term) -> Term:
    return ox.Literal(value(term)) if isinstance(term, ox.Literal) else term


def _key(triple: ox.Triple) -> tuple[str, str, str]:
    return str(triple.subject), str(triple.predicate), value(triple.object)


def value(term: Term) -> str:
    """Return what a term means, as a text: equal for two ways to write one value of one datatype."""
    if not isinstance(term, ox.Literal):
        return str(term)
    if term.language:
        return f'"{term.value}"@{term.language.lower()}'
    datatype = term.datatype.value
    try:
        return f'"{_lexical(term.value, datatype)}"^^<{XSD.iri + "integer" if datatype in INTEGER_TYPES else datatype}>'
    except (ValueError, InvalidOperation, OverflowError):
        return str(term)


def _lexical(written: str, datatype: str) -> str:
    name = datatype.removeprefix(XSD.iri)
    if datatype in INTEGER_TYPES:
        return str(int(written))
    if name == "decimal":
        number = Decimal(written)
        return str(number.to_integral_value()) if number == number.to_integral_value() else str(number.normalize())
    if name in ("double", "float"):
        return repr(float(written))
    if name == "boolean":
        return {"1": "true", "0": "false"}.get(written, written)
    if name == "dateTime":
        moment = datetime.datetime.fromisoformat(written)
        return (moment.astimezone(datetime.UTC) if moment.tzinfo else moment).isoformat()
    if name in ("date", "time", "gYear", "gYearMonth"):
        return written.removesuffix("+00:00").removesuffix("Z") + ("Z" if written.endswith(("Z", "+00:00")) else "")
    return written
