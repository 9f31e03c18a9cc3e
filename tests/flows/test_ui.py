"""Prefect's UI in a real browser, on whatever port was free: runs, artifact, and a run started by a click."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from routing.database import Database
from routing.place import activate, active_vintage, load_vintage, read_boundaries
from routing.settings import Settings
from routing.standins import ModernGovServer, Rule
from tests.browser import launched, needs_chromium
from tests.casework.factory import know_clerk, state_of, submit
from tests.conftest import ROOT, until
from tests.flows.conftest import PrefectServer
from tests.samples import code

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.browser,
    needs_chromium,
]


@pytest.fixture
def page(prefect_server: PrefectServer) -> Iterator["Page"]:
    """A page of a browser in which an operator has signed in to Prefect's UI."""
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(30_000)
        sign_in(page, prefect_server)
        yield page


def sign_in(page: "Page", prefect_server: PrefectServer) -> None:
    """As ``waywarden up`` says: the whole line of the file, once a browser."""
    page.goto(prefect_server.ui)
    page.locator("input[type=password]").fill(":".join(prefect_server.auth))
    page.keyboard.press("Enter")
    page.locator("input[type=password]").wait_for(state="detached")


def keep(page: "Page", name: str) -> None:
    """Keep a screenshot in docs/pictures where KEEP_PICTURES is set."""
    folder = ROOT / "docs" / "pictures" if os.environ.get("KEEP_PICTURES") else Path(os.environ["PREFECT_HOME"])
    page.screenshot(path=str(folder / name))


def handled(database: Database, prefect_server: PrefectServer, at: str) -> str:
    """The reference of a report of which everything is done."""
    receipt = submit(database, at)
    until(lambda: state_of(database, receipt) in {"sent", "review"})
    until(lambda: [run for run in prefect_server.runs(name=receipt.reference) if run["end_time"]])
    return receipt.reference


