"""``waywarden reports``: the work of officers."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli import case_work
from routing.cli.case_work import Author, Reference
from routing.cli.dossier import CONTACT, as_document, print_document
from routing.cli.output import Json, echo, print_json, print_table
from routing.days import in_table
from routing.errors import InputError

if TYPE_CHECKING:
    from routing.casework.officers.finding import Row

LONGEST_REASON = 500

app = typer.Typer(help="List, explain and decide reports.", no_args_is_help=True)


@app.command("list")
def list_reports(
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as review.")] = None,
    council: Annotated[str | None, typer.Option(help="Only those of this council.")] = None,
    process: Annotated[str | None, typer.Option(help="Only those of this process, such as speeding-traffic.")] = None,
    street: Annotated[str | None, typer.Option(help="Only those on a street with this in its name.")] = None,
    parish: Annotated[
        str | None, typer.Option(help="Only those in this parish: part of its name, or its code.")
    ] = None,
    due: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only those due for an answer by this day."),
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Only overdue reports.")] = False,
    stage: Annotated[str | None, typer.Option("--stage", help="Only cases in this stage.")] = None,
    limit: Annotated[int, typer.Option(help="List at most this many.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest reports, with the day an answer is due."""
    from routing.casework import Wanted, find_reports
    from routing.cli.installation import open_catalogue, open_database

    wanted = Wanted(state, council, process, street, parish, due.date() if due is not None else None, late, stage)
    catalogue = open_catalogue()
    with open_database() as database, database.transaction() as tx:
        rows = [_listed(each) for each in find_reports(tx, catalogue, wanted, limit)]
    if as_json:
        print_json(rows)
        return
    print_table(LISTED, [[_cell(row, column) for column in LISTED] for row in rows])


LISTED = (
    *("reference", "state", "stage", "council", "process"),
    *("received_at", "due", "street", "parish", "review_reason"),
)


def _listed(row: "Row") -> dict[str, Any]:
    named = ("reference", "state", "council", "process", "review_reason", "street", "parish", "is_late", "stage")
    return {name: getattr(row, name) for name in named} | {
        "received_at": row.received_at.isoformat(timespec="seconds"),
        "due": row.due.isoformat() if row.due is not None else None,
    }


def _cell(row: dict[str, Any], column: str) -> Any:
    if column == "received_at":
        return in_table(datetime.datetime.fromisoformat(row[column]))
    return f"{row['due']} late" if column == "due" and row["is_late"] else row[column]


@app.command()
def show(
    reference: Reference,
    author: Author,
    reporter: Annotated[
        bool,
        typer.Option("--reporter", help="Also show who reported it and how to contact them. Use it with --because."),
    ] = False,
    because: Annotated[
        str | None,
        typer.Option("--because", help="Why you need to know who reported it. We keep this with the report."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a report with its decisions, messages and history. Exit code 3 if it needs a decision.

    To see who reported it, use --reporter --because TEXT. The history records that you looked.
    """
    from routing.casework import officers
    from routing.cli import NEEDS_REVIEW
    from routing.cli.installation import open_database

    reason = _need_reason(because) if reporter else None
    with open_database() as database:
        who = None
        if reason is not None:
            with database.transaction() as tx:
                row = officers.lock_report(tx, reference)
                who = officers.look_at_reporter(tx, row["id"], f"officer:{author}", reason)
        with database.session() as session:
            document = as_document(officers.show_report(session, reference))
    if who is not None:
        document["reporter"] = {name: getattr(who, name) for name in (*CONTACT, "may_pass_on", "answers")}
    print_json(document) if as_json else print_document(document)
    if document["state"] == "review":
        raise typer.Exit(NEEDS_REVIEW)


def _need_reason(because: str | None) -> str:
    reason = (because or "").strip()
    if 0 < len(reason) <= LONGEST_REASON:
        return reason
    raise InputError("--because", f"Enter why you need to know who reported it, in 1 to {LONGEST_REASON} characters.")


@app.command()
def explain(reference: Reference, as_json: Json = False) -> None:
    """Explain who got a report and why, with the versions used."""
    from routing.casework import officers
    from routing.cli.explaining import sentences
    from routing.cli.installation import open_database

    with open_database() as database, database.session() as session:
        found = officers.show_report(session, reference)
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
    because: Annotated[str, typer.Option("--because", help="Your reason. The recipient sees it.")],
    author: Author,
    parish: Annotated[str | None, typer.Option(help="Name or code of the parish, for --to parish-clerk.")] = None,
    as_json: Json = False,
) -> None:
    """Decide a report in review, or move one that was sent. Its message is sent at once.

    If you move a report, we tell the former recipient that somebody else has it now.
    """
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database
    from routing.delivery import Sender
    from routing.settings import read_settings

    domain, catalogue = Sender(read_settings().smtp_from).domain, open_catalogue()
    with open_database() as database, database.transaction() as tx:
        chosen = officers.decide_report(
            tx, catalogue, reference, to, because.strip(), f"officer:{author}", domain, parish
        )
    print_json(chosen) if as_json else echo(f"{chosen['reference']} will go to {chosen['recipient']}.")


@app.command()
def close(
    reference: Reference,
    author: Author,
    because: Annotated[
        str | None, typer.Option("--because", help="What we tell the citizen, on their page and by email.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Close a report that was answered, or needs no more work."""
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    said = (because or "").strip() or None
    if said is not None and len(said) > LONGEST_REASON:
        raise InputError("--because", f"Enter at most {LONGEST_REASON} characters.")
    with open_database() as database, database.transaction() as tx:
        row = officers.lock_report(tx, reference)
        officers.close(tx, open_catalogue(), row["id"], f"officer:{author}", said)
    print_json({"reference": row["reference"], "state": "closed"}) if as_json else echo(
        f"{row['reference']} is closed."
    )


@app.command()
def retry(reference: Reference, author: Author, as_json: Json = False) -> None:
    """Try again now: route a report in review again, or send its waiting messages."""
    from routing.casework import officers
    from routing.cli.installation import open_database

    with open_database() as database, database.transaction() as tx:
        row = officers.lock_report(tx, reference)
        outcome = officers.retry(tx, row["id"], f"officer:{author}")
    text = "will be routed again." if outcome == "routed" else "will have its messages sent again now."
    print_json({"reference": row["reference"], "outcome": outcome}) if as_json else echo(f"{row['reference']} {text}")


for each in (case_work.answer, case_work.move, case_work.ask, case_work.migrate, case_work.letters):
    app.command()(each)

NO_FILE = "There are no anchors on this machine yet to compare past days with. We add one each night."


@app.command()
def verify(
    reference: Annotated[str | None, typer.Argument(help="Reference of one report; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Check the history of reports. Exit code 1 if a row was altered, removed or added."""
    from routing import casework
    from routing.casework import officers
    from routing.cli import FAILED
    from routing.cli.installation import open_database
    from routing.private import read_anchors
    from routing.settings import read_settings

    elsewhere = read_anchors(read_settings().data_dir)
    with open_database() as database, database.transaction() as tx:
        only = [officers.lock_report(tx, reference)["id"]] if reference else None
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
        echo(f"{count} rows of history checked. {len(broken)} do not match.")
        if reference is None:
            echo(f"Past days were compared with anchors.log, which goes to {last}." if last else NO_FILE)
    if broken:
        raise typer.Exit(FAILED)
