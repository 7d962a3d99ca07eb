"""Write a static site beside the dumps of a dataset, of any vocabulary, and read the same index for the terminal.

A claim is never shown as a fact: by word, icon, border and position, with its voice and the verdict in words.

>>> from publisher.site import SiteIndex
>>> index = SiteIndex([("<urn:a>", "<http://www.w3.org/2004/02/skos/core#prefLabel>", '"Ararat"@en')])
>>> index.label("<urn:a>")
Text(value='Ararat', language='en')
"""

from publisher.site.index import SiteIndex
from publisher.site.site import WrittenSite, write_site

__all__ = ["SiteIndex", "WrittenSite", "write_site"]
