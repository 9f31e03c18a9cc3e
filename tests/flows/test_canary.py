"""Personal data never enters Prefect: a canary raised in each task is found in no table, no file and no log."""

import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from routing.casework import Catalogue, Reporter, officers, read_catalogue
from routing.database import Database
from routing.delivery import SmtpChannel
from routing.place import CurrentBoundaries
from routing.process import Given, check_answers, kept_apart
from routing.working_days import Calendar
from tests.casework.factory import claim, know_clerk, state_of, submit
from tests.conftest import PLAIN, until
from tests.flows.test_engine import Broken
from tests.present import present
from tests.running import definition_of, folders, in_days, party, permit
from tests.samples import code, point

pytestmark = pytest.mark.prefect

# No animals: Prefect names a run that has no name after one, and a run was called ...-quetzal.
NAME, EMAIL, DETAILS = "Canary Quillfeather", "canary.quillfeather@citizen.example", "canary-details-plumeword"
CANARY = f"{NAME} {EMAIL} {DETAILS}"
NEEDLES = ("quillfeather", "plumeword", "canary-clerk")


def test_no_name_that_prefect_draws_for_a_run_is_taken_for_a_canary():
    from coolname.data import config

    lists: dict[str, Any] = dict(config)
    drawn = {word for part in lists.values() for word in part.get("words", ())}
    assert "quetzal" in drawn  # this is where Prefect's names come from
    assert not any(needle in word for needle in NEEDLES for word in drawn)


class BrokenGather:
    held = CurrentBoundaries().held

    def current(self, tx):
        raise ValueError(CANARY)


class BrokenLocate:
    def __init__(self, database):
        with database.transaction() as tx:
            self.held = BrokenSnapshot(CurrentBoundaries().current(tx), point("unparished")["northing"])

    def current(self, tx):
        return self.held


class BrokenSnapshot(Broken):
    def near(self, points, within_m):
        raise KeyError(CANARY)


class BrokenCatalogue(Catalogue):
    def version(self, scope, process, version):
        if any(frame.function == "decide" for frame in inspect.stack()):
            raise RuntimeError(CANARY)
        return super().version(scope, process, version)


class BrokenChannel(SmtpChannel):
    def deliver(self, message):
        raise OSError(f"{message.address}: {message.content!r}")


def broken_catalogue():
    whole = read_catalogue(PLAIN / "councils", PLAIN / "processes")
    broken = BrokenCatalogue.__new__(BrokenCatalogue)
    broken.__dict__ = whole.__dict__
    return broken


def trigger(database, table, event):
    """Let the database itself raise the canary, as a driver's error that quotes a row does."""
    with database.transaction() as tx:
        tx.execute(
            sql.SQL(
                "CREATE OR REPLACE FUNCTION canary() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION {}; END $$"
            ).format(sql.Literal(CANARY))
        )
        tx.execute(
            sql.SQL("CREATE TRIGGER canary BEFORE {} ON {} FOR EACH ROW EXECUTE FUNCTION canary()").format(
                sql.SQL(event), sql.Identifier(table)
            )
        )


@pytest.fixture
def clean_triggers(database):
    yield
    with database.transaction() as tx:
        for table in (
            "decision",
            "delivery",
            "contact",
            "contact_change",
            "journey",
            "report",
            "letter",
            "answer_link",
        ):
            tx.execute(sql.SQL("DROP TRIGGER IF EXISTS canary ON {}").format(sql.Identifier(table)))


def submit_canary(database):
    reporter = Reporter(NAME, EMAIL, None, True, {"organiser": NAME, "own_street": "quillfeather"})
    return submit(database, "unparished", details=DETAILS, words={"plan": DETAILS}, reporter=reporter)


