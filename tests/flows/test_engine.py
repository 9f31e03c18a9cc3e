"""The engine with a real Prefect server, PostgreSQL and SMTP: from a stored report to the mailbox, and every outage."""

import asyncio
import threading
from uuid import uuid4

import pytest

from routing import casework
from routing.place import Boundaries
from tests.casework.factory import claim, decided, events_of, know_clerk, state_of, submit
from tests.conftest import until
from tests.samples import answers, code, oracle, point
from tests.web.test_api import ready

pytestmark = pytest.mark.prefect

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
CLERK, ROADS = "clerk@parish.example", "road-safety@merewold.example"


def sent(database, receipts):
    return all(state_of(database, receipt) == "sent" for receipt in receipts)


def completed(prefect_server, name):
    return [run for run in prefect_server.runs(name=name) if run["state_type"] == "COMPLETED"]


def test_one_report_is_one_run_with_its_reference_as_name_under_its_deployment(
    database, make_engine, mailbox, prefect_server
):
    know_clerk(database, code("parish"), CLERK)
    with make_engine():
        receipt = submit(database)
        until(lambda: len(mailbox.messages) == 2)
        until(lambda: completed(prefect_server, receipt.reference))
    assert mailbox.received() == sorted([(receipt.reference, CLERK), (receipt.reference, ROADS)])
    (run,) = completed(prefect_server, receipt.reference)
    assert run["deployment_id"] is not None
    assert run["flow_version"], "what the engine sends beside the run has arrived too"
    assert run["run_count"] == 1
    assert set(run["parameters"]) == {"batch_id"}
    until(lambda: len(tasks_of(prefect_server, run)) == 5)
    assert tasks_of(prefect_server, run) == ["decide", "gather", "locate_reports", "record", "send"]
    (artifact,) = artifacts_of(prefect_server, run)
    assert artifact["key"] == "routing"
    assert receipt.reference in artifact["data"]
    assert "R12" in artifact["data"]
    assert "@" not in artifact["data"]


def tasks_of(prefect_server, run):
    body = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    return sorted(task["name"] for task in prefect_server.post("task_runs/filter", body))


