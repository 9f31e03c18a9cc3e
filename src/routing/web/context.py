"""Resources of the web: database, catalogue, its own snapshot of the boundaries, and the hint to the engine."""

import contextlib
import itertools
import logging
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request

from routing.casework import Catalogue, forget_journeys, read_catalogue, wording
from routing.council import Council
from routing.database import Database, is_older
from routing.errors import ConfigurationError, StoreUnavailable
from routing.health import mark_well
from routing.i18n import choose_language
from routing.place import Boundaries, CurrentBoundaries
from routing.process import Definition, filled, in_language
from routing.settings import Settings
from routing.web.rate_limit import RateLimiter

log = logging.getLogger("waywarden.web")

WATCH_S = 1.0
HINT_PAUSE_S = 0.01
PURGE_EVERY = 600
"""Looks between two purges of expired journeys: ten minutes."""

NOWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # nothing is bound
"""Addresses of a server that listens everywhere, which are not its names."""

SEARCHES = 10
"""Searches for a place that one report allows."""


@dataclass
class WebContext:
    """Resources of the app, as an argument, so that a test can use its own.

    Attributes:
        hosts: host names of the web, besides this machine's own.
    """

    settings: Settings
    database: Database
    catalogue: Catalogue
    public_url: str
    report_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(0))
    search_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(0))
    boundaries: CurrentBoundaries = field(default_factory=CurrentBoundaries)
    hosts: frozenset[str] = field(init=False)
    conflicts: tuple[str, ...] = ()
    _is_stored: bool = False
    _is_older: bool = False
    _stopping: threading.Event = field(default_factory=threading.Event)
    _hint: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        named = {urlsplit(self.public_url).hostname or "", self.settings.host.lower()}
        self.hosts = frozenset(named | self.catalogue.by_host.keys()) - NOWHERE

    def start(self) -> None:
        """Start to watch the active vintage and pass on hints. Looks once before it returns.

        Raises:
            DefinitionError: a file changed without a new version, and the stored definition does not fit the others.
        """
        self._look()
        self._threads = [
            threading.Thread(target=self._watch, name="boundaries", daemon=True),
            threading.Thread(target=self._pass_hints, name="hints", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop the threads and close the connections."""
        self._stopping.set()
        self._hint.set()
        for thread in self._threads:
            thread.join()
        self.database.close()

    @property
    def held(self) -> Boundaries:
        """The boundaries in use at the last look.

        Raises:
            StoreUnavailable: it has not looked yet. Without boundaries, every place would be outside, and citizens'
                answers would seem wrong.
        """
        if not self.boundaries.has_looked:
            raise StoreUnavailable("The database has not answered since this process started.")
        return self.boundaries.held

    def hint(self) -> None:
        """Tell the engine soon that a report was stored. Nobody waits for this: the engine finds the report anyway."""
        self._hint.set()

    def _look(self) -> None:
        well: list[str] = []
        try:
            with self.database.transaction() as tx:
                if not self._is_stored and is_older(tx):
                    self._say_older()
                    return
                self.boundaries.current(tx)
                row = tx.execute("SELECT current_setting('transaction_read_only') AS is_read_only").fetchone()
                well += ["database"] if row is not None and row["is_read_only"] == "off" else []
                if not self._is_stored:  # engines on older files read new versions from the store
                    self.catalogue, self.conflicts = self.catalogue.adopt(tx)
            if not self._is_stored:
                self._is_stored = True
                for sentence in self.conflicts:
                    log.error("%s The stored version stays in use. Give the changed file a new version.", sentence)
        except StoreUnavailable:
            log.warning("The database does not answer. We keep using the loaded boundaries.")
        finally:
            mark_well(self.settings.data_dir, *well, web=self.settings.web_address)

    def process(self, council: Council, slug: str) -> Definition:
        """A process of a council for its pages: in their language, with filled placeholders.

        Raises:
            UnknownError: the council does not use this process.
        """
        definition = in_language(self.catalogue.definition(council.slug, slug))
        return filled(definition, wording(council, definition))

    def _say_older(self) -> None:
        """Log this once. The web starts anyway, so that /readyz can report it, and works when the schema is there."""
        if not self._is_older:
            log.error("Run: waywarden db upgrade. The database has an older schema, so we cannot take reports.")
        self._is_older = True

    def _watch(self) -> None:
        for number in itertools.count():
            if self._stopping.wait(WATCH_S):
                return
            try:
                self._look()
                if number % PURGE_EVERY == 0:
                    with self.database.transaction() as tx:
                        forget_journeys(tx)
            except Exception as error:  # noqa: BLE001  # the watch goes on, or the boundaries would freeze
                log.error("Could not check for a new vintage: %s", type(error).__name__)  # noqa: TRY400

    def _pass_hints(self) -> None:
        """Send one NOTIFY for many reports, outside their commits, because all commits wait for its lock."""
        while not self._stopping.is_set():
            self._hint.wait()
            self._hint.clear()
            with contextlib.suppress(StoreUnavailable), self.database.transaction() as tx:
                tx.execute("NOTIFY waywarden_work")
            self._stopping.wait(HINT_PAUSE_S)


def make_web_context(settings: Settings, public_url: str) -> WebContext:
    """Build it from settings.

    Raises:
        ConfigurationError, DefinitionError: a setting, a council or a process has an error.
    """
    if settings.database_url is None:
        raise ConfigurationError("Set WAYWARDEN_DATABASE_URL, or start everything with: waywarden up")
    catalogue = read_catalogue(settings.councils_dir, settings.processes_dir)
    choose_language(settings.language, settings.locale_dir)
    report_limiter = RateLimiter(settings.reports_per_hour, settings.web_processes)
    database = Database(settings.database_url, connections=20, for_people=True)
    search_limiter = RateLimiter(SEARCHES * settings.reports_per_hour, settings.web_processes)
    return WebContext(settings, database, catalogue, public_url.rstrip("/"), report_limiter, search_limiter)


def web_context(request: Request) -> WebContext:
    """The context of the app that answers this request."""
    ctx: WebContext = request.app.state.ctx
    return ctx
