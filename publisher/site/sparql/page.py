"""Make the SPARQL page: its HTML, the scripts, and what they know of the dataset.

The scripts load the dump that ``publisher query`` loads, and check it against the digest in the page. ``dataset.json``
has prefixes, used terms and the saved queries, ``names.json`` the name and the address of each thing, and the mark of
each claim, ``map.json`` the shapes of the countries and the places.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from publisher.dump.checksums import file_digest
from publisher.rdf.ntriples import name_of
from publisher.site.model import Model
from publisher.site.output import Page
from publisher.site.pictures import Places
from publisher.site.pictures.world import NORTH, borders_note, equal_earth, read_world, whole
from publisher.site.questions import Question, QuestionPages
from publisher.site.statements import Statements
from publisher.site.translation.catalogue import script_words
from publisher.site.vocabulary import NAMES, TYPE

FOLDER: Final = "browser"  # of the files, below the root of the site
_BUNDLE: Final = Path(__file__).parent / "bundle"
_PREPARED: Final = ("sparql.js", "worker.js", "sparql.css", "oxigraph.wasm.gz", "licenses.txt")
# The engine needs about 1.6 kB for each triple, and gets 4 GB at most.
_MOST_TRIPLES: Final = 1_000_000
_MAP_WIDTH: Final = 3328  # four times that of a drawing, so that a region of it still has details
_STEPS: Final = 2  # of the paths in a pixel
_BUNDLES: Final = "its scripts are not there; run 'make bundle' with node or a network"


class _Dump(NamedTuple):
    """The dump that the page loads, with its digests as it is and unpacked: some hosts unpack it on the way."""

    name: str
    size: int
    digests: tuple[str, ...]


def obstacle(model: Model, dumps: Path) -> str:
    """Return why the site has no SPARQL page, in a few words; empty where it can have one, or must not."""
    if not model.config.site.sparql:
        return ""
    if not all((_BUNDLE / name).is_file() for name in _PREPARED):
        return _BUNDLES
    if model.index.size > _MOST_TRIPLES:
        return f"{model.index.size:,} triples are too many for a browser, which holds {_MOST_TRIPLES:,}"
    return "" if _dump_path(dumps) else 'there is no dump all.nq; add "nq" to the formats under [dumps]'


class SparqlPage:
    """Make the SPARQL page of a site, for which there must be no ``obstacle``."""

    def __init__(
        self, model: Model, statements: Statements, questions: QuestionPages, places: Places, dumps: Path
    ) -> None:
        self.model, self._statements, self._places = model, statements, places
        self._dump = _read_dump(dumps)
        self._questions = questions
        prepared = {name: (_BUNDLE / name).read_bytes() for name in _PREPARED}
        made = {
            "dataset.json.gz": self._dataset(),
            "names.json.gz": self._names(),
            "map.json.gz": self._map(),
        }
        self._files = prepared | {name: _packed(value) for name, value in made.items()}

    def page(self) -> Page:
        """Return the page."""
        digest = hashlib.sha256("".join(self._dump.digests).encode())
        for content in self._files.values():
            digest.update(content)
        context = {
            "dump": self._dump,
            "megabytes": (self._dump.size + sum(map(len, self._files.values()))) / 1e6,
            "digest": digest.hexdigest()[:12],
            "questions": self._questions.by_tag(),
            "texts": script_words(self.model.words, "browser/src/"),
        }
        return Page("sparql.html", "SPARQL", "sparql.html", context)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that the page loads: address and content."""
        for name, content in self._files.items():
            yield f"{FOLDER}/{name}", content

    # --- what the scripts know -----------------------------------------------------------------------------------

    def _dataset(self) -> dict[str, Any]:
        """Return the prefixes, the used properties and classes with their counts, and the saved queries."""
        index = self.model.index
        properties, classes = Counter[str](), Counter[str]()
        used: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for values in index.values.values():
            properties.update({name: len(objects) for name, objects in values.items()})
            types = [cls for cls in values.get(TYPE, ()) if cls[0] == "<"]
            classes.update(types)
            for cls in types:
                used[cls].update(values.keys())
        numbers = {name: number for number, name in enumerate(sorted(properties))}
        return {
            "prefixes": dict(sorted(self.model.config.prefixes.items())),
            "properties": [[name_of(name), index.label(name).value, properties[name]] for name in numbers],
            "classes": [
                [name_of(cls), index.label(cls).value, count, sorted((numbers[p], n) for p, n in used[cls].items())]
                for cls, count in sorted(classes.items())
            ],
            "questions": [self._question(question) for question in self._questions.all],
        }

    def _question(self, question: Question) -> dict[str, Any]:
        query = question.query
        parameters = [
            {"name": p.name, "type": p.type, "description": p.description.strip(), "default": p.default}
            for p in query.parameters
        ]
        return {
            "name": query.name,
            "question": query.question,
            "description": query.description,
            "tags": query.tags,
            "text": _without_header(query.text, query.question),
            "parameters": parameters,
        }

    def _names(self) -> dict[str, Any]:
        """Return the name and address of each thing, claim and term, and how each claim is marked.

        An IRI below the base begins with a slash, and an address that follows from it is left out.
        """
        base, claims, addresses = self.model.config.base, self.model.claims, self.model.addresses
        names, marked = list[list[str]](), dict[int, list[Any]]()
        marks, verdicts = dict[tuple[str, bool, tuple[str, ...]], int](), dict[str, int]()
        for number, node in enumerate(self._numbers):
            iri, href = name_of(node), addresses.href(node)
            short = f"/{iri[len(base) :]}" if iri.startswith(base) else iri
            label, language = self.model.index.label(node)
            if claim := claims.all.get(node):
                statement = self._statements.of_claim(claim, lines=0)
                mark = marks.setdefault((statement.word, statement.is_fact, statement.icons), len(marks))
                verdict = verdicts.setdefault(statement.verdict, len(verdicts))
                sentence = statement.text.value if claims.has_sentence(claim) else ""
                marked[number] = [mark, verdict, statement.prefix, sentence]
                if claim.place.article:
                    words, article = self.model.words, self.model.short(claim.place.article)
                    place = words.gettext("{article}, s. {number}")
                    label, language = words.filled(place, article=article, number=claim.place.sentence), ""
            elif not any(self.model.index.objects(node, name) for name in NAMES):
                label, language = "", ""
            names.append([short, "" if short == f"/{href.removesuffix('.html')}" else href, label, language])
        return {
            "base": base,
            "names": names,
            "claims": marked,
            "marks": [[word, int(is_fact), icons] for word, is_fact, icons in marks],
            "verdicts": list(verdicts),
            "articles": [self._numbers[node] for node in claims.by_article if node in self._numbers],
            "spots": dict(self._spots()),
        }

    def _map(self) -> dict[str, Any]:
        """Return the shapes as SVG paths by code, and longitude, latitude and code of each place by its number."""
        world, view = read_world(), whole(_MAP_WIDTH)
        borders, disputed = world.borders(view)
        shapes = {code: path for code in world.countries if code != "ATA" and (path := world.path(code, view))}
        located = (place for place in self._places.located.values() if place.node in self._numbers)
        return {
            "width": view.width,
            "height": view.height,
            "top": equal_earth((0, NORTH))[1],
            "steps": _STEPS,
            "shapes": shapes,
            "borders": borders,
            "disputed": disputed,
            "note": borders_note(self.model.words),
            "spots": {self._numbers[p.node]: [*p.point, *filter(None, (p.code,))] for p in located},
        }

    def _spots(self) -> Iterator[tuple[int, int]]:
        """Yield the things that are on the map, with the country or place where each is, by their numbers."""
        for node in self.model.things:
            spot = self._places.spot(node)
            if spot and spot.node in self._numbers:
                yield self._numbers[node], self._numbers[spot.node]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The things, claims and terms with an address, numbered."""
        nodes = (node for node in self.model.index.values if node[0] == "<" and self.model.addresses.href(node))
        return {node: number for number, node in enumerate(nodes)}


def _without_header(text: str, question: str) -> str:
    r"""Return a query with its question as a comment in place of its header, which the page shows as text and a form.

    >>> _without_header("#+ summary: Who?\n#+ tags: [facts]\n\nASK {}\n", "Who?")
    '# Who?\nASK {}\n'
    """
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#+")]
    return f"# {' '.join(question.split())}\n" * bool(question) + "".join(lines).lstrip()


def _dump_path(dumps: Path) -> Path | None:
    """Return the dump of everything that ``publisher query`` loads, packed where there is a packed copy."""
    return next((path for name in ("all.nq.gz", "all.nq") if (path := dumps / name).is_file()), None)


def _read_dump(dumps: Path) -> _Dump:
    path = _dump_path(dumps) or dumps / "all.nq"
    digests = [file_digest(path)]
    if path.suffix == ".gz":
        with gzip.open(path) as content:
            digests.append(hashlib.file_digest(content, "sha256").hexdigest())
    return _Dump(f"dumps/{path.name}", path.stat().st_size, tuple(digests))


def _packed(value: object) -> bytes:
    """Return JSON in gzip: hosts rarely pack it, and the page unpacks it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0)
