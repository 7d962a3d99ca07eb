"""Show things of a published dataset as plain text, by the same index as the pages; find them by any of their names."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from publisher.errors import UsageError, plural
from publisher.rdf.curies import expand, shorten
from publisher.rdf.ntriples import iri, name_of
from publisher.site.index import read_index, sorting_key
from publisher.site.model import Model, Ref, make_model
from publisher.site.statements import Said, Statement, Statements
from publisher.site.things import Field, ThingPages
from publisher.site.vocabulary import NOTES
from publisher.site.words import by_text, capitalised
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
        raise UsageError(f"several things are called '{name}': {', '.join(_curie(model, node) for node in found)}")
    longer = [f"{model.index.label(node)} ({_curie(model, node)})" for node in find(model, name)[:_NEAR]]
    raise UsageError(f"nothing in the dataset is called '{name}'; names that have it in them: {', '.join(longer)}")


def _name(model: Model, node: str, key: str) -> str:
    """Return the name of a thing that has a sorting key."""
    return next(name for name in model.names(node) if sorting_key(name)[0] == key)


def show_text(model: Model, text: str) -> str:
    """Return what the dataset has on a thing; where several have the name, a list of them."""
    found = find(model, text)
    if len(found) > 1:
        rows = [
            f"  {_curie(model, node)}  {model.index.label(node)} ({model.class_label(node)})" for node in found[:_NAMED]
        ]
        more = [f"  … and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
        return "\n".join([f"{plural(len(found), 'thing')} have this name; show one by its identifier:", *rows, *more])
    return "\n".join(_thing(model, found[0]))


def list_text(model: Model, class_: str | None) -> str:
    """Return the classes with the number of their things, or the things of a class."""
    counts = model.counts
    if class_ is None:
        rows = sorted(counts, key=lambda cls: sorting_key(str(model.index.label(cls))))
        width = max((len(_curie(model, cls)) for cls in rows), default=0)
        return "\n".join(f"{_curie(model, cls):{width}}  {counts[cls]:>6,}  {model.index.label(cls)}" for cls in rows)
    (cls, *_) = find(model, class_, counts)
    members = [node for node in model.things if model.index.is_a(node, cls)]
    members.sort(key=lambda node: sorting_key(str(model.index.label(node))))
    if all(node in model.fact_order for node in members):
        members.sort(key=model.fact_order.__getitem__)
    width = max((len(_curie(model, node)) for node in members), default=0)
    return "\n".join(
        f"{_curie(model, node):{width}}  {model.index.label(node)}{_when(model, node)}" for node in members
    )


def _when(model: Model, node: str) -> str:
    time = model.facts.get(node)
    return f" ({time.words})" if time and time.words else ""


def _curie(model: Model, node: str) -> str:
    return shorten(name_of(node), model.config.prefixes)


def _thing(model: Model, node: str) -> Iterator[str]:
    index, statements = model.index, Statements(model)
    pages = ThingPages(model, statements)
    yield f"{capitalised(index.label(node).value)} – {model.class_label(node) or 'thing'}, {_curie(model, node)}"
    if names := by_text((*index.names(node), *index.other_names(node))):
        yield from _wrapped(
            "  ", ", ".join(f"{name} ({languages})" if languages else str(name) for name, languages in names)
        )
    for note in NOTES[:5]:
        for text in index.texts(node, note):
            yield from _wrapped("  ", text.value)
    yield from _fields(pages.fields(node))
    if node in model.facts:
        yield from _section("What it rests on: claims that the editors accept")
        yield from _list([statements.of_claim(claim, lines=1) for claim in model.claims.supporting.get(node, ())])
    facts = sorted({s for s, _ in index.incoming.get(node, ()) if s in model.facts}, key=model.fact_order.__getitem__)
    if facts:
        yield from _section("What happened")
        yield from _list([statements.of_fact(fact, node) for fact in facts])
    yield from _said("What is said of it", statements.said(model.claims.about.get(node, [])))
    yield from _said("What it says", statements.said(model.claims.by_voice.get(node, [])))
    if cited := model.claims.by_source.get(node, []):
        yield from _section("What it is cited for")
        yield from _list([statements.of_claim(claim, lines=1) for claim in cited])
    if relations := pages.relations(node) + pages.links(node):
        yield from _section("Relations")
        yield from _fields(relations)


def _said(title: str, said: Said | None) -> Iterator[str]:
    if said:
        yield from _section(f"{title}: {plural(said.count, 'claim')}, not facts")
        for kind in said.kinds:
            for group in kind.voices:
                yield from _list([*group.open, *group.folded])
                if group.omitted:
                    yield f"  … and {group.omitted} more"


def _section(title: str) -> Iterator[str]:
    yield from ("", title)


def _list(statements: Iterable[Statement]) -> Iterator[str]:
    for s in statements:
        when = f"{s.when}: " if s.when else ""
        words = " ".join(part for part in (f"{s.word}. {when}{s.prefix}{s.text}", s.note, s.verdict) if part)
        yield from _wrapped("  " if s.is_fact else "    ", words)
        evidence = "; ".join("".join(map(str, line)) for line in s.evidence)
        if evidence:
            yield from _wrapped("      ", f"[{evidence}]", "      ")


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        marks = (" (inferred)" if value.remark == "inferred" else "" for value in field.values)
        values = "; ".join(f"{_value(value.ref)}{mark}" for value, mark in zip(field.values, marks, strict=True))
        yield from _wrapped("  ", f"{field.name}: {values}" + (f"; and {field.more} more" if field.more else ""))


def _value(part: object) -> str:
    return str(part.text) if isinstance(part, Ref) else str(part)


def _wrapped(indent: str, text: str, further: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=further or f"{indent}  ", break_on_hyphens=False
    )
