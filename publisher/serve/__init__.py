"""Serve the site of a workspace by HTTP: the one that a build wrote, or the workspace under work.

A thing is found under its identifier, by 303 to the document in the format that the client wants most. A preview
renders a page when it is asked for, shows the findings of ``validate`` in it, and reloads it on each change.

>>> from publisher.serve import REPRESENTATIONS, choose
>>> choose("application/*;q=0.8, text/turtle;q=0.2", REPRESENTATIONS).name
'JSON-LD'
"""

from publisher.serve.negotiation import REPRESENTATIONS, choose
from publisher.serve.published import PublishedSite

__all__ = ["REPRESENTATIONS", "PublishedSite", "choose"]
