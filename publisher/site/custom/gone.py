"""Read which identifiers were published once and are withdrawn: the file ``site/gone.txt`` of a workspace.

Each line is an identifier, as an IRI or by a prefix of publisher.toml, and perhaps the one that replaces it.
"""

from __future__ import annotations

from typing import Final

from publisher.errors import SourceError
from publisher.rdf.curies import expand
from publisher.rdf.ntriples import iri
from publisher.site.model import Model
from publisher.workspace.files import read_text
from publisher.workspace.pages.markdown import FOLDER

GONE: Final = "gone.txt"
GONE_PAGE: Final = "410.html"


def read_gone(model: Model) -> dict[str, str]:
    """Return the withdrawn identifiers by their paths below the base, each with the IRI that replaces it, or nothing.

    Raises ``SourceError`` for a line that is not of that form, an identifier that the dataset still describes, and a
    replacement that it does not.
    """
    config, found = model.config, dict[str, str]()
    path = config.root / FOLDER / GONE
    if not path.is_file():
        return found
    for number, line in enumerate(read_text(path).splitlines(), 1):
        names = [expand(word, config.prefixes) or word.strip("<>") for word in line.split()]
        if not names or line.startswith("#"):
            continue
        message = ""
        if len(names) > 2 or not names[0].startswith(config.base) or "#" in names[0]:
            message = f"expected an identifier below {config.base}, and perhaps the one that replaces it"
        elif model.addresses.href(iri(names[0])):
            message = f"the dataset still describes {names[0]}; remove the line"
        elif names[1:] and not model.addresses.href(iri(names[1])):
            message = f"the site has no page of {names[1]}, which is to replace {names[0]}"
        if message:
            raise SourceError(message, path, number, 1)
        found[names[0].removeprefix(config.base)] = "".join(names[1:])
    return found


def gone_text(gone: dict[str, str]) -> str:
    """Return withdrawn identifiers as the site has them for servers: path and replacement, apart by a tab."""
    return "".join(f"{path}\t{replacement}\n" for path, replacement in sorted(gone.items()))
