"""The real store does with cases in stages, step by step, what the model says: hypothesis chooses the steps."""

import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from routing import casework, contacts
from routing.casework import Catalogue, Kind, NewEvent, officers
from routing.casework.cases.stage_case import entry_id
from routing.present import now
from routing.process.case import NotReached
from tests.casework.conftest import MONDAY, clock
from tests.casework.factory import claim, decide_batch, know_clerk
from tests.casework.staging import CLERK, Office, office_of
from tests.conftest import empty
from tests.protocol.model import BATCH_SIZE
from tests.protocol.stage_model import FAULTS, POSTS, Step, World, has_ended, is_ours, start, steps
from tests.protocol.stage_moves import after
from tests.protocol.test_stage_search import INVARIANTS
from tests.samples import code
from tests.staged import catalogue_of

__all__ = ["clock"]

LEASE_S = 3600.0
CASES, ENGINES = 2, 2
A_RUNG = datetime.timedelta(hours=25)
OLD, NEW = "2027-01-01", "2027-02-01"
OTHERS = ("citizen", "follow-up", "review", "copy")
MESSAGES = """
SELECT d.id, CASE d.role WHEN 'to' THEN 'ask' ELSE d.role END AS what, d.state, d.batch, e.serial FROM delivery d
LEFT JOIN case_entry e ON e.id = d.entry WHERE d.report = %s AND d.role <> ALL(%s) ORDER BY d.sequence
"""


