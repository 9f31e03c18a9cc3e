"""The nightly refresh of the contacts, against the stand-in and a real Prefect server."""

import asyncio
import datetime
from dataclasses import replace

import pytest

from routing import contacts
from routing.errors import StepFailed
from routing.standins import Rule
from tests.casework.factory import claim, decide_batch, state_of, submit
from tests.conftest import until
from tests.samples import code

pytestmark = pytest.mark.prefect

EVENT = "waywarden.contact.changed"


@pytest.fixture
def refresh(database, prefect_server, engine_settings, moderngov):
    """Run the flow as a worker does."""
    from flows.refresh_contacts import refresh_contacts
    from routing.engine import make_context, using

    def run():
        ctx = make_context(engine_settings.model_copy(update={"moderngov_standin_url": moderngov}))
        try:
            with using(ctx):
                asyncio.run(refresh_contacts())
        finally:
            ctx.close()

    return run


def artifact(prefect_server, key):
    wanted = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC", "limit": 1}
    (found,) = prefect_server.post("artifacts/filter", wanted)
    return found


def events(prefect_server):
    """Those of the parish in which the tests' reports are."""
    found = prefect_server.post("events/filter", {"filter": {"event": {"name": [EVENT]}}})["events"]
    return [each for each in found if each["resource"]["prefect.resource.id"].endswith(code("parish"))]


def publish(faulty, moderngov_id, **changes):
    """Let the stand-in say something else of one council."""
    faulty.entries[:] = [
        replace(each, **changes) if each.moderngov_id == moderngov_id else each for each in faulty.entries
    ]


@pytest.fixture
def id_of_parish(catalogue):
    return catalogue.folders["merewold"].links[code("parish")]


def test_a_refresh_shows_counts_and_codes_and_no_address(refresh, prefect_server, faulty, id_of_parish):
    refresh()
    assert artifact(prefect_server, "contacts-counts")["description"] == "merewold: applied. saltby: applied."
    publish(faulty, id_of_parish, email="new@x.example")
    refresh()
    shown = artifact(prefect_server, "contacts")
    assert f'"{code("parish")}"' in shown["data"]
    assert '"changed"' in shown["data"]
    assert '"fields, or what to do": "email"' in shown["data"]
    assert "@" not in shown["data"]
    assert artifact(prefect_server, "contacts-merewold")["data"] == 100.0


def test_a_contact_that_changes_while_a_case_is_open_is_an_event_for_automations(
    refresh, database, catalogue, prefect_server, faulty, id_of_parish
):
    refresh()
    submit(database)
    decide_batch(database, catalogue, claim(database))
    publish(faulty, id_of_parish, email="another@x.example", clerk="Another")
    before = events(prefect_server)
    refresh()
    until(lambda: len(events(prefect_server)) > len(before))
    (event,) = [each for each in events(prefect_server) if each not in before]
    assert event["payload"] == {"parish": code("parish"), "open_cases": 1}
    assert event["resource"]["waywarden.council"] == "merewold"


def test_what_a_person_entered_is_an_event_of_the_next_refresh(refresh, database, catalogue, prefect_server):
    refresh()
    submit(database)
    decide_batch(database, catalogue, claim(database))
    with database.transaction() as tx:
        page = contacts.Published("Beckwith", None, "by.hand@x.example", None, None, None)
        now = datetime.datetime.now(datetime.UTC)
        contacts.set_override(tx, "merewold", code("parish"), page, "officer:ada", "rang", now)
    before = events(prefect_server)
    refresh()
    until(lambda: len(events(prefect_server)) == len(before) + 1)
    with database.transaction() as tx:
        assert contacts.unannounced(tx, "merewold").parish_codes == ()


def test_a_file_that_drops_most_links_fails_the_run_and_says_what_to_do(refresh, database, catalogue, prefect_server):
    refresh()
    with database.transaction() as tx:
        tx.execute("UPDATE parish_link SET moderngov_id = moderngov_id + 100000 WHERE council = 'merewold'")
    with pytest.raises(StepFailed, match="gather: links-lost"):
        refresh()
    shown = artifact(prefect_server, "contacts-failed")["description"]
    assert "merewold failed: gather: links-lost" in shown
    assert "Correct the council's parish-links.csv" in shown


def test_a_refresh_that_would_lose_too_much_waits_and_says_what_to_do(refresh, database, prefect_server, faulty):
    refresh()
    faulty.rules = [Rule("no-email", "/merewold/mgParishCouncilDetails")]
    refresh()
    shown = artifact(prefect_server, "contacts-counts")
    assert "merewold needs a decision" in shown["description"]
    assert "waywarden contacts review merewold" not in shown["description"]
    assert "waywarden contacts review --council merewold --accept" in shown["description"]
    with database.transaction() as tx:
        assert contacts.read_contacts(tx, ["merewold"])["merewold", code("parish")].is_usable


def test_with_modern_gov_switched_off_reports_go_out_from_the_last_good_copy_and_the_receipt_says_so(
    refresh, database, make_engine, mailbox, faulty, prefect_server
):
    refresh()
    with database.transaction() as tx:
        tx.execute("UPDATE contact SET checked_at = checked_at - interval '9 days'")
        known = contacts.read_contacts(tx, ["merewold"])["merewold", code("parish")]
    faulty.rules = [Rule("drop-early")]
    refresh()
    assert "moderngov-unreachable" in artifact(prefect_server, "contacts")["data"]
    with make_engine():
        receipt = submit(database)
        until(lambda: state_of(database, receipt) == "sent")
    assert (receipt.reference, known.published.email) in mailbox.received()
    with database.transaction() as tx:
        said = tx.execute("SELECT receipt FROM decision WHERE report = %s", (receipt.id,)).fetchone()["receipt"]
    clerk = next(each for each in said["recipients"] if each["recipient"] == "parish-clerk")
    assert (clerk["contact_state"], clerk["checked_at"]) == ("stale", known.checked_at.isoformat())
    assert said["notes"] == [f"{code('parish')}: the contact is a copy, last confirmed on {known.checked_at:%Y-%m-%d}"]
