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
from publisher.site.model import Model
from publisher.site.output import Page, Renderer
from publisher.site.questions import Question
from publisher.site.site import SiteParts, shared_context
from publisher.site.translation.catalogue import read_words

_OPTIONAL: Final = {"has_search": "search.html", "has_sparql": "sparql.html"}


class ServedPages:
    """Render pages in the look of the site of a build. Several threads may use it."""

    def __init__(self, dataset: PublishedDataset) -> None:
        self._dataset = dataset
        self._lock = threading.Lock()
        self._model: Model | None = None
        self._parts: tuple[SiteParts, Renderer] | None = None

    def _site(self) -> tuple[SiteParts, Renderer]:
        """Return what renders the pages of the site as it is now."""
        model = self._dataset.model
        if self._parts is None or model is not self._model:
            config = replace(model.config, site=replace(model.config.site, sparql=False))
            own = replace(model, config=config).with_words(read_words(config))
            parts = SiteParts(own, self._dataset.dist / "dumps", self._exists)
            shared = shared_context(config, parts)
            shared |= {name: self._exists(address) for name, address in _OPTIONAL.items()}
            shared["navigation"] = [*shared["navigation"], *[("sparql.html", "SPARQL")] * shared["has_sparql"]]
            self._model, self._parts = model, (parts, Renderer(shared, config.root, own.words))
        return self._parts

    def _exists(self, address: str) -> bool:
        return (self._dataset.dist / address).is_file()

    def question(self, query: Query, values: Mapping[str, str], answer: Answer | None, fault: str) -> str:
        """Return the page of a saved query with a form for its parameters; ``fault`` says why it has no answer."""
        with self._lock:
            parts, renderer = self._site()
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
            parts, renderer = self._site()
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
