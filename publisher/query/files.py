"""Read query files, give them their parameters, and run them.

A query file is plain SPARQL 1.1 that runs in any tool as it stands. Comment lines that begin with ``#+``
are its header, in YAML as grlc reads it::

    #+ summary: Who met whom, where and when?
    #+ tags: [facts, people]
    #+ parameters:
    #+   - name: person
    #+     type: iri
    #+     description: Only the meetings of this person.

The value of a parameter, and thereby its default, is the one term of a line ``VALUES ?person { UNDEF }``
in the query; ``UNDEF`` stands for "any".
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import pyoxigraph as ox
import yaml

from publisher.errors import SourceError, UsageError
from publisher.query.parameters import TYPES, Parameter, term
from publisher.query.results import GRAPH_FORMS, Answer, graph_answer, row_answer
from publisher.rdf.io import UNREADABLE, format_of, open_rdf
from publisher.rdf.safety import NO_SERVICE, check_keywords, check_query
from publisher.rdf.sparql import declared_prefixes, position_of, sliding_window, syntax_error, tokenize
from publisher.workspace import files
from publisher.workspace.files import read_text

STDIN: Final = Path("<stdin>")

_FORMS: Final = ("select", "ask", *GRAPH_FORMS)
_UPDATES: Final = ("insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with")

_PARAMETER_KEYS: Final = {"name", "type", "description"}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _is_parameters(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and set(item) == _PARAMETER_KEYS and all(map(_is_text, item.values())) for item in value
    )


_HEADER_KEYS: Final[dict[str, tuple[str, Callable[[object], bool]]]] = {
    "summary": ("a text", _is_text),
    "description": ("a text", _is_text),
    "tags": ("a list of words: [one, two]", _is_words),
    "competency-questions": ("a list of words: [one, two]", _is_words),
    "parameters": ("a list of entries that each have a name, a type and a description", _is_parameters),
}


@dataclass(frozen=True)
class Query:
    """A query and what its header says; ``form`` is one of select, ask, construct, describe."""

    name: str
    path: Path
    text: str
    form: str
    question: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    competency_questions: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()


# --- reading --------------------------------------------------------------------------------------


def discover(folder: Path) -> list[Query]:
    """Read every ``.rq`` file of ``folder``, by name; each must say what question it answers."""
    return [_with_question(read_query(path)) for path in files.find(folder) if path.suffix == ".rq"]


def find(name: str, folder: Path) -> Query:
    """Return the query ``name`` of ``folder``, or the one in the file ``name`` when it ends in ``.rq``."""
    if name.endswith(".rq"):
        return read_query(Path(name))
    path = folder / f"{name}.rq"
    if path.is_file():
        return _with_question(read_query(path))
    known = sorted(found.stem for found in folder.glob("*.rq"))
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "list them with 'publisher query --list'"
    raise UsageError(f"there is no query '{name}' in {folder}; {hint}")


def read_query(path: Path) -> Query:
    """Read a query file with its header.

    Raises ``UsageError`` when there is no such file, and ``SourceError`` with the line when the header
    or the query is not as it should be.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such file; list the queries with 'publisher query --list'")
    return parse_query(read_text(path), path)


def _with_question(query: Query) -> Query:
    if not query.question:
        message = "no question; begin the file with a line such as '#+ summary: Who met whom?'"
        raise SourceError(message, query.path, 1)
    return query


def parse_query(text: str, path: Path = STDIN) -> Query:
    """Make a query of ``text``; without a header it has no question and no parameters."""
    header = _read_header(text, path)
    return Query(
        name=path.stem,
        path=path,
        text=text,
        form=_form(text, path),
        question=header.get("summary", ""),
        description=header.get("description", "").strip(),
        tags=tuple(header.get("tags", ())),
        competency_questions=tuple(header.get("competency-questions", ())),
        parameters=tuple(_parameter(item, text, path) for item in header.get("parameters", ())),
    )


def _read_header(text: str, path: Path) -> dict[str, Any]:
    """Parse the ``#+`` lines as YAML; other lines stay, empty, so that YAML counts the lines of the file."""
    lines = [line[2:] if line.startswith("#+") else "" for line in text.split("\n")]
    try:
        found = yaml.BaseLoader("\n".join(lines)).get_single_data() or {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 3) if mark else (None, None)
        raise SourceError(f"the header is not valid YAML: {error.problem}", path, *place) from None
    except yaml.YAMLError as error:
        raise SourceError(f"the header is not valid YAML: {error}", path) from None
    except RecursionError:
        raise SourceError("the header is nested too deep", path, 1) from None
    if not isinstance(found, dict):
        raise SourceError("the header is not made of lines such as '#+ summary: Who met whom?'", path, 1)
    for key, value in found.items():
        if key not in _HEADER_KEYS:
            _refuse(f"unknown header key '{key}'; known: {', '.join(_HEADER_KEYS)}", key, text, path)
        if not _HEADER_KEYS[key][1](value):
            _refuse(f"header key '{key}': expected {_HEADER_KEYS[key][0]}", key, text, path)
    return found