class Store:
    """The real store behind the steps; engines are no more than what they remember."""

    def __init__(self, office: Office, newer: Catalogue) -> None:
        self.office, self.database, self.catalogue = office, office.database, office.catalogue
        empty(self.database.url)
        office.set_time(MONDAY)
        know_clerk(self.database, code("parish"), CLERK)
        with self.database.transaction() as tx:
            self.catalogue.store(tx)
            newer.store(tx)
        self.batches: list[UUID] = []
        self.changes: list[list[casework.Change]] = [[] for _ in range(ENGINES)]
        self.outbox: list[dict[UUID, casework.OutboxMessage]] = [{} for _ in range(ENGINES)]
        self.reports = [office.report("two-stages", {}).id for _ in range(CASES)]
        routing = claim(self.database)
        decide_batch(self.database, self.catalogue, routing)
        with self.database.transaction() as tx:
            casework.finish(tx, routing.id)
            self.contacts = contacts.read_contacts(tx, ["merewold"])
            rows = tx.execute("SELECT step FROM case_stage").fetchall()
        self.first_step = {row["step"] for row in rows}.pop()
        self._let_others_go()

    def act(self, world: World, step: Step) -> Step:
        """Carry a step out; gives it back with what it was done to."""
        done = getattr(self, step.name.replace(" ", "_"))(world, step) or step
        self._let_others_go()
        return done

    def _let_others_go(self) -> None:
        """News and follow-ups are messages like any other; the model does not follow them."""
        with self.database.transaction() as tx:
            tx.execute(
                "UPDATE delivery SET state = 'sent', sent_at = now(), batch = NULL WHERE role = ANY(%s)"
                " AND state = 'pending'", (list(OTHERS),)
            )  # fmt: skip

    def claim(self, world, step):
        with self.database.transaction() as tx:
            batch = casework.claim_cases(tx, f"engine {step.engine}", BATCH_SIZE, LEASE_S)
            assert batch is not None, step
            held = casework.load_cases(tx, self.catalogue, casework.cases_of(tx, batch.id))
        self.batches.append(batch.id)
        real_now = datetime.datetime.now(datetime.UTC)
        self.changes[step.engine] = casework.advance_cases(held, self.catalogue, self.contacts, real_now, now())
        return step._replace(what=tuple(sorted(self.reports.index(each.report) for each in held)))

    def claim_due(self, world, step):
        with self.database.transaction() as tx:
            batch = casework.claim_deliveries(tx, f"engine {step.engine}", 100, LEASE_S)
            assert batch is not None, step
        self.batches.append(batch.id)
        self._read_outbox(step.engine, batch.id)

    def record(self, world, step):
        batch = self._batch(world, step)
        with self.database.transaction() as tx:
            casework.record_changes(tx, self.catalogue, self.changes[step.engine], batch, "reports.example")
        self._read_outbox(step.engine, batch)

    def _read_outbox(self, engine, batch):
        with self.database.transaction() as tx:
            self.outbox[engine] = {each.id: each for each in casework.read_messages(tx, batch, self.catalogue)}

    def _batch(self, world, step):
        return self.batches[world.engines[step.engine].batch]

    def _message(self, step):
        n, m = step.what
        with self.database.transaction() as tx:
            rows: list[dict[str, Any]] = tx.execute(MESSAGES, (self.reports[n], list(OTHERS))).fetchall()
        return self.outbox[step.engine][rows[m]["id"]]

    def hand_over(self, world, step):
        with self.database.transaction() as tx:
            ours = casework.holds_lease(tx, self._message(step))
        assert ours == is_ours(world, world.engines[step.engine], step.what), "what is asked before a message leaves"

    def outside(self, world, step):
        """Nothing of it reaches the store."""

    lose_answer = defer = refuse = kill = outside

    def mark(self, world, step):
        with self.database.statements() as tx:
            casework.mark_sent(tx, self._message(step), "data-250")

    def note_deferred(self, world, step):
        with self.database.transaction() as tx:
            casework.mark_deferred(tx, self._message(step), "rcpt-451", 0.0)

    def note_refused(self, world, step):
        message = self._message(step)
        with self.database.transaction() as tx:
            if casework.mark_refused(tx, message, "rcpt-550"):
                casework.note_bounce(tx, message.id)

    def finish(self, world, step):
        with self.database.transaction() as tx:
            casework.finish(tx, self._batch(world, step))

    def stall(self, world, step):
        self._lapse(self._batch(world, step))

    def lapse(self, world, step):
        self._lapse(self.batches[step.what[0]])

    def _lapse(self, batch):
        with self.database.transaction() as tx:
            tx.execute("UPDATE batch SET lease_until = now() - interval '1 hour' WHERE id = %s", (batch,))

    def renew(self, world, step):
        with self.database.transaction() as tx:
            casework.renew(tx, [self._batch(world, step)], LEASE_S)

    def recover(self, world, step):
        with self.database.transaction() as tx:
            casework.release(tx, self.batches[step.what[0]], "crashed", 20, only_lapsed=True)
            tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")  # a minute goes by

    def free(self, world, step):
        """Of one batch; the others that have ended have nothing left but what the model frees by itself."""
        with self.database.transaction() as tx:
            casework.release_orphaned_work(tx)

    def time_passes(self, world, step):
        self.office.set_time(now() + A_RUNG)

    def _answer(self, step, answer):
        n, serial = step.what
        seat, field = ("clerk", "first_answer") if serial == 1 else ("team", "second_answer")
        said = {"values": {field: answer}, "columns": {field: answer}}
        self._post(Kind.ANSWERED, n, serial, seat, said)

    def _post(self, kind, n, serial, seat, said):
        report = self.reports[n]
        with self.database.transaction() as tx:
            casework.post_event(tx, NewEvent(report, kind, "link", entry_id(report, serial), seat, said))

    def answer_yes(self, world, step):
        self._answer(step, "yes")

    def answer_no(self, world, step):
        self._answer(step, "no")

    def decline(self, world, step):
        n, serial = step.what
        self._post(Kind.BOUNCED, n, serial, "clerk", {"why": NotReached.NOT_OURS.value})

    def _reference(self, tx, n):
        row = tx.execute("SELECT reference, process_version FROM report WHERE id = %s", (self.reports[n],)).fetchone()
        return row["reference"], row["process_version"]

    def move(self, world, step):
        with self.database.transaction() as tx:
            reference, _ = self._reference(tx, step.what[0])
            officers.move_to(tx, self.catalogue, reference, "second", "They rang.", {}, "olive")

    def ask_again(self, world, step):
        with self.database.transaction() as tx:
            officers.ask_again(tx, self.catalogue, self._reference(tx, step.what[0])[0], "olive")

    def withdraw(self, world, step):
        with self.database.transaction() as tx:
            casework.withdraw(tx, self.catalogue, self.reports[step.what[0]])

    def close(self, world, step):
        with self.database.transaction() as tx:
            officers.close(tx, self.catalogue, self.reports[step.what[0]], "olive", "Solved by phone.")

    def migrate(self, world, step):
        with self.database.transaction() as tx:
            reference, version = self._reference(tx, step.what[0])
            to = NEW if version == OLD else OLD
            officers.migrate_report(tx, self.catalogue, reference, to, {}, {}, "olive")

    def seen(self) -> list[tuple[Any, ...]]:
        """The store in the model's words."""
        with self.database.transaction() as tx:
            return [self._seen(tx, report) for report in self.reports]

    def _seen(self, tx, report) -> tuple[Any, ...]:
        numbers = {batch: number for number, batch in enumerate(self.batches)} | {None: None}
        row = tx.execute(
            "SELECT c.stage, c.ended, c.batch, c.attempt, c.step, c.entries, coalesce(c.wakes_at <= casework_now(),"
            " false) AS is_due, (SELECT count(*) FROM case_entry e WHERE e.report = c.report AND e.left_at IS NULL)"
            " AS open FROM case_stage c WHERE c.report = %s", (report,)
        ).fetchone()  # fmt: skip
        events = tx.execute(
            "SELECT kind, rung, outcome FROM case_event WHERE report = %s ORDER BY id", (report,)
        ).fetchall()
        messages = tx.execute(MESSAGES, (report, list(OTHERS))).fetchall()
        outcomes = [each["outcome"] for each in events if each["kind"] != "rung"]
        return (
            row["stage"] or "", row["entries"], row["open"], row["ended"] or "", numbers[row["batch"]], row["attempt"],
            row["step"] - self.first_step, row["is_due"], sorted(each["rung"] for each in events if each["rung"]),
            (outcomes.count(None), outcomes.count("applied")), len(outcomes),
            [(each["what"], each["serial"], each["state"], numbers[each["batch"]] if each["state"] == "pending" else None)
             for each in messages],
        )  # fmt: skip


