"""Load a published dataset into a triple store: stage, count, then swap; graphs of others are never changed.

``load`` changes the store, ``plan`` lists the requests that it would send.

>>> from publisher.load import find_target
>>> target = find_target({}, "http://127.0.0.1:7878", profile="oxigraph")
>>> target.update, target.method
('http://127.0.0.1:7878/update', 'gsp')
"""

from publisher.load.migration import migrate
from publisher.load.profiles import Target, find_target
from publisher.load.transfer import LoadResult, load, plan

__all__ = ["LoadResult", "Target", "find_target", "load", "migrate", "plan"]
