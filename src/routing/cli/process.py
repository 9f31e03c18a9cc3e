"""``waywarden process``: check a definition, print its table, explain one combination of answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.output import Json, echo, print_json, print_table
from routing.cli.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from routing.database import Transaction
    from routing.process import Definition

app = typer.Typer(help="Check, print and explain definitions of service processes.", no_args_is_help=True)

Files = Annotated[list[Path] | None, typer.Argument(help="process.toml files; default: all that the councils use.")]
Slug = Annotated[str, typer.Argument(help="Slug of the process, such as speeding-traffic.")]
CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: the first.")]


@app.command()
def check(files: Files = None, as_json: Json = False) -> None:
    """Check definitions, and compare them with those in use. A changed file needs a new version."""
    from routing.cli import FAILED
    from routing.cli.installation import open_catalogue
    from routing.outside import read_text
    from routing.process import parse
    from routing.process.proof import longest_silence, warnings

    if files:
        proven = [parse(read_text(path), str(path)) for path in files]
        changed = _changed(lambda tx: _clashes(tx, proven))
    else:
        catalogue = open_catalogue()
        proven = [catalogue.definition(c.slug, process) for c in catalogue.councils.values() for process in c.processes]
        changed = _changed(lambda tx: [each.sentence for each in catalogue.conflicts(tx)])
    keys = ("process", "version", "scope", "rules", "questions", "stages", "examples", "silent days")
    rows = [
        (each.slug, each.version, each.scope or "shared", len(each.rule), len(each.question), len(each.stage),
         len(each.example), longest_silence(each))
        for each in proven
    ]  # fmt: skip
    if as_json:
        print_json([dict(zip((*keys[:-1], "silent_days"), row, strict=True)) for row in rows])
    else:
        print_table(keys, [["" if cell is None else cell for cell in row] for row in rows])
    for each in proven:
        for warning in warnings(each):
            say(f"{each.slug}: {warning}")
    for sentence in changed:
        say(f"{sentence} Give the changed file a new version.")
    if changed:
        raise typer.Exit(FAILED)


def _changed(ask: "Callable[[Transaction], list[str]]") -> list[str]:
    """Definitions changed without a new version, compared with the installation's database, if there is one."""
    from routing.cli.installation import database_url, postgres_dir
    from routing.database import Database, read_revision
    from routing.errors import StoreUnavailable
    from routing.settings import read_settings

    settings = read_settings()
    if not settings.database_url and not (postgres_dir(settings) / "data").exists():
        return []
    with database_url(settings) as url:
        database = Database(url, connections=1)
        try:
            with database.transaction() as tx:
                return ask(tx) if read_revision(tx) is not None else []
        except StoreUnavailable as error:
            say(f"Could not compare with the definitions in use: {error}")
            return []
        finally:
            database.close()


def _clashes(tx: "Transaction", definitions: "list[Definition]") -> list[str]:
    """Files that may belong to any council: their version is in use, but nowhere with this text."""
    found = []
    for each in definitions:
        rows = tx.execute(
            "SELECT sha256 FROM definition WHERE kind = 'process' AND slug = %s AND version = %s",
            (each.slug, each.version),
        ).fetchall()
        if rows and each.sha256 not in {row["sha256"] for row in rows}:
            found.append(
                f"Version {each.version} of the process {each.slug} is already in use, but its file has changed."
            )
    return found


@app.command()
def stages(
    process: Annotated[str, typer.Argument(help="Slug of the process, or its file.")], council: CouncilSlug = None
) -> None:
    """Print the stages: who acts, until when, and what each answer and silence leads to."""
    from routing.cli.stages import in_words
    from routing.process.proof import longest_silence

    definition = _definition(process, council)
    if not definition.has_stages:
        echo("This process has no stages: a report goes to its recipient, and an officer closes it.")
        return
    for line in in_words(definition):
        echo(line)
    echo(f"If nobody ever acts, a case ends after about {longest_silence(definition)} days, and holidays.")


