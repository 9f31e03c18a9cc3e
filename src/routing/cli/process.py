"""``waywarden process``: prove a definition, print its table, explain one combination of answers."""

from pathlib import Path
from typing import Annotated

import typer

from routing.cli.output import Json, print_json, print_table

app = typer.Typer(help="Check, print and explain definitions of service processes.", no_args_is_help=True)

Files = Annotated[list[Path] | None, typer.Argument(help="process.toml files; without: all that are adopted.")]
Slug = Annotated[str, typer.Argument(help="Slug of the process, such as speeding-traffic.")]
CouncilSlug = Annotated[str | None, typer.Option("--council", help="Slug of the council; default: the first.")]


@app.command()
def check(files: Files = None, as_json: Json = False) -> None:
    """Prove definitions: every combination decided, no rule unreachable, signposts first, every text filled."""
    from routing.cli.opening import open_catalogue
    from routing.outside import read_text
    from routing.process import parse

    if files:
        proven = [parse(read_text(path), str(path)) for path in files]
    else:
        catalogue = open_catalogue()
        proven = [catalogue.definition(c.slug, process) for c in catalogue.councils.values() for process in c.processes]
    rows = [(each.slug, each.version, each.scope or "shared", len(each.rule), len(each.question)) for each in proven]
    if as_json:
        keys = ("process", "version", "scope", "rules", "questions")
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    print_table(("process", "version", "scope", "rules", "questions"), rows)


@app.command()
def table(slug: Slug, council: CouncilSlug = None, as_json: Json = False) -> None:
    """Print the triage table: the first rule that matches decides."""
    from routing.cli.opening import open_catalogue

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
    answer: Annotated[list[str] | None, typer.Option("--answer", "-a", help="question=value, several times.")] = None,
    place: Annotated[str | None, typer.Option(help="State of the place, such as parish or uncertain.")] = None,
    council: CouncilSlug = None,
    as_json: Json = False,
) -> None:
    """Say which rule decides a combination, why, and what is still needed."""
    from routing.casework import wording
    from routing.cli.opening import open_catalogue
    from routing.errors import InputError
    from routing.process import TABLE_STATES, Needs, check_answers, complete_answers, evaluate, render
    from routing.words import PlaceState

    catalogue = open_catalogue()
    served = catalogue.council(council)
    definition = catalogue.definition(served.slug, slug)
    given = dict(pair.partition("=")[::2] for pair in answer or [])
    if place is not None and place not in TABLE_STATES:
        raise InputError("place", f"Use one of: {', '.join(TABLE_STATES)}.")
    lists = {name: bool(served.listed(name)) for name in served.lists}
    complete = complete_answers(definition, check_answers(definition, given), lists)
    found = evaluate(definition, complete, PlaceState(place) if place else None)
    if isinstance(found, Needs):
        result = {"rule": None, "needs": found.what}
        text = f"Not decided yet: {found.what} is needed."
    else:
        outcome = f"signpost {found.signpost}" if found.signpost else f"to {found.to}"
        because = render(found.because, wording(served, definition))
        result = {"rule": found.id, "outcome": outcome, "because": because, "source": found.source}
        text = f"{found.id}: {outcome}. {because} (source: {found.source})"
    print_json(result) if as_json else typer.echo(text)
