"""Word numbers in messages."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """Return a number with its noun, which is given in the singular.

    >>> plural(1, "entry"), plural(2, "entry"), plural(0, "row")
    ('1 entry', '2 entries', '0 rows')
    """
    if count == 1:
        return f"{count} {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"
