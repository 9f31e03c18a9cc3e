"""Two roles on a server of the council's own: the programs work, and can change neither schema nor history."""

import psycopg
import pytest
from psycopg import sql

from routing import casework
from routing.database import Database, upgrade_as
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel
from routing.place import activate, load_vintage
from routing.place.build import read_areas
from tests.casework.factory import know_clerk, submit
from tests.conftest import ROOT
from tests.delivery.test_caps import route, send_due
from tests.samples import code


@pytest.fixture(scope="module")
def urls(postgres):
    """Of a database of two roles: as the owner, as the programs."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        for statement in (
            "CREATE ROLE ww_owner LOGIN", "CREATE ROLE ww_app LOGIN", "CREATE DATABASE two_roles OWNER ww_owner",
        ):  # fmt: skip
            connection.execute(sql.SQL(statement))
    owner, app = (postgres.url("two_roles").replace("waywarden@", f"{role}@") for role in ("ww_owner", "ww_app"))
    upgrade_as(owner, app)
    upgrade_as(owner, app)  # again, as every upgrade does
    return owner, app


@pytest.fixture
def app_database(urls):
    made = Database(urls[1], connections=8)
    yield made
    made.close()


def test_the_programs_do_their_work(app_database, catalogue, mailbox):
    with app_database.transaction() as tx:
        folder = ROOT / "data" / "boundaries"
        areas = read_areas(folder / "parishes.geojson", folder / "districts.geojson").areas
        activate(tx, load_vintage(tx, "embedded", "parishes.geojson", areas))
        catalogue.store(tx)
    know_clerk(app_database, code("parish"))
    channel = SmtpChannel(
        MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), Sender("waywarden@reports.example")
    )
    post = DeliveryContext(
        app_database,
        catalogue,
        {channel.name: channel},
        Sender("waywarden@reports.example"),
        (60.0,),
        "https://r.example",
        20,
    )
    citizen = casework.Reporter(None, "ada@citizen.example", None, False)
    receipts = [submit(app_database, "parish", reporter=citizen) for _ in range(3)]
    assert route(post, catalogue)["sent"] == 9
    with app_database.transaction() as tx:
        casework.withdraw(tx, catalogue, receipts[0].id)
    send_due(post)
    days = {"reporter_days": 1, "details_days": 1, "unclosed_days": 1, "place_days": 1}
    with app_database.transaction() as tx:
        tx.execute("UPDATE report SET changed_at = now() - interval '9 days'")
        casework.purge(tx, "speeding-traffic", days)
        assert casework.verify(tx)[1] == []
    channel.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (x int)",
        "ALTER TABLE report ADD COLUMN x int",
        "DROP TABLE report",
        "ALTER TABLE history DISABLE TRIGGER ALL",
        "UPDATE history SET actor = 'x'",
        "DELETE FROM history",
        "TRUNCATE history",
        "DELETE FROM history_anchor",
        "UPDATE installation SET secret = 'x'",
        "CREATE OR REPLACE FUNCTION address_hash(mailbox text) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'",
        "SET session_replication_role = replica",
    ],
)
def test_and_cannot_change_what_they_work_in(app_database, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), app_database.transaction() as tx:
        tx.execute(statement)
