"""Format the Turtle files of a workspace, and never change their triples or lose a comment (``publisher fmt``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from pyoxigraph import BlankNode, Triple

from publisher.errors import OutputError, SourceError, UsageError, reason
from publisher.rdf.turtle_printer import print_turtle
from publisher.rdf.turtle_tokens import Token, tokens
from publisher.workspace.atomic import MARKER, ensure_inside, write_atomically
from publisher.workspace.files import read_text
from publisher.workspace.sources import read_triples, stable_blank_nodes

_MOST_CANONICAL: Final = 100  # blank nodes: RDFC-1.0 takes minutes for a list of a thousand


def find(paths: Sequence[Path], root: Path) -> list[Path]:
    """Return the Turtle files at the paths, folders searched; without paths, those of the workspace.

    In folders, hidden folders and published dumps are skipped: other bytes would not match the checksums of the dumps.
    Raises ``UsageError`` at a path that is not there or is no Turtle file.
    """
    files: dict[Path, None] = {}
    for path in paths or [root / "ontology", root / "data"]:
        if path.is_dir():
            files |= dict.fromkeys(sorted(p for p in path.rglob("*.ttl") if p.is_file() and _is_source(p, path)))
        elif path.suffix == ".ttl" and path.exists():
            files[path] = None
        elif paths:
            raise UsageError(f"{path}: not a Turtle file (.ttl) or a folder; only Turtle is formatted")
    return list(files)


def _is_source(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts[:-1])
    return not is_hidden and not (path.parent / MARKER.name).exists()


def rewrite(
    paths: Iterable[Path], prefixes: dict[str, str], root: Path | None = None, *, check: bool = False
) -> list[Path]:
    """Format the files and return those that were not formatted yet; with ``check`` write nothing.

    Raises ``SourceError`` with the position where a file is not Turtle, and ``OutputError`` where a link leads out of
    the workspace at ``root``, both before any file is written; also ``OutputError`` where one cannot be written, and
    ``KeyboardInterrupt`` with the number of files that were written.
    """
    formatted: dict[Path, bytes] = {}
    for path in paths:
        read_triples(path, prefixes)  # for its errors, which are more precise than those of the formatter
        result = format_text(read_text(path), path).encode()
        if result != path.read_bytes():  # also where there is a byte order mark
            formatted[path] = result
            if root and not check:
                ensure_inside(path, root)
    if not check:
        _replace_all(formatted)
    return list(formatted)


def _replace_all(contents: dict[Path, bytes]) -> None:
    try:
        for path, content in contents.items():
            try:
                write_atomically(path, content)
            except OSError as error:
                raise OutputError(f"{path}: cannot be written: {reason(error)}; it is as it was") from None
    except KeyboardInterrupt:
        written = sum(path.read_bytes() == content for path, content in contents.items())
        raise KeyboardInterrupt(f"{written} of {len(contents)} files were written") from None


def format_text(text: str, path: Path = Path("-")) -> str:
    """Return the text in the layout of ``publisher.rdf.turtle_printer``, in time linear in its length.

    Raises ``SourceError`` where the text is not Turtle, and where the result would hold other triples or comments.
    """
    triples, source = _triples(text, path), list(tokens(text, path))
    result = print_turtle(source, path)
    printed = _triples(result, path)
    if triples != printed and not _are_isomorphic(triples, printed):
        raise SourceError("formatting would change the triples; the file is left as it is. Please report this", path)
    if _comments(source) != _comments(tokens(result)):
        raise SourceError("formatting would lose a comment; the file is left as it is. Please report this", path)
    return result


def _triples(text: str, path: Path) -> Counter[Triple]:
    """Parse the text and number its blank nodes by their first appearance, which formatting keeps in most texts."""
    try:
        quads = ox.parse(text.removeprefix("\ufeff"), format=ox.RdfFormat.TURTLE)
        return Counter(stable_blank_nodes([quad.triple for quad in quads], ""))
    except SyntaxError as error:
        raise SourceError(str(error.msg), path, error.lineno, error.offset) from None


def _are_isomorphic(one: Counter[Triple], other: Counter[Triple]) -> bool:
    """Tell whether two graphs differ in the names of their blank nodes alone; not where there are many of these."""
    blank = {term for triple in one for term in triple if isinstance(term, BlankNode)}
    if one.total() != other.total() or len(blank) > _MOST_CANONICAL:
        return False
    datasets = [ox.Dataset(ox.Quad(*triple) for triple in triples) for triples in (one, other)]
    for dataset in datasets:
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return datasets[0] == datasets[1]


def _comments(source: Iterable[Token]) -> Counter[str]:
    return Counter(token.text.rstrip() for token in source if token.kind == "comment")
