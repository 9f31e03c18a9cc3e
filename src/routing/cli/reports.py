"""``waywarden reports``: what officers ask and do."""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json, print_table

if TYPE_CHECKING:
    from routing.casework.desk import Dossier

app = typer.Typer(help="List, explain and decide reports.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(help="Such as WW-7K3M-Q2XD; case and dashes do not matter.")]
Author = Annotated[
    str, typer.Option("--by", help="Who does this; default: your user name.", default_factory=getpass.getuser)
]


@app.command("list")
def list_reports(
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as review.")] = None,
    council: Annotated[str | None, typer.Option(help="Only those of this council.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest reports."""
    from routing.casework import desk
    from routing.cli.opening import open_database

    with open_database() as database, database.session() as session:
        rows = [
            {
                "reference": each.reference,
                "state": each.state,
                "council": each.council,
                "process": each.process,
                "received_at": each.received_at.isoformat(timespec="seconds"),
                "review_reason": each.review_reason,
            }
            for each in desk.list_reports(session, state, council, limit)
        ]
    if as_json:
        print_json(rows)
        return
    columns = ("reference", "state", "council", "process", "received_at", "review_reason")
    print_table(columns, [[row[column] for column in columns] for row in rows])


@app.command()
def show(reference: Reference, as_json: Json = False) -> None:
    """Show a report with its decisions, messages and history. Exit code 3 where it waits for a person."""
    from routing.casework import desk
    from routing.cli import NEEDS_REVIEW
    from routing.cli.opening import open_database

    with open_database() as database, database.session() as session:
        document = _dossier(desk.show_report(session, reference))
    if as_json:
        print_json(document)
    else:
        _print_dossier(document)
    if document["state"] == "review":
        raise typer.Exit(NEEDS_REVIEW)


def _dossier(found: "Dossier") -> dict[str, Any]:
    report = found.report
    decisions = ("sequence", "rule", "reason", "author")
    deliveries = ("recipient", "role", "address", "state", "attempt", "answer", "message_id")
    return {
        "reference": report.reference,
        "state": report.state,
        "merged_into": found.merged_into,
        "review_reason": report.review_reason,
        "council": report.council,
        "process": f"{report.process} {report.process_version}",
        "answers": report.answers,
        "easting": report.easting,
        "northing": report.northing,
        "received_at": report.received_at.isoformat(),
        "decisions": [{name: getattr(each, name) for name in decisions} for each in found.decisions],
        "deliveries": [{name: getattr(each, name) for name in deliveries} for each in found.deliveries],
        "history": [
            {"at": each.at.isoformat(), "event": each.event, "to": each.to_state, "actor": each.actor}
            for each in found.history
        ],
    }


def _print_dossier(document: dict[str, Any]) -> None:
    for name in ("reference", "state", "merged_into", "review_reason", "council", "process", "received_at"):
        if document[name]:
            echo(f"{name.replace('_', ' ')}: {document[name]}")
    echo("answers: " + ", ".join(f"{name} = {value}" for name, value in document["answers"].items()))
    echo(f"place: easting {document['easting']:.0f}, northing {document['northing']:.0f}")
    for title in ("decisions", "deliveries", "history"):
        if document[title]:
            echo(f"\n{title}")
            columns = list(document[title][0])
            print_table(columns, [[row[column] for column in columns] for row in document[title]])


@app.command()
def explain(reference: Reference, as_json: Json = False) -> None:
    """Say in sentences who got a report and why, with the versions of everything that led to it."""
    from routing.casework import desk
    from routing.cli.explaining import sentences
    from routing.cli.opening import open_database

    with open_database() as database, database.session() as session:
        found = desk.show_report(session, reference)
        receipts = [each.receipt for each in found.decisions]
        lines = sentences(found)
    if as_json:
        print_json({"reference": found.report.reference, "receipts": receipts, "text": lines})
    else:
        echo("\n".join(lines))


@app.command()
def decide(
    reference: Reference,
    to: Annotated[str, typer.Option("--to", help="Recipient of the process, such as parish-clerk or road-safety.")],
    because: Annotated[str, typer.Option("--because", help="Your reason; the recipient reads it.")],
    author: Author,
    parish: Annotated[str | None, typer.Option(help="Code of the parish, for --to parish-clerk.")] = None,
    as_json: Json = False,
) -> None:
    """Decide a report that waits for a person; its message goes out at once."""
    from routing.cli.deciding import decide_report

    chosen = decide_report(reference, to, because.strip(), author, parish)
    print_json(chosen) if as_json else echo(f"{chosen['reference']} goes to {chosen['recipient']}.")


@app.command()
def close(reference: Reference, author: Author, as_json: Json = False) -> None:
    """Close a report: somebody answered, or there is nothing more to do."""
    from routing.casework import desk
    from routing.cli.opening import open_database

    with open_database() as database, database.transaction() as tx:
        row = desk.lock_report(tx, reference)
        desk.close(tx, row["id"], f"officer:{author}")
    print_json({"reference": row["reference"], "state": "closed"}) if as_json else echo(
        f"{row['reference']} is closed."
    )


@app.command()
def retry(reference: Reference, author: Author, as_json: Json = False) -> None:
    """Try again now: route a report in review anew, or send a message that waits for its time."""
    from routing.casework import desk
    from routing.cli.opening import open_database

    with open_database() as database, database.transaction() as tx:
        row = desk.lock_report(tx, reference)
        outcome = desk.retry(tx, row["id"], f"officer:{author}")
    text = "is routed anew." if outcome == "routed" else "has its messages sent again now."
    print_json({"reference": row["reference"], "outcome": outcome}) if as_json else echo(f"{row['reference']} {text}")


NO_FILE = "There are no anchors on this machine yet to hold past days against: they are kept each night."


@app.command()
def verify(
    reference: Annotated[str | None, typer.Argument(help="One report; without: all.")] = None, as_json: Json = False
) -> None:
    """Recompute the chain of the history. Exit code 1 where a row was altered, removed or added."""
    from routing import casework
    from routing.casework import desk
    from routing.cli import FAILED
    from routing.cli.opening import open_database
    from routing.private import read_anchors
    from routing.settings import read_settings

    elsewhere = read_anchors(read_settings().data_dir)
    with open_database() as database, database.transaction() as tx:
        only = [desk.lock_report(tx, reference)["id"]] if reference else None
        count, broken = casework.verify(tx, only)
        if reference is None:
            broken += casework.verify_anchors(tx, elsewhere)
    last = max((day for day, _ in elsewhere), default=None)
    if as_json:
        rows = [{"reference": b.reference, "sequence": b.sequence, "problem": b.problem} for b in broken]
        print_json({"rows": count, "broken": rows, "anchors_file_to": last.isoformat() if last else None})
    else:
        for each in broken:
            echo(f"{each.reference}{f' row {each.sequence}' if each.sequence else ''}: {each.problem}")
        echo(f"{count} rows of history, {len(broken)} that do not fit.")
        if reference is None:
            echo(f"Past days were held against anchors.log, which goes to {last}." if last else NO_FILE)
    if broken:
        raise typer.Exit(FAILED)
