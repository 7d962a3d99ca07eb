"""Feed damaged input to every reader: ``python -m tests.fuzz [--seed N] [--count N] [READER]...``.

Each input is a text of the corpus that was cut, doubled, spliced with another one or sprinkled with what the grammar
of the reader is about. A reader must return, or raise an error for people, within ``SECONDS``. Inputs run in a child
process, because native code may crash. Input number N of a reader and seed is always the same; a failure is printed
with that number, and its input is kept in a file.

The corpus is ``tests/data/fuzz/READER/*``, with the files of this repository that the reader reads.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from publisher.errors import PublisherError
from tests.event_loop import run_async

ROOT: Final = Path(__file__).parents[1]
CORPUS: Final = Path(__file__).parent / "data" / "fuzz"
SECONDS: Final = 10.0
_MEMORY: Final = 4 << 30  # bytes, of the address space of a child
_LARGEST: Final = 20_000  # bytes of an input
_REPEATS: Final = (2, 10, 200, 3000)

Read = Callable[[bytes], object]


@dataclass(frozen=True)
class Reader:
    """What reads an input, the files of this repository that it reads, and words of its grammar.

    ``make`` gets a folder for files, and returns the function, which may raise ``PublisherError``.
    """

    make: Callable[[Path], Read]
    files: str
    words: str


@dataclass(frozen=True)
class Failure:
    """An input on which a reader crashed, raised what is no error for people, or did not end."""

    reader: str
    number: int
    reason: str


def _file(name: str, read: Callable[[Path], object]) -> Callable[[Path], Read]:
    def make(folder: Path) -> Read:
        path = folder / name

        def run(content: bytes) -> object:
            path.write_bytes(content)
            return read(path)

        return run

    return make


def _rdf(extension: str) -> Callable[[Path], Read]:
    from publisher.workspace.sources import read_triples

    return _file(f"a.{extension}", lambda path: read_triples(path, {"id": "http://e/id/"}))


def _formatter(_: Path) -> Read:
    from publisher.workspace.formatter import format_text

    return lambda content: format_text(content.decode(errors="replace"))


def _query(folder: Path) -> Read:
    import pyoxigraph as ox

    from publisher.query import files, local, parameters

    del folder
    triple = ox.Triple(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), ox.Literal("a", language="en"))

    def run(content: bytes) -> object:
        query = files.parse_query(content.decode(errors="replace"))
        store = ox.Store()
        store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
        return local.run(parameters.bind(query, {}, {}), store)

    return run


def _rule(_: Path) -> Read:
    from publisher.rdf.safety import check_rule

    return lambda content: check_rule(content.decode(errors="replace"), Path("a.rq"))


def _mappings(folder: Path) -> Read:
    from publisher.workspace.sources import read_triples

    return _file("a.sssom.tsv", read_triples)(folder)


def _config(folder: Path) -> Read:
    from publisher.workspace.config import load_config

    return _file("publisher.toml", lambda path: load_config(path.parent))(folder)


def _markdown(_: Path) -> Read:
    from publisher.workspace.pages.markdown import MarkdownPage

    return lambda content: MarkdownPage(Path("a.md"), "a.html", content.decode(errors="replace"))


def _article(folder: Path) -> Read:
    from publisher.draft.analysis import analyze
    from publisher.draft.gazetteer import make_gazetteer
    from publisher.draft.sentences import read_text
    from publisher.workspace.sources import read_triples

    data = [t for path in sorted((ROOT / "data" / "entities").glob("*.ttl")) for t in read_triples(path)]
    gazetteer = make_gazetteer(data, [])
    return _file("a.txt", lambda path: analyze(read_text(path), gazetteer, "2018-12-10"))(folder)


def _answer(media_type: str, form: str = "select") -> Callable[[Path], Read]:
    from publisher.http import Response
    from publisher.query.endpoint import parse_answer
    from publisher.query.results import formats, write

    def run(content: bytes) -> object:
        answer = parse_answer(form, Response(media_type, content))
        return [write(answer, name, {"e": "http://e/"}, 80) for name in formats(form)]

    return lambda _: run


def _accept(_: Path) -> Read:
    from publisher.serve.negotiation import REPRESENTATIONS, choose

    return lambda content: choose(content.decode("latin-1"), REPRESENTATIONS)


def _request(folder: Path) -> Read:
    """Return what reads the lines of a request: method and path, Accept, If-None-Match."""
    from publisher.serve.published import PublishedSite
    from publisher.serve.static import SiteApplication
    from publisher.workspace.config import load_config

    dist = folder / "dist"
    (dist / "dumps").mkdir(parents=True)
    for name in ("index.html", "404.html"):
        (dist / name).touch()
    (dist / "SHA256SUMS").write_text(f"{'0' * 64}  index.html\n", encoding="utf-8")
    (dist / "dumps" / "SHA256SUMS").touch()
    application = SiteApplication(PublishedSite(load_config(ROOT), dist))

    def run(content: bytes) -> object:
        line, accept, mark = [*content.split(b"\n", 2), b"", b""][:3]
        method, _, path = line.decode("latin-1").partition(" ")
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode("latin-1")}
        scope["headers"] = [(b"accept", accept), (b"if-none-match", mark)]
        statuses: list[int] = []

        async def send(message: Any) -> None:
            if "status" in message:
                statuses.append(message["status"])

        async def receive() -> Any:
            return {"type": "http.request"}

        async def exchange() -> None:
            await application(scope, receive, send)

        run_async(exchange())
        if not statuses or statuses[0] >= 500:
            raise AssertionError(f"answered {statuses}")
        return statuses

    return run


def _protocol(_: Path) -> Read:
    """Return what reads the lines of a request to the SPARQL endpoint: method, query string, Content-Type, body."""
    from publisher.serve.sparql.endpoint import SparqlEndpoint

    class Answered:
        is_complete, held = True, b""

    class Queries:
        @asynccontextmanager
        async def run(self, *_: object) -> AsyncIterator[Answered]:
            yield Answered()

    application = SparqlEndpoint(Queries())  # type: ignore[arg-type] # which answers each query with nothing

    def run(content: bytes) -> object:
        method, parameters, kind, body = [*content.split(b"\n", 3), b"", b"", b""][:4]
        scope = {"type": "http", "method": method.decode("latin-1"), "path": "/sparql", "query_string": parameters}
        scope["headers"] = [(b"content-type", kind), (b"accept", kind), (b"host", kind)]
        statuses: list[int] = []
        waiting = [{"type": "http.request", "body": body}]

        async def send(message: Any) -> None:
            if "status" in message:
                statuses.append(message["status"])

        async def receive() -> Any:
            if waiting:
                return waiting.pop()
            return await asyncio.Event().wait()

        async def exchange() -> None:
            await application(scope, receive, send)

        run_async(exchange())
        if len(statuses) != 1 or statuses[0] >= 500:
            raise AssertionError(f"answered {statuses}")
        return statuses

    return run


_TERMS: Final = """ < > <<( )>>
    <<(<a:a><a:b> ( ) [ ] { } << >> "" ''' " ' @en ^^ _:a : a . ; , # \\u0000 \\uD800 \\U0010FFFF \\ <http://e/>
    http:// 1e999 -0 NaN 1_0 true @prefix @base PREFIX BASE é ａ \u202e \x00 \ufeff \r """
_SPARQL: Final = f"""{_TERMS} SELECT * ASK CONSTRUCT DESCRIBE WHERE FILTER OPTIONAL UNION MINUS GRAPH SERVICE SILENT
    BIND AS VALUES UNDEF EXISTS NOT IF(1<2,3>4) COUNT( GROUP BY HAVING ORDER LIMIT 9999999999999999999 OFFSET REGEX(
    "(a+)+$"
    STRUUID() NOW() IN || && ! !( ^ / | + ? $x ?x <(((( )))>  (?x) #+ tags: [ {{ &a *a """
_XML: Final = """< > </ /> <!-- --> <![CDATA[ ]]> <?xml ?> <!DOCTYPE a [<!ENTITY b "c">]> &b; &#0; &#x110000; rdf:about
    rdf:ID rdf:resource rdf:parseType="Collection" rdf:parseType="Literal" rdf:li xml:base= xml:lang= xmlns:a="" =
    " ' """
_JSON: Final = """{ } [ ] , : " \\ "@context" "@id" "@graph" "@type" "@value" "@list" "@set" "@reverse" "@base" "@vocab"
    "@language" "@container" "@import" "http://e/" null true 1e999 -0 "\\ud800" NaN """
_TEXTS: Final = """“ ” « » „ " ( ) [ ] ; , . ! ? 。 ։ November 31 2 2018 to – - and said on Wednesday 1. Gen. see
    \r\n \n\n \u202e \x00 \u2028 é 1990s mid- 29 February """

READERS: Final = {
    "turtle": Reader(_rdf("ttl"), "data/entities/*.ttl ontology/shapes/*.ttl", _TERMS),
    "formatter": Reader(_formatter, "data/entities/*.ttl ontology/shapes/*.ttl", _TERMS),
    "trig": Reader(_rdf("trig"), "data/entities/*.ttl", f"{_TERMS} GRAPH"),
    "nquads": Reader(_rdf("nq"), "", _TERMS),
    "rdfxml": Reader(_rdf("rdf"), "", _XML),
    "jsonld": Reader(_rdf("jsonld"), "", _JSON),
    "query": Reader(_query, "queries/*.rq", _SPARQL),
    "rule": Reader(_rule, "ontology/rules/*.rq", _SPARQL),
    "sssom": Reader(
        _mappings, "data/links/*.tsv ontology/alignments/*.tsv", "\t \n # #curie_map: \" '' : skos: sssom: & * ! |"
    ),
    "toml": Reader(
        _config, "publisher.toml", '[ ] [[ ]] = " \'\'\' """ . # 0x 1e999 2018-13-01 true inf stores wikidata site'
    ),
    "markdown": Reader(
        _markdown, "docs/*.md README.md", "# [ ]( ) ![ ` ``` > * ** _ | --- <a> &x; \\ {{ }} ]: [^1] <http://e/>"
    ),
    "article": Reader(_article, "data/articles/*.txt", _TEXTS),
    "answer-json": Reader(_answer("application/sparql-results+json"), "", f'{_JSON} "bnode" "literal" "uri" "vars"'),
    "answer-xml": Reader(_answer("application/sparql-results+xml"), "", f"{_XML} <result> <binding> <bnode> <literal>"),
    "answer-tsv": Reader(_answer("text/tab-separated-values"), "", f"\t \n {_TERMS}"),
    "answer-turtle": Reader(_answer("text/turtle", "construct"), "data/entities/*.ttl", _TERMS),
    "accept": Reader(_accept, "", '* / ; , q= q=.5 q=1e9 " \\ text/html */* = application/ld+json'),
    "protocol": Reader(_protocol, "", f"query= & %20 %ff {_SPARQL}"),
    "request": Reader(
        _request, "", '/ // .. %2e %00 %ff % ? # * ; , q= " W/ GET HEAD POST /id/ /graph/ .html .ttl é \r'
    ),
}


def corpus(name: str) -> list[bytes]:
    """Return the texts from which the inputs of a reader are made."""
    patterns = READERS[name].files.split()
    paths = [*sorted((CORPUS / name).glob("*")), *(path for p in patterns for path in sorted(ROOT.glob(p)))]
    return [path.read_bytes()[:_LARGEST] for path in paths if path.is_file()] or [b""]


def make_input(name: str, seed: int, number: int, texts: Sequence[bytes]) -> bytes:
    """Return input ``number`` of a reader; the first ones are the texts of the corpus themselves."""
    if number < len(texts):
        return texts[number]
    chance = random.Random(f"{name} {seed} {number}")  # noqa: S311 (to be repeated)
    words = [word.encode("utf-8", "surrogatepass") for word in READERS[name].words.split(" ") if word]
    content = bytearray(chance.choice(texts))
    if len(content) > 600:  # small inputs are read faster
        start = chance.randrange(len(content))
        content = content[:300] + content[start : start + 300] if chance.random() < 0.8 else content
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        match chance.randrange(7):
            case 0:
                del content[start : min(end, start + 40)]
            case 1:
                content[start:start] = content[start : min(end, start + 200)]
            case 2:
                other = chance.choice(texts)
                cut = chance.randrange(len(other) + 1)
                content[start:end] = other[cut : cut + 200]
            case 3:
                content[start:start] = chance.choice(words) * chance.choice(_REPEATS)
            case 4 if content:
                content[start % len(content)] = chance.randrange(256)
            case 5:
                del content[end:]
            case _:
                content[start:start] = chance.choice(words)
    return bytes(content[:_LARGEST])


def fuzz(name: str, seed: int, count: int, first: int = 0) -> Iterator[Failure]:
    """Yield the failures of a reader on the inputs from ``first`` to ``count``."""
    context = multiprocessing.get_context("fork")
    while first < count:
        current = context.Array("d", [first, time.monotonic()])
        parent, child = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(name, seed, range(first, count), current, child))
        process.start()
        child.close()
        is_late = False
        while process.is_alive():
            process.join(0.2 if parent.poll(0.2) else 0)
            while parent.poll():
                with suppress(EOFError):
                    yield parent.recv()
                    continue
                break
            if time.monotonic() - current[1] > SECONDS:
                is_late = True
                process.kill()
                process.join()
        while parent.poll():
            try:
                yield parent.recv()
            except EOFError:
                break
        number = int(current[0])
        if is_late:
            yield Failure(name, number, f"took more than {SECONDS:g} s")
        elif process.exitcode:
            yield Failure(name, number, f"the process ended with {process.exitcode}")
        else:
            return
        first = number + 1


def _run(name: str, seed: int, numbers: range, current: Any, channel: Any) -> None:
    """Read inputs in a child process, and send what fails."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    texts = corpus(name)
    with tempfile.TemporaryDirectory(prefix="publisher-fuzz-") as folder:
        read = READERS[name].make(Path(folder))
        for number in numbers:
            current[0], current[1] = number, time.monotonic()
            content = make_input(name, seed, number, texts)
            try:
                read(content)
            except PublisherError:
                pass
            except BaseException:  # noqa: BLE001 (also a panic of native code, which is no Exception)
                channel.send(Failure(name, number, traceback.format_exc(limit=-4)))


def main() -> int:
    """Run the command, and return 1 when a reader failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"one of {', '.join(READERS)}; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first input")
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="how many inputs for each reader")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="the folder for inputs that fail")
    options = parser.parse_args()
    failures = 0
    for name in options.readers or READERS:
        begin, texts = time.monotonic(), corpus(name)
        for failure in fuzz(name, options.seed, options.first + options.count, options.first):
            failures += 1
            options.keep.mkdir(exist_ok=True)
            path = options.keep / f"{name}-{options.seed}-{failure.number}"
            path.write_bytes(make_input(name, options.seed, failure.number, texts))
            print(f"{path}: {failure.reason}", flush=True)
        print(f"{name}: {options.count:,} inputs in {time.monotonic() - begin:.0f} s", flush=True)
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
