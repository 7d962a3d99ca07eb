"""Generate Turtle in the many ways in which people write it: what a serializer never does."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from publisher.rdf.turtle import TurtleStatement, parse
from publisher.rdf.turtle_tokens import tokens

HEADER = (
    "@prefix : <https://e.org/> .\n"
    "@prefix ex: <https://e.org/ns#> .\n"
    "PREFIX a.b-ü: <https://e.org/ü/>\n"
    "@base <https://e.org/base/x?q> .\n"
    "base <deeper/>\n"
)

# Between two tokens; a comment may stand anywhere, whatever it holds.
_GAP = st.sampled_from(
    [" "] * 8
    + ["\n", "\r\n", "\t", "\n\n", " # one\n", '\n# \'two\' """ <é> [ . ;\r\n', "\n\n  # three 𝔘 \n# four\n\n"]
)
_NAMES = st.sampled_from([":", ":a", ":_-x", "ex:b1", "ex:b10", "ex:b2", "ex:c.d", "ex:7", "ex:a%20b", r"ex:a\,b\~"])
_ODD_NAMES = st.sampled_from(["ex:c:d", "ex:é", "ex:true", "ex:a", "ex:prefix", "a.b-ü:𝔘"])
_REFERENCES = st.sampled_from(["<>", "<#f>", "<../up>", "<?z>", "<//h/é>", "<urn:x:y>", r"<https://e.org/\u00e9>"])
_IRIS = st.one_of(_NAMES, _NAMES, _ODD_NAMES, _REFERENCES)
_VERBS = st.one_of(
    st.sampled_from(["a", "a", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"]),
    st.sampled_from(["ex:p", "ex:q1", "ex:q10", "ex:q2", ":r", "<s>"]),
)
_LABELS = st.sampled_from(["_:x", "_:y1", "_:z.z", "_:0"])
_NUMBERS = st.sampled_from(["1", "01", "-7", "+0", "1.0", "-.5", "00.10", "1e3", "1.E-2", ".5e+1", "true", "false"])
_SHORT = st.sampled_from(
    ['""', "''", '"x"', "'it \"is\"'", r'"a\tb\"c\\"', r"'\u0041\U0001D518'", '"ע e\u0301"', '"[#;"']
)
_LONG = st.sampled_from(
    ['""""""', '"""two\nlines"""', "'''\r\n 'q' ''x\n'''", '"""a ""b"" \\""" c"""', '"""\n\n# no\n"""']
)
_STRINGS = st.one_of(_SHORT, _LONG)
_SUFFIXES = st.sampled_from(["", "", "@en", "@az-Latn", "@EN-gb", "^^ex:odd", "^^<dt>", "^^:"])


@st.composite
def _literals(draw: st.DrawFn) -> str:
    suffix = draw(_SUFFIXES)
    gap = draw(_GAP) if suffix and draw(st.integers(0, 9)) == 0 else ""
    return draw(_STRINGS) + gap + suffix


@st.composite
def _bags(draw: st.DrawFn, objects: st.SearchStrategy[str]) -> str:
    inside = draw(st.one_of(st.just(""), _properties(objects)))
    return "[" + draw(_GAP) + inside + draw(_GAP) + "]"


@st.composite
def _collections(draw: st.DrawFn, objects: st.SearchStrategy[str]) -> str:
    items = draw(st.lists(objects, max_size=3))
    return "(" + draw(_GAP) + "".join(item + draw(_GAP) for item in items) + ")"


@st.composite
def _properties(draw: st.DrawFn, objects: st.SearchStrategy[str]) -> str:
    found = []
    for verb in draw(st.lists(_VERBS, min_size=1, max_size=3)):
        comma = draw(_GAP) + "," + draw(_GAP)
        found.append(verb + draw(_GAP) + comma.join(draw(st.lists(objects, min_size=1, max_size=3))))
    semicolon = draw(_GAP) + draw(st.sampled_from([";", ";", "; ;"])) + draw(_GAP)
    return semicolon.join(found) + draw(st.sampled_from(["", semicolon]))


_simple = st.one_of(_IRIS, _LABELS, _NUMBERS, _literals())
_objects = st.recursive(_simple, lambda inner: st.one_of(_bags(inner), _collections(inner)), max_leaves=4)
_subjects = st.one_of(_IRIS, _LABELS, _bags(_simple), _collections(_simple))


@st.composite
def _statements(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(["new", "z", "ex"]))
    subject, rest = draw(_subjects), draw(_properties(_objects))
    bare = "[" + draw(_GAP) + draw(_properties(_simple)) + "]"
    return draw(
        st.sampled_from(
            [subject + draw(_GAP) + rest + draw(_GAP) + "."] * 8
            + [bare + draw(_GAP) + "."]
            + [f"@prefix{draw(_GAP)}{prefix}:{draw(_GAP)}<https://e.org/ns#>{draw(_GAP)}."]
            + [f"PrEfIx{draw(_GAP)}{prefix}:{draw(_GAP)}<https://e.org/ns#>"]
        )
    )


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return a text of Turtle 1.1, with the prefixes and the base of ``HEADER`` throughout."""
    texts = draw(st.lists(_statements(), max_size=4))
    start = draw(st.sampled_from(["", "", "\ufeff", "# head\n\n# again\n"]))
    return start + HEADER + "".join(draw(_GAP) + text for text in texts) + draw(_GAP)


_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def unescape(text: str) -> str:
    """Return the text without ECHAR and UCHAR (Turtle 1.1, section 6.4)."""

    def character(match: re.Match[str]) -> str:
        return _ESCAPES.get(match[3], match[3]) if match[3] else chr(int(match[1] or match[2], 16))

    return re.sub(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", character, text, flags=re.DOTALL)


def statements(text: str) -> list[TurtleStatement]:
    return list(parse(tokens(text)))
