"""Cases in stages on a real store and a real mail server, taken from report to end as the flows do."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

from routing import casework, contacts, present
from routing.casework import Catalogue, Change, Kind, NewEvent, NewReport, Receipt, Reporter
from routing.database import Database
from routing.days import LONDON, day_of
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel, send_all
from routing.process import kept_apart
from routing.process.filling import need_form
from tests.casework.factory import claim, decide_batch
from tests.present import present as there
from tests.samples import point
from tests.servers import MailServer as Inbox

CITIZEN = "ada@citizen.example"
CLERK = "clerk@parish.example"
LINK = re.compile(r"/answer/([A-Za-z0-9_-]{32})")


@dataclass
class Office:
    """An installation without Prefect: what its flows do, one call each.

    Attributes:
        clock: the file that sets the time of cases ahead.
    """

    database: Database
    catalogue: Catalogue
    post: DeliveryContext
    inbox: Inbox
    clock: Path

    def report(
        self, process: str, answers: Mapping[str, str], at: str = "parish", email: str | None = CITIZEN, **more: Any
    ) -> Receipt:
        council = more.pop("council", "merewold")
        definition = self.catalogue.definition(council, process)
        where, kept = point(at), kept_apart(definition, answers)
        report = NewReport(
            council, process, definition.scope, definition.version, kept.answers, where["easting"], where["northing"],
            "Most mornings.", Reporter("Ada Reporter", email, None, False, kept.personal), words=kept.words, **more,
        )  # fmt: skip
        with self.database.transaction() as tx:
            return casework.submit(tx, report)

    def route(self) -> None:
        batch = claim(self.database)
        decide_batch(self.database, self.catalogue, batch)
        self.send(batch.id)

    def send(self, batch: UUID) -> None:
        """What a batch has to send, and the end of its run."""
        with self.database.transaction() as tx:
            outbox = casework.read_messages(tx, batch, self.catalogue)
        send_all(self.post, outbox)
        with self.database.transaction() as tx:
            casework.finish(tx, batch)

    def deliver(self) -> None:
        """What is due, as deliver-due sends it."""
        with self.database.transaction() as tx:
            batch = casework.claim_deliveries(tx, "test", 100, 60)
        if batch is not None:
            self.send(batch.id)

    def advance(self) -> list[Change]:
        """Everything that is due of cases, until nothing is."""
        done = list[Change]()
        while True:
            with self.database.transaction() as tx:
                batch = casework.claim_cases(tx, "test", 100, 60)
            if batch is None:
                self.deliver()
                return done
            with self.database.transaction() as tx:
                cases = casework.load_cases(tx, self.catalogue, casework.cases_of(tx, batch.id))
                known = contacts.read_contacts(tx, list(self.catalogue.councils))
            real = datetime.datetime.now(datetime.UTC)
            changes = casework.advance_cases(cases, self.catalogue, known, real, present.now())
            with self.database.transaction() as tx:
                done += casework.record_changes(tx, self.catalogue, changes, batch.id, "reports.example")
            self.send(batch.id)

    def begins(self, receipt: Receipt | None = None) -> None:
        """Route what waits, and apply what comes of it at once."""
        self.route()
        self.advance()

    def set_time(self, moment: datetime.datetime) -> None:
        ahead = moment - datetime.datetime.now(datetime.UTC)
        self.clock.write_text(str(ahead.total_seconds()))

    def pass_time(self, **ahead: float) -> None:
        """Let time pass, and apply what it brings."""
        self.set_time(present.now() + datetime.timedelta(**ahead))
        self.advance()

    def pass_days(self, days: int, hour: int = 10) -> None:
        """To that hour so many days on, day by day."""
        for _ in range(days):
            day = day_of(present.now()) + datetime.timedelta(days=1)
            self.set_time(datetime.datetime.combine(day, datetime.time(hour), LONDON))
            self.advance()

    def held(self, receipt: Receipt) -> casework.StageCase:
        with self.database.transaction() as tx:
            return casework.load_cases(tx, self.catalogue, [receipt.id])[0]

    def answer(
        self, receipt: Receipt, by: str, fields: Mapping[str, Any], apply: bool = True, entry: UUID | None = None
    ) -> None:
        """Somebody answers where the case stands, or for an entry that it may have left."""
        held = self.held(receipt)
        definition = there(self.catalogue.version(*held.version))
        at = there(held.case.entry)
        council = self.catalogue.council_of(held.council)
        given = definition.given_on(day_of(present.now()), council.calendar)
        filled = need_form(definition.fields_of(definition.stages[at.stage]), fields, given, held.case.columns)
        said = {"values": filled.values, "columns": filled.columns}
        self.event(receipt, Kind.ANSWERED, by, said, entry or held.entry, apply=apply)

    def event(
        self,
        receipt: Receipt,
        kind: Kind,
        seat: str | None,
        said: Mapping[str, Any],
        entry: UUID | None,
        author: str = "link",
        apply: bool = True,
    ) -> None:
        with self.database.transaction() as tx:
            casework.post_event(tx, NewEvent(receipt.id, kind, author, entry, seat, said))
        if apply:
            self.advance()

    def stage(self, receipt: Receipt) -> str | None:
        entry = self.held(receipt).case.entry
        return entry.stage if entry is not None else None

    def end(self, receipt: Receipt) -> str | None:
        return self.held(receipt).case.end

    def state(self, receipt: Receipt) -> str:
        return self.held(receipt).state.value

    def mails(self, to: str) -> list[EmailMessage]:
        """What arrived for somebody, oldest first."""
        return [each for each in self.inbox.parsed() if each["To"] == to]

    def subjects(self, to: str) -> list[str]:
        return [str(each["Subject"]) for each in self.mails(to)]

    def events(self, receipt: Receipt) -> list[str]:
        return [row["event"] for row in self.history(receipt)]

    def history(self, receipt: Receipt) -> list[dict[str, Any]]:
        with self.database.transaction() as tx:
            return tx.execute(
                "SELECT event, actor, codes, at, to_state FROM history WHERE report = %s ORDER BY sequence",
                (receipt.id,),
            ).fetchall()

    def codes(self, receipt: Receipt, event: str) -> list[dict[str, Any]]:
        return [row["codes"] for row in self.history(receipt) if row["event"] == event]


def body(message: EmailMessage) -> str:
    return str(there(message.get_body(("plain",))).get_content())


def link_in(message: EmailMessage) -> str:
    """The token of the link to answer."""
    return there(LINK.search(body(message)))[1]


def office_of(database_url: str, catalogue: Catalogue, inbox: Inbox, folder: Path) -> Office:
    database = Database(database_url, connections=20)
    sender = Sender("waywarden@reports.example")
    channel = SmtpChannel(MailServer("127.0.0.1", inbox.port, "none", timeout_s=5), sender)
    post = DeliveryContext(
        database, catalogue, {channel.name: channel}, sender, (60.0, 300.0), "http://reports.example"
    )
    with database.transaction() as tx:
        catalogue.store(tx)
    return Office(database, catalogue, post, inbox, folder / "clock")
