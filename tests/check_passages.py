"""Check every passage of an article against its text: offsets, digest, and the digest of the whole.

    python -m tests.check_passages ARTICLE.txt [ARTICLE.ttl]

The text is under copyright and not in the repository; whoever has it can verify each passage and see its words.
Prints one line for each passage that does not match, and exits with 1 when there is any. ``publisher coverage`` tells
more, and needs a workspace.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from publisher.draft import coverage
from publisher.draft.sentences import read_text
from publisher.workspace.sources import read_triples

ENCODING = Path(__file__).parent.parent / "data" / "articles" / "edm-15-177.ttl"


def mismatches(text: str, encoding: Path = ENCODING) -> Iterator[str]:
    """Yield what does not fit; offsets count code points, the end is exclusive (Web Annotation, 4.2.6)."""
    yield from coverage.mismatches(text, read_triples(encoding), {})


def main(arguments: list[str]) -> int:
    found = list(mismatches(read_text(Path(arguments[0])), *map(Path, arguments[1:])))
    print("\n".join([*found, f"{len(found)} passages do not match"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
