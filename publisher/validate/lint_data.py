"""Lints of data and shapes: undeclared terms, prefixes, names, labels, and mappings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import filterfalse
from pathlib import Path
from typing import Final

from more_itertools import map_reduce
from pyoxigraph import Literal, NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf import vocab
from publisher.rdf.sparql import position_of, prefix_declarations
from publisher.rdf.turtle_tokens import tokens
from publisher.rdf.vocab import SH, plain
from publisher.validate.hints import split_iri
from publisher.validate.lint_context import LintContext, PrefixDeclaration, Problem, finds, text_of
from publisher.validate.report import relative
from publisher.workspace import sssom
from publisher.workspace.config import FILE_NAME, Config

_SKOS: Final = vocab.Namespace(vocab.STANDARD_PREFIXES["skos"])
_LABELS: Final = {_SKOS.prefLabel, _SKOS.altLabel, _SKOS.hiddenLabel, vocab.RDFS.label, vocab.DCTERMS.title}
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*(#[a-z0-9]+(-[a-z0-9]+)*)?")
# Scripts with letters that look like letters of another one (UTS #39).
_CONFUSABLE: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_WORD: Final = re.compile(r"[^\W\d_]+")

_NO_SHAPES: Final = "There are no shapes, so nothing in the data was checked against any."
_WRITE_SHAPES: Final = "put SHACL shapes into ontology/shapes/; 'publisher init' makes a workspace that has some"
_UNDECLARED: Final = "No vocabulary declares this term. Check the spelling, or declare it in the ontology."
_ONE_PREFIX: Final = "use one prefix for one namespace in all files"
_UNUSED: Final = "No article, fact or query refers to this entity. Keep it if it will be needed; otherwise delete it."
_PATTERN: Final = (
    "The identifier breaks the pattern of names: lower-case ASCII letters and digits, words joined by one hyphen."
)
_MERGE: Final = "merge the two, or word a label more precisely"
_RETYPE: Final = "type the word again in one script"
_LINKED: Final = "A mapping links a thing that nothing describes. Check the spelling, or describe it under data/."


@finds("missing-shapes", "warning")
def missing_shapes(context: LintContext) -> Iterator[Problem]:
    """The workspace has no shapes, so nothing was checked."""
    if not any(t.predicate.value.startswith(SH.iri) for source in context.shapes for t in source.triples):
        yield Problem("ontology/shapes", _NO_SHAPES, hint=_WRITE_SHAPES)


# --- terms ---------------------------------------------------------------------------------------------


@finds("undeclared-term", "violation", is_of_triples=True)
def undeclared_terms(context: LintContext) -> Iterator[Problem]:
    """Data or shapes use a term that neither the ontology nor SKOS, DCMI Terms, RDF, RDFS, OWL, SHACL or XSD has."""
    is_undeclared = cache(context.vocabulary.lacks)
    for source in (*context.workspace.data, *context.shapes):
        for t in source.triples:
            for iri, role in uses(t):
                if is_undeclared(iri):
                    yield of_term(t, role, _UNDECLARED)


def uses(t: Triple) -> Iterator[tuple[str, str]]:
    """Yield the terms that a triple uses, and as what."""
    yield t.predicate.value, "predicate"
    if isinstance(t.object, NamedNode):
        yield t.object.value, "object"
    elif isinstance(t.object, Literal):
        yield t.object.datatype.value, "datatype"


def of_term(t: Triple, role: str, message: str, hint: str = "") -> Problem:
    """Return a problem of a term that a triple uses."""
    value = "" if role == "predicate" else plain(t.object)
    expected = "a declared datatype" if role == "datatype" else ""
    return Problem(plain(t.subject), message, t.predicate.value, value, expected=expected, hint=hint)


# --- prefixes ------------------------------------------------------------------------------------------


@finds("prefix-bound-twice", "warning")
def prefixes_bound_twice(context: LintContext) -> Iterator[Problem]:
    """A prefix stands for another namespace than in `publisher.toml` or in an earlier file."""
    bound = {prefix: (namespace, FILE_NAME) for prefix, namespace in context.config.prefixes.items()}
    for path, prefix, namespace, line, column in _declarations(context):
        name = relative(path, context.config.root)
        first, where = bound.setdefault(prefix, (namespace, name))
        if prefix and first != namespace:
            message = f"The prefix '{prefix}:' is bound to <{namespace}> here, but to <{first}> in {where}."
            yield Problem(name, message, value=prefix, file=path, line=line, column=column, hint=_ONE_PREFIX)


def _declarations(context: LintContext) -> Iterator[PrefixDeclaration]:
    """Yield each declaration of a prefix that publisher.toml does not have, in all files."""
    for source in (*context.workspace.ontology, *context.shapes):
        yield from own_declarations(source.path, context.config)
    yield from context.declarations
    for source in context.workspace.links:
        yield from own_declarations(source.path, context.config)
    for query in (*context.rules, *context.queries):
        for name, iri in prefix_declarations(query.text):
            yield PrefixDeclaration(query.path, name[0][:-1], iri[0][1:-1], *position_of(name))


def own_declarations(path: Path, config: Config) -> Iterator[PrefixDeclaration]:
    """Yield the declarations in a Turtle or TriG file of prefixes that publisher.toml does not bind in the same way."""
    if path.suffix not in (".ttl", ".trig"):
        return
    text = text_of(path)
    last = text.lower().rfind("prefix")
    name = None
    try:
        for token in tokens(text, path):
            if token.offset > last and name is None:
                return  # no declaration follows; the rest of the file is long
            if token.kind == "iri" and name and config.prefixes.get(name.text[:-1]) != token.text[1:-1]:
                yield PrefixDeclaration(path, name.text[:-1], token.text[1:-1], name.line, name.column)
            is_word = token.kind in ("at", "word") and token.text.lower().removeprefix("@") == "prefix"
            name = token if is_word or (token.kind == "name" and name and name.kind != "name") else None
    except SourceError:
        return


# --- things --------------------------------------------------------------------------------------------


@finds("unused-entity", "info")
def unused_entities(context: LintContext) -> Iterator[Problem]:
    """Nothing refers to a thing that is described under `data/entities/`."""
    used = {plain(t.object) for t in context.hints.data if t.object != t.subject}
    used |= {iri for _, iri, _ in context.iris()}
    folder = context.config.root / "data" / "entities"
    for source in context.workspace.data:
        if source.path.is_relative_to(folder):
            for iri in dict.fromkeys(t.subject.value for t in source.triples if isinstance(t.subject, NamedNode)):
                if iri not in used and context.is_thing(iri):
                    yield Problem(iri, _UNUSED)


@finds("name-pattern", "warning", is_of_triples=True)
def names(context: LintContext) -> Iterator[Problem]:
    """An identifier is not in lower case with hyphens."""
    for iri in dict.fromkeys(s.value for t in context.hints.data if isinstance(s := t.subject, NamedNode)):
        if not iri.startswith(context.config.base):
            continue
        local = iri.removeprefix(context.config.things).removeprefix(context.config.base)
        if not _NAME.fullmatch(local) and context.is_thing(iri):
            yield Problem(iri, _PATTERN, expected=f"such as '{_kebab_case(local)}'")


def _kebab_case(local: str) -> str:
    """Return what an identifier might look like if it kept to the pattern."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", local)
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return "/".join(re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in letters.split("/")).strip("/") or "name"