def test_an_operator_sees_the_runs_and_their_artifacts_and_starts_one(
    database, make_engine, mailbox, prefect_server, page
):
    know_clerk(database, code("parish"), "clerk@parish.example")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with make_engine() as engine:
        references = [handled(database, prefect_server, at) for at in ("corner of three", "unparished", "parish")]
        last = references[-1]

        page.goto(f"{prefect_server.ui}/runs")
        for reference in references:
            shown(page, reference)
        keep(page, "prefect-runs.png")

        (run,) = prefect_server.runs(name=last)
        page.goto(f"{prefect_server.ui}/runs/flow-run/{run['id']}")
        page.get_by_text("Artifacts", exact=True).locator("visible=true").last.click()
        page.get_by_text("routing").locator("visible=true").first.wait_for()
        keep(page, "prefect-run.png")

        artifact = prefect_server.post("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})[0]
        page.goto(f"{prefect_server.ui}/artifacts/artifact/{artifact['id']}")
        shown(page, last)
        shown(page, "R12")
        keep(page, "prefect-artifact.png")

        until(lambda: statuses(prefect_server, ENGINES_OWN) == {"READY"}, 60, "the engine's deployments are ready")
        page.goto(f"{prefect_server.ui}/deployments")
        for name in ENGINES_OWN:
            page.get_by_role("row").filter(has_text=name).get_by_text("Ready", exact=True).first.wait_for()
        keep(page, "prefect-deployments.png")

        engine._of_kind["route"] = 99  # the engine claims nothing by itself: the click has to
        waiting = submit(database, "unparished")
        deployment = prefect_server.post("deployments/filter", {"flows": {"name": {"any_": ["route-reports"]}}})[0]
        page.goto(f"{prefect_server.ui}/deployments/deployment/{deployment['id']}")
        page.get_by_role("button", name="Run", exact=True).first.click()
        page.get_by_text("Quick run").first.click()
        until(lambda: state_of(database, waiting) == "sent")
        keep(page, "prefect-deployment.png")
        engine._of_kind["route"] = 0
    assert elsewhere(asked, prefect_server) == []


ENGINES_OWN = ("route-reports", "deliver-due", "recover")


def shown(page, text: str) -> None:
    """Wait until a text is to be seen."""
    page.get_by_text(text).locator("visible=true").first.wait_for()


def statuses(prefect_server, flows) -> set[str]:
    found = prefect_server.post("deployments/filter", {"flows": {"name": {"any_": list(flows)}}})
    return {each["status"] for each in found}


def elsewhere(asked, prefect_server) -> list[str]:
    """What the UI asked of anybody but its own server."""
    return [url for url in asked if not url.startswith((prefect_server.ui, "data:", "blob:"))]


@pytest.fixture
def boundary_map(
    database: Database, prefect_server: PrefectServer, engine_settings: Settings, publisher
) -> dict[str, Any]:
    """The artifact of a refresh that changes some codes; made before the browser, whose loop holds this thread."""
    from flows.refresh_boundaries import refresh_boundaries
    from routing.engine import make_context, using

    with database.transaction() as tx:
        held = read_boundaries(tx, active_vintage(tx))
        changed = [
            (
                replace(area, code=area.code.replace("E04999", "E04998")) if area.name.startswith("B") else area,
                shape.wkb,
            )
            for area, shape in zip(held.areas, held.polygons, strict=True)
        ]
        activate(tx, load_vintage(tx, "before", "test", changed), "test")
    ctx = make_context(engine_settings.model_copy(update={"boundaries_portal": publisher.portal}))
    with using(ctx):
        asyncio.run(refresh_boundaries())
    ctx.close()
    wanted = {"artifacts": {"key": {"any_": ["boundary-map"]}}, "sort": "CREATED_DESC", "limit": 1}
    artifact: dict[str, Any] = prefect_server.post("artifacts/filter", wanted)[0]
    return artifact


@pytest.fixture
def contacts_artifact(
    database: Database,
    prefect_server: PrefectServer,
    engine_settings: Settings,
    moderngov: str,
    faulty: ModernGovServer,
) -> dict[str, Any]:
    """What a second night's refresh shows, after a few things changed and one page broke."""
    from flows.refresh_contacts import refresh_contacts
    from routing.engine import make_context, using

    ctx = make_context(engine_settings.model_copy(update={"moderngov_standin_url": moderngov}))
    with using(ctx):
        asyncio.run(refresh_contacts())
        faulty.rules = [Rule("error-page", "ID=435"), Rule("two-emails", "ID=456"), Rule("vacant", "ID=449")]
        faulty.entries[:] = [
            replace(each, phone="01632 960100") if each.moderngov_id % 5 == 0 else each for each in faulty.entries
        ]
        asyncio.run(refresh_contacts())
    ctx.close()
    wanted = {"artifacts": {"key": {"any_": ["contacts"]}}, "sort": "CREATED_DESC", "limit": 1}
    artifact: dict[str, Any] = prefect_server.post("artifacts/filter", wanted)[0]
    return artifact


def test_an_operator_sees_what_a_nightly_refresh_changed(contacts_artifact, prefect_server, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{prefect_server.ui}/artifacts/artifact/{contacts_artifact['id']}")
    page.get_by_text("moderngov-unexpected-shape").first.wait_for()
    page.get_by_text("changed", exact=True).first.wait_for()
    keep(page, "prefect-contacts.png")
    assert elsewhere(asked, prefect_server) == []


def test_an_operator_sees_what_an_edition_changes_on_a_map(boundary_map, prefect_server, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{prefect_server.ui}/artifacts/artifact/{boundary_map['id']}")
    picture = page.locator("img[src^='data:image/png']").first
    picture.wait_for()
    until(lambda: picture.evaluate("image => image.naturalWidth") == 1200)
    keep(page, "prefect-boundary-map.png")
    assert elsewhere(asked, prefect_server) == []
