from __future__ import annotations

import re

import pytest

from publisher.errors import UsageError
from publisher.query import parameters
from publisher.query.parameters import Parameter

PREFIXES = {"id": "https://e.org/id/", "e": "https://e.org/"}


def parameter(kind: str) -> Parameter:
    return Parameter("x", kind, "", None)


@pytest.mark.parametrize(
    ("kind", "value", "term"),
    [
        ("iri", "id:a", "<https://e.org/id/a>"),
        ("iri", "<id:a>", None),
        ("iri", "https://e.org/x?y=1#z", "<https://e.org/x?y=1#z>"),
        ("iri", "<urn:x:y>", "<urn:x:y>"),
        ("iri", "armenia", None),
        ("iri", "zz:armenia", None),
        ("iri", "id:a b", None),
        ("iri", "https://e.org/> } DROP ALL #", None),
        ("string", 'a"} \\ b', '"a\\"} \\\\ b"'),
        ("boolean", "true", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ("boolean", "yes", None),
        ("integer", "-20", '"-20"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("integer", "2.5", None),
        ("integer", "٢", None),
        ("decimal", "70.5", '"70.5"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        ("decimal", ".", None),
        ("date", "2018-11-19", '"2018-11-19"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("date", "2018-02-30", None),
        ("date", "20181119", None),
    ],
)
def test_term(kind: str, value: str, term: str | None) -> None:
    if term is None:
        with pytest.raises(UsageError, match=re.escape(f"--x '{value}': expected ")):
            parameters.term(parameter(kind), value, PREFIXES)
    else:
        assert parameters.term(parameter(kind), value, PREFIXES) == term


@pytest.mark.parametrize(
    ("default", "value", "term"),
    [
        ('"Minsk"@be', "Baku", '"Baku"@be'),
        ("'Minsk'@zh-Hant ", "Baku", '"Baku"@zh-hant'),
        ('"Minsk"', "a@b", '"a@b"'),
        ('"Minsk"@be', '"Baku"@en', '"Baku"@en'),
        (None, '"say "hi""@en', '"say \\"hi\\""@en'),
        (None, '"Baku"@', '"\\"Baku\\"@"'),
    ],
)
def test_string_has_the_language_of_the_default(default: str | None, value: str, term: str) -> None:
    assert parameters.term(Parameter("x", "string", "", default), value, {}) == term


def test_arguments_are_a_name_and_values() -> None:
    values = {"a": "1=2", "b": "--c", "d": "x y"}
    for arguments in (["--b", "--c", "name", "--d=x y"], ["name", "--b", "--c", "--d=x y"]):
        assert parameters.read_arguments(arguments, ["a=1=2"]) == ("name", values)
    assert parameters.read_arguments(["--d=x y"]) == ("", {"d": "x y"})


@pytest.mark.parametrize(
    ("assignments", "arguments"),
    [(["a"], []), (["=a"], []), ([], ["a", "b"]), ([], ["--a"]), ([], ["--", "b"]), ([], ["--=a"])],
)
def test_bad_arguments(assignments: list[str], arguments: list[str]) -> None:
    with pytest.raises(UsageError, match=r"expected (--)?NAME"):
        parameters.read_arguments(arguments, assignments)


def test_a_thing_may_be_given_by_its_name() -> None:
    def resolve(name: str) -> str:
        if name != "Republic of Armenia":
            raise UsageError(f"nothing is called '{name}'")
        return "https://e.org/id/armenia"

    iri = parameter("iri")
    assert parameters.term(iri, "Republic of Armenia", PREFIXES, resolve) == "<https://e.org/id/armenia>"
    assert parameters.term(iri, "id:b", PREFIXES, resolve) == "<https://e.org/id/b>"
    with pytest.raises(UsageError, match="or the name of a thing; nothing is called 'zz:armenia'"):
        parameters.term(iri, "zz:armenia", PREFIXES, resolve)
    with pytest.raises(UsageError, match="expected an IRI, or a name with a prefix"):
        parameters.term(iri, "<Republic of Armenia>", PREFIXES, resolve)
    assert parameters.term(parameter("string"), "Republic of Armenia", PREFIXES, resolve) == '"Republic of Armenia"'