def _parameter(item: dict[str, str], text: str, path: Path) -> Parameter:
    """Complete one entry of ``parameters`` by its default, which stands in the query."""
    if item["type"] not in TYPES:
        message = f"parameter '{item['name']}': unknown type '{item['type']}'; known: {', '.join(TYPES)}"
        _refuse(message, f"name: {item['name']}", text, path)
    start, end = _slot(item["name"], text, path)
    default = text[start:end].strip()
    return Parameter(**item, default=None if default.upper() == "UNDEF" else default)


def _refuse(message: str, word: str, text: str, path: Path) -> NoReturn:
    """Raise a ``SourceError`` at the first header line that has ``word``."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("#+") and word in line:
            raise SourceError(message, path, number, line.index(word) + 1)
    raise SourceError(message, path, 1)


# --- the text of a query --------------------------------------------------------------------------


def _form(text: str, path: Path) -> str:
    """Return the form of the query: its first word after the prologue (SPARQL 1.1, production 2)."""
    for token in tokenize(text):
        word = token[0].lower()
        if token.lastgroup != "word" or word in ("prefix", "base"):
            continue
        if word in _FORMS:
            return word
        if word in _UPDATES:
            message = f"{word.upper()} is SPARQL Update; only queries are run here"
        else:
            message = f"expected {', '.join(_FORMS).upper()}, found '{token[0]}'"
        raise SourceError(message, path, *position_of(token))
    raise SourceError("there is no query in it", path)


def _slot(name: str, text: str, path: Path) -> tuple[int, int]:
    """Return where, between the braces of ``VALUES ?name { … }``, the value of a parameter stands."""
    found = tokenize(text)
    slots = [
        (brace, after)
        for (word, variable, brace), after in zip(sliding_window(found, 3), range(3, len(found)), strict=False)
        if word[0].upper() == "VALUES" and variable[0] in (f"?{name}", f"${name}") and brace[0] == "{"
    ]
    if len(slots) != 1:
        message = f"parameter '{name}' needs one 'VALUES ?{name} {{ … }}' in the query; found {len(slots)}"
        _refuse(message, f"name: {name}", text, path)
    brace, after = slots[0]
    end = next((token.start() for token in found[after:] if token[0] == "}"), len(text))
    return brace.end(), end


# --- parameters -----------------------------------------------------------------------------------


def bind(query: Query, values: Mapping[str, str], prefixes: Mapping[str, str]) -> str:
    """Return the text of ``query`` with ``values`` in place of the defaults of its parameters.

    CURIEs may use ``prefixes`` (of the workspace) and those of the query. Raises ``UsageError`` for a
    parameter that the query does not have, and for a value that is not of the parameter's type; ``SourceError``
    for a prefix that the query uses and does not declare.
    """
    _check_prefixes(query, prefixes)
    known = {parameter.name: parameter for parameter in query.parameters}
    text = query.text
    for name, value in values.items():
        if name not in known:
            accepted = ", ".join(f"{p.name} ({p.type})" for p in query.parameters) or "none"
            raise UsageError(f"query '{query.name}' has no parameter '{name}'; its parameters: {accepted}")
        start, end = _slot(name, text, query.path)
        written = term(known[name], value, {**prefixes, **declared_prefixes(query.text)})
        text = f"{text[:start]} {written} {text[end:]}"
    return text


def _check_prefixes(query: Query, prefixes: Mapping[str, str]) -> None:
    declared = declared_prefixes(query.text)
    for token in tokenize(query.text):
        prefix = token[0].partition(":")[0]
        if token.lastgroup == "name" and prefix not in {*declared, "_"}:
            line = f"PREFIX {prefix}: <{prefixes.get(prefix, '…')}>"
            message = f"the prefix '{prefix}:' is not declared; add the line '{line}' at the top"
            raise SourceError(message, query.path, *position_of(token))


# --- running --------------------------------------------------------------------------------------


def load_store(paths: Iterable[Path]) -> ox.Store:
    """Load dumps (any RDF format, also ``.gz``) into a store in memory."""
    store = ox.Store()
    for path in paths:
        try:
            with open_rdf(path) as file:
                store.bulk_load(file, format=format_of(path))
        except SyntaxError as error:
            raise SourceError(str(error), path, error.lineno, error.offset) from None
        except (*UNREADABLE, ValueError) as error:
            raise SourceError(f"cannot be loaded: {error}", path) from None
    return store


def run(text: str, store: ox.Store, path: Path = STDIN, *, union: bool = True) -> Answer:
    """Run a query on the union of all graphs of ``store``, or on its default graph alone.

    Raises ``SourceError`` with line and column for SPARQL Update, for SERVICE and for a syntax error.
    """
    check_query(text, path)
    form = _form(text, path)
    check_keywords(text, path, NO_SERVICE)
    try:
        result = store.query(text, use_default_graph_as_union=union)
        if isinstance(result, ox.QueryTriples):
            return graph_answer(form, result)
        return row_answer(form, result)
    except SyntaxError as error:
        fault = syntax_error(error, path)
        message = textwrap.shorten(fault.message, 160, placeholder=" …") if fault.line else fault.message
        raise SourceError(message, path, fault.line, fault.column) from None
