"""Reports accepted a second, each committed before its 201, by the number of connections. No engine runs meanwhile."""

import contextlib
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from benchmarks.connection import Connection
from benchmarks.load import mix
from benchmarks.stage import Stage

CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)


def intake(stage: Stage, seconds: float, processes: int, connections: Sequence[int] = CONNECTIONS) -> dict[int, int]:
    """Accepted reports a second for each number of connections."""
    found = {}
    with stage.web(processes) as url:
        _rate(url, 16, 1.0)  # every worker has answered once
        for number in connections:
            found[number] = _rate(url, number, seconds)
            stage.forget()
    return found


def bare(stage: Stage, seconds: float, processes: int, connections: int) -> int:
    """The same without HTTP: as many processes and threads take reports straight away; all together, a second."""
    with contextlib.ExitStack() as running:
        share = str(connections // processes)
        started = [running.enter_context(stage.script("bare_intake", share)) for _ in range(processes)]
        time.sleep(seconds)
        for each in started:
            each.terminate()
        taken = [each.stdout.readline().split() for each in started]
    stage.forget()
    return round(sum(int(count) / float(took) for count, took in taken))


def _rate(url: str, connections: int, seconds: float) -> int:
    requests = [_request(urlsplit(url).netloc, number) for number in range(len(mix()))]
    until = time.perf_counter() + seconds

    def post(number: int) -> int:
        accepted = 0
        with Connection(url) as connection:
            while time.perf_counter() < until:
                head, _ = connection.ask(requests[(accepted + number) % len(requests)])
                if not head.startswith(b"HTTP/1.1 201"):
                    raise SystemExit(f"The web answered: {head.splitlines()[0]!r}")
                accepted += 1
        return accepted

    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        posting = [pool.submit(post, number) for number in range(connections)]
        accepted = sum(each.result() for each in posting)  # what one of them failed by ends the benchmark
    return round(accepted / (time.perf_counter() - started))


def _request(host: str, number: int) -> bytes:
    case = mix()[number]
    body = json.dumps(case.body(number)).encode()
    head = (
        f"POST /api/reports HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body
