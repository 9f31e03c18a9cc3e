"""One report at a time: from its 201 to its last message in the mailbox."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator

import requests

from benchmarks import dbos_way, procrastinate_way
from benchmarks.load import mix
from benchmarks.prefect_ways import deploy_to_pool, start_run, wait_for_deployment
from benchmarks.stage import Stage, until
from benchmarks.steps import steps
from routing.cli.demo.drive import percentile

QUIET_S = 60.0
"""Before a report that comes after a quiet time: whatever fell asleep meanwhile has to wake."""

CASES = ("the usual one", "no parish council", "limit not known")


def latency(stage: Stage, reports: int, sample: int, in_a_row: int, quiet: int) -> dict[str, object]:
    """Ours, and the same flow started the two documented ways; one process of web, mailbox and Prefect for all.

    Args:
        quiet: reports that each come after a quiet minute.
        in_a_row: measured apart, with a fresh engine: more than the runs that may start at once, after which runs start
            at the pace of ``runs_per_minute`` and a report waits for the next.
    """
    stage.forget()
    with stage.web() as url:
        with stage.engines():
            followed = _follow(stage, url, reports, lambda: None)
            parts = steps(stage, followed)
            woken = _each(stage, url, quiet, lambda: None, QUIET_S)
        with stage.engines():
            row = _each(stage, url, in_a_row, lambda: None)
        served = serve(stage, 1, lambda: _each(stage, url, sample, lambda: start_run("bench-serve")))
        pooled = pool(stage, lambda: _each(stage, url, sample, lambda: start_run("bench-pool")))
        others = other_engines(stage, url, reports)
    ours = [(arrived - accepted) * 1000 for accepted, arrived in followed]
    p50 = percentile(ours, 0.5)
    return {
        "reports": reports,
        "sample": sample,
        "p50_ms": p50,
        "p95_ms": percentile(ours, 0.95),
        f"p50_ms_{in_a_row}_in_a_row": percentile(row, 0.5),
        f"p95_ms_{in_a_row}_in_a_row": percentile(row, 0.95),
        "ms_after_a_quiet_minute": [round(each, 1) for each in woken],
        "serve_p50_ms": percentile(served, 0.5),
        "pool_p50_ms": percentile(pooled, 0.5),
        "ratio_serve": round(percentile(served, 0.5) / p50, 1),
        "ratio_pool": round(percentile(pooled, 0.5) / p50, 1),
        "steps_ms": parts,
    } | {f"{name}_p50_ms": percentile(seen, 0.5) for name, seen in others.items()}


def other_engines(stage: Stage, url: str, reports: int) -> dict[str, list[float]]:
    """The same pipeline over other engines on PostgreSQL, started as their documentation says."""
    stage.forget()
    found = {}
    with dbos_workflows(stage) as (process, address), dbos_way.client(address) as enqueue:
        found["dbos"] = _each(stage, url, reports, lambda: _tell(process))
        found["dbos_queue"] = _each(stage, url, reports, lambda: enqueue(1))
    with procrastinate_jobs(stage) as address, procrastinate_way.client(address) as defer:
        found["procrastinate"] = _each(stage, url, reports, lambda: defer(1))
    return found


@contextlib.contextmanager
def dbos_workflows(stage: Stage) -> Iterator[tuple[subprocess.Popen, str]]:
    """A process that runs our pipeline as DBOS workflows, and the address of the database of DBOS."""
    address = stage.database_for(dbos_way.DATABASE)
    with stage.script("dbos_way", address) as process:
        yield process, address


@contextlib.contextmanager
def procrastinate_jobs(stage: Stage) -> Iterator[str]:
    """A worker that runs our pipeline as procrastinate jobs; gives the address of its database."""
    address = stage.database_for(procrastinate_way.DATABASE)
    with stage.script("procrastinate_way", address):
        yield address


def _tell(process: subprocess.Popen) -> None:
    """Start a workflow in the process that a web would share with DBOS."""
    process.stdin.write("\n")
    process.stdin.flush()


def serve(stage: Stage, batch_size: int, measure: Callable):
    """Measure while ``flow.serve`` serves our flow; each of its runs takes at most so many reports."""
    with stage.script("serve", batch_size=batch_size):
        wait_for_deployment("bench-serve")
        return measure()


def pool(stage: Stage, measure: Callable):
    """Measure while a worker of a process pool runs our flow; each of its runs takes one report."""
    deploy_to_pool("bench-pool")
    with stage.worker(batch_size=1):
        return measure()


def _each(stage: Stage, url: str, reports: int, started: Callable[[], object], pause_s: float = 0.0) -> list[float]:
    """Milliseconds, report by report."""
    return [(arrived - accepted) * 1000 for accepted, arrived in _follow(stage, url, reports, started, pause_s)]


def _follow(
    stage: Stage, url: str, reports: int, started: Callable[[], object], pause_s: float = 0.0
) -> list[tuple[float, float]]:
    """When each was accepted and had arrived whole, in seconds since 1970; only then the next is submitted."""
    cases = [case for case in mix() if case.name in CASES]
    seen = []
    with requests.Session() as http:
        for number in range(reports):
            time.sleep(pause_s)
            case = cases[number % len(cases)]
            before, _ = stage.arrived()
            answer = http.post(f"{url}/api/reports", json=case.body(number), timeout=30)
            accepted = time.time()
            answer.raise_for_status()
            started()
            expected = before + len(case.recipients)
            until(lambda: stage.arrived()[0] >= expected, "the report arrives", pause_s=0.01)  # noqa: B023
            seen.append((accepted, stage.arrived()[1]))
    return seen