def found_in_prefect(prefect_server, needles=NEEDLES) -> list[str]:
    """Every table of Prefect's database and every file of its home and log, searched for the needles."""
    found = []
    with psycopg.connect(prefect_server.database_url, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
            found += [f"table {table}" for (text,) in rows if any(needle in text.lower() for needle in needles)]
    for folder in (os.environ["PREFECT_HOME"], prefect_server.log.parent):
        for path in Path(folder).rglob("*"):
            if path.is_file() and any(needle.encode() in path.read_bytes().lower() for needle in needles):
                found.append(f"file {path}")
    return found


def failed_runs(prefect_server, flow):
    return [run for run in prefect_server.runs(flow) if run["state_type"] == "FAILED"]


ROUTE: dict[str, tuple[Callable[[Database], dict[str, Any]], tuple[str, str] | None, str]] = {
    "gather": (lambda database: {"boundaries": BrokenGather()}, None, "gather: ValueError"),
    "locate": (lambda database: {"boundaries": BrokenLocate(database)}, None, "locate_reports: KeyError"),
    "decide": (lambda database: {"catalogue": broken_catalogue()}, None, "decide: RuntimeError"),
    "record": (lambda database: {}, ("decision", "INSERT"), "record: RaiseException"),
    "send": (lambda database: {}, ("delivery", "UPDATE OF sent_at"), "send: RaiseException"),
}


@pytest.mark.parametrize("step", ROUTE)
def test_a_canary_raised_in_a_task_of_route_reports_stays_outside_of_prefect(
    step, database, make_engine, mailbox, prefect_server, clean_triggers, caplog
):
    changes, on, message = ROUTE[step]
    if on:
        trigger(database, *on)
    receipt = submit_canary(database)
    before = len(failed_runs(prefect_server, "route-reports"))
    with make_engine(**changes(database)):
        until(lambda: len(failed_runs(prefect_server, "route-reports")) > before)
        until(lambda: state_of(database, receipt) == "review", 60)
    newest = failed_runs(prefect_server, "route-reports")[0]
    assert message in newest["state"]["message"]
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)


def test_a_channel_that_breaks_with_the_whole_message_says_nothing_of_it(
    database, make_engine, mailbox, prefect_server, caplog
):
    know_clerk(database, code("parish"), "canary-clerk@parish.example")
    with make_engine() as engine:
        broken = BrokenChannel(engine.ctx.channels["smtp"].server, engine.ctx.sender)
        engine.ctx.channels["smtp"] = broken
        receipt = submit(database, details=DETAILS, reporter=Reporter(NAME, EMAIL, None, True))
        until(lambda: state_of(database, receipt) == "review", 60)
    assert "OSError" in caplog.text
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)


def test_a_report_that_goes_well_leaves_no_trace_of_a_person_either(
    database, make_engine, mailbox, prefect_server, caplog
):
    know_clerk(database, code("parish"), "canary-clerk@parish.example")
    with make_engine() as engine:
        receipt = submit(database, details=DETAILS, reporter=Reporter(NAME, EMAIL, None, True))
        until(lambda: len(mailbox.messages) == 3)  # the clerk's, the copy, and the citizen's own
        until(lambda: [r for r in prefect_server.runs(name=receipt.reference) if r["state_type"] == "COMPLETED"])
        with database.transaction() as tx:  # what officers write of it
            officers.look_at_reporter(tx, receipt.id, "officer:ada", DETAILS)
            officers.close(tx, engine.ctx.catalogue, receipt.id, "officer:ada", DETAILS)
        until(lambda: len(mailbox.messages) == 4)
    news, closed = [message for message in mailbox.parsed() if message["To"] == EMAIL]
    assert DETAILS in closed.get_body(("plain",)).get_content()
    token = present(re.search(r"token=(\S+)", news.get_body(("plain",)).get_content()))[1]
    assert found_in_prefect(prefect_server, (token.lower(),)) == []
    assert DETAILS in mailbox.parsed()[0].get_body(("plain",)).get_content()
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)


