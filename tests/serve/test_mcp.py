"""The tools for agents, called by the client of the official SDK over standard input and output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import TextContent

from publisher.query import files
from tests.conftest import ROOT
from tests.event_loop import run_async

TOOLS = {"search", "show", "list_queries", "run_query", "sparql"}
CLAIMS = "SELECT ?claim ?thing { ?claim gp:hasAccused ?thing } ORDER BY ?claim"


@pytest.fixture(scope="module")
def answers(built: Path) -> dict[str, Any]:
    """What one session of the client got from the server."""
    return run_async(_session(built))


async def _session(built: Path) -> dict[str, Any]:
    arguments = ["-m", "publisher", "mcp", "--out", str(built), "-w", str(ROOT)]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:

        async def call(tool: str, **arguments: Any) -> tuple[bool, str]:
            result = await client.call_tool(tool, arguments)
            assert isinstance(result.content[0], TextContent)
            return bool(result.is_error), result.content[0].text

        return {
            "tools": (await client.list_tools()).tools,
            "instructions": client.instructions,
            "search": await call("search", text="Ильхам Алиев"),
            "show": await call("show", thing="Armenia"),
            "several": await call("show", thing="president of"),
            "queries": await call("list_queries"),
            "query": await call("run_query", name="who-accuses-whom", parameters={"claimant": "Hikmet Hajiyev"}),
            "few": await call("run_query", name="timeline", rows=2),
            "sparql": await call("sparql", query=CLAIMS),
            "ask": await call("sparql", query="ASK {}"),
            "graph": await call("sparql", query="CONSTRUCT { id:armenia a ?c } { id:armenia a ?c }"),
            "unknown": await call("run_query", name="nothing"),
            "wrong": await call("run_query", name="who-met-whom", parameters={"person": "nobody at all"}),
            "update": await call("sparql", query="DELETE WHERE { ?s ?p ?o }"),
            "service": await call("sparql", query="SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }"),
            "syntax": await call("sparql", query="SELECT * {"),
        }


def test_the_tools_only_read(answers: dict[str, Any]) -> None:
    assert {tool.name for tool in answers["tools"]} == TOOLS
    assert all(tool.annotations.read_only_hint and tool.description for tool in answers["tools"])
    assert "never repeat it without its voice and its verdict" in answers["instructions"]


def test_things_are_found_and_shown(answers: dict[str, Any]) -> None:
    assert answers["search"] == (False, "id:ilham-aliyev\tIlham Aliyev\tPerson")
    is_error, text = answers["show"]
    assert not is_error
    assert text.startswith("# Armenia – Sovereign state, id:armenia\n")
    assert "## What is said of it" in text
    is_error, text = answers["several"]
    assert is_error
    assert "several things are called 'president of'; show one of id:" in text


def test_saved_queries_are_listed_and_answered(answers: dict[str, Any]) -> None:
    is_error, text = answers["queries"]
    assert not is_error
    assert all(f"{query.name}: {query.question}\n" in f"{text}\n" for query in files.discover(ROOT / "queries"))
    content = json.loads(answers["query"][1])
    assert content["count"] == 2
    for row in content["rows"]:
        assert (row["mark"], row["markKind"], row["markVoice"]) == ("claim", "Allegation", "Hikmet Hajiyev")
        assert row["accused"] == "id:armenia"
    few = json.loads(answers["few"][1])
    assert len(few["rows"]) == 2 < few["count"]
    assert few["note"].startswith("only the first 2 rows")


def test_every_row_says_what_it_is(answers: dict[str, Any]) -> None:
    rows = json.loads(answers["sparql"][1])["rows"]
    assert rows
    assert {row["mark"] for row in rows} <= {"fact", "claim"}
    assert all(row["markVoice"] and row["markVerdict"] for row in rows)
    assert json.loads(answers["ask"][1]) == {"answer": True}
    assert "id:armenia a " in answers["graph"][1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown", "there is no query 'nothing'"),
        ("wrong", "person 'nobody at all': expected an IRI"),
        ("update", "DELETE is SPARQL Update"),
        ("service", "SERVICE is not resolved here"),
        ("syntax", "query:1:11"),
    ],
)
def test_errors_are_told_in_words(answers: dict[str, Any], name: str, words: str) -> None:
    is_error, text = answers[name]
    assert is_error
    assert words in text
