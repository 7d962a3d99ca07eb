"""An IRI becomes a CURIE by its longest namespace, and only a name that Turtle reads back."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.rdf.curies import expand, shorten, turtle_name, unescape_name

PREFIXES = {"id": "https://e.org/id/", "longer": "https://e.org/id/longer/"}


@pytest.mark.parametrize(
    ("iri", "name", "short"),
    [
        ("https://e.org/id/a-b.c", "id:a-b.c", "id:a-b.c"),
        ("https://e.org/id/Минск", "id:Минск", "id:Минск"),
        ("https://e.org/id/longer/a", "longer:a", "longer:a"),
        ("https://e.org/id/", "<https://e.org/id/>", "https://e.org/id/"),
        ("https://e.org/id/a/b", "<https://e.org/id/a/b>", "id:a/b"),
        ("https://e.org/id/a.", "<https://e.org/id/a.>", "id:a."),
        ("https://e.org/id/m²", "<https://e.org/id/m²>", "id:m²"),  # a letter for Python, not for Turtle
        ("urn:x", "<urn:x>", "urn:x"),
    ],
)
def test_names_for_turtle_and_for_people(iri: str, name: str, short: str) -> None:
    assert turtle_name(iri, PREFIXES) == name
    assert shorten(iri, PREFIXES) == short


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
def test_turtle_reads_the_name_back(local: str) -> None:
    try:
        node = ox.NamedNode(f"https://e.org/id/{local}")
    except ValueError:
        return
    prefix = "".join(f"PREFIX {name}: <{namespace}>\n" for name, namespace in PREFIXES.items())
    (quad,) = ox.parse(f"{prefix}{turtle_name(node.value, PREFIXES)} a <urn:c> .", format=ox.RdfFormat.TURTLE)
    assert quad.subject == node


def test_expansion() -> None:
    assert expand("id:a:b", PREFIXES) == "https://e.org/id/a:b"
    assert expand("id:", PREFIXES) == "https://e.org/id/"
    assert expand("other:a", PREFIXES) is None
    assert expand("id", PREFIXES) is None
    assert unescape_name(r"id:a\/b") == "id:a/b"
