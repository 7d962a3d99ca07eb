"""Keep the site of a workspace under work: read it again after each change, and keep the last state that was good."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import jinja2

from publisher.errors import PublisherError, reason
from publisher.site.translation.extension import translate
from publisher.site.words import ENGLISH, Words

if TYPE_CHECKING:
    from publisher.serve.state import SiteState
    from publisher.validate.report import Finding
    from publisher.workspace.config import Config

TEMPLATES: Final = Path(__file__).parent / "templates"
_POLICY: Final = "default-src 'none';"


@dataclass(frozen=True)
class ShownFinding:
    """A finding as pages show it: its place in the files, and the address of what it is about, perhaps with ``#``."""

    severity: str
    message: str
    hint: str
    place: str
    address: str


@dataclass(frozen=True)
class PreviewView:
    """What is shown at one moment: the last state that was good, and what is wrong with the files as they are.

    ``error`` says why the files are not the state that is shown, which is of the time ``since``. ``number`` grows with
    each change of what is shown.
    """

    state: SiteState | None = None
    findings: tuple[ShownFinding, ...] = ()
    error: str = ""
    since: str = ""
    is_checking: bool = True
    number: int = 0


class PreviewPage(NamedTuple):
    """A page as HTML, with the status of the answer."""

    status: int
    text: str


class Preview:
    """The site of the workspace at ``root``; results are kept in the folder ``cache`` for the next start."""

    def __init__(self, root: Path, cache: Path | None = None) -> None:
        self.root, self._cache = root, cache
        self.view = PreviewView()

    def watch(self, changed: Callable[[], None]) -> None:
        """Read the workspace now and after each change of its files, without end; call ``changed`` when it is shown."""
        from publisher.workspace.watch import changes

        for _ in changes(self.root):
            try:
                for _ in self.read():
                    changed()
            except OSError as error:  # of a file that has just been removed, or cannot be read
                self._show(error=f"{error.filename}: {reason(error)}", is_checking=False)
                changed()

    def read(self) -> Iterator[None]:
        """Read the workspace and show it, then validate it; yield after each of the two."""
        from publisher.workspace.config import load_config

        try:
            config = load_config(self.root)
        except PublisherError as error:
            self._show(error=str(error), findings=(), is_checking=False)
            yield
            return
        self._read_state(config)
        yield
        self._check(config)
        yield

    def _show(self, **changes: object) -> None:
        self.view = replace(self.view, number=self.view.number + 1, **changes)  # type: ignore[arg-type]

    def _read_state(self, config: Config) -> None:
        from publisher.serve.state import read_state

        try:
            state = read_state(config, self._cache)
        except PublisherError as error:
            self._show(error=str(error), is_checking=True)
        else:
            self._show(state=state, error="", is_checking=True, since=time.strftime("%H:%M:%S"))

    def _check(self, config: Config) -> None:
        from publisher.build.review import Request, judge

        try:
            found = judge(config, Request(), cache=self._cache).compared.new.findings
        except PublisherError as error:
            self._show(error=str(error), is_checking=False)
        else:
            self._show(findings=tuple(map(self._shown, found)), is_checking=False)

    def _shown(self, finding: Finding) -> ShownFinding:
        from publisher.validate.report import relative
        from publisher.validate.text import shorten_iris

        place, state = "", self.view.state
        if finding.file:
            numbers = (str(number) for number in (finding.line, finding.column) if number)
            place = ":".join((relative(finding.file, self.root), *numbers))
        prefixes = state.config.prefixes if state else {}
        return ShownFinding(
            finding.severity,
            shorten_iris(finding.message, prefixes),
            shorten_iris(finding.hint, prefixes).replace("`", ""),
            place,
            state.address_of(finding) if state else "",
        )

    # --- pages ---

    def page(self, address: str) -> PreviewPage | None:
        """Return a page of the site with what is found in it, or nothing where there is none."""
        view = self.view
        if view.state is None:
            return PreviewPage(503, self._problem(view, address, view.error))
        try:
            text = view.state.page(address)
        except PublisherError as error:
            return PreviewPage(500, self._problem(view, address, str(error)))
        return PreviewPage(200, self._framed(view, address, text)) if text is not None else None

    def _problem(self, view: PreviewView, address: str, message: str) -> str:
        """Return a page that says why there is no other."""
        text = _rendered("problem.html", view, message=message)
        return self._framed(view, address, text)

    def _framed(self, view: PreviewView, address: str, text: str) -> str:
        """Add the bar, the findings and the script that reloads the page; its policy must let that connect."""
        here = [finding for finding in view.findings if finding.address.partition("#")[0] == address]
        root = "../" * address.count("/")
        bar = _rendered("bar.html", view, here=here, root=root)
        head = f'<link rel="stylesheet" href="{root}-/preview.css"><script src="{root}-/preview.js" defer></script>'
        text = text.replace("</head>", f"{head}</head>", 1).replace("<body>", f"<body>{bar}", 1)
        return text if "connect-src" in text else text.replace(_POLICY, f"{_POLICY} connect-src 'self';", 1)


def _rendered(template: str, view: PreviewView, **context: object) -> str:
    """Return a template in the language of the site; before a site can be read, in English."""
    words = view.state.model.words if view.state else ENGLISH
    own = {"view": view, "language": words.language, "direction": words.direction, "is_english": words.is_english}
    severities = {
        "violation": words.gettext("Violation"),
        "warning": words.gettext("Warning"),
        "info": words.gettext("Info"),
    }
    shown = {**own, **context, "severities": severities, "counts": _counts(view.findings, words)}
    return _environment(words).get_template(template).render(shown)


def _counts(findings: tuple[ShownFinding, ...], words: Words) -> list[str]:
    numbers = Counter(finding.severity for finding in findings)
    texts = {
        "violation": words.ngettext("{count} violation", "{count} violations", numbers["violation"]),
        "warning": words.ngettext("{count} warning", "{count} warnings", numbers["warning"]),
        "info": words.ngettext("{count} info", "{count} infos", numbers["info"]),
    }
    return [text.format(count=numbers[name]) for name, text in texts.items() if numbers[name]]


@lru_cache(maxsize=1)
def _environment(words: Words) -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    translate(environment, words)
    return environment
