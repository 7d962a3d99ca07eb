"""Make the page of each saved query: the question, its answer as a table, and the query."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Final, NamedTuple

import pyoxigraph as ox
from more_itertools import map_reduce

from publisher.errors import SourceError
from publisher.query.files import Query, discover
from publisher.query.local import run
from publisher.query.marks import mark_of
from publisher.query.results import Answer, write
from publisher.rdf.ntriples import iri, name_of, split_literal
from publisher.rdf.vocab import XSD
from publisher.site.claims import Claim
from publisher.site.index import Text, text_of
from publisher.site.model import Model, Ref
from publisher.site.output import Page, contents
from publisher.site.pictures import Places
from publisher.site.pictures.answers import AnswerTable, Picture, is_number, pictures_of, time_of_term
from publisher.site.statements import Part, Statement, Statements
from publisher.site.things import SUMMARY
from publisher.site.vocabulary import PREF_LABEL
from publisher.site.words import column_name

_ROWS: Final = 300  # of an answer on its page; the files beside it have all
_LINES: Final = 200
# Triples up to which the saved queries are answered by the build; a store answers them for a larger dataset.
_MOST_TRIPLES: Final = 5_000_000
# What the mark of a claim says, so that a column with nothing else is left out.
_IN_MARK: Final = ("verdict", "kind", "negated", "number")
_DATE_LENGTH: Final = 24
_LONG: Final = 40  # characters of a text that needs a wide column


class Cell(NamedTuple):
    """A value in a table of answers with its column, and the class of its style."""

    column: str
    part: Part
    style: str = ""


class Row(NamedTuple):
    """A row of an answer; ``mark`` is that of the claim in it, whose sentence is shown if ``is_stated``.

    ``layer`` is "fact" or "said" where another column says which of the two a row is.
    """

    mark: Statement | None
    cells: tuple[Cell, ...]
    is_stated: bool = False
    layer: str = ""


@dataclass(frozen=True)
class Question:
    """A query with its answer; without an answer the dataset is too large to answer it in a build.

    ``rows`` are the first ones of ``count``, of which ``facts`` and ``claims`` have a claim that is a fact, or that is
    none. ``drawn`` returns the pictures of the answer.
    """

    query: Query
    answer: Answer | None
    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    count: int = 0
    facts: int = 0
    claims: int = 0
    truth: bool | None = None
    graph: str = ""
    drawn: Callable[[], tuple[Picture, ...]] = tuple

    @cached_property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that the columns of the answer allow, drawn when a page shows them."""
        return self.drawn()

    @property
    def is_marked(self) -> bool:
        """Whether there are claims in the rows, which then have a column that tells them from facts."""
        return bool(self.facts or self.claims)

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
        self,
        model: Model,
        statements: Statements,
        load: Callable[[], ox.Store],
        places: Places,
        *,
        is_lenient: bool = False,
    ) -> None:
        self.model, self.statements, self._load, self._is_lenient = model, statements, load, is_lenient
        self._places = places
        self.queries = discover(model.config.root / "queries")
        self._questions: dict[str, Question] = {}
        self._in_mark = cache(self._parts_of_mark)

    @property
    def all(self) -> list[Question]:
        """The saved queries with their answers."""
        return [self.question(query) for query in self.queries]

    def by_tag(self) -> list[tuple[str, list[Question]]]:
        """Return the saved queries by the first tag of each, sorted."""
        other = self.model.words.gettext("other")
        return sorted(map_reduce(self.all, lambda question: next(iter(question.query.tags), other)).items())

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
        return self.with_answer(query, run(query.text, self._store, query.path))

    def with_answer(self, query: Query, answer: Answer) -> Question:
        """Return a query with an answer, and the claims in it marked."""
        if query.form in ("construct", "describe"):
            return self._graph_question(query, answer)
        rows = answer.rows()
        if isinstance(rows, ox.QueryBoolean):
            return Question(query, answer, truth=bool(rows))
        names = [variable.value for variable in rows.variables]
        values = [
            {name: "" if (value := solution[name]) is None else str(value) for name in names} for solution in rows
        ]
        return self._table_question(query, answer, names, values)

    def _graph_question(self, query: Query, answer: Answer) -> Question:
        triples = [{"subject": str(t.subject), "object": str(t.object)} for t in answer.triples()]
        linked = [row for row in triples if all(map(self.model.has_page, row.values()))]
        table = AnswerTable(self.model, ("subject", "object"), linked, [None] * len(linked))
        drawn = partial(pictures_of, table, self._places)
        return Question(query, answer, count=len(triples), graph=self._graph(answer), drawn=drawn)

    def _table_question(self, query: Query, answer: Answer, names: list[str], rows: list[dict[str, str]]) -> Question:
        claims = [self._claim_in(values) for values in rows]
        table = AnswerTable(self.model, names, rows, claims)
        merged = {label: name for name in names for label in names if self._is_name(label, name, rows)}
        statement = next((name for name in names if self._repeats("sentence", name, rows, claims)), "")
        hidden = self._hidden(names, rows, claims)
        columns = [name for name in names if name not in merged and name not in hidden and name != statement]
        shown = [
            self._row(*pair, columns, merged, bool(statement))._replace(layer=table.mark(n) if table.layer else "")
            for n, pair in enumerate(zip(rows[:_ROWS], claims, strict=False))
        ]
        titles = tuple(map(column_name, columns))
        drawn = partial(pictures_of, table, self._places)
        facts = sum(bool(claim and claim.is_fact) for claim in claims)
        others = sum(bool(claim and not claim.is_fact) for claim in claims)
        return Question(query, answer, tuple(shown), titles, len(rows), facts, others, drawn=drawn)

    def _is_name(self, label: str, name: str, rows: list[dict[str, str]]) -> bool:
        """Tell whether a column is that of the names of another: by its own name, or as each row shows the same."""
        if label in (f"{name}Name", f"{name}Label"):
            return True
        pairs = ((row[label], row[name]) for row in rows)
        return bool(rows) and all(
            text[:1] == '"' and value[:1] == "<" and str(self._part(value, "")) == text_of(text).value
            for text, value in pairs
        )

    def _hidden(self, names: list[str], rows: list[dict[str, str]], claims: list[Claim | None]) -> set[str]:
        """Return the columns that repeat what the mark of the claim or the place of the claim in each row says."""
        has_claims = any(self._repeats("claim", name, rows, claims) for name in names)
        parts = (*_IN_MARK, "article") if has_claims else _IN_MARK
        return {name for name in names for part in parts if self._repeats(part, name, rows, claims)}

    def _claim_in(self, values: dict[str, str]) -> Claim | None:
        """Return the claim that a row shows, by the rule of all answers."""
        if self.model.marks is None:
            return None
        terms = ((text_of(v).value if v[0] == '"' else name_of(v), v[0] != '"') for v in values.values() if v)
        mark = mark_of(terms, self.model.marks)
        return self.model.claims.all.get(iri(mark.node)) if mark else None

    def _repeats(self, part: str, name: str, rows: list[dict[str, str]], claims: list[Claim | None]) -> bool:
        """Tell whether a column only repeats what the mark of the claim in each row says."""
        return bool(claims) and all(
            claim and values[name] in self._in_mark(claim)[part] for values, claim in zip(rows, claims, strict=True)
        )

    def _parts_of_mark(self, claim: Claim) -> dict[str, list[str]]:
        """Return the values by which a column says the same as each part of the mark of a claim."""
        return {
            "sentence": self.model.index.objects(claim.node, PREF_LABEL),
            "verdict": [claim.verdict],
            "kind": [claim.kind],
            "claim": [claim.node],
            "article": [claim.place.article],
            "negated": [f'"{str(claim.is_negated).lower()}"^^<{XSD.iri}boolean>'],
            "number": [f'"{claim.place.sentence}"^^<{XSD.iri}integer>'],
        }

    def _row(
        self, values: dict[str, str], claim: Claim | None, columns: list[str], merged: dict[str, str], is_stated: bool
    ) -> Row:
        names = {name: values[column] for column, name in merged.items() if values[column]}
        parts = ((column, values[column], self._part(values[column], names.get(column, ""))) for column in columns)
        cells = tuple(Cell(column_name(column), part, _style(value, part)) for column, value, part in parts)
        return Row(self.statements.of_claim(claim, lines=0) if claim else None, cells, is_stated)

    def _part(self, value: str, name: str) -> Part:
        if not value:
            return ""
        if value[0] == '"':
            text, words = text_of(value), self.model.words
            if "T" not in text.value and split_literal(value)[2] and (time := time_of_term(value, words)):
                return words.date(text.value, short=True) if "/" not in text.value else time.words
            return words.boolean(text.value) if value.endswith("#boolean>") else text
        if (claim := self.model.claims.all.get(value)) and claim.place.article:
            short = self.model.short(claim.place.article)
            place = self.model.words.gettext("{article}, s. {number}")
            text = Text(self.model.words.filled(place, article=short, number=claim.place.sentence))
            return Ref(text, self.model.addresses.href(value))
        ref = self.model.ref(value)
        if value in self.model.claims.by_article:
            return ref._replace(text=self.model.short(value))
        return ref._replace(text=text_of(name)) if name else ref

    def pages(self) -> Iterator[Page]:
        """Yield the pages of the queries and a list of them."""
        if sections := self.by_tag():
            title = self.model.words.gettext("Questions")
            links = contents(title, ((f"#tag-{tag}", tag.capitalize(), len(found)) for tag, found in sections))
            context = {"sections": sections, "contents": links}
            yield Page("queries/index.html", title, "questions.html", context)
        for question in self.all:
            yield self.page(question)

    def page(self, question: Question) -> Page:
        """Return the page of a saved query."""
        query, _ = question.query, self.model.words.gettext
        sections = [("#answer", _("Answer"), question.count), ("#query", _("The query"), 0)]
        context = {"question": question, "query": query, "contents": contents(_("Question"), sections)}
        path, title = f"queries/{query.name}.html", query.question or query.name
        summary = textwrap.shorten(query.description, SUMMARY, placeholder=" …")
        return Page(path, title, "question.html", context, "", _("question"), summary)

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


def _style(value: str, part: Part) -> str:
    """Return the class of a cell: numbers are aligned, dates are not broken, and long texts get a wide column."""
    if not value:
        return ""
    if is_number(value):
        return "num"
    text = str(part)
    return "nw" if time_of_term(value) and len(text) <= _DATE_LENGTH else "wide-cell" if len(text) > _LONG else ""