PARTY = party(plan=DETAILS, access=f"{NAME} needs a ramp", organiser={"name": NAME, "email": EMAIL})
PERMIT = permit()["answers"] | {"holder": {"name": NAME, "email": EMAIL}, "receipt": DETAILS}


@pytest.mark.parametrize(
    ("slug", "said", "where"), [("street-party", PARTY, "parish"), ("parking-permit", PERMIT, None)]
)
def test_answers_of_every_kind_leave_no_trace_of_a_person_nor_of_words(
    slug, said, where, database, make_engine, mailbox, prefect_server, tmp_path, caplog
):
    at = folders(tmp_path)
    know_clerk(database, code("parish"), "canary-clerk@parish.example")
    definition = definition_of(slug)
    kept = kept_apart(definition, check_answers(definition, said, Given(in_days(0), Calendar())))
    catalogue = read_catalogue(at["councils_dir"], at["processes_dir"])
    changes: dict[str, Any] = {} if where else {"easting": None, "northing": None}
    with make_engine(catalogue=catalogue):
        with database.transaction() as tx:
            catalogue.store(tx)
        receipt = submit(database, process=slug, process_version=definition.version, answers=kept.answers, details=None,
                         words=kept.words, reporter=Reporter(answers=kept.personal), **changes)  # fmt: skip
        until(lambda: len(mailbox.messages) == (2 if where else 1))  # the team's and the copy
        until(lambda: [r for r in prefect_server.runs(name=receipt.reference) if r["state_type"] == "COMPLETED"])
    to, *copies = sorted(mailbox.parsed(), key=lambda each: each["To"] == "canary-clerk@parish.example")
    assert all(needle in to.get_body(("plain",)).get_content().lower() for needle in ("quillfeather", "plumeword"))
    for copy in copies:
        assert "quillfeather" not in copy.get_body(("plain",)).get_content().lower()
    with database.transaction() as tx:
        told = str(tx.execute("SELECT codes, actor FROM history").fetchall())
        told += str(tx.execute("SELECT receipt, reason FROM decision").fetchall())
    subjects = " ".join(message["Subject"] for message in (to, *copies))
    for text in (told, subjects, caplog.text):
        assert not any(needle in text.lower() for needle in NEEDLES if needle != "canary-clerk")
    assert found_in_prefect(prefect_server) == []


OTHER = {
    "deliver-due": ("delivery", "UPDATE OF sent_at", "send: RaiseException"),
    "recover": ("report", "UPDATE OF attempt", "recover: RaiseException"),
}


@pytest.mark.parametrize("flow", OTHER)
def test_a_canary_raised_in_the_engines_other_flows_stays_outside(
    flow, database, make_engine, mailbox, prefect_server, clean_triggers, caplog
):
    table, event, message = OTHER[flow]
    receipt = submit_canary(database)
    batch = claim(database, lease_s=0.1)
    if flow == "deliver-due":
        from routing import casework
        from tests.casework.factory import decide_batch

        decide_batch(database, read_catalogue(PLAIN / "councils", PLAIN / "processes"), batch)
        with database.transaction() as tx:
            casework.finish(tx, batch.id)
    trigger(database, table, event)
    before = len(failed_runs(prefect_server, flow))
    with make_engine():
        until(lambda: len(failed_runs(prefect_server, flow)) > before, 60)
        with database.transaction() as tx:
            tx.execute(sql.SQL("DROP TRIGGER canary ON {}").format(sql.Identifier(table)))

        def arrives_once_it_is_due():
            with database.transaction() as tx:
                tx.execute("UPDATE delivery SET due_at = now() WHERE batch IS NULL AND due_at > now()")
            return state_of(database, receipt) in {"sent", "review"}

        until(arrives_once_it_is_due, 60)
    assert message in failed_runs(prefect_server, flow)[0]["state"]["message"]
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)


