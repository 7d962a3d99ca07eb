"""Answer queries on an index in a process of its own, which its parent kills where one takes too much.

This file is run as a script and imports only pyoxigraph, so that a process is ready soon. It reads requests from
standard input, each as its length and JSON, and writes frames to standard output: a kind, the length of the content,
and the number of rows that were written until then. It ends when standard input is closed, also within a query.
"""

from __future__ import annotations

import errno
import io
import json
import os
import select
import signal
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Any, Final, cast

import pyoxigraph as ox

LENGTH: Final = struct.Struct("!I")
FRAME: Final = struct.Struct("!cIQ")
READY: Final = b"R"
DATA: Final = b"D"
END: Final = b"E"
FAULT: Final = b"F"  # JSON: the kind of the error and its message

RESULT_FORMATS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPH_FORMATS: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
# What stands in a serialization once for each row. A literal may hold the same: the limit on rows is no exact one.
ROW_MARKS: Final = {
    "json": (b'}},{"', b'"bindings":[{"'),
    "xml": (b"<result>",),
    "csv": (b"\r\n",),
    "tsv": (b"\n",),
}
_LONGEST: Final = 14  # bytes of one of these, at most


def send(kind: bytes, content: bytes = b"", rows: int = 0) -> None:
    """Write a frame, a part of an answer together with the next frame; end the process where nobody reads it."""
    output = sys.stdout.buffer
    try:
        if kind == DATA:
            output.flush()
        output.write(FRAME.pack(kind, len(content), rows) + content)
        if kind != DATA:
            output.flush()
    except OSError:
        os._exit(1)


class Output(io.RawIOBase):
    """Send what is written in frames, and count its rows."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.rows = self._size = 0
        self.exceeded = ""
        self._most_rows, self._most_bytes = request["rows"], request["bytes"]
        self._marks, self._rest = ROW_MARKS.get(request["format"], ()), b""
        if request["format"] in ("csv", "tsv"):
            self.rows = -1  # the header

    def writable(self) -> bool:
        """Tell that this is an output."""
        return True

    def write(self, content: Any) -> int:
        """Send a part of the answer. Raises ``OverflowError``."""
        data = bytes(content)
        joined = self._rest + data
        for mark in self._marks:  # one that is complete in the rest was counted
            self.rows += joined.count(mark, max(0, len(self._rest) - len(mark) + 1))
        self._rest = joined[1 - _LONGEST :]
        self._size += len(data)
        self.check()
        send(DATA, data, max(self.rows, 0))
        return len(data)

    def check(self) -> None:
        """Raise ``OverflowError`` where the answer is too large."""
        if self._most_rows is not None and self.rows > self._most_rows:
            self.exceeded = "rows"
        if self._most_bytes is not None and self._size > self._most_bytes:
            self.exceeded = "bytes"
        if self.exceeded:
            raise OverflowError

    def count(self, triples: Iterable[ox.Triple], *, as_quads: bool) -> Iterator[Any]:
        """Yield the triples, counted as rows."""
        for triple in triples:
            self.rows += 1
            self.check()
            yield ox.Quad(triple.subject, triple.predicate, triple.object) if as_quads else triple


def evaluate(store: ox.Store, request: dict[str, Any]) -> None:
    """Write the answer to a query, then the end or what is wrong with it."""
    output = Output(request)
    try:
        _write(store, request, output)
    except MemoryError:
        _fail("memory", "")
    except Exception as error:  # noqa: BLE001 (whatever it is, the parent reports it)
        if output.exceeded:
            _fail(output.exceeded, "")
        else:
            kind = {SyntaxError: "syntax", RuntimeError: "evaluation"}.get(type(error), "other")
            _fail(kind, str(error))
    else:
        send(END, rows=max(output.rows, 0))


def _fail(kind: str, message: str) -> None:
    send(FAULT, json.dumps({"kind": kind, "message": message}).encode())


def _write(store: ox.Store, request: dict[str, Any], output: Output) -> None:
    text, form, dataset = request["text"], request["format"], dict[str, Any]()
    context = {"base_iri": request["base"], "prefixes": request["prefixes"]}
    if (star := request["star"]) is not None:
        text = in_order(text, star, request["variables"], context)
    if (graphs := request["graphs"]) is not None:
        default, named = ([ox.NamedNode(name) for name in names] for names in graphs)
        dataset = {"default_graph": default, "named_graphs": named}
    result = store.query(text, **context, **dataset)
    if isinstance(result, ox.QueryTriples):
        syntax = GRAPH_FORMATS[form]
        triples = output.count(result, as_quads=syntax.supports_datasets)
        buffered = io.BufferedWriter(output, 1 << 13)
        ox.serialize(triples, buffered, format=syntax, prefixes=request["written"])
        buffered.flush()
    else:
        result.serialize(cast("IO[bytes]", output), format=RESULT_FORMATS[form])


def in_order(text: str, star: int, variables: list[str], context: dict[str, Any]) -> str:
    """Return ``SELECT *`` with its variables in the order in which the query uses them; the engine sorts them."""
    result = ox.Store().query(text, **context)  # without data, to know which variables there are
    if not isinstance(result, ox.QuerySolutions):
        return text
    names = [variable.value for variable in result.variables]
    ordered = " ".join(f"?{name}" for name in sorted(names, key=variables.index))
    return f"{text[:star]} {ordered} {text[star + 1 :]}" if names else text


def _requests() -> Iterator[dict[str, Any]]:
    """Yield the requests that are read from standard input."""
    source = sys.stdin.buffer
    while len(header := source.read(LENGTH.size)) == LENGTH.size:
        yield json.loads(source.read(LENGTH.unpack(header)[0]))


def _end_with_parent() -> None:
    """End the process when standard input is closed, even while the engine is busy."""
    watch = select.poll()
    watch.register(sys.stdin.fileno(), 0)  # that it was closed is always told
    if any(event & select.POLLHUP for _, event in watch.poll()):
        os._exit(0)


def _limit_memory(size: int) -> int:
    """Let the process take so many bytes more than it has now; return how many pages that is in all, or 0."""
    pages = _pages()
    if not (size and pages):
        return 0
    import resource

    most = pages * resource.getpagesize() + size
    with suppress(ValueError, OSError):  # a lower limit of the user
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return pages + size // resource.getpagesize() // 2


def _pages() -> int:
    """Return how many pages of memory the process has; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 (pathlib takes time to import)
            return int(file.read().split()[0])
    except OSError:
        return 0


def _deny_network() -> None:
    """Have the kernel refuse new sockets to this thread, so that no query asks another host. Linux alone can do so.

    The filter is a program for seccomp(2): load the number of the system call; if it is socket(2), return EACCES.
    """
    number = {"x86_64": 41, "aarch64": 198}.get(os.uname().machine) if sys.platform == "linux" else None
    if number is None:
        return
    import ctypes

    steps = ((0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x50000 | errno.EACCES), (0x06, 0, 0, 0x7FFF0000))
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    header = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(program)))
    prctl = ctypes.CDLL(None).prctl
    prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, without which only root may set a filter
    prctl(22, 2, header, 0, 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


def main() -> None:
    """Answer requests on the index that the first argument names, within the bytes of memory of the second."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, and so this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    store = ox.Store.read_only(sys.argv[1])
    _deny_network()
    most = _limit_memory(int(sys.argv[2]))
    send(READY)
    for request in _requests():
        evaluate(store, request)
        if most and _pages() > most:  # what one query took is not there for the next
            break
    os._exit(0)


if __name__ == "__main__":
    main()
