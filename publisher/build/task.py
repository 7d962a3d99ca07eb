"""Name the work on one part of the dataset: its files, what it receives of other parts, and the stages of the work.

Tasks travel to other processes and machines; what stands behind a key is in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final

from publisher.build.cache import Cache, Value, decode, encode, key_of
from publisher.build.context import BuildContext, context_at
from publisher.errors import OutputError
from publisher.workspace.files import expecting


class Stage(Enum):
    """A result for one part; the value is its kind in the cache."""

    TRIPLES = "triples"  # what the files state, by file
    INDEX = "index"  # what other parts must know of it
    LINTS = "lints"  # the findings of lints that look at single triples
    FOREIGN = "foreign"  # triples about things that another part owns
    LINTED = "linted"  # what lints across files read
    INFERRED = "inferred"  # what follows about things of the part
    EXPORTS = "exports"  # what follows about things of others, and what global rules read
    OFFERS = "offers"  # types and triples of things that other parts name
    EXTRACT = "extract"  # what global shapes read, by key
    DIGESTS = "digests"  # of the extract, by key
    FINDINGS = "findings"  # of the shapes that are evaluated part by part
    WHOLE = "whole"  # the findings of a global shape, over the extracts of all parts
    PLACES = "places"  # the findings about the part with file, line and hint
    SEGMENTS = "segments"  # the part in each dump
    SUMMARY = "summary"  # the counts of the segments


# The stages that are done together, with the inputs on which they depend besides the context.
_INFERENCE: Final = ("files", "foreign", "received", "rules")
OF_PART: Final = (*_INFERENCE, "imports")
GROUPS: Final[dict[tuple[Stage, ...], tuple[str, ...]]] = {
    (Stage.TRIPLES, Stage.INDEX, Stage.LINTS): ("files",),
    (Stage.FOREIGN, Stage.LINTED): ("files", "foreign", "contested"),
    (Stage.INFERRED, Stage.EXPORTS): _INFERENCE,
    (Stage.OFFERS, Stage.EXTRACT, Stage.DIGESTS): (*OF_PART, "wanted", "beyond", "whole"),
    (Stage.FINDINGS,): (*OF_PART, "fringe", "undescribed", "terms", "shapes", "queries", "engine"),
    (Stage.WHOLE,): ("shape", "extracts", "engine"),
    (Stage.PLACES,): ("files", "raw", "sources", "things"),
    (Stage.SEGMENTS, Stage.SUMMARY): (*OF_PART, "more"),
}
INPUTS: Final = {stage: inputs for stages, inputs in GROUPS.items() for stage in stages}


@dataclass(frozen=True)
class TaskEnvironment:
    """Where a task finds what it works with: the workspace, the cache, and the digest of the build context."""

    root: Path
    cache: Path
    digest: str

    @property
    def context(self) -> BuildContext:
        """The build context, read once in each process."""
        return context_at(self.root, self.digest, self.cache)

    @property
    def entries(self) -> Cache:
        """The cache."""
        return Cache(self.cache)


@dataclass(frozen=True)
class Task:
    """One part: the paths of its files from the workspace, their digests, and by name the keys of its inputs.

    A task over the whole dataset has ``parts`` instead of files.
    """

    environment: TaskEnvironment
    paths: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict, hash=False)
    parts: tuple[Task, ...] = ()

    def given(self, name: str, value: object) -> Task:
        """Return the task with one more input, which goes into the cache."""
        content = encode(value)
        key = key_of(content)
        if self.environment.entries.get("input", key) is None:
            self.environment.entries.put("input", key, content)
        return self.with_key(name, key)

    def with_key(self, name: str, key: str) -> Task:
        """Return the task with one more input that is nothing but its key."""
        return replace(self, keys={**self.keys, name: key})

    def input(self, name: str, kind: type[Value]) -> Value:
        """Return an input as a value of its type.

        Raises ``KeyError`` where it was not given, ``OutputError`` where it is gone from the cache.
        """
        if (content := self.environment.entries.get("input", self.keys[name])) is None:
            raise OutputError(f"{self.environment.cache}: an entry is gone; who else uses this folder?")
        return decode(content, kind)


def expect_files(task: Task, stage: Stage) -> AbstractContextManager[None]:
    """Let a stage read its files only as they were when the digests in the key of its result were taken."""
    environment, digests = task.environment, dict(zip(task.paths, task.digests, strict=True))
    for name in set(INPUTS[stage]) & {"sources", "more"}:
        for group in task.input(name, dict[str, dict[str, str]]).values():
            digests |= group
    of_context = environment.context.digests if stage == Stage.PLACES else {}
    return expecting({**of_context, **{environment.root / path: digest for path, digest in digests.items()}})


def fingerprint(task: Task, stage: Stage) -> str:
    """Return the key of a result: a digest of all that it depends on. Raises ``KeyError`` where an input is missing."""
    inputs = (f"{name} {task.keys[name]}" for name in INPUTS[stage])
    return key_of(stage.value, task.environment.digest, *task.paths, *inputs)
