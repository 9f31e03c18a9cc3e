"""Drive an installation from outside: submit over HTTP, read the mailbox over HTTP, ask Prefect's API."""

import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from routing.cli.demo.checker import Submitted, is_complete
from routing.cli.demo.oracle import Case, citizen_of
from routing.cli.supervisor import Installation

ONE_AT_A_TIME = 10
"""Number of cases sent one at a time, each after the one before has arrived, to measure latency."""

ARRIVAL_DEADLINE_S = 60.0
POLL_S = 0.05


class Drive:
    """One drive of a number of cases."""

    def __init__(self, here: Installation) -> None:
        self.here, self.addresses = here, here.addresses
        self.http = requests.Session()

    def submit(self, case: Case, number: int) -> Submitted:
        """POST one report as any client would."""
        citizen = citizen_of(number, case)
        answer = self.http.post(f"{self.addresses.web}/api/reports", json=case.body(number, citizen), timeout=30)
        at = time.time()
        answer.raise_for_status()
        document = answer.json()
        ways = document.get("tracking_url", ""), document.get("tracking_page", "")
        return Submitted(case, at, document.get("reference"), document.get("rule"), citizen, *ways)

    def messages(self) -> list[dict[str, Any]]:
        """Every message in the mailbox."""
        found: list[dict[str, Any]] = self.http.get(f"{self.addresses.mailbox}/messages", timeout=30).json()
        return found

    def message(self, number: int) -> bytes:
        """One message as it arrived."""
        return self.http.get(f"{self.addresses.mailbox}/messages/{number}", timeout=30).content

    def send(self, cases: Sequence[Case]) -> tuple[list[Submitted], list[float]]:
        """Submit all cases: the first few one at a time, the rest at once.

        Returns:
            What was submitted, and the latencies of the few: ms from the 201 to the message being accepted.
        """
        routed = [case for case in cases if case.outcome != "signpost"]
        single = routed[: min(ONE_AT_A_TIME, max(1, len(routed) // 2))]
        submitted, latencies = [], []
        for number, case in enumerate(single, start=1):
            submitted.append(self.submit(case, number))
            self.wait(submitted[-1:])
            arrived = [m["received_at"] for m in self.messages() if m["reference"] == submitted[-1].reference]
            if arrived:
                latencies.append((min(arrived) - submitted[-1].at) * 1000)
        rest = list(cases)
        for case in single:
            rest.remove(case)
        with ThreadPoolExecutor(4) as pool:
            numbers = range(len(single) + 1, len(cases) + 1)
            submitted += pool.map(self.submit, rest, numbers)
        self.wait(submitted)
        return submitted, latencies

    def wait(self, submitted: Sequence[Submitted]) -> None:
        """Wait until every expected message has arrived, for at most a minute. The checker names what is lost."""
        deadline = time.monotonic() + ARRIVAL_DEADLINE_S
        while not is_complete(submitted, self.messages()) and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def prefect(self, path: str, body: dict[str, Any]) -> Any:
        """POST to Prefect's API, with its sign-in and a CSRF token."""
        client, auth = "waywarden-demo", self.here.prefect_credentials
        api = self.addresses.prefect_api
        asked = self.http.get(f"{api}/csrf-token", params={"client": client}, auth=auth, timeout=30)
        headers = {"Prefect-Csrf-Token": asked.json()["token"], "Prefect-Csrf-Client": client}
        answer = self.http.post(f"{api}/{path}", json=body, headers=headers, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def wait_for_worker(self) -> None:
        """Wait until the worker has started. Its start uses a core for some seconds and must not count as latency."""
        deadline = time.monotonic() + ARRIVAL_DEADLINE_S
        while time.monotonic() < deadline:
            workers = self.prefect("work_pools/waywarden/workers/filter", {})
            if any(worker["status"] == "ONLINE" for worker in workers):
                return
            time.sleep(0.1)

    def flow_runs(self) -> int:
        """How many runs of route-reports have ended in Prefect."""
        completed = {"state": {"type": {"any_": ["COMPLETED"]}}}
        flow = {"name": {"any_": ["route-reports"]}}
        return int(self.prefect("flow_runs/count", {"flow_runs": completed, "flows": flow}))

    def artifact_rows(self, key: str) -> list[dict[str, str]]:
        """The rows of all artifact tables of this key, the oldest first."""
        rows, most = list[dict[str, str]](), 200
        while True:
            body = {"artifacts": {"key": {"any_": [key]}}, "limit": most, "offset": len(rows), "sort": "CREATED_DESC"}
            found = self.prefect("artifacts/filter", body)
            rows += found
            if len(found) < most:
                rows.sort(key=lambda artifact: artifact["created"])
                return [row for artifact in rows for row in json.loads(artifact["data"])]

    def rules(self, references: set[str]) -> dict[str, str]:
        """Reference → rule, from the artifact tables. Waits until all references have one."""
        deadline = time.monotonic() + ARRIVAL_DEADLINE_S
        while True:
            found = {row["reference"]: row["rule"] for row in self.artifact_rows("routing")}
            if references <= found.keys() or time.monotonic() > deadline:
                return found
            time.sleep(0.1)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value with a share of the values below it; None if there are none."""
    if len(values) < 2:
        return round(values[0], 1) if values else None
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return round(cuts[round(share * 100) - 1], 1)
