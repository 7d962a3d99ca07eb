"""Hold the triples of one part of the dataset, and what other parts must know of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from publisher.build.partition import hashes
from publisher.build.plan import REIFIED, TYPE
from publisher.rdf.ntriples import NTriple, iri
from publisher.rdf.vocab import RDF, SKOS

ENTITIES: Final = "data/entities/"
_PREDICATE: Final = iri(RDF.predicate.value)
_LABEL: Final = iri(SKOS.prefLabel.value)


@dataclass(frozen=True)
class FileTriples:
    """What one file states: its path from the workspace, the IRI of its graph, and its triples in order."""

    path: str
    graph: str
    triples: tuple[NTriple, ...]


PartFiles = tuple[FileTriples, ...]


def names_in_triples(triples: Iterable[NTriple]) -> set[str]:
    """Return the nodes that triples name: their objects and predicates."""
    return {o for _, _, o in triples if o[0] != '"'} | {p for _, p, _ in triples}


class Index(NamedTuple):
    """What other parts must know of one: sorted hashes of terms, and the predicates and classes in use.

    ``subjects`` are the things that its files describe, ``named`` what else they name, ``references`` the IRIs of the
    dataset that they name, ``used`` those that another thing names, ``listed`` the entities that the files list, and
    ``labels`` the preferred labels, once for each thing.
    """

    signature: tuple[str, ...]
    subjects: bytes
    named: bytes
    references: bytes
    used: bytes
    listed: bytes
    labels: bytes


def index_files(files: PartFiles, base: str) -> Index:
    """Return the index of some files; the dataset answers for what begins with its ``base``."""
    of_base = iri(base)[:-1]
    triples = [triple for file in files for triple in file.triples]
    subjects = {s for s, _, _ in triples}
    named = names_in_triples(triples)
    return Index(
        subjects=hashes(subjects),
        named=hashes(named - subjects),
        references=hashes(name for name in named if name.startswith(of_base)),
        used=hashes({o for s, _, o in triples if o != s and o.startswith(of_base)}),
        listed=hashes({s for file in files if ENTITIES in file.path for s, _, _ in file.triples}),
        labels=hashes(key for key, _ in set(label_keys(triples))),
        signature=tuple(sorted(signature(triples))),
    )


def signature(triples: Iterable[NTriple]) -> set[str]:
    """Return the predicates and classes in use, and the predicates of triples that are described."""
    pairs = {(p, o if p in (TYPE, _PREDICATE) else "") for _, p, o in triples}
    keys = {f"a {o}" if p == TYPE else p for p, o in pairs}
    return keys | {REIFIED + o for p, o in pairs if p == _PREDICATE}


def label_keys(triples: list[NTriple]) -> Iterator[tuple[str, str]]:
    """Yield keys of the preferred label of each thing, with the thing.

    Two things that the lint of labels may find too similar have a key in common. Claims only compete with those of the
    same namespace; whether a thing is a claim, another file may state.
    """
    claims = {s for s, p, _ in triples if p == _PREDICATE}
    for s, p, o in dict.fromkeys(triples):
        if p == _LABEL:
            namespace = s[: max(s.rfind("#"), s.rfind("/"))]
            yield f"{namespace} {o.casefold()}", s
            if s not in claims:
                yield o.casefold(), s
