"""Ask one council's Modern.Gov for the list and every linked page, and store each answer at once."""

import contextlib
import datetime
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from routing.contacts.links import read_links, store_links
from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.errors import Blocked, ModernGovError, Retryable, ServerFault, Unreachable
from routing.contacts.moderngov.rounds import LIST, Page, Round, Said, open_round, read_pages, store_page
from routing.contacts.moderngov.transport import Validators
from routing.database import Database
from routing.errors import WaywardenError

TRIES = 3
PAUSE_S = 2.0
"""Seconds before the second attempt after a temporary failure; twice as long before the third (facts 6.1)."""

IN_A_ROW = 3
"""After this many unreachable or blocked pages in a row, we leave the host alone until the next attempt."""

RETRYABLE = frozenset(kind.code for kind in (Unreachable, ServerFault))


Progress = Callable[[int, int], None]


class Busy(WaywardenError):
    """Another refresh is using the same host."""

    code = "moderngov-busy"


@contextlib.contextmanager
def only_one(database: Database, base_url: str) -> Iterator[None]:
    """Allow one refresh at a time for a host, over all processes. A dead process frees it.

    Raises:
        Busy: another refresh is running.
    """
    key = f"moderngov:{urlsplit(base_url).hostname}"
    with database.statements() as tx:
        row = tx.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS ours", (key,)).fetchone()
        if row is None or not row["ours"]:
            raise Busy("Wait until the other refresh of this Modern.Gov has ended, then try again.")
        try:
            yield
        finally:
            tx.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


def gather(
    database: Database,
    slug: str,
    client: ModernGov,
    links: Mapping[str, int] | None,
    author: str,
    progress: Progress = lambda done, of: None,
    sleep: Callable[[float], None] = time.sleep,
    parishes: Collection[str] = (),
) -> Round:
    """Ask for the list and once for the page of each linked council, even if it has several parishes.

    Does not ask again for pages that an interrupted refresh has read. Tries temporary failures three times.

    Args:
        links: links of the council's file, which are imported first; None if it has none.
        parishes: the codes of the council's parishes; lines of others are skipped.

    Raises:
        Busy: another refresh is using the same host.
        LinksLost: the file would delete many of the links in use. Nothing was asked.
        StoreUnavailable: the database is down. Pages read by then are stored.
    """
    with only_one(database, client.transport.base_url):
        with database.transaction() as tx:
            store_links(tx, slug, links, parishes)
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


class _Asking:
    """A running round. Each answer is stored at once."""

    def __init__(
        self, database: Database, slug: str, client: ModernGov, number: int, kept: dict[int, Page], progress: Progress
    ) -> None:
        self.database, self.slug, self.client, self.number, self.kept = database, slug, client, number, kept
        self.progress = progress
        self.done: list[int] = []
        self.wait_s = 0.0

    def ask_all(self, identifiers: list[int]) -> list[int]:
        """Ask for each; returns those to try again later."""
        in_a_row, again = 0, []
        self.wait_s = 0.0
        error: ModernGovError | None = None
        for identifier in identifiers:
            if in_a_row < IN_A_ROW:
                error = self._ask(identifier)
                in_a_row = in_a_row + 1 if isinstance(error, Unreachable | Blocked | ServerFault) else 0
                if isinstance(error, Retryable) and error.wait_s:  # it asks us to wait
                    in_a_row = IN_A_ROW
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
        unread: tuple[str, ...] = ()
        try:
            if identifier == LIST:
                listing = self.client.parish_councils(page.validators, page.url)
                url, validators = listing.url, listing.validators
                said: Said | None = listing.refs
            else:
                detail = self.client.parish_council(identifier, page.validators)
                url, validators = detail.url, detail.validators
                said, unread = detail.published, detail.unread
        except ModernGovError as error:
            return error
        now = datetime.datetime.now(datetime.UTC)
        said, unread = (page.said, page.unread) if said is None else (said, unread)
        self._keep(Page(identifier, self.number, url, said, None, validators, now, unread))
        return None

    def _keep(self, page: Page) -> None:
        with self.database.transaction() as tx:
            store_page(tx, self.slug, page)
        self.kept[page.moderngov_id] = page
