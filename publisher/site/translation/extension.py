"""Translate templates when they are compiled, so that a translated page is rendered as fast as an English one."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from jinja2 import Environment, nodes
from jinja2.ext import InternationalizationExtension

from publisher.site.words import Words

_FILTER: Final = "isolated"
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


class CompiledTranslations(InternationalizationExtension):
    """The extension ``jinja2.ext.i18n`` with the text of ``{% trans %}`` put in place by the compiler.

    An environment is of one site and so of one language. A text with a plural is looked up when the page is rendered.
    Texts that take the place of variables are isolated from the message.
    """

    def _make_node(
        self,
        singular: str,
        plural: str | None,
        context: str | None,
        variables: dict[str, nodes.Expr],
        plural_expr: nodes.Expr | None,
        vars_referenced: bool,
        num_called_num: bool,
    ) -> nodes.Output:
        variables = {name: nodes.Filter(value, _FILTER, [], [], None, None) for name, value in variables.items()}
        if plural is not None:
            return super()._make_node(
                singular, plural, context, variables, plural_expr, vars_referenced, num_called_num
            )
        words: Words = self.environment.words  # type: ignore[attr-defined]
        message = singular if vars_referenced else singular.replace("%%", "%")
        text = words.pgettext(context, message) if context else words.gettext(message)
        if not vars_referenced:
            return nodes.Output([nodes.TemplateData(text)])
        pieces = _PLACEHOLDER.split(text)
        texts: list[nodes.Expr] = [nodes.TemplateData(piece.replace("%%", "%")) for piece in pieces]
        return nodes.Output([variables[pieces[n]] if n % 2 else text for n, text in enumerate(texts)])


def _isolated(words: Words, value: object) -> object:
    """Return a plain text isolated; HTML has elements for that."""
    return words.isolated(value) if type(value) is str else value


def translate(environment: Environment, words: Words) -> None:
    """Have ``{% trans %}``, ``_()`` and ``ngettext()`` in the templates of an environment."""
    environment.add_extension(CompiledTranslations)
    environment.extend(words=words)
    environment.filters[_FILTER] = partial(_isolated, words)
    environment.install_gettext_translations(words.translations)  # type: ignore[attr-defined]
    environment.globals["_"] = words.gettext
