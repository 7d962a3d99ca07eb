"""Which answers are given again without running the query, and how many of them are in memory."""

from __future__ import annotations

import pytest

from publisher.query.requests import QueryRequest
from publisher.serve.sparql.answers import CompleteAnswer, RecentAnswers

ANSWER = CompleteAnswer("select", b"s\r\n" + b"x" * 2000)


def test_an_answer_is_given_again_to_the_same_request() -> None:
    answers, request = RecentAnswers(), QueryRequest("SELECT ?s { ?s <urn:knows> ?known }", "csv")
    answers.put(request, ANSWER)
    assert answers.get(QueryRequest("SELECT ?s { ?s <urn:knows> ?known }", "csv")) == ANSWER
    for other in (
        QueryRequest(request.text, "tsv"),
        QueryRequest(request.text, "csv", ("urn:g",)),
        QueryRequest(request.text, "csv", (), ("urn:g",)),
        QueryRequest(request.text, "csv", base="http://a/"),
        QueryRequest(request.text, "csv", prefixes={"a": "urn:a"}),
    ):
        assert answers.get(other) is None


@pytest.mark.parametrize("call", ["now()", "RAND()", "UUID()", "(struuid())", "BNODE()"])
def test_what_changes_is_asked_for_again(call: str) -> None:
    answers, request = RecentAnswers(), QueryRequest(f"SELECT ({call} AS ?x) {{}}", "csv")
    answers.put(request, ANSWER)
    assert answers.get(request) is None


def test_the_oldest_answers_are_forgotten_and_large_or_unfinished_ones_not_kept() -> None:
    answers = RecentAnswers(most=10_000)
    requests = [QueryRequest(f"SELECT ?x{number} {{}}", "csv") for number in range(4)]
    for request in requests[:3]:
        answers.put(request, ANSWER)
    assert answers.get(requests[0])  # which makes it the newest
    answers.put(requests[3], ANSWER)
    assert [answers.get(request) is not None for request in requests] == [True, False, True, True]
    for number, answer in enumerate((CompleteAnswer("ask", b"x" * 70_000), CompleteAnswer("ask", b"", False))):
        answers.put(QueryRequest(f"ASK {{ ?s ?p {number} }}"), answer)
        assert answers.get(QueryRequest(f"ASK {{ ?s ?p {number} }}")) is None
