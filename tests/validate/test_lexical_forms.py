"""What is a lexical form of each datatype, by the grammars of XML Schema 1.1, part 2, section 3."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.validate.lexical_forms import is_lexical_form

FORMS: Final = {
    "date": (
        "2018-02-28 2016-02-29 0001-01-01 0000-01-01 -0044-03-15 -0001-12-31 12020-01-01 2018-02-28Z "
        "2018-02-28+14:00 2018-02-28-05:30 -10000-01-01 0000-02-29"
    ),
    "dateTime": (
        "2018-01-01T00:00:00 2018-01-01T24:00:00 2018-01-01T24:00:00.000Z 2018-01-01T00:00:00.000Z "
        "2018-01-01T00:00:00.123456789+01:00 -0001-01-01T00:00:00Z 10000-01-01T00:00:00Z"
    ),
    "dateTimeStamp": "2018-01-01T00:00:00Z 2018-01-01T00:00:00-05:00",
    "time": "00:00:00 24:00:00 24:00:00.0 23:59:59.999 12:00:00Z 12:00:00+02:00",
    "gYear": "2018 0000 -0044 12018 2018Z 2020+01:00 -10000",
    "gYearMonth": "2018-12 -0044-02 0000-01 2018-12Z",
    "gMonth": "--12 --01 --12Z --01+01:00",
    "gDay": "---31 ---01 ---01Z",
    "gMonthDay": "--02-29 --12-31 --12-31Z",
    "integer": "0 -1 +1 007 -0 123456789012345678901234567890",
    "decimal": "0 1. .5 -1.50 +1.5 00.10 1.50",
    "double": "1 1e3 1E3 -1.5e-3 .5 1. INF -INF +INF NaN 1e400",
    "float": "1.0E6 INF NaN +INF",
    "boolean": "true false 1 0",
    "byte": "-128 127 +1",
    "short": "32767",
    "int": "2147483647 -2147483648",
    "long": "9223372036854775807 -9223372036854775808",
    "unsignedByte": "0 255 -0",
    "unsignedInt": "4294967295",
    "unsignedLong": "18446744073709551615",
    "nonNegativeInteger": "0 +0 -0 12",
    "positiveInteger": "1",
    "nonPositiveInteger": "0 -1",
    "negativeInteger": "-1",
    "duration": "P1Y P1M P1D PT1H P1Y2M3DT4H5M6.7S -P1D P12M P0D PT0.5S",
    "dayTimeDuration": "P1D PT1H P1DT2H",
    "yearMonthDuration": "P1Y P2M P1Y2M",
    "hexBinary": "0FB7 0fb7",
    "base64Binary": "0FB8 aGVsbG8= YQ==",
    "anyURI": "http://e.org/ relative a#b",
    "language": "en en-GB zh-Hant-TW x-klingon",
    "NCName": "a _a a-b",
    "NMTOKEN": "a 1a a:b",
    "Name": "a :a a:b",
    "token": "a b",
    "string": "anything",
}
# Forms are parted by a bar; one may be empty.
OTHER: Final = {
    "date": (
        "|2018-02-30|2017-02-29|2018-2-28|18-02-28|2018-13-01|2018-00-10|2018-01-00|02018-01-01|+2018-01-01|"
        "2018-01-01T00:00:00|2018-01-01+14:01|2018-01-01+15:00|2018/01/01|20180101|2018-01-01z|x"
    ),
    "dateTime": (
        "2018-01-01 00:00:00|2018-01-01|2018-01-01T24:00:01|2018-01-01T25:00:00|2018-01-01T00:60:00|"
        "2018-01-01T00:00:60|2018-01-01T00:00|2018-01-01T00:00:00.|2018-02-30T00:00:00|2018-01-01t00:00:00|"
        "2018-01-01T1:00:00"
    ),
    "dateTimeStamp": "2018-01-01T00:00:00",
    "time": "24:00:01|25:00:00|12:00|12:60:00|12:00:60|1:00:00",
    "gYear": "abc|18|02018|2018-01|+2018",
    "gYearMonth": "2018-13|2018-00|2018-1|2018|18-01",
    "gMonth": "--13|--00|12|--1|--12--|-12",
    "gDay": "---32|---00|31|--31|---1",
    "gMonthDay": "--02-30|--04-31|--13-01|12-31|--12-32|--1-1",
    "integer": "|1_000|1.0|1e3|--1|+|x|٣|0x10| 1 2",
    "decimal": "1e3|NaN|INF||.|1,5|1_0.0|- 1",
    "double": "inf|nan|-NaN|+NaN|Infinity|1e|e3||1e3.5|0x1p3",
    "float": "inf|1f|",
    "boolean": "TRUE|yes||2|T|True",
    "byte": "128|-129|1.0",
    "short": "32768",
    "int": "2147483648",
    "long": "9223372036854775808",
    "unsignedByte": "-1|256",
    "unsignedInt": "4294967296|-1",
    "unsignedLong": "18446744073709551616",
    "nonNegativeInteger": "-1",
    "positiveInteger": "0|-1",
    "nonPositiveInteger": "1",
    "negativeInteger": "0|1",
    "duration": "P|PT|P1|1Y|P1S|P-1D|PT1D|P1YT|P1.5Y|P1D2Y|p1d",
    "dayTimeDuration": "P1Y|P1M|P",
    "yearMonthDuration": "P1D|PT1H|P",
    "hexBinary": "0FB|xx",
    "base64Binary": "a|YQ=|!!!!",
    "language": "en_GB|abcdefghi|e n|",
    "NCName": "1a|a:b|a b|",
    "NMTOKEN": "a b|",
    "Name": "1a|a b",
}


@pytest.mark.parametrize(
    ("datatype", "form"), [(name, form) for name, forms in FORMS.items() for form in forms.split()]
)
def test_lexical_forms_are_accepted(datatype: str, form: str) -> None:
    assert is_lexical_form(form, datatype)
    assert is_lexical_form(f" {form}\n", datatype)


@pytest.mark.parametrize(
    ("datatype", "text"), [(name, text) for name, texts in OTHER.items() for text in texts.split("|")]
)
def test_other_texts_are_refused(datatype: str, text: str) -> None:
    assert not is_lexical_form(text, datatype)


def test_a_year_that_no_library_holds_is_a_year() -> None:
    assert is_lexical_form("99999999999999-01-01", "date")


def test_of_an_unknown_datatype_nothing_is_refused() -> None:
    assert is_lexical_form("x", "dat")


@given(st.sampled_from(sorted(FORMS)), st.text(max_size=12) | st.from_regex("[0-9TZPYMD:.+-]{1,12}", fullmatch=True))
def test_no_text_brings_a_traceback(datatype: str, text: str) -> None:
    is_lexical_form(text, datatype)
