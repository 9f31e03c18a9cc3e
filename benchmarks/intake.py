"""Reports accepted a second, each committed before its 201, by the number of connections. No engine runs meanwhile."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

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
    address = urlsplit(url)
    requests = [_request(address.netloc, number) for number in range(len(mix()))]
    accepted = [0] * connections
    until = time.perf_counter() + seconds

    def post(number: int) -> None:
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < until:
                connection.sendall(requests[(accepted[number] + number) % len(requests)])
                _need_created(connection)
                accepted[number] += 1

    threads = [threading.Thread(target=post, args=(number,)) for number in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(sum(accepted) / (time.perf_counter() - started))


def _request(host: str, number: int) -> bytes:
    case = mix()[number]
    body = json.dumps(case.body(number)).encode()
    head = (
        f"POST /api/reports HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body


def _need_created(connection: socket.socket) -> None:
    """Read one answer; a small client of our own, since an HTTP library would take more of the machine than the web."""
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 201"):
        raise SystemExit(f"The web answered: {head.splitlines()[0]!r}")
    length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
