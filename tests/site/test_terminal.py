"""The same index in the terminal: 'publisher show' and 'publisher list'."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import UsageError
from publisher.site.model import Model
from publisher.site.terminal import find, list_text, open_model, resolve, show_text
from publisher.workspace.config import Config, load_config


@pytest.fixture(scope="module")
def model(config: Config, built: Path) -> Model:
    return open_model(config, built)


@pytest.mark.parametrize(
    "name",
    [
        "id:ilham-aliyev",
        "Ilham Aliyev",
        "İlham Əliyev",
        "ильхам алиев",
        "Իլհամ Ալիև",
        "https://w3id.org/geopol/id/ilham-aliyev",
    ],
)
def test_a_thing_is_found_by_any_of_its_names(model: Model, name: str) -> None:
    assert find(model, name) == ["<https://w3id.org/geopol/id/ilham-aliyev>"]


def test_facts_and_claims_are_apart(model: Model) -> None:
    words = show_text(model, "Armenia")
    facts, said = words.index("\nWhat happened\n"), words.index("\nWhat is said of it: 5")
    assert facts < said
    assert "claims, not facts\n" in words
    between = words[facts:said]
    assert "Fact. " in between
    assert not any(kind in between for kind in ("Allegation.", "Assertion.", "Position.", "Forecast.", "Evaluation."))
    assert "    Allegation. The author charges Armenia" in words[said:]
    assert "Not judged." in words[said:]


def test_a_part_of_several_names_lists_the_things(model: Model) -> None:
    words = show_text(model, "president of")
    assert "things have this name; show one by its identifier:" in words
    assert "id:president-of-belarus" in words


def test_an_unknown_name_is_answered_with_similar_ones(model: Model) -> None:
    with pytest.raises(UsageError, match="nothing in the dataset is called 'Aremnia'; similar names: Armenia"):
        show_text(model, "Aremnia")


def test_classes_and_their_things_are_listed(model: Model) -> None:
    assert "gp:SovereignState" in list_text(model, None)
    states = list_text(model, "sovereign state").splitlines()
    assert states[0].split() == ["id:armenia", "Armenia"]
    assert len(states) == 10
    assert list_text(model, "gp:SovereignState").splitlines() == states


@pytest.mark.parametrize("class_", ["allegation", "gp:Allegation", "gp:memberOf"])
def test_a_class_without_things_is_said_to_have_none(model: Model, class_: str) -> None:
    with pytest.raises(UsageError, match="no thing is listed in gp:"):
        list_text(model, class_)


def test_a_thesaurus_is_shown_without_claims(thesaurus: Path) -> None:
    model = open_model(load_config(thesaurus.parent), thesaurus)
    words = show_text(model, "قط")
    assert words.startswith("Cat – Concept")
    assert "Broader: mammal" in words
    assert "claim" not in words


def test_a_name_means_one_thing_or_nothing(model: Model) -> None:
    assert resolve(model, "csto") == "https://w3id.org/geopol/id/csto"
    assert resolve(model, "Ильхам Алиев") == "https://w3id.org/geopol/id/ilham-aliyev"
    assert resolve(model, "occupies") == "https://w3id.org/geopol/ns#occupies"
    with pytest.raises(UsageError, match=r"'Presiden'; names that have it in them: .* \(id:"):
        resolve(model, "Presiden")
    with pytest.raises(UsageError, match="similar names: Azerbaijan"):
        resolve(model, "Azerbayjan")
    several = next(name for name, nodes in model.by_name.items() if len(nodes) > 1)
    with pytest.raises(UsageError, match="several things are called"):
        resolve(model, several)