def artifacts_of(prefect_server, run):
    return prefect_server.post("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})


def test_many_reports_share_a_run_and_none_is_forgotten(database, make_engine, mailbox, prefect_server):
    know_clerk(database, code("parish"), CLERK)
    receipts = [submit(database) for _ in range(60)]
    before = len(prefect_server.runs())
    with make_engine():
        until(lambda: sent(database, receipts))
        until(lambda: len(mailbox.messages) == 120)
    assert len(prefect_server.runs()) - before <= 3
    assert len({message["message_id"] for message in mailbox.messages}) == 120


@pytest.mark.parametrize("flow", ["route-reports", "advance-cases", "deliver-due", "recover"])
def test_a_run_started_in_the_ui_is_executed(database, make_engine, mailbox, prefect_server, flow):
    """What the UI's Quick run posts: a run of the deployment, scheduled for now."""
    with make_engine():
        deployment = deployment_of(prefect_server, flow)
        path = f"deployments/{deployment['id']}/create_flow_run"
        run = prefect_server.post(path, {"state": {"type": "SCHEDULED"}})
        until(lambda: state(prefect_server, run) in ENDED)
        assert state(prefect_server, run) == "COMPLETED"


def deployment_of(prefect_server, flow):
    (found,) = prefect_server.post("deployments/filter", {"flows": {"name": {"any_": [flow]}}})
    return found


def state(prefect_server, run):
    (found,) = prefect_server.post("flow_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    return found["state_type"]


def test_a_run_from_the_ui_claims_what_waits(database, make_engine, mailbox, prefect_server):
    """With the engine's own claiming held back by full batches, the operator's run takes the report."""
    with make_engine() as engine:
        engine._of_kind["route"] = 99
        receipt = submit(database)
        deployment = deployment_of(prefect_server, "route-reports")
        path = f"deployments/{deployment['id']}/create_flow_run"
        run = prefect_server.post(path, {"state": {"type": "SCHEDULED"}})
        until(lambda: state(prefect_server, run) == "COMPLETED")
        assert sent(database, [receipt])
        until(lambda: outcomes(database) == ["done"])
        engine._of_kind["route"] = 0


def outcomes(database):
    with database.transaction() as tx:
        return [row["outcome"] for row in tx.execute("SELECT outcome FROM batch").fetchall()]


class Broken(Boundaries):
    """Boundaries of which a look-up of one northing breaks."""

    def __init__(self, real, northing):
        self.__dict__ = dict(real.__dict__)
        self.northing = northing

    def near(self, points, within_m):
        if (abs(points[:, 1] - self.northing) < 1).any():
            raise ZeroDivisionError("canary: something personal")
        return super().near(points, within_m)


class BrokenCurrent:
    def __init__(self, database, northing):
        from routing.place import CurrentBoundaries

        with database.transaction() as tx:
            self.held = Broken(CurrentBoundaries().current(tx), northing)

    def current(self, tx):
        return self.held


class HeldCurrent:
    """Boundaries that are read once a test lets them; counts how often they were asked for."""

    def __init__(self):
        from routing.place import CurrentBoundaries

        self._boundaries, self.asked, self.may_go_on = CurrentBoundaries(), 0, threading.Event()

    @property
    def held(self):
        return self._boundaries.held

    def current(self, tx):
        self.asked += 1
        assert self.may_go_on.wait(60)
        return self._boundaries.current(tx)


def test_a_run_that_is_resumed_in_the_ui_while_the_engine_has_it_is_not_run_twice(
    database, make_engine, mailbox, prefect_server
):
    """Resume, and Retry, set a run to Scheduled, as this does."""
    know_clerk(database, code("parish"), CLERK)
    boundaries = HeldCurrent()
    with make_engine(boundaries=boundaries):
        receipt = submit(database)
        until(lambda: boundaries.asked == 1)
        (run,) = prefect_server.runs(name=receipt.reference)
        resumed = {"state": {"type": "SCHEDULED"}, "force": True}
        prefect_server.post(f"flow_runs/{run['id']}/set_state", resumed)
        later = deployment_of(prefect_server, "recover")["id"]
        other = prefect_server.post(f"deployments/{later}/create_flow_run", {"state": {"type": "SCHEDULED"}})
        until(lambda: state(prefect_server, other) in ENDED)  # so the engine has seen what is scheduled
        assert boundaries.asked == 1
        assert state(prefect_server, run) == "SCHEDULED", "nobody took it"
        boundaries.may_go_on.set()
        until(lambda: len(mailbox.messages) == 2)
        until(lambda: state(prefect_server, run) == "COMPLETED")
    assert sent(database, [receipt])


def test_a_poison_report_is_isolated_and_ends_in_review_while_the_others_go_out(
    database, make_engine, mailbox, prefect_server
):
    others = [submit(database, "unparished") for _ in range(15)]
    poison = submit(database, northing=point("parish")["northing"] + 30)
    with make_engine(boundaries=BrokenCurrent(database, point("parish")["northing"] + 30)):
        until(lambda: sent(database, others), 60)
        until(lambda: state_of(database, poison) == "review", 60)
        until(lambda: (poison.reference, "review@merewold.example") in mailbox.received())
    assert len(mailbox.messages) == 16
    assert events_of(database, poison).count("claimed") == 5
    failed = [run for run in prefect_server.runs(name=poison.reference) if run["state_type"] == "FAILED"]
    assert failed
    assert "locate_reports: ZeroDivisionError" in failed[0]["state"]["message"]
    assert "canary" not in str(failed)


def test_a_mail_server_that_is_down_delays_and_loses_nothing(database, make_engine, mailbox, prefect_server):
    mailbox.stop()
    with make_engine() as engine:
        receipt = submit(database, "unparished")
        until(lambda: "deferred" in events_of(database, receipt))
        assert state_of(database, receipt) == "routing"
        mailbox.start()
        engine.ctx.channels["smtp"]._down_until = 0.0
        until(lambda: sent(database, [receipt]))
    assert mailbox.received() == [(receipt.reference, ROADS)]
    assert any(run["state_type"] == "COMPLETED" for run in prefect_server.runs("deliver-due"))


def test_a_lapsed_lease_is_taken_over_and_the_old_run_forced_to_crashed(database, make_engine, mailbox, prefect_server):
    receipt = submit(database, "unparished")
    batch = claim(database, lease_s=0.1)
    deployment = deployment_of(prefect_server, "route-reports")
    left = prefect_server.post(f"deployments/{deployment['id']}/create_flow_run", {"state": {"type": "PENDING"}})
    with database.transaction() as tx:
        assert casework.name_run(tx, batch.id, left["id"], "route")
    with make_engine():
        until(lambda: sent(database, [receipt]))
        until(lambda: state(prefect_server, left) == "CRASHED")
    assert events_of(database, receipt) == ["received", "claimed", "released", "claimed", "decided", "sent"]
    with database.transaction() as tx:
        assert tx.execute("SELECT attempt FROM report").fetchone()["attempt"] == 1


def begin(prefect_server, batch=None):
    """A run as an engine that died leaves it: begun, and never ended."""
    path = f"deployments/{deployment_of(prefect_server, 'route-reports')['id']}/create_flow_run"
    parameters = {"batch_id": str(batch)} if batch else {}
    run = prefect_server.post(path, {"state": {"type": "PENDING"}, "parameters": parameters})
    prefect_server.post(f"flow_runs/{run['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True})
    return run


def finished_batch(database, outcome="done"):
    submit(database, "unparished")
    batch = claim(database)
    with database.transaction() as tx:
        casework.finish(tx, batch.id, outcome)
    return batch


LEFT = {
    "a run without a batch": (lambda database: None, "CRASHED"),
    "a run whose batch the store does not know": (lambda database: uuid4(), "CRASHED"),
    "a run whose batch was finished": (lambda database: finished_batch(database).id, "COMPLETED"),
    "a run whose batch was given back": (lambda database: finished_batch(database, "crashed").id, "CRASHED"),
}


@pytest.mark.parametrize("name", LEFT)
def test_a_run_that_was_left_behind_in_prefect_is_brought_to_its_end(
    database, make_engine, mailbox, prefect_server, name
):
    make_batch, expected = LEFT[name]
    left = begin(prefect_server, make_batch(database))
    with make_engine():
        until(lambda: left["id"] in recovery_artifacts(prefect_server), 60)
    assert state(prefect_server, left) == expected


def recovery_artifacts(prefect_server):
    return str(prefect_server.post("artifacts/filter", {"artifacts": {"key": {"any_": ["recovery"]}}}))


def test_a_report_whose_batch_ended_without_it_is_routed(database, make_engine, mailbox, prefect_server):
    finished_batch(database)
    with make_engine():
        until(lambda: mailbox.messages and mailbox.messages[0]["reference"] in recovery_artifacts(prefect_server))
    assert len(mailbox.messages) == 1


def test_a_message_whose_batch_ended_without_it_is_sent(database, make_engine, mailbox, prefect_server, catalogue):
    receipt, batch = decided(database, catalogue, "unparished")
    with database.transaction() as tx:
        tx.execute("UPDATE batch SET finished_at = now(), outcome = 'done' WHERE id = %s", (batch.id,))
    with make_engine():
        until(lambda: sent(database, [receipt]))
    assert [reference for reference, _ in mailbox.received()] == [receipt.reference]


def test_a_report_that_was_decided_and_went_nowhere_is_a_persons_now(
    database, make_engine, mailbox, prefect_server, catalogue
):
    receipt, batch = decided(database, catalogue, "unparished")
    with database.transaction() as tx:
        tx.execute("DELETE FROM delivery")
        casework.finish(tx, batch.id)
    with make_engine():
        until(lambda: mailbox.received() == [(receipt.reference, "review@merewold.example")])
    assert state_of(database, receipt) == "review"


def test_draining_finishes_what_is_in_work(database, make_engine, mailbox):
    receipts = [submit(database, "unparished") for _ in range(30)]
    with make_engine():
        until(lambda: state_of(database, receipts[0]) != "received")
    assert sent(database, receipts)


def test_reports_wait_while_prefect_is_down_and_go_out_when_it_is_back(
    database, make_engine, mailbox, prefect_server, web
):
    with make_engine() as engine:
        with prefect_server.outage():
            receipt = submit(database, "unparished")
            until(lambda: not engine.prefect_reachable, what="the engine notices that Prefect is away")
            until(lambda: "not answer" in ready(web).text, what="/readyz says so")
            assert web.post({"process": "speeding-traffic", "answers": {"nature": "danger"}}).status_code == 200
            assert state_of(database, receipt) in {"received", "routing"}
            assert mailbox.messages == []
        until(lambda: sent(database, [receipt]), 60, "the report goes out")
    with database.transaction() as tx:
        assert tx.execute("SELECT attempt FROM report").fetchone()["attempt"] == 0


def test_a_pool_of_an_older_installation_loses_its_job_template(prefect_server):
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolUpdate
    from prefect.workers.process import ProcessWorker

    from routing.engine import deploy

    def template():
        (pool,) = prefect_server.post("work_pools/filter", {"work_pools": {"name": {"any_": ["waywarden-engine"]}}})
        return pool["base_job_template"]

    async def give_template():
        async with get_client() as client:
            full = ProcessWorker.get_default_base_job_template()
            await client.update_work_pool("waywarden-engine", WorkPoolUpdate(base_job_template=full))

    asyncio.run(give_template())
    assert template()
    deploy()
    assert template() == {}


def test_the_engine_shows_as_a_worker_of_its_pool(database, make_engine, prefect_server):
    with make_engine() as engine:

        def ours():
            workers = prefect_server.post("work_pools/waywarden-engine/workers/filter", {})
            return [worker for worker in workers if worker["name"] == engine.ctx.engine]

        until(ours)
        assert [worker["status"] for worker in ours()] == ["ONLINE"]


def test_every_case_of_the_oracle_goes_where_it_belongs(database, make_engine, mailbox, web):
    expected = set()
    cases = [row for row in oracle() if row["outcome"] != "signpost"]
    to_clerks = [row for row in cases if "clerk" in (row["to"], row["copies"])]
    for council, parish in {
        ("saltby" if row["state"] == "outside_served" else "merewold", row["code"]) for row in to_clerks
    }:
        know(database, council, parish)
    with make_engine():
        for row in cases:
            place = {"easting": float(row["easting"]), "northing": float(row["northing"])}
            answer = web.post({"process": row["process"], "answers": answers(row), "place": place})
            assert answer.status_code == 201, answer.text
            for to in filter(None, (row["to"], row["copies"])):
                address = f"clerk-{row['code'].lower()}@parish.example" if to == "clerk" else to
                expected.add((answer.json()["reference"], address))
        until(lambda: set(mailbox.received()) >= expected, 60)
    assert set(mailbox.received()) == expected
    assert len(mailbox.messages) == len(expected)


def know(database, council, parish_code):
    import datetime

    from routing import contacts

    published = contacts.Published("P", "C", f"clerk-{parish_code.lower()}@parish.example", None, None, None)
    with database.transaction() as tx:
        finding = contacts.Finding(parish_code, "http://x/", published, datetime.datetime.now(datetime.UTC))
        contacts.apply(tx, council, contacts.compare({}, [finding]))


def test_a_scheduled_flow_gets_its_scheduled_runs(prefect_server):
    """SQLAlchemy 2.1 breaks exactly this, silently: the server logs an error and the schedule never fires."""

    def scheduled():
        return [run for run in prefect_server.runs("refresh-contacts") if run["state_type"] == "SCHEDULED"]

    until(scheduled, 90)
    assert all(run["deployment_id"] for run in scheduled())


def test_the_upkeep_flows_run_in_an_ordinary_process(database, prefect_server, engine_settings, moderngov):
    import asyncio

    from flows.purge_personal_data import purge_personal_data
    from flows.refresh_contacts import refresh_contacts
    from routing.contacts import read_contacts
    from routing.engine import make_context, using

    ctx = make_context(engine_settings.model_copy(update={"moderngov_standin_url": moderngov}))
    with using(ctx):
        asyncio.run(refresh_contacts())
        asyncio.run(purge_personal_data())
    ctx.close()
    with database.transaction() as tx:
        known = read_contacts(tx, ["merewold", "saltby"])
    assert len(known) == 61
    artifacts = prefect_server.post("artifacts/filter", {"artifacts": {"key": {"any_": ["contacts"]}}})
    assert "E04999" in artifacts[0]["data"]
    assert "@" not in artifacts[0]["data"]
