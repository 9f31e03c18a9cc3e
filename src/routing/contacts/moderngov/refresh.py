"""Refresh one council's contacts: ask page by page; then let all of it count at once, or leave it to a person."""

import contextlib
import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from routing.contacts.directory import KINDS, Change, Finding, apply, compare, read_source
from routing.contacts.links import read_links, store_proposals
from routing.contacts.model import Published
from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.errors import (
    Blocked,
    ModernGovError,
    Retryable,
    ServerFault,
    UnexpectedShape,
    Unreachable,
)
from routing.contacts.moderngov.parser import ParishCouncilRef
from routing.contacts.moderngov.rounds import (
    LIST,
    Page,
    Round,
    Said,
    end_round,
    forget_pages,
    hold_round,
    last_listed,
    open_round,
    read_pages,
    store_page,
)
from routing.contacts.moderngov.transport import Validators
from routing.contacts.names import propose
from routing.council import Council
from routing.database import Database, Transaction
from routing.errors import WaywardenError

TRIES = 3
PAUSE_S = 2.0
"""Before the second try of what failed for the time being; twice as long before the third (facts 6.1)."""

IN_A_ROW = 3
"""After so many pages in a row that could not be reached or were blocked, the host is left alone until the next try."""

NOT_READ = "moderngov-not-read"
"""The problem of a page for which a refresh has no answer: a link that came in its midst."""

Progress = Callable[[int, int], None]


class Busy(WaywardenError):
    """Another refresh asks the same host."""

    code = "moderngov-busy"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a round.

    Attributes:
        outcome: ``applied``; ``held`` for a person; ``ended`` where another refresh ended it before.
        problems: parish code, or empty for the list → code of the error.
        unlisted: parish codes whose Modern.Gov id the list no longer has.
        lost: contacts that could be written to before and could not after; of so many (``had``).
        listed, listed_before: councils in the list now and when a round was last applied; None where it was not read.
        proposed: links that are new on the work list.
    """

    council: str
    round: int
    outcome: str
    changes: tuple[Change, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()
    lost: int = 0
    had: int = 0
    listed: int | None = None
    listed_before: int | None = None
    proposed: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind; no code, no name."""
        kinds = Counter(change.kind for change in self.changes)
        numbers = {kind: kinds[kind] for kind in KINDS} | {"problems": len(self.problems), "lost": self.lost}
        numbers |= {"had": self.had, "unlisted": len(self.unlisted), "proposed": self.proposed}
        return numbers | ({"listed": self.listed} if self.listed is not None else {})


@contextlib.contextmanager
def only_one(database: Database, base_url: str) -> Iterator[None]:
    """One refresh at a time for a host, over all processes; a process that dies gives way.

    Raises:
        Busy: another one is at it.
    """
    key = f"moderngov:{urlsplit(base_url).hostname}"
    with database.statements() as tx:
        row = tx.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS ours", (key,)).fetchone()
        if row is None or not row["ours"]:
            raise Busy("Another refresh asks this Modern.Gov now. Wait until it is done.")
        try:
            yield
        finally:
            tx.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


