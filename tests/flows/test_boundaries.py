"""The flows of the boundaries, against a publisher on loopback and a real Prefect server."""

import asyncio
import base64
import json

import pytest
import shapely

from routing.errors import StepFailed
from routing.place import Area, CurrentBoundaries, activate, active_vintage, list_vintages, load_vintage, read_vintage
from tests.casework.factory import know_clerk, state_of, submit
from tests.casework.recoding import activate_vintage, another_vintage, recoded, rollback_vintage
from tests.conftest import until
from tests.place.publisher import PARISHES
from tests.place.squares import pairs, parish, row
from tests.present import present
from tests.samples import code

pytestmark = pytest.mark.prefect


@pytest.fixture
def run(database, prefect_server, engine_settings, publisher):
    """Run a flow as a worker does, with the stand-in as publisher."""
    from routing.engine import make_context, using

    def run(flow, *arguments, **told):
        ctx = make_context(engine_settings.model_copy(update={"boundaries_portal": publisher.portal} | told))
        try:
            with using(ctx):
                asyncio.run(flow(*arguments))
        finally:
            ctx.close()

    return run


def artifact(prefect_server, key):
    body = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC", "limit": 1}
    (found,) = prefect_server.post("artifacts/filter", body)
    return found


def active(database):
    with database.transaction() as tx:
        return active_vintage(tx)


def test_an_edition_with_a_gap_waits_and_a_person_lets_it_in_from_the_ui(run, database, prefect_server):
    from flows.activate_boundaries import activate_boundaries
    from flows.refresh_boundaries import refresh_boundaries

    before = active(database)
    run(refresh_boundaries)
    assert active(database) == before
    with database.transaction() as tx:
        waiting = next(each.id for each in list_vintages(tx) if each.state == "waiting")
    shown = artifact(prefect_server, "boundaries")
    assert shown["description"] == f"{waiting}: waiting."
    assert '"gaps"' in shown["data"]
    assert artifact(prefect_server, "boundaries-fetched")["data"] == 100.0
    run(activate_boundaries, waiting)
    assert active(database) == waiting
    assert "is now in use" in artifact(prefect_server, "boundaries-activated")["description"]


def test_a_second_refresh_is_cheap_and_says_that_nothing_moved(run, database, prefect_server):
    from flows.refresh_boundaries import refresh_boundaries

    run(refresh_boundaries)
    with database.transaction() as tx:
        activate(tx, next(each.id for each in list_vintages(tx) if each.state == "waiting"), "test", reviewed=True)
    run(refresh_boundaries)
    assert "nothing is newer than" in artifact(prefect_server, "boundaries")["description"]
    with database.transaction() as tx:
        assert len(list_vintages(tx)) == 2


@pytest.mark.parametrize(
    ("switches", "check"),
    [({"is_renamed": True}, "answer"), ({"keeps_share": 0.03}, "count"), ({"body": "html"}, "read")],
    ids=["renamed", "rows missing", "a web page"],
)
def test_an_edition_that_is_refused_fails_the_run_and_the_artifact_says_why(
    run, database, prefect_server, publisher, switches, check
):
    from flows.refresh_boundaries import refresh_boundaries

    before = active(database)
    publisher.switch(PARISHES, **switches)
    with pytest.raises(StepFailed, match="boundaries"):
        run(refresh_boundaries)
    assert active(database) == before
    assert f'"{check}"' in artifact(prefect_server, "boundaries")["data"]


