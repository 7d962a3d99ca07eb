"""Check what no shape of data can see: prefixes, names, labels, and terms that nobody declared.

Every lint is one small function that yields findings; its name, ``gps:`` in front, stands where a shape's would.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from publisher.errors import SourceError
from publisher.rdf import vocab
from publisher.rdf.sparql import position_of
from publisher.rdf.turtle_tokens import tokens
from publisher.rdf.vocab import GPS, SH, plain
from publisher.validate import lint_queries
from publisher.validate.hints import Hints, split_iri
from publisher.validate.lint_context import DEPRECATED, LintContext, Text, finding, read_text
from publisher.validate.report import Finding, Report, Severity, merge, relative
from publisher.workspace import files, sssom
from publisher.workspace.config import FILE_NAME, Config
from publisher.workspace.sources import ShapesGraphs, Source, Workspace

_SKOS: Final = vocab.Namespace(vocab.STANDARD_PREFIXES["skos"])
_TYPE: Final = vocab.RDF.type
_PREDICATE: Final = vocab.RDF.predicate
_PREFERRED: Final = _SKOS.prefLabel
_LABELS: Final = {_PREFERRED, _SKOS.altLabel, _SKOS.hiddenLabel, vocab.RDFS.label, vocab.DCTERMS.title}
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*(#[a-z0-9]+(-[a-z0-9]+)*)?")
_ALIKE: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_WORD: Final = re.compile(r"[^\W\d_]+")

Lint = Callable[[LintContext], Iterator[Finding]]


def lint(config: Config, workspace: Workspace, hints: Hints, *, is_part: bool = False) -> Report:
    """Run all lints on the workspace and the queries beside it; findings about triples have no place yet.

    When the data are only a part of all, those lints are left out that miss something in what they do not see.
    """
    lints = [check for check in LINTS if not is_part or check not in _NEED_ALL]
    paths = (path for path in files.find(config.root / "queries") if path.suffix == ".rq")
    queries = tuple(Text(path, read_text(path)) for path in paths)
    desk = LintContext(config, workspace, hints, queries)
    return merge(Report(tuple(finding for check in lints for finding in check(desk))))


def missing_shapes(desk: LintContext) -> Iterator[Finding]:
    """Yield that the workspace has no shape: then nothing can be found, which is not to conform."""
    if not any(t.predicate.value.startswith(SH.iri) for source in desk.shapes for t in source.triples):
        yield finding("MissingShapes", "warning", _NO_SHAPES, "ontology/shapes", hint=_WRITE_SHAPES)


_NO_SHAPES: Final = "There are no shapes, so nothing in the data was checked against any."
_WRITE_SHAPES: Final = "put SHACL shapes into ontology/shapes/; 'publisher init' makes a workspace that has some"


# --- terms ---------------------------------------------------------------------------------------------


def undeclared_terms(desk: LintContext) -> Iterator[Finding]:
    """Yield terms of data and shapes that no vocabulary has."""
    unknown = cache(desk.is_unknown)
    for source in (*desk.workspace.data, *desk.shapes):
        used = {t.predicate.value for t in source.triples}
        used |= {o.value if isinstance(o, NamedNode) else o.datatype.value for o in _named_or_typed(source)}
        bad = {iri for iri in used if unknown(iri)}
        for t in source.triples if bad else ():
            for iri, at in _uses(t):
                if iri in bad:
                    yield _term_finding("UndeclaredTerm", "violation", _UNDECLARED, t, iri, at)


_UNDECLARED: Final = "No vocabulary declares this term. Check the spelling, or declare it in the ontology."


def _named_or_typed(source: Source) -> Iterator[NamedNode | Literal]:
    return (t.object for t in source.triples if isinstance(t.object, NamedNode | Literal))


def _uses(t: Triple) -> Iterator[tuple[str, str]]:
    """Yield the terms that a triple uses, and as what."""
    yield t.predicate.value, "predicate"
    if isinstance(t.object, NamedNode):
        yield t.object.value, "object"
    elif isinstance(t.object, Literal):
        yield t.object.datatype.value, "datatype"


def _term_finding(name: str, severity: Severity, message: str, t: Triple, iri: str, at: str) -> Finding:
    value = {"predicate": "", "object": iri, "datatype": plain(t.object)}[at]
    found = finding(name, severity, message, plain(t.subject), path=t.predicate.value, value=value)
    return replace(found, expected="a declared datatype" if at == "datatype" else "")


def deprecated_terms(desk: LintContext) -> Iterator[Finding]:
    """Yield retired terms in shapes; those in data have a shape of their own."""
    for source in desk.shapes:
        for t in source.triples:
            for iri, at in _uses(t):
                if iri in desk.retired:
                    found = _term_finding("DeprecatedTerm", "warning", DEPRECATED, t, iri, at)
                    yield replace(found, hint=desk.heir(iri))


# --- names ---------------------------------------------------------------------------------------------


def prefixes_bound_twice(desk: LintContext) -> Iterator[Finding]:
    """Yield declarations of a prefix for another namespace than in publisher.toml or in an earlier file."""
    bound = {prefix: (namespace, FILE_NAME) for prefix, namespace in desk.config.prefixes.items()}
    for path, prefix, namespace, line, column in _declarations(desk):
        name = relative(path, desk.config.root)
        first, where = bound.setdefault(prefix, (namespace, name))
        if prefix and first != namespace:
            message = f"The prefix '{prefix}:' is bound to <{namespace}> here, but to <{first}> in {where}."
            found = finding("PrefixBoundTwice", "warning", message, name, value=prefix, hint=_ONE_NAME)
            yield replace(found, file=path, line=line, column=column)


_ONE_NAME: Final = "use one prefix for one namespace in all files"


def _declarations(desk: LintContext) -> Iterator[tuple[Path, str, str, int, int]]:
    workspace = desk.workspace
    groups = (workspace.ontology, desk.shapes, workspace.data, workspace.links)
    for source in (source for group in groups for source in group if source.path.suffix in (".ttl", ".trig")):
        yield from _turtle_declarations(source.path)
    for text in (*desk.rules, *desk.queries):
        for before, name, iri in zip(text.tokens, text.tokens[1:], text.tokens[2:], strict=False):
            if before[0].upper() == "PREFIX" and name.lastgroup == "name" and iri.lastgroup == "iri":
                yield text.path, name[0][:-1], iri[0][1:-1], *position_of(name)


def _turtle_declarations(path: Path) -> Iterator[tuple[Path, str, str, int, int]]:
    text = read_text(path)
    last = text.lower().rfind("prefix")
    name = None
    try:
        for token in tokens(text, path):
            if token.offset > last and name is None:
                return  # no declaration follows; the rest of the file is long
            if token.kind == "iri" and name:
                yield path, name.text[:-1], token.text[1:-1], name.line, name.column
            is_word = token.kind in ("at", "word") and token.text.lower().removeprefix("@") == "prefix"
            name = token if is_word or (token.kind == "name" and name and name.kind != "name") else None
    except SourceError:
        return


def unused_entities(desk: LintContext) -> Iterator[Finding]:
    """Yield what is described under data/entities and mentioned nowhere else."""
    used = {plain(t.object) for t in desk.hints.data if t.object != t.subject}
    used |= {iri for _, iri, _ in desk.iris()}
    folder = desk.config.root / "data" / "entities"
    for source in desk.workspace.data:
        if source.path.is_relative_to(folder):
            for iri in dict.fromkeys(t.subject.value for t in source.triples if isinstance(t.subject, NamedNode)):
                if iri.startswith(desk.config.things) and iri not in used:
                    yield finding("UnusedEntity", "info", _UNUSED, iri)


_UNUSED: Final = "No article, fact or query refers to this entity. Keep it if it will be needed; otherwise delete it."


def names(desk: LintContext) -> Iterator[Finding]:
    """Yield identifiers of things that are not in lower case with hyphens."""
    for iri in dict.fromkeys(plain(t.subject) for t in desk.hints.data):
        local = iri.removeprefix(desk.config.things)
        if local != iri and not _NAME.fullmatch(local):
            yield replace(finding("NamePattern", "warning", _PATTERN, iri), expected=f"such as '{_kebab(local)}'")


_PATTERN: Final = (
    "The identifier breaks the pattern of names: lower-case ASCII letters and digits, words joined by one hyphen."
)


def _kebab(local: str) -> str:
    """Return what an identifier might look like if it kept to the pattern."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", local)
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return "/".join(re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in letters.split("/")).strip("/") or "name"


