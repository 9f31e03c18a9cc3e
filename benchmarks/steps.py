"""What the time from a report's 201 to its last message consists of, step by step."""

import datetime
import statistics
from itertools import pairwise

from benchmarks.stage import Stage, until

TASKS = ("gather", "locate_reports", "decide", "record", "send")


def steps(stage: Stage, seen: list[tuple[float, float]]) -> dict[str, float]:
    """Median milliseconds of each step, for reports that went one at a time, each in a run of its own.

    Taken from the clocks of the store, of Prefect and of the mailbox, which are one here.

    Args:
        seen: of each report, when it was accepted and when its last message arrived, in seconds since 1970.
    """
    rows = [
        _steps(claimed_at, tasks, accepted, arrived)
        for (claimed_at, tasks), (accepted, arrived) in zip(_runs(stage, len(seen)), seen, strict=True)
    ]
    return {name: round(statistics.median(row[name] for row in rows), 1) for name in rows[0]}


def _steps(claimed_at: float, tasks: dict[str, dict], accepted: float, arrived: float) -> dict[str, float]:
    marks = [("", accepted), ("claim", claimed_at)]
    for name in TASKS[:-1]:
        begin = "create the run and begin it" if name == TASKS[0] else f"begin {name}"
        marks += [(begin, _at(tasks[name]["start_time"])), (name, _at(tasks[name]["end_time"]))]
    marks += [("begin send", _at(tasks["send"]["start_time"])), ("send", arrived)]
    return {name: (at - before) * 1000 for (_, before), (name, at) in pairwise(marks)}


def _runs(stage: Stage, number: int) -> list[tuple[float, dict[str, dict]]]:
    """The last runs that routed, in order, each with the time of its claim and its tasks, once Prefect has them all."""
    with stage.database.transaction() as tx:
        claims = tx.execute(
            "SELECT flow_run, claimed_at FROM batch WHERE kind = 'route' ORDER BY claimed_at DESC LIMIT %s", (number,)
        ).fetchall()
    claims.reverse()
    wanted = [str(claim["flow_run"]) for claim in claims]
    tasks: dict[str, dict[str, dict]] = {}

    def are_there() -> bool:
        for identifier in wanted:
            if len(tasks.get(identifier, {})) < len(TASKS):
                found = stage.drive.prefect("task_runs/filter", {"flow_runs": {"id": {"any_": [identifier]}}})
                tasks[identifier] = {task["name"]: task for task in found if task["end_time"]}
        return all(set(TASKS) <= set(tasks[identifier]) for identifier in wanted)

    until(are_there, "Prefect has every task of the runs", 120)
    return [(claim["claimed_at"].timestamp(), tasks[str(claim["flow_run"])]) for claim in claims]


def _at(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