def told(case) -> tuple[Any, ...]:
    """A case of the model, as ``Store.seen`` tells it."""
    rungs = sorted(f"entry {serial} {what} 0" for what, serial in case.rungs)
    return (
        case.stage, case.serial, 0 if case.ended else 1, case.ended, case.holder, case.attempt, case.step,
        case.wakes == 0, rungs, (len(case.events), len(case.applied)),
        len(case.events) + len(case.applied) + case.notes,
        [
            (each.what, None if each.what == "letter" else each.serial, each.state, each.sender)
            for each in case.messages
        ],
    )  # fmt: skip


@pytest.fixture
def office(database_url, mailbox, tmp_path, clock):
    made = office_of(database_url, catalogue_of(tmp_path / "old", "two-stages"), mailbox, tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def newer(tmp_path):
    """Another version of the same process."""
    return catalogue_of(tmp_path / "new", "two-stages", two_stages=(f'version = "{OLD}"', f'version = "{NEW}"'))


def machine_over(office: Office, newer: Catalogue, faults: int, posts: int) -> type[RuleBasedStateMachine]:
    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.world = start(CASES, ENGINES, faults, posts)
            self.store = Store(office, newer)

        @rule(data=strategies.data())
        def something_happens(self, data):
            possible = list(steps(self.world))
            if not possible:
                assert all(has_ended(case) for case in self.world.cases)
                return
            self.follow(data.draw(strategies.sampled_from(possible)))

        def follow(self, step):
            step = self.store.act(self.world, step)
            assert step in steps(self.world), f"{step} is no step of the model"
            reached = after(self.world, step)
            for before, case in zip(self.world.cases, reached.cases, strict=True):
                assert [name for name, holds in INVARIANTS.items() if not holds(before, case)] == [], step
            self.world = reached
            assert self.store.seen() == [told(case) for case in self.world.cases], step

        def teardown(self):
            """Without further faults and posts every case ends, in the store too."""
            while possible := [step for step in steps(self.world) if step.name not in FAULTS | POSTS]:
                self.follow(possible[0])
            assert all(has_ended(case) for case in self.world.cases)

    return Machine


def test_the_store_follows_the_model_of_stages_through_every_interleaving(office, newer):
    how = settings(max_examples=6, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine_over(office, newer, faults=2, posts=3), settings=how)


@pytest.mark.thorough
def test_the_store_follows_the_model_of_stages_for_longer(office, newer):
    how = settings(max_examples=30, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine_over(office, newer, faults=4, posts=6), settings=how)
