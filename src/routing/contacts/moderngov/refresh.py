"""End one council's round: use its pages in one transaction, or hold them for a decision."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from routing.contacts.directory import KINDS, Change, Finding, apply, compare, hold_directory, read_source
from routing.contacts.links import read_links, store_proposals
from routing.contacts.model import Contact, Published
from routing.contacts.moderngov.errors import OtherPage, UnexpectedShape
from routing.contacts.moderngov.parser import ParishCouncilRef
from routing.contacts.moderngov.rounds import (
    LIST,
    Page,
    end_round,
    forget_pages,
    forget_validators,
    has_open_round,
    hold_round,
    last_listed,
    read_pages,
)
from routing.contacts.names import is_page_of, propose
from routing.contacts.trust import own_domains
from routing.council import Council
from routing.database import Database, Transaction
from routing.errors import InputError
from routing.vocabulary import is_garbled

FEW = 2
"""This many addresses may always change in one refresh, whatever the share. One to another domain waits for a check."""

NOT_READ = "moderngov-not-read"
"""The problem of a page that a refresh did not ask for, because its link came during the refresh."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a round.

    Attributes:
        outcome: ``applied``; ``held`` for a decision; ``ended`` if another refresh ended it.
        problems: parish code, or empty for the list → code of the error.
        unlisted: parish codes whose Modern.Gov id is no longer in the list.
        lost: contacts that we could no longer email, out of ``had``.
        changed: of those, contacts with another address; ``moved``: with one outside the council's and parish's
            domains.
        unread: parish code → unknown labels on its page that have a contact.
        listed, listed_before: councils in the list now, and when a round was last applied; None if not read.
        proposed: new links on the work list.
    """

    council: str
    round: int
    outcome: str
    changes: tuple[Change, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()
    lost: int = 0
    had: int = 0
    changed: int = 0
    moved: int = 0
    listed: int | None = None
    listed_before: int | None = None
    proposed: int = 0
    unread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of each kind, without codes and names."""
        kinds = Counter(change.kind for change in self.changes)
        numbers = {kind: kinds[kind] for kind in KINDS} | {"problems": len(self.problems), "lost": self.lost}
        numbers |= {"had": self.had, "unlisted": len(self.unlisted), "proposed": self.proposed}
        numbers |= {"unread": len(self.unread)}
        numbers |= {"addresses": self.changed, "moved": self.moved, "waiting": sum(c.waits for c in self.changes)}
        return numbers | ({"listed": self.listed} if self.listed is not None else {})

    @property
    def why_held(self) -> str:
        """What would be lost, for the person who decides."""
        lost = f"{self.lost} of {self.had} contacts that we can email would be lost"
        if self.changed:
            lost += f", {self.changed} would get a different address, {self.moved} of them at another domain"
        if self.listed is None or self.listed_before is None or self.listed >= self.listed_before:
            return lost
        return f"{lost}; the list has {self.listed} councils, before it had {self.listed_before}"


def finish(database: Database, council: Council, number: int, parishes: Mapping[str, str]) -> Outcome:
    """Use what a round read, unless it would delete too much. Then hold it for a decision.

    Args:
        parishes: code → name of parishes in the council's district, for proposals.
    """
    with database.transaction() as tx:
        if hold_round(tx, number) is None:
            return Outcome(council.slug, number, "ended")
        found = _judge(tx, council, number)
        if found.outcome == "applied":
            apply(tx, council.slug, found.changes)
            refs = _refs(read_pages(tx, council.slug).get(LIST))
            if refs is not None:
                proposals = propose(parishes, ((ref.id, ref.title) for ref in refs))
                found = replace(found, proposed=store_proposals(tx, council.slug, proposals))
        end_round(tx, number, found.outcome, found.counts)
        forget_pages(tx, council.slug, list(read_links(tx, council.slug).values()))
        return found


