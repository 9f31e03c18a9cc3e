"""Two Prefect API servers with Redis messaging, two engines, two webs, one PostgreSQL: all of it on loopback.

``python -m benchmarks.scale_out`` needs ``redis-server`` on the path (Debian's package of that name) and the package
``prefect-redis`` beside Prefect. It sends a surge, kills a server and an engine in the midst of it, and says what came.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from benchmarks.load import COUNCILS, PROCESSES, messages_of, mix
from benchmarks.stage import until
from routing.cli.supervisor import PREFECT, WITHOUT_CAPS, Installation, free_port, running
from routing.cli.up import fill_directory
from routing.settings import Settings

REPORTS = 2_000


class Scaled(Installation):
    """An installation with two Prefect API servers, their services apart, and Redis between them."""

    def start_prefect(self) -> None:
        self.redis_port, self.second_port = free_port(), free_port()
        self.environment |= shared_settings(self.redis_port)
        redis = ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir",
                 str(self.data_dir)]  # fmt: skip
        self.start_part("redis", redis)
        environment = os.environ | self.part_environment() | self.environment
        upgrade = [*PREFECT, "server", "database", "upgrade", "-y"]
        subprocess.run(upgrade, env=environment, check=True, capture_output=True)
        for name, port in (("prefect", self.prefect_port), ("prefect-2", self.second_port)):
            self.start_part(
                name, [*PREFECT, "server", "start", "--no-services", "--host", "127.0.0.1", "--port", str(port)]
            )
        self.start_part("prefect-services", [*PREFECT, "server", "services", "start"])


def shared_settings(redis_port: int) -> dict[str, str]:
    """What every Prefect API server and the services must have in common; forgetting one is not noticed at once."""
    return {
        "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
        "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
        "PREFECT_REDIS_MESSAGING_PORT": str(redis_port),
        "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{redis_port}/1",
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ww-scale-") as folder:
        settings = Settings(data_dir=Path(folder), councils_dir=COUNCILS, processes_dir=PROCESSES, web_processes=2)
        environment = {"WAYWARDEN_WEB_PROCESSES": "2", "WAYWARDEN_LEASE_S": "5", "WAYWARDEN_SCAN_S": "1",
                       "WAYWARDEN_BATCH_SIZE": "100", "WAYWARDEN_COUNCILS_DIR": str(COUNCILS),
                       "WAYWARDEN_PROCESSES_DIR": str(PROCESSES)} | WITHOUT_CAPS  # fmt: skip
        here = Scaled(settings, Path(folder), with_standins=True, with_worker=False, environment=environment)
        os.environ["PREFECT_API_AUTH_STRING"] = ":".join(here.prefect_credentials)
        with running(here):
            second = f"http://127.0.0.1:{here.second_port}/api"
            here.wait_for("prefect-2", f"{second}/health")
            here.environment["PREFECT_API_URL"] = second
            here.start_engine(1)
            fill_directory(here)
            say("two API servers, their services and Redis run")
            surge(here, second)


def surge(here: Scaled, second: str) -> None:
    """Submit, kill, count."""
    cases, started = mix(), time.time()
    with requests.Session() as http:
        for number in range(REPORTS):
            http.post(f"{here.addresses.web}/api/reports", json=cases[number % len(cases)].body(number),
                      timeout=30).raise_for_status()  # fmt: skip
            if number == REPORTS // 4:
                kill(here, "engine")
            if number == REPORTS // 2:
                kill(here, "prefect-2")
            if number % 50 == 0:
                here.restart_dead()
    say(f"{REPORTS} reports taken in {time.time() - started:.1f} s, an engine and an API server killed meanwhile")
    wanted = messages_of(cases, REPORTS)

    def all_arrived() -> bool:
        here.restart_dead()
        return len(received(here)) >= wanted

    until(all_arrived, "every message arrives", 300, 0.5)
    ids = [message["message_id"] for message in received(here)]
    say(f"{len(set(ids))} of {wanted} messages after {time.time() - started:.1f} s, {len(ids) - len(set(ids))} repeats")
    until(lambda: begun(here.addresses.prefect_api) == 0, "no run is left begun", 120, 0.5)
    for name, api in (("first", here.addresses.prefect_api), ("second", second)):
        say(f"the {name} API server counts {count(api, 'COMPLETED')} runs completed, {count(api, 'CRASHED')} crashed, "
            f"{count(api, 'FAILED')} failed, {begun(api)} begun, {task_runs(api)} task runs completed")  # fmt: skip
    workers = requests.post(f"{second}/work_pools/waywarden-engine/workers/filter", json={}, timeout=30, **csrf(second))
    say(f"engines seen as workers: {sorted(each['status'] for each in workers.json())}")
    if len(set(ids)) != wanted:
        sys.exit(1)


def kill(here: Scaled, name: str) -> None:
    say(f"kill -9 {name}")
    here.parts[name].process.send_signal(signal.SIGKILL)


def received(here: Scaled) -> list[dict]:
    return requests.get(f"{here.addresses.mailbox}/messages", timeout=30).json()


def csrf(api: str) -> dict:
    """What Prefect's API asks of whoever asks it: its sign-in, and a token against forged requests."""
    name, _, secret = os.environ["PREFECT_API_AUTH_STRING"].partition(":")
    auth = (name, secret)
    asked = requests.get(f"{api}/csrf-token", params={"client": "scale-out"}, auth=auth, timeout=30)
    return {
        "headers": {"Prefect-Csrf-Token": asked.json()["token"], "Prefect-Csrf-Client": "scale-out"},
        "auth": auth,
    }


def count(api: str, *states: str) -> int:
    body = {"flow_runs": {"state": {"type": {"any_": list(states)}}}}
    return requests.post(f"{api}/flow_runs/count", json=body, timeout=30, **csrf(api)).json()


def begun(api: str) -> int:
    return count(api, "PENDING", "RUNNING", "CANCELLING")


def task_runs(api: str) -> int:
    body = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    return requests.post(f"{api}/task_runs/count", json=body, timeout=30, **csrf(api)).json()


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