def same_labels(desk: LintContext) -> Iterator[Finding]:
    """Yield two things of one kind with one preferred label: they may be one thing.

    Two articles may say the same, each by a claim of its own.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    claims: set[str] = set()
    labels: dict[Triple, None] = {}
    for t in desk.hints.data:
        predicate = t.predicate
        if predicate == _TYPE:
            kinds[plain(t.subject)].add(plain(t.object))
        elif predicate == _PREDICATE:
            claims.add(plain(t.subject))
        elif predicate == _PREFERRED and isinstance(t.object, Literal):
            labels[t] = None
    owners: dict[tuple[str, str, str, str | None], str] = {}
    for t in labels:
        for kind in sorted(kinds[plain(t.subject)]):
            home = split_iri(plain(t.subject))[0] if plain(t.subject) in claims else ""
            label = (home, kind, plain(t.object).casefold(), getattr(t.object, "language", None))
            owner = owners.setdefault(label, plain(t.subject))
            if owner != plain(t.subject):
                message = f"{desk.short(owner)} is a {desk.short(kind)} with the same label."
                path, value = t.predicate.value, plain(t.object)
                yield finding("SameLabel", "warning", message, plain(t.subject), path=path, value=value, hint=_MERGE)


_MERGE: Final = "merge the two, or word a label more precisely"


def mixed_scripts(desk: LintContext) -> Iterator[Finding]:
    """Yield labels in which one word has letters of two scripts that look alike (UTS #39, 5)."""
    for t in dict.fromkeys(t for t in desk.hints.data if t.predicate in _LABELS):
        if isinstance(t.object, Literal) and (odd := _odd_letter(t.object.value)):
            word, letter = odd
            message = f"The word '{word}' mixes scripts: '{letter}' is {unicodedata.name(letter)}."
            path, value = t.predicate.value, t.object.value
            yield finding("MixedScripts", "warning", message, plain(t.subject), path=path, value=value, hint=_RETYPE)


_RETYPE: Final = "type the word again in one script"


def _odd_letter(label: str) -> tuple[str, str] | None:
    """Return the first word of two scripts, and a letter of it in the rarer one."""
    for word in () if label.isascii() else _WORD.findall(label):
        if word.isascii():
            continue
        scripts: dict[str, list[str]] = defaultdict(list)
        for letter in word:
            scripts[unicodedata.name(letter, "").partition(" ")[0]].append(letter)
        alike = sorted((letters for script, letters in scripts.items() if script in _ALIKE), key=len)
        if len(alike) > 1:
            return word, alike[0][0]
    return None


def linked_things(desk: LintContext) -> Iterator[Finding]:
    """Yield mappings of things that nothing describes."""
    for source in desk.workspace.links:
        if not source.path.name.endswith(".sssom.tsv"):
            continue
        for mapping in sssom.read_mappings(source.path):
            if mapping.subject.startswith(desk.config.things) and mapping.subject not in desk.hints.described:
                hint = desk.hints.near(mapping.subject, desk.hints.described)
                found = finding("LinkedThing", "violation", _LINKED, mapping.subject, path=mapping.predicate)
                yield replace(found, value=mapping.object, file=source.path, line=mapping.line, column=1, hint=hint)


_LINKED: Final = "A mapping links a thing that nothing describes. Check the spelling, or describe it under data/."

LINTS: Final[tuple[Lint, ...]] = (
    missing_shapes,
    undeclared_terms,
    deprecated_terms,
    lint_queries.deprecated_terms,
    lint_queries.query_terms,
    lint_queries.constraint_terms,
    lint_queries.query_things,
    lint_queries.query_headers,
    lint_queries.expected_results,
    prefixes_bound_twice,
    unused_entities,
    names,
    same_labels,
    mixed_scripts,
    linked_things,
)


# Whoever does not see all data would miss what uses an entity, and what a link is about.
_NEED_ALL: Final[tuple[Lint, ...]] = (unused_entities, linked_things)


def lint_articles(config: Config, workspace: Workspace, hints: Hints) -> Report:
    """Run the lints that look at data on the data of the workspace, and on nothing else."""
    nothing = ShapesGraphs((), (), (), ())
    alone = replace(workspace, ontology=(), alignments=(), shapes=nothing, rules=(), links=())
    desk = LintContext(config, alone, hints, ())
    return merge(Report(tuple(finding for check in _OF_ARTICLES for finding in check(desk))))


_OF_ARTICLES: Final[tuple[Lint, ...]] = (undeclared_terms, prefixes_bound_twice, names, same_labels, mixed_scripts)


def without_echo(lints: Report, shapes: Report) -> Report:
    """Return the lints without undeclared terms at places where a shape reports a violation already."""
    taken = {f.place for f in shapes.findings if f.severity == "violation"}
    echo = GPS.UndeclaredTerm.value
    return Report(tuple(f for f in lints.findings if f.shape != echo or f.place not in taken))
