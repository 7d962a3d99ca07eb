"""Find the templates, the style sheet and the files with which a workspace changes its site.

``site/templates/NAME.html`` replaces the template of that name, and extends it as ``publisher/NAME.html``. The rules of
``site/style.css`` follow those of the site. ``site/static/`` is copied.
"""

from __future__ import annotations

import datetime
import json
import traceback
from collections.abc import Iterator
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Final

import jinja2
from jinja2.compiler import CodeGenerator
from jinja2.nodes import Template
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from publisher.errors import SourceError
from publisher.site.translation.extension import translate
from publisher.site.words import Words
from publisher.workspace.files import is_hidden, read_bytes, read_text, within
from publisher.workspace.pages.markdown import FOLDER, STATIC, TEMPLATES

STYLE: Final = "style.css"
_OPTIONS: Final = {
    "autoescape": True,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "undefined": jinja2.StrictUndefined,
    "auto_reload": False,  # an environment is of one build
}
# What templates call methods of.
_PLAIN: Final = (str, int, float, tuple, list, dict, set, frozenset, datetime.date)


class _Generator(CodeGenerator):
    """Compile templates that escape what they write by ``escaped``."""

    def visit_Template(self, node: Template, frame: Any = None) -> None:  # noqa: N802 (named by the class of the node)
        super().visit_Template(node, frame)
        self.writeline(f"from {__name__} import escaped as escape")


def escaped(value: object) -> str:
    """Return a value as HTML; to make ``Markup`` of each, as ``escape`` does, takes longer than to escape it."""
    kind = type(value)
    if kind is str:
        return _escaped(value)
    return str(value) if kind is Markup or kind is int else escape(value)


@lru_cache(maxsize=1 << 14)
def _escaped(text: str) -> str:
    return str(escape(text))


class _Sandbox(SandboxedEnvironment):
    """Let templates call macros, functions of Jinja and gettext, and methods of texts, numbers, dates and collections.

    The objects that templates show have others, which read and write files: those of paths and of answers.
    """

    def is_safe_callable(self, obj: Any) -> bool:
        """Tell whether a template may call an object."""
        owner = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        is_of_jinja = str(getattr(obj, "__module__", "")).partition(".")[0] == "jinja2"
        return super().is_safe_callable(obj) and (
            is_of_jinja or obj is dict or isinstance(owner, (*_PLAIN, NullTranslations))
        )


def make_environment(templates: Path, root: Path, words: Words) -> jinja2.Environment:
    """Return the environment of the translated ``templates``, and of those at ``root`` that override them.

    Templates of a workspace run in a sandbox: a build may be one of a workspace of somebody else.
    """
    own, loader = root / FOLDER / TEMPLATES, jinja2.FileSystemLoader(templates)
    environment: jinja2.Environment
    if own.is_dir():
        for path in own.rglob("*"):
            within(path, root)
        loaders = [jinja2.FileSystemLoader(own), loader, jinja2.PrefixLoader({"publisher": loader})]
        environment = _Sandbox(loader=jinja2.ChoiceLoader(loaders), **_OPTIONS)
    else:
        environment = jinja2.Environment(loader=loader, **_OPTIONS)  # type: ignore[arg-type]  # noqa: S701 (it is in the options)
    environment.code_generator_class = _Generator
    translate(environment, words)
    return environment


def template_error(error: Exception, root: Path) -> SourceError | None:
    """Return an error of a template of the workspace with its place; nothing for an error elsewhere."""
    own = root / FOLDER / TEMPLATES
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
        frames.append((Path(error.filename), error.lineno))
    places = [(path, line) for path, line in frames if path.is_relative_to(own)]
    if not places:
        return None
    path, line = places[-1]
    kind = "" if isinstance(error, jinja2.TemplateError) else f"{type(error).__name__}: "
    return SourceError(f"the template fails: {kind}{error}", path, line)


def style_sheet(templates: Path, root: Path, words: Words) -> bytes:
    """Return the style sheet of the site with its words translated, followed by the rules of the workspace."""
    own, style = root / FOLDER / STYLE, read_bytes(templates / STYLE)
    for english, text in (("Evidence: ", words.gettext("Evidence:")), ("Characters ", words.gettext("Characters"))):
        style = style.replace(f'"{english}"'.encode(), json.dumps(f"{text} ", ensure_ascii=False).encode())
    return style + f"\n/* {FOLDER}/{STYLE} */\n{read_text(within(own, root))}".encode() if own.is_file() else style


def static_files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of ``site/static/`` with their addresses, without hidden ones and backups."""
    folder = root / FOLDER / STATIC
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(root / FOLDER)
        if path.is_file() and not any(map(is_hidden, relative.parts)):
            yield relative.as_posix(), read_bytes(within(path, root))
