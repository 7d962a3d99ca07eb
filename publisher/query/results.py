"""Write the answer to a query as a table for people or in a format of the W3C for programs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from publisher.errors import UsageError, harmless, plural
from publisher.query.worker import RESULT_FORMATS
from publisher.rdf.curies import turtle_name
from publisher.rdf.io import format_turtle

ROW_FORMATS: Final = ("table", "csv", "tsv", "json", "xml")
STREAMED: Final = ("csv", "tsv", "json", "xml")  # written as the engine writes them
GRAPH_FORMATS: Final = ("ttl",)
GRAPH_FORMS: Final = ("construct", "describe")

_UNFOLDED: Final = 100_000  # columns: wider than any table, for output that is not a terminal
_GAP: Final = 3  # columns between two columns of a table
_READABLE: Final = 24  # columns: a table whose folded columns would be narrower is turned on its side

_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True)
class Answer:
    """The answer to a query, from any engine; ``form`` is select, ask, construct or describe.

    ``body`` is SPARQL 1.1 Query Results JSON for SELECT and ASK, and sorted N-Triples for CONSTRUCT and DESCRIBE.
    """

    form: str
    body: bytes

    def rows(self) -> ox.QuerySolutions | ox.QueryBoolean:
        """Return the rows of a SELECT, or the truth value of an ASK."""
        return ox.parse_query_results(self.body, format=ox.QueryResultsFormat.JSON)

    def triples(self) -> Iterator[ox.Triple]:
        """Yield the triples of a CONSTRUCT or DESCRIBE."""
        return (quad.triple for quad in ox.parse(self.body, format=ox.RdfFormat.N_TRIPLES))


def row_answer(form: str, rows: ox.QuerySolutions | ox.QueryBoolean) -> Answer:
    """Return the answer to a SELECT or ASK."""
    return Answer(form, rows.serialize(format=ox.QueryResultsFormat.JSON) or b"")


def graph_answer(form: str, triples: Iterable[ox.Triple]) -> Answer:
    """Return the answer to a CONSTRUCT or DESCRIBE, its triples sorted."""
    return Answer(form, "".join(sorted({f"{triple} .\n" for triple in triples})).encode())


def formats(form: str) -> tuple[str, ...]:
    """Return the formats for the answer to a query of this form, the default first."""
    return GRAPH_FORMATS if form in GRAPH_FORMS else ROW_FORMATS


def choose_format(form: str, name: str | None) -> str:
    """Return ``name``, by default the first format of the form; raise ``UsageError`` if it is none."""
    possible = formats(form)
    if name is not None and name not in possible:
        raise UsageError(f"--format {name}: the answer to {form.upper()} is written as {', '.join(possible)}")
    return name or possible[0]


def write(answer: Answer, name: str | None, prefixes: Mapping[str, str], width: int | None = None) -> str:
    """Return the answer in a format; ``width`` is the number of columns to which a table is folded, if any.

    ``prefixes`` shorten the IRIs of a table and of Turtle. Raises ``UsageError`` as ``choose_format`` does.
    """
    name = choose_format(answer.form, name)
    if name == "ttl":
        used = {prefix: iri for prefix, iri in prefixes.items() if f"<{iri}".encode() in answer.body}
        return format_turtle(list(answer.triples()), used)
    rows = answer.rows()
    if name != "table":
        return (rows.serialize(format=RESULT_FORMATS[name]) or b"").decode()
    if isinstance(rows, ox.QueryBoolean):
        return "yes\n" if rows else "no\n"
    return _table(rows, prefixes, width)


def _table(rows: ox.QuerySolutions, prefixes: Mapping[str, str], width: int | None) -> str:
    from rich.cells import cell_len

    names = [variable.value for variable in rows.variables]
    cells = [[harmless(_cell(row[name], prefixes)) for name in names] for row in rows]
    if not cells:
        return "No rows: nothing in the dataset matches this query.\n"
    natural = sum(max(map(cell_len, column)) + _GAP for column in zip(names, *cells, strict=True))
    crowded = width is not None and natural > width and width < len(names) * _READABLE
    lines = _lay_out([], _records(names, cells), width) if crowded else _lay_out(names, cells, width)
    return "\n".join([*lines, "", plural(len(cells), "row"), ""])


def _records(names: list[str], cells: list[list[str]]) -> list[list[str]]:
    """Turn rows that are too wide on their side: a line for each value, an empty line between rows."""
    lines: list[list[str]] = []
    for row in cells:
        lines += [["", ""]] * bool(lines) + [[name, cell] for name, cell in zip(names, row, strict=True) if cell]
    return lines


def _lay_out(names: list[str], cells: list[list[str]], width: int | None) -> list[str]:
    """Align columns, under a header if there are names; what is too wide is folded in its column, never cut."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, show_header=bool(names))
    for name in names:
        table.add_column(Text(name), overflow="fold", min_width=cell_len(name))
    for row in cells:
        table.add_row(*map(Text, row))
    out = io.StringIO()
    Console(file=out, width=width or _UNFOLDED, color_system=None).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def _cell(value: _Term | None, prefixes: Mapping[str, str]) -> str:
    """Write a term as people read it: a literal by its value alone, nothing where there is no value."""
    if value is None:
        return ""
    if isinstance(value, ox.NamedNode):
        return turtle_name(value.value, prefixes)
    return value.value if isinstance(value, ox.Literal) else str(value)
