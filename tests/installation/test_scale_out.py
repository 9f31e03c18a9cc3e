"""Two engines and two web processes on one PostgreSQL: they share a surge, and a kill of each loses nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

import psycopg
import pytest

from routing.cli.supervisor import Installation
from tests.chaos.campaign import (
    CONNECTIONS,
    Clients,
    installation,
    read_decisions,
    read_mailbox,
    routed,
    settle,
    unfinished,
)
from tests.chaos.checker import Happened, check
from tests.conftest import until

pytestmark = pytest.mark.installation

REPORTS, MORE = 400, 60
LIVING = "SELECT engine FROM heartbeat WHERE prefect_reachable AND seen_at > now() - interval '10 seconds'"


def test_two_engines_and_two_webs_share_a_surge_and_survive_a_kill_of_each():
    environment = {"WAYWARDEN_WEB_PROCESSES": "2", "WAYWARDEN_BATCH_SIZE": "20"}
    with installation(environment, engines=2) as (here, *_):
        until(lambda: engines(here, "SELECT engine FROM heartbeat WHERE prefect_reachable") >= 2, 60)
        events: list[Happened] = []
        clients = Clients(here.addresses.web, 1, routed(), REPORTS, pause_s=0.05)
        threads = clients.start()

        def kill(kind: str, pid: int) -> None:
            events.append(Happened(kind, time.time(), time.time(), is_cut=False))
            os.kill(pid, signal.SIGKILL)

        for share, kind, whom in [
            (0.2, "kill engine", lambda: pid_of(here, "engine")),
            (0.4, "kill web", lambda: worker_of(pid_of(here, "web"))),
            (0.6, "kill engine", lambda: pid_of(here, "engine-2")),
            (0.8, "kill web", lambda: pid_of(here, "web")),
        ]:
            until_restarted(here, lambda: len(clients.expected) >= share * REPORTS)  # noqa: B023
            kill(kind, whom())
        settle(here, clients)
        # On a slow machine the surge may be over before those that were killed are back: they get their share, too.
        until_restarted(here, lambda: engines(here, LIVING) >= 2)
        more = Clients(here.addresses.web, 2, routed(), MORE, pause_s=0.05)
        threads += more.start()
        settle(here, more)
        for thread in threads:
            thread.join()
        expected = clients.expected + more.expected
        verdict = check(expected, read_decisions(here), read_mailbox(here), events, CONNECTIONS)
        assert verdict.is_good, verdict
        assert len(expected) == REPORTS + MORE
        assert unfinished(here) == []
        assert engines(here, "SELECT engine FROM batch WHERE outcome = 'done'") >= 3, "each of them took its share"


def until_restarted(here: Installation, condition: Callable[[], bool]) -> None:
    """Wait for a condition, and start anew meanwhile what is dead."""

    def is_so() -> bool:
        here.restart_dead()
        return condition()

    until(is_so, 60)


def pid_of(here: Installation, part: str) -> int:
    process = here.parts[part].process
    assert process is not None
    return process.pid


def engines(here: Installation, query: str) -> int:
    with psycopg.connect(here.database_url) as connection:
        return len({row[0] for row in connection.execute(query).fetchall()})


def worker_of(parent: int) -> int:
    """One of the processes that share the web's port; the first child is the resource tracker of the others."""
    found = subprocess.run(["pgrep", "-P", str(parent), "-f", "spawn_main"], capture_output=True, text=True, check=True)
    return int(found.stdout.split()[0])
