"""``waywarden process``: check definitions, print and play their stages, compare two versions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.output import Json, echo, print_json, print_table
from routing.cli.saying import say
from routing.cli.tables import CouncilSlug, Process, explain, read_definition, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from routing.database import Transaction
    from routing.process import Definition

app = typer.Typer(help="Check, print and explain definitions of service processes.", no_args_is_help=True)

Files = Annotated[list[Path] | None, typer.Argument(help="process.toml files; default: all that the councils use.")]
Slug = Annotated[str, typer.Argument(help="Slug of the process, such as speeding-traffic.")]


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
            say(f"Warning: {each.slug}: {warning}")
        if files and not as_json:
            say(f"{each.slug} needs from the council: {_needs(each)}.")
    for sentence in changed:
        say(f"{sentence} Give the changed file a new version.")
    if changed:
        raise typer.Exit(FAILED)


def _needs(definition: "Definition") -> str:
    """The mailboxes and pages that a council's file must have for a process."""
    boxes = dict.fromkeys(definition.mailbox_of(each.id) for each in definition.recipient if each.kind != "parish")
    pages = dict.fromkeys(fee.page for fee in definition.fee)
    lists = [("mailboxes", boxes), ("pages", pages), ("lists", dict.fromkeys(sorted(definition.lists)))]
    return "; ".join(f"{name} {', '.join(found)}" for name, found in lists if found)


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
    process: Process,
    council: CouncilSlug = None,
    picture: Annotated[Path | None, typer.Option(help="Draw the stages into this SVG file.")] = None,
) -> None:
    """Print the stages: who acts, until when, and what each answer and silence leads to."""
    from routing.errors import InputError
    from routing.process.outline import outline, silence_ends
    from routing.process.picture import draw
    from routing.process.proof import longest_silence

    definition = read_definition(process, council)
    if not definition.has_stages:
        echo("This process has no stages: a report goes to its recipient, and an officer closes it.")
        return
    days = longest_silence(definition)
    if picture is not None:
        try:
            picture.write_text(draw(definition, days), encoding="utf-8")
        except OSError as error:
            raise InputError("picture", f"Cannot write to {picture} ({error.strerror}). Choose a file.") from None
        say(f"Drew the stages into {picture}.")
        return
    for line in outline(definition):
        echo(line)
    assert days is not None  # a checked definition ends
    echo(silence_ends(definition, days))


@app.command()
def walk(process: Process, council: CouncilSlug = None) -> None:
    """Play one case: answer the questions, let days pass, answer as whoever acts, and read the letters."""
    from routing.cli.walking import walk as play_one

    play_one(read_definition(process, council))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="Slug of a process, or a file: the version before.")],
    after: Annotated[str, typer.Argument(help="The same: the version after.")],
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Say which combinations of answers and place two versions decide differently: exactly these, and no others."""
    from routing.process.diff import differences

    found = differences(read_definition(before, council), read_definition(after, council))
    if as_json:
        print_json([{"when": dict(each.when), "before": each.before, "after": each.after} for each in found])
        return
    if not found:
        echo("No combination of answers and place changes its outcome.")
        return
    words = [", ".join(f"{name} = {' or '.join(values)}" for name, values in each.when.items()) for each in found]
    rows = [(when or "always", each.before, each.after) for when, each in zip(words, found, strict=True)]
    print_table(("if", "before", "after"), rows)


app.command()(table)
app.command()(explain)
