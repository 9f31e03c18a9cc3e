"""Reports put into a real store the way the web and the engine do."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from routing import casework, contacts, delivery
from routing.casework import Batch, Case, Catalogue, IdempotencyKey, NewReport, Receipt, Reporter
from routing.contacts import Contact, Published
from routing.database import Database
from routing.place import Boundaries, View, active_vintage, locate, read_boundaries
from routing.present import now as present_now
from tests.present import present
from tests.samples import ANSWERS, VERSION, code, point

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)


def new_report(at: str = "parish", **changes: Any) -> NewReport:
    where = point(at)
    report = NewReport(
        "merewold", "speeding-traffic", "", VERSION, dict(ANSWERS), where["easting"], where["northing"],
        "Most mornings.", Reporter("Ada Reporter", None, "01632 960123", False),
    )  # fmt: skip
    return replace(report, **changes)


def submit(database: Database, at: str = "parish", key: IdempotencyKey | None = None, **changes: Any) -> Receipt:
    with database.transaction() as tx:
        return casework.submit(tx, new_report(at, **changes), key)


def claim(database: Database, size: int = 500, lease_s: float = 60) -> Batch:
    """The reports that wait, of which there are some."""
    return present(claim_if_any(database, size, lease_s))


def claim_if_any(database: Database, size: int = 500, lease_s: float = 60) -> Batch | None:
    with database.transaction() as tx:
        return casework.claim_reports(tx, "test", size, lease_s)


def know_clerk(database: Database, parish_code: str, email: str | None = "clerk@parish.example") -> Contact:
    """Put a contact into the directory."""
    published = Published("Test Parish Council", "The Clerk", email, None, None, None)
    finding = contacts.Finding(parish_code, "http://x/", published, datetime.datetime.now(datetime.UTC))
    with database.transaction() as tx:
        contacts.apply(tx, "merewold", contacts.compare({}, [finding]))
        return contacts.read_contacts(tx, ["merewold"])["merewold", parish_code]


def decide_cases(
    cases: Iterable[Case], boundaries: Boundaries, catalogue: Catalogue, known: Mapping[tuple[str, str], Contact]
) -> list[casework.Decision]:
    """Locate and decide, as the flow does."""
    now = datetime.datetime.now(datetime.UTC)
    decisions = []
    for case in cases:
        council = catalogue.council(case.council)
        view = View(council.gss, catalogue.served, council.place.tolerance_m)
        at = np.array([[case.easting, case.northing]])
        place = locate(at, boundaries, view)[0] if case.easting is not None else None
        decisions.append(casework.decide(case, place, catalogue, known, now, present_now()))
    return decisions


def decide_batch(
    database: Database, catalogue: Catalogue, batch: Batch, held: Boundaries | None = None
) -> list[casework.Decision] | None:
    """Gather, locate, decide and record a batch, as the flow does; by other boundaries, and None where they are old."""
    with database.transaction() as tx:
        cases = casework.gather(tx, batch.id, catalogue)
        boundaries = held or read_boundaries(tx, active_vintage(tx))
        known = contacts.read_contacts(tx, ["merewold", "saltby"])
        decisions = decide_cases(cases, boundaries, catalogue, known)
        new_message = [row for decision in decisions for row in delivery.compose(decision, "reports.example")]
        stored = casework.record(tx, batch.id, decisions, new_message)
        real_now = datetime.datetime.now(datetime.UTC)
        casework.begin_cases(tx, catalogue, decisions, known, batch.id, "reports.example", real_now)
    return decisions if stored is not None else None


def decided(database: Database, catalogue: Catalogue, at: str = "parish") -> tuple[Receipt, Batch]:
    """A report that is decided, and its batch, whose outbox is still to be sent; the clerk is known."""
    if at == "parish":
        know_clerk(database, code(at))
    receipt = submit(database, at)
    batch = claim(database)
    decide_batch(database, catalogue, batch)
    return receipt, batch


def state_of(database: Database, receipt: Receipt) -> str:
    with database.transaction() as tx:
        state: str = present(tx.execute("SELECT state FROM report WHERE id = %s", (receipt.id,)).fetchone())["state"]
        return state


def events_of(database: Database, receipt: Receipt) -> list[str]:
    with database.transaction() as tx:
        rows = tx.execute("SELECT event FROM history WHERE report = %s ORDER BY sequence", (receipt.id,))
        return [row["event"] for row in rows.fetchall()]
