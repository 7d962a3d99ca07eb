from __future__ import annotations

import pyoxigraph as ox
import pytest

from publisher.rdf.ntriples import NTriple, NTriplesBuffer
from publisher.rdf.overlay import Overlay

GRAPH = ox.NamedNode("urn:x:background")
BEHIND: NTriple = ("<urn:a>", "<urn:p>", '"behind"')


def _values(store: ox.Store) -> set[str]:
    rows = store.query("SELECT ?o WHERE { ?s ?p ?o }", default_graph=[GRAPH, ox.DefaultGraph()])
    assert isinstance(rows, ox.QuerySolutions)
    return {str(row["o"]) for row in rows}


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize("limit", [0, 1 << 26])
def test_what_was_added_is_gone_and_the_background_stays(limit: int, batch: int) -> None:
    overlay = Overlay(lambda: {GRAPH: NTriplesBuffer.of([BEHIND])}, limit=limit, batch=batch)
    stores = set()
    for number in range(5):
        with overlay.store() as store:
            stores.add(id(store))
            assert _values(store) == {'"behind"'}
            overlay.add([("<urn:b>", "<urn:p>", f'"{number}"')])
            overlay.add([("<urn:b>", "<urn:p>", '"more"'), BEHIND])
            assert _values(store) == {'"behind"', f'"{number}"', '"more"'}
    assert (len(stores) > 1) == (limit == 0)


def test_an_error_leaves_it_empty() -> None:
    overlay = Overlay(lambda: {GRAPH: NTriplesBuffer.of([BEHIND])})

    def fail() -> None:
        with overlay.store():
            overlay.add([("<urn:b>", "<urn:p>", '"x"')])
            raise ValueError

    with pytest.raises(ValueError, match=r"\A\Z"):
        fail()
    with overlay.store() as store:
        assert _values(store) == {'"behind"'}
