"""Tell whether a text is a lexical form of a datatype (XML Schema 1.1, part 2).

White space around a form does not count, as its datatype replaces it before anything else (4.3.6).

>>> is_lexical_form("-0044-03-15", "date"), is_lexical_form("2018-02-30", "date")
(True, False)
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable
from typing import Final

# Datatypes whose values are texts with spaces in them, or any text at all.
_ANY_TEXT: Final = frozenset(("string", "normalizedString", "token", "anyURI", "anyType", "anySimpleType"))
_SPACES: Final = " \t\n\r"
# The library reads numbers as Python does, which takes more than XML Schema: spaces, underscores, digits of any script.
_CHARACTERS: Final = re.compile(r"[!-^`-~]+")
_NAMES: Final = frozenset(("language", "Name", "NCName", "NMTOKEN", "ID", "IDREF", "ENTITY"))
_SIGNED_NAN: Final = re.compile(r"[+-]NaN")
# Most literals are of these, and the library takes long to load.
_PLAIN: Final[dict[str, re.Pattern[str]]] = {
    "boolean": re.compile("true|false|0|1"),
    "date": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"),
    "gYearMonth": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])"),
    "nonNegativeInteger": re.compile(r"\+?[0-9]+"),
    "gYear": re.compile(r"[0-9]{4}"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
}
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@functools.lru_cache(maxsize=1 << 16)
def is_lexical_form(text: str, datatype: str) -> bool:
    """Tell whether ``text`` is a lexical form of the datatype with this local name; of an unknown one, anything is."""
    if datatype in _ANY_TEXT:
        return True
    form = text.strip(_SPACES)
    if (plain := _PLAIN.get(datatype)) and plain.fullmatch(form):
        return True
    if datatype == "date" and (parts := _DAY.fullmatch(form)):
        return is_day(*map(int, parts.groups()))
    if datatype == "base64Binary":
        form = form.replace(" ", "")
    elif datatype not in _NAMES and not _CHARACTERS.fullmatch(form):
        return form == "" and datatype == "hexBinary"
    if _SIGNED_NAN.fullmatch(form):
        return False
    parse = _parser(datatype)
    try:
        _ = parse and parse(form)
    except OverflowError:  # a form whose value the library cannot hold, such as a date in the year 10^12
        return True
    except (ValueError, TypeError, ArithmeticError):
        return False
    return True


@functools.cache
def _parser(datatype: str) -> Callable[[str], object] | None:
    from elementpath.datatypes import builtin_atomic_types

    found = builtin_atomic_types.get(f"xs:{datatype}")
    return getattr(found, "fromstring", found)


def is_day(year: int, month: int, day: int) -> bool:
    """Tell whether a day is one of the proleptic Gregorian calendar, which repeats every 400 years."""
    try:
        datetime.date(year % 400 + 400, month, day)
    except ValueError:
        return False
    return True
