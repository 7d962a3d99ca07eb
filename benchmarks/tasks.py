"""What is measured: who does which step on which corpus, with which command."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from benchmarks.article import slug
from benchmarks.corpus import SOWN, make_article, write_corpus

HERE: Final = Path(__file__).parent
PEERS: Final = HERE / ".peers"
WORK: Final = HERE / ".work"
SEED: Final = 1
MISTAKEN: Final = 100  # articles, each with a mistake, on which it is checked whether somebody sees them all
CORES: Final = os.cpu_count() or 1

Step = Literal[
    "start", "build", "build, one process", "rebuild", "validate", "validate with mistakes", "mistakes", "infer"
]
Prepare = Callable[[], None]
US: Final = "publisher"
SLIM: Final = "publisher (two formats)"  # the [dumps] that docs/large-datasets.md recommends
MANY: Final = 1000  # articles, of which every second has a mistake, on which it is measured what findings cost
LARGE: Final = 10_000  # from so many articles on nobody wants six formats
_SLIM: Final = '\n[dumps]\nformats = ["ttl", "nq"]\ncompressed = "only"\n'
_PYTHON: Final = str(PEERS / "venv" / "bin" / "python")
_NATIVE: Final = ("pyshifty", "pyrudof", "pyshacl-turbo", "shacl-rust", "shacl")


@dataclass(frozen=True)
class Task:
    """A step of one peer on a corpus of so many articles."""

    peer: str
    step: Step
    articles: int
    command: tuple[str, ...]
    prepare: Prepare = lambda: None

    @property
    def key(self) -> str:
        """The name under which its runs are kept."""
        return f"{self.articles} | {self.step} | {self.peer}"

    @property
    def version(self) -> str:
        """What is measured: the commit of this tool, or the scripts and the versions of the peers."""
        return _commit() if self.peer in (US, SLIM) else _scripts()


@cache
def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout.strip() or "not under version control"


@cache
def _scripts() -> str:
    content = b"".join(path.read_bytes() for path in sorted((HERE / "peers").glob("*.*")))
    return hashlib.sha256(content).hexdigest()[:12]


@dataclass(frozen=True)
class Corpus:
    """A workspace of generated articles, written when it is first needed."""

    articles: int
    violations: float = 0.0
    is_slim: bool = False

    @property
    def folder(self) -> Path:
        """Where it is."""
        return WORK / f"{self.articles}-articles{'-with-mistakes' if self.violations else ''}{self._slim}"

    @property
    def out(self) -> Path:
        """Where a build of it is published."""
        return WORK / f"{self.articles}-published{self._slim}"

    @property
    def inferred(self) -> Path:
        """What follows from it: peers that only validate get it as a present."""
        return WORK / f"{self.articles}-inferred.nt"

    @property
    def _slim(self) -> str:
        return "-slim" if self.is_slim else ""

    def ensure(self) -> None:
        """Write it unless it is there."""
        if not self.folder.exists():
            fresh = self.folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            write_corpus(fresh, self.articles, SEED, self.violations)
            if self.is_slim:
                with (fresh / "publisher.toml").open("a", encoding="utf-8") as config:
                    config.write(_SLIM)
            fresh.replace(self.folder)

    def restore(self) -> None:
        """Write it unless it is there, and take back what ``change`` did."""
        self.ensure()
        self._set_middle("")

    def ensure_inferred(self) -> None:
        """Build it once for what follows from it."""
        self.restore()
        if not self.inferred.exists():
            if not (self.out / "dumps").exists():
                self.forget_build()
                subprocess.run(_build(self), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
            shutil.copy(self.out / "dumps" / "inferred.nt", self.inferred)

    def forget_build(self) -> None:
        """Leave nothing of an earlier build, neither results nor cache, and no change."""
        self.restore()
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.rmtree(self.folder / ".publisher-cache", ignore_errors=True)

    def change(self) -> None:
        """Change one article after a build."""
        self.ensure()
        if not self.out.exists():
            self.forget_build()
            subprocess.run(_build(self), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        note = f'"Changed {os.urandom(8).hex()}."@en'
        self._set_middle(f"{slug(self._middle)}:s01-c1 skos:editorialNote {note} .\n")

    @property
    def _middle(self) -> int:
        return self.articles // 2

    def _set_middle(self, more: str) -> None:
        found = next((self.folder / "data" / "articles").rglob(f"{slug(self._middle)}.ttl"))
        content = make_article(SEED, self._middle, self.violations)[0] + (f"\n{more}" if more else "")
        if found.read_text(encoding="utf-8") != content:
            found.write_text(content, encoding="utf-8")


def tasks(articles: int) -> Iterator[Task]:
    """Yield all tasks for a corpus of this size; slow peers do not get the large ones, and six formats nobody."""
    corpus = Corpus(articles)
    if articles < LARGE:
        yield from _own(corpus, US)
    yield from _own(Corpus(articles, is_slim=True), SLIM)
    yield Task(US, "validate", articles, (_publisher(), *_validate(str(corpus.folder))), corpus.forget_build)
    if articles == MANY:
        broken = Corpus(articles, 0.5)
        command = (_publisher(), *_validate(str(broken.folder)))
        yield Task(US, "validate with mistakes", articles, command, broken.forget_build)
    if articles <= 100:
        yield from _naive(corpus)
    if articles <= 1000:
        yield from _jvm(corpus)
        yield from (_validation(corpus, name, (_PYTHON, _peer("native.py"), name)) for name in _NATIVE)


def checks() -> Iterator[Task]:
    """Yield the tasks that tell who sees all the mistakes, and the starts of those who start slowly."""
    broken = Corpus(MISTAKEN, 1.0)
    place = str(broken.folder)
    yield Task(US, "mistakes", MISTAKEN, (_publisher(), *_validate(place)), broken.ensure)
    python = ((name, (_PYTHON, _peer("native.py"), name)) for name in _NATIVE)
    for name, command in (*python, ("pySHACL", _script()), ("Jena", _java("Jena")), ("TopBraid", _java("TopBraid"))):
        yield Task(name, "mistakes", MISTAKEN, (*command, "validate", place), broken.ensure)
        yield Task(name, "start", 0, (*command, "start"))
    yield Task(US, "start", 0, (_publisher(), "--version"))


def sown() -> set[str]:
    """Return what must be found in the corpus with mistakes: pairs "focus component"."""
    Corpus(MISTAKEN, 1.0).ensure()
    text = (Corpus(MISTAKEN, 1.0).folder / SOWN).read_text(encoding="utf-8")
    return {" ".join(line.split("\t")[1:]) for line in text.splitlines()[1:]}


def _own(corpus: Corpus, name: str) -> Iterator[Task]:
    yield Task(name, "build", corpus.articles, _build(corpus), corpus.forget_build)
    yield Task(name, "rebuild", corpus.articles, _build(corpus), corpus.change)
    yield Task(name, "build, one process", corpus.articles, _build(corpus, 1), corpus.forget_build)


def _naive(corpus: Corpus) -> Iterator[Task]:
    out = WORK / "naive"
    prepare = _cleaner(corpus, out)
    yield Task("naive script", "build", corpus.articles, (*_script(), "build", str(corpus.folder), str(out)), prepare)
    yield _validation(corpus, "pySHACL", _script())


def _jvm(corpus: Corpus) -> Iterator[Task]:
    out, place = WORK / "jena", str(corpus.folder)
    yield Task("Jena", "build", corpus.articles, (*_java("Jena"), "build", place, str(out)), _cleaner(corpus, out))
    if corpus.articles <= 100:
        yield Task("Jena, OWL rules", "infer", corpus.articles, (*_java("Jena"), "owl", place), corpus.restore)
    yield _validation(corpus, "Jena", _java("Jena"))
    yield _validation(corpus, "TopBraid", _java("TopBraid"))


def _validation(corpus: Corpus, name: str, command: tuple[str, ...]) -> Task:
    line = (*command, "validate", str(corpus.folder), str(corpus.inferred))
    return Task(name, "validate", corpus.articles, line, corpus.ensure_inferred)


def _cleaner(corpus: Corpus, out: Path) -> Prepare:
    def prepare() -> None:
        corpus.restore()
        shutil.rmtree(out, ignore_errors=True)

    return prepare


def _peer(name: str) -> str:
    return str(HERE / "peers" / name)


def _script() -> tuple[str, ...]:
    return (_PYTHON, _peer("naive.py"))


def _java(name: str) -> tuple[str, ...]:
    folder = PEERS / name.lower()
    return ("java", "-cp", f"{folder}{os.pathsep}{folder}/*", name)


def _publisher() -> str:
    return str(Path(sys.executable).parent / "publisher")


def _build(corpus: Corpus, jobs: int = CORES) -> tuple[str, ...]:
    place = ("--workspace", str(corpus.folder), "--out", str(corpus.out))
    return (_publisher(), "build", *place, "--jobs", str(jobs))


def _validate(place: str) -> tuple[str, ...]:
    return ("validate", "--workspace", place, "--format", "json", "--jobs", str(CORES))
