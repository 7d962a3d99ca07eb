"""Choose the language of the site's own words, and read its catalogue.

The package brings ``LANG.po`` beside this module, a workspace ``site/locale/LANG.po``, whose messages come first. The
messages themselves are English: what neither catalogue has stays English.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from publisher.errors import SourceError
from publisher.site.words import Words
from publisher.workspace.config import Config
from publisher.workspace.files import within
from publisher.workspace.pages.markdown import FOLDER

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

LOCALE: Final = "locale"  # the folder of the catalogues of a workspace, below site/
TEMPLATE: Final = Path(__file__).parent / "site.pot"
_ENGLISH: Final = "en"
_PLACEHOLDER: Final = re.compile(r"%\([a-z_]+\)s|\{[a-z_]*\}")


def read_words(config: Config) -> Words:
    """Return the site's own words in the language of ``[site] interface``, by default the first of ``languages``.

    They are English where there is no catalogue of that language. Raises ``SourceError`` for a catalogue that cannot
    be read, and for an ``interface`` without one.
    """
    language = config.site.interface or config.site.languages[0]
    if _primary(language) == _ENGLISH:
        return Words(language)
    paths = [path for path in _paths(language, config.root) if path.is_file()]
    if not paths:
        own = config.root / FOLDER / LOCALE / f"{language}.po"
        missing = f"there is no catalogue of '{language}'; '{FOLDER}/{LOCALE}/{language}.po' can be one"
        if config.site.interface:
            raise SourceError(f"{missing}, or change 'interface' in [site]", own)
        return Words(untranslated=missing)
    catalogues = [_read(path) for path in paths]
    return Words(language, _merged(catalogues), _untranslated(catalogues))


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _paths(language: str, root: Path) -> Iterator[Path]:
    """Yield the paths of the catalogues of a language, in order of precedence."""
    names = dict.fromkeys((language, _primary(language)))
    for folder in (root / FOLDER / LOCALE, TEMPLATE.parent):
        for name in names:
            yield within(folder / f"{name}.po", root) if folder.is_relative_to(root) else folder / f"{name}.po"


def _read(path: Path) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalogue = read_po(io.BytesIO(path.read_bytes()), locale=path.stem.replace("-", "_"), abort_invalid=True)
    except PoFileError as error:
        raise SourceError(f"the catalogue cannot be read: {error}", path, error.lineno) from error
    except (ValueError, LookupError) as error:  # no UTF-8, no language, no rule of plurals
        raise SourceError(f"the catalogue cannot be read: {error}", path) from error
    for message in catalogue:
        if message.id and (unknown := _unknown(message)):
            raise SourceError(f"the translation has {unknown}, which its message does not have", path, message.lineno)
    return catalogue


def _texts(value: object) -> list[str]:
    """Return the forms of a message or of its translation that are not empty."""
    forms = value if isinstance(value, (tuple, list)) else [value]
    return [form for form in forms if isinstance(form, str) and form]


def _unknown(message: Message) -> str:
    """Return a placeholder of a translation that its message does not have."""
    known = {name for text in _texts(message.id) for name in _PLACEHOLDER.findall(text)}
    used = (name for text in _texts(message.string) for name in _PLACEHOLDER.findall(text))
    return next((name for name in used if name not in known), "")


def _merged(catalogues: list[Catalog]) -> gettext.GNUTranslations:
    """Return the translations of the first catalogue, with those of the next for what it does not have."""
    from babel.messages.mofile import write_mo

    found: list[gettext.GNUTranslations] = []
    for catalogue in catalogues:
        file = io.BytesIO()
        write_mo(file, catalogue)
        file.seek(0)
        found.append(gettext.GNUTranslations(file))
        if len(found) > 1:
            found[0].add_fallback(found[-1])
    return found[0]


def _untranslated(catalogues: list[Catalog]) -> str:
    """Return how many messages have no translation, as words; empty where all have one."""
    messages = read_messages()
    translated = (m for catalogue in catalogues for m in catalogue if _texts(m.string) and not m.fuzzy)
    done = {message.id for message in translated}
    missing = sum(message.id not in done for message in messages)
    return f"{missing} of its {len(messages)} own texts are not translated" if missing else ""


@cache
def read_messages() -> tuple[Message, ...]:
    """Return all messages of the site, each with the files that have it."""
    from babel.messages.pofile import read_po

    return tuple(message for message in read_po(io.BytesIO(TEMPLATE.read_bytes())) if message.id)


def script_words(words: Words, scripts: str) -> dict[str, object]:
    """Return the translations of the messages of a script for the page that loads it; none for English.

    ``scripts`` is the end of its path from the root of the sources on, or the folder of several scripts.

    A message with a plural has the list of its forms; ``""`` has the digit of the form for each number below 200.
    """
    if words.is_english:
        return {}
    own = [m for m in read_messages() if any(f"/{scripts}" in f"/{path}" for path, _ in m.locations)]
    singular = {m.id: words.gettext(m.id) for m in own if isinstance(m.id, str)}
    plural = {m.id[0]: words.forms(*m.id) for m in own if not isinstance(m.id, str)}
    return {**singular, **plural, **({"": words.form_numbers} if plural else {})}
