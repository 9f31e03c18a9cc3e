"""A month of Prefect's database, one day at a time, to check if it stops growing at its retention.

``python -m benchmarks.month`` routes a day's reports for real, one run each. Then it moves every time stamp in the
database of Prefect back a day, and waits until Prefect's own vacuum has deleted old rows. It does this for thirty days.
"""

import argparse
import json
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.picture import over_time, plt, save
from benchmarks.stage import ROOT, Stage, until
from benchmarks.surge import drain
from routing.engine.environment import EVENT_DAYS

FOLDER = ROOT / "docs" / "benchmarks"
VACUUM_EVERY_S = 2
SETTLE_S = 3


def month(folder: Path, days: int, reports: int, retention: int) -> dict:
    """Rows and bytes at the end of each day."""
    on = Stage(folder)
    on.here.settings = on.here.settings.model_copy(update={"prefect_retention_days": retention})
    on.here.environment |= {
        "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": str(VACUUM_EVERY_S),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ORPHAN_CLEANUP_LOOP_SECONDS": str(VACUUM_EVERY_S),
    }
    seen: list[dict] = []
    try:
        on.start()
        with on.engines(batch_size=1, runs_per_minute=6_000):
            for day in range(1, days + 1):
                drain(on, reports)
                with psycopg.connect(on.here.prefect_database_url, autocommit=True) as prefect:
                    until(lambda: unfinished(prefect) == 0, "every run has ended", 120, 0.5)
                    a_day_goes_by(prefect)
                    until(lambda: too_old(prefect, retention) == 0, "the vacuum has been", 120, 0.5)
                    seen.append({"day": day} | size(prefect))
                print(seen[-1], flush=True)
                on.forget_reports()
    finally:
        on.stop()
    return {"reports_a_day": reports, "retention_days": retention, "event_days": EVENT_DAYS, "days": seen}


def unfinished(prefect: psycopg.Connection) -> int:
    """Runs that are still going on."""
    row = prefect.execute("SELECT count(*) FROM flow_run WHERE state_type IN ('PENDING', 'RUNNING')").fetchone()
    return row[0]


def a_day_goes_by(prefect: psycopg.Connection) -> None:
    """Move every time stamp of runs, events, logs and artifacts a day back."""
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
          AND table_name IN ('flow_run', 'flow_run_state', 'task_run', 'task_run_state', 'events', 'event_resources',
                             'log', 'artifact', 'artifact_collection')
    """
    columns: dict[str, list[str]] = {}
    for table, column in prefect.execute(query).fetchall():
        columns.setdefault(table, []).append(column)
    for table, names in columns.items():
        back = sql.SQL(", ").join(
            sql.SQL("{0} = {0} - interval '1 day'").format(sql.Identifier(name)) for name in names
        )
        only = sql.SQL("WHERE state_type <> 'SCHEDULED'") if table == "flow_run" else sql.SQL("")
        prefect.execute(sql.SQL("UPDATE {} SET {} {}").format(sql.Identifier(table), back, only))


def too_old(prefect: psycopg.Connection, retention: int) -> int:
    """What Prefect's vacuum has still to take."""
    row = prefect.execute(
        "SELECT (SELECT count(*) FROM flow_run WHERE end_time < now() - make_interval(days => %s))"
        " + (SELECT count(*) FROM events WHERE occurred < now() - make_interval(days => %s))",
        (retention, EVENT_DAYS),
    ).fetchone()
    return row[0]


def size(prefect: psycopg.Connection) -> dict[str, int]:
    """Rows of the tables that grow, and bytes of all tables and indexes after a VACUUM FULL."""
    prefect.execute("VACUUM FULL")
    rows = {
        table: prefect.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()[0]
        for table in ("flow_run", "task_run", "events", "log", "artifact")
    }
    total = prefect.execute("SELECT pg_database_size(current_database())").fetchone()[0]
    return rows | {"megabytes": round(total / 2**20, 1)}


def draw(found: dict, path: Path) -> None:
    """Rows and megabytes by day."""
    days = [each["day"] for each in found["days"]]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    rows = {table: [each[table] for each in found["days"]] for table in ("flow_run", "task_run", "events", "artifact")}
    title = f"Rows, {found['reports_a_day']} runs a day, kept {found['retention_days']} days"
    over_time(left, title, "day", days, rows)
    size_mb = {"MB": [each["megabytes"] for each in found["days"]]}
    over_time(right, "Prefect's database, MB after VACUUM FULL", "day", days, size_mb)
    for panel in (left, right):
        panel.axvline(found["retention_days"], color="#999", linestyle=":")
    save(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.month", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--reports", type=int, default=60, help="reports a day, each with its own run")
    parser.add_argument("--retention", type=int, default=14, help="days to keep runs in Prefect")
    how = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ww-month-") as folder:
        found = month(Path(folder), how.days, how.reports, how.retention)
    (FOLDER / "month.json").write_text(json.dumps(found, indent=1) + "\n")
    draw(found, FOLDER / "month.png")


if __name__ == "__main__":
    main()
