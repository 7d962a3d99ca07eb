"""Check every passage of an article against its text: offsets, digest, and the digest of the whole.

    python -m tests.check_passages ARTICLE.txt [ARTICLE.ttl]

The text is under copyright and not in the repository; whoever has it can verify each passage and see its words.
Prints one line for each passage that does not match, and exits with 1 when there is any.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from publisher.sources import read_triples
from publisher.vocab import GP, RDF, Namespace, plain

OA = Namespace("http://www.w3.org/ns/oa#")
ENCODING = Path(__file__).parent.parent / "data" / "articles" / "edm-15-177.ttl"


def mismatches(text: str, encoding: Path = ENCODING) -> Iterator[str]:
    """Yield what does not fit; offsets count code points, the end is exclusive (Web Annotation, 4.2.6)."""
    triples = read_triples(encoding)
    value = {(t.subject, t.predicate): t.object for t in triples}
    kinds = {
        kind: [t.subject for t in triples if t.predicate == RDF.type and t.object == kind]
        for kind in (GP.Passage, GP.Article)
    }
    for article in kinds[GP.Article]:
        if plain(value[article, GP.textDigest]) != _digest(text):
            yield f"{plain(article)}: the digest of the whole text differs; is it the same edition?"
    for passage in kinds[GP.Passage]:
        selector = value[passage, OA.hasSelector]
        start, end = (int(plain(value[selector, p])) for p in (OA.start, OA.end))  # type: ignore[index]  # a node
        if not 0 <= start < end <= len(text):
            yield f"{plain(passage)}: {start}–{end} is outside of the text"
        elif plain(value[passage, GP.textDigest]) != _digest(text[start:end]):
            yield f"{plain(passage)}: {start}–{end} has another digest"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main(arguments: list[str]) -> int:
    text = Path(arguments[0]).read_text(encoding="utf-8")
    found = list(mismatches(text, *map(Path, arguments[1:])))
    print("\n".join([*found, f"{len(found)} passages do not match"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
