"""Make the page on which readers ask the published data in SPARQL, in their browser, without a server.

The scripts are bundled from ``browser/`` into ``bundle/`` by ``make`` and when the wheel is built.

>>> from publisher.site.sparql import FOLDER
>>> FOLDER
'browser'
"""

from publisher.site.sparql.page import FOLDER, SparqlPage, obstacle

__all__ = ["FOLDER", "SparqlPage", "obstacle"]
