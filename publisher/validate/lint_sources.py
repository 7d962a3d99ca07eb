"""Lints of what has no effect: axioms that are not applied, axioms among the data, files that nothing reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from more_itertools import last
from pyoxigraph import BlankNode, NamedNode, Triple

from publisher.infer.axioms import is_axiom, unapplied
from publisher.rdf.hierarchy import reachable
from publisher.rdf.vocab import OWL, RDF, Term, plain
from publisher.validate.lint_context import LintContext, Problem, finds
from publisher.validate.report import relative
from publisher.workspace.files import is_ignored
from publisher.workspace.layout import SHAPES_FOLDERS
from publisher.workspace.positions import index
from publisher.workspace.sources import Source

_SAME: Final = "owl:sameAs has no effect: what is stated of one thing is not inferred of the other."
_MOVE: Final = "move it to a file under ontology/"
_LINK: Final = "write a mapping under data/links/, or give both one IRI"
_QUERIES: Final = "queries end in .rq; data belong under data/"
# The folders that are read, with the subfolders that are read or documented; data/ is read with all of its subfolders.
_FOLDERS: Final = {
    "ontology": ("alignments", "shapes", "rules", "examples"),
    "ontology/alignments": (),
    "ontology/rules": (),
    **{f"ontology/shapes/{name}".removesuffix("/."): () for name in SHAPES_FOLDERS},
    "queries": ("expected",),
    "ontology/shapes": SHAPES_FOLDERS,
}


@finds("unapplied-axiom", "warning")
def unapplied_axioms(context: LintContext) -> Iterator[Problem]:
    """An axiom of the ontology has no effect on the data."""
    positions = cache(index)
    sources = context.workspace.ontology
    parents = _parents(sources)
    declared = {t.subject for source in sources for t in source.triples if t.object == OWL.Ontology}
    for source in sources:
        for t, term, instead in unapplied(source.triples, declared):
            places = positions(source.path)
            place = places.triple(t) if t.predicate == RDF.type else places.predicate(t)
            yield Problem(
                plain(_described(t, parents)),
                f"The axiom has no effect on the data: owl:{term} is not applied.",
                path=t.predicate.value,
                value=plain(t.object) if isinstance(t.object, NamedNode) else "",
                file=source.path,
                line=place.line if place else None,
                column=place.column if place else None,
                hint=instead,
            )


def _parents(sources: Iterable[Source]) -> dict[Term, Triple]:
    return {t.object: t for source in sources for t in source.triples if isinstance(t.object, BlankNode)}


def _described(t: Triple, parents: dict[Term, Triple]) -> Term:
    """Return the thing that a triple describes, or in whose description its blank node stands."""
    return last(reachable(list[Term]([t.subject]), lambda node: [parents[node].subject] if node in parents else []))


@finds("axiom-in-data", "warning", is_of_triples=True)
def axioms_in_data(context: LintContext) -> Iterator[Problem]:
    """An axiom stands among the data, where it has no effect."""
    for source in context.workspace.data:
        for t in source.triples:
            if t.predicate == OWL.sameAs:
                yield Problem(plain(t.subject), _SAME, t.predicate.value, plain(t.object), hint=_LINK)
            elif is_axiom(t):
                message = "This axiom stands among the data, where it has no effect."
                value = plain(t.object) if isinstance(t.object, NamedNode) else ""
                yield Problem(plain(t.subject), message, t.predicate.value, value, hint=_MOVE)


@finds("passed-over", "warning")
def passed_over(context: LintContext) -> Iterator[Problem]:
    """A folder of `ontology/` or `queries/` is not read, or a file in `queries/` is no query."""
    root = context.config.root
    for name, known in _FOLDERS.items():
        for path in _entries(root / name):
            if path.is_dir() and path.name not in known and _has_sources(path):
                folders = f"; it reads {', '.join(f'{name}/{k}/' for k in known if k != '.')}" if known else ""
                yield Problem(relative(path, root), f"Nothing reads this folder of {name}/{folders}.", file=path)
            elif name == "queries" and path.is_file() and path.suffix != ".rq":
                yield Problem(relative(path, root), "Nothing reads this file.", file=path, hint=_QUERIES)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not is_ignored(path.name))
    except OSError:  # which is reported where sources are read
        return []


def _has_sources(folder: Path) -> bool:
    return any(path.is_file() and not is_ignored(path.name) for path in folder.rglob("*"))
