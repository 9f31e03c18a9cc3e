"""Some days of cases in stages while everything breaks: people answer by link, and time passes.

It is a short simulated quarter (``tests.year``) with its people and its checker, in an installation with two engines whose
parts are killed and whose connections are cut all the time.
"""

import contextlib
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import requests

from routing.cli.supervisor import running
from tests.chaos.campaign import CONNECTIONS, ENGINES, ENVIRONMENT, make_trouble, read_mailbox, through_proxies
from tests.chaos.checker import Verdict, explain
from tests.chaos.faults import ANOTHER_VINTAGE, Faults
from tests.chaos.proxy import Proxy
from tests.year import checker
from tests.year.browser import Browser
from tests.year.people import Wish
from tests.year.quarter import EVENING_BEFORE
from tests.year.simulation import Simulation
from tests.year.standing import Standing, prepare, refresh_contacts
from tests.year.stops import stops_of

REPORTS, DAYS = 200, 7
MONDAY = date(2027, 3, 22)
"""Of the week with Good Friday and the night in which the clock changes."""

PATIENCE_S = 180.0
PAUSE_S = 0.2


@dataclass
class Week:
    """What one seed did, and what the two checkers say.

    Attributes:
        life: stages and letters, by the checker of a simulated quarter.
        repeats: messages that were accepted more than once, and why.
    """

    seed: int
    reports: int
    answers: int
    faults: Faults
    life: checker.Verdict
    repeats: Verdict
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.life.is_good and self.repeats.is_good

    def line(self) -> str:
        """For whoever watches."""
        counts = {name: len(found) for name, found in self.life.faults.items() if found} or "no fault"
        kinds = Counter(event.kind for event in self.faults.happened)
        return (
            f"seed {self.seed}: {self.reports} cases in stages and {self.answers} answers by link and page, "
            f"{len(self.faults.happened)} faults in {self.seconds:.0f} s, {self.life.ended} ended, {counts}, "
            f"{self.repeats.duplicates} duplicates {dict(self.repeats.by_cause)}; faults: {dict(kinds)}"
        )

    def found(self) -> dict[str, list[str]]:
        """Everything that is wrong."""
        repeats = {"unexplained": self.repeats.unexplained, "too_many": self.repeats.too_many}
        return {name: found for name, found in (self.life.faults | repeats).items() if found}


class Patient(requests.Session):
    """A browser whose owner tries again until there is an answer."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                answer = super().request(*args, **kwargs)
                if answer.status_code < 500:
                    return answer
            time.sleep(PAUSE_S)
        raise AssertionError(f"{args} got no answer for {PATIENCE_S} s")


@dataclass
class Shaken(Standing):
    """An installation that somebody else breaks and starts again."""

    def tend(self) -> None:
        """The main thread does."""

    def busy(self) -> str:
        """Something is to do as long as the database does not say otherwise."""
        try:
            return super().busy()
        except psycopg.OperationalError:
            self._connection = None
            return "the database is away"


@dataclass
class ShakenDays(Simulation):
    """Days in which people try again until they succeed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.browser = Browser(self.browser.web, self.browser.mailbox, Patient)

    def _report(self, wish: Wish, moment: int) -> None:
        """By the API: it takes a report once, however often it is sent."""
        super()._report(replace(wish, by_form=False), moment)


@dataclass
class _Living:
    """A simulation in a thread of its own, because the main thread must start the parts that die."""

    days: ShakenDays
    failed: list[BaseException] = field(default_factory=list)

    def run(self) -> None:
        try:
            self.days.run()
        except BaseException as error:  # noqa: BLE001  # the main thread raises it
            self.failed.append(error)


def live_week(
    seed: int, reports: int = REPORTS, days: int = DAYS, only: Collection[str] = (),
    pause_s: tuple[float, float] = (0.3, 1.5),
) -> Week:  # fmt: skip
    """One seed: people report and answer, time passes, and things break until the last day is over.

    Args:
        only: kinds of faults; by default all.
        pause_s: between two faults, at least and at most.
    """
    started = time.monotonic()
    with shaken(days) as (here, smtp, prefect):
        faults = Faults(here.here, Random(seed), smtp, prefect, CONNECTIONS, None)
        living = _Living(ShakenDays(here, seed, MONDAY, days, reports, lambda _: None))
        thread = threading.Thread(target=living.run)
        thread.start()
        make_trouble(here.here, faults, [thread], only or sorted(set(faults.kinds()) - {ANOTHER_VINTAGE}), pause_s)
        thread.join()
        if living.failed:
            raise living.failed[0]
        facts, repeats = living.days.facts, Verdict()
        explain(repeats, read_mailbox(here.here), faults.happened, CONNECTIONS, ENGINES, smtp.lost)
        first = {(each.message_id, each.to): each for each in reversed(facts.messages)}
        facts.messages = sorted(first.values(), key=lambda each: each.number)
        life = checker.check(facts)
        return Week(seed, len(facts.reports), len(facts.acts), faults, life, repeats, time.monotonic() - started)


@contextlib.contextmanager
def shaken(days: int) -> Iterator[tuple[Standing, Proxy, Proxy]]:
    """The installation of a simulated quarter with two engines, behind proxies that can fail."""
    with tempfile.TemporaryDirectory(prefix="ww-week-") as folder:
        first = stops_of(MONDAY, days)[0].at - EVENING_BEFORE
        found = prepare(Path(folder), first, ENVIRONMENT, Shaken, engines=ENGINES, mailbox_dir=Path(folder) / "mailbox")
        with through_proxies(found.here) as (smtp, prefect), running(found.here), contextlib.closing(found):
            refresh_contacts(found.here)
            found.wait_until_ready()
            yield found, smtp, prefect