@finds("linked-thing", "violation")
def linked_things(context: LintContext) -> Iterator[Problem]:
    """A mapping links a thing of the dataset that nothing describes."""
    described = context.hints.described
    for source in context.workspace.links:
        if not source.path.name.endswith(".sssom.tsv"):
            continue
        for mapping in sssom.read_mappings(source.path):
            if mapping.subject not in described and context.is_thing(mapping.subject):
                yield Problem(
                    mapping.subject,
                    _LINKED,
                    path=mapping.predicate,
                    value=mapping.object,
                    file=source.path,
                    line=mapping.line,
                    column=1,
                    hint=context.hints.near(mapping.subject, described),
                )


# --- labels --------------------------------------------------------------------------------------------


@finds("same-label", "warning")
def same_labels(context: LintContext) -> Iterator[Problem]:
    """Two things of one class have the same preferred label."""
    # Claims are compared within their article only, as two articles may claim the same.
    data = context.hints.data
    types = (t for t in data if t.predicate == vocab.RDF.type)
    classes = map_reduce(types, lambda t: plain(t.subject), lambda t: plain(t.object), set)
    claims = {plain(t.subject) for t in data if t.predicate == vocab.RDF.predicate}
    owners: dict[tuple[str, str, str, str | None], str] = {}
    for t in dict.fromkeys(t for t in data if t.predicate == _SKOS.prefLabel):
        if not isinstance(t.object, Literal):
            continue
        thing = plain(t.subject)
        article = split_iri(thing)[0] if thing in claims else ""
        for cls in sorted(classes.get(thing, ())):
            owner = owners.setdefault((article, cls, t.object.value.casefold(), t.object.language), thing)
            if owner != thing:
                message = f"{context.short(owner)} is a {context.short(cls)} with the same label."
                yield Problem(thing, message, t.predicate.value, t.object.value, hint=_MERGE)


@finds("mixed-scripts", "warning", is_of_triples=True)
def mixed_scripts(context: LintContext) -> Iterator[Problem]:
    """A word has letters of two scripts that look alike."""
    for t in dict.fromkeys(t for t in context.hints.data if t.predicate in _LABELS):
        if isinstance(t.object, Literal) and (odd := _odd_letter(t.object.value)):
            word, letter = odd
            message = f"The word '{word}' mixes scripts: '{letter}' is {unicodedata.name(letter)}."
            yield Problem(plain(t.subject), message, t.predicate.value, t.object.value, hint=_RETYPE)


def _odd_letter(label: str) -> tuple[str, str] | None:
    """Return the first word of two scripts, and a letter of it in the rarer one."""
    for word in filterfalse(str.isascii, _WORD.findall(label)):
        scripts = map_reduce(word, lambda letter: unicodedata.name(letter, "").partition(" ")[0])
        confusable = sorted((letters for script, letters in scripts.items() if script in _CONFUSABLE), key=len)
        if len(confusable) > 1:
            return word, confusable[0][0]
    return None
