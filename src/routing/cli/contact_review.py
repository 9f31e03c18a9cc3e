"""``waywarden contacts review``: list what needs a decision, and decide it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from routing.cli.output import Json, echo, print_json, print_table
from routing.cli.parishes import Author, CouncilSlug, author_of, need_line
from routing.cli.saying import say
from routing.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from routing.casework import Catalogue
    from routing.contacts import Contact, Link
    from routing.database import Transaction

NEXT = {"--confirm": " Next: waywarden contacts refresh", "--discard": " The next refresh fetches every page again."}
IN_USE = ("confirmed", "reopened")
COLUMNS = ("council", "parish", "name", "what", "choices")


def review(
    parish: Annotated[str | None, typer.Argument(help="Code or name of a parish; default: all.")] = None,
    confirm: Annotated[int | None, typer.Option("--confirm", help="Modern.Gov id of its parish council.")] = None,
    reject: Annotated[int | None, typer.Option("--reject", help="Modern.Gov id that is not its council.")] = None,
    release: Annotated[bool, typer.Option("--release", help="Its contact works, or its new address is right.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Use the held refresh of --council.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Discard the held refresh of --council.")] = False,
    because: Annotated[str, typer.Option("--because", help="Your reason, in one sentence.")] = "",
    council: CouncilSlug = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """List what needs a decision, or decide it. Exit code 3 if something still needs one."""
    from routing.cli import NEEDS_REVIEW
    from routing.cli.installation import open_catalogue, open_database

    chosen = [name for name, given in (("--confirm", confirm is not None), ("--reject", reject is not None),
              ("--release", release), ("--accept", accept), ("--discard", discard)) if given]  # fmt: skip
    need_line("--because", because or None)
    if len(chosen) > 1:
        raise InputError(chosen[1], f"Use only one of {', '.join(chosen)} at a time.")
    catalogue = open_catalogue()
    with open_database() as database, database.transaction() as tx:
        if accept or discard:
            if parish is not None or (council is None and len(catalogue.councils) > 1):
                raise InputError(
                    chosen[0],
                    "Name the council with --council, and leave out the parish. This applies to a whole council.",
                )
            _decide_round(tx, catalogue, council, author_of(author), because, is_accepted=accept)
        elif chosen:
            _decide_parish(tx, catalogue, parish, council, (confirm, reject), author_of(author), because)
        rows = waiting(tx, catalogue, council, parish)
    for name in chosen:
        say(f"{parish or council or catalogue.default.slug}: {name.removeprefix('--')} is saved.{NEXT.get(name, '')}")
    _show(rows, parish, as_json=as_json)
    if rows and not chosen:
        raise typer.Exit(NEEDS_REVIEW)


def _show(rows: list[dict[str, Any]], parish: str | None, *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
    elif rows:
        print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
    else:
        echo("Nothing needs a decision." if parish is None else f"Nothing about {parish} needs a decision.")


def _decide_round(
    tx: "Transaction", catalogue: "Catalogue", council: str | None, author: str, because: str, *, is_accepted: bool
) -> None:
    from routing.contacts import moderngov

    found = catalogue.council(council)
    number = moderngov.need_held(tx, found.slug)
    if is_accepted:
        accepted = moderngov.accept(tx, found, number, author, because)
        say(
            f"{found.slug}: {len(accepted.changes)} contacts saved, {len(accepted.problems)} unchanged because of "
            "problems."
        )
    else:
        moderngov.discard(tx, number, author, because)


def _decide_parish(
    tx: "Transaction",
    catalogue: "Catalogue",
    parish: str | None,
    council: str | None,
    ids: tuple[int | None, int | None],
    author: str,
    because: str,
) -> None:
    from routing import contacts
    from routing.casework import officers

    if parish is None:
        raise InputError("parish", "Enter the parish.")
    slug, code, _ = officers.find_parish(tx, catalogue, parish, council)
    confirm, reject = ids
    if confirm is not None:
        if confirm < 1:
            raise InputError("--confirm", "Enter the Modern.Gov id from the page's address: a whole number above 0.")
        contacts.confirm(tx, slug, code, confirm, author, because)
        shared = sorted(each for each, id_ in contacts.read_links(tx, slug).items() if id_ == confirm and each != code)
        if shared:
            say(f"{confirm} is also the council of {', '.join(shared)}. This is only right for a joint council.")
    elif reject is not None:
        contacts.reject(tx, slug, code, reject, author, because)
    else:
        contacts.release(tx, slug, code, author, because)


def waiting(
    tx: "Transaction", catalogue: "Catalogue", council: str | None, parish: str | None = None
) -> list[dict[str, Any]]:
    """Everything that needs a decision, or only for one parish: held refreshes, links, unusable contacts."""
    from routing import contacts
    from routing.casework import officers
    from routing.contacts import moderngov
    from routing.place import parishes_of

    slugs = [catalogue.council(council).slug] if council else list(catalogue.councils)
    rows = [_row(held["council"], None, "", "refresh held", _counted(held["counts"])) for held in
            moderngov.held_rounds(tx, slugs)]  # fmt: skip
    known = contacts.read_contacts(tx, slugs)
    for slug in slugs:
        if catalogue.councils[slug].moderngov is not None:
            by_hand = {
                code for (owner, code), each in known.items() if (owner, each.source) == (slug, contacts.OVERRIDE)
            }
            names = parishes_of(tx, catalogue.councils[slug].gss)
            rows += _links(slug, contacts.list_links(tx, slug), names, by_hand)
            labels, used = moderngov.unread_labels(tx, slug), contacts.read_links(tx, slug)
            rows += [
                _row(slug, code, names.get(code, ""), "unread label", ", ".join(labels[number]))
                for code, number in sorted(used.items())
                if number in labels and code not in by_hand
            ]
        for (owner, code), contact in sorted(known.items()):
            if owner == slug and (what := _wrong(contact)):
                rows.append(_row(slug, code, contact.published.council_name, what, _about(contact)))
    if parish is None:
        return rows
    _, wanted, _ = officers.find_parish(tx, catalogue, parish, council)
    return [row for row in rows if row["parish"] == wanted]


def _links(
    slug: str, links: "Sequence[Link]", parishes: "Mapping[str, str]", by_hand: "Collection[str]"
) -> list[dict[str, Any]]:
    """Links that someone must check, except for parishes whose contact was entered by hand."""
    from routing import contacts

    rows = [
        _row(slug, work.parish_code, parishes[work.parish_code], work.why, _choices(work.links))
        for work in contacts.work_list(links, parishes)
        if work.parish_code not in by_hand
    ]
    strange = [each for each in links if parishes and each.parish_code not in parishes and each.state.value in IN_USE]
    return rows + [_row(slug, each.parish_code, "", "no parish of it", _choices((each,))) for each in strange]


def _row(council: str, parish: str | None, name: str, what: str, choices: str) -> dict[str, Any]:
    return {"council": council, "parish": parish, "name": name, "what": what, "choices": choices}


def _counted(counts: dict[str, Any]) -> str:
    return (
        f"{counts.get('lost', 0)} of {counts.get('had', 0)} contacts that we can email would be lost, "
        f"{counts.get('addresses', 0)} would get a different address; "
        f"councils in the list: {counts.get('listed', 'not read')}"
    )


def _choices(links: "tuple[Link, ...]") -> str:
    return ", ".join(f"{link.moderngov_id} {link.title}".strip() for link in links)


def _about(contact: "Contact") -> str:
    from routing.contacts import UNREVIEWED

    if contact.reason == UNREVIEWED:
        return f"{contact.published.email} instead of {contact.trusted_email or 'none'}: --release, or contacts set"
    return contact.reason or ""


def _wrong(contact: "Contact") -> str:
    from routing.contacts import UNREVIEWED

    if contact.reason == UNREVIEWED and contact.state.value == "quarantined":
        return "new address"
    if contact.state.value in ("quarantined", "vacant"):
        return contact.state.value
    if contact.published.email is None:
        return "no single address" if contact.published.raw_email is not None else "no address"
    return ""
