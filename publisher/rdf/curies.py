"""Convert IRIs to CURIEs and back (https://www.w3.org/TR/curie/).

``prefixes`` map a prefix to a namespace IRI, as ``[prefixes]`` in ``publisher.toml`` does. (The library ``curies``
does the same, but loads pydantic, which alone would take longer than ``publisher --help``.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from publisher.rdf.turtle_tokens import PN_CHARS, PN_CHARS_BASE


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return the CURIE of an IRI by its longest namespace, or the IRI when no namespace fits: for people to read.

    >>> shorten("https://e.org/id/a/b", {"id": "https://e.org/id/"})
    'id:a/b'
    >>> shorten("https://e.org/id/", {"id": "https://e.org/id/"})
    'https://e.org/id/'
    """
    fitting = (prefix for prefix, namespace in prefixes.items() if iri.startswith(namespace))
    prefix = max(fitting, key=lambda prefix: len(prefixes[prefix]), default=None)
    if prefix is None or iri == prefixes[prefix]:
        return iri
    return f"{prefix}:{iri[len(prefixes[prefix]) :]}"


def turtle_name(iri: str, prefixes: Mapping[str, str]) -> str:
    """Return an IRI as Turtle and SPARQL read it: a prefixed name that needs no escapes, else ``<iri>``.

    >>> [turtle_name(f"https://e.org/id/{name}", {"id": "https://e.org/id/"}) for name in ("a", "a/b")]
    ['id:a', '<https://e.org/id/a/b>']
    """
    for prefix, namespace in sorted(prefixes.items(), key=lambda item: -len(item[1])):
        if iri.startswith(namespace) and _local_name().fullmatch(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{iri}>"


def readable_prefixes(ntriples: str, prefixes: Mapping[str, str]) -> dict[str, str]:
    r"""Return the prefixes with which every reader can read these N-Triples or N-Quads as Turtle or TriG.

    rdflib 7 cannot read a prefixed name that ends in an escaped dot (PN_LOCAL_ESC of Turtle 1.1), as in
    ``dbr:Washington\,_D.C\.``: prefixes with which an IRI would end so are left out.

    >>> readable_prefixes("<urn:x:a.> <urn:x:b> <urn:y:c> .", {"x": "urn:x:", "y": "urn:y:"})
    {'y': 'urn:y:'}
    """
    ending = re.findall(r"<([^<>]*)\.>", ntriples) if ".>" in ntriples else []
    return {
        prefix: namespace
        for prefix, namespace in prefixes.items()
        if not any(iri.startswith(namespace) for iri in ending)
    }


@cache
def _local_name() -> re.Pattern[str]:
    """Compile PN_LOCAL of Turtle 1.1, without colons and escapes, when it is first needed: that takes 10 ms."""
    return re.compile(rf"[{PN_CHARS_BASE}_0-9](?:[{PN_CHARS}.]*[{PN_CHARS}])?")


def expand(curie: str, prefixes: Mapping[str, str]) -> str | None:
    """Return the IRI of a CURIE, or ``None`` when it has no prefix of ``prefixes``.

    >>> expand("id:belarus", {"id": "https://e.org/id/"})
    'https://e.org/id/belarus'
    """
    prefix, colon, local = curie.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else None


def unescape_name(name: str) -> str:
    r"""Return a prefixed name of Turtle or SPARQL without the escapes of PN_LOCAL_ESC: ``id:a\/b`` is ``id:a/b``."""
    return re.sub(r"\\(.)", r"\1", name)
