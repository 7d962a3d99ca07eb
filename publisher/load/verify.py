"""Compare the graphs of a store with what was sent, by value: a store may change a lexical form, but not a value."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import pyoxigraph as ox

from publisher.load.client import FetchedGraph, StoreClient
from publisher.load.graphs import GraphFile, has_blank_node
from publisher.progress import SILENT, Progress
from publisher.rdf.vocab import INTEGER_TYPES, XSD, Term

WRITTEN_DIFFERENTLY: Final = "the same value, written differently"


@dataclass(frozen=True)
class Difference:
    """A triple that differs: as it was ``sent``, empty for one that was not, and as it was ``found`` in the store."""

    graph: str
    sent: str
    found: str
    why: str

    @property
    def is_loss(self) -> bool:
        """Whether a value was lost, changed or added, and not only written differently."""
        return self.why != WRITTEN_DIFFERENTLY


def compare(client: StoreClient, files: Sequence[GraphFile], progress: Progress = SILENT) -> Iterator[Difference]:
    """Yield the differences between graphs and the graphs of those names in the store, in the order of the files."""
    progress.expect(len(files))
    for file, fetched in zip(files, client.fetch(file.name for file in files), strict=True):
        yield from _compare(file, fetched)
        progress.advance()


def _compare(file: GraphFile, fetched: FetchedGraph) -> Iterator[Difference]:
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
    """Return triples by their values; blank nodes get canonical labels (RDFC-1.0)."""
    by_value: dict[tuple[str, str, str], ox.Triple] = {}
    blank = ox.Dataset()
    for triple in triples:
        if _has_blank_node(triple):
            # its label depends on the lexical forms of the literals beside it: normalise these first
            blank.add(ox.Quad(triple.subject, triple.predicate, _plain(triple.object)))
        else:
            by_value[_key(triple)] = triple
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    by_value.update((_key(quad.triple), quad.triple) for quad in blank)
    return by_value


def _plain(term: Term) -> Term:
    return ox.Literal(value(term)) if isinstance(term, ox.Literal) else term


def _key(triple: ox.Triple) -> tuple[str, str, str]:
    return str(triple.subject), str(triple.predicate), value(triple.object)


def value(term: Term) -> str:
    """Return a text that is equal for two terms if and only if they have the same value.

    >>> one, two = (ox.Literal(text, datatype=XSD.integer) for text in ("01", "1"))
    >>> value(one) == value(two)
    True
    """
    if not isinstance(term, ox.Literal):
        return str(term)
    if term.language:
        return f'"{term.value}"@{term.language.lower()}'
    datatype = term.datatype.value
    try:
        form = _canonical_form(term.value, datatype)
    except (ValueError, InvalidOperation, OverflowError):
        return str(term)
    return f'"{form}"^^<{XSD.iri + "integer" if datatype in INTEGER_TYPES else datatype}>'


def _canonical_form(lexical: str, datatype: str) -> str:
    name = datatype.removeprefix(XSD.iri)
    if datatype in INTEGER_TYPES:
        return str(int(lexical))
    if name == "decimal":
        number = Decimal(lexical)
        return str(number.to_integral_value()) if number == number.to_integral_value() else str(number.normalize())
    if name in ("double", "float"):
        return repr(float(lexical))
    if name == "boolean":
        return {"1": "true", "0": "false"}.get(lexical, lexical)
    if name == "dateTime":
        instant = datetime.datetime.fromisoformat(lexical)
        return (instant.astimezone(datetime.UTC) if instant.tzinfo else instant).isoformat()
    if name in ("date", "time", "gYear", "gYearMonth"):
        return lexical.removesuffix("+00:00").removesuffix("Z") + ("Z" if lexical.endswith(("Z", "+00:00")) else "")
    return lexical
