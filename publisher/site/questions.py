"""Make the page of each saved query: the question, its answer as a table, and the query."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from publisher.errors import SourceError
from publisher.query.files import Query, discover
from publisher.query.local import run
from publisher.query.results import Answer, write
from publisher.site.claims import Claim
from publisher.site.index import Text, text_of
from publisher.site.model import Model, Ref
from publisher.site.output import Page, contents
from publisher.site.statements import Part, Statement, Statements
from publisher.site.things import SUMMARY
from publisher.site.vocabulary import PREF_LABEL

_ROWS: Final = 300  # of an answer on its page; the files beside it have all
_LINES: Final = 200
# Triples up to which the saved queries are answered by the build; a store answers them for a larger dataset.
_MOST_TRIPLES: Final = 5_000_000
# What the mark of a claim tells, so that a column with nothing else is left out.
_SENTENCE: Final = "sentence"
_TOLD: Final = ("verdict", "kind", "negated", "number")
_NAME: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Cell(NamedTuple):
    """A value in a table of answers: its column, and whether it is a number."""

    column: str
    part: Part
    is_number: bool = False


class Row(NamedTuple):
    """A row of an answer; ``mark`` is that of the claim in it, whose sentence is shown if ``is_stated``."""

    mark: Statement | None
    cells: tuple[Cell, ...]
    is_stated: bool = False


@dataclass(frozen=True)
class Question:
    """A query with its answer; without an answer the dataset is too large to answer it in a build."""

    query: Query
    answer: Answer | None
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    count: int = 0
    truth: bool | None = None
    graph: str = ""

    @property
    def is_marked(self) -> bool:
        """Whether there are claims in the rows, which then have a column that tells them from facts."""
        return any(row.mark for row in self.rows)

    @property
    def facts(self) -> int:
        """How many of the rows are facts."""
        return sum(bool(row.mark and row.mark.is_fact) for row in self.rows)

    @property
    def claims(self) -> int:
        """How many of the rows are claims that are no facts."""
        return sum(bool(row.mark and not row.mark.is_fact) for row in self.rows)

    @property
    def files(self) -> tuple[str, ...]:
        """The formats of the answer in files of their own."""
        if self.answer is None:
            return ()
        return ("ttl",) if self.query.form in ("construct", "describe") else ("csv", "json")


class QuestionPages:
    """Make the pages of the saved queries of a workspace; ``load`` returns a store of the dataset when it is needed.

    With ``is_lenient``, a saved query that cannot be run has no answer in lists.
    """

    def __init__(
        self, model: Model, statements: Statements, load: Callable[[], ox.Store], *, is_lenient: bool = False
    ) -> None:
        self.model, self.statements, self._load, self._is_lenient = model, statements, load, is_lenient
        self.queries = discover(model.config.root / "queries")
        self._questions: dict[str, Question] = {}

    @property
    def all(self) -> list[Question]:
        """The saved queries with their answers."""
        return [self.question(query) for query in self.queries]

    def question(self, query: Query) -> Question:
        """Return a saved query with its answer, which is computed once."""
        if query.name not in self._questions:
            try:
                self._questions[query.name] = self.answer(query)
            except SourceError:
                if not self._is_lenient:
                    raise
                return Question(query, None)
        return self._questions[query.name]

    @cached_property
    def _store(self) -> ox.Store | None:
        return self._load() if self.model.index.size <= _MOST_TRIPLES else None

    def answer(self, query: Query) -> Question:
        """Return a query with its answer, and the claims in it marked. Raises ``SourceError`` as ``run`` does."""
        if self._store is None:
            return Question(query, None)
        answer = run(query.text, self._store, query.path)
        if query.form in ("construct", "describe"):
            return Question(query, answer, count=sum(1 for _ in answer.triples()), graph=self._graph(answer))
        rows = answer.rows()
        if isinstance(rows, ox.QueryBoolean):
            return Question(query, answer, truth=bool(rows))
        names = [variable.value for variable in rows.variables]
        found = [dict(zip(names, map(_term, (solution[name] for name in names)), strict=True)) for solution in rows]
        claims = [self._claim_in(values) for values in found]
        merged = {
            f"{name}{suffix}": name for name in names for suffix in ("Name", "Label") if f"{name}{suffix}" in names
        }
        statement = next((name for name in names if self._repeats(_SENTENCE, name, found, claims)), "")
        hidden = {name for name in names for told in _TOLD if self._repeats(told, name, found, claims)}
        columns = [name for name in names if name not in merged and name not in hidden and name != statement]
        table = [
            self._row(*pair, columns, merged, bool(statement)) for pair in list(zip(found, claims, strict=True))[:_ROWS]
        ]
        return Question(query, answer, tuple(table), tuple(map(column_name, columns)), len(found))

    def _claim_in(self, values: dict[str, str]) -> Claim | None:
        return next((self.model.claims.all[v] for v in values.values() if v in self.model.claims.all), None)

    def _repeats(self, told: str, name: str, found: list[dict[str, str]], claims: list[Claim | None]) -> bool:
        """Tell whether a column only repeats what the mark of the claim in each row tells."""
        return bool(claims) and all(
            claim and values[name] in self._told(told, claim) for values, claim in zip(found, claims, strict=True)
        )

    def _told(self, told: str, claim: Claim) -> set[str]:
        number = "http://www.w3.org/2001/XMLSchema#"
        match told:
            case "sentence":
                return set(self.model.index.objects(claim.node, PREF_LABEL))
            case "verdict":
                return {claim.verdict}
            case "kind":
                return {claim.kind}
            case "negated":
                return {f'"{str(claim.is_negated).lower()}"^^<{number}boolean>'}
        return {f'"{claim.place.sentence}"^^<{number}integer>'}

    def _row(
        self, values: dict[str, str], claim: Claim | None, columns: list[str], merged: dict[str, str], is_stated: bool
    ) -> Row:
        names = {name: values[column] for column, name in merged.items() if values[column]}
        cells = tuple(Cell(column_name(c), *self._cell(values[c], names.get(c, ""))) for c in columns)
        return Row(self.statements.of_claim(claim, lines=0) if claim else None, cells, is_stated)

    def _cell(self, value: str, name: str) -> tuple[Part, bool]:
        if not value:
            return "", False
        if value[0] == '"':
            text = text_of(value)
            number = value.endswith(("#integer>", "#decimal>", "#double>"))
            if value.endswith("#boolean>"):
                return {"true": "yes", "false": "no"}.get(text.value, text.value), False
            return text, number
        if (claim := self.model.claims.all.get(value)) and claim.place.article:
            short = self.model.short(claim.place.article)
            return Ref(
                Text(f"{short}, s. {claim.place.sentence}", short.language), self.model.addresses.href(value)
            ), False
        ref = self.model.ref(value)
        if value in self.model.claims.by_article:
            return ref._replace(text=self.model.short(value)), False
        return (ref._replace(text=text_of(name)) if name else ref), False

    def pages(self) -> Iterator[Page]:
        """Yield the pages of the queries and a list of them."""
        by_tag: dict[str, list[Question]] = {}
        for question in self.all:
            by_tag.setdefault(next(iter(question.query.tags), "other"), []).append(question)
        if self.all:
            sections = sorted(by_tag.items())
            links = contents("Questions", ((f"#tag-{tag}", tag.capitalize(), len(found)) for tag, found in sections))
            context = {"sections": sections, "contents": links}
            yield Page("queries/index.html", "Questions", "questions.html", context)
        for question in self.all:
            yield self.page(question)

    def page(self, question: Question) -> Page:
        """Return the page of a saved query."""
        query = question.query
        context: dict[str, Any] = {
            "question": question,
            "query": query,
            "contents": contents("Question", [("#answer", "Answer", question.count), ("#query", "The query", 0)]),
        }
        path, title = f"queries/{query.name}.html", query.question or query.name
        summary = textwrap.shorten(query.description, SUMMARY, placeholder=" …")
        return Page(path, title, "question.html", context, "", "question", summary)

    def _graph(self, answer: Answer) -> str:
        lines = write(answer, "ttl", self.model.config.prefixes).splitlines()
        return "\n".join([*lines[:_LINES], *(["…"] if len(lines) > _LINES else [])])

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the queries and their answers as files: address and content."""
        for question in self.all:
            yield from self.files_of(question)

    def files_of(self, question: Question) -> Iterator[tuple[str, str]]:
        """Yield a query and its answer as files."""
        stem = f"queries/{question.query.name}"
        yield f"{stem}.rq", question.query.text
        for extension in question.files:
            if question.answer is not None:
                yield f"{stem}.{extension}", write(question.answer, extension, self.model.config.prefixes)


def _term(value: object) -> str:
    return "" if value is None else str(value)


def column_name(variable: str) -> str:
    """Return the name of a variable in words.

    >>> column_name("organizationName")
    'organization'
    """
    return _NAME.sub(" ", variable.removesuffix("Name")).replace("_", " ").lower() or variable
