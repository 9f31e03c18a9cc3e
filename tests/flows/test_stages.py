"""Cases in stages by a real engine, with Prefect and a mail server: what operators see, and that they see no person."""

import inspect

import pytest

from routing import casework, present
from routing.casework import Catalogue, Kind, NewEvent, NewReport, Reporter, read_catalogue
from routing.days import day_of
from routing.process.filling import need_form
from tests import staged
from tests.casework.factory import know_clerk
from tests.conftest import until
from tests.flows.test_canary import (
    CANARY,
    DETAILS,
    EMAIL,
    NAME,
    clean_triggers,
    failed_runs,
    found_in_prefect,
    trigger,
)
from tests.flows.test_engine import artifacts_of, tasks_of
from tests.present import present as there
from tests.samples import code, point

pytestmark = pytest.mark.prefect
__all__ = ["clean_triggers"]
CLERK, ROADS = "clerk@parish.example", "road-safety@merewold.example"


@pytest.fixture(scope="module")
def where(tmp_path_factory):
    return staged.folders(tmp_path_factory.mktemp("staged"))


@pytest.fixture
def engine(make_engine, engine_settings, where, database):
    """An engine whose councils use processes with stages; a function of further changes."""
    know_clerk(database, code("parish"), CLERK)

    def run(catalogue: Catalogue | None = None, **changes):
        return make_engine(catalogue=catalogue or read_catalogue(**where_of(where)), **changes)

    return run


def where_of(where):
    return {"councils_dir": where["councils_dir"], "processes_dir": where["processes_dir"]}


def report(database, catalogue):
    definition = catalogue.definition("merewold", "speeding-traffic")
    at = point("parish")
    answers = {"nature": "pattern", "limit": "30", "time": "day", "road": "no"}
    new = NewReport(
        "merewold", definition.slug, definition.scope, definition.version, answers, at["easting"], at["northing"], DETAILS,
        Reporter(NAME, EMAIL, None, True),
    )  # fmt: skip
    with database.transaction() as tx:
        return casework.submit(tx, new)


def held(database, catalogue, receipt):
    with database.transaction() as tx:
        found = casework.load_cases(tx, catalogue, [receipt.id])
    return found[0] if found else None


def answer(database, catalogue, receipt):
    """The clerk answers by link, in words that nobody may see in Prefect."""
    at = held(database, catalogue, receipt)
    definition = there(catalogue.version(*at.version))
    said = {"parish_answer": "survey", "parish_note": CANARY}
    stage = definition.stages[at.case.entry.stage]
    given = definition.given_on(day_of(present.now()), catalogue.council("merewold").calendar)
    filled = need_form(definition.fields_of(stage), said, given, at.case.columns)
    event = {"values": filled.values, "columns": filled.columns}
    with database.transaction() as tx:
        casework.post_event(tx, NewEvent(receipt.id, Kind.ANSWERED, "link", at.entry, "parish-clerk", event))


def is_asked(database, catalogue, receipt):
    at = held(database, catalogue, receipt)
    return at is not None and at.state == "sent"


def test_an_answer_is_one_run_with_four_tasks_and_an_artifact_of_codes(database, engine, mailbox, prefect_server):
    with engine() as running:
        catalogue = running.ctx.catalogue
        receipt = report(database, catalogue)
        until(lambda: is_asked(database, catalogue, receipt))
        answer(database, catalogue, receipt)
        until(lambda: (receipt.reference, ROADS) in mailbox.received())
        until(lambda: there(held(database, catalogue, receipt).case.entry).stage == "survey")
        name = {"name": receipt.reference}
        until(lambda: [run for run in prefect_server.runs("advance-cases", **name) if run["state_type"] == "COMPLETED"])
    (run, *_) = prefect_server.runs("advance-cases", **name)
    until(lambda: len(tasks_of(prefect_server, run)) == 4)
    assert tasks_of(prefect_server, run) == ["advance", "gather", "record", "send"]
    (artifact,) = artifacts_of(prefect_server, run)
    assert artifact["key"] == "stages"
    for said in (receipt.reference, "parish", "acknowledged", "survey"):
        assert said in artifact["data"]
    assert found_in_prefect(prefect_server) == []


class BrokenCatalogue(Catalogue):
    """Raises the canary where a task first needs a council or a definition."""

    task = ""

    def council_of(self, slug):
        if any(frame.function == self.task for frame in inspect.stack()):
            raise RuntimeError(CANARY)
        return super().council_of(slug)


@pytest.mark.parametrize(
    ("task", "table", "said"),
    [
        ("gather", None, "gather: RuntimeError"),
        ("advance", None, "advance: RuntimeError"),
        ("record", ("letter", "INSERT"), "record: RaiseException"),
        ("send", ("answer_link", "INSERT"), "send: RaiseException"),
    ],
)
def test_no_task_of_the_flow_shows_a_person(
    database, engine, where, mailbox, prefect_server, clean_triggers, task, table, said
):
    whole = read_catalogue(**where_of(where))
    broken = BrokenCatalogue.__new__(BrokenCatalogue)
    broken.__dict__ = whole.__dict__
    before = len(failed_runs(prefect_server, "advance-cases"))
    with engine(broken) as running:
        receipt = report(database, running.ctx.catalogue)
        until(lambda: is_asked(database, running.ctx.catalogue, receipt))
        if table is not None:
            trigger(database, *table)
        else:
            broken.task = task
        answer_as_stored(database, receipt)
        until(lambda: len(failed_runs(prefect_server, "advance-cases")) > before)
    failed = failed_runs(prefect_server, "advance-cases")[0]
    assert said in failed["state"]["message"]
    assert found_in_prefect(prefect_server) == []


def answer_as_stored(database, receipt):
    """The same answer, without the catalogue."""
    with database.transaction() as tx:
        entry = there(tx.execute("SELECT id FROM case_entry WHERE report = %s", (receipt.id,)).fetchone())["id"]
        said = {"values": {"parish_answer": "survey", "parish_note": CANARY}, "columns": {"parish_answer": "survey"}}
        casework.post_event(tx, NewEvent(receipt.id, Kind.ANSWERED, "link", entry, "parish-clerk", said))
