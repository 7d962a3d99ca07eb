"""The command ``publisher link``: its arguments, and what it prints."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from publisher.errors import UsageError
from publisher.workspace.config import Config, load_config

if TYPE_CHECKING:
    from publisher.link.candidates import SearchMethod
    from publisher.link.client import Wikidata
    from publisher.link.entities import Entity
    from publisher.link.links import LinkFile, Links
    from publisher.link.scoring import KnownLinks

    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

_EPILOG: Final = "exit codes: 0 good, 1 findings or differences, 2 usage or configuration, 3 a source or a service"
_WAYS: Final = "reconcile,search,sparql"


def add(verb: argparse.ArgumentParser) -> None:
    """Add the arguments of ``link`` to its parser."""
    verb.add_argument("--find", metavar="QID", help="show what is linked to this item, such as Q227")
    _add_workspace(verb, Path())
    steps = verb.add_subparsers(title="steps", metavar="STEP")
    _add_suggest(steps)
    _add_review(steps)
    _add_check(steps)
    _add_fill(steps)
    _add_fetch(steps)
    _add_compare(steps)


def run(arguments: argparse.Namespace) -> int:
    """Do what the arguments say and return the exit code."""
    config = load_config(arguments.workspace)
    step: Callable[[Config, argparse.Namespace], int] | None = getattr(arguments, "step", None)
    if arguments.find and step:
        raise UsageError("'--find' stands alone; leave out the step")
    if arguments.find:
        return _find(config, arguments.find)
    if step is None:
        raise UsageError("say what to do: suggest, review, check, or --find QID; 'publisher link --help' has them all")
    return step(config, arguments)


def _add_step(
    steps: Verbs, name: str, step: Callable[[Config, argparse.Namespace], int], summary: str, description: str
) -> argparse.ArgumentParser:
    parser = steps.add_parser(name, help=summary, description=description, epilog=_EPILOG, allow_abbrev=False)
    parser.set_defaults(step=step)
    _add_workspace(parser, argparse.SUPPRESS)
    return parser


def _add_workspace(parser: argparse.ArgumentParser, default: object) -> None:
    told = "the folder with publisher.toml (default: here)"
    parser.add_argument("-w", "--workspace", type=Path, default=default, metavar="DIR", help=told)


def _add_looking(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "things", nargs="*", metavar="THING", help="CURIEs such as id:belarus (default: all that nobody has decided on)"
    )
    add("--via", default=_WAYS, metavar="SEARCH_METHODS", help=f"where to look, separated by commas (default: {_WAYS})")
    add("--again", action="store_true", help="also what was decided before")
    _add_fresh(parser)


def _add_fresh(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fresh", action="store_true", help="ask again what was asked within the last week")


def _add_suggest(steps: Verbs) -> None:
    parser = _add_step(
        steps,
        "suggest",
        _suggest,
        "show which items a thing may be, and why",
        "Look for things on Wikidata by name in all languages and around what is linked already. Each candidate is "
        "scored by name, kind, country, relations and time, line by line. Nothing is written.",
    )
    _add_looking(parser)


def _add_review(steps: Verbs) -> None:
    parser = _add_step(
        steps,
        "review",
        _review,
        "decide on the suggestions at the terminal",
        "Show the candidates of one thing after another and record what you decide in data/links/wikidata.sssom.tsv, "
        "at once. What you leave or skip is asked again next time.",
    )
    _add_looking(parser)
    _add_author(parser)
    told = "instead, write what Wikidata lacks by the snapshot, with our sources, for you to submit by hand"
    parser.add_argument("--export", choices=("quickstatements",), help=told)


def _add_author(parser: argparse.ArgumentParser) -> None:
    told = "who decides, as a CURIE (default: the author of the rows so far, if there is only one)"
    parser.add_argument("--author", metavar="CURIE", help=told)


def _add_check(steps: Verbs) -> None:
    parser = _add_step(
        steps,
        "check",
        _check,
        "compare the links with Wikidata as it is now",
        "Find items that are dead, merged, disambiguation pages, of another kind or renamed; items that are two "
        "things; rows that contradict each other. Exit 1 if there are any.",
    )
    _add_fresh(parser)


def _add_fill(steps: Verbs) -> None:
    parser = _add_step(
        steps,
        "fill",
        _fill,
        "record the things that nobody has looked up",
        "Add a row 'no match yet' for each thing of which the mapping files say nothing. Asks no service.",
    )
    _add_author(parser)


def _add_fetch(steps: Verbs) -> None:
    parser = _add_step(
        steps,
        "fetch",
        _fetch,
        "keep a small copy of the linked items",
        "Write names, codes, coordinates, dates, offices and memberships of the linked items into "
        "data/wikidata/snapshot.ttl. They are Wikidata's, and stay apart from the facts of the dataset.",
    )
    parser.add_argument("--cached", action="store_true", help="take answers of the last week instead of asking again")


def _add_compare(steps: Verbs) -> None:
    _add_step(
        steps,
        "compare",
        _compare,
        "tell where the dataset and Wikidata disagree",
        "Compare memberships, and offices at their time, with the snapshot. Exit 1 where they contradict.",
    )


# --- running --------------------------------------------------------------------------------------


def _find(config: Config, item: str) -> int:
    from publisher.link.links import read_links
    from publisher.validate.report import relative

    found = list(read_links(config).find(item))
    for path, row in found:
        denied = "not " if row.is_negated else ""
        columns = row.columns
        why = f"  {columns['comment']}" if columns.get("comment") else ""
        where = f"{relative(path, config.root)}:{row.line}"
        print(f"{columns['subject_id']}  {denied}{columns['predicate_id']}  {columns['object_id']}{why}  ({where})")
    if not found:
        print(f"publisher: nothing is linked to {item}", file=sys.stderr)
    return 0


def _suggest(config: Config, arguments: argparse.Namespace) -> int:
    from publisher.link.candidates import suggest, suggestion_text

    things, links = _read(config)
    chosen = _choose(config, arguments, things, links)
    wikidata, ways = _connect(config, things, arguments), _ways(arguments.via)
    for suggestion in suggest(chosen, wikidata, _context(things, links), ways):
        print(suggestion_text(suggestion, links.rejected(suggestion.thing.iri)), end="\n\n", flush=True)
    return 0


def _review(config: Config, arguments: argparse.Namespace) -> int:
    from publisher.link.candidates import suggest
    from publisher.link.review import HELP, review

    things, links = _read(config)
    if arguments.export:
        return _export(config, links)
    file = _file(config, arguments, links)
    chosen = _choose(config, arguments, things, links)
    wikidata, ways = _connect(config, things, arguments), _ways(arguments.via)
    suggestions = suggest(chosen, wikidata, _context(things, links), ways)
    print(f"{len(chosen)} things to decide on.\n{HELP}\n")
    done = review(suggestions, file, links.rejected, input, print)
    print(f"\n{done.decisions} decisions are in {file.path}; {done.skipped} things were skipped")
    return 0


def _export(config: Config, links: Links) -> int:
    from publisher.link import snapshot
    from publisher.link.discrepancies import compare
    from publisher.link.links import ALIKE
    from publisher.link.quickstatements import propose
    from publisher.workspace.sources import read_workspace, triples_of

    data, items = triples_of(read_workspace(config).data), links.items(ALIKE)
    commands = list(propose(compare(data, items, snapshot.read(config)), data, items))
    for command in commands:
        print(command)
    print(f"publisher: {len(commands)} statements to look at; nothing was sent", file=sys.stderr)
    return 0


def _check(config: Config, arguments: argparse.Namespace) -> int:
    from publisher.link.check import check, finding_text, unrecorded

    things, links = _read(config)
    findings = check(links, things, _connect(config, things, arguments))
    print(finding_text(findings), end="")
    linked = sum(row.is_asserted for _, row in links.rows)
    missing = unrecorded(links, things.values())
    told = f"; {len(missing)} things are not recorded, run 'publisher link fill'" if missing else ""
    print(f"publisher: {len(findings)} findings in {linked} links{told}", file=sys.stderr)
    return 1 if findings else 0


def _fill(config: Config, arguments: argparse.Namespace) -> int:
    from publisher.link.check import unrecorded
    from publisher.link.links import Decision

    things, links = _read(config)
    missing = unrecorded(links, things.values())
    if missing:
        file = _file(config, arguments, links)
        comment = "No match yet: nobody has looked it up."
        file.record(Decision(thing.iri, thing.name, is_open=True, comment=comment) for thing in missing)
    print(f"{len(missing)} things were recorded without a match")
    return 0


def _fetch(config: Config, arguments: argparse.Namespace) -> int:
    from publisher.link import snapshot

    things, links = _read(config)
    arguments.fresh = not arguments.cached
    wikidata = _connect(config, things, arguments)
    items = [item for item in wikidata.items(sorted(links.all_items())).values() if item.exists]
    around = wikidata.items(snapshot.mentioned(items))
    text = snapshot.write(items, around, _today(), config)
    path = config.root / snapshot.FILE
    snapshot.save(text, path)
    print(f"{len(items)} items are in {path}")
    return 0


def _compare(config: Config, _: argparse.Namespace) -> int:
    from publisher.link import snapshot
    from publisher.link.discrepancies import compare, comparison_text
    from publisher.link.entities import linkable
    from publisher.link.links import ALIKE, read_links
    from publisher.workspace.sources import read_workspace, triples_of

    workspace, copy = read_workspace(config), snapshot.read(config)
    compared = compare(triples_of(workspace.data), read_links(config).items(ALIKE), copy)
    names = {iri: thing.name for iri, thing in linkable(config, workspace).items()}
    print(comparison_text(compared, names), end="")
    return 1 if any(one.verdict in ("other time", "denied") for one in compared) else 0


# --- what the steps share -------------------------------------------------------------------------


def _read(config: Config) -> tuple[dict[str, Entity], Links]:
    from publisher.link.entities import linkable
    from publisher.link.links import read_links
    from publisher.workspace.sources import read_workspace

    return linkable(config, read_workspace(config)), read_links(config)


def _choose(config: Config, arguments: argparse.Namespace, things: dict[str, Entity], links: Links) -> list[Entity]:
    """Return the things that were named; when none were, those that nobody has decided on."""
    from publisher.rdf.terms import read_node

    if not arguments.things:
        reviewed = set() if arguments.again else links.reviewed()
        return [thing for iri, thing in things.items() if iri not in reviewed]
    chosen = []
    for name in arguments.things:
        iri = read_node(name, config.prefixes).value
        if iri not in things:
            raise UsageError(
                f"'{name}' is nothing to be linked; expected a thing of data/ with a name, such as id:belarus"
            )
        chosen.append(things[iri])
    return chosen


def _connect(config: Config, things: dict[str, Entity], arguments: argparse.Namespace) -> Wikidata:
    from publisher.link.client import connect

    languages = {language for thing in things.values() for language in thing.languages}
    return connect(config.wikidata, tuple(sorted({"en", *languages})), fresh=arguments.fresh)


def _ways(text: str) -> list[SearchMethod]:
    from publisher.link.candidates import SEARCH_METHODS

    asked = [part.strip() for part in text.split(",")]
    if unknown := [part for part in asked if part not in SEARCH_METHODS]:
        raise UsageError(f"--via '{unknown[0]}': expected {', '.join(SEARCH_METHODS)}")
    return [way for way in SEARCH_METHODS if way in asked]


def _context(things: dict[str, Entity], links: Links) -> KnownLinks:
    from publisher.link.scoring import KnownLinks

    return KnownLinks(links.items(), {iri: thing.all_names for iri, thing in things.items()})


def _file(config: Config, arguments: argparse.Namespace, links: Links) -> LinkFile:
    from publisher.link.links import FILE, LinkFile

    authors = {row.columns.get("author_id", "").strip() for _, row in links.rows} - {""}
    author = arguments.author or (authors.pop() if len(authors) == 1 else "")
    if not author:
        raise UsageError("say who decides with '--author CURIE', such as --author id:dataset-editors")
    return LinkFile(config.root / FILE, author, _today(), config.prefixes)


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.UTC).date()
