"""The command ``publisher link`` and its steps."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from publisher.cli import options
from publisher.cli.main import EXIT_CODES
from publisher.cli.terminal import progress_bar
from publisher.errors import UsageError, plural
from publisher.workspace.atomic import ensure_inside, saving
from publisher.workspace.config import Config, load_config

if TYPE_CHECKING:
    from publisher.link.candidates import Suggestion
    from publisher.link.client import Wikidata
    from publisher.link.entities import Entity
    from publisher.link.links import LinkFile, Links

F = TypeVar("F", bound=Callable[..., Any])


class _Steps(click.Group):
    """List the steps in the order of the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the names in the order in which they stand below."""
        return list(self.commands)


@click.group(cls=_Steps, invoke_without_command=True, subcommand_metavar="STEP [ARGS]...")
@click.option("--find", metavar="QID", help="Show what is linked to this item, such as Q227.")
@options.workspace
@click.pass_context
def link(context: click.Context, find: str | None, workspace: Path) -> None:
    """Link things to Wikidata.

    Suggest, review and check links to Wikidata. They are rows of data/links/wikidata.sssom.tsv, rejected look-alikes
    and things without an item included.
    """
    if find and context.invoked_subcommand:
        raise UsageError("'--find' stands alone; leave out the step")
    if find:
        _find(load_config(workspace), find)
    elif context.invoked_subcommand is None:
        raise UsageError("say what to do: suggest, review, check, or --find QID; 'publisher link --help' has them all")


def _find(config: Config, item: str) -> None:
    """Print the rows that link something to an item."""
    from publisher.link.links import read_links
    from publisher.validate.report import relative

    rows = list(read_links(config).find(item))
    for path, row in rows:
        negation = "not " if row.is_negated else ""
        columns = row.columns
        comment = f"  {columns['comment']}" if columns.get("comment") else ""
        place = f"{relative(path, config.root)}:{row.line}"
        print(
            f"{columns['subject_id']}  {negation}{columns['predicate_id']}  {columns['object_id']}{comment}  ({place})"
        )
    if not rows:
        print(f"publisher: nothing is linked to {item}", file=sys.stderr)


# --- options of several steps ---------------------------------------------------------------------

_fresh = click.option("--fresh", is_flag=True, help="Ask again what was asked within the last week.")
_author = click.option(
    "--author",
    metavar="CURIE",
    help="Who decides.",
    show_default="the author of the rows so far, if there is only one",
)


def _candidates(command: F) -> F:
    """Add the things to look for, and how to look for them."""
    for decorate in (
        _fresh,
        click.option("--again", is_flag=True, help="Also look for what was decided before."),
        click.option(
            "--via",
            default="reconcile,search,sparql",
            show_default=True,
            metavar="WAYS",
            help="Where to look, separated by commas.",
        ),
        click.argument("things", nargs=-1, metavar="[THING]..."),
    ):
        command = decorate(command)
    return command


# --- the steps ------------------------------------------------------------------------------------


@link.command(epilog=EXIT_CODES)
@_candidates
@options.config
def suggest(things: tuple[str, ...], via: str, again: bool, fresh: bool, config: Config) -> None:
    """Show which items a thing may be, and why.

    Look for things on Wikidata by name in all languages and around what is linked already. Each candidate is scored
    by name, kind, country, relations and time, line by line. Nothing is written.

    THINGs are CURIEs such as id:belarus; without any, all that nobody has decided on.
    """
    from publisher.link.candidates import suggestion_text

    entities, links = _read(config)
    chosen = _choose(config, things, entities, links, again=again)
    suggestions = _suggestions(chosen, config, entities, links, via, fresh=fresh)
    for number, entity in enumerate(chosen, start=1):
        with progress_bar() as progress:
            progress.step(f"look for {entity.name} ({number} of {len(chosen)})")
            suggestion = next(suggestions)
        print(suggestion_text(suggestion, links.rejected(entity.iri)), end="\n\n", flush=True)


@link.command(epilog=EXIT_CODES)
@_candidates
@_author
@click.option(
    "--export",
    type=click.Choice(("quickstatements",)),
    help="Instead, write what Wikidata lacks by the snapshot, with our sources, for you to submit by hand.",
)
@options.config
def review(
    things: tuple[str, ...],
    via: str,
    again: bool,
    fresh: bool,
    author: str | None,
    export: str | None,
    config: Config,
) -> None:
    """Decide on the suggestions at the terminal.

    Show the candidates of one thing after another and record what you decide in data/links/wikidata.sssom.tsv, at
    once. What you leave or skip is asked again next time.

    THINGs are CURIEs such as id:belarus; without any, all that nobody has decided on.
    """
    from publisher.link import dialog

    entities, links = _read(config)
    if export:
        _export(config, links)
        return
    file = _link_file(config, author, links)
    chosen = _choose(config, things, entities, links, again=again)
    suggestions = _suggestions(chosen, config, entities, links, via, fresh=fresh)
    print(f"{plural(len(chosen), 'thing')} to decide on.\n{dialog.HELP}\n")
    summary = dialog.review(suggestions, file, links.rejected, input, print)
    print(f"\n{plural(summary.decisions, 'decision')} in {file.path}; {plural(summary.skipped, 'thing')} skipped")


def _export(config: Config, links: Links) -> None:
    """Print the statements that Wikidata lacks as QuickStatements."""
    from publisher.link import snapshot
    from publisher.link.discrepancies import compare, propose
    from publisher.link.links import COMPARABLE
    from publisher.workspace.sources import read_workspace, triples_of

    data, items = triples_of(read_workspace(config).data), links.items(COMPARABLE)
    commands = list(propose(compare(data, items, snapshot.read(config)), data, items))
    for command in commands:
        print(command)
    print(f"publisher: {plural(len(commands), 'statement')} to look at; nothing was sent", file=sys.stderr)


@link.command(epilog=EXIT_CODES)
@_fresh
@options.config
def check(fresh: bool, config: Config) -> int:
    """Compare the links with Wikidata as it is now.

    Find items that are dead, merged, disambiguation pages, of another kind or renamed; items that are two things;
    rows that contradict each other. Exit 1 if there are any.
    """
    from publisher.link import verification

    entities, links = _read(config)
    with progress_bar() as progress:
        findings = verification.check(links, entities, _connect(config, entities, fresh=fresh), progress)
    print(verification.finding_text(findings), end="")
    linked = sum(row.is_asserted for _, row in links.rows)
    missing = verification.unrecorded(links, entities.values())
    hint = f"; {plural(len(missing), 'thing')} not recorded, run 'publisher link fill'" if missing else ""
    print(f"publisher: {plural(len(findings), 'finding')} in {plural(linked, 'link')}{hint}", file=sys.stderr)
    return 1 if findings else 0


@link.command(epilog=EXIT_CODES)
@_author
@options.config
def fill(author: str | None, config: Config) -> None:
    """Record the things that nobody has looked up.

    Add a row 'no match yet' for each thing of which the mapping files say nothing. Asks no service.
    """
    from publisher.link.links import Decision
    from publisher.link.verification import unrecorded

    entities, links = _read(config)
    missing = unrecorded(links, entities.values())
    if missing:
        file = _link_file(config, author, links)
        comment = "No match yet: nobody has looked it up."
        file.record(Decision(entity.iri, entity.name, is_open=True, comment=comment) for entity in missing)
    print(f"{plural(len(missing), 'thing')} recorded without a match")


@link.command(epilog=EXIT_CODES)
@click.option("--cached", is_flag=True, help="Take answers of the last week instead of asking again.")
@options.config
def fetch(cached: bool, config: Config) -> None:
    """Write a small copy of the linked items.

    Write names, codes, coordinates, dates, offices and memberships of the linked items into
    data/wikidata/snapshot.ttl. They are Wikidata's, and stay apart from the facts of the dataset.
    """
    from publisher.link import snapshot

    entities, links = _read(config)
    wikidata = _connect(config, entities, fresh=not cached)
    with progress_bar() as progress:
        progress.step("fetch the linked items")
        linked = wikidata.items(sorted(links.all_items()), progress)
        items = [item for item in linked.values() if item.exists]
        progress.step("fetch the items that they mention")
        related = wikidata.items(snapshot.mentioned(items), progress)
    text = snapshot.write(items, related, _today(), config)
    path = config.root / snapshot.FILE
    ensure_inside(path, config.root)
    with saving(path) as temporary:
        temporary.write_bytes(text.encode())
    print(f"{plural(len(items), 'item')} in {path}")
    if dead := sorted(linked.keys() - {item.requested for item in items}):
        print(f"publisher: Wikidata lacks {', '.join(dead)}; run 'publisher link check'", file=sys.stderr)


@link.command(epilog=EXIT_CODES)
@options.config
def compare(config: Config) -> int:
    """Tell where the dataset and Wikidata disagree.

    Compare memberships, and offices at their time, with the snapshot. Exit 1 where they contradict.
    """
    from publisher.link import discrepancies, snapshot
    from publisher.link.entities import linkable
    from publisher.link.links import COMPARABLE, read_links
    from publisher.workspace.sources import read_workspace, triples_of

    sources, triples = read_workspace(config), snapshot.read(config)
    comparisons = discrepancies.compare(triples_of(sources.data), read_links(config).items(COMPARABLE), triples)
    names = {iri: entity.name for iri, entity in linkable(config, sources).items()}
    print(discrepancies.comparison_text(comparisons, names), end="")
    return 1 if any(comparison.verdict in ("other time", "denied") for comparison in comparisons) else 0


# --- what the steps share -------------------------------------------------------------------------


def _read(config: Config) -> tuple[dict[str, Entity], Links]:
    from publisher.link.entities import linkable
    from publisher.link.links import read_links
    from publisher.workspace.sources import read_workspace

    return linkable(config, read_workspace(config)), read_links(config)


def _choose(
    config: Config, names: Sequence[str], entities: dict[str, Entity], links: Links, *, again: bool
) -> list[Entity]:
    """Return the entities that were named; when none were, those that nobody has decided on."""
    from publisher.rdf.terms import read_node

    if not names:
        reviewed = set() if again else links.reviewed()
        return [entity for iri, entity in entities.items() if iri not in reviewed]
    chosen = []
    for name in names:
        iri = read_node(name, config.prefixes).value
        if iri not in entities:
            raise UsageError(
                f"'{name}' is nothing to be linked; expected a thing of data/ with a name, such as id:belarus"
            )
        chosen.append(entities[iri])
    return chosen


def _connect(config: Config, entities: dict[str, Entity], *, fresh: bool) -> Wikidata:
    from publisher.link.client import connect

    languages = {language for entity in entities.values() for language in entity.languages}
    wikidata = connect(config.wikidata, tuple(sorted({"en", *languages})), fresh=fresh)
    click.get_current_context().with_resource(wikidata.client)
    return wikidata


def _suggestions(
    chosen: Sequence[Entity], config: Config, entities: dict[str, Entity], links: Links, via: str, *, fresh: bool
) -> Iterator[Suggestion]:
    """Look for the entities in the given ways, one after the other. Raises ``UsageError`` for an unknown way."""
    from publisher.link.candidates import SEARCH_METHODS, suggest
    from publisher.link.scoring import LinkContext

    names = [name.strip() for name in via.split(",")]
    if unknown := [name for name in names if name not in SEARCH_METHODS]:
        raise UsageError(f"--via '{unknown[0]}': expected {', '.join(SEARCH_METHODS)}")
    methods = [method for method in SEARCH_METHODS if method in names]
    context = LinkContext(links.items(), {iri: entity.all_names for iri, entity in entities.items()})
    return suggest(chosen, _connect(config, entities, fresh=fresh), context, methods)


def _link_file(config: Config, author: str | None, links: Links) -> LinkFile:
    from publisher.link.links import FILE, LinkFile

    authors = {row.columns.get("author_id", "").strip() for _, row in links.rows} - {""}
    author = author or (authors.pop() if len(authors) == 1 else "")
    if not author:
        raise UsageError("say who decides with '--author CURIE', such as --author id:dataset-editors")
    ensure_inside(config.root / FILE, config.root)
    return LinkFile(config.root / FILE, author, _today(), config.prefixes)


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.UTC).date()
