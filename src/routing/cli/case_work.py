"""``waywarden reports``: the work of officers with cases in stages."""

import getpass
import json
from typing import Annotated, Any
from uuid import UUID

import typer

from routing.cli.output import Json, echo, print_json, print_table
from routing.days import in_table
from routing.errors import InputError

Reference = Annotated[str, typer.Argument(help="Reference, such as WW-7K3M-Q2XD. Case and dashes do not matter.")]
Author = Annotated[
    str,
    typer.Option(
        "--by",
        help="Your name for the history; default: your user name on this machine.",
        default_factory=getpass.getuser,
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field", "-f", help="Field and answer, such as -f crew_note=nothing. Write lists and persons as JSON."
    ),
]
Because = Annotated[str, typer.Option("--because", help="Your reason, in 1 to 500 characters.")]
Maps = Annotated[
    list[str] | None, typer.Option("--map", help="Old stage and new one, such as --map return=go-back. Repeat it.")
]


def answer(
    reference: Reference,
    author: Author,
    seat: Annotated[
        str | None, typer.Option("--as", help="For whom, if several are asked, such as parish-clerk.")
    ] = None,
    fields: Fields = None,
    as_json: Json = False,
) -> None:
    """Enter the answer of somebody whom the stage of a case asks, for example after a phone call."""
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    with open_database() as database, database.transaction() as tx:
        done = officers.answer_for(tx, open_catalogue(), reference, seat, _pairs(fields), f"officer:{author}")
    _tell(done.reference, done.stage, "The engine applies the answer", as_json=as_json)


def move(
    reference: Reference,
    to: Annotated[str, typer.Option("--to", help="Stage of the process.")],
    because: Because,
    author: Author,
    fields: Fields = None,
    as_json: Json = False,
) -> None:
    """Move a case to any stage of its process. Its time begins anew, and whoever acts there is asked."""
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    with open_database() as database, database.transaction() as tx:
        done = officers.move_to(
            tx, open_catalogue(), reference, to, because.strip(), _pairs(fields), f"officer:{author}"
        )
    _tell(done.reference, done.stage, f"The engine moves it to {to}", as_json=as_json)


def ask(reference: Reference, author: Author, as_json: Json = False) -> None:
    """Ask whoever has not answered once more, with a new link. No deadline moves."""
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    with open_database() as database, database.transaction() as tx:
        done = officers.ask_again(tx, open_catalogue(), reference, f"officer:{author}")
    _tell(done.reference, done.stage, "They get another message", as_json=as_json)


def _tell(reference: str, stage: str | None, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"reference": reference, "stage": stage})
    else:
        echo(f"{reference} is in {stage or 'no stage'}. {what} in a moment.")


def migrate(
    author: Author,
    version: Annotated[str, typer.Option("--version", help="Version of the definition that holds from now on.")],
    reference: Annotated[str | None, typer.Argument(help="Reference of one case.")] = None,
    every: Annotated[str | None, typer.Option("--all", help="Every open case of this process instead.")] = None,
    council: Annotated[str | None, typer.Option("--council", help="Council, with --all; default: the first.")] = None,
    maps: Maps = None,
    fields: Fields = None,
    as_json: Json = False,
) -> None:
    """Let running cases go on by another version of their definition. Nothing fires in that moment."""
    from routing.casework import officers
    from routing.cli.installation import open_catalogue, open_database

    if (reference is None) == (every is None):
        raise InputError("REFERENCE", "Name one case, or use --all PROCESS.")
    catalogue, stages = open_catalogue(), {old: str(new) for old, new in _pairs(maps).items()}
    with open_database() as database, database.transaction() as tx:
        if reference is not None:
            done = officers.migrate_report(
                tx, catalogue, reference, version, stages, _pairs(fields), f"officer:{author}"
            )
        else:
            slug = catalogue.council(council).slug
            done = officers.migrate_all(tx, catalogue, slug, every or "", version, stages, f"officer:{author}")
    if as_json:
        print_json({"references": done.references, "version": done.version, "stages": dict(done.stages)})
    else:
        counted = "1 case goes" if len(done.references) == 1 else f"{len(done.references)} cases go"
        echo(f"{counted} on by version {done.version}.")


def letters(
    author: Author,
    reference: Annotated[str | None, typer.Argument(help="Only those of this case, with their text.")] = None,
    printed: Annotated[
        UUID | None, typer.Option("--printed", help="Id of a letter that was printed and posted.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the letters that cannot go by email, for you to print. Exit code 3 if some wait."""
    from routing.casework import officers
    from routing.cli import NEEDS_REVIEW
    from routing.cli.installation import open_database
    from routing.vocabulary import parse_report_reference

    with open_database() as database, database.transaction() as tx:
        if printed is not None:
            officers.mark_printed(tx, printed, f"officer:{author}")
        only = parse_report_reference(reference) if reference is not None else None
        if reference is not None and only is None:
            raise InputError("REFERENCE", f"{reference} is not a reference. It looks like WW-7K3M-Q2XD.")
        found = officers.letters_to_print(tx, only)
    rows = [{name: getattr(each, name) for name in LETTER} | {"to": list(each.to)} for each in found]
    if as_json:
        print_json([{**row, "at": row["at"].isoformat(timespec="seconds")} for row in rows])
    elif only is not None:
        for row in rows:
            lines = [f"Letter {row['id']}", *row["to"], "", row["subject"], "", row["text"], ""]
            echo("\n".join(lines))
    else:
        columns = ("id", "reference", "letter", "recipient", "at")
        print_table(columns, [[in_table(row[name]) if name == "at" else row[name] for name in columns] for row in rows])
    if found:
        raise typer.Exit(NEEDS_REVIEW)


LETTER = ("id", "reference", "council", "process", "letter", "recipient", "subject", "text", "at")


def _pairs(given: list[str] | None) -> dict[str, Any]:
    """``name=value`` as the command line has it; a list or an object is JSON.

    Raises:
        InputError: a pair is not one.
    """
    found: dict[str, Any] = {}
    for each in given or []:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise InputError("--field", f"Write {each!r} as name=value.")
        found[name.strip()] = _value(name, value)
    return found


def _value(name: str, value: str) -> Any:
    if value[:1] not in {"[", "{"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise InputError(name, f"Write {value!r} as JSON.") from None
