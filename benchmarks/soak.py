"""An hour of reports at a steady rate, to check if memory, latency and Prefect's database stay flat.

``python -m benchmarks.soak --minutes 60 --rate 20`` submits over HTTP to a whole installation and measures every
15 s. Here Prefect keeps its events for ten minutes and its runs for an hour (the minimum), so that an hour shows if its
vacuum keeps up.
"""

import argparse
import json
import math
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import requests

from benchmarks.load import mix
from benchmarks.machine import machine
from benchmarks.picture import over_time, plt, save
from benchmarks.stage import ROOT, Stage, rss_mb, until
from routing.cli.demo.drive import percentile

FOLDER = ROOT / "docs" / "benchmarks"
LOOK_S = 15.0
CLIENTS = 4
PREFECT = {
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "PT10M",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_EVENT_RETENTION_OVERRIDES": '{"prefect.flow-run.heartbeat": 600}',
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "3601",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "60",
}


class Clients:
    """Submit at a steady rate, whatever the answers take; remember when each report was accepted."""

    def __init__(self, url: str, rate: float) -> None:
        self.url, self.rate = url, rate
        self.accepted: dict[str, float] = {}
        self.failed = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._submit, args=(number,)) for number in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _submit(self, number: int) -> None:
        cases, pause = mix(), CLIENTS / self.rate
        due = time.monotonic() + number * pause / CLIENTS
        with requests.Session() as http:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += pause
                number += CLIENTS
                case = cases[number % len(cases)]
                try:
                    answer = http.post(f"{self.url}/api/reports", json=case.body(number), timeout=30)
                    answer.raise_for_status()
                    self.accepted[answer.json()["reference"]] = time.time()
                except requests.RequestException:
                    self.failed += 1


def soak(folder: Path, minutes: float, rate: float) -> dict:
    """What was seen at each look."""
    on = Stage(folder)
    on.here.environment |= PREFECT
    looks: list[dict] = []
    try:
        on.start()
        with on.web() as url, on.engines() as (engine,):
            clients = Clients(url, rate)
            clients.start()
            read = 0
            for number in range(1, round(minutes * 60 / LOOK_S) + 1):
                began = time.monotonic()
                read, latencies = arrivals(on, clients, read)
                looks.append({"minute": round(number * LOOK_S / 60, 2)} | look(on, engine, latencies))
                if number % 20 == 0:
                    print(looks[-1], flush=True)
                time.sleep(max(0.0, LOOK_S - (time.monotonic() - began)))
            clients.stop()
            until(lambda: waiting(on) == 0, "everything is sent", 120)
    finally:
        on.stop()
    return {
        "machine": machine(),
        "rate": rate,
        "accepted": len(clients.accepted),
        "failed": clients.failed,
        "looks": looks,
    }


def arrivals(on: Stage, clients: Clients, read: int) -> tuple[int, list[float]]:
    """Milliseconds from the 201 to each message that came since the last look."""
    messages = on.http.get(f"{on.here.addresses.mailbox}/messages?after={read}", timeout=60).json()
    pairs = [(clients.accepted.get(message["reference"]), message["received_at"]) for message in messages]
    return read + len(messages), [(at - accepted) * 1000 for accepted, at in pairs if accepted is not None]


def waiting(on: Stage) -> int:
    """Reports and messages that are not out yet."""
    with on.database.transaction() as tx:
        row = tx.execute(
            "SELECT (SELECT count(*) FROM report WHERE state IN ('received', 'routing'))"
            " + (SELECT count(*) FROM delivery WHERE state = 'pending') AS n"
        ).fetchone()
    return row["n"]


def look(on: Stage, engine: int, latencies: list[float]) -> dict:
    """Memory, latency, what waits, and how big Prefect's database is."""
    parts = on.here.parts
    with psycopg.connect(on.here.prefect_database_url) as prefect:
        size = prefect.execute("SELECT pg_database_size(current_database())").fetchone()[0]
        runs, events = prefect.execute(
            "SELECT (SELECT count(*) FROM flow_run), (SELECT count(*) FROM events)"
        ).fetchone()
    return {
        "engine_mb": rss_mb(engine),
        "web_mb": rss_mb(parts["web"].process.pid),
        "prefect_mb": rss_mb(parts["prefect"].process.pid),
        "p50_ms": percentile(latencies, 0.5),
        "p95_ms": percentile(latencies, 0.95),
        "messages": len(latencies),
        "waiting": waiting(on),
        "prefect_db_mb": round(size / 2**20, 1),
        "prefect_runs": runs,
        "prefect_events": events,
    }


def draw(found: dict, path: Path) -> None:
    """Memory, latency and Prefect's database over the hour."""
    looks = found["looks"]

    def line(key: str, divided_by: float = 1) -> list[float]:
        return [math.nan if each[key] is None else each[key] / divided_by for each in looks]

    minutes = line("minute")
    figure, panels = plt.subplots(1, 3, figsize=(14, 4), layout="constrained")
    memory = {"engine": line("engine_mb"), "web": line("web_mb"), "Prefect server": line("prefect_mb")}
    over_time(panels[0], "Memory, MB", "minute", minutes, memory)
    latency = {"median": line("p50_ms"), "95 %": line("p95_ms")}
    over_time(panels[1], "From 201 to the mailbox, ms", "minute", minutes, latency)
    size = {"MB": line("prefect_db_mb"), "thousand events": line("prefect_events", 1000)}
    over_time(panels[2], "Prefect's database", "minute", minutes, size)
    figure.suptitle(
        f"{found['rate']:g} reports a second, {found['machine']['cores']} cores, {found['machine']['commit']}"
    )
    save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=20, help="reports a second")
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder for soak.json and soak.png")
    how = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ww-soak-") as folder:
        found = soak(Path(folder), how.minutes, how.rate)
    (how.to / "soak.json").write_text(json.dumps(found, indent=1) + "\n")
    draw(found, how.to / "soak.png")


if __name__ == "__main__":
    main()
