"""Render the pages that only a server has: saved questions with parameters, and the description of the interface."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from publisher.query.files import Query
from publisher.query.paging import order_obstacle
from publisher.query.results import GRAPH_FORMS, Answer
from publisher.serve.api.dataset import PublishedDataset
from publisher.serve.api.formats import GRAPH_MEDIA, ROW_MEDIA
from publisher.site.output import Page, Renderer
from publisher.site.questions import Question
from publisher.site.site import SiteParts, shared_context
from publisher.site.translation.catalogue import read_words

_OPTIONAL: Final = {"has_search": "search.html", "has_sparql": "sparql.html"}


class ServedPages:
    """Render pages in the look of the site of a build. Several threads may use it."""

    def __init__(self, dataset: PublishedDataset) -> None:
        self._dataset, self._lock = dataset, threading.Lock()
        self._site = dataset.renewed(self._read_site)

    def _read_site(self) -> tuple[SiteParts, Renderer]:
        """Return what renders the pages of the site as it is now."""
        model = self._dataset.model
        config = replace(model.config, site=replace(model.config.site, sparql=False))
        own = replace(model, config=config, claims=model.claims.with_words(read_words(config)))
        parts = SiteParts(own, self._dataset.dist / "dumps", self._exists)
        shared = shared_context(config, parts)
        shared |= {name: self._exists(address) for name, address in _OPTIONAL.items()}
        shared["navigation"] = [*shared["navigation"], *[("sparql.html", "SPARQL")] * shared["has_sparql"]]
        return parts, Renderer(shared, config.root, own.words)

    def _exists(self, address: str) -> bool:
        return (self._dataset.dist / address).is_file()

    def question(self, query: Query, values: Mapping[str, str], answer: Answer | None, fault: str) -> str:
        """Return the page of a saved query with a form for its parameters; ``fault`` says why it has no answer."""
        with self._lock:
            parts, renderer = self._site.get()
            question = parts.questions.with_answer(query, answer) if answer else Question(query, None)
            page = parts.questions.page(question)
            form = {
                "fields": [(parameter, values.get(parameter.name, "")) for parameter in query.parameters],
                "fault": fault,
                "suffix": f"?{urlencode(values)}" if values else "",
                "formats": self._formats(query),
            }
            return renderer.render(replace(page, context={**page.context, "form": form}))

    def api(self) -> str:
        """Return the page that describes the interface, with a form for each saved query."""
        with self._lock:
            parts, renderer = self._site.get()
            context: dict[str, Any] = {
                "queries": [
                    (query, self._formats(query), order_obstacle(query.text) if query.form == "select" else "-")
                    for query in self._dataset.queries.values()
                ],
                "has_marks": self._dataset.model.marks is not None,
            }
            return renderer.render(
                Page("api.html", parts.model.words.gettext("Interface for programs"), "api.html", context)
            )

    @staticmethod
    def _formats(query: Query) -> list[str]:
        return list(GRAPH_MEDIA if query.form in GRAPH_FORMS else ROW_MEDIA)
