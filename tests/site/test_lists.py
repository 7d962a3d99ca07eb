"""The lists of things by class."""

from __future__ import annotations

from publisher.site.index import SiteIndex
from publisher.site.lists import ListPages
from publisher.site.model import make_model
from publisher.site.statements import Statements
from publisher.site.vocabulary import PREF_LABEL, SUBCLASS, TYPE
from publisher.workspace.config import load_config
from tests.conftest import ROOT


def test_equivalent_classes_are_both_below_a_class() -> None:
    thing, one, other, top = (f"<urn:{name}>" for name in ("thing", "one", "other", "top"))
    ontology = [(one, SUBCLASS, top), (other, SUBCLASS, top), (one, SUBCLASS, other), (other, SUBCLASS, one)]
    model = make_model(load_config(ROOT), SiteIndex([(thing, TYPE, one)], ontology=ontology))
    lists = ListPages(model, Statements(model))
    assert [count for _, count in lists.subclasses(top)] == [1, 1]
    assert len(lists.top_classes()) == 1


def test_a_list_has_names_in_other_languages_unless_they_are_the_same() -> None:
    names = ('"Stanislav Zas"@en', '"Stanislav Zas"@az', '"Станіслаў Зась"@be')
    data = [("<urn:person>", TYPE, "<urn:Person>"), *(("<urn:person>", PREF_LABEL, name) for name in names)]
    model = make_model(load_config(ROOT), SiteIndex(data))
    (page,) = (page for page in ListPages(model, Statements(model)).pages() if page.template == "list.html")
    assert [str(name) for name in page.context["entries"][0].names] == ["Станіслаў Зась"]
