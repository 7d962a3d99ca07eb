"""Write a published folder of a few lines, for what takes one."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from publisher.rdf.digest import INDEX, digest_triples, format_index, format_lines

END = b" .\n"


def published(folder: Path, name: str, content: bytes) -> Path:
    """Write canonical lines as a build does."""
    dumps = folder / "dumps"
    dumps.mkdir()
    held: dict[str, list[bytes]] = {}
    for line in content.removesuffix(END).split(END) if content else []:
        triple, _, graph = line.rpartition(b" ")
        held.setdefault(graph[1:-1].decode(), []).append(triple)
    told = b"".join(format_index(format_lines({graph: digest_triples(triples) for graph, triples in held.items()})))
    files = {name: gzip.compress(content) if name.endswith(".gz") else content, INDEX: told}
    for file, held_there in files.items():
        (dumps / file).write_bytes(held_there)
    sums = "".join(f"{hashlib.sha256(held_there).hexdigest()}  {file}\n" for file, held_there in files.items())
    (dumps / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return folder
