"""Write the page of a thing, and what is known of an answer, as Markdown for language models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from publisher.rdf.ntriples import name_of
from publisher.site.model import Model, Ref, external
from publisher.site.statements import Part, Statements
from publisher.site.terminal import Block, blocks, title

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
_SPACES: Final = re.compile(r"\s+")
_HREF: Final = ":/#?&=%~+,;@!$."
_BULLETS: Final = {"fact": "- ", "claim": "- ", "field": "- ", "evidence": "  ", "more": "- "}
_RULE: Final = (
    "A line that begins with “Fact.” is accepted by the editors. Every other statement is what its voice says: repeat "
    "it only with the voice and the verdict."
)


def thing_markdown(model: Model, node: str) -> str:
    """Return what the dataset has on a thing: facts and claims apart, each claim with its voice and its verdict.

    Links are relative to the page of the thing.
    """
    root = "../" * model.addresses.name(node).count("/")
    return "\n".join(_lines(model, node, root)) + "\n"


def _lines(model: Model, node: str, root: str) -> Iterator[str]:
    yield f"# {escaped(title(model, node))}"
    yield from ("", f"<{quote(name_of(node), safe=':/#?&=%~+,;@!$()')}>")
    if model.claims.kinds:
        yield from ("", _RULE)
    found = [*blocks(model, node), *_article(model, node)]
    previous = ""
    for block in found:
        kind = "item" if block.kind in _BULLETS else block.kind
        if kind != previous or kind != "item":
            yield ""
        previous = kind
        yield from _block(model, block, root)


def _article(model: Model, node: str) -> Iterator[Block]:
    """Yield the claims of an article in the order of the text."""
    claims = sorted(model.claims.by_article.get(node, ()), key=lambda claim: claim.order)
    if claims:
        yield Block("heading", ("Its statements, in the order of the text",))
    statements = Statements(model)
    for claim in claims:
        s = statements.of_claim(claim, lines=0)
        text = " ".join(part for part in (f"{s.word}. {s.prefix}{s.text}", s.note, s.verdict) if part)
        yield Block("fact" if s.is_fact else "claim", (f"{text} (sentence {claim.place.sentence})",))


def _block(model: Model, block: Block, root: str) -> Iterator[str]:
    line = "".join(_part(model, part, root) for part in block.line)
    if block.kind == "heading":
        yield f"## {line}"
    elif block.kind in ("fact", "claim"):
        mark, dot, rest = line.partition(". ")
        yield f"- **{mark}.** {rest}" if dot else f"- {line}"
    else:
        yield f"{_BULLETS.get(block.kind, '')}{line}"


def _part(model: Model, part: Part, root: str) -> str:
    text = escaped(str(part))
    if not isinstance(part, Ref) or not part.href:
        return text
    name = part.href.partition("#")[0].removesuffix(".html")
    own = f"{root}{name}.md" if name in model.by_page else f"{root}{part.href}"
    href = external(part.href) if part.is_external else own
    return f"[{text}]({quote(href, safe=_HREF)})" if href else text


def escaped(text: str) -> str:
    """Return a text on one line, without anything that Markdown or HTML would read as markup."""
    return _SPECIAL.sub(r"\\\1", _SPACES.sub(" ", text))