@app.command()
def walk(
    process: Annotated[str, typer.Argument(help="Slug of the process, or its file.")], council: CouncilSlug = None
) -> None:
    """Play one case: answer the questions, let days pass, answer as whoever acts, and read the letters."""
    from routing.cli.walking import walk as play_one

    play_one(_definition(process, council))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="Slug of a process, or a file: the version before.")],
    after: Annotated[str, typer.Argument(help="The same: the version after.")],
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Say which combinations of answers and place two versions decide differently: exactly these, and no others."""
    from routing.process.diff import differences

    found = differences(_definition(before, council), _definition(after, council))
    if as_json:
        print_json([{"when": dict(each.when), "before": each.before, "after": each.after} for each in found])
        return
    if not found:
        echo("No combination of answers and place changes its outcome.")
        return
    words = [", ".join(f"{name} = {' or '.join(values)}" for name, values in each.when.items()) for each in found]
    rows = [(when or "always", each.before, each.after) for when, each in zip(words, found, strict=True)]
    print_table(("if", "before", "after"), rows)


def _definition(process: str, council: str | None) -> "Definition":
    """The definition of a file, or the one that a council uses."""
    from routing.cli.installation import open_catalogue
    from routing.outside import read_text
    from routing.process import parse

    if process.endswith(".toml"):
        return parse(read_text(Path(process)), process)
    catalogue = open_catalogue()
    return catalogue.definition(catalogue.council(council).slug, process)


@app.command()
def table(slug: Slug, council: CouncilSlug = None, as_json: Json = False) -> None:
    """Print the triage table. The first rule that matches decides."""
    from routing.cli.installation import open_catalogue

    catalogue = open_catalogue()
    definition = catalogue.definition(catalogue.council(council).slug, slug)
    if as_json:
        print_json([rule.model_dump(mode="json", by_alias=True) for rule in definition.rule])
        return
    columns = [*definition.questions, "place"]
    rows = [
        (
            rule.id,
            *(", ".join(rule.when[column]) if column in rule.when else "-" for column in columns),
            f"signpost {rule.signpost}" if rule.signpost else rule.to,
            ", ".join(rule.copy_to),
        )
        for rule in definition.rule
    ]
    print_table(("rule", *columns, "outcome", "copy"), rows)


@app.command()
def explain(
    slug: Slug,
    answer: Annotated[
        list[str] | None,
        typer.Option("--answer", "-a", help="An answer, as question=value. You can use this more than once."),
    ] = None,
    place: Annotated[str | None, typer.Option(help="State of the place, such as parish or uncertain.")] = None,
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Explain which rule decides these answers and why, or what is still needed."""
    from routing.casework import wording
    from routing.cli.installation import open_catalogue
    from routing.days import today
    from routing.errors import InputError
    from routing.process import TABLE_STATES, Needs, check_answers, complete_answers, evaluate, render
    from routing.vocabulary import PlaceState

    catalogue = open_catalogue()
    served = catalogue.council(council)
    definition = catalogue.definition(served.slug, slug)
    given = dict(pair.partition("=")[::2] for pair in answer or [])
    if place is not None and place not in TABLE_STATES:
        raise InputError("place", f"Use one of: {', '.join(TABLE_STATES)}.")
    lists = {name: bool(served.listed(name)) for name in served.lists}
    day = definition.given_on(today(), served.gss)
    complete = complete_answers(definition, check_answers(definition, given, day), lists)
    found = evaluate(definition, complete, PlaceState(place) if place else None, day)
    if isinstance(found, Needs):
        result = {"rule": None, "needs": found.what}
        text = f"Not decided yet: {found.what} is needed."
    else:
        outcome = f"signpost {found.signpost}" if found.signpost else f"to {found.to}"
        because = render(found.because, wording(served, definition))
        result = {"rule": found.id, "outcome": outcome, "because": because, "source": found.source}
        text = f"{found.id}: {outcome}. {because} (source: {found.source})"
    print_json(result) if as_json else echo(text)
