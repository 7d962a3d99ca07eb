"""Check the queries of SPARQL-based constraints, and bind variables before they run (SHACL, 5.2 and appendix A)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal

from publisher.errors import SourceError
from publisher.rdf.safety import check_syntax
from publisher.rdf.sparql import declared_prefixes, tokenize
from publisher.rdf.vocab import SH, XSD, Term
from publisher.validate.engines.faults import Fault
from publisher.validate.engines.shapes_graph import ShapesGraph, prefixes_of

_FORBIDDEN: Final = ("MINUS", "SERVICE", "VALUES")
_NO_FILE: Final = Path()
_PREBOUND: Final = ("this", "shapesGraph", "currentShape", "value")
PATH_VARIABLE: Final = re.compile(r"[$?]PATH\b")


def check_queries(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield the faults of SPARQL-based constraints, and of the validators of constraint components."""
    for shape in graph.shapes:
        for node in graph.objects(shape, SH.sparql):
            yield from _check_query(graph, shape, node)
    for component in graph.components:
        for kind in (SH.validator, SH.nodeValidator, SH.propertyValidator):
            for node in graph.objects(component.node, kind):
                yield from _check_validator(graph, component.node, node)


def _check_query(graph: ShapesGraph, shape: Term, node: Term) -> Iterator[Fault]:
    """Yield the faults of one SPARQL-based constraint, at its shape when the constraint has no query."""
    selects = graph.objects(node, SH.select)
    if len(selects) != 1 or not isinstance(selects[0], Literal) or selects[0].datatype != XSD.string:
        message = "A SPARQL-based constraint has exactly one sh:select, which is an xsd:string."
        yield Fault(shape, SH.sparql, node, message)
        return
    query = selects[0].value
    if problem := _syntax_error(query, prefixes_of(graph, node)) or next(_problems(query), ""):
        yield Fault(shape, SH.sparql, node, problem, place=(node, SH.select, selects[0]))


def _check_validator(graph: ShapesGraph, component: Term, node: Term) -> Iterator[Fault]:
    """Yield the faults of a validator of a constraint component (SHACL, 6.2.3)."""
    queries = [(p, query) for p in (SH.select, SH.ask) for query in graph.objects(node, p)]
    form, query = queries[0] if len(queries) == 1 else (None, None)
    if form is None or not isinstance(query, Literal):
        yield Fault(component, SH.validator, node, "A validator has exactly one query: sh:select, or sh:ask.")
        return
    problem = _syntax_error(query.value, prefixes_of(graph, node))
    if problem := problem or next(_problems(query.value, is_ask=form == SH.ask), ""):
        yield Fault(component, SH.validator, node, problem, place=(node, form, query))


def _syntax_error(query: str, prefixes: dict[str, str]) -> str:
    try:
        check_syntax(PATH_VARIABLE.sub("<urn:x>", query), _NO_FILE, prefixes)
    except SourceError as error:
        return f"The query cannot be run: {error.message}."
    except SyntaxError as error:
        declared = prefixes.keys() | declared_prefixes(query).keys()
        names = (token[0].partition(":")[0] for token in tokenize(query) if token.lastgroup == "name")
        if unknown := next((name for name in names if name not in declared), None):
            return f"The prefix '{unknown}:' is not declared. Declare it with sh:declare at what sh:prefixes names."
        return f"The query is ill-formed: {' '.join(str(error.msg).split())}"
    except (RuntimeError, ValueError) as error:
        return f"The query cannot be run: {' '.join(str(error).split())}"
    return ""


def _problems(query: str, *, is_ask: bool = False) -> Iterator[str]:
    """Yield what a query with pre-bound variables must not have (SHACL, 5.3.1 and appendix A)."""
    tokens = tokenize(query)
    words = [token[0].upper() if token.lastgroup == "word" else token[0] for token in tokens]
    depth = 0
    if not is_ask and "SELECT" not in words:
        yield "The query is no SELECT query."
    for number, word in enumerate(words):
        following = words[number + 1 : number + 2]
        depth += {"{": 1, "}": -1}.get(word, 0)
        if word in _FORBIDDEN and following:
            yield f"A query with $this has no {word} (SHACL, appendix A); write it with FILTER instead."
        elif word == "AS" and following and following[0][1:] in _PREBOUND[: 4 if is_ask else 3]:
            yield f"The query assigns {following[0]}, which is bound before it runs (SHACL, appendix A)."
        elif word == "SELECT":
            end = next(n for n in range(number, len(words)) if words[n] in ("{", "WHERE"))
            if not {"?this", "$this"} & set(words[number:end]) and not ("*" in words[number:end] and not depth):
                yield (
                    "A sub-query does not select $this (SHACL, appendix A)."
                    if depth
                    else ("The query does not select $this (SHACL, 5.3.1).")
                )
        elif word[0] in "?$" and word[1:] == "shapesGraph":
            yield "$shapesGraph is not supported."


# --- pre-binding ---------------------------------------------------------------------------------------


def substitute(query: str, bindings: Mapping[str, Term]) -> str:
    """Return a query with terms in the place of variables; they cannot stand for blank nodes, which stay variables.

    What is selected, or grouped and ordered by, stays a variable. Oxigraph binds variables as well, but its optimiser
    takes those that no pattern binds for unbound.
    """
    parts, end = [], 0
    for start, stop, text in _replacements(query, bindings):
        parts += [query[end:start], text]
        end = stop
    return "".join([*parts, query[end:]])


def ask_as_select(query: str) -> str:
    """Return an ASK query as a SELECT query that has a solution where the answer is yes."""
    ask = next(token for token in tokenize(query) if token[0].upper() == "ASK")
    return f"{query[: ask.start()]}SELECT ?this ?value{query[ask.end() :]}"


def uses(query: str, name: str) -> bool:
    """Tell whether a query looks at a variable, and does not only select it or group by it."""
    return any(True for _ in _replacements(query, {name: ox.NamedNode("urn:x")}))


def _replacements(query: str, bindings: Mapping[str, Term]) -> Iterator[tuple[int, int, str]]:
    tokens = tokenize(query)
    is_clause, depth = False, 0
    for number, token in enumerate(tokens):
        word = token[0].upper() if token.lastgroup == "word" else token[0]
        if word in ("SELECT", "GROUP", "ORDER", "HAVING", "CONSTRUCT", "ASK"):
            is_clause, depth = True, 0
        elif word in ("{", "}", "WHERE"):
            is_clause = False
        elif is_clause and word in "()":
            depth += 1 if word == "(" else -1
        elif token.lastgroup == "variable" and word[1:] in bindings and (depth or not is_clause):
            term = bindings[word[1:]]
            around = [t[0].upper() for t in tokens[max(number - 2, 0) : number + 2]]
            if around[:2] == ["BOUND", "("]:
                yield tokens[number - 2].start(), tokens[number + 1].end(), "(true)"
            elif not isinstance(term, BlankNode):
                yield token.start(), token.end(), str(term)