def test_a_canary_raised_in_the_upkeep_flows_stays_outside(
    database, prefect_server, engine_settings, moderngov, clean_triggers, caplog
):
    import asyncio

    from flows.purge_personal_data import purge_personal_data
    from flows.refresh_contacts import refresh_contacts
    from routing.engine import make_context, using
    from routing.errors import StepFailed

    submit_canary(database)
    trigger(database, "contact", "INSERT")
    trigger(database, "report", "UPDATE OF details")
    with database.transaction() as tx:
        tx.execute("UPDATE report SET state = 'closed', changed_at = now() - interval '9000 days'")
    ctx = make_context(engine_settings.model_copy(update={"moderngov_standin_url": moderngov}))
    with using(ctx):
        for flow, message in (
            (refresh_contacts, "apply: RaiseException"),
            (purge_personal_data, "purge_process: Raise"),
        ):
            with pytest.raises(StepFailed) as failed:
                asyncio.run(flow())
            assert message in str(failed.value)
            assert failed.value.__cause__ is None
            assert failed.value.__context__ is None
    ctx.close()
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)


def test_a_canary_raised_where_a_refresh_and_a_purge_end_stays_outside(
    database, prefect_server, engine_settings, moderngov, clean_triggers, caplog
):
    import asyncio

    from flows.purge_personal_data import purge_personal_data
    from flows.refresh_contacts import refresh_contacts
    from routing.casework import begin_journey
    from routing.engine import make_context, using
    from routing.errors import StepFailed

    trigger(database, "contact_change", "UPDATE OF announced_at")
    trigger(database, "journey", "DELETE")
    with database.transaction() as tx:
        begin_journey(tx, "secret", "merewold", "speeding-traffic")
        words = f'{{"details": "{CANARY}"}}'
        tx.execute("UPDATE journey SET expires_at = now(), entered = %s, not_taken = %s", (words, words))
    ctx = make_context(engine_settings.model_copy(update={"moderngov_standin_url": moderngov}))
    with using(ctx):
        for flow, message in ((refresh_contacts, "settle: Raise"), (purge_personal_data, "purge_journeys: Raise")):
            with pytest.raises(StepFailed, match=message):
                asyncio.run(flow())
    ctx.close()
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)


class BrokenDatabase:
    """A database that raises the canary from its n-th transaction on."""

    def __init__(self, real, good: int) -> None:
        self.real, self.good = real, good

    def transaction(self):
        self.good -= 1
        if self.good < 0:
            raise LookupError(CANARY)
        return self.real.transaction()

    def statements(self):
        return self.real.statements()


FIRST_TASKS = {
    "deliver_due": (0, "gather: LookupError"),
    "recover": (0, "gather: LookupError"),
    "refresh_contacts": (0, "gather: LookupError"),
    "purge_personal_data": (3, "purge_keys: LookupError"),  # after the journeys and each process
    "refresh_boundaries": (0, "gather: LookupError"),
    "activate_boundaries": (0, "apply: LookupError"),
    "anchor_history": (0, "anchor: LookupError"),
}
PARAMETERS = {"activate_boundaries": ("a-vintage",)}


@pytest.mark.parametrize("name", FIRST_TASKS)
def test_a_canary_raised_in_the_remaining_tasks_stays_outside(
    name, database, prefect_server, engine_settings, publisher, caplog
):
    import asyncio
    from importlib import import_module

    from routing.engine import make_context, using
    from routing.errors import StepFailed

    good, message = FIRST_TASKS[name]
    flow = getattr(import_module(f"flows.{name}"), name)
    ctx = make_context(engine_settings.model_copy(update={"boundaries_portal": publisher.portal}))
    real = ctx.database
    broken: Any = BrokenDatabase(real, good)  # it has what the flows ask of a database, and no more
    ctx.database = broken
    with using(ctx), pytest.raises(StepFailed) as failed:
        asyncio.run(flow(*PARAMETERS.get(name, ())))
    ctx.database = real
    ctx.close()
    assert message in str(failed.value)
    assert found_in_prefect(prefect_server) == []
    assert not any(needle in caplog.text.lower() for needle in NEEDLES)