def accept(tx: Transaction, council: Council, number: int, author: str, because: str = "") -> Outcome:
    """Use a held round in the name of a person.

    Raises:
        InputError: it is no longer held, or a new refresh is reading the pages.
    """
    if hold_round(tx, number, "held") is None or has_open_round(tx, council.slug):
        text = "Wait until the current refresh has ended, then check again. This one is no longer held."
        raise InputError("--accept", f"{text} Run: waywarden contacts review")
    found = replace(_judge(tx, council, number), outcome="accepted")
    apply(tx, council.slug, [change.reviewed() for change in found.changes])
    end_round(tx, number, "accepted", {"author": author, "because": because})
    return found


def discard(tx: Transaction, number: int, author: str, because: str = "") -> None:
    """Discard a held round in the name of a person. The next refresh fetches every page again."""
    if hold_round(tx, number, "held") is not None:
        end_round(tx, number, "discarded", {"author": author, "because": because})
        forget_validators(tx, number)


def preview(tx: Transaction, council: Council, number: int) -> Outcome:
    """The changes of a held round, line by line, without writing anything."""
    return replace(_judge(tx, council, number), outcome="held")


def _judge(tx: Transaction, council: Council, number: int) -> Outcome:
    slug = council.slug
    hold_directory(tx, slug)
    pages = {key: page for key, page in read_pages(tx, slug).items() if page.round == number}
    links, held = read_links(tx, slug), read_source(tx, slug)
    refs = _refs(pages.get(LIST))
    titles = {ref.id: "" if is_garbled(ref.title) else ref.title for ref in refs or ()}
    findings, problems = _read(links, pages, titles, held)
    changes = compare(held, findings, own_domains(council.domains))
    had = sum(held[code].is_usable for code in links if code in held)
    lost = sum(change.is_lost(held.get(change.finding.parish_code)) for change in changes)
    changed = sum(change.is_other(held.get(change.finding.parish_code)) for change in changes)
    moved = sum(change.waits and change.is_other(held.get(change.finding.parish_code)) for change in changes)
    before, listed = last_listed(tx, slug), len(refs) if refs is not None else None
    rules = council.contacts
    is_short = before is not None and listed is not None and listed < before * (1 - rules.most_lost)
    is_much = changed > max(FEW, had * rules.most_changed) or moved > max(FEW, had * rules.most_moved)
    unlisted = tuple(code for code, identifier in sorted(links.items()) if titles and identifier not in titles)
    outcome = "held" if lost > had * rules.most_lost or is_short or is_much else "applied"
    unread = {code: page.unread for code, id_ in sorted(links.items()) if (page := pages.get(id_)) and page.unread}
    lengths = (lost, had, changed, moved, listed, before)
    return Outcome(slug, number, outcome, tuple(changes), problems, unlisted, *lengths, unread=unread)


def _read(
    links: Mapping[str, int], pages: Mapping[int, Page], titles: Mapping[int, str], held: Mapping[str, Contact]
) -> tuple[list[Finding], dict[str, str]]:
    """The findings for linked parishes, and parish code (empty for the list) → problem for the others."""
    found, problems = [], {} if _refs(pages.get(LIST)) is not None else {"": _problem(pages.get(LIST))}
    for code, identifier in sorted(links.items()):
        known = held[code].published.council_name if code in held else ""
        finding = _finding(code, pages.get(identifier), identifier, titles, known)
        if isinstance(finding, str):
            problems[code] = finding
        else:
            found.append(finding)
    return found, problems


def _refs(page: Page | None) -> tuple[ParishCouncilRef, ...] | None:
    return page.said if page is not None and page.problem is None and isinstance(page.said, tuple) else None


def _problem(page: Page | None) -> str:
    return (page.problem if page is not None else None) or NOT_READ


def _finding(code: str, page: Page | None, identifier: int, titles: Mapping[int, str], known: str) -> Finding | str:
    """The finding for a parish, or its problem.

    Args:
        titles: each council's title in the list, used if a theme shows the name elsewhere.
        known: its former name.
    """
    if page is None or page.problem is not None or page.read_at is None or not isinstance(page.said, Published):
        return _problem(page)
    title = titles.get(identifier) or known
    name = page.said.council_name or title
    if not name:
        return UnexpectedShape.code
    others = (other for number, other in titles.items() if number != identifier)
    if title and not is_page_of(name, title, others):
        return OtherPage.code
    return Finding(code, page.url, replace(page.said, council_name=name), page.read_at)
