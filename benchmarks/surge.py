"""Reports waiting → every message accepted by the mailbox."""

import time

from benchmarks import dbos_way, procrastinate_way
from benchmarks.latency import dbos_workflows, procrastinate_jobs, serve
from benchmarks.load import messages_of, mix, put, shares
from benchmarks.prefect_ways import start_run
from benchmarks.stage import Stage, cpu_share, rss_mb, until

ROUNDS = 2
MORE_CONNECTIONS = 8
"""Everything else is measured over the four connections to the mail server that are the default."""
AT_ONCE = (2, 8)
"""One run per report is measured with so many runs at once; the better figure counts."""

SHARED, SHARING = 500, 4
"""flow.serve with as many reports in a run as ours has, and so many runs: what batching alone would give it."""


def surge(stage: Stage, reports: int, one_each: int, served: int, others: int) -> dict[str, object]:
    """Ours and the bare pipeline in turn, over the same PostgreSQL and mailbox; the other ways over samples."""
    bare_s = ours_s = 0.0
    for _ in range(ROUNDS):
        stage.forget()
        with stage.script("bare"):
            bare_s += drain(stage, reports)
        stage.forget()
        with stage.engines() as pids:
            with cpu_share() as cpu:
                ours_s += drain(stage, reports)
            memory = rss_mb(pids[0], "VmHWM")
    stage.forget()
    with stage.engines(smtp_connections=MORE_CONNECTIONS):
        more_s = drain(stage, reports)
    each_s = min(_one_run_each(stage, one_each, at_once) for at_once in AT_ONCE)
    stage.forget()
    serve_s = serve(stage, 1, lambda: drain(stage, served, lambda: _start(served)))
    stage.forget()
    shared_s = serve(stage, SHARED, lambda: drain(stage, SHARED * SHARING, lambda: _start(SHARING)))
    workflows, jobs = _other_engines(stage, others)
    messages = messages_of(mix(), reports)
    rate = ROUNDS * reports / ours_s
    return {
        "reports": reports,
        "messages": messages,
        "rounds": ROUNDS,
        "mix": shares(mix()),
        "messages_per_s": round(ROUNDS * messages / ours_s),
        "reports_per_s": round(rate),
        "bare_messages_per_s": round(ROUNDS * messages / bare_s),
        "ratio_bare": round(bare_s / ours_s, 2),
        f"messages_per_s_{MORE_CONNECTIONS}_connections": round(messages / more_s),
        "one_run_each_sample": one_each,
        "one_run_each_reports_per_s": round(one_each / each_s, 2),
        "ratio_one_run_each": round(rate / (one_each / each_s), 1),
        "serve_sample": served,
        "serve_reports_per_s": round(served / serve_s, 3),
        "ratio_serve": round(rate / (served / serve_s), 1),
        "serve_shared_reports_per_s": round(SHARED * SHARING / shared_s, 1),
        "ratio_serve_shared": round(rate / (SHARED * SHARING / shared_s), 1),
        "other_engines_sample": others,
        "dbos_reports_per_s": round(workflows, 1),
        "ratio_dbos": round(rate / workflows, 1),
        "procrastinate_reports_per_s": round(jobs, 1),
        "ratio_procrastinate": round(rate / jobs, 1),
        "engine_mb": memory,
        "cpu_of_cores": cpu,
    }


def _one_run_each(stage: Stage, reports: int, at_once: int) -> float:
    stage.forget()
    with stage.engines(batch_size=1, batches=at_once, runs_per_minute=6_000):
        return drain(stage, reports)


def _other_engines(stage: Stage, reports: int) -> tuple[float, float]:
    """Reports a second as DBOS workflows and as procrastinate jobs, a report each; enqueuing them is part of it."""
    stage.forget()
    with dbos_workflows(stage) as (_, address), dbos_way.client(address) as enqueue:
        workflows_s = drain(stage, reports, lambda: enqueue(reports))
    stage.forget()
    with procrastinate_jobs(stage) as address, procrastinate_way.client(address) as defer:
        jobs_s = drain(stage, reports, lambda: defer(reports))
    return reports / workflows_s, reports / jobs_s


def _start(runs: int) -> None:
    for _ in range(runs):
        start_run("bench-serve")


def two_engines(stage: Stage, reports: int) -> dict[str, object]:
    """The same surge with one engine, and with two on the same database."""
    found = {}
    for number in (1, 2):
        stage.forget()
        with stage.engines(number):
            found[number] = reports / drain(stage, reports)
    return {
        "reports": reports,
        "one_reports_per_s": round(found[1]),
        "two_reports_per_s": round(found[2]),
        "ratio": round(found[2] / found[1], 2),
    }


def drain(stage: Stage, reports: int, started=lambda: None) -> float:
    """Put reports into the store and wait until the mailbox has every message of theirs; seconds from the commit."""
    before, _ = stage.arrived()
    expected = before + messages_of(mix(), reports)
    with stage.database.transaction() as tx:
        put(tx, mix(), reports)
    begun = time.time()
    started()
    until(lambda: stage.arrived()[0] >= expected, f"{expected} messages", pause_s=0.1)
    count, last_at = stage.arrived()
    if count != expected:
        raise SystemExit(f"{count} messages instead of {expected}")
    return last_at - begun