def test_what_changes_little_is_let_in_by_the_flow_itself(
    run, database, prefect_server, publisher, monkeypatch, tmp_path
):
    """A hundred squares, then the same with one renamed and one recoded, as a mapping says."""
    from flows.refresh_boundaries import refresh_boundaries
    from routing.standins.portal import Feature

    service = publisher.services[PARISHES]

    def publish(areas, edited_ms):
        features = [
            Feature({"FID": n, "PARNCP25CD": area.code, "PARNCP25NM": area.name, "LAD25CD": area.district}, shape)
            for n, (area, shape) in enumerate(areas, 1)
        ]
        monkeypatch.setattr(service, "features", features)
        monkeypatch.setattr(service, "fields", list(features[0].attributes))
        publisher.switch(PARISHES, edited_ms=edited_ms)

    hundred = row(100)
    with database.transaction() as tx:
        first = load_vintage(tx, "first", "test", pairs(*hundred))
        activate(tx, first, "test")
    renamed = [(Area(area.code, "Elsewhere", area.kind, area.district), shape) for area, shape in hundred[:1]]
    publish([*renamed, *hundred[1:99], (parish(901), hundred[99][1])], 1_771_000_000_000)
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("old_code,new_code,reason\nE04999100,E04999901,order\n")
    around = {"type": "Feature", "properties": {"LAD25CD": "E07999001", "LAD25NM": "Merewold"},
              "geometry": shapely.box(0, 0, 100_000, 1_000).__geo_interface__}  # fmt: skip
    crs = {"type": "name", "properties": {"name": "EPSG:27700"}}
    districts = tmp_path / "districts.geojson"
    districts.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [around]}))
    run(refresh_boundaries, boundaries_districts=str(districts), boundaries_mapping=mapping)
    with database.transaction() as tx:
        now = read_vintage(tx, present(active_vintage(tx)))
        reasons = tx.execute("SELECT old_code, new_code, reason FROM code_change").fetchall()
    assert now.title == PARISHES
    assert [tuple(row.values()) for row in reasons] == [("E04999100", "E04999901", "order")]
    assert '"Elsewhere"' in artifact(prefect_server, "boundary-changes")["data"]
    assert artifact(prefect_server, "boundary-cases")["description"] == "0 of 0 stored cases would change area."
    shown = artifact(prefect_server, "boundary-map")
    assert shown["type"] == "markdown"
    picture = shown["data"].removeprefix("![What changes](data:image/png;base64,").removesuffix(")")
    assert base64.b64decode(picture).startswith(b"\x89PNG")
    with database.transaction() as tx:  # as if the run had ended before it let the edition in
        tx.execute("UPDATE vintage SET state = 'loaded', activated_at = NULL WHERE id = %s", (now.id,))
        tx.execute("UPDATE vintage SET state = 'active' WHERE id = %s", (first,))
    run(refresh_boundaries, boundaries_districts=str(districts), boundaries_mapping=mapping)
    assert active(database) == now.id


def test_a_mapping_that_is_not_right_fails_the_run_and_says_which_line(run, database, prefect_server, tmp_path):
    from flows.refresh_boundaries import refresh_boundaries

    mapping = tmp_path / "mapping.csv"
    mapping.write_text("old_code,new_code,reason\nE04999100\n")
    with pytest.raises(StepFailed, match="boundaries"):
        run(refresh_boundaries, boundaries_mapping=mapping)
    assert "line 2" in artifact(prefect_server, "boundaries")["data"]


def test_what_a_run_stored_and_did_not_come_to_check_is_checked_by_the_next(run, database, prefect_server, publisher):
    """As when its process was killed in between; and it goes on saying that an edition waits."""
    from flows.refresh_boundaries import refresh_boundaries

    run(refresh_boundaries)
    with database.transaction() as tx:
        left = next(each.id for each in list_vintages(tx) if each.title == PARISHES)
        tx.execute("UPDATE vintage SET findings = '[]', state = 'loaded' WHERE id = %s", (left,))
    publisher.switch(body="html")  # only the metadata is asked for again
    for _ in range(2):
        run(refresh_boundaries)
        assert artifact(prefect_server, "boundaries")["description"] == f"{left}: waiting."
        with database.transaction() as tx:
            assert read_vintage(tx, left).findings


def test_reports_that_are_routed_while_the_boundaries_change_end_under_codes_of_the_active_ones(
    database, make_engine, mailbox, catalogue
):
    know_clerk(database, code("parish"))
    first, second = another_vintage(database, catalogue, recoded)
    receipts = []
    with make_engine():
        for number in range(20):
            receipts += [submit(database, "parish") for _ in range(3)]
            if number % 2 == 0:
                activate_vintage(database, catalogue, second)
            else:
                rollback_vintage(database, catalogue)
        until(lambda: {state_of(database, receipt) for receipt in receipts} == {"sent"}, 90)
    with database.transaction() as tx:
        assert active_vintage(tx) == first
        rows = tx.execute("SELECT DISTINCT area_code FROM report").fetchall()
    assert [row["area_code"] for row in rows] == [code("parish")]
    assert len(mailbox.messages) == len({message["message_id"] for message in mailbox.messages})


class LetsIn(CurrentBoundaries):
    """The boundaries of an engine; just before it looks for the first time, another vintage is let in."""

    def __init__(self, let_in_now) -> None:
        super().__init__()
        self.waiting = [let_in_now]

    def current(self, tx):
        while self.waiting:
            self.waiting.pop()()
        return super().current(tx)


def test_a_report_that_is_gathered_while_a_vintage_is_let_in_goes_to_the_clerk_of_its_code(
    database, make_engine, mailbox, catalogue
):
    know_clerk(database, code("parish"), "clerk@parish.example")
    _, second = another_vintage(database, catalogue, recoded)
    receipt = submit(database, "parish")
    with make_engine(boundaries=LetsIn(lambda: activate_vintage(database, catalogue, second))):
        until(lambda: state_of(database, receipt) == "sent")
    assert (receipt.reference, "clerk@parish.example") in mailbox.received()
