"""Generate RDF terms and triples, awkward ones included."""

from __future__ import annotations

from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from publisher.rdf.vocab import RDF, XSD

_LOCAL = st.from_regex(r"[a-z][a-z0-9/.\-]{0,6}", fullmatch=True)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00￾￿"), max_size=20)
# XML 1.0 cannot write these, whatever the escape.
_XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=20)

iris = st.builds(lambda ns, local: NamedNode(ns + local), st.sampled_from(["https://e.org/id/", "urn:x:"]), _LOCAL)
predicates = st.one_of(
    st.sampled_from([RDF.type, NamedNode("https://e.org/ns#knows"), NamedNode("https://e.org/ns#name")]),
    st.from_regex(r"[a-z]{1,4}", fullmatch=True).map(lambda name: NamedNode(f"https://e.org/ns#{name}")),
)


def literals(text: st.SearchStrategy[str]) -> st.SearchStrategy[Literal]:
    return st.one_of(
        st.builds(Literal, text),
        st.builds(lambda t, lang: Literal(t, language=lang), text, st.sampled_from(["en", "az", "hy", "en-gb"])),
        st.builds(
            lambda t, d: Literal(t, datatype=d), text, st.sampled_from([XSD.integer, XSD.date, NamedNode("urn:x:odd")])
        ),
    )


def triples(text: st.SearchStrategy[str] = _TEXT) -> st.SearchStrategy[list[Triple]]:
    subjects = st.one_of(iris, st.sampled_from(["a", "b"]).map(BlankNode))
    typed = st.builds(lambda s, o: Triple(s, RDF.type, o), subjects, iris)
    plain = st.builds(Triple, subjects, predicates.filter(lambda p: p != RDF.type), st.one_of(subjects, literals(text)))
    return st.lists(st.one_of(typed, plain), max_size=12)


xml_triples = triples(_XML_TEXT)
