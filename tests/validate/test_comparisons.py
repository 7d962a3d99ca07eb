"""Values are compared as SPARQL does, by the value spaces of XML Schema (SHACL, 4.3 and 4.5)."""

from __future__ import annotations

import pytest

from publisher.validate.engines import Engine
from tests.validate.test_engines import ENGINES, validate


def violators(shapes: str, data: str) -> str:
    text = f"e:s sh:targetSubjectsOf e:p ; sh:property [ sh:path e:p ; {shapes} ] ."
    return "".join(sorted(finding.focus[-1] for finding in validate(data, text)))


@pytest.mark.parametrize(
    ("constraint", "values", "wrong"),
    [
        ('sh:minInclusive "-0500"^^xsd:gYear', '"-0044"^^xsd:gYear|"-0600"^^xsd:gYear|"2020"^^xsd:gYear|2020', "bd"),
        ('sh:maxExclusive "2018-02"^^xsd:gYearMonth', '"2018-01"^^xsd:gYearMonth|"2018-02"^^xsd:gYearMonth', "b"),
        ('sh:minExclusive "--02"^^xsd:gMonth', '"--02"^^xsd:gMonth|"--03"^^xsd:gMonth', "a"),
        ('sh:maxInclusive "PT24H"^^xsd:dayTimeDuration', '"P1D"^^xsd:dayTimeDuration|"P2D"^^xsd:dayTimeDuration', "b"),
        (
            'sh:minInclusive "2020-01-01T00:00:00Z"^^xsd:dateTime',
            '"2020-01-01T01:00:00+02:00"^^xsd:dateTime|"2020-06-01T00:00:00"^^xsd:dateTime'
            '|"2020-01-01T00:00:00Z"^^xsd:dateTime|7|"2020-01-02"^^xsd:date',
            "ade",
        ),
        ("sh:maxInclusive 10", '10.0|1e1|"10"^^xsd:byte|10.00000000000000001|"10"|"NaN"^^xsd:double|e:o', "defg"),
        ('sh:minInclusive "-0500-01-01"^^xsd:date', '"-0499-01-01"^^xsd:date|"-0501-01-01"^^xsd:date', "b"),
    ],
)
def test_values_out_of_range_or_without_an_order_are_found(constraint: str, values: str, wrong: str) -> None:
    data = " ".join(f"e:{name} e:p {value} ." for name, value in zip("abcdefg", values.split("|"), strict=False))
    assert violators(constraint, data) == wrong


def test_a_range_of_years_holds_for_a_node_shape_too() -> None:
    shapes = 'e:s sh:targetObjectsOf e:p ; sh:minInclusive "-0500"^^xsd:gYear ; sh:message "Too early."@en .'
    (finding,) = validate('e:a e:p "-0600"^^xsd:gYear , "-0044"^^xsd:gYear .', shapes)
    assert (finding.focus, finding.value, finding.message) == ("-0600", "-0600", "Too early.")
    assert finding.component.endswith("#MinInclusiveConstraintComponent")


@pytest.mark.parametrize(
    ("less", "greater", "is_wrong"),
    [
        ('"2020-01-01"^^xsd:date', '"2020-01-02"^^xsd:date', False),
        ('"2020-01-01"^^xsd:date', '"2020-01-01T00:00:00Z"^^xsd:dateTime', True),
        ("1", "1.5", False),
        ('"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-06-01T00:00:00"^^xsd:dateTime', False),
        ('"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01T05:00:00"^^xsd:dateTime', True),
        ("false", "true", False),
        ("e:a", "e:b", True),
        ("1", '"2"', True),
        # SPARQL 1.1, 17.3: "<" is defined between strings, but for no text with a language
        ('"a"', '"b"', False),
        ('"a"', '"b"@en', True),
        ('"a"@en', '"b"@de', True),
        # XML Schema 1.1, part 2, 3.3: years, months and durations of one kind are ordered
        ('"-0044"^^xsd:gYear', '"2020"^^xsd:gYear', False),
        ('"--02"^^xsd:gMonth', '"--01"^^xsd:gMonth', True),
        ('"PT1H"^^xsd:dayTimeDuration', '"P1D"^^xsd:dayTimeDuration', False),
    ],
)
def test_values_that_are_not_less_are_found(less: str, greater: str, *, is_wrong: bool) -> None:
    data = f"e:a e:p {less} ; e:q {greater} ."
    assert bool(violators("sh:lessThan e:q", data)) == is_wrong
    nested = validate(data, "e:s sh:targetNode e:a ; sh:not [ sh:property [ sh:path e:p ; sh:lessThan e:q ] ] .")
    assert bool(nested) != is_wrong


def test_there_is_a_result_for_each_pair_that_is_not_less() -> None:
    shapes = "e:s sh:targetNode e:a ; sh:property [ sh:path e:p ; sh:lessThan e:q ] ."
    findings = validate("e:a e:p 1 , 3 ; e:q 1 , 2 , 4 .", shapes)
    assert sorted(finding.value for finding in findings) == ["1", "3", "3"]


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_written_about_ill_formed_literals(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    shapes = "e:s sh:targetSubjectsOf e:p ; sh:property [ sh:path e:p ; sh:datatype xsd:date ] ."
    data = 'e:a e:p "2018-02-30"^^xsd:date , "yes"^^xsd:boolean , "P"^^xsd:duration .'
    assert len(validate(data, shapes, engine)) == 3
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("languages", "tags", "wrong"),
    [("en-GB de", "@en-gb|@en|@DE-ch||@EN-GB-oed|@den", "bdf"), ("zh-Hant", "@zh-Hant-TW|@zh-Hans|@zh-hant", "b")],
)
def test_languages_match_as_language_ranges(languages: str, tags: str, wrong: str) -> None:
    ranges = " ".join(f'"{language}"' for language in languages.split())
    data = " ".join(f'e:{name} e:p "x"{tag} .' for name, tag in zip("abcdef", tags.split("|"), strict=False))
    assert violators(f"sh:languageIn ( {ranges} )", data) == wrong


@pytest.mark.parametrize(
    ("value", "is_wrong"),
    [
        ('"2020-01-01"^^xsd:dateTime', True),
        ('"2020-01-01 10:00:00"^^xsd:dateTime', True),
        ('"2020-01-01T24:00:00"^^xsd:dateTime', False),
        ('"-0044-03-15T00:00:00Z"^^xsd:dateTime', False),
    ],
)
def test_an_ill_formed_literal_is_of_no_datatype(value: str, *, is_wrong: bool) -> None:
    assert bool(violators("sh:datatype xsd:dateTime", f"e:a e:p {value} .")) == is_wrong
