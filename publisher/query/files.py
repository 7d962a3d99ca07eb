"""Find query files and read their headers.

A query file is plain SPARQL 1.1 that runs in any tool as it stands. Comment lines that begin with ``#+``
are its header, in YAML with the keys of grlc::

    #+ summary: Who met whom, where and when?
    #+ tags: [facts, people]
    #+ parameters:
    #+   - name: person
    #+     type: iri
    #+     description: Only the meetings of this person.

The default of a parameter is the term in ``VALUES ?person { UNDEF }`` in the query; ``UNDEF`` stands for any value.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from publisher.errors import SourceError, UsageError
from publisher.query.parameters import TYPES, Parameter, bind, read_arguments, value_span
from publisher.query.results import GRAPH_FORMS
from publisher.rdf.sparql import position_of, tokenize
from publisher.workspace import files
from publisher.workspace.files import read_text
from publisher.workspace.yaml import parse_yaml

if TYPE_CHECKING:
    from publisher.workspace.config import Config
    from publisher.workspace.pages.markdown import MarkdownPage, QueryBlock

STDIN: Final = Path("<stdin>")

_FORMS: Final = ("select", "ask", *GRAPH_FORMS)
_UPDATES: Final = ("insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with")

_TEXT: Final = "a text"
_WORDS: Final = "a list of words: [one, two]"
_PARAMETERS: Final = "a list of entries that each have a name, a type and a description"
_HEADER_KEYS: Final = {
    "summary": _TEXT,
    "description": _TEXT,
    "tags": _WORDS,
    "competency-questions": _WORDS,
    "parameters": _PARAMETERS,
}


def _is_valid(value: object, expected: str) -> bool:
    """Return whether the value of a header key is as ``expected``; scalars in YAML are read as texts."""
    match value:
        case str():
            return expected == _TEXT
        case list() if expected == _PARAMETERS:
            keys = {"name", "type", "description"}
            return all(isinstance(i, dict) and i.keys() == keys and _is_valid([*i.values()], _WORDS) for i in value)
        case list():
            return expected == _WORDS and all(isinstance(word, str) for word in value)
    return False


@dataclass(frozen=True)
class Query:
    """A query with the entries of its header; ``form`` is select, ask, construct or describe."""

    name: str
    path: Path
    text: str
    form: str
    question: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    competency_questions: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()


class UpdateError(SourceError):
    """SPARQL Update where a query was expected."""


def discover(folder: Path) -> list[Query]:
    """Return the queries in the ``.rq`` files of a folder, sorted by name.

    Raises ``SourceError`` as ``read_query`` does.
    """
    return [read_query(path) for path in query_paths(folder)]


def query_paths(folder: Path) -> list[Path]:
    """Return the ``.rq`` files of a folder, sorted by name."""
    return [path for path in files.find(folder) if path.suffix == ".rq"]


def find(name: str, folder: Path) -> Query:
    """Return the query ``name`` of a folder, or the one in the file ``name`` when that ends in ``.rq``.

    Raises ``UsageError`` when there is none, and ``SourceError`` as ``read_query`` does.
    """
    if name.endswith(".rq"):
        return read_query(Path(name))
    path = folder / f"{name}.rq"
    if path.is_file():
        return read_query(path)
    names = sorted(file.stem for file in folder.glob("*.rq"))
    near = difflib.get_close_matches(name, names, n=3) or [other for other in names if name in other][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "list them with 'publisher query --list'"
    raise UsageError(f"{folder} has no query '{name}'; {hint}")


def read_query(path: Path) -> Query:
    """Read a query file with its header.

    Raises ``UsageError`` when there is no such file, and ``SourceError`` with the line for an invalid header or for
    what is not a query.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such file; list the queries with 'publisher query --list'")
    return parse_query(read_text(path), path)


def parse_query(text: str, path: Path = STDIN) -> Query:
    """Return the query in a text; a header is optional. Raises ``SourceError`` as ``read_query`` does."""
    header = _read_header(text, path)
    return Query(
        name=path.stem,
        path=path,
        text=text,
        form=query_form(text, path),
        question=header.get("summary", ""),
        description=header.get("description", "").strip(),
        tags=tuple(header.get("tags", ())),
        competency_questions=tuple(header.get("competency-questions", ())),
        parameters=tuple(_parameter(item, text, path) for item in header.get("parameters", ())),
    )


def query_of_block(config: Config, page: MarkdownPage, block: QueryBlock) -> Query:
    """Return the query that a block of a Markdown page stands for.

    A saved query has its name, and its text with the values of the options; another one has no name, and may use the
    prefixes of the workspace. Raises ``SourceError`` at the block for an unknown query or parameter, and within it for
    what is no query.
    """
    if block.call:
        try:
            name, values = read_arguments(block.call)
            query = find(name, config.root / "queries")
            return replace(query, text=bind(query, values, config.prefixes))
        except UsageError as error:
            raise SourceError(str(error), page.path, block.line, block.indent + 1) from None
    text = block.in_place(config.prefixes)
    return Query("", page.path, text, query_form(text, page.path))


def _read_header(text: str, path: Path) -> dict[str, Any]:
    """Parse the ``#+`` lines as YAML; other lines are emptied, so that YAML counts the lines of the file."""
    lines = [line[2:] if line.startswith("#+") else "" for line in text.split("\n")]
    header = parse_yaml("\n".join(lines), path, "the header", indent=2) or {}
    if not isinstance(header, dict):
        raise SourceError("the header is not made of lines such as '#+ summary: Who met whom?'", path, 1)
    for key, value in header.items():
        if key not in _HEADER_KEYS:
            _refuse(f"unknown header key '{key}'; known: {', '.join(_HEADER_KEYS)}", key, text, path)
        if not _is_valid(value, _HEADER_KEYS[key]):
            _refuse(f"header key '{key}': expected {_HEADER_KEYS[key]}", key, text, path)
    return header


def _parameter(item: dict[str, str], text: str, path: Path) -> Parameter:
    """Return one entry of ``parameters`` with its default, which is in the text of the query."""
    if item["type"] not in TYPES:
        message = f"parameter '{item['name']}': unknown type '{item['type']}'; known: {', '.join(TYPES)}"
        _refuse(message, f"name: {item['name']}", text, path)
    try:
        start, end = value_span(item["name"], text)
    except ValueError as error:
        _refuse(str(error), f"name: {item['name']}", text, path)
    default = text[start:end].strip()
    return Parameter(**item, default=None if default.upper() == "UNDEF" else default)


def _refuse(message: str, word: str, text: str, path: Path) -> NoReturn:
    """Raise a ``SourceError`` at the first header line that has ``word``."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("#+") and word in line:
            raise SourceError(message, path, number, line.index(word) + 1)
    raise SourceError(message, path, 1)


def query_form(text: str, path: Path = STDIN) -> str:
    """Return the form of a query: its first word after the prologue (SPARQL 1.1, production 2).

    Raises ``UpdateError`` for SPARQL Update and ``SourceError`` for what is neither.
    """
    for token in tokenize(text):
        word = token[0].lower()
        if token.lastgroup != "word" or word in ("prefix", "base"):
            continue
        if word in _FORMS:
            return word
        if word in _UPDATES:
            raise UpdateError(f"{word.upper()} is SPARQL Update; only queries are run here", path, *position_of(token))
        raise SourceError(f"expected {', '.join(_FORMS).upper()}, found '{token[0]}'", path, *position_of(token))
    raise SourceError("there is no query in it", path)