def gather(
    database: Database,
    slug: str,
    client: ModernGov,
    author: str,
    progress: Progress = lambda done, of: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Round:
    """Ask for the list and for the page of each linked council once, also where it speaks for several parishes.

    What an interrupted refresh has read is not asked for again. What failed for the time being is tried three times.

    Raises:
        Busy: another refresh asks the same host.
        StoreUnavailable: the database went away; what was read by then is kept.
    """
    with only_one(database, client.transport.base_url):
        with database.transaction() as tx:
            opened = open_round(tx, slug, author)
            wanted = [LIST, *sorted(set(read_links(tx, slug).values()))]
            kept = read_pages(tx, slug)
        asking = _Asking(database, slug, client, opened.id, kept, progress)
        asking.done = [each for each in wanted if each in kept and kept[each].round == opened.id]
        left = [each for each in wanted if each not in asking.done or kept[each].problem in RETRYABLE]
        for number in range(TRIES):
            if number:
                sleep(max(asking.wait_s, PAUSE_S * 2 ** (number - 1)))
            left = asking.ask_all(left)
            if not left:
                break
    return opened


RETRYABLE = frozenset(kind.code for kind in (Unreachable, ServerFault))


class _Asking:
    """A round that is being asked for; each answer is kept at once."""

    def __init__(
        self, database: Database, slug: str, client: ModernGov, number: int, kept: dict[int, Page], progress: Progress
    ) -> None:
        self.database, self.slug, self.client, self.number, self.kept = database, slug, client, number, kept
        self.progress = progress
        self.done: list[int] = []
        self.wait_s = 0.0

    def ask_all(self, identifiers: list[int]) -> list[int]:
        """Ask for each; returns those that a later try may give."""
        in_a_row, again = 0, []
        self.wait_s = 0.0
        error: ModernGovError | None = None
        for identifier in identifiers:
            if in_a_row < IN_A_ROW:
                error = self._ask(identifier)
                in_a_row = in_a_row + 1 if isinstance(error, Unreachable | Blocked) else 0
            assert error is not None or in_a_row == 0
            if error is not None:
                self._keep(replace(self._page(identifier), problem=error.code))
            if isinstance(error, Retryable):
                self.wait_s = max(self.wait_s, error.wait_s)
                again.append(identifier)
            else:
                self.done.append(identifier)
            self.progress(len(self.done), len(self.done) + len(identifiers) - identifiers.index(identifier) - 1)
        return again

    def _page(self, identifier: int) -> Page:
        page = self.kept.get(identifier) or Page(identifier, self.number, "", None, None, Validators(), None)
        return replace(page, round=self.number)

    def _ask(self, identifier: int) -> ModernGovError | None:
        page = self._page(identifier)
        try:
            if identifier == LIST:
                listing = self.client.parish_councils(page.validators)
                url, validators = listing.url, listing.validators
                said: Said | None = listing.refs
            else:
                detail = self.client.parish_council(identifier, page.validators)
                url, validators = detail.url, detail.validators
                said = detail.published
        except ModernGovError as error:
            return error
        now = datetime.datetime.now(datetime.UTC)
        self._keep(Page(identifier, self.number, url, page.said if said is None else said, None, validators, now))
        return None

    def _keep(self, page: Page) -> None:
        with self.database.transaction() as tx:
            store_page(tx, self.slug, page)
        self.kept[page.moderngov_id] = page


def finish(database: Database, council: Council, number: int, parishes: Mapping[str, str]) -> Outcome:
    """Let what a round read count, unless it would take away too much: then it is held for a person.

    Args:
        parishes: code → name of the parishes in the council's district, for proposals.
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


def accept(tx: Transaction, council: Council, number: int, author: str) -> Outcome | None:
    """A person lets a round count that was held; None where it is not held any more."""
    if hold_round(tx, number, "held") is None:
        return None
    found = replace(_judge(tx, council, number), outcome="accepted")
    apply(tx, council.slug, found.changes)
    end_round(tx, number, "accepted", {"author": author})
    return found


def discard(tx: Transaction, number: int, author: str) -> None:
    """A person leaves the directory as it is; the next refresh asks anew."""
    if hold_round(tx, number, "held") is not None:
        end_round(tx, number, "discarded", {"author": author})


def _judge(tx: Transaction, council: Council, number: int) -> Outcome:
    slug = council.slug
    pages = {key: page for key, page in read_pages(tx, slug).items() if page.round == number}
    links, held = read_links(tx, slug), read_source(tx, slug)
    refs = _refs(pages.get(LIST))
    titles = {ref.id: ref.title for ref in refs or ()}
    findings, problems = [], {} if refs is not None else {"": _problem(pages.get(LIST))}
    for code, identifier in sorted(links.items()):
        finding = _finding(code, pages.get(identifier), titles.get(identifier, ""))
        if isinstance(finding, str):
            problems[code] = finding
        else:
            findings.append(finding)
    changes = compare(held, findings)
    had = sum(held[code].is_usable for code in links if code in held)
    lost = sum(change.is_lost(held.get(change.finding.parish_code)) for change in changes)
    before, listed = last_listed(tx, slug), len(refs) if refs is not None else None
    most = council.contacts.most_lost
    is_short = before is not None and listed is not None and listed < before * (1 - most)
    unlisted = tuple(code for code, identifier in sorted(links.items()) if titles and identifier not in titles)
    outcome = "held" if lost > had * most or is_short else "applied"
    return Outcome(slug, number, outcome, tuple(changes), problems, unlisted, lost, had, listed, before)


def _refs(page: Page | None) -> tuple[ParishCouncilRef, ...] | None:
    return page.said if page is not None and page.problem is None and isinstance(page.said, tuple) else None


def _problem(page: Page | None) -> str:
    return (page.problem if page is not None else None) or NOT_READ


def _finding(code: str, page: Page | None, title: str) -> Finding | str:
    """What a page says of a parish, or its problem; the name from the list where a theme shows it elsewhere."""
    if page is None or page.problem is not None or page.read_at is None or not isinstance(page.said, Published):
        return _problem(page)
    name = page.said.council_name or title
    if not name:
        return UnexpectedShape.code
    return Finding(code, page.url, replace(page.said, council_name=name), page.read_at)
