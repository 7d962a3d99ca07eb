"""Link entities to items of Wikidata: suggest candidates with evidence, review them, and check recorded links.

A link is a row of a mapping file in ``data/links`` (SSSOM); nothing is recorded that nobody has decided. ``suggest``
and ``check`` take the client of ``publisher.link.client``; importing this package loads no HTTP library.

>>> from datetime import date
>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from publisher.link.links import FILE, Decision, LinkFile
>>> from publisher.workspace import Config
>>> minsk, prefixes = "http://e/id/minsk", {"id": "http://e/id/"}
>>> with TemporaryDirectory() as folder:
...     file = LinkFile(Path(folder, FILE), "id:me", date(2026, 1, 1), prefixes)
...     file.record([Decision(minsk, "Minsk", "Q2280", "Minsk"), Decision(minsk, "Minsk", "Q1", is_negated=True)])
...     links = read_links(Config(Path(folder), "http://e/", "", "", "", "", "1", date(2026, 1, 1), prefixes))
>>> links.items(), links.rejected(minsk)
({'http://e/id/minsk': 'Q2280'}, {'Q1': ''})
"""

from publisher.link.candidates import suggest
from publisher.link.dialog import review
from publisher.link.entities import linkable
from publisher.link.links import Links, read_links
from publisher.link.verification import check

__all__ = ["Links", "check", "linkable", "read_links", "review", "suggest"]
