"""Collect the messages of the site in ``site.pot``, and add new ones to the catalogues beside it.

    make messages

A test fails when a message is not in ``site.pot``.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from publisher.site.translation.catalogue import TEMPLATE

_ROOT: Final = Path(__file__).parent.parent
_METHODS: Final = {
    "browser/src": [("**.js", "javascript")],
    "publisher/serve": [("**.py", "python"), ("templates/**.html", "jinja2")],
    "publisher/site": [
        ("**.py", "python"),
        ("templates/**.html", "jinja2"),
        ("templates/search.js", "javascript"),
        ("templates/text.js", "javascript"),
    ],
}
# Templates are read as they are rendered (publisher.site.custom.overrides).
_OPTIONS: Final = {
    "templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false", "encoding": "utf-8"}
}
# Classes and properties of standards, which have no other name where the data do not give one (``Words.name``).
_STANDARD_NAMES: Final = (
    "Concept, Concept scheme, Collection, Broader, Narrower, Related, In scheme, Top concept of, Has top concept, "
    "Member, Notation, Exact match, Close match, Broad match, Narrow match, Related match, Same as, See also, "
    "Definition, Scope note, Note, Example, History note, Change note, Editorial note, Abstract, Description, "
    "Comment, Created, Creator, Date, Identifier, Issued, Language, License, Modified, Publisher, Source, "
    "Subject, Version info"
)
_KEYWORDS: Final = {**DEFAULT_KEYWORDS, "translatable": None, "_n": (1, 2), "n": (1, 2)}


def extract() -> Catalog:
    """Return all messages of the site, each with the files that have it."""
    catalogue = Catalog()
    for folder, methods in _METHODS.items():
        found = extract_from_dir(_ROOT / folder, methods, _OPTIONS, _KEYWORDS)
        for path, _line, message, _comments, context in found:
            catalogue.add(message, locations=[(f"{folder}/{path}", 0)], context=context)
    for name in _STANDARD_NAMES.split(", "):
        catalogue.add(name, locations=[("docs/collect_messages.py", 0)])
    return catalogue


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue over one that is there, with the header of that."""
    header, file = path.read_text(encoding="utf-8").partition("\n\n")[0], io.BytesIO()
    write_po(file, catalogue, width=0, omit_header=True, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    path.write_text(f"{header}\n\n{file.getvalue().decode()}", encoding="utf-8")


def main() -> None:
    """Write ``site.pot`` and the catalogues anew."""
    messages = extract()
    write(TEMPLATE, messages)
    for path in sorted(TEMPLATE.parent.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        catalogue.update(messages, no_fuzzy_matching=True)
        write(path, catalogue)


if __name__ == "__main__":
    main()
