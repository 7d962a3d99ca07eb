"""The gazetteer of this repository's workspace."""

from __future__ import annotations

import pytest

from publisher.draft.gazetteer import Gazetteer, make_gazetteer
from publisher.workspace.sources import Workspace, triples_of


@pytest.fixture(scope="session")
def gazetteer(workspace: Workspace) -> Gazetteer:
    return make_gazetteer(triples_of(workspace.data), triples_of(workspace.ontology))
