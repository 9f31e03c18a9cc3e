"""Mail that cannot leave, as an operator sees it in Prefect; and the flow that anchors histories."""

import asyncio
import os
from typing import Any

import psycopg
import pytest

from routing.database import Database
from routing.engine import adopt, make_context, using
from routing.private import read_anchors
from tests.casework.factory import know_clerk, state_of, submit
from tests.conftest import until
from tests.flows.conftest import PrefectServer
from tests.flows.test_canary import found_in_prefect
from tests.present import present
from tests.samples import code

pytestmark = pytest.mark.prefect


def test_a_run_in_which_nothing_could_leave_is_failed_once_and_all_else_of_it_is_done(
    database, make_engine, mailbox, prefect_server
):
    know_clerk(database, code("parish"))
    mailbox.stop()
    with make_engine() as engine:
        until(
            lambda: engine.ctx.channels["smtp"].health.trouble is not None,
            what="the engine asks before there is a message",
        )
        receipt = submit(database)
        until(lambda: ended(prefect_server, receipt.reference) == {"FAILED"})
        (run,) = [run for run in prefect_server.runs() if run["name"] == receipt.reference]
        assert "channel-down" in run["state"]["message"]
        artifacts = prefect_server.post("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
        assert any("could not leave" in (artifact["description"] or "") for artifact in artifacts)
        with database.transaction() as tx:
            batch = tx.execute("SELECT outcome FROM batch WHERE kind = 'route'").fetchall()
            report = tx.execute("SELECT attempt FROM report").fetchone()
        assert [each["outcome"] for each in batch] == ["done"]
        assert report["attempt"] == 0, "no failure of the report's"
        until(lambda: heartbeat(database)["mail_trouble"] == "connect", what="the next heartbeat says so")
        assert heartbeat(database)["mail_since"] is not None
        until(lambda: events(prefect_server, "waywarden.mail.down"), 30, "an automation can call somebody")
        mailbox.start()
        until(lambda: state_of(database, receipt) == "sent", 60)
        until(lambda: engine.ctx.channels["smtp"].health.trouble is None)
        until(lambda: events(prefect_server, "waywarden.mail.up"), 30)
    names = {run["name"] for run in prefect_server.runs("deliver-due")}
    assert receipt.reference in names, "named for the report, however many messages it has"


def heartbeat(database: Database) -> dict[str, Any]:
    with database.transaction() as tx:
        return present(tx.execute("SELECT mail_trouble, mail_since FROM heartbeat").fetchone())


def ended(prefect_server: PrefectServer, name: str) -> set[str]:
    return {run["state_type"] for run in prefect_server.runs(name=name) if run["end_time"]}


def events(prefect_server: PrefectServer, event: str) -> int:
    found = prefect_server.post("events/filter", {"filter": {"event": {"name": [event]}}, "limit": 50})
    total: int = found["total"]
    return total


def test_the_auth_string_is_in_no_table_of_prefect_and_in_no_log(prefect_server):
    secret = os.environ["PREFECT_API_AUTH_STRING"].partition(":")[2].lower()
    assert len(secret) >= 32
    assert found_in_prefect(prefect_server, (secret,)) == []


def test_days_that_are_over_are_anchored_in_the_database_and_beside_it(database, prefect_server, engine_settings):
    from flows.anchor_history import anchor_history

    submit(database)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE history SET at = at - interval '2 days'")
    ctx = make_context(engine_settings)
    with using(ctx):
        adopt(ctx)
        asyncio.run(anchor_history())
        asyncio.run(anchor_history())
    ctx.close()
    with database.transaction() as tx:
        rows = tx.execute("SELECT day, sha256 FROM history_anchor").fetchall()
    assert read_anchors(engine_settings.data_dir) == [(row["day"], bytes(row["sha256"]).hex()) for row in rows]
    assert len(rows) == 1
