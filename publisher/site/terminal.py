"""Show things of a published dataset as plain text, by the same index as the pages; find them by any of their names."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from publisher.errors import UsageError, plural
from publisher.rdf.curies import expand
from publisher.rdf.ntriples import iri, name_of
from publisher.site.index import read_index, sorting_key
from publisher.site.model import Model, make_model
from publisher.site.statements import Line, Part, Said, Statement, Statements
from publisher.site.things import Field, ThingPages
from publisher.site.vocabulary import NOTES
from publisher.site.words import capitalised
from publisher.workspace.config import Config

_WIDTH: Final = 100
_NAMED: Final = 20  # things of one name that are listed
_NEAR: Final = 3  # things of a longer name that are suggested


def open_model(config: Config, dist: Path) -> Model:
    """Return the model of the dataset in a published folder. Raises ``UsageError`` when there is none."""
    return make_model(config, read_index(dist / "dumps", config.site.languages))


def find(model: Model, text: str, nodes: Iterable[str] | None = None) -> list[str]:
    """Return the things that a CURIE, an IRI or a name in any language means, without case and marks.

    Whole names come before parts of names. Raises ``UsageError`` when there are none, with names that are similar.
    """
    term = iri(expand(text, model.config.prefixes) or text.strip("<>"))
    if term in model.index.values:
        return [term]
    wanted = sorting_key(text)[0]
    nodes = model.things if nodes is None else list(nodes)
    known = model.named(nodes)
    part = {node for key, named in known.items() if wanted in key for node in named}
    if not (found := known.get(wanted) or [node for node in nodes if node in part]):
        near = [_name(model, known[key][0], key) for key in difflib.get_close_matches(wanted, known, n=3)]
        hint = f"; similar names: {', '.join(near)}" if near else "; 'publisher list' lists what there is"
        raise UsageError(f"nothing in the dataset is called '{text}'{hint}")
    return found


def resolve(model: Model, name: str) -> str:
    """Return the IRI of the only thing, class, property or code that has a name, without case and marks.

    Raises ``UsageError`` when there is none, or several.
    """
    found = model.by_name.get(sorting_key(name)[0], [])
    if len(found) == 1:
        return name_of(found[0])
    if found:
        raise UsageError(f"several things are called '{name}': {', '.join(model.curie(node) for node in found)}")
    longer = [f"{model.index.label(node)} ({model.curie(node)})" for node in find(model, name)[:_NEAR]]
    raise UsageError(f"nothing in the dataset is called '{name}'; names that have it in them: {', '.join(longer)}")


def _name(model: Model, node: str, key: str) -> str:
    """Return the name of a thing that has a sorting key."""
    return next(name for name in model.names(node) if sorting_key(name)[0] == key)


def show_text(model: Model, text: str) -> str:
    """Return what the dataset has on a thing; where several have the name, a list of them."""
    found = find(model, text)
    if len(found) > 1:
        rows = [
            f"  {model.curie(node)}  {model.index.label(node)} ({model.class_label(node)})" for node in found[:_NAMED]
        ]
        more = [f"  … and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
        return "\n".join([f"{plural(len(found), 'thing')} have this name; show one by its identifier:", *rows, *more])
    return "\n".join(_thing(model, found[0]))


def list_text(model: Model, class_: str | None) -> str:
    """Return the classes with the number of their things, or the things of one; ``UsageError`` if it has none."""
    counts = model.counts
    if class_ is None:
        rows = sorted(counts, key=model.index.name_key)
        width = max((len(model.curie(cls)) for cls in rows), default=0)
        return "\n".join(f"{model.curie(cls):{width}}  {counts[cls]:>6,}  {model.index.label(cls)}" for cls in rows)
    (cls, *_) = find(model, class_, [*counts, *sorted(model.claims.kinds)])
    if cls not in counts:
        raise UsageError(f"no thing is listed in {model.curie(cls)}; claims are found with 'publisher query'")
    members = model.ordered(model.members[cls])
    width = max((len(model.curie(node)) for node in members), default=0)
    return "\n".join(f"{model.curie(node):{width}}  {model.index.label(node)}{_when(model, node)}" for node in members)


def _when(model: Model, node: str) -> str:
    time = model.facts.get(node)
    return f" ({time.words})" if time and time.words else ""


class Block(NamedTuple):
    """A part of what there is on a thing; ``kind`` is heading, names, note, field, fact, claim, evidence or more."""

    kind: str
    line: Line


def blocks(model: Model, node: str) -> Iterator[Block]:
    """Yield what the dataset has on a thing: facts and claims under headings that keep them apart."""
    index, statements = model.index, Statements(model)
    pages = ThingPages(model, statements)
    if names := model.words.by_text((*index.names(node), *index.other_names(node))):
        yield Block(
            "names", (", ".join(f"{name} ({languages})" if languages else str(name) for name, languages in names),)
        )
    for note in NOTES[:5]:
        for text in index.texts(node, note):
            yield Block("note", (text,))
    yield from _fields(pages.fields(node))
    if node in model.facts:
        yield _heading("What it rests on: claims that the editors accept")
        yield from _list([statements.of_claim(claim, lines=1) for claim in model.claims.supporting.get(node, ())])
    if facts := model.ordered({s for s, _ in index.incoming.get(node, ()) if s in model.facts}):
        yield _heading("What happened")
        yield from _list([statements.of_fact(fact, node) for fact in facts])
    yield from _said("What is said of it", statements.said(model.claims.about.get(node, [])))
    yield from _said("What it says", statements.said(model.claims.by_voice.get(node, [])))
    if cited := model.claims.by_source.get(node, []):
        yield _heading("What it is cited for")
        yield from _list([statements.of_claim(claim, lines=1) for claim in cited])
    if relations := pages.relations(node) + pages.links(node):
        yield _heading("Relations")
        yield from _fields(relations)


def _said(title: str, said: Said | None) -> Iterator[Block]:
    if said:
        yield _heading(f"{title}: {plural(said.count, 'claim')}, not {'a fact' if said.count == 1 else 'facts'}")
        for kind in said.kinds:
            for group in kind.voices:
                yield from _list([*group.open, *group.folded])
                if group.omitted:
                    yield Block("more", (f"… and {group.omitted} more",))


def _heading(text: str) -> Block:
    return Block("heading", (text,))


def _list(statements: Iterable[Statement]) -> Iterator[Block]:
    for s in statements:
        when = f"{s.when}: " if s.when else ""
        words = " ".join(part for part in (f"{s.word}. {when}{s.prefix}{s.text}", s.note, s.verdict) if part)
        yield Block("fact" if s.is_fact else "claim", (words,))
        if any(s.evidence):
            lines = [(*line, "; ") for line in s.evidence]
            yield Block("evidence", tuple(chain.from_iterable(lines))[:-1])


def _fields(fields: Iterable[Field]) -> Iterator[Block]:
    for field in fields:
        parts: list[Part] = [f"{field.name}: "]
        for number, value in enumerate(field.values):
            parts += ["; "] * bool(number)
            parts += [value.ref, *([" (inferred)"] if value.remark == "inferred" else [])]
        yield Block("field", (*parts, *([f"; and {field.more} more"] if field.more else [])))


def _thing(model: Model, node: str) -> Iterator[str]:
    yield title(model, node)
    for kind, line in blocks(model, node):
        words = "".join(map(str, line))
        if kind == "heading":
            yield from ("", words)
        elif kind == "evidence":
            yield from _wrapped("      ", f"[{words}]", "      ")
        elif kind == "more":
            yield f"  {words}"
        else:
            yield from _wrapped("    " if kind == "claim" else "  ", words)


def title(model: Model, node: str) -> str:
    """Return the name of a thing, with its class and its CURIE."""
    name = capitalised(model.index.label(node).value)
    return f"{name} – {model.class_label(node) or 'thing'}, {model.curie(node)}"


def _wrapped(indent: str, text: str, further: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=further or f"{indent}  ", break_on_hyphens=False
    )
