"""A campaign: a whole installation as processes, reports over HTTP, faults at random times, then the checker."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import requests

from routing.cli.demo.oracle import Case, citizen_of, read_oracle
from routing.cli.supervisor import WITHOUT_CAPS, Installation, running
from routing.settings import Settings, shipped
from tests.chaos.checker import Expected, Received, Verdict, check
from tests.chaos.faults import Faults, small_disk
from tests.chaos.proxy import Proxy
from tests.present import present

CONNECTIONS = 4
ENGINES = 2
CLIENTS = 4
SETTLE_S = 180.0
WAITS = 3
DISK_MB = 700
ENVIRONMENT = {
    "WAYWARDEN_LEASE_S": "5",
    "WAYWARDEN_SCAN_S": "0.5",
    "WAYWARDEN_RETRY_AFTER_S": json.dumps([1.0] * 20),
    "WAYWARDEN_SMTP_TIMEOUT_S": "3",
    "WAYWARDEN_SMTP_CONNECTIONS": str(CONNECTIONS),
    "WAYWARDEN_BATCH_SIZE": "100",
    "PREFECT_API_REQUEST_TIMEOUT": "5",
} | WITHOUT_CAPS


@dataclass
class Campaign:
    """What one seed did, and the checker's verdict."""

    seed: int
    reports: int
    faults: Faults
    verdict: Verdict
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.verdict.is_good

    def line(self) -> str:
        """For whoever watches."""
        kinds = Counter(event.kind for event in self.faults.happened)
        disk = "" if self.faults.small_disk else "; no disk was filled: this user may not mount one"
        return (
            f"seed {self.seed}: {self.reports} reports, {len(self.faults.happened)} faults in {self.seconds:.0f} s, "
            f"{len(self.verdict.lost)} lost, {len(self.verdict.misrouted)} misrouted, {self.verdict.duplicates} "
            f"duplicates {dict(self.verdict.by_cause)}; faults: {dict(kinds)}{disk}"
        )

    def found(self) -> dict[str, list[str]]:
        """Everything that is wrong."""
        names = ("lost", "misrouted", "unexplained", "too_many")
        return {name: found for name in names if (found := getattr(self.verdict, name))}


@dataclass
class Clients:
    """Submit reports as careful clients do: with a key, again and again until there is a 201."""

    url: str
    seed: int
    cases: list[Case]
    reports: int
    pause_s: float
    expected: list[Expected] = field(default_factory=list)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._submit_all) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        return threads

    def _submit_all(self) -> None:
        with requests.Session() as http:
            while True:
                with self._lock:
                    number, self._next = self._next, self._next + 1
                if number >= self.reports:
                    return
                case = self.cases[number % len(self.cases)]
                reference = self._submit(http, case, number)
                with self._lock:
                    citizen = citizen_of(number, case)
                    recipients = case.recipients | ({citizen} if citizen else set())
                    self.expected.append(Expected(reference, case.rule, recipients, citizen))
                time.sleep(self.pause_s)

    def _submit(self, http: requests.Session, case: Case, number: int) -> str:
        headers = {"Idempotency-Key": str(UUID(int=self.seed << 64 | number))}
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                body = case.body(number, citizen_of(number, case))
                answer = http.post(f"{self.url}/api/reports", json=body, headers=headers, timeout=5)
                if answer.status_code == 201:
                    return str(answer.json()["reference"])
                assert answer.status_code >= 500, answer.text
            time.sleep(0.1)
        raise AssertionError(f"report {number} was not taken for {SETTLE_S} s")


def run_campaign(
    seed: int, reports: int, seconds: float, *, only: tuple[str, ...] = (), default_caps: bool = False
) -> Campaign:
    """One seed: faults while the reports come in over so many seconds, then peace until all is quiet."""
    started = time.monotonic()
    with installation(default_caps=default_caps, engines=ENGINES) as (here, smtp, prefect, disk):
        draw = Random(seed)
        faults = Faults(here, draw, smtp, prefect, CONNECTIONS, disk)
        load_another_vintage(faults)
        clients = Clients(here.addresses.web, seed, routed(), reports, CLIENTS * seconds / reports)
        threads = clients.start()
        make_trouble(here, faults, threads, only)
        settle(here, clients)
        for thread in threads:
            thread.join()
        received = read_mailbox(here)
        decided, happened = read_decisions(here), faults.happened
        verdict = check(clients.expected, decided, received, happened, CONNECTIONS, ENGINES, smtp.lost)
        if len(clients.expected) != reports:
            verdict.lost.append(f"{reports - len(clients.expected)} reports were never accepted")
        verdict.lost += [f"not at its end: {line}" for line in unfinished(here)]
        return Campaign(seed, reports, faults, verdict, time.monotonic() - started)


