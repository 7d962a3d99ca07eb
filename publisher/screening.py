"""Tell which files of a shard the reference engine has to look at: fast, and never too few.

Whatever is not plainly in order is suspect. What people read comes from the reference alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from publisher.checks import check_edtf_bounds, check_lexical_forms, check_references
from publisher.facts import name_of, write_lines
from publisher.rulebook import Rulebook
from publisher.shacl import screens
from publisher.shard import Shard
from publisher.shared import Shared
from publisher.sources import Source, triples_of


@dataclass(frozen=True)
class Surroundings:
    """What a shard is seen together with, prepared once in each process."""

    book: Rulebook
    shared: Shared

    @cached_property
    def asserted(self) -> bytes:
        """What people wrote of shared things, and the ontology."""
        facts = (*self.book.ontology, *self.shared.asserted, *self.shared.foreign, *self.shared.witnesses)
        return write_lines(facts).encode()

    @cached_property
    def derived(self) -> bytes:
        """The same with what follows from it."""
        return self.asserted + write_lines(self.shared.inferred).encode()


def suspects(shard: Shard, around: Surroundings) -> tuple[str, ...]:
    """Return the paths of the files of a shard that may break a constraint; all of them when it cannot be told."""
    facts, things = shard.asserted, around.book.config.things
    described = shard.subjects | around.shared.subjects
    findings = (
        *check_lexical_forms(facts),
        *check_references(facts, things, described),
        *check_edtf_bounds(facts),
    )
    if findings:
        return _files_about({finding.focus for finding in findings}, shard)
    if _passes(around, write_lines(shard.asserted).encode(), write_lines(shard.inferred).encode()):
        return ()
    return shard.paths


def _files_about(things: set[str], shard: Shard) -> tuple[str, ...]:
    return tuple(path for path, facts in shard.by_path() if any(name_of(fact[0]) in things for fact in facts))


def _passes(around: Surroundings, asserted: bytes, inferred: bytes) -> bool:
    shapes = around.book.shapes
    derived = (*shapes.derived, *shapes.corpus)
    return _screen(shapes.common, shapes.asserted, around.asserted + asserted) and _screen(
        shapes.common, derived, around.derived + asserted + inferred
    )


def _screen(common: tuple[Source, ...], stage: tuple[Source, ...], data: bytes) -> bool:
    shapes = tuple(triples_of(common, stage))
    return not shapes or screens(data, shapes)
