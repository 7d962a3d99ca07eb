"""Test how ``publisher query --list`` lays out the queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.cli.query import list_text
from publisher.query.files import Query, parse_query

TEXTS = {
    "long-name-of-a-query-about-meetings": "#+ summary: Where?\n#+ tags: [facts]\n",
    "meetings": """\
#+ summary: Who met whom, where and when, and what did they say to each other?
#+ tags: [facts, people]
#+ parameters:
#+   - name: person
#+     type: iri
#+     description: Only this person.
#+   - name: words
#+     type: string
#+     description: Only these words.
""",
    "untagged": "#+ summary: What?\n",
    "quotations": "#+ summary: Who said what?\n#+ tags: [claims]\n",
}
BODY = "SELECT * { VALUES ?person { <https://e.org/some-long-name-with-hyphens> } VALUES ?words { UNDEF } }"


@pytest.fixture(scope="module")
def queries() -> list[Query]:
    return [parse_query(header + BODY, Path(f"{name}.rq")) for name, header in TEXTS.items()]


def test_without_a_width_each_query_is_one_line(queries: list[Query]) -> None:
    assert (
        list_text(queries, None)
        == """\
claims:
  quotations                           Who said what?

facts:
  long-name-of-a-query-about-meetings  Where?
  meetings                             Who met whom, where and when, and what did they say to each other? [people]
    --person IRI                       Only this person. Default: <https://e.org/some-long-name-with-hyphens>.
    --words STRING                     Only these words. Default: any.

without a tag:
  untagged                             What?
"""
    )


def test_at_80_columns_text_is_wrapped_between_words(queries: list[Query]) -> None:
    assert (
        list_text(queries, 80)
        == """\
claims:
  quotations                    Who said what?

facts:
  long-name-of-a-query-about-meetings
                                Where?
  meetings                      Who met whom, where and when, and what did they
                                say to each other? [people]
    --person IRI                Only this person. Default:
                                <https://e.org/some-long-name-with-hyphens>.
    --words STRING              Only these words. Default: any.

without a tag:
  untagged                      What?
"""
    )


def test_at_200_columns_it_is_as_without_a_width(queries: list[Query]) -> None:
    assert list_text(queries, 200) == list_text(queries, None)


def test_no_queries_are_no_text() -> None:
    assert list_text([], 80) == ""