@contextlib.contextmanager
def installation(
    further: Mapping[str, str] | None = None, *, default_caps: bool = False, **options: Any
) -> Iterator[tuple[Installation, Proxy, Proxy, Path | None]]:
    """A whole installation whose engine reaches the mailbox and Prefect through proxies that can fail."""
    with tempfile.TemporaryDirectory(prefix="ww-chaos-") as folder, small_disk(Path(folder) / "data", DISK_MB) as disk:
        settings = Settings(
            data_dir=Path(folder) / "data", councils_dir=shipped("councils"), processes_dir=shipped("processes")
        )
        here = Installation(
            settings,
            Path(folder) / "data",
            with_standins=True,
            with_worker=False,
            environment={
                name: value
                for name, value in (ENVIRONMENT | dict(further or {})).items()
                if name not in WITHOUT_CAPS or not default_caps
            },
            mailbox_dir=Path(folder) / "mailbox",
            **options,
        )
        with through_proxies(here) as (smtp, prefect), running(here):
            command = [sys.executable, "-m", "routing.cli", "contacts", "refresh", "--json"]
            environment = os.environ | here.part_environment() | here.environment
            subprocess.run(command, env=environment, check=True, capture_output=True)
            yield here, smtp, prefect, disk


@contextlib.contextmanager
def through_proxies(here: Installation) -> Iterator[tuple[Proxy, Proxy]]:
    """Let an installation that is not started yet reach its mail server and Prefect through proxies that can fail."""
    smtp, prefect = Proxy(here.smtp_port), Proxy(here.prefect_port, name="prefect")
    here.environment["WAYWARDEN_SMTP_PORT"] = str(smtp.port)
    here.environment["PREFECT_API_URL"] = f"http://127.0.0.1:{prefect.port}/api"
    try:
        yield smtp, prefect
    finally:
        smtp.close()
        prefect.close()


def load_another_vintage(faults: Faults) -> None:
    """The same boundaries under another title: letting them in changes no answer. They wait, for the gap they have."""
    folder = shipped("data/boundaries")
    files = [str(folder / "parishes.geojson"), "--districts", str(folder / "districts.geojson")]
    assert faults.command("boundaries", "load", *files, "--title", "The same again") == WAITS


def routed() -> list[Case]:
    """The oracle's cases that make a report."""
    return [case for case in read_oracle(shipped("data")) if case.outcome != "signpost" and case.place]


def make_trouble(
    here: Installation, faults: Faults, threads: Sequence[threading.Thread], only: Collection[str],
    pause_s: tuple[float, float] = (0.3, 1.5),
) -> None:  # fmt: skip
    """Each kind once in random order, then any, until the threads are done; dead parts are started again meanwhile.

    Args:
        pause_s: between two faults, at least and at most.

    They are started here, in the main thread: on Linux a process ends with the thread that started it.
    """
    kinds = list(only or faults.kinds())
    order = faults.draw.sample(kinds, len(kinds))

    def trouble() -> None:
        while order or any(thread.is_alive() for thread in threads):
            time.sleep(faults.draw.uniform(*pause_s))
            faults.let_happen(order.pop() if order else faults.draw.choice(kinds))

    making = threading.Thread(target=trouble)
    making.start()
    while making.is_alive():
        here.restart_dead()
        making.join(0.2)


def settle(here: Installation, clients: Clients) -> None:
    """Until everything expected has arrived and the store has nothing left to do; or the time is up."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        here.restart_dead()
        let_the_hour_end(here)
        wanted = {(each.reference, to) for each in clients.expected for to in each.recipients}
        arrived = {(each.reference, each.recipient) for each in read_mailbox(here)}
        if len(clients.expected) == clients.reports and wanted <= arrived and not unfinished(here):
            return
        time.sleep(0.5)


def let_the_hour_end(here: Installation) -> None:
    """Copies and follow-ups that wait for a digest do so for the hour's end: it is now."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(here.database_url) as connection:
        connection.execute("UPDATE delivery SET due_at = now() WHERE held_at IS NOT NULL AND state = 'pending'")


def read_mailbox(here: Installation) -> list[Received]:
    """What the mailbox wrote down, one line for each acceptance."""
    lines = (present(here.mailbox_dir) / "messages.jsonl").read_text().split("\n")
    found: list[dict[str, Any]] = [json.loads(line) for line in lines if line.endswith("}")]
    return [
        Received(reference, to, message["message_id"], message["received_at"])
        for message in found
        for reference in message["reference"].split()
        for to in message["envelope_to"]
    ]


def read_decisions(here: Installation) -> dict[str, str]:
    """Reference → rule, by plain SQL."""
    query = (
        "SELECT r.reference, d.rule FROM report r LEFT JOIN decision d ON d.report = r.id AND d.sequence = r.decision"
    )
    with psycopg.connect(here.database_url) as connection:
        return dict(connection.execute(query).fetchall())


def unfinished(here: Installation) -> list[str]:
    """What is still to do: reports on their way, messages pending, batches open, runs that Prefect takes for begun."""
    query = """
        SELECT 'report ' || reference || ' is ' || state FROM report WHERE state IN ('received', 'routing')
        UNION ALL SELECT 'delivery ' || id || ' is ' || state FROM delivery WHERE state IN ('pending', 'exhausted')
        UNION ALL SELECT 'batch ' || id || ' is open' FROM batch WHERE finished_at IS NULL
    """
    begun = "SELECT 'run ' || name || ' is ' || state_name FROM flow_run WHERE state_type = ANY(%s)"
    try:
        with psycopg.connect(here.database_url) as connection, psycopg.connect(here.prefect_database_url) as prefect:
            rows = connection.execute(query).fetchall()
            rows += prefect.execute(begun, (["PENDING", "RUNNING", "CANCELLING"],)).fetchall()
            return [row[0] for row in rows]
    except psycopg.OperationalError as error:
        return [type(error).__name__]
